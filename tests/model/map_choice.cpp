// headers under test: sketchntk/model/map_choice.hpp, sketchntk/features/automatic_map.hpp
#include "catch2.hpp"
#include "model/memory_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/model/fit.hpp>
#include <sketchntk/model/fit_plan.hpp>
#include <sketchntk/model/map_batch.hpp>

#include <algorithm>
#include <cmath>

using namespace sketchntk;

namespace {

FeatureMapConfiguration automatic(Index features, Network network = fully_connected_network(2)) {
    FeatureMapConfiguration configuration;
    configuration.network = std::move(network);
    configuration.features = features;
    configuration.seed = Seed{5};
    set_map(configuration, "auto");
    return configuration;
}

FitOptions automatic_fit(Index features) {
    FitOptions options;
    options.feature_map = automatic(features);
    return options;
}

struct Rows {
    Matrix<float> inputs;
    Matrix<double> targets;
};

Rows standardised(MemoryRows problem) {
    const Batch all = problem.all();
    Standardiser standardiser(problem.schema().input_names());
    standardiser.add(all);
    standardiser.finish();
    return {standardiser.apply(all), all.targets};
}

const MapEvidence& chosen(const MapChoice& choice) {
    const auto found = std::find_if(choice.evidence.begin(), choice.evidence.end(),
                                    [&](const MapEvidence& evidence) {
                                        return evidence.configuration == choice.configuration;
                                    });
    REQUIRE(found != choice.evidence.end());
    REQUIRE(found->can_serve());
    return *found;
}

std::string refusal(const FitOptions& options, MemoryRows rows) {
    try {
        static_cast<void>(fit(rows, options));
    } catch (const InvalidArgument& error) {
        return error.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("the cheapest of the maps that predict best is chosen, whatever the threads") {
    const Rows rows = standardised(smooth_problem(1500, 4, 1, 7));
    const auto candidates = automatic_candidates(automatic(96));
    const MapChoice choice = choose_feature_map(candidates, rows.inputs.view(), rows.targets.view(),
                                                2048, {.threads = 1});
    CHECK(choice.by_held_out_error);
    CHECK(choice.held_out_rows == 300);
    CHECK(choice.learning_rows == 1200);
    REQUIRE(choice.evidence.size() == candidates.size());
    const MapEvidence& best = chosen(choice);
    for (const MapEvidence& evidence : choice.evidence) {
        CAPTURE(map_text(evidence.configuration));
        REQUIRE(evidence.can_serve());
        CHECK(evidence.measured_features <= 96);
        // Of the kernel error, what is left to chance is the smaller the more features there are:
        // none of these maps is off by the kernel itself.
        CHECK(evidence.kernel_error > 0);
        CHECK(evidence.kernel_error < 1);
        CHECK(evidence.held_out_error < 1);
        CHECK(best.held_out_error <= 1.01 * evidence.held_out_error);
        CHECK((evidence.held_out_error > 1.01 * best.held_out_error ||
               evidence.flops_per_row >= best.flops_per_row ||
               best.held_out_error < evidence.held_out_error));
    }
    const MapChoice again = choose_feature_map(candidates, rows.inputs.view(), rows.targets.view(),
                                               2048, {.threads = 3});
    CHECK(again.configuration == choice.configuration);
    for (std::size_t k = 0; k < candidates.size(); ++k) {
        CHECK(again.evidence[k].held_out_error == choice.evidence[k].held_out_error);
        CHECK(again.evidence[k].kernel_error == choice.evidence[k].kernel_error);
    }
}

TEST_CASE("without targets that vary the kernel error decides") {
    Rows rows = standardised(smooth_problem(600, 4, 1, 8));
    const auto candidates = automatic_candidates(automatic(64));
    for (const Index targets : {0, 1}) {
        const MapChoice choice =
            choose_feature_map(candidates, rows.inputs.view(), Matrix<double>(600, targets).view());
        CHECK_FALSE(choice.by_held_out_error);
        for (const MapEvidence& evidence : choice.evidence) {
            CHECK(std::isnan(evidence.held_out_error));
            CHECK(chosen(choice).kernel_error <= 1.1 * evidence.kernel_error);
        }
    }
}

TEST_CASE("many features are compared with fewer, in proportion") {
    const Rows rows = standardised(smooth_problem(400, 4, 1, 9));
    auto candidates = automatic_candidates(automatic(128));
    candidates = {candidates[3], candidates[6]};
    candidates[0].features = 64;
    const MapChoice choice =
        choose_feature_map(candidates, rows.inputs.view(), rows.targets.view(), 32);
    CHECK(choice.evidence[0].measured_features == 16);
    CHECK(choice.evidence[1].measured_features == 32);
    CHECK(choice.evidence[1].flops_per_row > 128 * 128);
    CHECK((choice.configuration.features == 64 || choice.configuration.features == 128));
}

TEST_CASE("a fit with auto is the fit with the map that it chose") {
    MemoryRows rows = smooth_problem(2000, 4, 2, 10);
    const FitResult result = fit(rows, automatic_fit(80));
    REQUIRE(result.report.map_choice);
    FitOptions named = automatic_fit(80);
    named.feature_map = result.report.map_choice->configuration;
    CHECK_FALSE(is_automatic(named.feature_map));
    const FitResult same = fit(rows, named);
    CHECK_FALSE(same.report.map_choice);
    CHECK(result.model.extractor().configuration() == named.feature_map);
    CHECK(result.model.solution().coefficients == same.model.solution().coefficients);
}

TEST_CASE("a map that cannot serve the network is listed with the reason, and not chosen") {
    // Biases after the first layer: zonal wants rows of one length.
    const Rows rows = standardised(smooth_problem(300, 3, 1, 11));
    const auto candidates =
        automatic_candidates(automatic(40, fully_connected_network(2, {.w_std = 1, .b_std = 0.3})));
    const MapChoice choice =
        choose_feature_map(candidates, rows.inputs.view(), rows.targets.view());
    CHECK(choice.configuration.map != "zonal");
    CHECK(choice.evidence.front().refusal.find("--normalise rows") != std::string::npos);
    CHECK(make_feature_map(automatic(40, fully_connected_network(2, {.w_std = 1, .b_std = 0.3})), 3)
              ->features() == 40);
}

TEST_CASE("until it is chosen, auto has the size of its largest candidate and does not map") {
    const auto map = make_feature_map(automatic(100), 3);
    CHECK(map->features() == 100);
    for (const FeatureMapConfiguration& candidate : automatic_candidates(automatic(100))) {
        const auto plain = make_feature_map(candidate, 3);
        CHECK(map->bytes(2) >= plain->bytes(2));
        CHECK(map->flops_per_row() >= plain->flops_per_row());
    }
    const Matrix<float> x(2, 3);
    Matrix<float> z(2, 100);
    REQUIRE_THROWS_AS(map->transform(x, z), InvalidArgument);
    REQUIRE_THROWS_AS(learn_feature_map(automatic(100), x), InvalidArgument);
    FeatureMapConfiguration with_option = automatic(100);
    set_map(with_option, "auto(degree=3)");
    REQUIRE_THROWS_AS(make_feature_map(with_option, 3), InvalidArgument);
}

TEST_CASE("of too few rows to choose by, the last candidate that can serve is taken") {
    MemoryRows few = smooth_problem(least_compared_rows - 1, 3, 1, 12);
    const FitResult result = fit(few, automatic_fit(16));
    CHECK(map_text(result.model.extractor().configuration()) == "ntkrf");
    REQUIRE(result.report.map_choice.has_value());
    CHECK(result.report.map_choice->evidence.empty());
    MemoryRows enough = smooth_problem(least_compared_rows, 3, 1, 12);
    CHECK_FALSE(fit(enough, automatic_fit(16)).report.map_choice->evidence.empty());
    FitOptions erf = automatic_fit(16);
    erf.feature_map.network = parse_network("fc(depth=2, activation=erf)");
    CHECK(fit(few, erf).model.extractor().configuration().map == "nystrom");
}

TEST_CASE("no candidates, and rows and targets of other numbers, are refused") {
    const Matrix<float> x(30, 2);
    REQUIRE_THROWS_AS(choose_feature_map(automatic_candidates(automatic(16)), x.view(),
                                         Matrix<double>(29, 1).view()),
                      DimensionMismatch);
    REQUIRE_THROWS_AS(choose_feature_map({}, x.view(), Matrix<double>(30, 0).view()),
                      InvalidArgument);
}

TEST_CASE("seconds become features: more time, not fewer of them, and up to the most") {
    FitOptions options = automatic_fit(4096);
    const MachineRates rates{1e11, 5e10};
    Index previous = 0;
    for (const double seconds : {0.01, 0.1, 1.0, 10.0, 100.0, 1e4}) {
        const Index features =
            features_within(options, 100'000, 9, 1, rates, seconds, std::int64_t{1} << 40);
        CHECK(features >= previous);
        if (features > 0) {
            options.feature_map.features = features;
            CHECK(plan_fit(options, 100'000, 9, 1, rates).seconds() <= seconds);
            options.feature_map.features = 4096;
        }
        previous = features;
    }
    CHECK(previous == 4096);
    CHECK(features_within(options, 100'000, 9, 1, rates, 1e4, 1) == 0);
}

TEST_CASE("a fit within seconds takes a map of its features, and refuses hopeless limits") {
    FitOptions options = automatic_fit(96);
    options.seconds = 1000;
    MemoryRows rows = smooth_problem(500, 3, 1, 13);
    const FitResult result = fit(rows, options);
    CHECK(result.model.extractor().configuration().features == 96);
    CHECK(result.report.map_choice);
    set_map(options.feature_map, "ntkrf");
    CHECK(fit(rows, options).model.extractor().configuration().features == 96);
    options.seconds = 1e-9;
    CHECK(refusal(options, smooth_problem(500, 3, 1, 13)).find("seconds") != std::string::npos);
}
