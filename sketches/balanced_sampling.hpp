#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

#include <cstdint>
#include <vector>

namespace sketchntk::sketches {

/// The first `count` of the numbers of independent uniform permutations of 0, ..., entries - 1, one
/// after another: each on its own is uniform, and no number comes again before all have come.
///
/// A function of its arguments, number k of seed, number and the ones before it in its permutation
/// only. It draws from operators 2 and 3 of the seed, row `number`.
[[nodiscard]] std::vector<std::int32_t> repeated_permutations(Seed seed, std::uint32_t number,
                                                              Index count, Index entries);

/// `count` frequencies of the Fourier transform of a real row of even length: a random one of each
/// of the pairs {f, length - f} and {0, length / 2}, in the order of repeated permutations of the
/// pairs.
[[nodiscard]] std::vector<std::int32_t> balanced_frequencies(Seed seed, std::uint32_t number,
                                                             Index count, Index length);

}  // namespace sketchntk::sketches
