#include "sketches/sparse_sign_matrix.hpp"

#include <sketchntk/sketches/count_sketch.hpp>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<CountSketch>);
static_assert(ExplicitOperator<CountSketch>);
static_assert(KnownVariance<CountSketch>);

constexpr const char* count_sketch_name = "count_sketch";

SparseSignMatrix matrix_of(const CountSketch& sketch) {
    return {sketch.input_dimension(), sketch.output_dimension(), 1, sketch.seed()};
}

}  // namespace

CountSketch::CountSketch(Index inputs, Index outputs, Seed seed)
    : inputs_(inputs), outputs_(outputs), seed_(seed) {
    static_cast<void>(matrix_of(*this));  // checks the arguments
}

double CountSketch::flops(Index rows) const {
    return matrix_of(*this).flops(rows);
}

OperatorDescription CountSketch::description() const {
    return {.name = count_sketch_name, .inputs = inputs_, .outputs = outputs_, .seed = seed_};
}

CountSketch CountSketch::from_description(const OperatorDescription& description) {
    OptionReader(description, count_sketch_name).finish();
    return {description.inputs, description.outputs, description.seed};
}

void CountSketch::fill(Index first_input, Index first_output, MatrixView<float> block) const {
    matrix_of(*this).fill(first_input, first_output, block);
}

double CountSketch::variance(std::span<const float> x, std::span<const float> y) const {
    return matrix_of(*this).variance(x, y);
}

void CountSketch::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                              const Execution& execution) const {
    matrix_of(distribution_).apply(x, out, execution);
}

void CountSketch::Plan::apply(SparseRowsView x, MatrixView<float> out,
                              const Execution& execution) const {
    matrix_of(distribution_).apply(x, out, execution);
}

}  // namespace sketchntk::sketches
