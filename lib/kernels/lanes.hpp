#pragma once

#include "kernels/elementary_functions.hpp"

#include <sketchntk/core/matrix.hpp>

#include <cmath>
#include <cstdint>

/// Vectors of 64 bytes: a number of each of as many pairs of images, the lanes, side by side. Where
/// the machine has no vectors of that size the compiler takes several. All functions are inlined,
/// so that they are compiled for the vector level of the loop around them.
namespace sketchntk {

template <typename T>
inline constexpr Index lane_count = 64 / static_cast<Index>(sizeof(T));

namespace lanes {

template <typename T>
struct VectorTypes;

template <>
struct VectorTypes<float> {
    typedef float Numbers __attribute__((vector_size(64)));
    typedef std::int32_t Bits __attribute__((vector_size(64)));
    static constexpr std::int32_t sign = INT32_MIN;
};

template <>
struct VectorTypes<double> {
    typedef double Numbers __attribute__((vector_size(64)));
    typedef std::int64_t Bits __attribute__((vector_size(64)));
    static constexpr std::int64_t sign = INT64_MIN;
};

template <typename T>
using Vector = typename VectorTypes<T>::Numbers;
template <typename T>
using Bits = typename VectorTypes<T>::Bits;

/// @param place aligned to 64 bytes
template <typename T>
[[gnu::always_inline]] inline Vector<T> load(const T* place) {
    return *reinterpret_cast<const Vector<T>*>(place);
}

template <typename T>
[[gnu::always_inline]] inline void store(const Vector<T>& values, T* place) {
    *reinterpret_cast<Vector<T>*>(place) = values;
}

template <typename T>
[[gnu::always_inline]] inline Vector<T> all(T value) {
    // A list of equal numbers GCC 12 would write lane by lane.
    return Vector<T>{} + value;
}

/// a b + c, rounded once.
template <typename T>
[[gnu::always_inline]] inline Vector<T> multiply_add(const Vector<T>& a, const Vector<T>& b,
                                                     const Vector<T>& c) {
    Vector<T> result;
    for (Index lane = 0; lane < lane_count<T>; ++lane)
        result[lane] = elementary::multiply_add(T(a[lane]), T(b[lane]), T(c[lane]));
    return result;
}

/// The same with one factor for all lanes.
template <typename T>
[[gnu::always_inline]] inline Vector<T> multiply_add(T a, const Vector<T>& b, const Vector<T>& c) {
    Vector<T> result;
    for (Index lane = 0; lane < lane_count<T>; ++lane)
        result[lane] = elementary::multiply_add(a, T(b[lane]), T(c[lane]));
    return result;
}

/// c - a b, rounded once.
template <typename T>
[[gnu::always_inline]] inline Vector<T> subtract_product(const Vector<T>& a, const Vector<T>& b,
                                                         const Vector<T>& c) {
    Vector<T> result;
    for (Index lane = 0; lane < lane_count<T>; ++lane)
        result[lane] = elementary::multiply_add(-T(a[lane]), T(b[lane]), T(c[lane]));
    return result;
}

template <typename T>
[[gnu::always_inline]] inline Vector<T> square_root(const Vector<T>& x) {
    Vector<T> result;
    for (Index lane = 0; lane < lane_count<T>; ++lane) result[lane] = std::sqrt(T(x[lane]));
    return result;
}

template <typename T>
[[gnu::always_inline]] inline Vector<T> positive_part(const Vector<T>& x) {
    return x > 0 ? x : Vector<T>{};
}

template <typename T>
[[gnu::always_inline]] inline Vector<T> absolute(const Vector<T>& x) {
    return reinterpret_cast<Vector<T>>(reinterpret_cast<Bits<T>>(x) & ~VectorTypes<T>::sign);
}

/// x where `sign` is positive, -x where it is negative.
template <typename T>
[[gnu::always_inline]] inline Vector<T> times_sign(const Vector<T>& x, const Vector<T>& sign) {
    return reinterpret_cast<Vector<T>>(reinterpret_cast<Bits<T>>(x) ^
                                       (reinterpret_cast<Bits<T>>(sign) & VectorTypes<T>::sign));
}

// Pairs of coefficients first, so that the chain of dependent operations is half as long as in
// Horner's rule: loops over lanes have little else to do meanwhile.
template <typename T, std::size_t First, std::size_t Count, std::size_t Size>
[[gnu::always_inline]] inline Vector<T> evaluate_pairs(const T (&coefficients)[Size],
                                                       const Vector<T>& w,
                                                       const Vector<T>& square) {
    if constexpr (Count == 1) {
        return all<T>(coefficients[First]);
    } else {
        const Vector<T> pair =
            multiply_add<T>(all<T>(coefficients[First + 1]), w, all<T>(coefficients[First]));
        if constexpr (Count == 2)
            return pair;
        else
            return multiply_add<T>(evaluate_pairs<T, First + 2, Count - 2>(coefficients, w, square),
                                   square, pair);
    }
}

/// coefficients[0] + coefficients[1] w + ...
template <typename T, std::size_t Size>
[[gnu::always_inline]] inline Vector<T> evaluate(const T (&coefficients)[Size], const Vector<T>& w,
                                                 const Vector<T>& square) {
    return evaluate_pairs<T, 0, Size>(coefficients, w, square);
}

}  // namespace lanes

}  // namespace sketchntk
