#include "sketches/tensor_factor.hpp"

#include "sketches/balanced_sampling.hpp"
#include "sketches/power_of_two.hpp"
#include "sketches/signed_rows.hpp"

#include <sketchntk/sketches/walsh_hadamard.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk::sketches {
namespace {

/// Which operator of the seed, and which of its rows, a random part is drawn from. Changing any of
/// these changes every sketch; `balanced_sampling` has operators 2 and 3.
constexpr std::uint32_t signs_operator = 0;
constexpr std::uint32_t frequencies_operator = 1;
constexpr Index last_part_row = 2;

void multiply_real(const float* first, const std::int32_t* first_positions, const float* second,
                   const std::int32_t* second_positions, float scale, std::span<float> out) {
    for (std::size_t k = 0; k < out.size(); ++k) {
        out[k] = scale * first[first_positions[k]] * second[second_positions[k]];
    }
}

}  // namespace

/// The chosen frequencies of one factor.
struct TensorFactor::Chosen {
    const std::complex<float>* spectrum;
    const std::int32_t* positions;
    const float* conjugations;

    std::complex<float> operator[](Index k) const {
        const std::complex<float> lower = spectrum[positions[k]];
        return {lower.real(), conjugations[k] * lower.imag()};
    }
};

Index transform_length(Index dimension, TensorTransform transform) {
    if (transform == TensorTransform::fourier) return RealFourierTransform::good_length(dimension);
    return std::max<Index>(2, next_power_of_two(dimension));
}

Index products_for(Index outputs, TensorTransform transform) {
    return transform == TensorTransform::fourier ? (outputs + 1) / 2 : outputs;
}

double transform_flops(Index dimension, TensorTransform transform) {
    const auto length = static_cast<double>(transform_length(dimension, transform));
    const double passes = transform == TensorTransform::fourier ? 2.5 : 1.0;
    return static_cast<double>(dimension) + passes * length * std::log2(length);
}

bool draw_last_is_imaginary(Seed seed) {
    return RandomStream(seed, frequencies_operator).uniform_index(last_part_row, 0, 2) == 1;
}

double tensor_scale(Index outputs, TensorTransform transform) {
    const double numbers = transform == TensorTransform::fourier ? 2 : 1;
    return std::sqrt(numbers / static_cast<double>(outputs));
}

TensorFactor::TensorFactor(Index dimension, Index products, const TensorSrhtOptions& options,
                           Seed seed, std::uint32_t number)
    : length_(transform_length(dimension, options.transform)),
      signs_(static_cast<std::size_t>(dimension)),
      positions_(static_cast<std::size_t>(products)) {
    if (options.transform == TensorTransform::fourier) {
        fourier_.emplace(length_);
        conjugations_.resize(positions_.size());
    }
    RandomStream(seed, signs_operator).fill_signs(number, 0, signs_);
    if (options.sampling == TensorSampling::independent) {
        choose_independently(seed, number);
    } else {
        choose_balanced(seed, number);
    }
}

void TensorFactor::choose(std::size_t product, Index frequency) {
    const bool upper = fourier_ && frequency > length_ / 2;
    positions_[product] = static_cast<std::int32_t>(upper ? length_ - frequency : frequency);
    if (fourier_) conjugations_[product] = upper ? -1.0F : 1.0F;
}

void TensorFactor::choose_independently(Seed seed, std::uint32_t number) {
    const RandomStream frequencies(seed, frequencies_operator);
    for (std::size_t k = 0; k < positions_.size(); ++k) {
        choose(k, frequencies.uniform_index(number, static_cast<Index>(k), length_));
    }
}

void TensorFactor::choose_balanced(Seed seed, std::uint32_t number) {
    const auto count = static_cast<Index>(positions_.size());
    const std::vector<std::int32_t> chosen =
        fourier_ ? balanced_frequencies(seed, number, count, length_)
                 : repeated_permutations(seed, number, count, length_);
    for (std::size_t k = 0; k < chosen.size(); ++k) choose(k, chosen[k]);
}

TensorFactor::Transformed TensorFactor::transformed() const {
    return {AlignedVector<float>(static_cast<std::size_t>(length_)),
            AlignedVector<std::complex<float>>(
                static_cast<std::size_t>(fourier_ ? fourier_->frequencies() : 0))};
}

void TensorFactor::transform(std::span<const float> row, Transformed& out) const {
    multiply_entries(row, signs_, out.padded);
    if (fourier_) {
        fourier_->transform(out.padded, out.spectrum);
        return;
    }
    std::fill(out.padded.begin() + dimension(), out.padded.end(), 0.0F);
    walsh_hadamard_transform(out.padded);
}

TensorFactor::Chosen TensorFactor::chosen(const Transformed& transformed) const {
    return {transformed.spectrum.data(), positions_.data(), conjugations_.data()};
}

void TensorFactor::multiply(const TensorFactor& first, const Transformed& first_transformed,
                            const TensorFactor& second, const Transformed& second_transformed,
                            bool last_is_imaginary, float scale, std::span<float> out) {
    if (!first.fourier_) {
        multiply_real(first_transformed.padded.data(), first.positions_.data(),
                      second_transformed.padded.data(), second.positions_.data(), scale, out);
        return;
    }
    const Chosen a = first.chosen(first_transformed);
    const Chosen b = second.chosen(second_transformed);
    const auto pairs = static_cast<Index>(out.size() / 2);
    float* const real = out.data();
    float* const imaginary = out.data() + pairs;
    for (Index k = 0; k < pairs; ++k) {
        const std::complex<float> left = a[k];
        const std::complex<float> right = b[k];
        real[k] = scale * (left.real() * right.real() - left.imag() * right.imag());
        imaginary[k] = scale * (left.real() * right.imag() + left.imag() * right.real());
    }
    if (out.size() % 2 == 1) {
        const std::complex<float> last = scale * a[pairs] * b[pairs];
        out.back() = last_is_imaginary ? last.imag() : last.real();
    }
}

}  // namespace sketchntk::sketches
