#include "model/lambda_rows.hpp"

#include "core/gathered_rows.hpp"

#include <sketchntk/features/normalise_rows.hpp>

#include <string_view>
#include <unordered_set>
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
                           const LearntRows& learnt, bool normalised) {
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
    return {gathered_rows(sample, numbers), gathered_rows(targets, numbers)};
}

}  // namespace sketchntk
