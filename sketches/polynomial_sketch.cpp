#include "sketches/checks.hpp"
#include "sketches/poly_rows.hpp"
#include "sketches/polynomial_blocks.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/operator.hpp>
#include <sketchntk/sketches/polynomial_sketch.hpp>

#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<PolynomialSketch>);

constexpr const char* polynomial_sketch_name = "polynomial_sketch";
/// Child of the sketch's seed; `blocks_of` has child 0.
constexpr std::uint32_t second_stage_seed = 1;

/// Outputs beside the constant.
Index room(const PolynomialSketch& sketch) {
    return sketch.output_dimension() - (has_constant(sketch) ? 1 : 0);
}

}  // namespace

PolynomialSketch::PolynomialSketch(Index inputs, Index outputs, std::vector<double> coefficients,
                                   const PolySketchOptions& options, Seed seed)
    : inputs_(inputs),
      outputs_(checked_dimension("outputs", outputs)),
      coefficients_(checked_coefficients(std::move(coefficients))),
      options_(polynomial_options(inputs, outputs, coefficients_, options)),
      seed_(seed) {
    if (outputs_ == 1 && coefficients_.size() > 1 && has_constant(*this)) {
        throw InvalidArgument("outputs: expected at least 2 for a constant and other terms, got 1");
    }
}

PolynomialSketch::PolynomialSketch(Index inputs, Index outputs, std::vector<double> coefficients,
                                   Seed seed)
    : PolynomialSketch(inputs, outputs, std::move(coefficients), PolySketchOptions{}, seed) {}

std::int64_t PolynomialSketch::bytes() const {
    const PolynomialBlocks blocks = blocks_of(*this);
    if (blocks.size() <= room(*this)) return blocks.bytes();
    return blocks.bytes() +
           LaneFactor::bytes(LaneNumbers::real, blocks.size(), products_behind(room(*this)));
}

double PolynomialSketch::flops(Index rows) const {
    const PolynomialBlocks blocks = blocks_of(*this);
    const double compression =
        blocks.size() > room(*this) ? lane_transform_flops(blocks.size(), LaneNumbers::real) : 0;
    return static_cast<double>(rows) * (blocks.flops() + compression);
}

OperatorDescription PolynomialSketch::description() const {
    return {.name = polynomial_sketch_name,
            .inputs = inputs_,
            .outputs = outputs_,
            .options = {{"coefficients", coefficients_},
                        {"node_width", options_.node_width},
                        {"leaf", std::string(leaf_name(options_.leaf))}},
            .seed = seed_};
}

PolynomialSketch PolynomialSketch::from_description(const OperatorDescription& description) {
    OptionReader reader(description, polynomial_sketch_name);
    std::vector<double> coefficients = reader.numbers("coefficients");
    const PolySketchOptions options = read_poly_sketch_options(reader);
    reader.finish();
    return {description.inputs, description.outputs, std::move(coefficients), options,
            description.seed};
}

struct PolynomialSketch::Plan::Drawn {
    explicit Drawn(const PolynomialSketch& sketch)
        : size(blocks_of(sketch).size()), blocks(blocks_of(sketch)) {
        if (size <= room(sketch)) return;
        const Seed seed = sketch.seed().child(second_stage_seed);
        compression.emplace(LaneNumbers::real, size, products_behind(room(sketch)), seed, 0);
        last_is_imaginary = last_part_is_imaginary(seed);
    }

    Index size;
    PolynomialBlocks::Plan blocks;
    std::optional<LaneFactor> compression;
    bool last_is_imaginary = false;
};

/// One thread's work, `row_lanes` rows at a time.
class PolynomialSketch::Plan::Evaluation {
  public:
    Evaluation(const PolynomialSketch& sketch, const Drawn& drawn)
        : sketch_(sketch), drawn_(drawn), blocks_(drawn.blocks), written_(row_lanes, drawn.size) {
        if (!drawn.compression) return;
        const auto floats = [](Index numbers) {
            return static_cast<std::size_t>(numbers * row_lanes);
        };
        lanes_.resize(floats(std::max(drawn.size, room(sketch) + 1)));
        transformed_.resize(static_cast<std::size_t>(drawn.compression->transformed_size()));
    }

    template <typename Rows>
    void evaluate(const Rows& rows, MatrixView<float> out) {
        if (has_constant(sketch_)) {
            const auto constant = static_cast<float>(std::sqrt(sketch_.coefficients().front()));
            for (Index i = 0; i < out.rows(); ++i) out(i, 0) = constant;
            out = out.middle_columns(1, out.columns() - 1);
        }
        if (!drawn_.compression) {
            blocks_.evaluate(rows, out.middle_columns(0, drawn_.size));
            for (Index i = 0; i < out.rows(); ++i) {
                std::ranges::fill(out.row(i).subspan(static_cast<std::size_t>(drawn_.size)), 0.0F);
            }
            return;
        }
        const MatrixView<float> written = written_.view().middle_rows(0, rows.rows());
        blocks_.evaluate(rows, written);
        compress(written, out);
    }

  private:
    void compress(MatrixView<const float> blocks, MatrixView<float> out) {
        rows_to_lanes(blocks, lanes_.data());
        drawn_.compression->transform(lanes_.data(), transformed_.data());
        const float scale = real_form_scale(out.columns());
        write_real_form(
            [&](Index first, Index last, LaneFactor::Target target) {
                drawn_.compression->choose(transformed_.data(), scale, first, last, target);
            },
            drawn_.last_is_imaginary, lanes_.data(), out);
    }

    const PolynomialSketch& sketch_;
    const Drawn& drawn_;
    PolynomialBlocks::Evaluation blocks_;
    Matrix<float> written_;
    AlignedVector<float> lanes_;
    AlignedVector<float> transformed_;
};

PolynomialSketch::Plan::Plan(const PolynomialSketch& distribution)
    : distribution_(distribution), drawn_(std::make_shared<const Drawn>(distribution)) {}

template <typename Rows>
void PolynomialSketch::Plan::apply_to(const Rows& x, MatrixView<float> out,
                                      const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, distribution_.input_dimension(),
                 distribution_.output_dimension());
    const auto degree = static_cast<Index>(distribution_.coefficients().size()) - 1;
    for_lanes_of_rows(
        execution, x.rows(), [&] { return Evaluation(distribution_, *drawn_); },
        [&](Evaluation& evaluation, Index first, Index count) {
            const Rows rows = x.middle_rows(first, count);
            check_rows(rows, first);
            evaluation.evaluate(rows, out.middle_rows(first, count));
            check_powers(out.middle_rows(first, count), first, degree);
        });
}

void PolynomialSketch::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                                   const Execution& execution) const {
    apply_to(x, out, execution);
}

void PolynomialSketch::Plan::apply(SparseRowsView x, MatrixView<float> out,
                                   const Execution& execution) const {
    apply_to(x, out, execution);
}

}  // namespace sketchntk::sketches
