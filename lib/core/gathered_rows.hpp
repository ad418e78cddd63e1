#pragma once

#include <sketchntk/core/matrix.hpp>

#include <algorithm>
#include <span>
#include <type_traits>

namespace sketchntk {

/// The rows of those numbers, in their order.
template <typename T>
Matrix<std::remove_const_t<T>> gathered_rows(MatrixView<T> source, std::span<const Index> numbers) {
    Matrix<std::remove_const_t<T>> rows(static_cast<Index>(numbers.size()), source.columns());
    for (std::size_t k = 0; k < numbers.size(); ++k)
        std::copy_n(source.row(numbers[k]).data(), source.columns(),
                    rows.row(static_cast<Index>(k)).data());
    return rows;
}

}  // namespace sketchntk
