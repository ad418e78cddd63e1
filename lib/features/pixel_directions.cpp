#include "features/pixel_directions.hpp"

#include "core/eigen.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace sketchntk {

namespace {

// Parts of the seed.
constexpr std::uint32_t whole_part = 0;
constexpr std::uint32_t rectifier_part = 1;
constexpr std::uint32_t gate_part = 2;

Index half(Index count) {
    return (count + 1) / 2;
}

Index leading_count(Index most, Index rectifiers, Index gates, Index dimension) {
    Index fewest = std::numeric_limits<Index>::max();
    for (const Index count : {rectifiers, gates})
        if (count > 0) fewest = std::min(fewest, count);
    if (fewest >= dimension) return 0;
    return std::min({most, fewest, dimension / 2});
}

// `count` lengths of Gaussian vectors, each of chi's law, and together nearly its quantiles: of
// sorted samples one from each group, in random order.
std::vector<float> stratified_chi(Index count, Index dimension, const RandomStream& stream) {
    constexpr Index group = 16;
    constexpr Index choice_row = 0;
    constexpr Index order_row = 1;
    constexpr Index first_sample_row = 2;
    std::vector<float> normal(static_cast<std::size_t>(dimension));
    std::vector<float> samples(static_cast<std::size_t>(count * group));
    for (std::size_t i = 0; i < samples.size(); ++i) {
        stream.fill_normal(first_sample_row + static_cast<Index>(i), 0, normal);
        samples[i] =
            std::sqrt(std::inner_product(normal.begin(), normal.end(), normal.begin(), 0.0F));
    }
    std::sort(samples.begin(), samples.end());
    std::vector<float> chosen;
    for (Index k = 0; k < count; ++k)
        chosen.push_back(samples[static_cast<std::size_t>(
            k * group + stream.uniform_index(choice_row, k, group))]);
    for (Index k = count; k > 1; --k)
        std::swap(chosen[static_cast<std::size_t>(k - 1)],
                  chosen[static_cast<std::size_t>(stream.uniform_index(order_row, k, k))]);
    return chosen;
}

void write_leading_parts(MatrixView<float> out, Seed seed) {
    if (out.rows() == 0) return;
    as_eigen(out) = as_eigen(
        unit_directions(DirectionLaw::orthogonal, out.rows(), out.columns(), seed.child(0)));
    const std::vector<float> lengths =
        stratified_chi(out.rows(), out.columns(), RandomStream(seed.child(1), 0));
    for (Index j = 0; j < out.rows(); ++j)
        for (float& entry : out.row(j)) entry *= lengths[static_cast<std::size_t>(j)];
}

}  // namespace

PixelDirections::PixelDirections(DirectionLaw law, Index most_leading, Index rectifiers,
                                 Index gates, Index dimension, Seed seed)
    : paired_(law == DirectionLaw::automatic),
      law_(law),
      rectifiers_(paired_ ? half(rectifiers) : rectifiers),
      gates_(paired_ ? half(gates) : gates),
      dimension_(dimension),
      seed_(seed),
      leading_(paired_ ? leading_count(most_leading, rectifiers_, gates_, dimension) : 0) {}

RandomDirections PixelDirections::whole() const {
    return {law_, count(), dimension_, seed_.child(whole_part),
            leading_ > 0 ? DirectionLengths::gaussian : DirectionLengths::equal};
}

Matrix<float> PixelDirections::leading_parts() const {
    Matrix<float> parts(count(), leading_);
    write_leading_parts(parts.view().middle_rows(0, rectifiers_), seed_.child(rectifier_part));
    write_leading_parts(parts.view().middle_rows(rectifiers_, gates_), seed_.child(gate_part));
    return parts;
}

void PixelDirections::draw(const Matrix<float>& basis) {
    drawn_.emplace(whole());
    if (leading_ == 0) return;
    basis_ = basis;
    Matrix<float> of_basis(leading_, count());
    drawn_->multiply(basis_, of_basis);
    correction_ = leading_parts();
    as_eigen(correction_) -= as_eigen(of_basis).transpose();
}

void PixelDirections::multiply(MatrixView<const float> z, MatrixView<float> coordinates,
                               MatrixView<float> out) const {
    drawn_->multiply(z, out);
    if (leading_ == 0) return;
    as_eigen(coordinates).noalias() = as_eigen(z) * as_eigen(basis_).transpose();
    as_eigen(out).noalias() += as_eigen(coordinates) * as_eigen(correction_).transpose();
}

double PixelDirections::flops_per_row() const {
    return whole().flops_per_row() + 2.0 * static_cast<double>(leading_ * (dimension_ + count()));
}

Index PixelDirections::shared_floats() const {
    return static_cast<Index>(whole().bytes() / static_cast<std::int64_t>(sizeof(float))) +
           leading_ * (dimension_ + count());
}

}  // namespace sketchntk
