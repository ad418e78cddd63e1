#include "core/dispatch.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/row_chunk.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sketchntk {

namespace {

// Rows that one task copies or checks.
constexpr Index block_rows = 32;

// On the bit patterns, because a floating-point reduction does not vectorise in strict order.
SKETCHNTK_VECTOR_DISPATCH
bool all_finite_floats(const float* values, Index count) {
    constexpr std::uint32_t infinity = 0x7f800000U;
    std::uint32_t bad = 0;
    for (Index i = 0; i < count; ++i)
        bad |= (std::bit_cast<std::uint32_t>(values[i]) & infinity) == infinity ? 1U : 0U;
    return bad == 0;
}

bool all_finite(std::span<const float> values) {
    return all_finite_floats(values.data(), static_cast<Index>(values.size()));
}

bool all_finite(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

SKETCHNTK_VECTOR_DISPATCH
void widen_floats(const float* from, double* to, Index count) {
    for (Index i = 0; i < count; ++i) to[i] = static_cast<double>(from[i]);
}

void widen(std::span<const float> from, double* to) {
    widen_floats(from.data(), to, static_cast<Index>(from.size()));
}

void widen(std::span<const double> from, double* to) {
    std::copy(from.begin(), from.end(), to);
}

template <typename T>
void refuse_not_finite(const char* name, std::span<const T> row, Index row_number) {
    for (std::size_t j = 0; j < row.size(); ++j)
        if (!std::isfinite(row[j]))
            throw InvalidArgument(std::string(name) + ": expected finite numbers, got " +
                                  std::to_string(row[j]) + " in row " + std::to_string(row_number) +
                                  ", column " + std::to_string(j) + " (both counted from 0)");
}

void check_shapes(const RegressionRows& rows, Index feature_count, Index target_count) {
    const auto shape = [](Index count, Index columns) {
        return std::to_string(count) + " x " + std::to_string(columns);
    };
    const auto [count, columns] = std::visit(
        [](const auto& features) {
            return std::pair<Index, Index>(features.rows(), features.columns());
        },
        rows.features);
    if (columns != feature_count)
        throw DimensionMismatch("features: expected " + std::to_string(feature_count) +
                                " columns, got " + shape(count, columns));
    if (rows.targets.rows() != count || rows.targets.columns() != target_count)
        throw DimensionMismatch("targets: expected " + shape(count, target_count) +
                                " to go with the features, got " +
                                shape(rows.targets.rows(), rows.targets.columns()));
    if (!rows.weights.empty() && static_cast<Index>(rows.weights.size()) != count)
        throw DimensionMismatch("weights: expected one for each of " + std::to_string(count) +
                                " rows, got " + std::to_string(rows.weights.size()));
}

void check_weights(std::span<const double> weights, Index first_row) {
    for (std::size_t i = 0; i < weights.size(); ++i)
        if (!(weights[i] >= 0.0) || !std::isfinite(weights[i]))
            throw InvalidArgument("weights: expected a finite number, 0 or more, got " +
                                  std::to_string(weights[i]) + " in row " +
                                  std::to_string(first_row + static_cast<Index>(i)) +
                                  " (counted from 0)");
}

template <typename T>
void check_numbers(MatrixView<const T> features, MatrixView<const double> targets, Index first_row,
                   const Execution& execution) {
    const Index blocks = (features.rows() + block_rows - 1) / block_rows;
    std::vector<char> bad(static_cast<std::size_t>(blocks), 0);
    parallel_for(execution, blocks, [&](Index block) {
        const Index end = std::min(features.rows(), (block + 1) * block_rows);
        for (Index i = block * block_rows; i < end; ++i)
            if (!all_finite(features.row(i)) || !all_finite(targets.row(i)))
                bad[static_cast<std::size_t>(block)] = 1;
    });
    const auto found = std::find(bad.begin(), bad.end(), 1);
    if (found == bad.end()) return;
    for (Index i = (found - bad.begin()) * block_rows; i < features.rows(); ++i) {
        refuse_not_finite("features", features.row(i), first_row + i);
        refuse_not_finite("targets", targets.row(i), first_row + i);
    }
}

}  // namespace

RowChunk::RowChunk(Index features, Index targets)
    : features_(capacity, features), targets_(capacity, targets + 1) {}

void RowChunk::append_row(const RegressionRows& rows, Index from, Index to) {
    const std::span<double> features = features_.row(to);
    std::visit([&](const auto& matrix) { widen(matrix.row(from), features.data()); },
               rows.features);
    const std::span<const double> targets = rows.targets.row(from);
    const std::span<double> targets_and_one = targets_.row(to);
    *std::copy(targets.begin(), targets.end(), targets_and_one.begin()) = 1.0;
    if (rows.weights.empty()) return;
    const double root = std::sqrt(rows.weight(from));
    for (double& value : features) value *= root;
    for (double& value : targets_and_one) value *= root;
}

Index RowChunk::append(const RegressionRows& rows, Index first, const Execution& execution) {
    std::vector<Index> taken;
    Index next = first;
    for (; next < rows.rows() && rows_ + static_cast<Index>(taken.size()) < capacity; ++next)
        if (rows.weight(next) > 0.0) taken.push_back(next);
    const auto count = static_cast<Index>(taken.size());
    parallel_for(execution, (count + block_rows - 1) / block_rows, [&](Index block) {
        const Index end = std::min(count, (block + 1) * block_rows);
        for (Index i = block * block_rows; i < end; ++i)
            append_row(rows, taken[static_cast<std::size_t>(i)], rows_ + i);
    });
    rows_ += count;
    return next - first;
}

void RowChunk::append_weighted(MatrixView<const double> features,
                               MatrixView<const double> targets_and_one) {
    for (Index i = 0; i < features.rows(); ++i, ++rows_) {
        widen(features.row(i), features_.row(rows_).data());
        widen(targets_and_one.row(i), targets_.row(rows_).data());
    }
}

void RowChunk::scale(double factor) {
    as_eigen(features()) *= factor;
    as_eigen(targets_.view().middle_rows(0, rows_)) *= factor;
}

void RowChunk::centre(std::span<const double> means, const Execution& execution) {
    const Eigen::Map<const Eigen::RowVectorXd> mean(means.data(), feature_count());
    parallel_for(execution, rows_, [&](Index i) {
        as_eigen(features()).row(i) -= targets_(i, target_count()) * mean;
    });
}

Matrix<double> RowChunk::release_features() && {
    features_.resize_rows(rows_);
    rows_ = 0;
    return std::move(features_);
}

Index RowChunk::bytes(Index features, Index targets) {
    return capacity * (features + targets + 1) * static_cast<Index>(sizeof(double));
}

void check_rows(const RegressionRows& rows, Index feature_count, Index target_count,
                Index first_row, const Execution& execution) {
    check_shapes(rows, feature_count, target_count);
    check_weights(rows.weights, first_row);
    std::visit(
        [&](const auto& features) { check_numbers(features, rows.targets, first_row, execution); },
        rows.features);
}

}  // namespace sketchntk
