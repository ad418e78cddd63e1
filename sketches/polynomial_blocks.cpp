#include "sketches/polynomial_blocks.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace sketchntk::sketches {

std::vector<double> checked_coefficients(std::vector<double> coefficients) {
    for (std::size_t j = 0; j < coefficients.size(); ++j) {
        if (std::isfinite(coefficients[j]) && coefficients[j] >= 0) continue;
        throw InvalidArgument("coefficients: expected finite numbers that are not negative, got " +
                              std::to_string(coefficients[j]) + " of degree " + std::to_string(j));
    }
    while (!coefficients.empty() && coefficients.back() == 0) coefficients.pop_back();
    if (coefficients.empty()) {
        throw InvalidArgument("coefficients: expected at least one above zero, got none");
    }
    if (static_cast<Index>(coefficients.size()) > PolySketch::largest_degree + 1) {
        throw InvalidArgument("coefficients: expected a degree of at most " +
                              std::to_string(PolySketch::largest_degree) + ", got " +
                              std::to_string(coefficients.size() - 1));
    }
    return coefficients;
}

PolySketchOptions polynomial_options(Index inputs, Index outputs,
                                     const std::vector<double>& coefficients,
                                     const PolySketchOptions& options) {
    const Index degree = std::max<Index>(1, static_cast<Index>(coefficients.size()) - 1);
    return PolySketch(inputs, outputs, degree, options, Seed{}).options();
}

PolynomialBlocks::PolynomialBlocks(Index inputs, const std::vector<double>& coefficients,
                                   const PolySketchOptions& options, Seed seed) {
    for (std::size_t j = 1; j < coefficients.size(); ++j) {
        if (coefficients[j] == 0) continue;
        const Index columns = j == 1 ? std::min(inputs, options.node_width) : options.node_width;
        degrees_.push_back(static_cast<Index>(j));
        blocks_.push_back({static_cast<float>(std::sqrt(coefficients[j])), columns});
    }
    if (degrees_.empty()) return;
    family_.emplace(inputs, options.node_width, degrees_.back(), options, seed);
}

Index PolynomialBlocks::size() const {
    Index sum = 0;
    for (const Block& block : blocks_) sum += block.columns;
    return sum;
}

std::int64_t PolynomialBlocks::bytes() const {
    return family_ ? family_->bytes() : 0;
}

double PolynomialBlocks::flops() const {
    return family_ ? family_->flops(1) * static_cast<double>(degrees_.size()) : 0;
}

PolynomialBlocks::Plan::Plan(const PolynomialBlocks& blocks) : blocks_(blocks) {
    if (blocks_.family_) tree_.emplace(*blocks_.family_);
}

PolynomialBlocks::Evaluation::Evaluation(const Plan& plan) : blocks_(plan.blocks_) {
    if (!plan.tree_) return;
    tree_.emplace(*plan.tree_, blocks_.degrees_);
    members_ = Matrix<float>(row_lanes, static_cast<Index>(blocks_.degrees_.size()) *
                                            blocks_.family_->output_dimension());
}

template <typename Rows>
void PolynomialBlocks::Evaluation::evaluate(const Rows& rows, MatrixView<float> out) {
    if (!tree_) return;
    const MatrixView<float> members = members_.view().middle_rows(0, rows.rows());
    tree_->evaluate(rows, members);
    const Index width = blocks_.family_->output_dimension();
    for (Index i = 0; i < rows.rows(); ++i) {
        float* to = out.row(i).data();
        const float* from = members.row(i).data();
        for (const Block& block : blocks_.blocks_) {
            for (Index j = 0; j < block.columns; ++j) to[j] = block.scale * from[j];
            to += block.columns;
            from += width;
        }
    }
}

template void PolynomialBlocks::Evaluation::evaluate(const MatrixView<const float>&,
                                                     MatrixView<float>);
template void PolynomialBlocks::Evaluation::evaluate(const SparseRowsView&, MatrixView<float>);

}  // namespace sketchntk::sketches
