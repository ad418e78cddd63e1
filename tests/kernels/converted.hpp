#pragma once

#include <sketchntk/core/matrix.hpp>

#include <algorithm>

/// The same numbers, rounded where T is float.
template <typename T>
sketchntk::Matrix<T> converted(const sketchntk::Matrix<double>& values) {
    sketchntk::Matrix<T> result(values.rows(), values.columns());
    std::copy_n(values.data(), values.rows() * values.columns(), result.data());
    return result;
}
