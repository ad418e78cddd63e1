#include "sketches/checks.hpp"
#include "sketches/parts.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/composition.hpp>
#include <sketchntk/sketches/fourier_srht.hpp>

#include <algorithm>
#include <utility>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<Composition>);

constexpr const char* composition_name = "composition";
constexpr Index rows_between = 1024;
constexpr std::uint32_t compression_seed = 0xffffffffU;

}  // namespace

Composition::Composition(AnySketch first, AnySketch second)
    : first_(std::move(first)), second_(std::move(second)) {
    if (first_.output_dimension() != second_.input_dimension()) {
        throw DimensionMismatch("composition: expected a second sketch of " +
                                std::to_string(first_.output_dimension()) + " inputs, got " +
                                std::to_string(second_.input_dimension()));
    }
}

std::int64_t Composition::bytes() const {
    return first_.bytes() + second_.bytes() +
           rows_between * first_.output_dimension() * static_cast<Index>(sizeof(float));
}

double Composition::flops(Index rows) const {
    return first_.flops(rows) + second_.flops(rows);
}

OperatorDescription Composition::description() const {
    return describe_parts(composition_name, *this, {first_, second_});
}

Composition Composition::from_description(const OperatorDescription& description) {
    const std::vector<AnySketch> parts = described_parts(composition_name, description);
    if (parts.size() != 2) {
        throw InvalidArgument("composition: parts: expected two, got " +
                              std::to_string(parts.size()));
    }
    Composition composition(parts.front(), parts.back());
    check_described_shape(description, composition);
    return composition;
}

Composition::Plan::Plan(const Composition& distribution)
    : distribution_(distribution), first_(distribution.first()), second_(distribution.second()) {}

template <typename Rows>
void Composition::Plan::apply_both(const Rows& x, MatrixView<float> out,
                                   const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, distribution_.input_dimension(),
                 distribution_.output_dimension());
    // The whole is checked first so that an error names a row of x and not one of a part of it.
    check_finite(x);
    for (Index first = 0; first < x.rows(); first += rows_between) {
        const Index count = std::min(rows_between, x.rows() - first);
        Matrix<float> between(count, distribution_.first().output_dimension());
        first_.apply(x.middle_rows(first, count), between.view(), execution);
        second_.apply(between.view(), out.middle_rows(first, count), execution);
    }
}

void Composition::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                              const Execution& execution) const {
    apply_both(x, out, execution);
}

void Composition::Plan::apply(SparseRowsView x, MatrixView<float> out,
                              const Execution& execution) const {
    apply_both(x, out, execution);
}

AnySketch compress(const AnySketch& sketch, Index outputs) {
    if (sketch.output_dimension() <= outputs) return sketch;
    return Composition(sketch, FourierSrht(sketch.output_dimension(), outputs,
                                           sketch.seed().child(compression_seed)));
}

}  // namespace sketchntk::sketches
