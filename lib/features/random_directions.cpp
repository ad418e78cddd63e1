#include "features/random_directions.hpp"

#include "core/eigen.hpp"

#include <sketchntk/sketches/orthogonal_sketch.hpp>
#include <sketchntk/sketches/spherical_directions.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

DirectionLaw resolved(DirectionLaw law, Index count, Index dimension) {
    constexpr Index worth_a_transform = 256;  // not tuned: see `DirectionLaw`
    // What `HadamardDirections` serves. More do not fit into memory, but can be planned.
    constexpr Index most_dimensions = Index{1} << 24;
    constexpr Index most_entries = Index{1} << 40;
    if (law != DirectionLaw::automatic) return law;
    if (dimension < worth_a_transform) return DirectionLaw::orthogonal;
    const bool served = dimension <= most_dimensions && count <= most_entries / dimension;
    return served ? DirectionLaw::hadamard : DirectionLaw::sphere;
}

// Rows of an orthogonal sketch, of length sqrt(inputs / outputs), times `factor`.
Matrix<float> orthogonal_rows(Index count, Index dimension, DirectionLengths lengths, double factor,
                              Seed seed) {
    Matrix<float> columns(dimension, count);
    sketches::OrthogonalSketch(dimension, count, lengths == DirectionLengths::gaussian, seed)
        .fill(0, 0, columns.view());
    Matrix<float> rows(count, dimension);
    as_eigen(rows) = static_cast<float>(factor) * as_eigen(columns).transpose();
    return rows;
}

}  // namespace

Matrix<float> unit_directions(DirectionLaw law, Index count, Index dimension, Seed seed) {
    Matrix<float> rows(count, dimension);
    if (count == 0) return rows;
    if (law == DirectionLaw::orthogonal) {
        const double unit = std::sqrt(static_cast<double>(count) / static_cast<double>(dimension));
        return orthogonal_rows(count, dimension, DirectionLengths::equal, unit, seed);
    }
    const Index independent = law == DirectionLaw::antithetic ? (count + 1) / 2 : count;
    sketches::SphericalDirections(independent, dimension, seed)
        .fill(0, rows.view().middle_rows(0, independent));
    for (Index k = independent; k < count; ++k)
        for (Index j = 0; j < dimension; ++j) rows(k, j) = -rows(k - independent, j);
    return rows;
}

RandomDirections::RandomDirections(DirectionLaw law, Index count, Index dimension, Seed seed,
                                   DirectionLengths lengths)
    : law_(resolved(law, count, dimension)),
      count_(count),
      dimension_(dimension),
      seed_(seed),
      lengths_(lengths) {}

std::int64_t RandomDirections::bytes() const {
    if (law_ == DirectionLaw::hadamard) return structured().bytes();
    return static_cast<std::int64_t>(sizeof(float)) * count_ * dimension_;
}

double RandomDirections::flops_per_row() const {
    if (law_ == DirectionLaw::hadamard) return structured().flops(1);
    return 2.0 * static_cast<double>(count_) * static_cast<double>(dimension_);
}

// Rows of length sqrt(dimension) on average or exactly.
Matrix<float> RandomDirections::rows() const {
    if (law_ == DirectionLaw::gaussian) {
        Matrix<float> rows(count_, dimension_);
        const RandomStream stream(seed_, 0);
        for (Index k = 0; k < count_; ++k) stream.fill_normal(k, 0, rows.row(k));
        return rows;
    }
    if (law_ == DirectionLaw::orthogonal)
        return orthogonal_rows(count_, dimension_, lengths_, std::sqrt(static_cast<double>(count_)),
                               seed_);
    Matrix<float> rows = unit_directions(law_, count_, dimension_, seed_);
    as_eigen(rows) *= std::sqrt(static_cast<float>(dimension_));
    return rows;
}

RandomDirections::Drawn::Drawn(const RandomDirections& directions) {
    if (directions.law_ == DirectionLaw::hadamard) {
        drawn_ = sketches::HadamardDirections::Plan(directions.structured());
        // E <v, x>^2 = |x|^2 over the padded dimensions, whose number cancels.
        scale_ = std::sqrt(static_cast<float>(directions.count_));
        return;
    }
    drawn_ = directions.rows();
}

void RandomDirections::Drawn::multiply(MatrixView<const float> x, MatrixView<float> out) const {
    if (const auto* matrix = std::get_if<Matrix<float>>(&drawn_)) {
        as_eigen(out).noalias() = as_eigen(x) * as_eigen(*matrix).transpose();
        return;
    }
    std::get<sketches::HadamardDirections::Plan>(drawn_).apply(x, out, {.threads = 1});
    as_eigen(out) *= scale_;
}

}  // namespace sketchntk
