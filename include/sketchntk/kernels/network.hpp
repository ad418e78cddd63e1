#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/layers.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sketchntk {

/// A network as a list of layers: the one description from which exact kernels, feature maps and
/// model files are made.
///
/// Two notations are read. Text: layers separated by blanks,
///
/// - `dense`, `dense(w_std=1.5, b_std=0.1, trained=0)`: w_std sqrt 2, b_std 0 and trained if left
///   out; trained=0 freezes.
/// - `relu`, `leaky_relu(alpha=0.1)`, `polynomial(0.5, 1, -0.25)`: activations by name.
/// - `conv(3)`, `conv(3x5, stride=2, padding=valid, ...)`: stride 1, same padding; w_std, b_std and
///   trained as for dense.
/// - `avg_pool(2)`, `avg_pool(3, stride=1)`, `global_avg_pool` or `gap`, `flatten`, `layer_norm`.
/// - `residual(relu conv(3))`, `residual(relu conv(3) | dense)`: branch, and shortcut where it is
///   not the identity.
/// - `3*(conv(3) relu)`: repetition.
/// - `fc(depth=L)`: L hidden layers between L + 1 dense ones; options activation (relu), w_std,
///   b_std, trained for each.
/// - `myrtle5`, `myrtle7`, `myrtle10` (Shankar et al. 2020), `wide_residual(blocks=N)` (Zagoruyko
///   and Komodakis 2016, as in the examples of neural-tangents): whole networks for images of
///   32 x 32.
///
/// JSON: {"layers": [{"type": "conv", "filter": [3, 3], "b_std": 0.1}, {"type": "leaky_relu",
/// "alpha": 0.1}, {"type": "residual", "branch": [...], "shortcut": []}, ...]}, with the same names
/// and standards; `polynomial` has "coefficients", "trained" is true or false.
struct Network {
    std::vector<Layer> layers;

    bool operator==(const Network&) const = default;
};

/// L hidden layers between L + 1 equal dense layers. @throws InvalidArgument if depth < 0, or as
///   `completed` for the activation.
[[nodiscard]] Network fully_connected_network(Index depth, Dense dense = {},
                                              const Activation& activation = {});

/// Reads either notation (JSON where the first character is a brace).
/// @throws InvalidArgument with the position in the text, what was expected and, for a misspelt
///   word, the nearest known one.
[[nodiscard]] Network parse_network(std::string_view text);

/// The canonical text; `parse_network` gives the same network back.
[[nodiscard]] std::string to_text(const Network& network);

/// The JSON notation; `parse_network` gives the same network back.
[[nodiscard]] std::string to_json(const Network& network);

/// Whether a network has dense layers and activations only, and so looks at rows rather than
/// images.
[[nodiscard]] bool serves_rows(const Network& network);

/// The layers of a fully connected network: dense[0], activations[0], dense[1], ..., dense[L].
struct FullyConnectedLayers {
    std::vector<Dense> dense;
    std::vector<Activation> activations;
};

/// @throws InvalidArgument if dense layers and activations do not alternate, or the first or the
///   last layer is not dense; names the layer.
[[nodiscard]] FullyConnectedLayers fully_connected_layers(const Network& network);

/// The dense layers of a fully connected ReLU network, first to last.
/// @throws InvalidArgument as `fully_connected_layers`, and for another activation than relu.
[[nodiscard]] std::vector<Dense> dense_layers(const Network& network);

/// The networks in which one of the trained dense layers is trained and all others are frozen,
/// first to last: their NTKs add up to that of `network`, the part of each layer.
/// @throws InvalidArgument as `fully_connected_layers`.
[[nodiscard]] std::vector<Network> networks_of_single_layers(const Network& network);

}  // namespace sketchntk
