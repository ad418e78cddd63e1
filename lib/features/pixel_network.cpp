#include "features/pixel_network.hpp"

#include "features/pixel_pool.hpp"
#include "features/pixel_residual.hpp"
#include "kernels/image_network.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/largest_count.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

bool has_activation(std::span<const Layer> layers) {
    return std::any_of(layers.begin(), layers.end(), [](const Layer& layer) {
        if (const auto* residual = std::get_if<Residual>(&layer))
            return has_activation(residual->branch) || has_activation(residual->shortcut);
        return std::holds_alternative<Activation>(layer);
    });
}

// Whether a layer behind the last activation is trained, so that phi is part of the NTK's features.
bool trained_behind_activations(std::span<const Layer> layers) {
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
        if (std::holds_alternative<Activation>(*layer)) return false;
        if (const auto* residual = std::get_if<Residual>(&*layer)) {
            if (trained_behind_activations(residual->branch) ||
                trained_behind_activations(residual->shortcut))
                return true;
            if (has_activation({&*layer, 1})) return false;
        } else if (has_trained_layer({&*layer, 1})) {
            return true;
        }
    }
    return false;
}

/// Where a layer stands.
struct Place {
    PixelShape input;
    bool activation_behind;
    bool trained_behind;
    std::span<const Layer> rest;  ///< behind it, in the same list
    std::string name;
};

/// Makes the steps of a network for one choice of widths.
class Builder {
  public:
    /// @param budget features of each pixel behind the last activation, of both kinds
    Builder(const FeatureMapConfiguration& configuration, const PixelMethod& method, Index budget)
        : tangent_(configuration.kind == KernelKind::ntk),
          method_(method),
          seed_(configuration.seed),
          budget_(budget),
          width_(method.hidden_width(budget)),
          last_psi_(trained_behind_activations(configuration.network.layers)
                        ? std::max<Index>(1, budget / 2)
                        : budget) {}

    PixelChain chain(std::span<const Layer> layers, const PixelShape& input, bool activation_behind,
                     bool trained_behind, const std::string& where) {
        PixelChain chain(input);
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const std::span<const Layer> rest = layers.subspan(i + 1);
            const Place place{before_ ? before_->output() : chain.output(),
                              activation_behind || has_activation(rest),
                              trained_behind || has_trained_layer(rest), rest,
                              where + ", layer " + std::to_string(i + 1)};
            Step made =
                std::visit([&](const auto& layer) { return step(layer, place); }, layers[i]);
            if (!rest.empty() && std::holds_alternative<Activation>(rest.front()))
                before_ = by_strips(made);
            if (made) chain.add(std::move(made));
            if (std::exchange(pool_taken_, false)) ++i;
        }
        return chain;
    }

  private:
    using Step = std::unique_ptr<PixelStep>;

    Seed next_seed() { return seed_.child(steps_++); }

    // The step itself, taken, if its pixels can be written some at a time.
    static std::unique_ptr<PixelStripStep> by_strips(Step& step) {
        auto* strips = dynamic_cast<PixelStripStep*>(step.get());
        if (strips != nullptr) static_cast<void>(step.release());
        return std::unique_ptr<PixelStripStep>(strips);
    }

    Step step(const Activation& activation, const Place& place) {
        if (activation != Activation{})
            throw InvalidArgument(place.name + ", " + activation.name + ": the map " +
                                  method_.name() + " serves relu only");
        const Index psi = psi_behind_activation(place);
        const bool first = activations_++ == 0;
        PixelPooling pooling = pooling_behind(place);
        return method_.activation({place.input, std::move(before_), std::move(pooling),
                                   phi_behind(place, psi), psi, first, place.activation_behind},
                                  next_seed());
    }

    [[nodiscard]] Index psi_behind_activation(const Place& place) const {
        if (!method_.compresses_psi() || place.input.psi == 0) return place.input.psi;
        return place.activation_behind ? width_ : last_psi_;
    }

    [[nodiscard]] Index phi_behind(const Place& place, Index psi) const {
        if (place.activation_behind) return width_;
        if (!tangent_) return budget_;
        return place.trained_behind ? std::max<Index>(1, budget_ - psi) : 0;
    }

    // A pool right behind an activation goes with it: its features are never written out.
    PixelPooling pooling_behind(const Place& place) {
        pool_taken_ = true;
        if (!place.rest.empty()) {
            if (const auto* pool = std::get_if<AveragePool>(&place.rest.front()))
                return PixelPooling::of(place.name, *pool, place.input.pixels);
            if (std::holds_alternative<GlobalAveragePool>(place.rest.front()))
                return PixelPooling::global(place.input.pixels);
        }
        pool_taken_ = false;
        return PixelPooling::none(place.input.pixels);
    }

    template <typename Weights>
    [[nodiscard]] PixelWeights weights(const Weights& layer, const Place& place) const {
        return {layer.w_std, layer.b_std, tangent_ && layer.trained, place.activation_behind,
                method_.compresses_psi() ? width_ : last_psi_};
    }

    Step step(const Dense& layer, const Place& place) {
        LayerWindows windows;
        for (Index i = 0; i < place.input.count(); ++i) windows.push_back({i});
        return method_.linear(place.input, place.input.pixels, std::move(windows),
                              weights(layer, place), next_seed());
    }

    Step step(const Convolution& layer, const Place& place) {
        ImageShape pixels;
        for (const WindowAxis& axis :
             window_axes(place.name, place.input.pixels, layer.filter, layer.stride, layer.padding))
            pixels.push_back(axis.outputs);
        return method_.linear(place.input, std::move(pixels),
                              layer_windows(place.name, layer, place.input.pixels),
                              weights(layer, place), next_seed());
    }

    Step step(const AveragePool& layer, const Place& place) {
        return std::make_unique<PixelPool>(place.input,
                                           PixelPooling::of(place.name, layer, place.input.pixels));
    }

    Step step(const GlobalAveragePool&, const Place& place) {
        return std::make_unique<PixelPool>(place.input, PixelPooling::global(place.input.pixels));
    }

    Step step(const Flatten&, const Place& place) {
        return std::make_unique<PixelFlatten>(place.input);
    }

    Step step(const Residual& layer, const Place& place) {
        PixelChain branch = chain(layer.branch, place.input, place.activation_behind,
                                  place.trained_behind, place.name + ", branch");
        PixelChain shortcut = chain(layer.shortcut, place.input, place.activation_behind,
                                    place.trained_behind, place.name + ", shortcut");
        const bool adds_psi = place.activation_behind && !method_.compresses_psi();
        return std::make_unique<PixelResidual>(std::move(branch), std::move(shortcut), adds_psi,
                                               next_seed());
    }

    Step step(const LayerNorm&, const Place& place) {
        throw InvalidArgument(place.name + ", layer_norm: the map " + method_.name() +
                              " does not serve it");
    }

    bool tangent_;
    const PixelMethod& method_;
    Seed seed_;
    Index budget_;
    Index width_;     ///< behind activations but the last
    Index last_psi_;  ///< behind the last one
    bool pool_taken_ = false;
    std::unique_ptr<PixelStripStep> before_;  ///< what the next activation does as well
    Index activations_ = 0;
    std::uint32_t steps_ = 0;
};

}  // namespace

PixelChain pixel_network(const FeatureMapConfiguration& configuration, const PixelMethod& method,
                         Index channels) {
    check_image_network(configuration.network, configuration.kind, configuration.image);
    const auto with_budget = [&](Index budget) {
        return Builder(configuration, method, budget)
            .chain(configuration.network.layers, {configuration.image, channels, 0}, false, false,
                   "network");
    };
    const auto features = [&](Index budget) {
        const PixelShape end = with_budget(budget).output();
        return configuration.kind == KernelKind::ntk ? end.psi : end.phi;
    };
    if (features(1) > configuration.features)
        throw InvalidArgument(std::string("features: ") + method.name() + " needs at least " +
                              std::to_string(features(1)) + " for this network, got " +
                              std::to_string(configuration.features));
    return with_budget(largest_count(configuration.features, [&](Index budget) {
        return features(budget) <= configuration.features;
    }));
}

}  // namespace sketchntk
