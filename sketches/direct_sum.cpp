#include "sketches/checks.hpp"
#include "sketches/parts.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/direct_sum.hpp>

#include <utility>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<DirectSum>);

constexpr const char* direct_sum_name = "direct_sum";

}  // namespace

DirectSum::DirectSum(std::vector<AnySketch> parts) : parts_(std::move(parts)) {
    if (parts_.empty()) throw InvalidArgument("direct_sum: parts: expected at least one");
    for (const AnySketch& part : parts_) {
        if (part.input_dimension() == input_dimension()) continue;
        throw DimensionMismatch("direct_sum: parts: expected " + std::to_string(input_dimension()) +
                                " inputs as in the first, got " +
                                std::to_string(part.input_dimension()));
    }
}

Index DirectSum::output_dimension() const {
    Index sum = 0;
    for (const AnySketch& part : parts_) sum += part.output_dimension();
    return sum;
}

std::int64_t DirectSum::bytes() const {
    std::int64_t sum = 0;
    for (const AnySketch& part : parts_) sum += part.bytes();
    return sum;
}

double DirectSum::flops(Index rows) const {
    double sum = 0;
    for (const AnySketch& part : parts_) sum += part.flops(rows);
    return sum;
}

OperatorDescription DirectSum::description() const {
    return describe_parts(direct_sum_name, *this, parts_);
}

DirectSum DirectSum::from_description(const OperatorDescription& description) {
    DirectSum sum(described_parts(direct_sum_name, description));
    check_described_shape(description, sum);
    return sum;
}

DirectSum::Plan::Plan(const DirectSum& distribution) : distribution_(distribution) {
    for (const AnySketch& part : distribution_.parts()) plans_.emplace_back(part);
}

template <typename Rows>
void DirectSum::Plan::apply_parts(const Rows& x, MatrixView<float> out,
                                  const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, distribution_.input_dimension(),
                 distribution_.output_dimension());
    Index first = 0;
    for (const AnySketch::Plan& plan : plans_) {
        const Index count = plan.distribution().output_dimension();
        plan.apply(x, out.middle_columns(first, count), execution);
        first += count;
    }
}

void DirectSum::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                            const Execution& execution) const {
    apply_parts(x, out, execution);
}

void DirectSum::Plan::apply(SparseRowsView x, MatrixView<float> out,
                            const Execution& execution) const {
    apply_parts(x, out, execution);
}

}  // namespace sketchntk::sketches
