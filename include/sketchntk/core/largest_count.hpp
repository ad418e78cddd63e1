#pragma once

#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// The largest count from 1 to `most` for which `fits(count)` holds, by bisection; 0 if none.
/// Whatever fits, less of it must fit as well.
template <typename Fits>
[[nodiscard]] Index largest_count(Index most, const Fits& fits) {
    Index low = 0;
    Index high = most + 1;
    while (high - low > 1) {
        const Index middle = low + (high - low) / 2;
        (fits(middle) ? low : high) = middle;
    }
    return low;
}

}  // namespace sketchntk
