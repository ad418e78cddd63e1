// header under test: sketchntk/model/fit.hpp
#include "catch2.hpp"
#include "model/memory_rows.hpp"
#include "repetitions.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/model/fit.hpp>
#include <sketchntk/model/regression_error.hpp>

using namespace sketchntk;

namespace {

FitOptions small_fit(LambdaRule rule = LambdaRule::generalised_cross_validation) {
    FitOptions options;
    options.feature_map.network = fully_connected_network(2);
    options.feature_map.features = 200;
    options.rule = rule;
    options.lambda = 1e-3;
    return options;
}

double r_squared(const Model& model, MemoryRows& rows) {
    RegressionError error(model.target_count());
    error.add(model.predict(rows.all()), rows.targets());
    return error.r_squared();
}

}  // namespace

TEST_CASE("every rule finds a lambda about as good as the best in hindsight") {
    MemoryRows training = smooth_problem(3000, 4, 1, 1);
    MemoryRows test = smooth_problem(1000, 4, 1, 2);
    double least_error = 1;
    FitOptions given = small_fit(LambdaRule::given);
    for (given.lambda = 1e-8; given.lambda < 1e2; given.lambda *= 10) {
        const FitResult result = fit(training, given);
        CHECK(result.model.solution().lambda == given.lambda);
        least_error = std::min(least_error, 1 - r_squared(result.model, test));
    }
    for (const LambdaRule rule : {LambdaRule::generalised_cross_validation,
                                  LambdaRule::leave_one_out, LambdaRule::validation}) {
        const FitResult result = fit(training, small_fit(rule));
        CAPTURE(static_cast<int>(rule), result.model.solution().lambda);
        CHECK(result.report.rows == 3000);
        CHECK(result.model.training_rows() == 3000);
        CHECK(result.report.choice.lambda == result.model.solution().lambda);
        CHECK_FALSE(result.report.choice.at_end_of_grid);
        // A mean over 1,000 squared errors is itself known to sqrt(2 / 1000) = 4.5 %.
        CHECK(1 - r_squared(result.model, test) < 1.045 * least_error);
    }
}

TEST_CASE("lambda is chosen by rows that are no landmarks where there are enough") {
    FitOptions options = small_fit(LambdaRule::automatic);
    options.feature_map.features = 300;
    set_map(options.feature_map, "nystrom");
    MemoryRows training = smooth_problem(700, 4, 1, 4);
    MemoryRows test = smooth_problem(2000, 4, 1, 5);
    const FitResult automatic = fit(training, options);
    CHECK(automatic.report.lambda_rows == 400);
    options.rule = LambdaRule::generalised_cross_validation;
    const FitResult by_gcv = fit(training, options);
    CHECK(by_gcv.report.lambda_rows == 0);
    // A mean over 2,000 squared errors is itself known to sqrt(2 / 2000) = 3 %.
    CHECK(1 - r_squared(automatic.model, test) < 1.03 * (1 - r_squared(by_gcv.model, test)));

    // 100 rows are too few to judge by.
    MemoryRows few = smooth_problem(400, 4, 1, 6);
    options.rule = LambdaRule::automatic;
    CHECK(fit(few, options).report.lambda_rows == 0);
    // A map that learns nothing has nothing to avoid.
    set_map(options.feature_map, "ntkrf");
    const double lambda = fit(training, options).report.choice.lambda;
    options.rule = LambdaRule::generalised_cross_validation;
    CHECK(fit(training, options).report.choice.lambda == lambda);
}

TEST_CASE("generalised cross-validation and leave-one-out choose about the same lambda") {
    MemoryRows rows = smooth_problem(3000, 4, 1, 3);
    const double by_gcv = fit(rows, small_fit()).report.choice.lambda;
    const double by_leave_one_out =
        fit(rows, small_fit(LambdaRule::leave_one_out)).report.choice.lambda;
    CHECK(by_gcv / by_leave_one_out < 10);
    CHECK(by_leave_one_out / by_gcv < 10);
}

TEST_CASE("a model has the same bits for any threads and any batch size") {
    MemoryRows rows = smooth_problem(sketchntk_test::size_of_test(12000, 5000), 5, 2, 4);
    for (const LambdaRule rule : {LambdaRule::generalised_cross_validation, LambdaRule::validation,
                                  LambdaRule::leave_one_out}) {
        FitOptions options = small_fit(rule);
        options.feature_map.features = 120;
        options.batch_rows = 4096;
        const FitResult reference = fit(rows, options, {.threads = 1});
        const auto check_equal = [&](Index batch_rows, int threads) {
            options.batch_rows = batch_rows;
            const FitResult other = fit(rows, options, {.threads = threads});
            CAPTURE(batch_rows, threads, static_cast<int>(rule));
            CHECK(other.model.solution().coefficients == reference.model.solution().coefficients);
            CHECK(other.model.solution().intercept == reference.model.solution().intercept);
            CHECK(other.model.solution().lambda == reference.model.solution().lambda);
        };
        check_equal(1000, 2);
        check_equal(10007, 5);
        check_equal(4096, 5);
    }
}

TEST_CASE("predictions do not depend on the scale of columns, nor the kernel's") {
    MemoryRows rows = smooth_problem(2000, 4, 1, 5);
    Batch scaled_batch = rows.all();
    auto& inputs = std::get<Matrix<double>>(scaled_batch.inputs);
    for (Index i = 0; i < inputs.rows(); ++i) inputs(i, 0) = 1024 * inputs(i, 0) - 5;
    MemoryRows scaled(inputs, rows.targets());
    const Model model = fit(rows, small_fit()).model;
    const Model of_scaled = fit(scaled, small_fit()).model;
    FitOptions wide = small_fit();
    // Only the last layer: earlier ones would change how the NNGP and the tangent part weigh.
    std::get<Dense>(wide.feature_map.network.layers.back()).w_std *= 8;
    const Model of_wide = fit(rows, wide).model;
    const Matrix<double> expected = model.predict(rows.all());
    const Matrix<double> by_scaled = of_scaled.predict(scaled.all());
    const Matrix<double> by_wide = of_wide.predict(rows.all());
    for (Index i = 0; i < expected.rows(); ++i) {
        REQUIRE(by_scaled(i, 0) == Approx(expected(i, 0)).epsilon(1e-3).margin(1e-3));
        REQUIRE(by_wide(i, 0) == Approx(expected(i, 0)).epsilon(1e-4).margin(1e-4));
    }
}

TEST_CASE("constant columns are dropped and constant targets reported") {
    MemoryRows rows = smooth_problem(500, 4, 2, 6);
    Batch batch = rows.all();
    auto& inputs = std::get<Matrix<double>>(batch.inputs);
    for (Index i = 0; i < inputs.rows(); ++i) {
        inputs(i, 2) = 7;
        batch.targets(i, 1) = -3;
    }
    MemoryRows constant(inputs, batch.targets);
    const FitResult result = fit(constant, small_fit());
    CHECK(result.report.constant_columns == std::vector<std::string>{"x3"});
    CHECK(result.report.constant_targets == std::vector<std::string>{"y2"});
    const Matrix<double> predictions = result.model.predict(constant.all());
    for (Index i = 0; i < predictions.rows(); ++i)
        REQUIRE(predictions(i, 1) == Approx(-3).margin(1e-9));
}

TEST_CASE("a fit can be interrupted through its observer") {
    class Stop final : public ProgressObserver {
      public:
        void update(const Progress& progress) override {
            if (progress.stage == "features") throw Interrupted("stopped by the test");
        }
    };
    Stop stop;
    MemoryRows rows = smooth_problem(500, 4, 1, 7);
    REQUIRE_THROWS_AS(fit(rows, small_fit(), {.threads = 2, .observer = &stop}), Interrupted);
}

TEST_CASE("a fit refuses what it cannot do") {
    MemoryRows rows = smooth_problem(100, 3, 1, 8);
    MemoryRows no_target(std::get<Matrix<double>>(rows.all().inputs), Matrix<double>(100, 0));
    REQUIRE_THROWS_AS(fit(no_target, small_fit()), InvalidArgument);
    MemoryRows empty(Matrix<double>(0, 3), Matrix<double>(0, 1));
    REQUIRE_THROWS_AS(fit(empty, small_fit()), InvalidArgument);
    FitOptions bad_batch = small_fit();
    bad_batch.batch_rows = 0;
    REQUIRE_THROWS_AS(fit(rows, bad_batch), InvalidArgument);
    FitOptions bad_lambda = small_fit(LambdaRule::given);
    bad_lambda.lambda = -1;
    REQUIRE_THROWS_AS(fit(rows, bad_lambda), InvalidArgument);
    FitOptions bad_fraction = small_fit(LambdaRule::validation);
    bad_fraction.validation_fraction = 1.5;
    REQUIRE_THROWS_AS(fit(rows, bad_fraction), InvalidArgument);
}
