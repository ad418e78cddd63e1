#include "core/gathered_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/normalise_rows.hpp>
#include <sketchntk/model/lambda_choice.hpp>
#include <sketchntk/solve/leave_one_out.hpp>

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sketchntk {

namespace {

constexpr Index least_rows = 256;

std::string_view bytes_of(std::span<const float> row) {
    return {reinterpret_cast<const char*>(row.data()), row.size_bytes()};
}

std::vector<Index> numbers_not_learnt(MatrixView<const float> rows, const LearntRows& learnt) {
    std::unordered_set<std::string_view> known;
    for (const Matrix<float>& of_map : learnt)
        for (Index i = 0; i < of_map.rows(); ++i) known.insert(bytes_of(of_map.row(i)));
    std::vector<Index> numbers;
    for (Index i = 0; i < rows.rows(); ++i)
        if (!known.contains(bytes_of(rows.row(i)))) numbers.push_back(i);
    return numbers;
}

std::vector<Index> thinned(const std::vector<Index>& numbers, Index most) {
    const auto count = static_cast<Index>(numbers.size());
    if (count <= most) return numbers;
    std::vector<Index> result;
    for (Index k = 0; k < most; ++k)
        result.push_back(numbers[static_cast<std::size_t>(k * count / most)]);
    return result;
}

}  // namespace

LambdaRows rows_not_learnt(MatrixView<const float> sample, MatrixView<const double> targets,
                           const std::vector<double>& weights, const LearntRows& learnt,
                           bool normalised) {
    std::vector<Index> numbers;
    if (normalised) {
        Matrix<float> rows(sample.rows(), sample.columns());
        scale_rows_to_unit_mean_square(sample, rows);
        numbers = numbers_not_learnt(rows, learnt);
    } else {
        numbers = numbers_not_learnt(sample, learnt);
    }
    if (static_cast<Index>(numbers.size()) < least_rows) return {};
    numbers = thinned(numbers, most_lambda_rows);
    LambdaRows rows{gathered_rows(sample, numbers), gathered_rows(targets, numbers)};
    if (!weights.empty())
        for (const Index i : numbers) rows.weights.push_back(weights[static_cast<std::size_t>(i)]);
    return rows;
}

std::vector<double> lambda_grid(const std::vector<double>& lambdas, double missing_share) {
    if (lambdas.empty()) return default_lambda_grid(missing_share);
    std::vector<double> grid;
    for (const double lambda : lambdas) grid.push_back(lambda_of_features(lambda, missing_share));
    return grid;
}

LambdaChoice choose_lambda(const RidgePath& path, const FeatureMap& map, const LambdaRows& rows,
                           LambdaRule rule, const std::vector<double>& lambdas,
                           const Execution& execution) {
    std::vector<double> grid = lambda_grid(lambdas, map.missing_share());
    if (rule == LambdaRule::given) {
        if (lambdas.size() != 1)
            throw InvalidArgument("lambda: expected one, got " + std::to_string(lambdas.size()));
        LambdaChoice choice;
        choice.lambda = grid.front();
        return choice;
    }
    if (rule != LambdaRule::automatic && rule != LambdaRule::generalised_cross_validation)
        throw InvalidArgument("lambda: this rule needs another pass over the data");
    if (rule == LambdaRule::generalised_cross_validation || rows.inputs.rows() == 0)
        return select_by_gcv(path, std::move(grid));
    LeaveOneOut leave_one_out(path, std::move(grid), execution, rows.inputs.rows());
    Matrix<float> features(rows.inputs.rows(), map.features());
    map.transform(rows.inputs, features, execution);
    leave_one_out.add({features.view(), rows.targets.view(), rows.weights}, execution);
    std::vector<double> errors = leave_one_out.mean_squared_errors(execution);
    constexpr double equal = 1.001;  // far below what so few rows can tell
    return select_lambda(leave_one_out.lambdas(), std::move(errors), equal);
}

}  // namespace sketchntk
