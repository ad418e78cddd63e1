#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

#include <concepts>
#include <cstdint>

namespace sketchntk::sketches {

/// A random linear operator as a value: a distribution and a seed. Making one draws nothing; two
/// that compare equal are the same operator, on every machine.
///
///   input_dimension()   length of the vector it is applied to (of x (x) y for a tensor sketch)
///   output_dimension()  length of the result
///   bytes()             memory of the form in which it is applied, once prepared
template <typename T>
concept RandomOperator = std::copyable<T> && std::equality_comparable<T> && requires(const T& t) {
    { t.input_dimension() } -> std::same_as<Index>;
    { t.output_dimension() } -> std::same_as<Index>;
    { t.bytes() } -> std::same_as<std::int64_t>;
    { t.seed() } -> std::same_as<Seed>;
};

}  // namespace sketchntk::sketches
