#include "core/dispatch.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/operator.hpp>
#include <sketchntk/sketches/tensor_srht.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace sketchntk::sketches {
namespace {

static_assert(RandomOperator<TensorSrht>);

constexpr Index largest_size = Index{1} << 30;
constexpr Index rows_in_tile = 32;

/// Which operator of the seed, and which of its rows, a random part is drawn from. Changing any of
/// these changes every sketch.
constexpr std::uint32_t signs_operator = 0;
constexpr std::uint32_t frequencies_operator = 1;
constexpr Index last_part_row = 2;

Index checked_size(const char* name, Index size) {
    if (size < 1 || size > largest_size) {
        throw InvalidArgument(std::string(name) + ": expected 1 to 2^30, got " +
                              std::to_string(size));
    }
    return size;
}

/// Number of complex products behind `outputs` real numbers.
Index products_for(Index outputs) {
    return (outputs + 1) / 2;
}

double transform_flops(Index dimension) {
    const auto n = static_cast<double>(RealFourierTransform::good_length(dimension));
    return static_cast<double>(dimension) + 2.5 * n * std::log2(n);
}

SKETCHNTK_VECTOR_DISPATCH
void apply_signs(const float* row, const float* signs, Index length, float* out) {
    for (Index j = 0; j < length; ++j) out[j] = row[j] * signs[j];
}

/// The chosen frequencies of one factor.
struct Chosen {
    const std::complex<float>* spectrum;
    const std::int32_t* positions;
    const float* conjugations;

    std::complex<float> operator[](Index k) const {
        const std::complex<float> lower = spectrum[positions[k]];
        return {lower.real(), conjugations[k] * lower.imag()};
    }
};

/// Products [0, count) of the chosen frequencies, times scale, real and imaginary parts apart.
void multiply_chosen(Chosen a, Chosen b, float scale, Index count, float* real, float* imaginary) {
    for (Index k = 0; k < count; ++k) {
        const std::complex<float> left = a[k];
        const std::complex<float> right = b[k];
        real[k] = scale * (left.real() * right.real() - left.imag() * right.imag());
        imaginary[k] = scale * (left.real() * right.imag() + left.imag() * right.real());
    }
}

void check_shape(const char* name, Index got, Index expected, const char* what) {
    if (got != expected) {
        throw DimensionMismatch(std::string(name) + ": expected " + std::to_string(expected) + " " +
                                what + ", got " + std::to_string(got));
    }
}

}  // namespace

TensorSrht::TensorSrht(Index first_dimension, Index second_dimension, Index outputs, Seed seed)
    : first_dimension_(checked_size("first_dimension", first_dimension)),
      second_dimension_(checked_size("second_dimension", second_dimension)),
      outputs_(checked_size("outputs", outputs)),
      seed_(seed) {}

std::int64_t TensorSrht::bytes() const {
    constexpr auto bytes_of_frequency = static_cast<Index>(sizeof(std::int32_t) + sizeof(float));
    return (first_dimension_ + second_dimension_) * static_cast<Index>(sizeof(float)) +
           2 * products_for(outputs_) * bytes_of_frequency;
}

double TensorSrht::flops(Index rows) const {
    const double product = 10.0 * static_cast<double>(products_for(outputs_));
    return static_cast<double>(rows) *
           (transform_flops(first_dimension_) + transform_flops(second_dimension_) + product);
}

TensorSrht::Workspace::Factor::Factor(const RealFourierTransform& transform)
    : padded(static_cast<std::size_t>(transform.length())),
      spectrum(static_cast<std::size_t>(transform.frequencies())) {}

TensorSrht::Workspace::Workspace(const RealFourierTransform& first,
                                 const RealFourierTransform& second)
    : first_(first), second_(second) {}

TensorSrht::Plan::Factor::Factor(Index dimension, Index products, Seed seed, Index number)
    : fourier(RealFourierTransform::good_length(dimension)),
      signs(static_cast<std::size_t>(dimension)),
      positions(static_cast<std::size_t>(products)),
      conjugations(static_cast<std::size_t>(products)) {
    RandomStream(seed, signs_operator).fill_signs(number, 0, signs);
    const RandomStream frequencies(seed, frequencies_operator);
    const Index length = fourier.length();
    for (std::size_t k = 0; k < positions.size(); ++k) {
        const Index frequency = frequencies.uniform_index(number, static_cast<Index>(k), length);
        const bool upper = frequency > length / 2;
        positions[k] = static_cast<std::int32_t>(upper ? length - frequency : frequency);
        conjugations[k] = upper ? -1.0F : 1.0F;
    }
}

void TensorSrht::Plan::Factor::transform(std::span<const float> row,
                                         Workspace::Factor& workspace) const {
    apply_signs(row.data(), signs.data(), static_cast<Index>(row.size()), workspace.padded.data());
    fourier.transform(workspace.padded, workspace.spectrum);
}

TensorSrht::Plan::Plan(const TensorSrht& distribution)
    : distribution_(distribution),
      first_(distribution.first_dimension(), products_for(distribution.output_dimension()),
             distribution.seed(), 0),
      second_(distribution.second_dimension(), products_for(distribution.output_dimension()),
              distribution.seed(), 1),
      last_is_imaginary_(RandomStream(distribution.seed(), frequencies_operator)
                             .uniform_index(last_part_row, 0, 2) == 1) {}

TensorSrht::Workspace TensorSrht::Plan::workspace() const {
    return {first_.fourier, second_.fourier};
}

void TensorSrht::Plan::check_shapes(MatrixView<const float> x, MatrixView<const float> y,
                                    MatrixView<float> out) const {
    check_shape("x", x.columns(), distribution_.first_dimension(), "columns");
    check_shape("y", y.columns(), distribution_.second_dimension(), "columns");
    check_shape("out", out.columns(), distribution_.output_dimension(), "columns");
    check_shape("y", y.rows(), x.rows(), "rows");
    check_shape("out", out.rows(), x.rows(), "rows");
}

void TensorSrht::Plan::multiply(const Workspace& workspace, std::span<float> out,
                                float scale) const {
    const Chosen a{workspace.first_.spectrum.data(), first_.positions.data(),
                   first_.conjugations.data()};
    const Chosen b{workspace.second_.spectrum.data(), second_.positions.data(),
                   second_.conjugations.data()};
    const auto outputs = static_cast<Index>(out.size());
    const Index pairs = outputs / 2;
    multiply_chosen(a, b, scale, pairs, out.data(), out.data() + pairs);
    if (outputs % 2 == 1) {
        const std::complex<float> last = scale * a[pairs] * b[pairs];
        out.back() = last_is_imaginary_ ? last.imag() : last.real();
    }
}

void TensorSrht::Plan::apply(MatrixView<const float> x, MatrixView<const float> y,
                             MatrixView<float> out, float scale, Workspace& workspace) const {
    check_shapes(x, y, out);
    const auto outputs = static_cast<double>(distribution_.output_dimension());
    const auto factor = static_cast<float>(static_cast<double>(scale) * std::sqrt(2 / outputs));
    for (Index r = 0; r < x.rows(); ++r) {
        first_.transform(x.row(r), workspace.first_);
        second_.transform(y.row(r), workspace.second_);
        multiply(workspace, out.row(r), factor);
    }
}

void TensorSrht::Plan::apply(MatrixView<const float> x, MatrixView<const float> y,
                             MatrixView<float> out, float scale, const Execution& execution) const {
    check_shapes(x, y, out);
    const Index tiles = (x.rows() + rows_in_tile - 1) / rows_in_tile;
    parallel_for(execution, tiles, [&](Index tile) {
        const Index first = tile * rows_in_tile;
        const Index count = std::min(rows_in_tile, x.rows() - first);
        Workspace scratch = workspace();
        apply(x.middle_rows(first, count), y.middle_rows(first, count),
              out.middle_rows(first, count), scale, scratch);
    });
}

}  // namespace sketchntk::sketches
