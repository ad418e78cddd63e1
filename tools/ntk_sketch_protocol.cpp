#include "ntk_sketch_protocol.hpp"

#include "interrupt.hpp"
#include "rows_in_memory.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/data/row_sample.hpp>
#include <sketchntk/model/feature_learner.hpp>
#include <sketchntk/model/map_batch.hpp>
#include <sketchntk/model/model.hpp>
#include <sketchntk/model/regression_error.hpp>
#include <sketchntk/solve/lambda_selection.hpp>
#include <sketchntk/solve/ridge_path.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace sketchntk::tools {

namespace {

constexpr Index fold_count = 4;
constexpr Index selection_rows = 1000;
constexpr Index scoring_rows = 10000;
constexpr int first_exponent = -18;
constexpr int last_exponent = 3;
// The part of a seed that orders the training rows.
constexpr std::uint32_t row_order = 0x666f6c64;

// Where a training row goes while lambda is chosen.
enum class Role : char { neither, fitted, scored };

std::vector<Role> draw_roles(Index rows, Seed seed) {
    const RandomStream stream(seed.child(row_order), 0);
    std::vector<std::pair<double, Index>> order;
    for (Index i = 0; i < rows; ++i) order.emplace_back(stream.uniform(0, i), i);
    std::sort(order.begin(), order.end());
    std::vector<Role> roles(static_cast<std::size_t>(rows), Role::neither);
    const Index used = std::min(rows, selection_rows + scoring_rows);
    for (Index k = 0; k < used; ++k)
        roles[static_cast<std::size_t>(order[static_cast<std::size_t>(k)].second)] =
            k < selection_rows ? Role::fitted : Role::scored;
    return roles;
}

// The NTK's value at rows of mean square 1, over that of the public code's kernel.
double kernel_scale(const FeatureMapConfiguration& map, Index columns) {
    Matrix<double> row(1, columns);
    std::fill_n(row.data(), columns, 1.0);
    const FullyConnectedKernel<double> kernel(map.network, map.kind, row.view());
    const auto layers = static_cast<double>(dense_layers(map.network).size());
    return kernel.diagonal().front() / (layers * static_cast<double>(columns));
}

void check_kernel(const FeatureMapConfiguration& map) {
    const std::vector<Dense> layers = dense_layers(map.network);
    const bool plain = std::all_of(layers.begin(), layers.end(), [](const Dense& layer) {
        return layer.b_std == 0 && layer.trained;
    });
    if (!plain || map.kind != KernelKind::ntk)
        throw InvalidArgument(
            "protocol: ntk-sketch-rf is defined for the ntk of a network without biases, with all "
            "layers trained");
}

struct ScaledTarget {
    double mean = 0;
    double scale = 1;
};

ScaledTarget scale_of(const Matrix<double>& targets) {
    const auto rows = static_cast<double>(targets.rows());
    const auto values = targets.view();
    ScaledTarget result;
    for (Index i = 0; i < targets.rows(); ++i) result.mean += values(i, 0) / rows;
    double squares = 0;
    for (Index i = 0; i < targets.rows(); ++i) squares += std::pow(values(i, 0) - result.mean, 2);
    result.scale = std::sqrt(squares / rows);
    if (!(result.scale > 0)) throw InvalidArgument("protocol: the target is constant");
    return result;
}

// One fold: rows [first, last) test, all others train.
class FoldRun {
  public:
    FoldRun(const RowsInMemory<double>& rows, Index first, Index last,
            FeatureMapConfiguration configuration, const std::vector<std::string>& names,
            Index batch_rows, const Execution& execution)
        : rows_(rows),
          first_(first),
          last_(last),
          configuration_(std::move(configuration)),
          batch_rows_(batch_rows),
          execution_(execution),
          standardiser_(names) {
        learn();
    }

    ProtocolFold run() {
        const Index training = training_rows();
        RidgeAccumulator all(map_->features(), 1);
        const double lambda = selected_lambda(all);
        const double unit = kernel_scale(configuration_, standardiser_.output_columns());
        ProtocolFold fold{.training_rows = training,
                          .test_rows = last_ - first_,
                          .selected_lambda = lambda,
                          .published_lambda = lambda * static_cast<double>(training)};
        execution_.report({"solving", 0, 1, ""});
        const RidgePath path(std::move(all), execution_, Intercept::none);
        const double penalty = unit / path.mean_kernel_diagonal();
        fold.published_squared_error = test_error(path.solve(fold.published_lambda * penalty));
        fold.selected_squared_error = test_error(path.solve(fold.selected_lambda * penalty));
        return fold;
    }

    [[nodiscard]] Index feature_count() const { return map_->features(); }

  private:
    Index training_rows() const { return rows_.inputs.rows() - (last_ - first_); }

    Batch batch(Index first, Index count) const {
        Matrix<double> inputs(count, rows_.inputs.columns());
        std::copy_n(rows_.inputs.row(first).data(), count * inputs.columns(), inputs.data());
        Matrix<double> targets(count, 1);
        std::copy_n(rows_.targets.row(first).data(), count, targets.data());
        return {.first_row = first, .inputs = std::move(inputs), .targets = std::move(targets)};
    }

    template <typename Use>
    void for_each_batch(Index first, Index last, const Use& use) const {
        for (Index i = first; i < last; i += batch_rows_) {
            check_interrupt();
            use(batch(i, std::min(batch_rows_, last - i)));
        }
    }

    template <typename Use>
    void for_each_training_batch(const Use& use) const {
        for_each_batch(0, first_, use);
        for_each_batch(last_, rows_.inputs.rows(), use);
    }

    void learn() {
        RowSample sample(wanted_sample_rows(configuration_), rows_.inputs.columns(),
                         configuration_.seed.child(map_sample_rows),
                         is_automatic(configuration_) ? 1 : 0);
        Matrix<double> targets(training_rows(), 1);
        Index done = 0;
        for_each_training_batch([&](const Batch& part) {
            standardiser_.add(part);
            sample.add(part);
            std::copy_n(part.targets.data(), part.rows(), targets.data() + done);
            done += part.rows();
        });
        standardiser_.finish();
        target_ = scale_of(targets);
        if (is_automatic(configuration_))
            configuration_ =
                choose_feature_map(configuration_, standardiser_, sample, execution_).configuration;
        map_ = map_of_sample(configuration_, standardiser_, sample, execution_).map;
    }

    // Fills `all` with the training rows on the way.
    double selected_lambda(RidgeAccumulator& all) const {
        const std::vector<Role> roles = draw_roles(training_rows(), configuration_.seed);
        RidgeAccumulator fitted(map_->features(), 1);
        RidgeAccumulator scored(map_->features(), 1);
        Index done = 0;
        for_each_training_batch([&](const Batch& part) {
            const Matrix<float> z = map_batch(standardiser_, *map_, part, execution_);
            Matrix<double> y = part.targets;
            for (Index i = 0; i < y.rows(); ++i) y(i, 0) = (y(i, 0) - target_.mean) / target_.scale;
            all.add(z, y, execution_);
            for (Index i = 0; i < z.rows(); ++i) {
                const Role role = roles[static_cast<std::size_t>(done + i)];
                if (role == Role::neither) continue;
                (role == Role::fitted ? fitted : scored)
                    .add(z.view().middle_rows(i, 1), y.view().middle_rows(i, 1), execution_);
            }
            done += z.rows();
            execution_.report({"features", done, training_rows(), "rows"});
        });
        return best_lambda(std::move(fitted), scored);
    }

    double best_lambda(RidgeAccumulator&& fitted, const RidgeAccumulator& scored) const {
        const RidgePath path(std::move(fitted), execution_, Intercept::none);
        const double penalty = kernel_scale(configuration_, standardiser_.output_columns()) /
                               path.mean_kernel_diagonal();
        std::vector<double> grid;
        for (int i = first_exponent; i <= last_exponent; ++i)
            grid.push_back(std::exp(i) * static_cast<double>(training_rows()) * penalty);
        std::vector<double> errors = validation_errors(path, scored, grid);
        return select_lambda(std::move(grid), std::move(errors)).lambda / penalty;
    }

    double test_error(const RidgeSolution& solution) const {
        RegressionError error(1);
        for_each_batch(first_, last_, [&](const Batch& part) {
            Matrix<double> predictions = apply_linear_head(
                solution, map_batch(standardiser_, *map_, part, execution_), execution_);
            for (Index i = 0; i < predictions.rows(); ++i)
                predictions(i, 0) = target_.mean + target_.scale * predictions(i, 0);
            error.add(predictions, part.targets);
            execution_.report({"testing", error.rows(), last_ - first_, "rows"});
        });
        return std::pow(error.root_mean_square(), 2);
    }

    const RowsInMemory<double>& rows_;
    Index first_;
    Index last_;
    FeatureMapConfiguration configuration_;
    Index batch_rows_;
    const Execution& execution_;
    Standardiser standardiser_;
    ScaledTarget target_;
    std::unique_ptr<FeatureMap> map_;
};

}  // namespace

ProtocolResult run_ntk_sketch_protocol(RowReader& rows, const FeatureMapConfiguration& map,
                                       Index batch_rows, const Execution& execution) {
    check_kernel(map);
    if (rows.schema().targets.size() != 1)
        throw InvalidArgument("protocol: expected one target column, got " +
                              std::to_string(rows.schema().targets.size()));
    if (batch_rows < 1)
        throw InvalidArgument("batch rows: expected at least 1, got " + std::to_string(batch_rows));
    const Stopwatch stopwatch;
    const RowsInMemory<double> held = load_rows<double>(rows);
    const Index count = held.inputs.rows();
    const Index fewest = count - (count + fold_count - 1) / fold_count;
    if (fewest < selection_rows + 2)
        throw InvalidArgument("protocol: lambda is fitted to " + std::to_string(selection_rows) +
                              " training rows and scored on others, and a fold has " +
                              std::to_string(fewest));
    ProtocolResult result{.method = map_text(map), .folds = {}};
    for (Index fold = 0, first = 0; fold < fold_count; ++fold) {
        const Index last = first + count / fold_count + (fold < count % fold_count ? 1 : 0);
        FeatureMapConfiguration of_fold = map;
        of_fold.seed.value += static_cast<std::uint64_t>(fold);
        FoldRun run(held, first, last, of_fold, rows.schema().input_names(), batch_rows, execution);
        result.features = run.feature_count();
        result.folds.push_back(run.run());
        first = last;
    }
    result.seconds = stopwatch.seconds();
    return result;
}

}  // namespace sketchntk::tools
