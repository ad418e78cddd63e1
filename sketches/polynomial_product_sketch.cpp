#include "core/finite.hpp"
#include "sketches/checks.hpp"
#include "sketches/poly_rows.hpp"
#include "sketches/polynomial_blocks.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/operator.hpp>
#include <sketchntk/sketches/polynomial_sketch.hpp>

#include <cmath>
#include <string>
#include <utility>

namespace sketchntk::sketches {
namespace {

static_assert(RandomOperator<PolynomialProductSketch>);

constexpr const char* polynomial_product_sketch_name = "polynomial_product_sketch";
/// Child of the sketch's seed; `blocks_of` has child 0.
constexpr std::uint32_t product_seed = 1;
constexpr Index largest_factor = Index{1} << 24;

/// Numbers of the constant and all blocks.
Index polynomial_size(const PolynomialProductSketch& sketch) {
    return blocks_of(sketch).size() + (has_constant(sketch) ? 1 : 0);
}

}  // namespace

PolynomialProductSketch::PolynomialProductSketch(Index inputs, Index factor, Index outputs,
                                                 std::vector<double> coefficients,
                                                 const PolySketchOptions& options, Seed seed)
    : inputs_(inputs),
      factor_(checked_dimension("factor", factor, 1, largest_factor)),
      outputs_(checked_dimension("outputs", outputs)),
      coefficients_(checked_coefficients(std::move(coefficients))),
      options_(polynomial_options(inputs, outputs, coefficients_, options)),
      seed_(seed) {}

PolynomialProductSketch::PolynomialProductSketch(Index inputs, Index factor, Index outputs,
                                                 std::vector<double> coefficients, Seed seed)
    : PolynomialProductSketch(inputs, factor, outputs, std::move(coefficients), PolySketchOptions{},
                              seed) {}

std::int64_t PolynomialProductSketch::bytes() const {
    const Index products = products_behind(outputs_);
    return blocks_of(*this).bytes() +
           LaneFactor::bytes(LaneNumbers::real, polynomial_size(*this), products) +
           LaneFactor::bytes(LaneNumbers::real, factor_, products);
}

double PolynomialProductSketch::flops(Index rows) const {
    constexpr double flops_of_product = 8;
    return static_cast<double>(rows) *
           (blocks_of(*this).flops() +
            lane_transform_flops(polynomial_size(*this), LaneNumbers::real) +
            lane_transform_flops(factor_, LaneNumbers::real) +
            flops_of_product * static_cast<double>(products_behind(outputs_)));
}

OperatorDescription PolynomialProductSketch::description() const {
    return {.name = polynomial_product_sketch_name,
            .inputs = inputs_,
            .outputs = outputs_,
            .options = {{"factor", factor_},
                        {"coefficients", coefficients_},
                        {"node_width", options_.node_width},
                        {"leaf", std::string(leaf_name(options_.leaf))}},
            .seed = seed_};
}

PolynomialProductSketch PolynomialProductSketch::from_description(
    const OperatorDescription& description) {
    OptionReader reader(description, polynomial_product_sketch_name);
    const Index factor = reader.integer("factor", description.inputs, 1, largest_factor);
    std::vector<double> coefficients = reader.numbers("coefficients");
    const PolySketchOptions options = read_poly_sketch_options(reader);
    reader.finish();
    return {description.inputs,      factor,  description.outputs,
            std::move(coefficients), options, description.seed};
}

struct PolynomialProductSketch::Plan::Drawn {
    explicit Drawn(const PolynomialProductSketch& sketch)
        : size(polynomial_size(sketch)),
          blocks(blocks_of(sketch)),
          polynomial(LaneNumbers::real, size, products_behind(sketch.output_dimension()),
                     sketch.seed().child(product_seed), 0),
          factor(LaneNumbers::real, sketch.factor_dimension(),
                 products_behind(sketch.output_dimension()), sketch.seed().child(product_seed), 1),
          last_is_imaginary(last_part_is_imaginary(sketch.seed().child(product_seed))) {}

    Index size;
    PolynomialBlocks::Plan blocks;
    LaneFactor polynomial;
    LaneFactor factor;
    bool last_is_imaginary;
};

/// One thread's work, `row_lanes` rows at a time.
class PolynomialProductSketch::Plan::Evaluation {
  public:
    Evaluation(const PolynomialProductSketch& sketch, const Drawn& drawn)
        : sketch_(sketch),
          drawn_(drawn),
          blocks_(drawn.blocks),
          written_(row_lanes, drawn.size),
          lanes_(static_cast<std::size_t>(
              row_lanes *
              std::max({drawn.size, sketch.factor_dimension(), sketch.output_dimension() + 1}))),
          polynomial_(static_cast<std::size_t>(drawn.polynomial.transformed_size())),
          factor_(static_cast<std::size_t>(drawn.factor.transformed_size())) {}

    template <typename Rows>
    void evaluate(const Rows& x, MatrixView<const float> v, MatrixView<float> out) {
        const MatrixView<float> written = written_.view().middle_rows(0, x.rows());
        MatrixView<float> blocks = written;
        if (has_constant(sketch_)) {
            const auto constant = static_cast<float>(std::sqrt(sketch_.coefficients().front()));
            for (Index i = 0; i < written.rows(); ++i) written(i, 0) = constant;
            blocks = written.middle_columns(1, written.columns() - 1);
        }
        blocks_.evaluate(x, blocks);
        rows_to_lanes(written, lanes_.data());
        drawn_.polynomial.transform(lanes_.data(), polynomial_.data());
        rows_to_lanes(v, lanes_.data());
        drawn_.factor.transform(lanes_.data(), factor_.data());
        const float scale = real_form_scale(out.columns());
        write_real_form(
            [&](Index first, Index last, LaneFactor::Target target) {
                LaneFactor::multiply(drawn_.polynomial, polynomial_.data(), drawn_.factor,
                                     factor_.data(), scale, first, last, target);
            },
            drawn_.last_is_imaginary, lanes_.data(), out);
    }

  private:
    const PolynomialProductSketch& sketch_;
    const Drawn& drawn_;
    PolynomialBlocks::Evaluation blocks_;
    Matrix<float> written_;
    AlignedVector<float> lanes_;
    AlignedVector<float> polynomial_;
    AlignedVector<float> factor_;
};

PolynomialProductSketch::Plan::Plan(const PolynomialProductSketch& distribution)
    : distribution_(distribution), drawn_(std::make_shared<const Drawn>(distribution)) {}

template <typename Rows>
void PolynomialProductSketch::Plan::apply_to(const Rows& x, MatrixView<const float> v,
                                             MatrixView<float> out,
                                             const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, distribution_.input_dimension(),
                 distribution_.output_dimension());
    if (v.rows() != x.rows() || v.columns() != distribution_.factor_dimension()) {
        throw DimensionMismatch("v: expected " + std::to_string(x.rows()) + " x " +
                                std::to_string(distribution_.factor_dimension()) + ", got " +
                                std::to_string(v.rows()) + " x " + std::to_string(v.columns()));
    }
    const auto degree = static_cast<Index>(distribution_.coefficients().size()) - 1;
    for_lanes_of_rows(
        execution, x.rows(), [&] { return Evaluation(distribution_, *drawn_); },
        [&](Evaluation& evaluation, Index first, Index count) {
            const Rows rows = x.middle_rows(first, count);
            const MatrixView<const float> factors = v.middle_rows(first, count);
            check_rows(rows, first);
            refuse_not_finite("v", factors, first);
            evaluation.evaluate(rows, factors, out.middle_rows(first, count));
            check_powers(out.middle_rows(first, count), first, degree);
        });
}

void PolynomialProductSketch::Plan::apply(MatrixView<const float> x, MatrixView<const float> v,
                                          MatrixView<float> out, const Execution& execution) const {
    apply_to(x, v, out, execution);
}

void PolynomialProductSketch::Plan::apply(SparseRowsView x, MatrixView<const float> v,
                                          MatrixView<float> out, const Execution& execution) const {
    apply_to(x, v, out, execution);
}

}  // namespace sketchntk::sketches
