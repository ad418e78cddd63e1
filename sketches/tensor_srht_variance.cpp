#include "sketches/checks.hpp"
#include "sketches/fourier_moments.hpp"
#include "sketches/tensor_factor.hpp"
#include "sketches/variance_terms.hpp"

#include <algorithm>
#include <span>

namespace sketchntk::sketches {
namespace {

/// Moments of f = A conj(A'), where A and A' are the transforms of D x and D x' at one entry, over
/// the random signs D and a uniform entry: E f = <x, x'> whatever the signs are.
struct FactorMoments {
    double mean;
    double absolute_square;  ///< E |f|^2, the P of the header (F of the Hadamard form)
    double square;           ///< E f^2, the Q of the header
    double unconjugated;     ///< E (A A')^2
    Index entries;           ///< in one permutation of balanced sampling
    double between_entries;  ///< E of the variance of the mean Re f among these
};

FactorMoments hadamard_factor(std::span<const float> x, std::span<const float> y, Index length) {
    const VarianceTerms terms = variance_terms(x, y, static_cast<Index>(x.size()));
    const double square = terms.inner() + terms.of_signs();
    return {terms.product, square, square, square, length, terms.of_signs()};
}

FactorMoments fourier_factor(std::span<const float> x, std::span<const float> y, Index length) {
    const FourierMoments moments = fourier_moments(x, y, length);
    const Index pairs = length / 2;
    // Re f is the same at conjugate frequencies, but not at 0 and n/2.
    const double within_first_pair = (moments.real - moments.mixed) / 2;
    const double between = (moments.modulus + moments.conjugate) / 2 -
                           moments.inner * moments.inner -
                           within_first_pair / static_cast<double>(pairs);
    return {moments.inner, moments.modulus, moments.conjugate, moments.square, pairs, between};
}

/// Sum of weight(k) weight(l) over products k != l of [first, last), where all products weigh 1 but
/// for the last one.
double pairs_of_products(Index first, Index last, Index products, double last_weight) {
    const bool has_last = last == products && first < last;
    const auto whole = static_cast<double>(last - first - (has_last ? 1 : 0));
    return whole * (whole - 1) + (has_last ? 2 * whole * last_weight : 0);
}

/// Sum over all products k != l of weight(k) weight(l) E[f_k f_l] E[g_k g_l], f and g being the
/// real parts of the two factors.
double products_between(const FactorMoments& f, const FactorMoments& g, bool balanced,
                        Index products, double last_weight) {
    const double f_square = f.mean * f.mean;
    const double g_square = g.mean * g.mean;
    double sum = f_square * g_square * pairs_of_products(0, products, products, last_weight);
    if (!balanced) return sum;
    // Two different entries of one permutation are drawn without replacement.
    const auto covariance = [](const FactorMoments& factor) {
        return factor.entries == 1
                   ? 0
                   : -factor.between_entries / static_cast<double>(factor.entries - 1);
    };
    const double f_covariance = covariance(f);
    const double g_covariance = covariance(g);
    const auto pairs_in = [&](Index first, Index last) {
        return pairs_of_products(first, std::min(last, products), products, last_weight);
    };
    for (Index k = 0; k < products; k += f.entries) {
        sum += f_covariance * g_square * pairs_in(k, k + f.entries);
    }
    for (Index k = 0; k < products; k += g.entries) {
        sum += g_covariance * f_square * pairs_in(k, k + g.entries);
    }
    for (Index k = 0; k < products;) {
        const Index end =
            std::min((k / f.entries + 1) * f.entries, (k / g.entries + 1) * g.entries);
        sum += f_covariance * g_covariance * pairs_in(k, end);
        k = end;
    }
    return sum;
}

}  // namespace

double TensorSrht::variance(std::span<const float> x, std::span<const float> y,
                            std::span<const float> other_x, std::span<const float> other_y) const {
    const bool fourier = options_.transform == TensorTransform::fourier;
    check_length("x", x, first_dimension_);
    check_length("y", y, second_dimension_);
    check_length("other_x", other_x, first_dimension_);
    check_length("other_y", other_y, second_dimension_);
    const auto factor = [&](std::span<const float> row, std::span<const float> other) {
        const Index length = transform_length(static_cast<Index>(row.size()), options_.transform);
        return fourier ? fourier_factor(row, other, length) : hadamard_factor(row, other, length);
    };
    const FactorMoments f = factor(x, other_x);
    const FactorMoments g = factor(y, other_y);

    const Index products = products_for(outputs_, options_.transform);
    const bool has_part = fourier && outputs_ % 2 == 1;
    const double absolute_square = f.absolute_square * g.absolute_square;
    const double square = f.square * g.square;
    double squares =
        static_cast<double>(has_part ? products - 1 : products) * (absolute_square + square) / 2;
    if (has_part) {
        // The square of one part, either with probability 1/2, of both vectors.
        squares += (absolute_square + (square + f.unconjugated * g.unconjugated) / 2) / 4;
    }
    const double last_weight = has_part ? 0.5 : 1.0;
    const bool balanced = options_.sampling == TensorSampling::balanced;
    const double weights = static_cast<double>(products - 1) + last_weight;
    const double mean = weights * f.mean * g.mean;
    const double scale = tensor_scale(outputs_, options_.transform);
    return scale * scale * scale * scale *
           (squares + products_between(f, g, balanced, products, last_weight) - mean * mean);
}

}  // namespace sketchntk::sketches
