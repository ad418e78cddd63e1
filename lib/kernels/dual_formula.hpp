#pragma once

#include "core/dispatch.hpp"
#include "kernels/elementary_functions.hpp"

#include <sketchntk/kernels/dual_activation.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace sketchntk {

/// What `DualActivation::apply` is given. Derivatives are always wanted.
template <typename T>
struct DualPairs {
    const T* p;
    Index p_step;
    const T* q;
    T* covariance;
    T* derivative;
    Index count;
};

/// (u, v) ~ N(0, [[p, c], [c, q]]).
template <typename T>
struct CovarianceOfPair {
    T p, q, c;

    /// p q - c^2, never negative.
    [[nodiscard]] T determinant() const {
        const T difference = p * q - c * c;
        return difference > 0 ? difference : 0;
    }
};

template <typename T>
struct DualValues {
    T value;
    T derivative;
};

/// A number of pairs of which all that `apply_in_pieces` hands over has no more.
inline constexpr Index pairs_of_piece = 256;

/// Calls `apply(DualPairs<T>)` for pieces of the pairs, with a place for derivatives that nobody
/// wants: a branch within the loops would cost more.
template <typename T, typename Apply>
void apply_in_pieces(const T* p, Index p_step, const T* q, T* covariance, T* derivative,
                     Index count, const Apply& apply) {
    std::array<T, static_cast<std::size_t>(pairs_of_piece)> unwanted;
    for (Index first = 0; first < count; first += pairs_of_piece)
        apply(DualPairs<T>{p + first * p_step, p_step, q + first, covariance + first,
                           derivative == nullptr ? unwanted.data() : derivative + first,
                           std::min(pairs_of_piece, count - first)});
}

template <bool one_left, typename Formula, typename T>
[[gnu::always_inline]] inline void apply_formula(const Formula& formula,
                                                 const DualPairs<T>& pairs) {
    const T* __restrict p = pairs.p;
    const T* __restrict q = pairs.q;
    T* __restrict c = pairs.covariance;
    T* __restrict derivative = pairs.derivative;
    for (Index j = 0; j < pairs.count; ++j) {
        const DualValues<T> dual = formula(CovarianceOfPair<T>{p[one_left ? 0 : j], q[j], c[j]});
        c[j] = dual.value;
        derivative[j] = dual.derivative;
    }
}

/// `formula(CovarianceOfPair<T>)` returns DualValues<T>.
template <typename Formula, typename T>
[[gnu::always_inline]] inline void apply_to_each(const Formula& formula,
                                                 const DualPairs<T>& pairs) {
    if (pairs.p_step == 0)
        apply_formula<true>(formula, pairs);
    else
        apply_formula<false>(formula, pairs);
}

/// So many pairs side by side that a few numbers of each stay in vector registers through loops
/// over the coefficients of polynomials, however many there are.
template <typename T>
struct PairGroup {
    static constexpr std::size_t size = 128 / sizeof(T);

    T p[size], q[size], covariance[size], derivative[size];
};

template <bool one_left, typename Formula, typename T>
[[gnu::always_inline]] inline void apply_to_group(const Formula& formula, const DualPairs<T>& pairs,
                                                  Index first, std::size_t count) {
    PairGroup<T> group;
    for (std::size_t k = 0; k < group.size; ++k) {
        // Part of a group as if it were whole: the same operations, so the same bits.
        const Index j = first + static_cast<Index>(k < count ? k : 0);
        group.p[k] = pairs.p[one_left ? 0 : j];
        group.q[k] = pairs.q[j];
        group.covariance[k] = pairs.covariance[j];
    }
    formula.apply(group);
    for (std::size_t k = 0; k < count; ++k) {
        pairs.covariance[first + static_cast<Index>(k)] = group.covariance[k];
        pairs.derivative[first + static_cast<Index>(k)] = group.derivative[k];
    }
}

template <bool one_left, typename Formula, typename T>
[[gnu::always_inline]] inline void apply_to_all_groups(const Formula& formula,
                                                       const DualPairs<T>& pairs) {
    constexpr auto size = static_cast<Index>(PairGroup<T>::size);
    Index first = 0;
    for (; first + size <= pairs.count; first += size)
        apply_to_group<one_left>(formula, pairs, first, PairGroup<T>::size);
    if (first < pairs.count)
        apply_to_group<one_left>(formula, pairs, first,
                                 static_cast<std::size_t>(pairs.count - first));
}

/// `formula.apply(PairGroup<T>&)` replaces covariances and sets derivatives.
template <typename Formula, typename T>
[[gnu::always_inline]] inline void apply_to_groups(const Formula& formula,
                                                   const DualPairs<T>& pairs) {
    if (pairs.p_step == 0)
        apply_to_all_groups<true>(formula, pairs);
    else
        apply_to_all_groups<false>(formula, pairs);
}

/// values[k] = c_0 + c_1 x[k] + ..., by Horner's rule for all k at once.
template <typename T, std::size_t Size>
[[gnu::always_inline]] inline void evaluate_polynomial(const std::vector<double>& coefficients,
                                                       const T (&x)[Size], T (&values)[Size]) {
    for (std::size_t k = 0; k < Size; ++k) values[k] = 0;
    for (std::size_t n = coefficients.size(); n-- > 0;) {
        const T coefficient = static_cast<T>(coefficients[n]);
        for (std::size_t k = 0; k < Size; ++k)
            values[k] = elementary::multiply_add(values[k], x[k], coefficient);
    }
}

/// Defines what `FormulaDual<Formula>` calls, in one version for each vector level: `loops` is
/// `apply_to_each` or `apply_to_groups`.
#define SKETCHNTK_DEFINE_DUAL_LOOPS(Formula, loops)                               \
    SKETCHNTK_VECTOR_DISPATCH                                                     \
    void apply_to_pairs(const Formula& formula, const DualPairs<float>& pairs) {  \
        loops(formula, pairs);                                                    \
    }                                                                             \
    SKETCHNTK_VECTOR_DISPATCH                                                     \
    void apply_to_pairs(const Formula& formula, const DualPairs<double>& pairs) { \
        loops(formula, pairs);                                                    \
    }

struct DualTraits {
    bool has_derivative = true;
    bool has_cusp = false;
};

/// A dual by `apply_to_pairs(formula, pairs)`.
template <typename Formula>
class FormulaDual final : public DualActivation {
  public:
    explicit FormulaDual(Formula formula, DualTraits traits = {})
        : formula_(std::move(formula)), traits_(traits) {}

    [[nodiscard]] bool has_derivative() const override { return traits_.has_derivative; }
    [[nodiscard]] bool has_cusp() const override { return traits_.has_cusp; }
    void apply(const float* left_variance, Index left_step, const float* right_variance,
               float* covariance, float* derivative, Index count) const override {
        apply_to_all(left_variance, left_step, right_variance, covariance, derivative, count);
    }
    void apply(const double* left_variance, Index left_step, const double* right_variance,
               double* covariance, double* derivative, Index count) const override {
        apply_to_all(left_variance, left_step, right_variance, covariance, derivative, count);
    }

  private:
    template <typename T>
    void apply_to_all(const T* p, Index step, const T* q, T* c, T* derivative, Index count) const {
        apply_in_pieces(p, step, q, c, derivative, count,
                        [&](const DualPairs<T>& pairs) { apply_to_pairs(formula_, pairs); });
    }

    Formula formula_;
    DualTraits traits_;
};

}  // namespace sketchntk
