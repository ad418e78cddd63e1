#include "core/parallel.hpp"
#include "sketches/checks.hpp"
#include "sketches/chi_norm.hpp"
#include "sketches/power_of_two.hpp"
#include "sketches/signed_rows.hpp"
#include "sketches/stream_numbers.hpp"

#include <sketchntk/sketches/hadamard_directions.hpp>
#include <sketchntk/sketches/walsh_hadamard.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk::sketches {
namespace {

static_assert(RowSketch<HadamardDirections>);

constexpr const char* hadamard_directions_name = "hadamard_directions";
constexpr Index longest = Index{1} << 24;
constexpr Index rounds = 3;
constexpr Index rows_in_tile = 16;

}  // namespace

struct HadamardDirections::Plan::Drawn {
    Matrix<float> signs;          ///< (blocks x rounds) x n, round 0 of a block being D3
    AlignedVector<float> scales;  ///< what the transforms of each output are multiplied by
};

HadamardDirections::HadamardDirections(Index inputs, Index outputs, bool chi_norms, Seed seed)
    : inputs_(checked_dimension("inputs", inputs, 1, longest)),
      outputs_(checked_dimension("outputs", outputs, 1,
                                 std::min(largest_dimension, most_entries / inputs))),
      chi_norms_(chi_norms),
      seed_(seed) {}

Index HadamardDirections::padded_dimension() const {
    return next_power_of_two(inputs_);
}

float HadamardDirections::unit_scale() const {
    return static_cast<float>(
        std::sqrt(static_cast<double>(outputs_) / static_cast<double>(padded_dimension())));
}

Index HadamardDirections::blocks() const {
    const Index n = padded_dimension();
    return (outputs_ + n - 1) / n;
}

std::int64_t HadamardDirections::bytes() const {
    return (rounds * blocks() * padded_dimension() + outputs_) * static_cast<Index>(sizeof(float));
}

double HadamardDirections::flops(Index rows) const {
    const auto n = static_cast<double>(padded_dimension());
    return static_cast<double>(rows * blocks() * rounds) * n * (std::log2(n) + 1);
}

OperatorDescription HadamardDirections::description() const {
    return {.name = hadamard_directions_name,
            .inputs = inputs_,
            .outputs = outputs_,
            .options = {{"chi_norms", std::string(chi_norms_ ? "yes" : "no")}},
            .seed = seed_};
}

HadamardDirections HadamardDirections::from_description(const OperatorDescription& description) {
    OptionReader options(description, hadamard_directions_name);
    const bool chi_norms = options.word("chi_norms", {"no", "yes"}) == "yes";
    options.finish();
    return {description.inputs, description.outputs, chi_norms, description.seed};
}

HadamardDirections::Plan::Plan(const HadamardDirections& distribution)
    : distribution_(distribution) {
    const Index n = distribution.padded_dimension();
    Drawn drawn{Matrix<float>(rounds * distribution.blocks(), n),
                AlignedVector<float>(static_cast<std::size_t>(distribution.outputs_))};
    const RandomStream signs(distribution.seed_, stream_number::hadamard_directions_signs);
    for (Index i = 0; i < drawn.signs.rows(); ++i) signs.fill_signs(i, 0, drawn.signs.row(i));
    // sqrt(n / m) / n^(3/2).
    const double scale =
        1 / (std::sqrt(static_cast<double>(distribution.outputs_)) * static_cast<double>(n));
    const RandomStream norms(distribution.seed_, stream_number::hadamard_directions_norms);
    std::vector<float> buffer(distribution.chi_norms_ ? static_cast<std::size_t>(n) : 0);
    for (Index k = 0; k < distribution.outputs_; ++k) {
        const double norm = distribution.chi_norms_ ? relative_chi_norm(norms, k, buffer) : 1.0;
        drawn.scales[static_cast<std::size_t>(k)] = static_cast<float>(scale * norm);
    }
    drawn_ = std::make_shared<const Drawn>(std::move(drawn));
}

void HadamardDirections::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                                     const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, distribution_.inputs_, distribution_.outputs_);
    const Index n = distribution_.padded_dimension();
    const Index blocks = distribution_.blocks();
    const Drawn& drawn = *drawn_;
    const Index tiles = (x.rows() + rows_in_tile - 1) / rows_in_tile;
    // Blocks are tiles of their own: one row may have many of them.
    parallel_for(execution, tiles * blocks, [&](Index task) {
        const Index block = task % blocks;
        const Index first = task / blocks * rows_in_tile;
        const MatrixView<const float> rows =
            x.middle_rows(first, std::min(rows_in_tile, x.rows() - first));
        if (block == 0) check_finite(rows, first);
        const Index first_output = block * n;
        const Index outputs = std::min(n, distribution_.outputs_ - first_output);
        SignedRow work(n);
        for (Index i = 0; i < rows.rows(); ++i) {
            work.load(rows.row(i), drawn.signs.row(rounds * block));
            const std::span<float> entries = work.entries();
            walsh_hadamard_transform(entries);
            for (Index round = 1; round < rounds; ++round) {
                multiply_entries(entries, drawn.signs.row(rounds * block + round), entries);
                walsh_hadamard_transform(entries);
            }
            const auto used = static_cast<std::size_t>(outputs);
            multiply_entries(
                entries.first(used),
                std::span(drawn.scales).subspan(static_cast<std::size_t>(first_output)),
                out.row(first + i).subspan(static_cast<std::size_t>(first_output)));
        }
    });
}

}  // namespace sketchntk::sketches
