#pragma once

#include "kernels/random_network.hpp"

#include <functional>

namespace sketchntk::testing {

/// A smallest valid example that still fails: from a failing one, layers are removed, residuals
/// replaced by one of their branches or both in a row, options set to their simplest values
/// (activations to identity or relu, paddings to same, windows and strides to 1, weights to the
/// defaults), global average pools to flatten and images made smaller, one step at a time, as long
/// as the example fails; of what is returned every single step either passes or is not valid.
/// @param fails called with valid examples only; true for `failing`
[[nodiscard]] NetworkExample shrunk(NetworkExample failing,
                                    const std::function<bool(const NetworkExample&)>& fails);

}  // namespace sketchntk::testing
