#include "core/finite.hpp"

#include "core/dispatch.hpp"

#include <sketchntk/core/error.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

namespace sketchntk {
namespace {

/// Infinities and NaN are the numbers whose exponent has all bits set; integers, so that the loop
/// vectorises at every level.
SKETCHNTK_VECTOR_DISPATCH
bool exponents_are_finite(const float* values, Index count) {
    constexpr std::uint32_t exponent = 0x7f800000U;
    std::uint32_t found = 0;
    for (Index k = 0; k < count; ++k) {
        found |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(values[k]) & exponent) ==
                                            exponent);
    }
    return found == 0;
}

}  // namespace

bool all_finite(std::span<const float> values) {
    return exponents_are_finite(values.data(), static_cast<Index>(values.size()));
}

void throw_not_finite(std::string_view what, Index row, Index column, double value) {
    throw InvalidArgument(std::string(what) + ": row " + std::to_string(row + 1) + ", column " +
                          std::to_string(column + 1) + ": expected a finite number, got " +
                          std::to_string(value));
}

void refuse_not_finite(std::string_view what, MatrixView<const float> rows, Index first_row) {
    for (Index i = 0; i < rows.rows(); ++i) {
        if (all_finite(rows.row(i))) continue;
        for (Index j = 0; j < rows.columns(); ++j) {
            if (!std::isfinite(rows(i, j))) {
                throw_not_finite(what, first_row + i, j, static_cast<double>(rows(i, j)));
            }
        }
    }
}

}  // namespace sketchntk
