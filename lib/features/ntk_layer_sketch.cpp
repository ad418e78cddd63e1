#include "features/drawn_sketch.hpp"
#include "features/nonnegative_polynomial.hpp"
#include "features/row_length.hpp"
#include "features/row_tiles.hpp"
#include "features/sketch_bytes.hpp"
#include "features/unit_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/ntk_layer_sketch.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

using Polynomial = DrawnSketch<sketches::PolynomialSketch>;
using Product = DrawnSketch<sketches::PolynomialProductSketch>;

const Execution this_thread{.threads = 1};

// What the rows' lengths make of a layer: q_l, a_l and b_l / sqrt(q_l).
struct Step {
    double q;
    double activation;
    double bias;
};

Step step_of(const Dense& dense, double q_before) {
    const double of_activation = dense.w_std * dense.w_std * q_before / 2;
    const double q = of_activation + dense.b_std * dense.b_std;
    if (q == 0) return {0, 0, 0};
    return {q, std::sqrt(of_activation / q), dense.b_std / std::sqrt(q)};
}

// p1 + u p0, or p1 alone where the first layer is frozen, and so on.
std::vector<double> first_polynomial(const std::vector<double>& kappa1,
                                     const std::vector<double>& kappa0, bool first_trained,
                                     bool second_trained) {
    std::vector<double> sum(std::max(kappa1.size(), kappa0.size() + 1), 0.0);
    if (second_trained) std::copy(kappa1.begin(), kappa1.end(), sum.begin());
    if (first_trained)
        for (std::size_t j = 0; j < kappa0.size(); ++j) sum[j + 1] += kappa0[j];
    return sum;
}

}  // namespace

// A hidden layer. phi is made only where a later layer needs it or psi holds it; psi is laid out as
// [phi, product], in the first layer as [sum of the two polynomials, bias].
struct NtkLayerSketch::Layer {
    Dense dense;
    bool bias_in_psi = false;
    Index psi_columns = 0;
    Index phi_columns = 0;
    std::unique_ptr<const Polynomial> phi;
    std::unique_ptr<const Polynomial> first_psi;
    std::unique_ptr<const Product> product;

    Index bias() const { return dense.b_std > 0 ? 1 : 0; }

    template <typename Use>
    void for_each_sketch(const Use& use) const {
        if (phi) use(*phi);
        if (first_psi) use(*first_psi);
        if (product) use(*product);
    }
};

NtkLayerSketch::NtkLayerSketch(const Network& network, KernelKind kind,
                               const NtkLayerSketchOptions& options, Index features, Seed seed,
                               Index inputs)
    : dense_(dense_layers(network)),
      kind_(kind),
      inputs_(inputs),
      features_(features),
      seed_(seed) {
    if (dense_.size() < 2)
        throw InvalidArgument("ntksketch: the network has no hidden layer; use the map 'linear'");
    if (inputs < 1)
        throw InvalidArgument("ntksketch: expected at least one input, got " +
                              std::to_string(inputs));
    if (kind == KernelKind::ntk &&
        std::none_of(dense_.begin(), dense_.end(), [](const Dense& d) { return d.trained; }))
        throw InvalidArgument("ntksketch: an NTK needs a layer that is trained, got none");
    kappa1_ = options.taylor ? arc_cosine_1_taylor(options.degree)
                             : nonnegative_polynomial(arc_cosine_1, options.degree);
    kappa0_ = options.taylor ? arc_cosine_0_taylor(options.degree - 1)
                             : nonnegative_polynomial(arc_cosine_0, options.degree - 1);
    const Index hidden = options.hidden_width > 0 ? options.hidden_width : features;
    for (std::size_t l = 1; l < dense_.size(); ++l) {
        const bool last = l + 1 == dense_.size();
        layers_.push_back(
            layer(l, last ? features : hidden, layers_.empty() ? nullptr : &layers_.back()));
    }
}

NtkLayerSketch::~NtkLayerSketch() = default;

NtkLayerSketch::Layer NtkLayerSketch::layer(std::size_t l, Index columns,
                                            const Layer* before) const {
    const bool tangent = kind_ == KernelKind::ntk;
    const bool last = l + 1 == dense_.size();
    const Seed seed = seed_.child(static_cast<std::uint32_t>(l));
    Layer layer;
    layer.dense = dense_[l];
    const bool phi_in_psi = tangent && layer.dense.trained;
    const bool first_term = tangent && before == nullptr && dense_.front().trained;
    const bool product = before != nullptr && before->psi_columns > 0;
    const Index least = (product ? 2 : 1) + (phi_in_psi ? 2 : 1) + layer.bias();
    if (columns < least)
        throw InvalidArgument("features: ntksketch(form=layers) needs at least " +
                              std::to_string(least) + " columns in layer " + std::to_string(l + 1) +
                              ", got " + std::to_string(columns));
    const Index dimension =
        before != nullptr ? before->phi_columns : UnitRows(dense_.front(), inputs_).dimension();

    // Of the columns of psi (of phi, for the NNGP), phi and the product get half each.
    const bool direct = tangent && before == nullptr;
    if (!last || !tangent || (phi_in_psi && !direct)) {
        const bool halved = tangent && (product || direct);
        const Index outputs = (halved ? columns / 2 : columns) - layer.bias();
        layer.phi = std::make_unique<const Polynomial>(sketches::PolynomialSketch(
            dimension, std::max<Index>(outputs, 2), kappa1_, seed.child(0)));
        layer.phi_columns = layer.phi->distribution().output_dimension() + layer.bias();
    }
    if (!tangent) return layer;
    if (direct) {
        if (!first_term && !phi_in_psi) return layer;
        layer.bias_in_psi = phi_in_psi && layer.bias() > 0;
        layer.first_psi = std::make_unique<const Polynomial>(sketches::PolynomialSketch(
            dimension, columns - (layer.bias_in_psi ? 1 : 0),
            first_polynomial(kappa1_, kappa0_, first_term, phi_in_psi), seed.child(1)));
        layer.psi_columns = columns;
        return layer;
    }
    const Index of_phi = phi_in_psi ? layer.phi_columns : 0;
    if (product)
        layer.product = std::make_unique<const Product>(sketches::PolynomialProductSketch(
            dimension, before->psi_columns, columns - of_phi, kappa0_, seed.child(2)));
    layer.psi_columns = of_phi + (product ? columns - of_phi : 0);
    return layer;
}

std::int64_t NtkLayerSketch::bytes(int threads, std::int64_t of_unit_rows) const {
    std::int64_t shared = 0;
    std::int64_t of_thread = 0;
    Index columns = 0;
    for (const Layer& layer : layers_) {
        layer.for_each_sketch([&](const auto& sketch) {
            const SketchBytes bytes = sketch_bytes(sketch.distribution());
            shared += bytes.shared;
            of_thread = std::max(of_thread, bytes.of_thread);
        });
        columns = std::max(columns, layer.phi_columns + layer.psi_columns);
    }
    return shared + threads * (of_thread + of_unit_rows + 4 * row_tile * 2 * columns);
}

std::int64_t NtkLayerSketch::bytes(int threads) const {
    return bytes(threads, UnitRows::bytes(row_tile, UnitRows(dense_.front(), inputs_).dimension()));
}

std::int64_t NtkLayerSketch::sparse_bytes(int threads, Index entries) const {
    return bytes(threads, UnitRows::sparse_bytes(row_tile, entries));
}

double NtkLayerSketch::flops_per_row() const {
    double flops = 4.0 * static_cast<double>(inputs_ + features_);
    for (const Layer& layer : layers_)
        layer.for_each_sketch([&](const auto& sketch) { flops += sketch.distribution().flops(1); });
    return flops;
}

double NtkLayerSketch::missing_share() const {
    const bool tangent = kind_ == KernelKind::ntk;
    double q = std::pow(dense_.front().w_std, 2) + std::pow(dense_.front().b_std, 2);
    double phi = 1;
    double psi = dense_.front().trained ? 1 : 0;
    double whole = psi;
    for (const Layer& layer : layers_) {
        const Step step = step_of(layer.dense, q);
        q = step.q;
        const double activation = step.activation * step.activation;
        psi *= activation * evaluate_polynomial(kappa0_, 1);
        whole *= activation;
        phi = activation * evaluate_polynomial(kappa1_, 1) + step.bias * step.bias;
        if (!layer.dense.trained) continue;
        psi += phi;
        whole += 1;
    }
    return tangent ? 1 - psi / whole : 1 - phi;
}

// A tile of rows on its way through the layers, and the memory it needs.
class NtkLayerSketch::Tile {
  public:
    explicit Tile(const NtkLayerSketch& map) : map_(map), unit_(map.dense_.front(), map.inputs_) {
        Index phi = 0;
        Index psi = 0;
        for (const Layer& layer : map.layers_) {
            phi = std::max(phi, layer.phi_columns);
            psi = std::max(psi, layer.psi_columns);
        }
        phi_ = Matrix<float>(row_tile, phi);
        next_phi_ = Matrix<float>(row_tile, phi);
        psi_ = Matrix<float>(row_tile, psi);
        next_psi_ = Matrix<float>(row_tile, psi);
    }

    template <typename Rows>
    void operator()(const Rows& x, MatrixView<float> out) {
        const Rows unit = unit_.of(x);
        steps_.clear();
        for (const double length : unit_.lengths()) steps_.push_back({length * length, 0, 0});
        for (std::size_t l = 0; l < map_.layers_.size(); ++l) {
            const Layer& layer = map_.layers_[l];
            for (Step& step : steps_) step = step_of(layer.dense, step.q);
            if (l == 0)
                first_layer(layer, unit);
            else
                later_layer(layer, map_.layers_[l - 1]);
            std::swap(phi_, next_phi_);
            std::swap(psi_, next_psi_);
        }
        write_result(out);
    }

  private:
    MatrixView<float> part(Matrix<float>& matrix, Index columns) const {
        return matrix.view()
            .middle_rows(0, static_cast<Index>(steps_.size()))
            .middle_columns(0, columns);
    }

    template <typename Rows>
    void first_layer(const Layer& layer, const Rows& unit) {
        if (layer.phi) write(*layer.phi, unit, part(next_phi_, layer.phi_columns));
        if (layer.first_psi) write(*layer.first_psi, unit, part(next_psi_, layer.psi_columns));
    }

    void later_layer(const Layer& layer, const Layer& before) {
        const MatrixView<float> phi = part(phi_, before.phi_columns);
        scale_to_unit_length(phi);
        const MatrixView<float> next_phi = part(next_phi_, layer.phi_columns);
        if (layer.phi) write(*layer.phi, MatrixView<const float>(phi), next_phi);
        const MatrixView<float> psi = part(next_psi_, layer.psi_columns);
        const Index of_product =
            layer.product ? layer.product->distribution().output_dimension() : 0;
        const Index of_phi = layer.psi_columns - of_product;
        for (Index i = 0; i < psi.rows(); ++i)
            std::copy_n(next_phi.row(i).data(), of_phi, psi.row(i).data());
        if (!layer.product) return;
        const MatrixView<float> product = psi.middle_columns(of_phi, of_product);
        layer.product->plan().apply(MatrixView<const float>(phi), part(psi_, before.psi_columns),
                                    product, this_thread);
        scale_by_activation(product);
    }

    // [a_l sketch(rows), b_l / sqrt(q_l)], the bias where `out` has a column for it.
    template <typename Rows>
    void write(const Polynomial& sketch, const Rows& rows, MatrixView<float> out) {
        const Index columns = sketch.distribution().output_dimension();
        const MatrixView<float> sketched = out.middle_columns(0, columns);
        sketch.plan().apply(rows, sketched, this_thread);
        scale_by_activation(sketched);
        if (out.columns() == columns) return;
        for (Index i = 0; i < out.rows(); ++i)
            out(i, columns) = static_cast<float>(steps_[static_cast<std::size_t>(i)].bias);
    }

    // Its length is known to be 1 but for the sketch's error, which a power would blow up.
    static void scale_to_unit_length(MatrixView<float> phi) {
        for (Index i = 0; i < phi.rows(); ++i) {
            const double squares = sum_of_squares(phi.row(i));
            if (squares == 0) continue;
            const auto scale = static_cast<float>(1 / std::sqrt(squares));
            for (float& value : phi.row(i)) value *= scale;
        }
    }

    void scale_by_activation(MatrixView<float> out) const {
        for (Index i = 0; i < out.rows(); ++i) {
            const auto scale = static_cast<float>(steps_[static_cast<std::size_t>(i)].activation);
            for (float& value : out.row(i)) value *= scale;
        }
    }

    void write_result(MatrixView<float> out) {
        Matrix<float>& result = map_.kind_ == KernelKind::ntk ? psi_ : phi_;
        for (Index i = 0; i < out.rows(); ++i) {
            const auto scale = static_cast<float>(std::sqrt(steps_[static_cast<std::size_t>(i)].q));
            for (Index j = 0; j < out.columns(); ++j) out(i, j) = scale * result(i, j);
        }
    }

    const NtkLayerSketch& map_;
    UnitRows unit_;
    std::vector<Step> steps_;
    Matrix<float> phi_;
    Matrix<float> next_phi_;
    Matrix<float> psi_;
    Matrix<float> next_psi_;
};

template <typename Rows>
void NtkLayerSketch::map(const Rows& x, MatrixView<float> out, const Execution& execution) const {
    for (const Layer& layer : layers_)
        layer.for_each_sketch([](const auto& sketch) { static_cast<void>(sketch.plan()); });
    map_tiles(x, out, execution, [this] { return Tile(*this); });
}

void NtkLayerSketch::map_rows(MatrixView<const float> x, MatrixView<float> out,
                              const Execution& execution) const {
    map(x, out, execution);
}

void NtkLayerSketch::map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                                     const Execution& execution) const {
    map(x, out, execution);
}

}  // namespace sketchntk
