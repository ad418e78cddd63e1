#include "sketches/sparse_sign_matrix.hpp"

#include <sketchntk/sketches/sparse_sign_sketch.hpp>

#include <algorithm>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<SparseSignSketch>);
static_assert(ExplicitOperator<SparseSignSketch>);
static_assert(KnownVariance<SparseSignSketch>);

constexpr const char* sparse_sign_name = "sparse_sign";
constexpr Index default_nonzeros = 8;

SparseSignMatrix matrix_of(const SparseSignSketch& sketch) {
    return {sketch.input_dimension(), sketch.output_dimension(), sketch.nonzeros(), sketch.seed()};
}

}  // namespace

SparseSignSketch::SparseSignSketch(Index inputs, Index outputs, Index nonzeros, Seed seed)
    : inputs_(inputs), outputs_(outputs), nonzeros_(nonzeros), seed_(seed) {
    static_cast<void>(matrix_of(*this));  // checks the arguments
}

double SparseSignSketch::flops(Index rows) const {
    return matrix_of(*this).flops(rows);
}

OperatorDescription SparseSignSketch::description() const {
    return {.name = sparse_sign_name,
            .inputs = inputs_,
            .outputs = outputs_,
            .options = {{"nonzeros", nonzeros_}},
            .seed = seed_};
}

SparseSignSketch SparseSignSketch::from_description(const OperatorDescription& description) {
    OptionReader options(description, sparse_sign_name);
    const Index most = SparseSignMatrix::most_nonzeros(description.outputs);
    const Index nonzeros = options.integer("nonzeros", std::min(default_nonzeros, most), 1, most);
    options.finish();
    return {description.inputs, description.outputs, nonzeros, description.seed};
}

void SparseSignSketch::fill(Index first_input, Index first_output, MatrixView<float> block) const {
    matrix_of(*this).fill(first_input, first_output, block);
}

double SparseSignSketch::variance(std::span<const float> x, std::span<const float> y) const {
    return matrix_of(*this).variance(x, y);
}

void SparseSignSketch::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                                   const Execution& execution) const {
    matrix_of(distribution_).apply(x, out, execution);
}

void SparseSignSketch::Plan::apply(SparseRowsView x, MatrixView<float> out,
                                   const Execution& execution) const {
    matrix_of(distribution_).apply(x, out, execution);
}

}  // namespace sketchntk::sketches
