#include "sketches/lane_factor.hpp"

#include "core/dispatch.hpp"
#include "sketches/balanced_sampling.hpp"
#include "sketches/power_of_two.hpp"

#include <algorithm>
#include <cmath>

namespace sketchntk::sketches {
namespace {

/// Operators of the seed; see `balanced_sampling` for the others.
constexpr std::uint32_t signs_operator = 0;
constexpr std::uint32_t last_part_operator = 1;
constexpr Index complex_entry = 2 * row_lanes;

Index padded_length(Index dimension, LaneNumbers numbers) {
    const auto length = next_power_of_two(dimension);
    return numbers == LaneNumbers::real ? std::max<Index>(2, length) : length;
}

Index numbers_of_entry(LaneNumbers numbers) {
    return numbers == LaneNumbers::real ? 1 : 2;
}

std::variant<RealLaneFourier, LaneFourier> make_fourier(Index dimension, LaneNumbers numbers) {
    const Index length = padded_length(dimension, numbers);
    if (numbers == LaneNumbers::real) return RealLaneFourier(length);
    return LaneFourier(length);
}

/// The chosen frequencies of one factor, from the first one on.
struct Chosen {
    const float* transformed;
    const std::int32_t* positions;
    const float* conjugations;
};

[[gnu::always_inline]] inline void multiply_entry(const float* a, float a_conjugation,
                                                  const float* b, float b_conjugation, float scale,
                                                  float* __restrict real,
                                                  float* __restrict imaginary) {
    for (Index l = 0; l < row_lanes; ++l) {
        const float a_real = a[l], a_imag = a_conjugation * a[row_lanes + l];
        const float b_real = b[l], b_imag = b_conjugation * b[row_lanes + l];
        real[l] = scale * (a_real * b_real - a_imag * b_imag);
        imaginary[l] = scale * (a_real * b_imag + a_imag * b_real);
    }
}

SKETCHNTK_VECTOR_DISPATCH
void multiply_chosen(Chosen a, Chosen b, float scale, Index count, LaneFactor::Target out) {
    for (Index k = 0; k < count; ++k) {
        multiply_entry(a.transformed + a.positions[k] * complex_entry, a.conjugations[k],
                       b.transformed + b.positions[k] * complex_entry, b.conjugations[k], scale,
                       out.real + k * out.step * row_lanes,
                       out.imaginary + k * out.step * row_lanes);
    }
}

SKETCHNTK_VECTOR_DISPATCH
void copy_chosen(Chosen a, float scale, Index count, LaneFactor::Target out) {
    for (Index k = 0; k < count; ++k) {
        const float* const entry = a.transformed + a.positions[k] * complex_entry;
        float* const real = out.real + k * out.step * row_lanes;
        float* const imaginary = out.imaginary + k * out.step * row_lanes;
        const float imaginary_scale = scale * a.conjugations[k];
        for (Index l = 0; l < row_lanes; ++l) {
            real[l] = scale * entry[l];
            imaginary[l] = imaginary_scale * entry[row_lanes + l];
        }
    }
}

}  // namespace

Index lane_permutation(Index dimension, LaneNumbers numbers) {
    const Index length = padded_length(dimension, numbers);
    return numbers == LaneNumbers::real ? length / 2 : length;
}

double lane_transform_flops(Index dimension, LaneNumbers numbers) {
    const auto length = static_cast<double>(padded_length(dimension, numbers));
    const double numbers_of_entry = numbers == LaneNumbers::real ? 1 : 2;
    return numbers_of_entry * (static_cast<double>(dimension) + 2.5 * length * std::log2(length));
}

LaneFactor::LaneFactor(LaneNumbers numbers, Index dimension, Index products, Seed seed,
                       std::uint32_t number)
    : fourier_(make_fourier(dimension, numbers)), numbers_(dimension * numbers_of_entry(numbers)) {
    const Index length = padded_length(dimension, numbers);
    std::vector<float> signs(static_cast<std::size_t>(length));
    RandomStream(seed, signs_operator).fill_signs(number, 0, signs);
    for (const float sign : signs) signs_.insert(signs_.end(), numbers_of_entry(numbers), sign);
    if (const auto* real = std::get_if<RealLaneFourier>(&fourier_)) {
        for (const Index frequency : balanced_frequencies(seed, number, products, length)) {
            const bool upper = frequency > length / 2;
            positions_.push_back(
                static_cast<std::int32_t>(real->position(upper ? length - frequency : frequency)));
            conjugations_.push_back(upper ? -1.0F : 1.0F);
        }
    } else {
        const auto& complex = std::get<LaneFourier>(fourier_);
        for (const Index frequency : repeated_permutations(seed, number, products, length)) {
            positions_.push_back(static_cast<std::int32_t>(complex.position(frequency)));
        }
        conjugations_.assign(positions_.size(), 1.0F);
    }
}

std::int64_t LaneFactor::bytes(LaneNumbers numbers, Index dimension, Index products) {
    constexpr auto bytes_of_frequency = static_cast<Index>(sizeof(std::int32_t) + sizeof(float));
    return padded_length(dimension, numbers) * numbers_of_entry(numbers) *
               static_cast<Index>(sizeof(float)) +
           products * bytes_of_frequency;
}

Index LaneFactor::transformed_size() const {
    if (const auto* real = std::get_if<RealLaneFourier>(&fourier_)) {
        return real->frequencies() * complex_entry;
    }
    return std::get<LaneFourier>(fourier_).length() * complex_entry;
}

void LaneFactor::transform(const float* vectors, float* out) const {
    const SignedLanes in(vectors, numbers_, signs_.data());
    std::visit([&](const auto& fourier) { fourier.transform(in, out); }, fourier_);
}

void LaneFactor::multiply(const LaneFactor& a, const float* a_transformed, const LaneFactor& b,
                          const float* b_transformed, float scale, Index first, Index last,
                          Target out) {
    multiply_chosen({a_transformed, a.positions_.data() + first, a.conjugations_.data() + first},
                    {b_transformed, b.positions_.data() + first, b.conjugations_.data() + first},
                    scale, last - first, out);
}

void LaneFactor::choose(const float* transformed, float scale, Index first, Index last,
                        Target out) const {
    copy_chosen({transformed, positions_.data() + first, conjugations_.data() + first}, scale,
                last - first, out);
}

bool last_part_is_imaginary(Seed seed) {
    return RandomStream(seed, last_part_operator).uniform_index(0, 0, 2) == 1;
}

float real_form_scale(Index numbers) {
    return static_cast<float>(std::sqrt(2 / static_cast<double>(numbers)));
}

}  // namespace sketchntk::sketches
