#include "comparison.hpp"

#include "confusion_table.hpp"
#include "data_options.hpp"
#include "model_size.hpp"
#include "rows_in_memory.hpp"
#include "table.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/features/normalise_rows.hpp>
#include <sketchntk/kernels/fully_connected_columns.hpp>
#include <sketchntk/model/regression_error.hpp>
#include <sketchntk/solve/kernel_leave_one_out.hpp>

#include <algorithm>

namespace sketchntk::tools {

namespace {

// Beyond this, the error of the solution would show in the table's digits.
constexpr double acceptable_residual = 1e-5;

// `count` rows at equal distances, or all of them if there are not more, in float64.
template <typename T>
Matrix<double> evenly_spaced(const Matrix<T>& rows, Index count) {
    count = std::min(count, rows.rows());
    Matrix<double> result(count, rows.columns());
    for (Index i = 0; i < count; ++i) {
        const auto source = rows.row(i * rows.rows() / count);
        std::copy(source.begin(), source.end(), result.row(i).begin());
    }
    return result;
}

// How well test rows are predicted.
class TestScore {
  public:
    TestScore(Index targets, bool classification)
        : error_(targets), classification_(classification), confusion_(targets) {}

    template <typename Predict>
    void add_all(RowReader& test, Index batch_rows, const Execution& execution,
                 const Predict& predict) {
        test.rewind();
        for (Batch batch; test.read(batch_rows, batch);) {
            const Matrix<double> predictions = predict(batch);
            error_.add(predictions, batch.targets);
            if (classification_) confusion_.add(predictions, batch.targets);
            execution.report({"testing", error_.rows(), test.row_count().value_or(0), "rows"});
        }
        if (error_.rows() == 0) throw InvalidArgument("test: there are no test rows");
    }

    void write_to(ComparisonResult& result) const {
        result.test_rmse = error_.root_mean_square();
        result.test_r2 = error_.r_squared();
        result.test_accuracy = confusion_.accuracy();
    }

  private:
    RegressionError error_;
    bool classification_;
    ConfusionTable confusion_;
};

}  // namespace

Comparison::Comparison(RowReader& training, RowReader& test, Settings settings, Execution execution)
    : training_(training),
      test_(test),
      settings_(std::move(settings)),
      execution_(execution),
      training_rows_(count_rows(training)) {}

ComparisonResult Comparison::feature_map(const FitOptions& options) {
    reset_peak_resident_bytes();
    const FitResult fitted = fit(training_, options, execution_);
    const Model& model = fitted.model;
    const FitReport& report = fitted.report;
    ComparisonResult result{
        .method = map_text(options.feature_map),
        .map = map_text(model.extractor().configuration()),
        .features = model.solution().coefficients.rows(),
        .seed = options.feature_map.seed.value,
        .training_rows = report.rows,
        .lambda = model.solution().lambda,
        .learning_seconds = report.choosing_seconds + report.learning_seconds,
        .feature_seconds = report.feature_seconds,
        .solve_seconds = report.accumulate_seconds + report.solve_seconds,
        .map_bytes = model.feature_map().bytes(thread_count(execution_)),
        .model_bytes = model_file_bytes(model),
        .peak_bytes = peak_resident_bytes(),
    };
    TestScore score(model.target_count(), settings_.classification);
    score.add_all(test_, options.batch_rows, execution_,
                  [&](const Batch& batch) { return model.predict(batch, execution_); });
    score.write_to(result);
    result.kernel_error =
        sample(model.extractor().standardiser()).error(model.feature_map(), execution_);
    return result;
}

std::vector<ComparisonResult> Comparison::exact(const FitOptions& options) {
    const auto targets = static_cast<Index>(training_.schema().targets.size());
    static_cast<void>(plan_exact_solver(
        {.rows = training_rows_,
         .targets = targets,
         .lambdas = std::max<Index>(1, static_cast<Index>(settings_.exact_lambdas.size())),
         .leave_one_out = settings_.exact_leave_one_out,
         .threads = thread_count(execution_)},
        settings_.exact_solver, 0, 0));
    reset_peak_resident_bytes();
    const Standardiser columns = options.standardise
                                     ? learn_standardiser(training_)
                                     : Standardiser::identity(training_.schema().input_names());
    RowsInMemory<float> rows = load_rows(training_, columns);
    rows.inputs = kernel_rows(std::move(rows.inputs));
    const Stopwatch stopwatch;
    const std::vector<double> lambdas = exact_lambdas(options, rows.inputs, rows.targets);
    const FullyConnectedKernel<float> kernel(settings_.kernel.network, settings_.kernel.kind,
                                             rows.inputs.view());
    const FullyConnectedColumns kernel_columns(settings_.kernel.network, settings_.kernel.kind,
                                               rows.inputs.view());
    ExactRidgeOptions solving;
    solving.solver = settings_.exact_solver;
    solving.tolerance = settings_.exact_tolerance;
    solving.columns = &kernel_columns;
    solving.leave_one_out = settings_.exact_leave_one_out;
    const Stopwatch solving_time;
    const std::vector<ExactRidge> ridges =
        ExactRidge::fit(kernel, kernel.diagonal(), rows.targets, lambdas, execution_, solving);
    const double solve_seconds = stopwatch.seconds();
    const double solver_seconds = solving_time.seconds();
    const std::int64_t peak = peak_resident_bytes();

    std::vector<ComparisonResult> results;
    for (const ExactRidge& ridge : ridges) {
        check_residual(ridge);
        const std::string method =
            ridges.size() > 1 ? "exact(lambda=" + significant(ridge.lambda()) + ")" : "exact";
        ComparisonResult result{.method = method,
                                .map = method,
                                .seed = options.feature_map.seed.value,
                                .training_rows = rows.inputs.rows(),
                                .lambda = ridge.lambda(),
                                .solve_seconds = solve_seconds,
                                .peak_bytes = peak,
                                .solver = ridge.solver() + "; " +
                                          std::to_string(ridge.iterations()) + " steps, residual " +
                                          significant(ridge.relative_residual()) + ", " +
                                          fixed(solver_seconds, 2) + " s after lambda"};
        if (const auto& training = ridge.leave_one_out()) {
            result.leave_one_out_rmse = std::sqrt(training->mean_squared_error);
            result.gcv_rmse =
                std::sqrt(training->generalised_cross_validation / static_cast<double>(targets));
        }
        TestScore score(targets, settings_.classification);
        score.add_all(test_, options.batch_rows, execution_, [&](const Batch& batch) {
            const Matrix<float> x = kernel_rows(columns.apply(batch));
            const FullyConnectedKernel<float> cross(settings_.kernel.network, settings_.kernel.kind,
                                                    x.view(), rows.inputs.view());
            return ridge.predict(cross, execution_);
        });
        score.write_to(result);
        results.push_back(std::move(result));
    }
    return results;
}

void Comparison::check_residual(const ExactRidge& ridge) const {
    if (ridge.relative_residual() <= std::max(acceptable_residual, settings_.exact_tolerance))
        return;
    throw NumericalError("exact: the kernel system for lambda " + significant(ridge.lambda()) +
                         " was solved to a relative residual of " +
                         significant(ridge.relative_residual()) + " only, in " +
                         std::to_string(ridge.iterations()) + " steps of " + ridge.solver() +
                         "; raise --lambda, or take --exact-solver cholesky if it fits");
}

// Rows as the kernel sees them.
Matrix<float> Comparison::kernel_rows(Matrix<float> rows) const {
    if (settings_.kernel.normalise_rows) scale_rows_to_unit_mean_square(rows, rows);
    return rows;
}

std::vector<double> Comparison::exact_lambdas(const FitOptions& options,
                                              const Matrix<float>& inputs,
                                              const Matrix<double>& targets) const {
    if (!settings_.exact_lambdas.empty()) return settings_.exact_lambdas;
    if (options.rule == LambdaRule::given) return {options.lambda};
    execution_.report({"lambda of the exact kernel", 0, 1, ""});
    const auto x = evenly_spaced(inputs, settings_.exact_lambda_rows);
    const auto y = evenly_spaced(targets, settings_.exact_lambda_rows);
    const FullyConnectedKernel<double> kernel(settings_.kernel.network, settings_.kernel.kind,
                                              x.view());
    return {std::max(select_lambda_on_sample(kernel, y, default_lambda_grid(), execution_).lambda,
                     float32_lambda(inputs.rows()))};
}

const KernelSample& Comparison::sample(const Standardiser& standardiser) {
    if (!sample_)
        sample_ = std::make_unique<const KernelSample>(
            evenly_spaced_rows(training_, training_rows_, settings_.sample_rows, standardiser),
            settings_.kernel, execution_);
    return *sample_;
}

}  // namespace sketchntk::tools
