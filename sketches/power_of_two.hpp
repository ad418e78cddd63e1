#pragma once

#include <sketchntk/core/matrix.hpp>

#include <bit>
#include <cstdint>

namespace sketchntk::sketches {

/// The smallest power of two that is at least n >= 1: what Hadamard's transform pads to.
inline Index next_power_of_two(Index n) {
    return static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>(n)));
}

}  // namespace sketchntk::sketches
