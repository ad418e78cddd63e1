// header under test: sketchntk/model/fit_plan.hpp
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/model/fit_plan.hpp>

using namespace sketchntk;

namespace {

FitOptions with_features(Index features,
                         LambdaRule rule = LambdaRule::generalised_cross_validation) {
    FitOptions options;
    options.feature_map.network = fully_connected_network(3);
    options.feature_map.features = features;
    options.rule = rule;
    return options;
}

}  // namespace

TEST_CASE("a plan counts the Gram and grows with the features") {
    const FitPlan plan = plan_fit_memory(with_features(4096), 9, 1);
    CHECK(plan.features == 4096);
    CHECK(plan.accumulator_bytes >= 8 * 4096 * 4096);
    CHECK(plan.peak_bytes >= plan.process_bytes + plan.accumulator_bytes);
    CHECK(plan_fit_memory(with_features(8192), 9, 1).peak_bytes > 2 * plan.peak_bytes);
    for (const LambdaRule rule : {LambdaRule::validation, LambdaRule::leave_one_out})
        CHECK(plan_fit_memory(with_features(4096, rule), 9, 1).peak_bytes > plan.peak_bytes);
}

TEST_CASE("predicted time is proportional to the rows, up to the solve") {
    const MachineRates rates{1e11, 5e10};
    const FitPlan one = plan_fit(with_features(512), 1000, 9, 1, rates);
    const FitPlan ten = plan_fit(with_features(512), 10000, 9, 1, rates);
    const FitPlan few = plan_fit(with_features(4096), 200, 9, 1, rates);
    CHECK(few.accumulate_seconds == 0);
    CHECK(few.solve_seconds < plan_fit(with_features(4096), 2000, 9, 1, rates).solve_seconds / 50);
    CHECK(few.solve_bytes < 8 * 4096 * 4096);
    CHECK(ten.feature_seconds == Approx(10 * one.feature_seconds));
    CHECK(ten.accumulate_seconds == Approx(10 * one.accumulate_seconds));
    CHECK(ten.solve_seconds == one.solve_seconds);
    // 10,000 rows x 512^2 flops at 5e10 a second.
    CHECK(ten.accumulate_seconds == Approx(1e4 * 512 * 512 / 5e10));
}

TEST_CASE("measured rates are those of a real machine") {
    const MachineRates rates = measure_machine_rates({.threads = 1});
    CHECK(rates.float32_product > 1e8);
    CHECK(rates.float64_product > 1e8);
    CHECK(rates.float32_product < 1e14);
}

TEST_CASE("the largest feature count is the last that fits") {
    const std::int64_t budget = std::int64_t{2} << 30;
    const Index most = largest_feature_count(with_features(1'000'000), 9, 1, budget);
    REQUIRE(most > 1000);
    CHECK(plan_fit_memory(with_features(most), 9, 1).peak_bytes <= budget + (8 << 20));
    CHECK(plan_fit_memory(with_features(most + most / 50), 9, 1).peak_bytes > budget);
    CHECK(largest_feature_count(with_features(1000), 9, 1, 1) == 0);
}

TEST_CASE("a fit that cannot fit is refused with the largest count that would") {
    try {
        check_fit_memory(with_features(10'000'000), 9, 1);
        FAIL("accepted");
    } catch (const ResourceError& error) {
        const std::string text = error.what();
        CHECK(text.find("10000000") != std::string::npos);
        CHECK(text.find("at most") != std::string::npos);
    }
    CHECK_NOTHROW(check_fit_memory(with_features(64), 9, 1));
}
