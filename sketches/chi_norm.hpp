#pragma once

#include <sketchntk/core/random.hpp>

#include <cmath>
#include <span>

namespace sketchntk::sketches {

/// chi_d / sqrt(d): the length of a Gaussian vector of d = buffer.size() entries, row `row` of the
/// stream, over its root mean square. The vector is left in `buffer`.
inline double relative_chi_norm(const RandomStream& stream, Index row, std::span<float> buffer) {
    stream.fill_normal(row, 0, buffer);
    double squared = 0;
    for (const float entry : buffer) {
        squared += static_cast<double>(entry) * static_cast<double>(entry);
    }
    return std::sqrt(squared / static_cast<double>(buffer.size()));
}

}  // namespace sketchntk::sketches
