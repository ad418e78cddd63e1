#include "features/leading_fold.hpp"

#include "core/eigen.hpp"
#include "features/leading_subspace.hpp"
#include "features/parallel_product.hpp"
#include "features/pixel_learner.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sketchntk {

namespace {

constexpr Index most_samples = 20'000;
constexpr Index most_sample_entries = Index{1} << 25;

// As many pairs as there are, in proportion to the shares, each component at least one; those worth
// less than half of one are left out.
std::vector<Index> shared_out(std::vector<double> shares, Index pairs) {
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    std::vector<double> due;
    for (const double share : shares)
        if (share / sum * static_cast<double>(pairs) >= 0.5) due.push_back(share);
    const double kept = std::accumulate(due.begin(), due.end(), 0.0);
    std::vector<Index> counts;
    for (double& share : due) {
        share *= static_cast<double>(pairs) / kept;
        counts.push_back(std::max<Index>(1, static_cast<Index>(share)));
    }
    const auto behind = [&](std::size_t k) { return due[k] - static_cast<double>(counts[k]); };
    const auto extreme = [&](double sign) {
        std::size_t found = 0;
        for (std::size_t k = 1; k < counts.size(); ++k)
            if (sign * behind(k) > sign * behind(found)) found = k;
        return found;
    };
    Index given = std::accumulate(counts.begin(), counts.end(), Index{0});
    for (; given < pairs; ++given) ++counts[extreme(1)];
    for (; given > pairs; --given) --counts[extreme(-1)];
    return counts;
}

}  // namespace

LeadingFold::LeadingFold(Index window, Index pixel_columns, Index psi, Index most)
    : window_(window), pixel_columns_(pixel_columns), psi_(psi), most_(most) {}

Index LeadingFold::most_basis() const {
    return std::min(most_, pixel_columns_);
}

Index LeadingFold::most_components() const {
    return std::min({most_, psi_ / 2, window_ * most_basis()});
}

Index LeadingFold::wanted_samples() const {
    return std::clamp<Index>(most_sample_entries / sample_columns(), 1, most_samples);
}

Index LeadingFold::learning_floats() const {
    return wanted_samples() * window_ * (pixel_columns_ + 3 * most_basis());
}

std::vector<Matrix<float>> LeadingFold::learn(const Matrix<float>& samples,
                                              const Execution& execution) const {
    std::vector<Matrix<float>> learnt(learnt_matrices);
    const MatrixView<const float> pixels(samples.data(), samples.rows() * window_, pixel_columns_);
    Matrix<float> basis = principal_components(pixels, most_basis(), execution).vectors;
    const Index r = basis.columns();
    if (r == 0) return learnt;
    Matrix<float> coordinates(samples.rows(), window_ * r);
    const MatrixView<float> of_pixels(coordinates.data(), samples.rows() * window_, r);
    multiply_strips(
        execution,
        [&pixels](Index first, Index count) { return as_eigen(pixels.middle_rows(first, count)); },
        as_eigen(basis), of_pixels);
    const PrincipalComponents patches =
        principal_components(coordinates, most_components(), execution);
    const std::vector<Index> pairs = shared_out(patches.shares, psi_ / 2);
    const auto k = static_cast<Index>(pairs.size());
    Matrix<float> combined(r, window_ * k);
    for (Index a = 0; a < window_; ++a)
        as_eigen(combined.view().middle_columns(a * k, k)) =
            as_eigen(patches.vectors.view().middle_rows(a * r, r)).leftCols(k);
    learnt[0] = std::move(basis);
    learnt[1] = std::move(combined);
    learnt[2] = Matrix<float>(1, k);
    std::copy(pairs.begin(), pairs.end(), learnt[2].data());
    return learnt;
}

void LeadingFold::set_learnt(std::span<const Matrix<float>> learnt) {
    const Index r = learnt[0].columns();
    const Index k = learnt[2].columns();
    expect_learnt_shape(learnt[0], r > 0 ? pixel_columns_ : 0, r, "basis");
    expect_learnt_shape(learnt[1], r, window_ * k, "components");
    const float sum = std::accumulate(learnt[2].data(), learnt[2].data() + k, 0.0F);
    if (k > psi_ / 2 || sum > static_cast<float>(psi_ / 2))
        throw DimensionMismatch("cntkrf: learnt components are more than psi has pairs");
    basis_ = learnt[0];
    combined_ = learnt[1];
    pairs_ = learnt[2];
    learnt_ = true;
}

void LeadingFold::write_coordinates() {
    const Index second_half = (psi_ + 1) / 2;
    Index pair = 0;
    for (Index j = 0; j < components(); ++j) {
        const auto pairs = static_cast<Index>(pairs_(0, j));
        const float entry = 1 / std::sqrt(static_cast<float>(2 * pairs));
        for (const Index end = pair + pairs; pair < end; ++pair) {
            targets_(pair, j) += entry;
            targets_(pair + second_half, j) += entry;
        }
    }
}

void LeadingFold::draw(
    const std::function<void(const Matrix<float>& x, std::span<float> psi)>& signs) {
    const Index k = components();
    targets_ = Matrix<float>(psi_, k);
    Matrix<float> component(window_, pixel_columns_);
    std::vector<float> folded(static_cast<std::size_t>(psi_));
    for (Index j = 0; j < k; ++j) {
        for (Index a = 0; a < window_; ++a)
            as_eigen(component).row(a) =
                (as_eigen(basis_) * as_eigen(combined_).col(a * k + j)).transpose();
        signs(component, folded);
        for (Index p = 0; p < psi_; ++p) targets_(p, j) = -folded[static_cast<std::size_t>(p)];
    }
    write_coordinates();
}

void LeadingFold::project(MatrixView<const float> left, MatrixView<const float> right,
                          MatrixView<float> room, MatrixView<float> out) const {
    const auto basis = as_eigen(basis_);
    as_eigen(room).noalias() = as_eigen(left) * basis.topRows(left.columns());
    if (right.columns() > 0)
        as_eigen(room).noalias() += as_eigen(right) * basis.bottomRows(right.columns());
    as_eigen(out).noalias() = as_eigen(room) * as_eigen(combined_);
}

void LeadingFold::add(MatrixView<const float> components, float scale,
                      MatrixView<float> psi) const {
    as_eigen(psi).noalias() += scale * as_eigen(components) * as_eigen(targets_).transpose();
}

double LeadingFold::flops_entering() const {
    return learns() ? 2.0 * static_cast<double>(most_basis() *
                                                (pixel_columns_ + window_ * most_components()))
                    : 0;
}

double LeadingFold::flops_leaving() const {
    return 2.0 * static_cast<double>(most_components() * psi_);
}

Index LeadingFold::shared_floats() const {
    return learns() ? most_basis() * (pixel_columns_ + window_ * most_components()) +
                          most_components() * psi_
                    : 0;
}

}  // namespace sketchntk
