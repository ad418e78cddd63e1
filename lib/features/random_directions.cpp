#include "features/random_directions.hpp"

#include "core/eigen.hpp"

#include <sketchntk/sketches/orthogonal_sketch.hpp>
#include <sketchntk/sketches/spherical_directions.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

void scale(MatrixView<float> rows, double factor) {
    for (Index k = 0; k < rows.rows(); ++k)
        for (float& entry : rows.row(k)) entry *= static_cast<float>(factor);
}

// Rows of length sqrt(dimension) on average or exactly.
Matrix<float> drawn_rows(DirectionLaw law, Index count, Index dimension, Seed seed) {
    if (law == DirectionLaw::gaussian) {
        Matrix<float> rows(count, dimension);
        const RandomStream stream(seed, 0);
        for (Index k = 0; k < count; ++k) stream.fill_normal(k, 0, rows.row(k));
        return rows;
    }
    Matrix<float> rows = unit_directions(law, count, dimension, seed);
    scale(rows.view(), std::sqrt(static_cast<double>(dimension)));
    return rows;
}

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

sketches::HadamardDirections structured(Index count, Index dimension, Seed seed) {
    return {dimension, count, false, seed};
}

}  // namespace

Matrix<float> unit_directions(DirectionLaw law, Index count, Index dimension, Seed seed) {
    Matrix<float> rows(count, dimension);
    if (count == 0) return rows;
    if (law == DirectionLaw::orthogonal) {
        Matrix<float> columns(dimension, count);
        sketches::OrthogonalSketch(dimension, count, false, seed).fill(0, 0, columns.view());
        // The sketch's rows have length sqrt(inputs / outputs).
        const double unit = std::sqrt(static_cast<double>(count) / static_cast<double>(dimension));
        as_eigen(rows) = static_cast<float>(unit) * as_eigen(columns).transpose();
        return rows;
    }
    const Index independent = law == DirectionLaw::antithetic ? (count + 1) / 2 : count;
    sketches::SphericalDirections(independent, dimension, seed)
        .fill(0, rows.view().middle_rows(0, independent));
    for (Index k = independent; k < count; ++k)
        for (Index j = 0; j < dimension; ++j) rows(k, j) = -rows(k - independent, j);
    return rows;
}

RandomDirections::RandomDirections(DirectionLaw law, Index count, Index dimension, Seed seed)
    : law_(resolved(law, count, dimension)), count_(count), dimension_(dimension), seed_(seed) {}

std::int64_t RandomDirections::bytes() const {
    if (law_ == DirectionLaw::hadamard) return structured(count_, dimension_, seed_).bytes();
    return static_cast<std::int64_t>(sizeof(float)) * count_ * dimension_;
}

double RandomDirections::flops_per_row() const {
    if (law_ == DirectionLaw::hadamard) return structured(count_, dimension_, seed_).flops(1);
    return 2.0 * static_cast<double>(count_) * static_cast<double>(dimension_);
}

RandomDirections::Drawn::Drawn(const RandomDirections& directions) {
    if (directions.law_ == DirectionLaw::hadamard) {
        const auto distribution =
            structured(directions.count_, directions.dimension_, directions.seed_);
        drawn_ = sketches::HadamardDirections::Plan(distribution);
        // E <v, x>^2 = |x|^2 over the padded dimensions, whose number cancels.
        scale_ = std::sqrt(static_cast<float>(directions.count_));
        return;
    }
    drawn_ =
        drawn_rows(directions.law_, directions.count_, directions.dimension_, directions.seed_);
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
