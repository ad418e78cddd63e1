#include "core/dispatch.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/row_chunk.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace sketchntk {

namespace {

// Rows that one task copies or checks.
constexpr Index block_rows = 32;

// On the bit patterns, because a floating-point reduction does not vectorise in strict order.
SKETCHNTK_VECTOR_DISPATCH
bool all_finite(const float* values, Index count) {
    constexpr std::uint32_t infinity = 0x7f800000U;
    std::uint32_t bad = 0;
    for (Index i = 0; i < count; ++i)
        bad |= (std::bit_cast<std::uint32_t>(values[i]) & infinity) == infinity ? 1U : 0U;
    return bad == 0;
}

bool all_finite(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

SKETCHNTK_VECTOR_DISPATCH
void widen(const float* from, double* to, Index count) {
    for (Index i = 0; i < count; ++i) to[i] = static_cast<double>(from[i]);
}

template <typename T>
void refuse_not_finite(const char* name, std::span<const T> row, Index row_number) {
    for (std::size_t j = 0; j < row.size(); ++j)
        if (!std::isfinite(row[j]))
            throw InvalidArgument(std::string(name) + ": expected finite numbers, got " +
                                  std::to_string(row[j]) + " in row " + std::to_string(row_number) +
                                  ", column " + std::to_string(j) + " (both counted from 0)");
}

void check_shapes(MatrixView<const float> features, MatrixView<const double> targets,
                  Index feature_count, Index target_count) {
    const auto shape = [](Index rows, Index columns) {
        return std::to_string(rows) + " x " + std::to_string(columns);
    };
    if (features.columns() != feature_count)
        throw DimensionMismatch("features: expected " + std::to_string(feature_count) +
                                " columns, got " + shape(features.rows(), features.columns()));
    if (targets.rows() != features.rows() || targets.columns() != target_count)
        throw DimensionMismatch("targets: expected " + shape(features.rows(), target_count) +
                                " to go with the features, got " +
                                shape(targets.rows(), targets.columns()));
}

}  // namespace

RowChunk::RowChunk(Index features, Index targets)
    : features_(capacity, features), targets_(capacity, targets + 1) {}

Index RowChunk::append(MatrixView<const float> features, MatrixView<const double> targets,
                       Index first, const Execution& execution) {
    const Index count = std::min(capacity - rows_, features.rows() - first);
    parallel_for(execution, (count + block_rows - 1) / block_rows, [&](Index block) {
        const Index end = std::min(count, (block + 1) * block_rows);
        for (Index i = block * block_rows; i < end; ++i)
            widen(features.row(first + i).data(), features_.row(rows_ + i).data(),
                  features.columns());
    });
    for (Index i = 0; i < count; ++i) {
        const auto from = targets.row(first + i);
        *std::copy(from.begin(), from.end(), targets_.row(rows_ + i).begin()) = 1.0;
    }
    rows_ += count;
    return count;
}

Index RowChunk::bytes(Index features, Index targets) {
    return capacity * (features + targets + 1) * static_cast<Index>(sizeof(double));
}

void check_rows(MatrixView<const float> features, MatrixView<const double> targets,
                Index feature_count, Index target_count, Index first_row,
                const Execution& execution) {
    check_shapes(features, targets, feature_count, target_count);
    const Index blocks = (features.rows() + block_rows - 1) / block_rows;
    std::vector<char> bad(static_cast<std::size_t>(blocks), 0);
    parallel_for(execution, blocks, [&](Index block) {
        const Index end = std::min(features.rows(), (block + 1) * block_rows);
        for (Index i = block * block_rows; i < end; ++i)
            if (!all_finite(features.row(i).data(), features.columns()) ||
                !all_finite(targets.row(i)))
                bad[static_cast<std::size_t>(block)] = 1;
    });
    const auto found = std::find(bad.begin(), bad.end(), 1);
    if (found == bad.end()) return;
    for (Index i = (found - bad.begin()) * block_rows; i < features.rows(); ++i) {
        refuse_not_finite("features", features.row(i), first_row + i);
        refuse_not_finite("targets", targets.row(i), first_row + i);
    }
}

}  // namespace sketchntk
