#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/largest_count.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/data/row_sample.hpp>
#include <sketchntk/features/automatic_map.hpp>
#include <sketchntk/model/fit_plan.hpp>
#include <sketchntk/model/lambda_choice.hpp>
#include <sketchntk/solve/leave_one_out.hpp>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <sstream>

namespace sketchntk {

namespace {

// Beside its matrix products a map rectifies, gathers and transforms: map_over_products in
// docs/performance.md.
constexpr double feature_overhead = 1.1;
// Of the rate of matrix products, what the reduction to tridiagonal form reaches: ridge_path in
// docs/performance.md.
constexpr double reduction_efficiency = 0.5;

constexpr Index many_rows = std::numeric_limits<Index>::max() / 4;
constexpr Index least_features = 64;  // that a budget is worth

// What a matrix product packs its factors into, for each thread: about this much of OpenBLAS's
// buffers is touched.
constexpr std::int64_t packing_bytes = std::int64_t{4} << 20;

template <typename T>
double product_rate(const Execution& execution) {
    constexpr Index side = 768;
    const Index count = thread_count(execution);
    std::vector<Matrix<T>> results(static_cast<std::size_t>(count), Matrix<T>(side, side));
    Matrix<T> factor(side, side);
    std::fill_n(factor.data(), side * side, T{1} / side);
    const auto multiply = [&] {
        parallel_for(execution, count, [&](Index i) {
            as_eigen(results[static_cast<std::size_t>(i)]).noalias() =
                as_eigen(factor) * as_eigen(factor);
        });
    };
    multiply();
    double best = 0;
    for (int repetition = 0; repetition < 3; ++repetition) {
        const Stopwatch stopwatch;
        multiply();
        best = std::max(best,
                        2.0 * static_cast<double>(count) * std::pow(side, 3) / stopwatch.seconds());
    }
    return best;
}

// Sparse rows are held as they are read and, where they stay sparse, as float32.
std::int64_t row_bytes(const FitOptions& options, InputShape inputs) {
    if (!inputs.sparse_row_entries) return 12 * inputs.columns;
    const Index entries = *inputs.sparse_row_entries;
    return 16 * entries + (options.standardise ? 4 * inputs.columns : 12 * entries);
}

std::int64_t batch_bytes(const FitOptions& options, InputShape inputs, Index targets,
                         Index features) {
    return options.batch_rows * (row_bytes(options, inputs) + 8 * targets + 4 * features);
}

// Names of the columns, in the schema and the standardiser, and what that knows of each: about this
// much.
std::int64_t column_bytes(Index columns) {
    return 192 * columns;
}

std::int64_t map_bytes(const FeatureMap& map, const FitOptions& options, InputShape inputs,
                       int threads) {
    if (!inputs.sparse_row_entries || options.standardise) return map.bytes(threads);
    return map.sparse_bytes(threads, *inputs.sparse_row_entries);
}

bool sparse_rows_are_written_out(const FitOptions& options, InputShape inputs) {
    if (!inputs.sparse_row_entries) return false;
    return options.standardise ||
           !make_feature_map(options.feature_map, inputs.columns)->keeps_sparse_rows();
}

bool chooses_by_leave_one_out(const FitOptions& options) {
    return options.rule == LambdaRule::leave_one_out ||
           (options.rule == LambdaRule::automatic && wanted_sample_rows(options.feature_map) > 0);
}

const char* advice(const FitOptions& options, InputShape inputs) {
    if (!sparse_rows_are_written_out(options, inputs)) return "";
    return "; the sparse rows would be written out, and stay sparse with --no-standardise "
           "--normalise rows --map ntksketch";
}

// The sample of rows, its standardised form, and what the map makes of it: a factor of
// rows x features.
std::int64_t learning_bytes(const FitOptions& options, const FeatureMap& feature_map,
                            Index targets) {
    const FeatureMapConfiguration& map = options.feature_map;
    const Index inputs = feature_map.inputs();
    const Index rows = wanted_sample_rows(map);
    const std::int64_t learning = 2 * RowSample::bytes(rows, inputs) +
                                  4 * rows * (inputs + map.features) + feature_map.learning_bytes();
    if (!is_automatic(map)) return learning;
    // Candidates are fitted to the sample one after the other.
    const Index compared = automatic_compared_features(map);
    return learning + 4 * automatic_comparison_rows(map, compared) * (inputs + compared) +
           2 * RidgeAccumulator::bytes(compared, targets) + RidgePath::bytes(compared, targets);
}

struct RidgeBytes {
    std::int64_t accumulating;
    std::int64_t solving;
};

RidgeBytes ridge_bytes(const FitOptions& options, Index features, Index targets,
                       std::optional<Index> row_count) {
    const Index rows = row_count.value_or(many_rows);
    const auto waiting = [&](Index of) { return RidgeAccumulator::bytes(features, targets, of); };
    const auto solved = [&](Index of) {
        return RidgePath::bytes(features, targets, of) +
               (RidgePath::solves_by_rows(features, of) ? waiting(of) : waiting(many_rows));
    };
    if (options.rule != LambdaRule::validation) return {waiting(rows), solved(rows)};
    // The fit refuses other fractions; its plan comes before.
    const double fraction =
        options.validation_fraction > 0 ? std::min(options.validation_fraction, 1.0) : 0.0;
    const auto held_out = static_cast<Index>(fraction * static_cast<double>(rows));
    const std::int64_t parts = waiting(rows - held_out) + waiting(held_out);
    // The fitted rows' sums are kept beside those that are reduced first.
    return {parts, std::max(solved(rows - held_out) + parts, solved(rows) + waiting(held_out))};
}

std::string gibibytes(std::int64_t bytes) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(2)
         << static_cast<double>(bytes) / static_cast<double>(1 << 30) << " GiB";
    return text.str();
}

}  // namespace

MachineRates measure_machine_rates(const Execution& execution) {
    use_blas_on_one_thread();
    return {.float32_product = product_rate<float>(execution),
            .float64_product = product_rate<double>(execution)};
}

FitPlan plan_fit_memory(const FitOptions& options, InputShape inputs, Index targets,
                        const Execution& execution, std::optional<Index> rows) {
    const auto map = make_feature_map(options.feature_map, inputs.columns);
    FitPlan plan;
    plan.inputs = inputs.columns;
    plan.features = map->features();
    plan.process_bytes = resident_bytes();
    const int threads = thread_count(execution);
    plan.map_bytes = map_bytes(*map, options, inputs, threads) + threads * packing_bytes;
    plan.learning_bytes = learning_bytes(options, *map, targets);
    plan.batch_bytes = batch_bytes(options, inputs, targets, plan.features);
    const RidgeBytes ridge = ridge_bytes(options, plan.features, targets, rows);
    plan.accumulator_bytes = ridge.accumulating;
    plan.solve_bytes = ridge.solving;
    if (chooses_by_leave_one_out(options))
        plan.solve_bytes +=
            LeaveOneOut::bytes(
                plan.features, targets, static_cast<Index>(default_lambda_grid().size()),
                options.rule == LambdaRule::leave_one_out ? many_rows : most_lambda_rows) +
            plan.batch_bytes;
    plan.peak_bytes = plan.process_bytes + column_bytes(inputs.columns) +
                      std::max(plan.learning_bytes,
                               plan.map_bytes + std::max(plan.accumulator_bytes + plan.batch_bytes,
                                                         plan.solve_bytes));
    return plan;
}

FitPlan plan_fit(const FitOptions& options, Index rows, InputShape inputs, Index targets,
                 const MachineRates& rates, const Execution& execution) {
    FitOptions of_these_rows = options;
    of_these_rows.batch_rows = std::min(options.batch_rows, rows);
    FitPlan plan = plan_fit_memory(of_these_rows, inputs, targets, execution, rows);
    plan.rows = rows;
    const auto n = static_cast<double>(rows);
    const auto m = static_cast<double>(plan.features);
    const int passes = options.rule == LambdaRule::leave_one_out ? 2 : 1;
    const auto map = make_feature_map(options.feature_map, inputs.columns);
    plan.feature_seconds =
        passes * feature_overhead * n * map->flops_per_row() / rates.float32_product;
    const bool by_rows = RidgePath::solves_by_rows(plan.features, rows);
    plan.accumulate_seconds = by_rows ? 0 : n * m * m / rates.float64_product;
    const double reduction_flops =
        by_rows ? 2 * m * n * n + 2 * std::pow(n, 3) : 4.0 / 3.0 * std::pow(m, 3);
    const double reduction = reduction_flops / (reduction_efficiency * rates.float64_product);
    plan.solve_seconds = (options.rule == LambdaRule::validation ? 2 : 1) * reduction;
    if (chooses_by_leave_one_out(options)) {
        // Q^T of the reduction, formed and multiplied with the rows, or applied to them.
        const double judged = options.rule == LambdaRule::leave_one_out
                                  ? n
                                  : std::min(n, static_cast<double>(most_lambda_rows));
        const double formed = 3 * std::pow(m, 3) / reduction_efficiency + 2 * judged * m * m;
        const double applied = 4 * judged * m * m / reduction_efficiency;
        plan.solve_seconds += std::min(formed, applied) / rates.float64_product;
    }
    return plan;
}

Index largest_feature_count(const FitOptions& options, InputShape inputs, Index targets,
                            std::int64_t bytes, const Execution& execution) {
    const auto fits = [&](Index features) {
        FitOptions changed = options;
        changed.feature_map.features = features;
        try {
            return plan_fit_memory(changed, inputs, targets, execution).peak_bytes <= bytes;
        } catch (const InvalidArgument&) {
            return false;  // fewer than the map can do with
        }
    };
    return largest_count(options.feature_map.features - 1, fits);
}

Index features_within(const FitOptions& options, Index rows, InputShape inputs, Index targets,
                      const MachineRates& rates, double seconds, std::int64_t bytes,
                      const Execution& execution) {
    const Index most = options.feature_map.features;
    Index result = 0;
    for (Index features = least_features; features <= most;
         features += features & (features - 1) ? features / 3 : features / 2) {
        FitOptions changed = options;
        changed.feature_map.features = features;
        try {
            const FitPlan plan = plan_fit(changed, rows, inputs, targets, rates, execution);
            if (plan.seconds() > seconds || plan.peak_bytes > bytes) break;
            result = features;
        } catch (const InvalidArgument&) {
            // fewer than the map can do with
        }
    }
    return result;
}

void check_fit_memory(const FitOptions& options, InputShape inputs, Index targets,
                      const Execution& execution) {
    const FitPlan plan = plan_fit_memory(options, inputs, targets, execution);
    const std::int64_t available = available_memory_bytes() + plan.process_bytes;
    if (plan.peak_bytes <= available) return;
    const Index largest = largest_feature_count(options, inputs, targets, available, execution);
    throw ResourceError("features: " + std::to_string(plan.features) + " need " +
                        gibibytes(plan.peak_bytes) + " of memory and " + gibibytes(available) +
                        " are available; " +
                        (largest > 0 ? "at most " + std::to_string(largest) + " features would fit"
                                     : "no number of features would fit") +
                        advice(options, inputs));
}

}  // namespace sketchntk
