#pragma once

#include <sketchntk/core/random.hpp>

#include <cstdint>
#include <vector>

namespace sketchntk::sketches {

/// `count` distinct numbers below `population` in random order, every ordered choice equally
/// likely: the first steps of a Fisher-Yates shuffle, step k with number (row, k) of the stream.
/// O(count) time and memory. `count` must not exceed `population`, and this not 2^31.
[[nodiscard]] std::vector<std::int32_t> sample_without_replacement(const RandomStream& stream,
                                                                   Index row, Index population,
                                                                   Index count);

}  // namespace sketchntk::sketches
