#include "core/dispatch.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/operator.hpp>
#include <sketchntk/sketches/spherical_directions.hpp>

#include <array>
#include <cmath>
#include <span>
#include <string>

namespace sketchntk::sketches {
namespace {

static_assert(RandomOperator<SphericalDirections>);

constexpr Index most_entries = Index{1} << 40;
constexpr const char* spherical_directions_name = "spherical_directions";

/// Divides a row by its length. Eight interleaved partial sums, added in a fixed order: as fast as
/// the vector unit allows, and the same bits on every one.
SKETCHNTK_VECTOR_DISPATCH
void normalise(float* row, Index length) {
    constexpr Index lanes = 8;
    std::array<double, lanes> partial{};
    double* sums = partial.data();
    const Index whole = length / lanes * lanes;
    for (Index j = 0; j < whole; j += lanes) {
        for (Index lane = 0; lane < lanes; ++lane) {
            const auto entry = static_cast<double>(row[j + lane]);
            sums[lane] += entry * entry;
        }
    }
    for (Index j = whole; j < length; ++j) {
        const auto entry = static_cast<double>(row[j]);
        sums[j - whole] += entry * entry;
    }
    double squared = 0;
    for (const double sum : partial) squared += sum;
    // Only a row of one or two entries can be zero, with probability below 2^-24.
    if (squared == 0) {
        row[0] = 1.0F;
        return;
    }
    const auto inverse = static_cast<float>(1 / std::sqrt(squared));
    for (Index j = 0; j < length; ++j) row[j] *= inverse;
}

}  // namespace

SphericalDirections::SphericalDirections(Index directions, Index dimension, Seed seed)
    : directions_(directions), dimension_(dimension), seed_(seed) {
    if (directions < 1) {
        throw InvalidArgument("directions: expected at least 1, got " + std::to_string(directions));
    }
    if (dimension < 1) {
        throw InvalidArgument("dimension: expected at least 1, got " + std::to_string(dimension));
    }
    if (directions > most_entries / dimension) {
        throw InvalidArgument("directions: " + std::to_string(directions) + " of dimension " +
                              std::to_string(dimension) + " are more than 2^40 entries");
    }
}

std::int64_t SphericalDirections::bytes() const {
    return directions_ * dimension_ * static_cast<Index>(sizeof(float));
}

double SphericalDirections::flops(Index rows) const {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(directions_) *
           static_cast<double>(dimension_);
}

OperatorDescription SphericalDirections::description() const {
    return {.name = spherical_directions_name,
            .inputs = dimension_,
            .outputs = directions_,
            .seed = seed_};
}

SphericalDirections SphericalDirections::from_description(const OperatorDescription& description) {
    OptionReader(description, spherical_directions_name).finish();
    return {description.outputs, description.inputs, description.seed};
}

void SphericalDirections::fill(Index first_direction, MatrixView<float> out) const {
    if (out.columns() != dimension_) {
        throw DimensionMismatch("out: expected " + std::to_string(dimension_) + " columns, got " +
                                std::to_string(out.columns()));
    }
    if (first_direction < 0 || out.rows() > directions_ - first_direction) {
        throw InvalidArgument("first_direction: expected " + std::to_string(out.rows()) +
                              " directions inside 0 to " + std::to_string(directions_ - 1) +
                              ", got a start at " + std::to_string(first_direction));
    }
    const RandomStream stream(seed_, 0);
    for (Index i = 0; i < out.rows(); ++i) {
        stream.fill_normal(first_direction + i, 0, out.row(i));
        normalise(out.row(i).data(), dimension_);
    }
}

}  // namespace sketchntk::sketches
