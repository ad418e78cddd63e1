// header under test: sketchntk/features/landmarks.hpp
#include "catch2.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/landmarks.hpp>

#include <algorithm>
#include <cmath>
#include <set>

using namespace sketchntk;

namespace {

const LandmarkRule all_rules[] = {LandmarkRule::uniform, LandmarkRule::kmeans,
                                  LandmarkRule::leverage, LandmarkRule::rpcholesky};

std::vector<Index> landmarks(LandmarkRule rule, const Matrix<float>& rows, Index count, Seed seed,
                             int threads = 0) {
    return select_landmarks(rule, fully_connected_network(2), KernelKind::ntk, rows, count, seed,
                            {.threads = threads});
}

}  // namespace

TEST_CASE("every rule gives distinct rows, the same for any number of threads") {
    const Matrix<float> rows = normal_rows(700, 5, 1);
    for (const LandmarkRule rule : all_rules) {
        CAPTURE(to_text(rule));
        CHECK(parse_landmark_rule(to_text(rule)) == rule);
        const std::vector<Index> chosen = landmarks(rule, rows, 150, Seed{2}, 1);
        CHECK(chosen.size() == 150);
        CHECK(std::set<Index>(chosen.begin(), chosen.end()).size() == 150);
        CHECK(std::all_of(chosen.begin(), chosen.end(),
                          [](Index row) { return row >= 0 && row < 700; }));
        CHECK(landmarks(rule, rows, 150, Seed{2}, 3) == chosen);
        CHECK_FALSE(landmarks(rule, rows, 150, Seed{3}) == chosen);
    }
}

TEST_CASE("more landmarks than rows are all rows") {
    const Matrix<float> rows = normal_rows(20, 5, 1);
    for (const LandmarkRule rule : all_rules) {
        const std::vector<Index> chosen = landmarks(rule, rows, 50, Seed{2});
        CHECK(std::set<Index>(chosen.begin(), chosen.end()).size() == 20);
    }
}

TEST_CASE("kmeans and rpcholesky stop when copies of the chosen rows are all that is left") {
    Matrix<float> rows(300, 4);
    const Matrix<float> different = normal_rows(10, 4, 5);
    for (Index i = 0; i < 300; ++i)
        std::copy_n(different.row(i % 10).data(), 4, rows.row(i).data());
    for (const LandmarkRule rule : {LandmarkRule::kmeans, LandmarkRule::rpcholesky}) {
        const std::vector<Index> chosen = landmarks(rule, rows, 50, Seed{2});
        std::set<Index> groups;
        for (const Index row : chosen) groups.insert(row % 10);
        CHECK(groups.size() == 10);
        CHECK(chosen.size() == 10);
    }
}

TEST_CASE("the first pivot falls on each row with the probability of its kernel diagonal") {
    // Rows of length 1 and one of length 3: kernel diagonals 1 and 9 times a constant.
    Matrix<float> rows = normal_rows(4, 3, 8);
    for (Index i = 0; i < 4; ++i) {
        double squares = 0;
        for (const float entry : rows.row(i)) squares += static_cast<double>(entry * entry);
        for (float& entry : rows.row(i))
            entry *= static_cast<float>((i == 3 ? 3 : 1) / std::sqrt(squares));
    }
    constexpr int draws = 1000;
    int heavy = 0;
    for (std::uint64_t seed = 0; seed < draws; ++seed)
        if (landmarks(LandmarkRule::rpcholesky, rows, 1, Seed{seed}, 1).front() == 3) ++heavy;
    const double p = 9.0 / 12.0;
    CHECK(std::abs(heavy - draws * p) < 5 * std::sqrt(draws * p * (1 - p)));
}

TEST_CASE("landmarks of nothing are refused") {
    const Matrix<float> rows = normal_rows(20, 5, 1);
    REQUIRE_THROWS_AS(landmarks(LandmarkRule::uniform, rows, 0, Seed{}), InvalidArgument);
    REQUIRE_THROWS_AS(landmarks(LandmarkRule::uniform, Matrix<float>(0, 5), 3, Seed{}),
                      InvalidArgument);
    REQUIRE_THROWS_AS(parse_landmark_rule("random"), InvalidArgument);
}
