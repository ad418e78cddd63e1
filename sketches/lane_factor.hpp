#pragma once

#include "sketches/lane_fourier.hpp"

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

#include <algorithm>
#include <cstdint>
#include <variant>
#include <vector>

namespace sketchntk::sketches {

/// What kind of numbers a vector has.
enum class LaneNumbers { real, complex };

/// The frequencies of a factor of a TensorSRHT that balanced sampling permutes: those of complex
/// rows, or the pairs of conjugate ones of real rows.
[[nodiscard]] Index lane_permutation(Index dimension, LaneNumbers numbers);

/// Floating-point operations of signs and transform of one row.
[[nodiscard]] double lane_transform_flops(Index dimension, LaneNumbers numbers);

/// One factor of a TensorSRHT in the Fourier form with balanced sampling, drawn, for `row_lanes`
/// rows at once (see `LaneFourier`): signs, a transform of the power of two at or above the
/// dimension, and the frequencies that the products read. Fewer products are the first ones of
/// more.
class LaneFactor {
  public:
    /// @param dimension real or complex entries
    /// @param number which factor of the seed
    LaneFactor(LaneNumbers numbers, Index dimension, Index products, Seed seed,
               std::uint32_t number);

    /// Memory of signs and chosen frequencies.
    [[nodiscard]] static std::int64_t bytes(LaneNumbers numbers, Index dimension, Index products);

    /// Floats that `transform` writes.
    [[nodiscard]] Index transformed_size() const;
    /// The transform of the vectors of all lanes.
    void transform(const float* vectors, float* out) const;

    /// Where results go: product k has its real parts at real[k step row_lanes ...] and its
    /// imaginary parts at imaginary[k step row_lanes ...].
    struct Target {
        float* real;
        float* imaginary;
        Index step;
    };
    /// Products [first, last) of the transforms of two factors, times scale; to `out` from its
    /// beginning.
    static void multiply(const LaneFactor& a, const float* a_transformed, const LaneFactor& b,
                         const float* b_transformed, float scale, Index first, Index last,
                         Target out);
    /// The chosen frequencies [first, last) themselves, times scale.
    void choose(const float* transformed, float scale, Index first, Index last, Target out) const;

  private:
    std::variant<RealLaneFourier, LaneFourier> fourier_;
    /// Real numbers of a vector, before padding.
    Index numbers_;
    /// One for each real number of the padded vector, the same for the two of a complex entry.
    std::vector<float> signs_;
    /// Where each chosen frequency stands, or its conjugate.
    std::vector<std::int32_t> positions_;
    std::vector<float> conjugations_;
};

/// Writes products to the rows of `out`: for an even number m of columns the real parts of m / 2
/// products and then their imaginary parts; for an odd one, too, one part of a last product.
///
/// @param products products(first, last, target) computes those from first up to last
/// @param scratch (m + 1) * row_lanes floats
template <typename Products>
void write_real_form(const Products& products, bool last_is_imaginary, float* scratch,
                     MatrixView<float> out) {
    const Index pairs = out.columns() / 2;
    float* const imaginary = scratch + pairs * row_lanes;
    products(0, pairs, LaneFactor::Target{scratch, imaginary, 1});
    if (out.columns() % 2 == 1) {
        float* const last = imaginary + pairs * row_lanes;
        products(pairs, pairs + 1, LaneFactor::Target{last, last + row_lanes, 1});
        if (last_is_imaginary) std::copy_n(last + row_lanes, row_lanes, last);
    }
    lanes_to_rows(scratch, out);
}

/// Whether that part is the imaginary one: operator 1 of the seed, which `LaneFactor` leaves free.
[[nodiscard]] bool last_part_is_imaginary(Seed seed);

/// Number of complex products behind so many real numbers.
[[nodiscard]] constexpr Index products_behind(Index numbers) {
    return (numbers + 1) / 2;
}

/// The factor sqrt(2 / m) of a TensorSRHT to m real numbers.
[[nodiscard]] float real_form_scale(Index numbers);

}  // namespace sketchntk::sketches
