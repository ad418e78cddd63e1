#include "kernels/random_network.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <numbers>
#include <random>
#include <utility>

namespace sketchntk::testing {

namespace {

using Layers = std::vector<Layer>;

bool has_trained_weights(const Layers& layers) {
    return std::any_of(layers.begin(), layers.end(), [](const Layer& layer) {
        if (const auto* dense = std::get_if<Dense>(&layer)) return dense->trained;
        if (const auto* conv = std::get_if<Convolution>(&layer)) return conv->trained;
        const auto* residual = std::get_if<Residual>(&layer);
        return residual != nullptr &&
               (has_trained_weights(residual->branch) || has_trained_weights(residual->shortcut));
    });
}

void append(Layers& layers, const Layers& more) {
    layers.insert(layers.end(), more.begin(), more.end());
}

class NetworkGenerator {
  public:
    explicit NetworkGenerator(unsigned seed) : generator_(seed) {}

    NetworkExample example() {
        const Index kind = below(6);
        if (kind < 2) return {{rows_only(kind == 0)}, {}};
        shape_ = kind == 2 ? ImageShape{1 + below(8)} : ImageShape{1 + below(6), 1 + below(6)};
        keeps_displacements_ = chance(2);
        Layers layers = on_pixels();
        layers.push_back(chance(2) ? Layer(Flatten{}) : Layer(GlobalAveragePool{}));
        append(layers, on_rows(below(3)));
        layers.push_back(Dense{});
        return {{layers}, shape_};
    }

  private:
    Index below(Index count) {
        return std::uniform_int_distribution<Index>(0, count - 1)(generator_);
    }
    bool chance(Index one_in) { return below(one_in) == 0; }

    template <typename WithWeights>
    WithWeights with_weights(WithWeights layer) {
        const double deviations[] = {std::numbers::sqrt2, 1.1, 0.8};
        layer.w_std = deviations[below(3)];
        layer.b_std = chance(2) ? 0.3 : 0;
        layer.trained = !chance(4);
        return layer;
    }

    Extent lengths(Index longest) {
        if (shape_.size() == 1 || chance(2)) return {1 + below(longest)};
        const Index rows = 1 + below(longest), columns = 1 + below(longest);
        return rows == columns ? Extent{rows} : Extent{rows, columns};
    }

    Convolution convolution() {
        Convolution conv;
        conv.filter = lengths(4);
        if (chance(3)) conv.padding = Padding::valid;
        if (!keeps_displacements_) {
            if (chance(4)) conv.padding = Padding::circular;
            if (chance(2)) conv.stride = lengths(3);
        }
        return with_weights(conv);
    }

    // Those that grow fast stand behind a layer norm.
    Layers activation() {
        static const std::vector<Layers> others{
            {Activation{"leaky_relu", {0.2}}},
            {Activation{"abrelu", {-0.3, 1.2}}},
            {Activation{"abs", {}}},
            {Activation{"erf", {}}},
            {Activation{"gelu", {}}},
            {Activation{"sin", {}}},
            {Activation{"cos", {}}},
            {Activation{"gaussian", {}}},
            {LayerNorm{}, Activation{"exponential", {}}},
            {LayerNorm{}, Activation{"polynomial", {0.5, 1, -0.25}}},
            {LayerNorm{}, Activation{"hermite", {3}}},
            {LayerNorm{}, Activation{"rectified_power", {2}}},
            {Activation{"identity", {}}},
        };
        const auto drawn = static_cast<std::size_t>(below(17));
        return drawn < others.size() ? others[drawn] : Layers{Activation{"relu", {}}};
    }

    Layer activation_without_norm() {
        Layers layers = activation();
        while (layers.size() > 1) layers = activation();
        return layers.front();
    }

    Layers residual_on_pixels() {
        const Convolution conv = convolution();
        Residual residual{activation(), {}};
        residual.branch.push_back(conv);
        if (chance(2)) append(residual.branch, activation());
        if (chance(3)) {
            residual.shortcut.push_back(with_weights(Dense{}));
        } else if (chance(2)) {
            residual.shortcut = activation();
            residual.shortcut.push_back(with_weights(conv));
        }
        return {residual};
    }

    Layers block_on_pixels() {
        switch (below(8)) {
            case 0:
                return residual_on_pixels();
            case 1:
                return {LayerNorm{}, convolution()};
            case 2:
                return {with_weights(Dense{})};
            case 3: {
                if (keeps_displacements_) break;
                const Extent window = lengths(3);
                return {AveragePool{window, chance(2) ? window : lengths(2)}};
            }
            default:
                break;
        }
        Layers layers = activation();
        layers.push_back(convolution());
        return layers;
    }

    // Layers that do not fit what the ones before have left of the image are dropped.
    Layers on_pixels() {
        Layers layers;
        for (Index block = 1 + below(4); block >= 0; --block) {
            Layers longer = layers;
            append(longer, layers.empty() ? Layers{convolution()} : block_on_pixels());
            if (fits(longer)) layers = std::move(longer);
        }
        return layers;
    }

    [[nodiscard]] bool fits(const Layers& layers) const {
        try {
            static_cast<void>(output_shape(layers, shape_));
            return true;
        } catch (const InvalidArgument&) {
            return false;
        }
    }

    Layers on_rows(Index blocks) {
        Layers layers;
        for (; blocks > 0; --blocks) {
            Layers block = activation();
            block.push_back(with_weights(Dense{}));
            if (chance(4)) block = {Residual{block, chance(2) ? Layers{} : Layers{Dense{}}}};
            append(layers, block);
        }
        return layers;
    }

    Layers rows_only(bool alternating) {
        Layers layers{with_weights(Dense{})};
        if (!alternating) {
            append(layers, on_rows(1 + below(4)));
        } else {
            for (Index depth = below(4); depth > 0; --depth) {
                layers.push_back(activation_without_norm());
                layers.push_back(with_weights(Dense{}));
            }
        }
        layers.push_back(activation().back());
        layers.push_back(Dense{});
        return layers;
    }

    std::mt19937 generator_;
    ImageShape shape_;
    bool keeps_displacements_ = false;
};

}  // namespace

std::string to_text(const NetworkExample& example) {
    return to_text(example.network) + " on " + sketchntk::to_text(example.shape);
}

bool is_valid(const NetworkExample& example) {
    try {
        return has_trained_weights(example.network.layers) &&
               output_shape(example.network.layers, example.shape).empty();
    } catch (const InvalidArgument&) {
        return false;
    }
}

NetworkExample random_network(unsigned seed) {
    return NetworkGenerator(seed).example();
}

}  // namespace sketchntk::testing
