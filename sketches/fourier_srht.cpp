#include "sketches/checks.hpp"
#include "sketches/fourier_moments.hpp"
#include "sketches/sample_without_replacement.hpp"
#include "sketches/signed_rows.hpp"
#include "sketches/stream_numbers.hpp"

#include <sketchntk/sketches/fourier.hpp>
#include <sketchntk/sketches/fourier_srht.hpp>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<FourierSrht>);
static_assert(KnownVariance<FourierSrht>);

constexpr const char* fourier_srht_name = "fourier_srht";
constexpr Index last_part_row = 1;

/// Classes behind `outputs` real numbers.
Index classes_for(Index outputs) {
    return (outputs + 1) / 2;
}

}  // namespace

struct FourierSrht::Plan::Drawn {
    explicit Drawn(const FourierSrht& distribution)
        : fourier(distribution.padded_dimension()),
          signs(static_cast<std::size_t>(distribution.inputs_)),
          classes(sample_without_replacement(
              RandomStream(distribution.seed_, stream_number::fourier_srht_classes), 0,
              distribution.padded_dimension() / 2, classes_for(distribution.outputs_))),
          last_is_second(RandomStream(distribution.seed_, stream_number::fourier_srht_classes)
                             .uniform_index(last_part_row, 0, 2) == 1) {
        RandomStream(distribution.seed_, stream_number::fourier_srht_signs).fill_signs(0, 0, signs);
    }

    /// The two numbers of a class.
    [[nodiscard]] std::complex<float> pair(const AlignedVector<std::complex<float>>& spectrum,
                                           std::size_t k) const {
        if (classes[k] != 0) return spectrum[static_cast<std::size_t>(classes[k])];
        constexpr auto half = static_cast<float>(1 / std::numbers::sqrt2);
        return {half * spectrum.front().real(), half * spectrum.back().real()};
    }

    void choose(const AlignedVector<std::complex<float>>& spectrum, float scale,
                std::span<float> result) const {
        const std::size_t pairs = result.size() / 2;
        for (std::size_t k = 0; k < pairs; ++k) {
            const std::complex<float> both = pair(spectrum, k);
            result[k] = scale * both.real();
            result[pairs + k] = scale * both.imag();
        }
        if (result.size() % 2 == 0) return;
        const std::complex<float> last = pair(spectrum, pairs);
        result.back() = scale * (last_is_second ? last.imag() : last.real());
    }

    RealFourierTransform fourier;
    AlignedVector<float> signs;
    std::vector<std::int32_t> classes;
    bool last_is_second;
};

FourierSrht::FourierSrht(Index inputs, Index outputs, Seed seed)
    : inputs_(checked_dimension("inputs", inputs)),
      outputs_(checked_dimension("outputs", outputs, 1, RealFourierTransform::good_length(inputs))),
      seed_(seed) {}

Index FourierSrht::padded_dimension() const {
    return RealFourierTransform::good_length(inputs_);
}

std::int64_t FourierSrht::bytes() const {
    return inputs_ * static_cast<Index>(sizeof(float)) +
           classes_for(outputs_) * static_cast<Index>(sizeof(std::int32_t));
}

double FourierSrht::flops(Index rows) const {
    const auto n = static_cast<double>(padded_dimension());
    return static_cast<double>(rows) *
           (2.5 * n * std::log2(n) + static_cast<double>(inputs_) + static_cast<double>(outputs_));
}

OperatorDescription FourierSrht::description() const {
    return {.name = fourier_srht_name, .inputs = inputs_, .outputs = outputs_, .seed = seed_};
}

FourierSrht FourierSrht::from_description(const OperatorDescription& description) {
    OptionReader(description, fourier_srht_name).finish();
    return {description.inputs, description.outputs, description.seed};
}

double FourierSrht::variance(std::span<const float> x, std::span<const float> y) const {
    check_length("x", x, inputs_);
    check_length("y", y, inputs_);
    const Index n = padded_dimension();
    const FourierMoments moments = fourier_moments(x, y, n);
    const double classes = static_cast<double>(n) / 2;
    const auto m = static_cast<double>(outputs_);
    // Means over the classes: the regular ones stand for themselves and their conjugates, and the
    // two real frequencies are in one class, z = (X_0 Y_0 + X_h Y_h) / 2.
    const double z_squared =
        (moments.modulus + moments.conjugate) / 2 + (moments.mixed - moments.real) / (2 * classes);
    const double spread = z_squared - moments.inner * moments.inner;
    // A sum of distinct classes with weights 1, and 1/2 for a last one of which one number is
    // taken.
    const double odd = outputs_ % 2 == 1 ? 1 : 0;
    const double weights = m / 2;
    const double squared_weights = (m - odd) / 2 + odd / 4;
    const double sampling = classes == 1 ? 0
                                         : classes / (classes - 1) * spread *
                                               (squared_weights - weights * weights / classes);
    // Half the difference of the two numbers' products is taken or left with equal probability.
    const double difference_squared =
        (moments.modulus + moments.square) / 2 - (moments.real + moments.mixed) / (2 * classes);
    return 4 / (m * m) * (sampling + odd * difference_squared / 4);
}

FourierSrht::Plan::Plan(const FourierSrht& distribution)
    : distribution_(distribution), drawn_(std::make_shared<const Drawn>(distribution)) {}

template <typename Rows>
void FourierSrht::Plan::apply_rows(const Rows& x, MatrixView<float> out,
                                   const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, distribution_.inputs_, distribution_.outputs_);
    const auto scale =
        static_cast<float>(std::sqrt(2 / static_cast<double>(distribution_.outputs_)));
    const Drawn& drawn = *drawn_;
    for_each_signed_row(x, drawn.signs, distribution_.padded_dimension(), execution, [&] {
        AlignedVector<std::complex<float>> spectrum(
            static_cast<std::size_t>(drawn.fourier.frequencies()));
        return [&, spectrum](std::span<float> row, Index i) mutable {
            drawn.fourier.transform(row, spectrum);
            drawn.choose(spectrum, scale, out.row(i));
        };
    });
}

void FourierSrht::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                              const Execution& execution) const {
    apply_rows(x, out, execution);
}

void FourierSrht::Plan::apply(SparseRowsView x, MatrixView<float> out,
                              const Execution& execution) const {
    apply_rows(x, out, execution);
}

}  // namespace sketchntk::sketches
