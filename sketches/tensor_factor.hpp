#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/sketches/fourier.hpp>
#include <sketchntk/sketches/tensor_srht.hpp>

#include <complex>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sketchntk::sketches {

/// The length to which a factor of a TensorSRHT is padded with zeros.
[[nodiscard]] Index transform_length(Index dimension, TensorTransform transform);

/// Number of products behind `outputs` real numbers.
[[nodiscard]] Index products_for(Index outputs, TensorTransform transform);

/// Floating-point operations of signs and transform of one row.
[[nodiscard]] double transform_flops(Index dimension, TensorTransform transform);

/// One factor of a TensorSRHT, drawn: the signs, the transform, and which of its entries the
/// products read. The entry of product k is a function of seed, number and k, so that fewer
/// products are the first ones of more.
class TensorFactor {
  public:
    /// The transform of one row: a spectrum in the Fourier form; `padded` itself in the other.
    struct Transformed {
        AlignedVector<float> padded;
        AlignedVector<std::complex<float>> spectrum;
    };

    /// @param number which factor of the seed
    TensorFactor(Index dimension, Index products, const TensorSrhtOptions& options, Seed seed,
                 std::uint32_t number);

    [[nodiscard]] Index dimension() const { return static_cast<Index>(signs_.size()); }
    /// Memory for `transform`, its padding already zero.
    [[nodiscard]] Transformed transformed() const;

    /// The transform of a row of `dimension()` entries into what `transformed` of this factor gave.
    void transform(std::span<const float> row, Transformed& out) const;

    /// The first out.size() numbers (real ones of the Hadamard form; real and imaginary parts, and
    /// for an odd number one part more, of the Fourier form) of the products of two factors, times
    /// scale.
    static void multiply(const TensorFactor& first, const Transformed& first_transformed,
                         const TensorFactor& second, const Transformed& second_transformed,
                         bool last_is_imaginary, float scale, std::span<float> out);

  private:
    struct Chosen;

    void choose_independently(Seed seed, std::uint32_t number);
    void choose_balanced(Seed seed, std::uint32_t number);
    void choose(std::size_t product, Index frequency);
    [[nodiscard]] Chosen chosen(const Transformed& transformed) const;

    /// Empty for the Hadamard transform.
    std::optional<RealFourierTransform> fourier_;
    Index length_;
    AlignedVector<float> signs_;
    /// Where each chosen entry stands: the transform of a real row gives only the lower half
    /// circle, the other frequencies are conjugates of it.
    std::vector<std::int32_t> positions_;
    std::vector<float> conjugations_;
};

/// Whether the last output of an odd number of them in the Fourier form is an imaginary part.
[[nodiscard]] bool draw_last_is_imaginary(Seed seed);

/// The factor of the root of a TensorSRHT, 1 / sqrt(m) or sqrt(2 / m).
[[nodiscard]] double tensor_scale(Index outputs, TensorTransform transform);

}  // namespace sketchntk::sketches
