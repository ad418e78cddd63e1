#include "features/drawn_sketch.hpp"
#include "features/nonnegative_polynomial.hpp"
#include "features/row_tiles.hpp"
#include "features/sketch_bytes.hpp"
#include "features/unit_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/ntk_polynomial_sketch.hpp>
#include <sketchntk/kernels/kernel_curve.hpp>
#include <sketchntk/sketches/polynomial_sketch.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

std::vector<Dense> checked_layers(const Network& network, bool rows_have_unit_mean_square) {
    std::vector<Dense> dense = dense_layers(network);
    if (dense.size() < 2)
        throw InvalidArgument("ntksketch: the network has no hidden layer; use the map 'linear'");
    if (!is_homogeneous(network) && !rows_have_unit_mean_square)
        throw InvalidArgument(
            "ntksketch: with a bias after the first layer the kernel depends on the rows' lengths; "
            "give all rows one length with --normalise rows, or use ntksketch(form=layers)");
    return dense;
}

// Of x~ for all rows, where the kernel depends on it.
double squared_length(const Network& network, const Dense& first) {
    return is_homogeneous(network) ? 1 : first.w_std * first.w_std + first.b_std * first.b_std;
}

}  // namespace

// The terms that are not exact.
struct NtkPolynomialSketch::Sketch : DrawnSketch<sketches::PolynomialSketch> {
    using DrawnSketch::DrawnSketch;
};

NtkPolynomialSketch::NtkPolynomialSketch(const Network& network, KernelKind kind,
                                         bool rows_have_unit_mean_square,
                                         const NtkPolynomialSketchOptions& options, Index features,
                                         Seed seed, Index inputs)
    : first_(checked_layers(network, rows_have_unit_mean_square).front()),
      inputs_(inputs),
      features_(features) {
    if (inputs < 1)
        throw InvalidArgument("ntksketch: expected at least one input, got " +
                              std::to_string(inputs));
    const double square = squared_length(network, first_);
    const double one = 1;
    const double diagonal = kernel_curve(network, kind, square, {&one, 1}).front() / square;
    if (!(diagonal > 0)) throw InvalidArgument("ntksketch: the kernel of this network is zero");
    coefficients_ = kernel_polynomial(network, kind, square, options.degree);
    missing_share_ = 1 - evaluate_polynomial(coefficients_, 1) / diagonal;

    const Index dimension = inputs + (first_.b_std > 0 ? 1 : 0);
    const bool exact = options.linear == LinearTerm::exact ||
                       (options.linear == LinearTerm::automatic && 2 * dimension <= features);
    std::vector<double> sketched = coefficients_;
    if (exact && sketched.size() > 1) {
        linear_columns_ = dimension;
        sketched[1] = 0;
    }
    if (std::all_of(sketched.begin(), sketched.end(), [](double b) { return b == 0; })) return;
    const Index least = linear_columns_ + (sketched[0] > 0 ? 2 : 1);
    if (features < least)
        throw InvalidArgument("features: ntksketch needs at least " + std::to_string(least) +
                              " here, got " + std::to_string(features));
    sketch_ = std::make_unique<const Sketch>(sketches::PolynomialSketch(
        dimension, features - linear_columns_, sketched, {.node_width = options.node_width}, seed));
}

NtkPolynomialSketch::~NtkPolynomialSketch() = default;

std::int64_t NtkPolynomialSketch::bytes(int threads) const {
    const Index dimension = inputs_ + (first_.b_std > 0 ? 1 : 0);
    const SketchBytes sketch = sketch_ ? sketch_bytes(sketch_->distribution()) : SketchBytes{};
    return sketch.shared + threads * (sketch.of_thread + UnitRows::bytes(row_tile, dimension));
}

std::int64_t NtkPolynomialSketch::sparse_bytes(int threads, Index entries) const {
    const SketchBytes sketch = sketch_ ? sketch_bytes(sketch_->distribution()) : SketchBytes{};
    return sketch.shared + threads * (sketch.of_thread + UnitRows::sparse_bytes(row_tile, entries));
}

double NtkPolynomialSketch::flops_per_row() const {
    return 4.0 * static_cast<double>(inputs_ + features_) +
           (sketch_ ? sketch_->distribution().flops(1) : 0);
}

// What one thread needs for its tiles of rows.
class NtkPolynomialSketch::Tile {
  public:
    explicit Tile(const NtkPolynomialSketch& map)
        : map_(map),
          rows_(map.first_, map.inputs_),
          linear_scale_(map.linear_columns_ > 0 ? std::sqrt(map.coefficients_[1]) : 0) {}

    template <typename Rows>
    void operator()(const Rows& x, MatrixView<float> out) {
        const Rows unit = rows_.of(x);
        const Index linear = map_.linear_columns_;
        if (linear > 0) write_linear(unit, out.middle_columns(0, linear));
        const MatrixView<float> others = out.middle_columns(linear, map_.features_ - linear);
        if (map_.sketch_) {
            map_.sketch_->plan().apply(unit, others, Execution{.threads = 1});
            scale_by_lengths(others);
        } else {
            for (Index i = 0; i < others.rows(); ++i) std::ranges::fill(others.row(i), 0.0F);
        }
    }

  private:
    void write_linear(MatrixView<const float> unit, MatrixView<float> out) const {
        for (Index i = 0; i < unit.rows(); ++i) {
            const auto scale = static_cast<float>(linear_scale_ * length(i));
            for (Index j = 0; j < unit.columns(); ++j) out(i, j) = scale * unit(i, j);
        }
    }

    void write_linear(SparseRowsView unit, MatrixView<float> out) const {
        for (Index i = 0; i < unit.rows(); ++i) {
            std::ranges::fill(out.row(i), 0.0F);
            const auto scale = static_cast<float>(linear_scale_ * length(i));
            const SparseRowsView::Row row = unit.row(i);
            for (std::size_t k = 0; k < row.values.size(); ++k)
                out(i, row.columns[k]) = scale * row.values[k];
        }
    }

    void scale_by_lengths(MatrixView<float> out) const {
        for (Index i = 0; i < out.rows(); ++i) {
            const auto scale = static_cast<float>(length(i));
            for (float& value : out.row(i)) value *= scale;
        }
    }

    double length(Index row) const { return rows_.lengths()[static_cast<std::size_t>(row)]; }

    const NtkPolynomialSketch& map_;
    UnitRows rows_;
    double linear_scale_;
};

template <typename Rows>
void NtkPolynomialSketch::map(const Rows& x, MatrixView<float> out,
                              const Execution& execution) const {
    if (sketch_) static_cast<void>(sketch_->plan());
    map_tiles(x, out, execution, [this] { return Tile(*this); });
}

void NtkPolynomialSketch::map_rows(MatrixView<const float> x, MatrixView<float> out,
                                   const Execution& execution) const {
    map(x, out, execution);
}

void NtkPolynomialSketch::map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                                          const Execution& execution) const {
    map(x, out, execution);
}

}  // namespace sketchntk
