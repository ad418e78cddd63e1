#pragma once

#include <sketchntk/core/matrix.hpp>

#include <algorithm>
#include <span>

namespace sketchntk {

/// The rows of those numbers, in their order.
inline Matrix<float> gathered_rows(MatrixView<const float> source, std::span<const Index> numbers) {
    Matrix<float> rows(static_cast<Index>(numbers.size()), source.columns());
    for (std::size_t k = 0; k < numbers.size(); ++k)
        std::copy_n(source.row(numbers[k]).data(), source.columns(),
                    rows.row(static_cast<Index>(k)).data());
    return rows;
}

}  // namespace sketchntk
