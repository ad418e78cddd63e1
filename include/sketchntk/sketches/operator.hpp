#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/core/sparse_rows_view.hpp>
#include <sketchntk/sketches/operator_description.hpp>

#include <concepts>
#include <cstdint>
#include <span>

namespace sketchntk::sketches {

/// A random operator as a value: a distribution and a seed. Making one draws nothing and allocates
/// nothing that grows with its size; two that compare equal are the same operator, on every
/// machine.
///
///   input_dimension()    length of the vector it is applied to (of x (x) y for one of two factors)
///   output_dimension()   length of the result
///   bytes()              memory of the form in which it is applied (its Plan)
///   flops(rows)          floating-point operations for that many dense rows
///   description()        name, shape, options and seed: what text and JSON carry
template <typename T>
concept RandomOperator = std::copyable<T> && std::equality_comparable<T> &&
    requires(const T& t, Index rows, const OperatorDescription& description) {
    { t.input_dimension() } -> std::same_as<Index>;
    { t.output_dimension() } -> std::same_as<Index>;
    { t.bytes() } -> std::same_as<std::int64_t>;
    { t.flops(rows) } -> std::same_as<double>;
    { t.seed() } -> std::same_as<Seed>;
    { t.description() } -> std::same_as<OperatorDescription>;
    { T::from_description(description) } -> std::same_as<T>;
};

/// A random operator on single rows. `T::Plan` is its drawn form, made once and used from any
/// number of threads: `apply` writes S x for every row x, on the threads of `execution`. A row of
/// the result depends on its own row only, to the last bit, whatever the number of threads and
/// rows.
///
/// Scale: a sketch is unbiased, E <S x, S y> = <x, y> (for a polynomial sketch <x, y>^degree and so
/// on), without any factor that the caller has to remember.
///
/// `apply` throws DimensionMismatch if shapes do not fit and InvalidArgument, naming row and
/// column, if a value is not finite.
template <typename T>
concept RowSketch = RandomOperator<T> && std::constructible_from<typename T::Plan, const T&> &&
    requires(const T& t, const typename T::Plan& plan, MatrixView<const float> x,
             MatrixView<float> out, const Execution& execution) {
    { plan.distribution() } -> std::same_as<const T&>;
    plan.apply(x, out, execution);
};

/// A row sketch that also takes sparse rows, without writing them out; the results agree with those
/// of dense rows to rounding.
template <typename T>
concept SparseRowSketch = RowSketch<T> &&
    requires(const typename T::Plan& plan, SparseRowsView x, MatrixView<float> out,
             const Execution& execution) {
    plan.apply(x, out, execution);
};

/// An operator whose matrix can be looked at: `fill` writes any block of its transpose,
/// block(a, b) = S(first_output + b, first_input + a). Rows of a block are inputs, because data
/// rows meet the operator as x S^T. Any block gives the same entries as the whole.
template <typename T>
concept ExplicitOperator = RandomOperator<T> &&
    requires(const T& t, Index first_input, Index first_output, MatrixView<float> block) {
    t.fill(first_input, first_output, block);
};

/// An operator whose quality is known in closed form: variance(x, y) = Var <S x, S y> over its
/// randomness, for x and y of the length of its rows.
template <typename T>
concept KnownVariance = RandomOperator<T> &&
    requires(const T& t, std::span<const float> x, std::span<const float> y) {
    { t.variance(x, y) } -> std::same_as<double>;
};

}  // namespace sketchntk::sketches
