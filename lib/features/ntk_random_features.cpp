#include "core/blas.hpp"
#include "core/dispatch.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/ntk_random_features.hpp>
#include <sketchntk/sketches/spherical_directions.hpp>
#include <sketchntk/sketches/tensor_srht.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace sketchntk {

namespace {

// Rows are mapped in tiles of this many. A smaller last tile is multiplied as a whole one, so that
// the matrix product treats each row alike wherever it stands.
constexpr Index tile_rows = 256;

SKETCHNTK_VECTOR_DISPATCH
void rectify(const float* in, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] = in[k] > 0 ? in[k] : 0;
}

SKETCHNTK_VECTOR_DISPATCH
void step(const float* in, float height, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] = in[k] > 0 ? height : 0;
}

std::int64_t float_bytes(Index count) {
    return static_cast<std::int64_t>(count) * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace

// What one hidden layer is given and what it makes of it. psi is laid out as [relu, bias, tensor],
// so that phi is its beginning.
struct NtkRandomFeatures::LayerShape {
    Index phi_in;
    Index psi_in;
    Index relu;
    Index bias;    // 0 or 1
    Index step;    // 0 for the NNGP alone
    Index tensor;  // likewise

    Index directions() const { return relu + step; }
    Index phi_out() const { return relu + bias; }
    Index psi_out() const { return phi_out() + tensor; }
    sketches::TensorSrht product(Seed seed) const { return {psi_in, step, tensor, seed}; }
};

struct NtkRandomFeatures::Drawn {
    struct Layer {
        Matrix<float> directions;  // those of relu first, scaled by w_l sqrt(phi_in / relu)
        std::optional<sketches::TensorSrht::Plan> product;
    };
    std::vector<Layer> layers;
};

namespace {

std::vector<Dense> checked_layers(const Network& network) {
    std::vector<Dense> dense = dense_layers(network);
    if (dense.size() < 2)
        throw InvalidArgument("ntkrf: the network has no hidden layer; use the map 'linear'");
    return dense;
}

Index checked_features(const std::vector<Dense>& dense, KernelKind kind, Index features) {
    const Index bias = dense.back().b_std > 0 ? 1 : 0;
    const Index least = (kind == KernelKind::ntk ? 3 : 1) + bias;
    if (features < least)
        throw InvalidArgument("features: ntkrf needs at least " + std::to_string(least) + ", got " +
                              std::to_string(features));
    return features - bias;
}

}  // namespace

NtkRandomFeatures::NtkRandomFeatures(const Network& network, KernelKind kind, Index features,
                                     Seed seed, Index inputs)
    : NtkRandomFeatures(
          network, kind,
          default_widths(kind, checked_features(checked_layers(network), kind, features)), seed,
          inputs) {}

NtkRandomFeatures::NtkRandomFeatures(const Network& network, KernelKind kind,
                                     const NtkRandomFeatureWidths& widths, Seed seed, Index inputs)
    : dense_(checked_layers(network)), kind_(kind), seed_(seed), inputs_(inputs) {
    if (inputs < 1)
        throw InvalidArgument("ntkrf: expected at least one input, got " + std::to_string(inputs));
    const bool tangent = kind == KernelKind::ntk;
    if (widths.hidden_relu < 1 || widths.last_relu < 1 ||
        (tangent && (widths.step < 1 || widths.hidden_tensor < 1 || widths.last_tensor < 1)))
        throw InvalidArgument("ntkrf: every width must be at least 1");
    Index phi = inputs + (dense_.front().b_std > 0 ? 1 : 0);
    Index psi = phi;
    for (std::size_t l = 1; l < dense_.size(); ++l) {
        const bool last = l + 1 == dense_.size();
        shapes_.push_back({.phi_in = phi,
                           .psi_in = psi,
                           .relu = last ? widths.last_relu : widths.hidden_relu,
                           .bias = dense_[l].b_std > 0 ? 1 : 0,
                           .step = tangent ? widths.step : 0,
                           .tensor = !tangent ? 0
                                     : last   ? widths.last_tensor
                                              : widths.hidden_tensor});
        phi = shapes_.back().phi_out();
        psi = shapes_.back().psi_out();
    }
    features_ = psi;
}

NtkRandomFeatures::~NtkRandomFeatures() = default;

NtkRandomFeatureWidths NtkRandomFeatures::default_widths(KernelKind kind, Index features) {
    if (kind == KernelKind::nngp)
        return {.hidden_relu = features,
                .last_relu = features,
                .step = 0,
                .hidden_tensor = 0,
                .last_tensor = 0};
    const Index half = std::max<Index>(1, features / 2);
    return {.hidden_relu = half,
            .last_relu = half,
            .step = std::max<Index>(1, features / 4),
            .hidden_tensor = half,
            .last_tensor = features - half};
}

std::int64_t NtkRandomFeatures::bytes(int threads) const {
    std::int64_t shared = 0;
    Index widest_psi = 0;
    Index most_directions = 0;
    Index most_steps = 0;
    for (const LayerShape& shape : shapes_) {
        shared += float_bytes(shape.directions() * shape.phi_in);
        if (shape.tensor > 0) shared += shape.product(seed_).bytes();
        widest_psi = std::max({widest_psi, shape.psi_in, shape.psi_out()});
        most_directions = std::max(most_directions, shape.directions());
        most_steps = std::max(most_steps, shape.step);
    }
    const Index for_each_row = 2 * widest_psi + most_directions + most_steps;
    return shared + threads * float_bytes(tile_rows * for_each_row + 2 * (widest_psi + most_steps));
}

double NtkRandomFeatures::flops_per_row() const {
    double flops = static_cast<double>(inputs_);
    for (const LayerShape& shape : shapes_) {
        flops += 2.0 * static_cast<double>(shape.directions() * shape.phi_in);
        if (shape.tensor > 0) flops += shape.product(seed_).flops(1);
    }
    return flops;
}

const NtkRandomFeatures::Drawn& NtkRandomFeatures::drawn() const {
    std::call_once(draw_once_, [&] {
        auto drawn = std::make_unique<Drawn>();
        for (std::size_t l = 0; l < shapes_.size(); ++l) {
            const LayerShape& shape = shapes_[l];
            const Seed seed = seed_.child(static_cast<std::uint32_t>(l));
            Drawn::Layer layer{Matrix<float>(shape.directions(), shape.phi_in), std::nullopt};
            sketches::SphericalDirections(shape.directions(), shape.phi_in, seed.child(0))
                .fill(0, layer.directions.view());
            const auto scale = static_cast<float>(
                dense_[l + 1].w_std *
                std::sqrt(static_cast<double>(shape.phi_in) / static_cast<double>(shape.relu)));
            for (Index k = 0; k < shape.relu; ++k)
                for (float& entry : layer.directions.row(k)) entry *= scale;
            if (shape.tensor > 0) layer.product.emplace(shape.product(seed.child(1)));
            drawn->layers.push_back(std::move(layer));
        }
        drawn_ = std::move(drawn);
    });
    return *drawn_;
}

// One tile of rows on its way through the layers, and the memory it needs.
class NtkRandomFeatures::Tile {
  public:
    explicit Tile(const NtkRandomFeatures& map) : map_(map), drawn_(map.drawn()) {
        Index widest_psi = 0;
        Index most_directions = 0;
        Index most_steps = 0;
        for (std::size_t l = 0; l < map.shapes_.size(); ++l) {
            const LayerShape& shape = map.shapes_[l];
            widest_psi = std::max(widest_psi, shape.psi_in);
            most_directions = std::max(most_directions, shape.directions());
            most_steps = std::max(most_steps, shape.step);
            const auto& product = drawn_.layers[l].product;
            if (product) workspaces_.emplace_back(product->workspace());
        }
        psi_ = Matrix<float>(tile_rows, widest_psi);
        next_psi_ = Matrix<float>(tile_rows, widest_psi);
        projections_ = Matrix<float>(tile_rows, most_directions);
        steps_ = Matrix<float>(tile_rows, most_steps);
    }

    void map(MatrixView<const float> x, MatrixView<float> out) {
        rows_ = x.rows();
        first_dense(x);
        for (std::size_t l = 0; l < map_.shapes_.size(); ++l) {
            const bool last = l + 1 == map_.shapes_.size();
            hidden_layer(l, last ? out
                                 : next_psi_.view().middle_rows(0, rows_).middle_columns(
                                       0, map_.shapes_[l].psi_out()));
            std::swap(psi_, next_psi_);
        }
    }

  private:
    void first_dense(MatrixView<const float> x) {
        const Dense& dense = map_.dense_.front();
        const auto scale =
            static_cast<float>(dense.w_std / std::sqrt(static_cast<double>(map_.inputs_)));
        for (Index i = 0; i < rows_; ++i) {
            for (Index j = 0; j < map_.inputs_; ++j) psi_(i, j) = scale * x(i, j);
            if (dense.b_std > 0) psi_(i, map_.inputs_) = static_cast<float>(dense.b_std);
        }
    }

    void hidden_layer(std::size_t l, MatrixView<float> out) {
        const LayerShape& shape = map_.shapes_[l];
        const Dense& dense = map_.dense_[l + 1];
        const MatrixView<float> projections =
            projections_.view().middle_columns(0, shape.directions());
        as_eigen(projections).noalias() = as_eigen(psi_.view().middle_columns(0, shape.phi_in)) *
                                          as_eigen(drawn_.layers[l].directions).transpose();
        for (Index i = 0; i < rows_; ++i) {
            rectify(projections.row(i).data(), out.row(i).data(), shape.relu);
            if (shape.bias > 0) out(i, shape.relu) = static_cast<float>(dense.b_std);
        }
        if (shape.tensor > 0) tensor_product(l, projections, out);
    }

    void tensor_product(std::size_t l, MatrixView<const float> projections, MatrixView<float> out) {
        const LayerShape& shape = map_.shapes_[l];
        const MatrixView<float> steps =
            steps_.view().middle_rows(0, rows_).middle_columns(0, shape.step);
        const auto height = static_cast<float>(1 / std::sqrt(static_cast<double>(shape.step)));
        for (Index i = 0; i < rows_; ++i)
            step(projections.row(i).data() + shape.relu, height, steps.row(i).data(), shape.step);
        drawn_.layers[l].product->apply(
            psi_.view().middle_rows(0, rows_).middle_columns(0, shape.psi_in), steps,
            out.middle_columns(shape.phi_out(), shape.tensor),
            static_cast<float>(map_.dense_[l + 1].w_std), workspaces_[l]);
    }

    const NtkRandomFeatures& map_;
    const Drawn& drawn_;
    std::vector<sketches::TensorSrht::Workspace> workspaces_;
    Matrix<float> psi_;
    Matrix<float> next_psi_;
    Matrix<float> projections_;
    Matrix<float> steps_;
    Index rows_ = 0;
};

void NtkRandomFeatures::map_rows(MatrixView<const float> x, MatrixView<float> out,
                                 const Execution& execution) const {
    use_blas_on_one_thread();
    static_cast<void>(drawn());
    // Each thread takes a share of the tiles, so that it sets up its memory once.
    const Index tiles = (x.rows() + tile_rows - 1) / tile_rows;
    const Index shares = std::min<Index>(thread_count(execution), tiles);
    parallel_for(execution, shares, [&](Index share) {
        Tile tile(*this);
        for (Index t = share; t < tiles; t += shares) {
            const Index first = t * tile_rows;
            const Index count = std::min(tile_rows, x.rows() - first);
            tile.map(x.middle_rows(first, count), out.middle_rows(first, count));
        }
    });
}

}  // namespace sketchntk
