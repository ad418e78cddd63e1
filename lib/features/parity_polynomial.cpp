#include "features/parity_polynomial.hpp"

#include "core/dispatch.hpp"

namespace sketchntk {

namespace {

// Points that are carried from degree to degree together.
constexpr Index points_at_once = 64;

// products[k] belongs to the step from k + 1 to k + 2.
SKETCHNTK_VECTOR_DISPATCH
void sum_block(const float* t, const float* gains, const float* shifts, const float* products,
               Index terms, bool odd, float scale, float* out) {
    alignas(64) float s[points_at_once];
    alignas(64) float sum[points_at_once];
    alignas(64) float above[points_at_once];
    for (Index i = 0; i < points_at_once; ++i) {
        s[i] = t[i] * t[i];
        sum[i] = gains[terms - 1];
        above[i] = 0;
    }
    // Two steps at a time, so that the two sums change places without being copied.
    Index k = terms - 2;
    for (; k > 0; k -= 2) {
        for (Index i = 0; i < points_at_once; ++i) {
            const float next = (s[i] - shifts[k]) * sum[i] + (gains[k] - products[k] * above[i]);
            above[i] = next;
            sum[i] = (s[i] - shifts[k - 1]) * next + (gains[k - 1] - products[k - 1] * sum[i]);
        }
    }
    if (k == 0)
        for (Index i = 0; i < points_at_once; ++i)
            sum[i] = (s[i] - shifts[0]) * sum[i] + (gains[0] - products[0] * above[i]);
    if (odd)
        for (Index i = 0; i < points_at_once; ++i) out[i] = scale * (t[i] * sum[i]);
    else
        for (Index i = 0; i < points_at_once; ++i) out[i] = scale * sum[i];
}

double square(double x) {
    return x * x;
}

}  // namespace

ParityPolynomial::ParityPolynomial(std::span<const double> recurrence,
                                   std::span<const double> weights, bool odd)
    : odd_(odd) {
    const auto a = [&](std::size_t l) { return l < recurrence.size() ? recurrence[l] : 0; };
    double leading = 1;
    for (std::size_t l = 0; l < weights.size(); ++l) {
        if (l > 0) leading /= a(l);
        if (l % 2 != (odd ? 1U : 0U)) continue;
        gains_.push_back(static_cast<float>(weights[l] * leading));
        shifts_.push_back(static_cast<float>(square(a(l)) + square(a(l + 1))));
        products_.push_back(static_cast<float>(square(a(l + 1) * a(l + 2))));
    }
    if (gains_.empty()) gains_.push_back(0);
}

void ParityPolynomial::evaluate(std::span<const float> t, float scale, std::span<float> out) const {
    const auto count = static_cast<Index>(t.size());
    const auto terms = static_cast<Index>(gains_.size());
    const auto sum = [&](const float* points, float* values) {
        sum_block(points, gains_.data(), shifts_.data(), products_.data(), terms, odd_, scale,
                  values);
    };
    const Index whole = count / points_at_once * points_at_once;
    for (Index i = 0; i < whole; i += points_at_once) sum(t.data() + i, out.data() + i);
    if (whole == count) return;
    float points[points_at_once] = {};
    float values[points_at_once];
    for (Index i = whole; i < count; ++i) points[i - whole] = t[static_cast<std::size_t>(i)];
    sum(points, values);
    for (Index i = whole; i < count; ++i) out[static_cast<std::size_t>(i)] = values[i - whole];
}

}  // namespace sketchntk
