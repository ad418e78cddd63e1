// headers under test: sketchntk/model/feature_learner.hpp, sketchntk/model/feature_extractor.hpp
#include "catch2.hpp"
#include "model/memory_rows.hpp"
#include "temporary_path.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/model/feature_learner.hpp>
#include <sketchntk/model/fit.hpp>

#include <fstream>

using namespace sketchntk;

namespace {

FeatureMapConfiguration configuration(const char* map) {
    FeatureMapConfiguration result{.network = fully_connected_network(2), .features = 64};
    set_map(result, map);
    return result;
}

FeatureLearner learner_of(MemoryRows& rows, const char* map, bool standardise = true) {
    return {rows.schema(), rows.image_shape(), configuration(map), standardise};
}

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

Batch part_of(MemoryRows& rows, Index first, Index count) {
    rows.rewind();
    Batch batch;
    if (first > 0) static_cast<void>(rows.read(first, batch));
    static_cast<void>(rows.read(count, batch));
    return batch;
}

double largest_difference(const Matrix<float>& a, const Matrix<float>& b) {
    REQUIRE(a.rows() == b.rows());
    REQUIRE(a.columns() == b.columns());
    double largest = 0;
    for (Index i = 0; i < a.rows(); ++i)
        for (Index j = 0; j < a.columns(); ++j)
            largest = std::max(largest, std::abs(static_cast<double>(a(i, j) - b(i, j))));
    return largest;
}

}  // namespace

TEST_CASE("an extractor makes the features of the model that was fitted to the same rows") {
    MemoryRows rows = smooth_problem(400, 3, 1, 1);
    for (const char* map : {"ntkrf", "nystrom", "auto"}) {
        FeatureLearner learner = learner_of(rows, map);
        learner.add(rows.all());
        const LearntFeatures learnt = learner.learnt();
        FitOptions options;
        options.feature_map = configuration(map);
        const FitResult fitted = fit(rows, options);
        CHECK(learnt.extractor.configuration() == fitted.model.extractor().configuration());
        CHECK(learnt.choice.has_value() == (std::string(map) == "auto"));
        CHECK(learnt.extractor.transform(rows.all()) ==
              fitted.model.extractor().transform(rows.all()));
    }
}

TEST_CASE("merged learners have learnt from all rows, also by way of their bytes") {
    MemoryRows rows = smooth_problem(900, 3, 1, 2);
    for (const bool standardise : {true, false}) {
        FeatureLearner whole = learner_of(rows, "nystrom", standardise);
        whole.add(rows.all());
        FeatureLearner first = learner_of(rows, "nystrom", standardise);
        FeatureLearner second = first;
        first.add(part_of(rows, 0, 350));
        second.add(part_of(rows, 350, 550));
        first.merge(FeatureLearner::from_bytes(bytes_of(second.to_bytes())));
        CHECK(first.rows() == 900);
        const Batch some = part_of(rows, 100, 50);
        const Matrix<float> merged = first.learnt().extractor.transform(some);
        // Means and scales agree to rounding in float64, standardised rows to that of float32.
        CHECK(largest_difference(merged, whole.learnt().extractor.transform(some)) < 2e-3);
        CHECK(first.sample().kept() == whole.sample().kept());
    }
    FeatureLearner other = learner_of(rows, "ntkrf");
    REQUIRE_THROWS_AS(other.merge(learner_of(rows, "nystrom")), InvalidArgument);
    MemoryRows wide = smooth_problem(10, 4, 1, 2);
    REQUIRE_THROWS_AS(other.merge(learner_of(wide, "ntkrf")), DimensionMismatch);
    REQUIRE_THROWS_AS(other.learnt(), InvalidArgument);
}

TEST_CASE("an extractor is read from its file, its bytes and a model's file") {
    MemoryRows rows = smooth_problem(300, 3, 1, 3);
    FitOptions options;
    options.feature_map = configuration("nystrom");
    const Model model = fit(rows, options).model;
    const FeatureExtractor& extractor = model.extractor();
    const Matrix<float> features = extractor.transform(rows.all());
    const sketchntk_test::TemporaryDirectory directory;
    extractor.save(directory.file("extractor"));
    model.save(directory.file("model"));
    for (const char* name : {"extractor", "model"}) {
        const FeatureExtractor loaded = FeatureExtractor::load(directory.file(name));
        CHECK(loaded.transform(rows.all()) == features);
        CHECK(loaded.schema() == model.schema());
    }
    CHECK(FeatureExtractor::from_bytes(bytes_of(extractor.to_bytes())).transform(rows.all()) ==
          features);
    CHECK(Model::from_bytes(bytes_of(model.to_bytes())).predict(rows.all()) ==
          model.predict(rows.all()));
    CHECK(sketchntk_test::content_of(directory.file("model")) == model.to_bytes());
    std::string damaged = extractor.to_bytes();
    damaged[damaged.size() - 1] = static_cast<char>(damaged[damaged.size() - 1] ^ 1);
    REQUIRE_THROWS_AS(FeatureExtractor::from_bytes(bytes_of(damaged)), FormatError);
    REQUIRE_THROWS_AS(FeatureExtractor::from_bytes(bytes_of(model.to_bytes())), FormatError);
    REQUIRE_THROWS_AS(Model::load(directory.file("extractor")), FormatError);
}

TEST_CASE("a fit with weights is that of repeated rows") {
    MemoryRows rows = smooth_problem(150, 3, 1, 4);
    rows.set_weights([](Index i) { return static_cast<double>(i % 3); });
    const Batch all = rows.all();
    Matrix<double> inputs(150, 3);
    Matrix<double> targets(150, 1);
    Index count = 0;
    for (Index i = 0; i < 150; ++i)
        for (Index k = 0; k < i % 3; ++k, ++count) {
            const auto from = std::get<Matrix<double>>(all.inputs).row(i);
            std::copy(from.begin(), from.end(), inputs.row(count).begin());
            targets(count, 0) = all.targets(i, 0);
        }
    REQUIRE(count == 150);
    MemoryRows repeated(std::move(inputs), std::move(targets));
    FitOptions options;
    options.feature_map = configuration("ntkrf");
    for (const LambdaRule rule : {LambdaRule::generalised_cross_validation, LambdaRule::given}) {
        options.rule = rule;
        options.lambda = 0.01;
        const FitResult weighted = fit(rows, options);
        const FitResult plain = fit(repeated, options);
        CHECK(weighted.report.rows == 100);
        CHECK(weighted.model.solution().lambda == plain.model.solution().lambda);
        const Matrix<double> a = weighted.model.predict(all);
        const Matrix<double> b = plain.model.predict(all);
        for (Index i = 0; i < a.rows(); ++i) CHECK(a(i, 0) == Approx(b(i, 0)).epsilon(1e-6));
    }
    rows.set_weights([](Index) { return 0.0; });
    REQUIRE_THROWS_AS(fit(rows, options), InvalidArgument);
}

TEST_CASE("lambdas of the caller's own are searched") {
    MemoryRows rows = smooth_problem(200, 3, 1, 5);
    FitOptions options;
    options.feature_map = configuration("ntkrf");
    options.lambdas = {1e-4, 1e-1};
    const FitResult result = fit(rows, options);
    CHECK(result.report.choice.lambdas == options.lambdas);
    options.lambdas = {1, 1};
    REQUIRE_THROWS_AS(fit(rows, options), InvalidArgument);
}
