// What leads the patches of images: found, and treated apart in directions and in folds.
#include "catch2.hpp"
#include "core/eigen.hpp"
#include "features/exact_image_gram.hpp"
#include "features/kernel_moments.hpp"
#include "features/leading_fold.hpp"
#include "features/leading_subspace.hpp"
#include "features/normal_rows.hpp"
#include "features/pixel_directions.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/cntk_random_features.hpp>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <cmath>
#include <numbers>
#include <numeric>

using namespace sketchntk;

namespace {

// Column j has length 2^-j / 3.
Matrix<float> rows_with_leaders(Index rows, Index columns) {
    Matrix<float> x = normal_rows(rows, columns, 31);
    for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < columns; ++j)
            x(i, j) = static_cast<float>(std::exp2(-static_cast<double>(j) / 3)) * x(i, j) +
                      (j < 3 ? 2.0F : 0.0F);
    return x;
}

double identity_error(const Matrix<float>& vectors) {
    const auto k = static_cast<Eigen::Index>(vectors.columns());
    return (as_eigen(vectors).transpose() * as_eigen(vectors) - Eigen::MatrixXf::Identity(k, k))
        .cwiseAbs()
        .maxCoeff();
}

Matrix<float> orthonormal_rows(Index count, Index dimension) {
    const Matrix<float> normal = normal_rows(dimension, count, 5);
    const Eigen::MatrixXf q =
        Eigen::HouseholderQR<Eigen::MatrixXf>(as_eigen(normal)).householderQ() *
        Eigen::MatrixXf::Identity(dimension, count);
    Matrix<float> rows(count, dimension);
    as_eigen(rows) = q.transpose();
    return rows;
}

struct Moments {
    double sum = 0;
    double squares = 0;
    int count = 0;

    void add(double value) {
        sum += value;
        squares += value * value;
        ++count;
    }
    [[nodiscard]] double mean() const { return sum / count; }
    [[nodiscard]] double standard_error() const {
        return std::sqrt((squares / count - mean() * mean()) / count);
    }
};

// E max(<v, x>, 0) max(<v, y>, 0) and P(<v, x> > 0, <v, y> > 0) for normal v.
struct NormalMeans {
    NormalMeans(std::span<const float> x, std::span<const float> y) {
        const double lengths = std::sqrt(inner_product(x, x) * inner_product(y, y));
        const double cosine = inner_product(x, y) / lengths;
        const double angle = std::acos(cosine);
        const double pi = std::numbers::pi;
        rectified = lengths * (std::sin(angle) + (pi - angle) * cosine) / (2 * pi);
        both_pass = (pi - angle) / (2 * pi);
    }
    double rectified;
    double both_pass;
};

void check_directions(Index dimension, Index rectifiers, Index gates, int draws) {
    constexpr Index most_leading = 6;
    const Matrix<float> basis = orthonormal_rows(most_leading, dimension);
    // Half of each within the leading directions: where the lengths of both parts matter most.
    Matrix<float> z(2, dimension);
    Matrix<float> outside = normal_rows(1, dimension, 7);
    auto rest = as_eigen(outside).row(0);
    rest -= (rest * as_eigen(basis).transpose() * as_eigen(basis)).eval();
    rest /= rest.norm();
    as_eigen(z).row(0) = as_eigen(basis).row(0) + rest;
    as_eigen(z).row(1) = as_eigen(basis).row(0) - 0.9F * rest;
    const NormalMeans expected(z.row(0), z.row(1));
    Moments rectified;
    Moments both_pass;
    for (int draw = 0; draw < draws; ++draw) {
        PixelDirections directions(DirectionLaw::automatic, most_leading, rectifiers, gates,
                                   dimension, Seed{static_cast<std::uint64_t>(draw)});
        REQUIRE(directions.paired());
        REQUIRE(directions.leading() == most_leading);
        directions.draw(basis);
        Matrix<float> coordinates(2, most_leading);
        Matrix<float> products(2, directions.count());
        directions.multiply(z, coordinates, products);
        double sum = 0;
        double passing = 0;
        for (Index k = 0; k < directions.count(); ++k) {
            const double product =
                static_cast<double>(products(0, k)) * static_cast<double>(products(1, k));
            const bool positive = products(0, k) > 0;
            if (k < directions.rectifiers())
                sum += product > 0 && positive ? product : 0;
            else
                passing += product > 0 && positive ? 1 : 0;
        }
        rectified.add(sum / static_cast<double>(directions.rectifiers()));
        both_pass.add(passing / static_cast<double>(directions.count() - directions.rectifiers()));
    }
    CAPTURE(dimension, rectified.mean(), expected.rectified, rectified.standard_error(),
            both_pass.mean(), expected.both_pass, both_pass.standard_error());
    CHECK(std::abs(rectified.mean() - expected.rectified) < 5 * rectified.standard_error());
    CHECK(std::abs(both_pass.mean() - expected.both_pass) < 5 * both_pass.standard_error());
}

}  // namespace

TEST_CASE("principal components are the eigenvectors of the second moments") {
    const Matrix<float> x = rows_with_leaders(200, 30);
    constexpr Index count = 5;
    const PrincipalComponents found = principal_components(x, count, {.threads = 2});
    CHECK(principal_components(x, count, {.threads = 1}).vectors == found.vectors);
    const Eigen::MatrixXd exact = as_eigen(x).cast<double>();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(exact.transpose() * exact);
    REQUIRE(found.vectors.columns() == count);
    REQUIRE(found.shares.size() == static_cast<std::size_t>(count));
    CHECK(identity_error(found.vectors) < 1e-5);
    for (Index k = 0; k < count; ++k) {
        CHECK(found.shares[static_cast<std::size_t>(k)] ==
              Approx(eigen.eigenvalues()(29 - k) / eigen.eigenvalues().sum()).epsilon(1e-4));
        const double cosine =
            as_eigen(found.vectors).col(k).cast<double>().dot(eigen.eigenvectors().col(29 - k));
        CHECK(std::abs(cosine) > 0.999);
    }
}

TEST_CASE("principal components of few or of no rows") {
    const PrincipalComponents of_few = principal_components(normal_rows(2, 20, 3), 5, {});
    REQUIRE(of_few.vectors.columns() == 5);
    CHECK(identity_error(of_few.vectors) < 1e-4);
    CHECK(of_few.shares[0] + of_few.shares[1] == Approx(1).epsilon(1e-4));
    CHECK(of_few.shares[2] < 1e-4);
    CHECK(principal_components(normal_rows(9, 3, 3), 5, {}).vectors.columns() == 3);
    CHECK(principal_components(Matrix<float>(4, 20), 5, {}).vectors.columns() == 0);
}

TEST_CASE("directions with leading parts have the means of normal ones") {
    check_directions(40, 16, 31, 10'000);
    check_directions(300, 21, 16, 2000);
}

TEST_CASE("leading directions are treated apart only where others do not fill the dimensions") {
    const auto leading = [](Index rectifiers, Index gates, Index dimension,
                            DirectionLaw law = DirectionLaw::automatic) {
        return PixelDirections(law, 64, rectifiers, gates, dimension, {}).leading();
    };
    CHECK(leading(256, 256, 2304) == 64);
    CHECK(leading(256, 64, 2304) == 32);
    CHECK(leading(256, 0, 2304) == 64);
    CHECK(leading(256, 256, 27) == 0);
    CHECK(leading(256, 256, 128) == 0);
    CHECK(leading(256, 256, 2304, DirectionLaw::sphere) == 0);
}

TEST_CASE("what leads is folded without an error, the rest by signs") {
    constexpr Index window = 3;
    constexpr Index pixel = 10;
    constexpr Index psi = 33;
    LeadingFold fold(window, pixel, psi, 8);
    REQUIRE(fold.learns());
    // Patches in two directions, one with nine times the variance of the other.
    const Matrix<float> directions = orthonormal_rows(2, window * pixel);
    const Matrix<float> weights = normal_rows(60, 2, 12);
    Matrix<float> samples(60, window * pixel);
    as_eigen(samples) = 3 * as_eigen(weights).col(0) * as_eigen(directions).row(0) +
                        as_eigen(weights).col(1) * as_eigen(directions).row(1);
    const std::vector<Matrix<float>> learnt = fold.learn(samples, {});
    fold.set_learnt(learnt);
    REQUIRE(fold.ready());
    REQUIRE(fold.components() == 2);
    const Matrix<float>& pairs = learnt.back();
    CHECK(pairs(0, 0) + pairs(0, 1) == 16);
    CHECK(pairs(0, 0) >= 13);
    CHECK(pairs(0, 1) >= 1);

    Matrix<float> signs = normal_rows(psi, window * pixel, 99);
    const auto by_signs = [&](const Matrix<float>& patch, std::span<float> out) {
        for (Index p = 0; p < psi; ++p)
            out[static_cast<std::size_t>(p)] = static_cast<float>(inner_product(
                signs.row(p), {patch.data(), static_cast<std::size_t>(window * pixel)}));
    };
    fold.draw(by_signs);
    const auto folded = [&](const Matrix<float>& patches) {
        Matrix<float> out(patches.rows(), psi);
        Matrix<float> components(1, fold.components());
        Matrix<float> room(window, fold.basis_size());
        Matrix<float> added(window, window * fold.components());
        for (Index i = 0; i < patches.rows(); ++i) {
            Matrix<float> patch(window, pixel);
            std::copy_n(patches.row(i).data(), window * pixel, patch.data());
            by_signs(patch, out.row(i));
            fold.project(patch.view().middle_columns(0, 4), patch.view().middle_columns(4, 6), room,
                         added);
            for (Index j = 0; j < fold.components(); ++j) {
                components(0, j) = 0;
                for (Index a = 0; a < window; ++a)
                    components(0, j) += added(a, a * fold.components() + j);
            }
            fold.add(components, 1, out.view().middle_rows(i, 1));
        }
        return out;
    };
    const Matrix<float> leading = folded(samples);
    for (Index i = 1; i < 6; ++i)
        CHECK(inner_product(leading, i, 0) == Approx(inner_product(samples, i, 0)).margin(1e-3));
    // Of the middle coordinate, which has no partner, nothing is used.
    for (Index p = 0; p < 16; ++p) CHECK(leading(0, p) == Approx(leading(0, p + 17)).margin(1e-4));
    CHECK(leading(0, 16) == Approx(0).margin(1e-4));

    Matrix<float> rest = normal_rows(1, window * pixel, 8);
    for (Index k = 0; k < 2; ++k)
        as_eigen(rest).row(0) -=
            as_eigen(rest).row(0).dot(as_eigen(directions).row(k)) * as_eigen(directions).row(k);
    Matrix<float> patch(window, pixel);
    std::copy_n(rest.data(), window * pixel, patch.data());
    std::vector<float> expected(psi);
    by_signs(patch, expected);
    const Matrix<float> result = folded(rest);
    for (Index p = 0; p < psi; ++p)
        CHECK(result(0, p) == Approx(expected[static_cast<std::size_t>(p)]).margin(1e-3));
}

TEST_CASE("a fold refuses what another one has learnt, and learns nothing from nothing") {
    LeadingFold fold(3, 10, 33, 4);
    std::vector<Matrix<float>> learnt = fold.learn(rows_with_leaders(50, 30), {});
    CHECK_THROWS_AS(LeadingFold(3, 11, 33, 4).set_learnt(learnt), DimensionMismatch);
    CHECK_THROWS_AS(LeadingFold(2, 10, 33, 4).set_learnt(learnt), DimensionMismatch);
    CHECK_THROWS_AS(LeadingFold(3, 10, 8, 4).set_learnt(learnt), DimensionMismatch);
    fold.set_learnt(fold.learn(Matrix<float>(50, 30), {}));
    CHECK(fold.components() == 0);
    CHECK_FALSE(LeadingFold(3, 10, 1, 4).learns());
    CHECK_FALSE(LeadingFold(3, 10, 33, 0).learns());
}

TEST_CASE("leading directions treated apart more than halve the error on images") {
    const ImageShape image{6, 6};
    Matrix<float> x = normal_rows(8, 36 * 2, 3);
    // Like those of photographs, patches have much in common.
    for (Index i = 0; i < x.rows(); ++i)
        for (float& entry : x.row(i)) entry = 0.3F * entry + 1;
    FeatureMapConfiguration configuration{.map = "cntkrf",
                                          .network = parse_network("2*(conv(3) relu) gap dense"),
                                          .kind = KernelKind::ntk,
                                          .features = 128,
                                          .image = image};
    const Matrix<double> exact = exact_image_gram(configuration, x);
    const auto mean_error = [&](const CntkRandomFeatureOptions& options) {
        constexpr int seeds = 12;
        double sum = 0;
        for (int seed = 0; seed < seeds; ++seed) {
            configuration.seed = Seed{static_cast<std::uint64_t>(seed)};
            sum += relative_error(
                CntkRandomFeatures(configuration, options, x.columns(),
                                   CntkRandomFeatures::learn(configuration, options, x, {})),
                exact, x);
        }
        return sum / seeds;
    };
    const double apart = mean_error({});
    const double not_apart = mean_error({.leading = 0});
    CAPTURE(apart, not_apart);
    CHECK(apart < 0.5 * not_apart);
}
