#pragma once

#include <sketchntk/core/matrix.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sketchntk {

/// Networks that the literature calls by a name, as text of `parse_network`.
///
/// Myrtle5, 7 and 10 are the networks of Shankar et al. (2020), Neural Kernels Without Tangents,
/// for images of 32 x 32: convolutions of 3 x 3 between five halvings, then flatten.
struct NamedNetwork {
    std::string name;
    std::string text;
};
[[nodiscard]] const std::vector<NamedNetwork>& named_networks();

/// The wide residual network of Zagoruyko and Komodakis (2016) without batch normalisation, as the
/// examples of neural-tangents have it, for images of 32 x 32: a convolution, three groups of
/// `blocks` residual blocks of which the second and the third halve the image, a pool of 8 x 8.
/// Shortcuts of the first block of a group are convolutions of 3 x 3.
/// @param blocks 1 or more
[[nodiscard]] std::string wide_residual_network(Index blocks);

}  // namespace sketchntk
