#include "sketches/balanced_sampling.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sketchntk::sketches {
namespace {

/// Operators of the seed; `TensorFactor` has 0 and 1. Changing any of these changes every sketch.
constexpr std::uint32_t permutations_operator = 2;
constexpr std::uint32_t sides_operator = 3;

}  // namespace

std::vector<std::int32_t> repeated_permutations(Seed seed, std::uint32_t number, Index count,
                                                Index entries) {
    const RandomStream stream(seed, permutations_operator);
    std::vector<std::int32_t> out;
    out.reserve(static_cast<std::size_t>(count));
    std::vector<std::int32_t> order(static_cast<std::size_t>(entries));
    for (Index k = 0; k < count; ++k) {
        const Index place = k % entries;
        if (place == 0) std::iota(order.begin(), order.end(), 0);
        const Index other = place + stream.uniform_index(number, k, entries - place);
        std::swap(order[static_cast<std::size_t>(place)], order[static_cast<std::size_t>(other)]);
        out.push_back(order[static_cast<std::size_t>(place)]);
    }
    return out;
}

std::vector<std::int32_t> balanced_frequencies(Seed seed, std::uint32_t number, Index count,
                                               Index length) {
    std::vector<std::int32_t> out = repeated_permutations(seed, number, count, length / 2);
    std::vector<float> sides(out.size());
    RandomStream(seed, sides_operator).fill_signs(number, 0, sides);
    for (std::size_t k = 0; k < out.size(); ++k) {
        if (sides[k] > 0) continue;
        out[k] = static_cast<std::int32_t>(out[k] == 0 ? length / 2 : length - out[k]);
    }
    return out;
}

}  // namespace sketchntk::sketches
