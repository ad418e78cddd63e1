#include "model/fit_budget.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/data/row_split.hpp>
#include <sketchntk/model/feature_learner.hpp>
#include <sketchntk/model/fit.hpp>
#include <sketchntk/model/lambda_choice.hpp>
#include <sketchntk/model/map_batch.hpp>
#include <sketchntk/solve/leave_one_out.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <span>
#include <utility>

namespace sketchntk {

namespace {

// The part of the seed that draws the validation rows: not those of a test split by the same seed.
constexpr std::uint32_t validation_rows = 0x76616c69;

// Before any row is read, rather than after all have been.
void check_lambda_rule(const FitOptions& options) {
    if (options.rule == LambdaRule::given &&
        !(std::isfinite(options.lambda) && options.lambda >= 0))
        throw InvalidArgument("lambda: expected a finite number, 0 or more, got " +
                              std::to_string(options.lambda));
    const std::vector<double>& grid = options.lambdas;
    const bool usable = grid.empty() || (grid.front() >= 0 && std::isfinite(grid.back()));
    if (!usable || !std::is_sorted(grid.begin(), grid.end()) ||
        std::adjacent_find(grid.begin(), grid.end()) != grid.end())
        throw InvalidArgument("lambdas: expected ascending finite numbers, 0 or more");
    if (options.rule == LambdaRule::validation &&
        !(options.validation_fraction > 0 && options.validation_fraction < 1))
        throw InvalidArgument("validation fraction: expected a number between 0 and 1, got " +
                              std::to_string(options.validation_fraction));
}

FitOptions for_images(FitOptions options, const RowReader& rows) {
    options.feature_map.image = rows.image_pixels();
    return options;
}

// Passes over the rows, and what they leave behind for the report.
class Fitting {
  public:
    Fitting(RowReader& rows, const FitOptions& options, const Execution& execution)
        : rows_(rows),
          options_(for_images(options, rows)),
          execution_(execution),
          learner_(FeatureLearner(rows.schema(), rows.image_shape(), options.feature_map,
                                  options.standardise)),
          standardiser_(learn_columns()),
          configuration_(chosen_map()),
          map_(learnt_map()) {}

    FitResult run() {
        RidgeSolution solution =
            options_.rule == LambdaRule::validation ? validated() : fitted_to_all();
        report_.total_seconds = total_.seconds();
        return {Model(FeatureExtractor(rows_.schema(), std::move(standardiser_), configuration_,
                                       map_->learnt()),
                      std::move(solution), report_.rows),
                report_, std::move(path_)};
    }

  private:
    using UseBatch = std::function<void(const Matrix<float>& features, const Batch& batch)>;

    // What is held out to choose lambda by must not be what a map has learnt.
    RowSplit validation_split() const {
        if (options_.rule != LambdaRule::validation) return RowSplit::none();
        return RowSplit::fraction(options_.validation_fraction,
                                  options_.feature_map.seed.child(validation_rows));
    }

    Index target_count() const { return static_cast<Index>(rows_.schema().targets.size()); }

    void report_rows(std::string_view stage, Index done) const {
        const Index total = report_.rows > 0 ? report_.rows : rows_.row_count().value_or(0);
        execution_.report({stage, done, total, "rows"});
    }

    // The first pass. Also counts the rows, and looks for targets that do not vary.
    Standardiser learn_columns() {
        if (target_count() == 0) throw InvalidArgument("fit: the data has no target column");
        if (options_.batch_rows < 1)
            throw InvalidArgument("batch rows: expected at least 1, got " +
                                  std::to_string(options_.batch_rows));
        check_lambda_rule(options_);
        const std::vector<std::string> names = rows_.schema().input_names();
        std::vector<double> first_targets;
        std::vector<bool> varies(static_cast<std::size_t>(target_count()), false);
        Index done = 0;
        rows_.rewind();
        for (Batch batch; rows_.read(options_.batch_rows, batch); report_rows("reading", done)) {
            learner_->add(batch, validation_split());
            for (Index i = 0; i < batch.rows(); ++i) {
                if (batch.weight(i) == 0) continue;
                const auto targets = batch.targets.row(i);
                if (first_targets.empty()) first_targets.assign(targets.begin(), targets.end());
                for (std::size_t t = 0; t < varies.size(); ++t)
                    if (targets[t] != first_targets[t]) varies[t] = true;
            }
            done += batch.rows();
        }
        report_.rows = learner_->rows();
        if (report_.rows == 0)
            throw InvalidArgument(done == 0 ? "fit: there are no training rows"
                                            : "fit: all training rows have weight 0");
        Standardiser standardiser = learner_->standardiser();
        for (const Index column : standardiser.constant_columns())
            report_.constant_columns.push_back(names[static_cast<std::size_t>(column)]);
        for (std::size_t t = 0; t < varies.size(); ++t)
            if (!varies[t]) report_.constant_targets.push_back(rows_.schema().targets[t]);
        return standardiser;
    }

    FeatureMapConfiguration chosen_map() {
        const FeatureMapConfiguration& wanted = options_.feature_map;
        if (!is_automatic(wanted))
            return options_.seconds ? within_seconds().of_map(wanted) : wanted;
        const Stopwatch stopwatch;
        std::vector<FeatureMapConfiguration> candidates = automatic_candidates(wanted);
        Index compared = automatic_compared_features(wanted);
        if (options_.seconds) {
            FitBudget budget = within_seconds();
            compared = budget.compared_features(candidates);
            candidates = budget.of_maps(candidates);
        }
        const Batch sample = learner_->sample().rows(automatic_comparison_rows(wanted, compared));
        report_.map_choice = choose_feature_map(candidates, standardiser_.apply(sample),
                                                sample.targets, compared, execution_);
        report_.choosing_seconds = stopwatch.seconds();
        return report_.map_choice->configuration;
    }

    // What the first pass has taken will be taken by the next one as well.
    FitBudget within_seconds() const {
        return {options_,
                report_.rows,
                InputShape(rows_),
                target_count(),
                *options_.seconds - 2 * total_.seconds(),
                execution_};
    }

    // Also keeps what lambda may be chosen by, and lets the sample go.
    std::unique_ptr<FeatureMap> learnt_map() {
        const Stopwatch stopwatch;
        MapOfSample learnt =
            map_of_sample(configuration_, standardiser_, learner_->sample(), execution_);
        learner_.reset();
        if (options_.rule == LambdaRule::automatic) lambda_rows_ = std::move(learnt.lambda_rows);
        if (wanted_sample_rows(configuration_) > 0) report_.learning_seconds = stopwatch.seconds();
        return std::move(learnt.map);
    }

    void for_each_batch(std::string_view stage, const UseBatch& use) {
        Index done = 0;
        Matrix<float> features;
        rows_.rewind();
        for (Batch batch; rows_.read(options_.batch_rows, batch); report_rows(stage, done)) {
            const Stopwatch stopwatch;
            map_batch(standardiser_, *map_, batch, features, execution_);
            report_.feature_seconds += stopwatch.seconds();
            use(features, batch);
            done += batch.rows();
        }
    }

    void add(RidgeAccumulator& accumulator, const RegressionRows& rows) {
        const Stopwatch stopwatch;
        accumulator.add(rows, execution_);
        report_.accumulate_seconds += stopwatch.seconds();
    }

    std::vector<double> searched_lambdas() const {
        return lambda_grid(options_.lambdas, map_->missing_share());
    }

    RidgeSolution fitted_to_all() {
        RidgeAccumulator accumulator(map_->features(), target_count());
        for_each_batch("features", [&](const Matrix<float>& features, const Batch& batch) {
            add(accumulator, {features.view(), batch.targets.view(), batch.weights});
        });
        const Stopwatch stopwatch;
        RidgePath path = reduced(std::move(accumulator));
        if (options_.rule == LambdaRule::given)
            return finished(std::move(path),
                            lambda_of_features(options_.lambda, map_->missing_share()), stopwatch);
        if (options_.rule == LambdaRule::leave_one_out)
            report_.choice = chosen_by_leave_one_out(path);
        else
            report_.choice = choose_lambda(path, *map_, lambda_rows_, options_.rule,
                                           options_.lambdas, execution_);
        report_.lambda_rows = lambda_rows_.inputs.rows();
        return finished(std::move(path), report_.choice.lambda, stopwatch);
    }

    LambdaChoice chosen_by_leave_one_out(const RidgePath& path) {
        LeaveOneOut leave_one_out(path, searched_lambdas(), execution_);
        for_each_batch("leave-one-out", [&](const Matrix<float>& features, const Batch& batch) {
            leave_one_out.add({features.view(), batch.targets.view(), batch.weights}, execution_);
        });
        std::vector<double> errors = leave_one_out.mean_squared_errors(execution_);
        return select_lambda(leave_one_out.lambdas(), std::move(errors));
    }

    RidgeSolution validated() {
        RidgeAccumulator fitted(map_->features(), target_count());
        RidgeAccumulator held_out(map_->features(), target_count());
        const RowSplit split = validation_split();
        for_each_batch("features", [&](const Matrix<float>& features, const Batch& batch) {
            add_parts(features, batch, split, fitted, held_out);
        });
        const Stopwatch stopwatch;
        RidgeAccumulator all = fitted;
        {
            const RidgePath path = reduced(std::move(fitted));
            std::vector<double> lambdas = searched_lambdas();
            std::vector<double> errors = validation_errors(path, held_out, lambdas);
            report_.choice = select_lambda(std::move(lambdas), std::move(errors));
        }
        all.merge(held_out, execution_);
        return finished(reduced(std::move(all)), report_.choice.lambda, stopwatch);
    }

    void add_parts(const Matrix<float>& features, const Batch& batch, const RowSplit& split,
                   RidgeAccumulator& fitted, RidgeAccumulator& held_out) {
        // Runs of neighbouring rows of one part are added without a copy.
        for (Index begin = 0; begin < features.rows();) {
            const bool test = split.is_test(batch.first_row + begin);
            Index end = begin + 1;
            while (end < features.rows() && split.is_test(batch.first_row + end) == test) ++end;
            std::span<const double> weights = batch.weights;
            if (!weights.empty())
                weights = weights.subspan(static_cast<std::size_t>(begin),
                                          static_cast<std::size_t>(end - begin));
            add(test ? held_out : fitted,
                {features.view().middle_rows(begin, end - begin),
                 batch.targets.view().middle_rows(begin, end - begin), weights});
            begin = end;
        }
    }

    RidgePath reduced(RidgeAccumulator&& accumulator) {
        execution_.report({"solving", 0, 1, ""});
        RidgePath path(std::move(accumulator), execution_);
        execution_.report({"solving", 1, 1, ""});
        return path;
    }

    RidgeSolution finished(RidgePath&& path, double lambda, const Stopwatch& stopwatch) {
        RidgeSolution solution = path.solve(lambda);
        report_.mean_kernel_diagonal = path.mean_kernel_diagonal();
        report_.missing_share = map_->missing_share();
        report_.training_mean_squared_errors = path.evaluate(lambda).training_mean_squared_errors;
        report_.solve_seconds = stopwatch.seconds();
        if (options_.keep_path) path_ = std::move(path);
        return solution;
    }

    RowReader& rows_;
    const FitOptions options_;
    const Execution& execution_;
    Stopwatch total_;
    FitReport report_;
    std::optional<FeatureLearner> learner_;
    Standardiser standardiser_;
    FeatureMapConfiguration configuration_;
    LambdaRows lambda_rows_;
    std::unique_ptr<FeatureMap> map_;
    std::optional<RidgePath> path_;
};

}  // namespace

FitResult fit(RowReader& rows, const FitOptions& options, const Execution& execution) {
    return Fitting(rows, options, execution).run();
}

}  // namespace sketchntk
