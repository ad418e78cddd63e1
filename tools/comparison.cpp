#include "comparison.hpp"

#include "data_options.hpp"
#include "evaluation.hpp"
#include "rows_in_memory.hpp"
#include "table.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/model/regression_error.hpp>
#include <sketchntk/solve/exact_ridge.hpp>
#include <sketchntk/solve/kernel_leave_one_out.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk::tools {

namespace {

// Beyond this, the error of the solution would show in the table's digits.
constexpr double acceptable_residual = 1e-5;

// `count` rows at equal distances, or all of them if there are not more.
template <typename T, typename U>
Matrix<T> evenly_spaced_rows(const Matrix<U>& rows, Index count) {
    count = std::min(count, rows.rows());
    Matrix<T> result(count, rows.columns());
    for (Index i = 0; i < count; ++i) {
        const auto source = rows.row(i * rows.rows() / count);
        std::copy(source.begin(), source.end(), result.row(i).begin());
    }
    return result;
}

// Those rows of a reader, which is read once.
Matrix<float> evenly_spaced_rows(RowReader& reader, Index total, Index count,
                                 const Standardiser& standardiser) {
    count = std::min(count, total);
    Matrix<float> result(count, standardiser.output_columns());
    Index next = 0;
    reader.rewind();
    for (Batch batch; next < count && reader.read(4096, batch);) {
        const Matrix<float> rows = standardiser.apply(batch);
        for (; next < count && next * total / count < batch.first_row + rows.rows(); ++next) {
            const auto source = rows.row(next * total / count - batch.first_row);
            std::copy(source.begin(), source.end(), result.row(next).begin());
        }
    }
    return result;
}

LambdaChoice exact_lambda(const Comparison::Settings& settings, const RowsInMemory<float>& rows,
                          const Execution& execution) {
    const auto x = evenly_spaced_rows<double>(rows.inputs, settings.exact_lambda_rows);
    const auto y = evenly_spaced_rows<double>(rows.targets, settings.exact_lambda_rows);
    const FullyConnectedKernel<double> kernel(settings.network, settings.kind, x.view());
    return select_lambda_on_sample(kernel, y, default_lambda_grid(), execution);
}

}  // namespace

Comparison::Comparison(RowReader& training, RowReader& test, Settings settings, Execution execution)
    : training_(training),
      test_(test),
      settings_(std::move(settings)),
      execution_(execution),
      training_rows_(count_rows(training)) {}

ComparisonResult Comparison::feature_map(const FitOptions& options) {
    reset_peak_resident_bytes();
    const FitResult result = fit(training_, options, execution_);
    const std::int64_t peak_bytes = peak_resident_bytes();
    const RegressionError error = evaluate(result.model, test_, options.batch_rows, execution_);
    return {.method = map_text(options.feature_map),
            .features = result.model.parts().solution.coefficients.rows(),
            .training_rows = result.report.rows,
            .lambda = result.model.parts().solution.lambda,
            .test_rmse = error.root_mean_square(),
            .test_r2 = error.r_squared(),
            .kernel_error = kernel_error(result.model),
            .feature_seconds = result.report.feature_seconds,
            .solve_seconds = result.report.accumulate_seconds + result.report.solve_seconds,
            .peak_bytes = peak_bytes};
}

ComparisonResult Comparison::exact(const FitOptions& options) {
    const auto targets = static_cast<Index>(training_.schema().targets.size());
    const Index needed = ExactRidge::bytes(training_rows_, targets);
    if (needed > available_memory_bytes())
        throw ResourceError("exact: " + std::to_string(training_rows_) + " training rows need " +
                            std::to_string(needed >> 20) + " MiB of memory and " +
                            std::to_string(available_memory_bytes() >> 20) + " are available");
    reset_peak_resident_bytes();
    const Standardiser columns = standardiser(options);
    const RowsInMemory<float> rows = load_rows(training_, columns);
    const Stopwatch stopwatch;
    execution_.report({"lambda of the exact kernel", 0, 1, ""});
    const double lambda = options.rule == LambdaRule::given
                              ? options.lambda
                              : exact_lambda(settings_, rows, execution_).lambda;
    const FullyConnectedKernel<float> kernel(settings_.network, settings_.kind, rows.inputs.view());
    const ExactRidge ridge =
        ExactRidge::fit(kernel, kernel.diagonal(), rows.targets, lambda, execution_);
    const double seconds = stopwatch.seconds();
    const std::int64_t peak_bytes = peak_resident_bytes();
    if (ridge.relative_residual() > acceptable_residual)
        throw NumericalError("exact: the kernel system was solved to a relative residual of " +
                             significant(ridge.relative_residual()) +
                             " only; a larger --lambda would help");
    RegressionError error(targets);
    test_.rewind();
    for (Batch batch; test_.read(options.batch_rows, batch);) {
        const Matrix<float> x = columns.apply(batch);
        const FullyConnectedKernel<float> cross(settings_.network, settings_.kind, x.view(),
                                                rows.inputs.view());
        error.add(ridge.predict(cross, execution_), batch.targets);
    }
    return {.method = "exact",
            .features = 0,
            .training_rows = rows.inputs.rows(),
            .lambda = lambda,
            .test_rmse = error.root_mean_square(),
            .test_r2 = error.r_squared(),
            .kernel_error = 0,
            .feature_seconds = 0,
            .solve_seconds = seconds,
            .peak_bytes = peak_bytes};
}

double Comparison::kernel_error(const Model& model) {
    const ModelParts& parts = model.parts();
    const KernelSample& exact = sample(parts.standardiser);
    const FeatureMap& map = model.feature_map();
    Matrix<float> features(exact.rows.rows(), map.features());
    map.transform(exact.rows, features, execution_);
    double squared_errors = 0;
    double squares = 0;
    for (Index i = 0; i < features.rows(); ++i) {
        for (Index j = 0; j <= i; ++j) {
            double product = 0;
            for (Index k = 0; k < features.columns(); ++k)
                product +=
                    static_cast<double>(features(i, k)) * static_cast<double>(features(j, k));
            const double times = i == j ? 1 : 2;
            squared_errors += times * std::pow(product - exact.kernel(i, j), 2);
            squares += times * std::pow(exact.kernel(i, j), 2);
        }
    }
    return std::sqrt(squared_errors / squares);
}

const KernelSample& Comparison::sample(const Standardiser& standardiser) {
    if (sample_) return *sample_;
    Matrix<float> rows =
        evenly_spaced_rows(training_, training_rows_, settings_.sample_rows, standardiser);
    Matrix<double> wide(rows.rows(), rows.columns());
    std::copy_n(rows.data(), rows.rows() * rows.columns(), wide.data());
    const FullyConnectedKernel<double> kernel(settings_.network, settings_.kind, wide.view());
    sample_ =
        std::make_unique<KernelSample>(KernelSample{std::move(rows), gram(kernel, execution_)});
    return *sample_;
}

Standardiser Comparison::standardiser(const FitOptions& options) {
    return options.standardise ? learn_standardiser(training_)
                               : Standardiser::identity(training_.schema().input_names());
}

}  // namespace sketchntk::tools
