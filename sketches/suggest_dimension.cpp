#include "sketches/checks.hpp"
#include "sketches/power_of_two.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/fourier.hpp>
#include <sketchntk/sketches/poly_sketch.hpp>
#include <sketchntk/sketches/suggest_dimension.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <vector>

namespace sketchntk::sketches {
namespace {

/// Upper bounds on Var <S x, S y> with m outputs over all unit vectors, for x = y and for
/// orthogonal ones; in between they are no larger than the larger of the two. Both fall as m grows
/// up to `most`, where S may have become an isometry.
struct VarianceBound {
    std::function<double(Index m)> equal;
    std::function<double(Index m)> orthogonal;
    Index most = largest_dimension;
    bool linear = true;
};

double number(Index value) {
    return static_cast<double>(value);
}

/// `per_output` / m for equal vectors, half of it for orthogonal ones: |x|^2 |y|^2 + <x, y>^2, less
/// what the coordinates have in common.
VarianceBound independent_rows() {
    return {[](Index m) { return 2 / number(m); }, [](Index m) { return 1 / number(m); }};
}

VarianceBound sparse_sign(Index nonzeros) {
    const auto blocks = [nonzeros](Index m) {
        // Blocks of outputs are equal up to one; the smallest stands for all.
        return 1 / (number(nonzeros) * std::floor(number(m) / number(nonzeros)));
    };
    return {[blocks](Index m) { return 2 * blocks(m); }, blocks};
}

/// Samples without replacement out of `population`: the variance with replacement times this.
double without_replacement(double sample, double population) {
    return population <= 1 ? 0 : (population - sample) / (population - 1);
}

VarianceBound srht(Index inputs) {
    if (inputs == 0) return independent_rows();
    const auto n = next_power_of_two(inputs);
    const auto one = [n](Index m) { return without_replacement(number(m), number(n)) / number(m); };
    return {[one](Index m) { return 2 * one(m); }, one, n};
}

/// At most 1 for each pair of outputs, since |Re E z^2| <= E |z|^2 = P <= 1 + <x, y>^2, and 2 for
/// the one pair that holds the two real frequencies.
VarianceBound fourier_srht(Index inputs) {
    if (inputs == 0) {
        const auto both = [](Index m) { return 2 / number(std::max<Index>(1, m - m % 2)); };
        return {both, both};
    }
    const Index n = RealFourierTransform::good_length(inputs);
    const auto both = [n](Index m) {
        const double classes = number(n / 2);
        const double chosen = number(std::max<Index>(1, m / 2));
        return without_replacement(chosen, classes) / chosen * (1 + 1 / classes);
    };
    return {both, both, n};
}

/// (r / d) x^T P y of a uniformly random projection P to r of d dimensions.
VarianceBound orthogonal(Index inputs, bool chi_norms) {
    if (inputs == 0 || chi_norms) return independent_rows();
    const double d = number(inputs);
    const auto equal = [d](Index m) { return 2 * (d - number(m)) / (number(m) * (d + 2)); };
    const auto orthogonal_pair = [d](Index m) {
        return d == 1 ? 0 : d * (d - number(m)) / (number(m) * (d + 2) * (d - 1));
    };
    return {equal, orthogonal_pair, inputs};
}

/// The formula of TensorSketch at <x, y>^2 = |x|^2 |y|^2 = 1 and coordinates without weight.
VarianceBound tensor_sketch(Index degree) {
    const auto q = number(degree);
    const auto bound = [q](Index m) {
        const double both = std::pow(3, q) - 2 * std::pow(2, q) + 1;
        return 2 * (std::pow(2, q) - 1) / number(m) +
               number(std::gcd<Index>(2, m)) * both / (number(m) * number(m));
    };
    return {bound, bound, largest_dimension, degree == 1};
}

/// Balanced sampling adds at most 2 / (n - 1) where it does not help.
VarianceBound tensor_srht(bool fourier, bool balanced) {
    const double moments = (fourier ? 6.0 : 8.0) + (balanced ? 2.0 : 0.0);
    const auto bound = [moments](Index m) {
        return moments / number(std::max<Index>(1, m - m % 2));
    };
    return {bound, bound, largest_dimension, false};
}

/// The bound of PolySketch is a polynomial in the squared cosine without negative coefficients:
/// largest for equal vectors, whichever they are.
VarianceBound poly_sketch(const OperatorDescription& distribution) {
    constexpr Index many = Index{1} << 20;
    const Index inputs = distribution.inputs == 0 ? many : std::min(distribution.inputs, many);
    const auto bound = [distribution, inputs](Index m) {
        OperatorDescription with_outputs = distribution;
        with_outputs.inputs = inputs;
        with_outputs.outputs = m;
        std::vector<float> unit(static_cast<std::size_t>(inputs));
        unit.front() = 1.0F;
        return PolySketch::from_description(with_outputs).variance_bound(unit, unit);
    };
    return {bound, bound, largest_dimension, false};
}

VarianceBound variance_bound(const OperatorDescription& distribution) {
    const std::string& name = distribution.name;
    const Index inputs = distribution.inputs;
    OptionReader options(distribution, name);
    if (name == "gaussian" || name == "rademacher" || name == "count_sketch") {
        return independent_rows();
    }
    if (name == "sparse_sign") return sparse_sign(options.integer("nonzeros", 8, 1, 64));
    if (name == "srht") return srht(inputs);
    if (name == "fourier_srht") return fourier_srht(inputs);
    if (name == "orthogonal") {
        return orthogonal(inputs, options.word("chi_norms", {"no", "yes"}) == "yes");
    }
    if (name == "tensor_sketch") return tensor_sketch(options.integer("degree", 2, 1, 64));
    if (name == "tensor_srht") {
        return tensor_srht(options.word("transform", {"fourier", "hadamard"}) == "fourier",
                           options.word("sampling", {"independent", "balanced"}) == "balanced");
    }
    if (name == "poly_sketch") return poly_sketch(distribution);
    throw NotAvailable("suggest_dimension: no bound is known for " + name);
}

void check_probabilities(double epsilon, double delta) {
    if (!(epsilon > 0 && std::isfinite(epsilon))) {
        throw InvalidArgument("epsilon: expected a number above 0, got " + std::to_string(epsilon));
    }
    if (!(delta > 0 && delta < 1)) {
        throw InvalidArgument("delta: expected a number between 0 and 1, got " +
                              std::to_string(delta));
    }
}

/// The smallest m up to `most` with value(m) <= limit, value falling; `most` itself needs no check
/// where the sketch is an isometry there.
Index smallest(const std::function<double(Index)>& value, double limit, Index most) {
    if (value(most) > limit) {
        throw InvalidArgument("epsilon, delta: more than " + std::to_string(most) +
                              " outputs would be needed");
    }
    Index low = 1;
    Index high = most;
    while (low < high) {
        const Index middle = low + (high - low) / 2;
        if (value(middle) <= limit) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/// Outputs by the tail of |S z|^2, for epsilon below 1.
std::optional<Index> by_norm_tail(const std::string& name, double epsilon, double delta) {
    if ((name != "gaussian" && name != "rademacher") || epsilon >= 1) return std::nullopt;
    const double exponent = epsilon * epsilon / 4 - epsilon * epsilon * epsilon / 6;
    const double outputs = std::ceil(std::log(4 / delta) / exponent);
    if (outputs > number(largest_dimension)) return std::nullopt;
    return static_cast<Index>(outputs);
}

DimensionSuggestion gaussian_subspace(Index dimension, double epsilon, double delta) {
    // |S x| / |x| <= 1 + t gives |S x|^2 <= 1 + epsilon for t = sqrt(1 + epsilon) - 1, and the
    // lower side is weaker.
    const double t = std::sqrt(1 + epsilon) - 1;
    const double root = std::sqrt(number(dimension)) + std::sqrt(2 * std::log(2 / delta));
    const double outputs = std::ceil(root * root / (t * t));
    if (outputs > number(largest_dimension)) {
        throw InvalidArgument("epsilon, delta: more than 2^30 outputs would be needed");
    }
    return {static_cast<Index>(outputs),
            "singular values of a Gaussian matrix (Davidson and Szarek 2001, theorem II.13)"};
}

}  // namespace

DimensionSuggestion suggest_dimension(const OperatorDescription& distribution, double epsilon,
                                      double delta) {
    check_probabilities(epsilon, delta);
    const VarianceBound bound = variance_bound(distribution);
    const auto largest = [&bound](Index m) {
        return std::max(bound.equal(m), bound.orthogonal(m));
    };
    const std::optional<Index> tail = by_norm_tail(distribution.name, epsilon, delta);
    const double limit = epsilon * epsilon * delta;
    if (tail && largest(*tail) > limit) {
        return {*tail, "tail of the norm (Dasgupta and Gupta 2003, Achlioptas 2003)"};
    }
    return {smallest(largest, limit, bound.most), "Chebyshev's inequality with the variance"};
}

DimensionSuggestion suggest_subspace_dimension(const OperatorDescription& distribution,
                                               Index subspace_dimension, double epsilon,
                                               double delta) {
    check_probabilities(epsilon, delta);
    checked_dimension("subspace_dimension", subspace_dimension);
    if (distribution.name == "gaussian") {
        return gaussian_subspace(subspace_dimension, epsilon, delta);
    }
    const VarianceBound bound = variance_bound(distribution);
    if (!bound.linear) {
        throw NotAvailable("suggest_subspace_dimension: " + to_text(distribution) +
                           " is not linear in its row");
    }
    const double k = number(subspace_dimension);
    const auto squared_error = [&bound, k](Index m) {
        return k * bound.equal(m) + k * (k - 1) * bound.orthogonal(m);
    };
    return {smallest(squared_error, epsilon * epsilon * delta, bound.most),
            "Markov's inequality with the Frobenius norm (Nelson and Nguyen 2013, theorem 3)"};
}

}  // namespace sketchntk::sketches
