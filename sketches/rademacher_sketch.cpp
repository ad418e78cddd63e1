#include "sketches/checks.hpp"
#include "sketches/dense_plan.hpp"
#include "sketches/stream_numbers.hpp"
#include "sketches/variance_terms.hpp"

#include <sketchntk/sketches/rademacher_sketch.hpp>

#include <cmath>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<RademacherSketch>);
static_assert(ExplicitOperator<RademacherSketch>);
static_assert(KnownVariance<RademacherSketch>);

constexpr const char* rademacher_name = "rademacher";

}  // namespace

RademacherSketch::RademacherSketch(Index inputs, Index outputs, Seed seed)
    : inputs_(inputs), outputs_(outputs), seed_(seed) {
    static_cast<void>(DensePlan::checked_shape(inputs, outputs));
}

std::int64_t RademacherSketch::bytes() const {
    return DensePlan::Shape{inputs_, outputs_}.bytes();
}

double RademacherSketch::flops(Index rows) const {
    return DensePlan::Shape{inputs_, outputs_}.flops(rows);
}

OperatorDescription RademacherSketch::description() const {
    return {.name = rademacher_name, .inputs = inputs_, .outputs = outputs_, .seed = seed_};
}

RademacherSketch RademacherSketch::from_description(const OperatorDescription& description) {
    OptionReader(description, rademacher_name).finish();
    return {description.inputs, description.outputs, description.seed};
}

void RademacherSketch::fill(Index first_input, Index first_output, MatrixView<float> block) const {
    check_block(first_input, first_output, block, inputs_, outputs_);
    const RandomStream stream(seed_, stream_number::rademacher_entries);
    const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(outputs_)));
    for (Index a = 0; a < block.rows(); ++a) {
        stream.fill_signs(first_input + a, first_output, block.row(a));
        for (float& entry : block.row(a)) entry *= scale;
    }
}

double RademacherSketch::variance(std::span<const float> x, std::span<const float> y) const {
    const VarianceTerms terms = variance_terms(x, y, inputs_);
    return terms.of_signs() / static_cast<double>(outputs_);
}

RademacherSketch::Plan::Plan(const RademacherSketch& distribution)
    : distribution_(distribution),
      matrix_(std::make_shared<const DensePlan>(
          rademacher_name, DensePlan::Shape{distribution.inputs_, distribution.outputs_},
          [distribution](Index first_input, Index first_output, MatrixView<float> block) {
              distribution.fill(first_input, first_output, block);
          })) {}

void RademacherSketch::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                                   const Execution& execution) const {
    matrix_->apply(x, out, execution);
}

void RademacherSketch::Plan::apply(SparseRowsView x, MatrixView<float> out,
                                   const Execution& execution) const {
    matrix_->apply_touched(x, out, execution);
}

}  // namespace sketchntk::sketches
