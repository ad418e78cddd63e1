#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "sketches/checks.hpp"
#include "sketches/chi_norm.hpp"
#include "sketches/dense_plan.hpp"
#include "sketches/stream_numbers.hpp"
#include "sketches/variance_terms.hpp"

#include <sketchntk/sketches/orthogonal_sketch.hpp>

#include <Eigen/QR>

#include <algorithm>
#include <cmath>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<OrthogonalSketch>);
static_assert(ExplicitOperator<OrthogonalSketch>);
static_assert(KnownVariance<OrthogonalSketch>);

constexpr const char* orthogonal_name = "orthogonal";

/// The leading columns of a Haar-distributed orthogonal matrix, from rows first_row, ... of the
/// stream.
Eigen::MatrixXd haar_columns(const RandomStream& stream, Index first_row, Index inputs,
                             Index columns) {
    // The normal numbers, Q, and what applying the reflections to it takes.
    check_memory("orthogonal: making " + std::to_string(columns) + " orthogonal rows of " +
                     std::to_string(inputs) + " inputs",
                 3 * inputs * columns * static_cast<Index>(sizeof(double)));
    use_blas_on_one_thread();
    Eigen::MatrixXd normal(inputs, columns);
    std::vector<float> column(static_cast<std::size_t>(inputs));
    for (Index i = 0; i < columns; ++i) {
        stream.fill_normal(first_row + i, 0, column);
        normal.col(i) = Eigen::Map<const Eigen::VectorXf>(column.data(), inputs).cast<double>();
    }
    const Eigen::HouseholderQR<Eigen::Ref<Eigen::MatrixXd>> decomposition(normal);
    Eigen::MatrixXd q = decomposition.householderQ() * Eigen::MatrixXd::Identity(inputs, columns);
    // Q is unique, and then uniform, once the diagonal of R is positive.
    for (Index i = 0; i < columns; ++i) {
        if (normal(i, i) < 0) q.col(i) = -q.col(i);
    }
    return q;
}

}  // namespace

OrthogonalSketch::OrthogonalSketch(Index inputs, Index outputs, bool chi_norms, Seed seed)
    : inputs_(inputs), outputs_(outputs), chi_norms_(chi_norms), seed_(seed) {
    static_cast<void>(DensePlan::checked_shape(inputs, outputs));
}

std::int64_t OrthogonalSketch::bytes() const {
    return DensePlan::Shape{inputs_, outputs_}.bytes();
}

double OrthogonalSketch::flops(Index rows) const {
    return DensePlan::Shape{inputs_, outputs_}.flops(rows);
}

OperatorDescription OrthogonalSketch::description() const {
    return {.name = orthogonal_name,
            .inputs = inputs_,
            .outputs = outputs_,
            .options = {{"chi_norms", std::string(chi_norms_ ? "yes" : "no")}},
            .seed = seed_};
}

OrthogonalSketch OrthogonalSketch::from_description(const OperatorDescription& description) {
    OptionReader options(description, orthogonal_name);
    const bool chi_norms = options.word("chi_norms", {"no", "yes"}) == "yes";
    options.finish();
    return {description.inputs, description.outputs, chi_norms, description.seed};
}

void OrthogonalSketch::fill(Index first_input, Index first_output, MatrixView<float> block) const {
    check_block(first_input, first_output, block, inputs_, outputs_);
    const Index end = first_output + block.columns();
    for (Index start = first_output / inputs_ * inputs_; start < end; start += inputs_) {
        fill_from_block(start, first_input, first_output, block);
    }
}

void OrthogonalSketch::fill_from_block(Index start, Index first_input, Index first_output,
                                       MatrixView<float> block) const {
    const Index rows = std::min(inputs_, outputs_ - start);
    const Eigen::MatrixXd q =
        haar_columns(RandomStream(seed_, stream_number::orthogonal_blocks), start, inputs_, rows);
    const RandomStream norms(seed_, stream_number::orthogonal_norms);
    std::vector<float> buffer(chi_norms_ ? static_cast<std::size_t>(inputs_) : 0);
    const double scale = std::sqrt(static_cast<double>(inputs_) / static_cast<double>(outputs_));
    const Index first = std::max(start, first_output);
    const Index last = std::min(start + rows, first_output + block.columns());
    for (Index output = first; output < last; ++output) {
        const double norm = chi_norms_ ? relative_chi_norm(norms, output, buffer) : 1.0;
        for (Index a = 0; a < block.rows(); ++a) {
            block(a, output - first_output) =
                static_cast<float>(scale * norm * q(first_input + a, output - start));
        }
    }
}

double OrthogonalSketch::variance(std::span<const float> x, std::span<const float> y) const {
    const VarianceTerms terms = variance_terms(x, y, inputs_);
    const auto d = static_cast<double>(inputs_);
    const auto m = static_cast<double>(outputs_);
    const auto cut = static_cast<double>(outputs_ % inputs_);
    double variance = 0;
    if (cut > 0) {
        variance += d * cut * (d - cut) / (m * m * (d - 1) * (d + 2)) *
                    (terms.lengths + (1 - 2 / d) * terms.inner());
    }
    if (chi_norms_) variance += 2 / (m * (d + 2)) * (terms.lengths + 2 * terms.inner());
    return variance;
}

OrthogonalSketch::Plan::Plan(const OrthogonalSketch& distribution)
    : distribution_(distribution),
      matrix_(std::make_shared<const DensePlan>(
          orthogonal_name, DensePlan::Shape{distribution.inputs_, distribution.outputs_},
          DensePlan::Shape{distribution.inputs_, distribution.inputs_},
          [distribution](Index first_input, Index first_output, MatrixView<float> block) {
              distribution.fill(first_input, first_output, block);
          })) {}

void OrthogonalSketch::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                                   const Execution& execution) const {
    matrix_->apply(x, out, execution);
}

void OrthogonalSketch::Plan::apply(SparseRowsView x, MatrixView<float> out,
                                   const Execution& execution) const {
    matrix_->apply_drawn(x, out, execution);
}

}  // namespace sketchntk::sketches
