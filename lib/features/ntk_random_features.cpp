#include "core/blas.hpp"
#include "features/ntk_random_features_layer.hpp"
#include "features/ntk_random_features_tile.hpp"
#include "features/row_tiles.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/ntk_random_features.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

using Options = NtkRandomFeatureOptions;

// Which dense layers' parts are in the result. The NNGP is the NTK whose last layer alone is
// trained.
std::vector<bool> gaining_layers(const std::vector<Dense>& dense, KernelKind kind) {
    std::vector<bool> gains;
    for (std::size_t l = 0; l < dense.size(); ++l)
        gains.push_back(kind == KernelKind::nngp ? l + 1 == dense.size() : dense[l].trained);
    return gains;
}

std::vector<Dense> checked_layers(const Network& network, KernelKind kind) {
    std::vector<Dense> dense = dense_layers(network);
    if (dense.size() < 2)
        throw InvalidArgument("ntkrf: the network has no hidden layer; use the map 'linear'");
    const std::vector<bool> gains = gaining_layers(dense, kind);
    if (std::find(gains.begin(), gains.end(), true) == gains.end())
        throw InvalidArgument("network: no dense layer is trained, so that its NTK is zero");
    return dense;
}

[[noreturn]] void refuse_features(Index features, Index least) {
    throw InvalidArgument("features: ntkrf needs at least " + std::to_string(least) + ", got " +
                          std::to_string(features));
}

// Equal parts for the layers in the result, which are concatenated and only multiplied by gates.
NtkRandomFeatureWidths gate_widths(const std::vector<Dense>& dense, const std::vector<bool>& gains,
                                   Index features) {
    Index parts = 0;
    Index biases = 0;
    for (std::size_t l = 0; l < dense.size(); ++l) {
        if (!gains[l]) continue;
        ++parts;
        if (l > 0 && dense[l].b_std > 0) ++biases;
    }
    const Index left = features - biases;
    if (left < parts) refuse_features(features, parts + biases);
    const Index part = left / parts;
    const Index rest = left - (parts - 1) * part;
    const Index hidden = static_cast<Index>(std::count(gains.begin() + 1, gains.end() - 1, true));
    NtkRandomFeatureWidths widths{.hidden_relu = part};
    if (gains.back()) widths.last_relu = left - hidden * part - (gains.front() ? part : 0);
    if (gains.front()) widths.input = gains.back() ? part : rest;
    return widths;
}

NtkRandomFeatureWidths tensor_widths(const std::vector<Dense>& dense,
                                     const std::vector<bool>& gains, Index features,
                                     Options::Split split) {
    const bool tangent = std::find(gains.begin(), gains.end() - 1, true) != gains.end() - 1;
    const Index bias = gains.back() && dense.back().b_std > 0 ? 1 : 0;
    const Index left = features - bias;
    const Index least = tangent ? (gains.back() ? 3 : 2) : 1;
    if (left < least) refuse_features(features, least + bias);
    if (!tangent) return {.hidden_relu = left, .last_relu = left};
    const double share = split == Options::Split::balanced ? 0.5
                         : dense.size() == 2               ? 692.0 / 8192
                                                           : 3192.0 / 8192;
    const double step_share = split == Options::Split::balanced ? 0.25 : share;
    const auto part = [left](double of_features) {
        return std::max<Index>(1, static_cast<Index>(of_features * static_cast<double>(left)));
    };
    const Index last_relu = gains.back() ? part(share) : 0;
    return {.hidden_relu = part(share),
            .last_relu = last_relu,
            .step = part(step_share),
            .hidden_tensor = left - part(share),
            .last_tensor = left - last_relu};
}

}  // namespace

NtkRandomFeatureOptions NtkRandomFeatureOptions::read(sketches::OptionReader& reader) {
    NtkRandomFeatureOptions options;
    if (reader.word("product", {"tensor_srht", "gates"}) == "gates")
        options.product = Product::gates;
    options.directions = parse_direction_law(reader.word("directions", direction_law_names()));
    if (reader.word("sampling", {"balanced", "independent"}) == "independent")
        options.sampling = sketches::TensorSampling::independent;
    if (reader.word("split", {"balanced", "published"}) == "published")
        options.split = Split::published;
    if (options.product == Product::gates && options.split == Split::published)
        throw InvalidArgument(
            "ntkrf: split=published is of the product tensor_srht: gates have equal parts");
    return options;
}

NtkRandomFeatureWidths NtkRandomFeatures::default_widths(const Network& network, KernelKind kind,
                                                         Index features,
                                                         const NtkRandomFeatureOptions& options) {
    const std::vector<Dense> dense = checked_layers(network, kind);
    const std::vector<bool> gains = gaining_layers(dense, kind);
    return options.product == Options::Product::gates
               ? gate_widths(dense, gains, features)
               : tensor_widths(dense, gains, features, options.split);
}

NtkRandomFeatures::NtkRandomFeatures(const Network& network, KernelKind kind, Index features,
                                     Seed seed, Index inputs)
    : NtkRandomFeatures(network, kind, features, {}, seed, inputs) {}

NtkRandomFeatures::NtkRandomFeatures(const Network& network, KernelKind kind, Index features,
                                     const NtkRandomFeatureOptions& options, Seed seed,
                                     Index inputs)
    : dense_(checked_layers(network, kind)), options_(options), seed_(seed), inputs_(inputs) {
    if (inputs < 1)
        throw InvalidArgument("ntkrf: expected at least one input, got " + std::to_string(inputs));
    const NtkRandomFeatureWidths widths = default_widths(network, kind, features, options);
    const std::vector<bool> gains = gaining_layers(dense_, kind);
    const bool gated = options.product == Options::Product::gates;
    shapes_.push_back({.relu = inputs,
                       .bias = dense_.front().b_std > 0 ? 1 : 0,
                       .product = gated && gains.front() ? widths.input : 0,
                       .phi_in_psi = !gated && gains.front()});
    for (std::size_t l = 1; l < dense_.size(); ++l) {
        const bool last = l + 1 == dense_.size();
        const Index psi = shapes_.back().psi();
        LayerShape shape{.relu = last ? widths.last_relu : widths.hidden_relu,
                         .bias = dense_[l].b_std > 0 && !(last && !gains[l]) ? 1 : 0,
                         .phi_in_psi = gains[l]};
        if (psi > 0) {
            shape.gates = gated ? psi : widths.step;
            shape.product = gated ? psi : last ? widths.last_tensor : widths.hidden_tensor;
        }
        shapes_.push_back(shape);
    }
    features_ = shapes_.back().psi();
}

NtkRandomFeatures::~NtkRandomFeatures() = default;

Index NtkRandomFeatures::widest_row() const {
    Index widest = 0;
    for (const LayerShape& shape : shapes_) widest = std::max(widest, shape.row());
    return widest;
}

std::int64_t NtkRandomFeatures::bytes(int threads) const {
    std::int64_t shared = 0;
    Index widest_gates = 0;
    Index widest_relu = 0;
    for (std::size_t l = 0; l < shapes_.size(); ++l) {
        const LayerShape& shape = shapes_[l];
        if (const auto relu = relu_directions(l)) shared += relu->bytes();
        if (const auto gates = gate_directions(l)) shared += gates->bytes();
        if (const auto product = product_sketch(l)) shared += product->bytes();
        widest_gates = std::max(widest_gates, shape.gates);
        widest_relu = std::max(widest_relu, shape.relu);
    }
    const std::int64_t for_each_row = 2 * widest_row() + widest_relu + 2 * widest_gates;
    const std::int64_t transforms = 2 * (widest_row() + widest_gates);
    return shared + threads * (row_tile * for_each_row + transforms) *
                        static_cast<std::int64_t>(sizeof(float));
}

double NtkRandomFeatures::flops_per_row() const {
    auto flops = static_cast<double>(inputs_);
    for (std::size_t l = 0; l < shapes_.size(); ++l) {
        if (const auto relu = relu_directions(l)) flops += relu->flops_per_row();
        if (const auto gates = gate_directions(l)) flops += gates->flops_per_row();
        if (const auto product = product_sketch(l)) flops += product->flops(1);
    }
    return flops;
}

std::optional<RandomDirections> NtkRandomFeatures::relu_directions(std::size_t layer) const {
    const Seed seed = seed_.child(static_cast<std::uint32_t>(layer)).child(0);
    if (layer == 0) {
        // Where the input is wider than its part of psi, a random projection of it stands there.
        if (shapes_[0].product == 0 || shapes_[0].product >= shapes_[0].phi()) return std::nullopt;
        return RandomDirections(options_.directions, shapes_[0].product, shapes_[0].phi(), seed);
    }
    if (shapes_[layer].relu == 0) return std::nullopt;
    return RandomDirections(options_.directions, shapes_[layer].relu, shapes_[layer - 1].phi(),
                            seed);
}

std::optional<RandomDirections> NtkRandomFeatures::gate_directions(std::size_t layer) const {
    if (shapes_[layer].gates == 0) return std::nullopt;
    return RandomDirections(options_.directions, shapes_[layer].gates, shapes_[layer - 1].phi(),
                            seed_.child(static_cast<std::uint32_t>(layer)).child(1));
}

std::optional<sketches::TensorSrht> NtkRandomFeatures::product_sketch(std::size_t layer) const {
    const bool sketched = options_.product == Options::Product::tensor_srht;
    if (layer == 0 || shapes_[layer].product == 0 || !sketched) return std::nullopt;
    return sketches::TensorSrht(shapes_[layer - 1].psi(), shapes_[layer].gates,
                                shapes_[layer].product, {.sampling = options_.sampling},
                                seed_.child(static_cast<std::uint32_t>(layer)).child(2));
}

const NtkRandomFeatures::Drawn& NtkRandomFeatures::drawn() const {
    std::call_once(draw_once_, [&] {
        auto drawn = std::make_unique<Drawn>();
        for (std::size_t l = 0; l < shapes_.size(); ++l) {
            Drawn::Layer& layer = drawn->layers.emplace_back();
            if (const auto relu = relu_directions(l)) layer.relu.emplace(*relu);
            if (const auto gates = gate_directions(l)) layer.gates.emplace(*gates);
            if (const auto product = product_sketch(l)) layer.product.emplace(*product);
        }
        drawn_ = std::move(drawn);
    });
    return *drawn_;
}

void NtkRandomFeatures::map_rows(MatrixView<const float> x, MatrixView<float> out,
                                 const Execution& execution) const {
    use_blas_on_one_thread();
    static_cast<void>(drawn());
    map_tiles(x, out, execution, [this] { return Tile(*this); });
}

}  // namespace sketchntk
