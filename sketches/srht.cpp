#include "sketches/checks.hpp"
#include "sketches/power_of_two.hpp"
#include "sketches/sample_without_replacement.hpp"
#include "sketches/signed_rows.hpp"
#include "sketches/stream_numbers.hpp"
#include "sketches/variance_terms.hpp"

#include <sketchntk/sketches/srht.hpp>
#include <sketchntk/sketches/walsh_hadamard.hpp>

#include <cmath>
#include <vector>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<Srht>);
static_assert(KnownVariance<Srht>);

constexpr const char* srht_name = "srht";
constexpr Index longest = Index{1} << 24;

}  // namespace

struct Srht::Plan::Drawn {
    AlignedVector<float> signs;
    std::vector<std::int32_t> rows;
};

Srht::Srht(Index inputs, Index outputs, Seed seed)
    : inputs_(checked_dimension("inputs", inputs, 1, longest)),
      outputs_(checked_dimension("outputs", outputs, 1, next_power_of_two(inputs))),
      seed_(seed) {}

Index Srht::padded_dimension() const {
    return next_power_of_two(inputs_);
}

std::int64_t Srht::bytes() const {
    return inputs_ * static_cast<Index>(sizeof(float)) +
           outputs_ * static_cast<Index>(sizeof(std::int32_t));
}

double Srht::flops(Index rows) const {
    const auto n = static_cast<double>(padded_dimension());
    return static_cast<double>(rows) *
           (n * std::log2(n) + static_cast<double>(inputs_) + static_cast<double>(outputs_));
}

OperatorDescription Srht::description() const {
    return {.name = srht_name, .inputs = inputs_, .outputs = outputs_, .seed = seed_};
}

Srht Srht::from_description(const OperatorDescription& description) {
    OptionReader(description, srht_name).finish();
    return {description.inputs, description.outputs, description.seed};
}

double Srht::variance(std::span<const float> x, std::span<const float> y) const {
    const double terms = variance_terms(x, y, inputs_).of_signs();
    const auto n = static_cast<double>(padded_dimension());
    const auto m = static_cast<double>(outputs_);
    return n == 1 ? 0 : (n - m) / (m * (n - 1)) * terms;
}

Srht::Plan::Plan(const Srht& distribution) : distribution_(distribution) {
    Drawn drawn{
        AlignedVector<float>(static_cast<std::size_t>(distribution.inputs_)),
        sample_without_replacement(RandomStream(distribution.seed_, stream_number::srht_rows), 0,
                                   distribution.padded_dimension(), distribution.outputs_)};
    RandomStream(distribution.seed_, stream_number::srht_signs).fill_signs(0, 0, drawn.signs);
    drawn_ = std::make_shared<const Drawn>(std::move(drawn));
}

template <typename Rows>
void Srht::Plan::apply_rows(const Rows& x, MatrixView<float> out,
                            const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, distribution_.inputs_, distribution_.outputs_);
    const auto scale =
        static_cast<float>(1 / std::sqrt(static_cast<double>(distribution_.outputs_)));
    const auto transform_and_choose = [&](std::span<float> row, Index i) {
        walsh_hadamard_transform(row);
        float* result = out.row(i).data();
        for (std::size_t k = 0; k < drawn_->rows.size(); ++k) {
            result[k] = scale * row[static_cast<std::size_t>(drawn_->rows[k])];
        }
    };
    for_each_signed_row(x, drawn_->signs, distribution_.padded_dimension(), execution,
                        [&] { return transform_and_choose; });
}

void Srht::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                       const Execution& execution) const {
    apply_rows(x, out, execution);
}

void Srht::Plan::apply(SparseRowsView x, MatrixView<float> out, const Execution& execution) const {
    apply_rows(x, out, execution);
}

}  // namespace sketchntk::sketches
