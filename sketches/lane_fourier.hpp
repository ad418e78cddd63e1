#pragma once

#include "sketches/row_lanes.hpp"

#include <sketchntk/core/matrix.hpp>

#include <complex>
#include <cstdint>
#include <vector>

namespace sketchntk::sketches {

/// Rows to be transformed after multiplication by signs and padding with zeros. In lanes: complex
/// entry j of all rows is the real parts lanes[2 j row_lanes ...] and the imaginary parts behind
/// them; entry j of real rows is lanes[j row_lanes ...], so that two of them are a complex one.
struct SignedLanes {
    /// @param numbers real numbers of a row, two for each complex entry
    /// @param in_signs of all numbers of the padded row, also of the zeros
    SignedLanes(const float* in_lanes, Index numbers, const float* in_signs);

    const float* lanes;
    Index entries;  ///< whole complex entries
    const float* signs;
    float last[2 * row_lanes] = {};  ///< the one after them: half of it where numbers are odd
    float zeros[2 * row_lanes] = {};
};

/// The discrete Fourier transform, of a length that is a power of two, of `row_lanes` rows at once:
/// each row has a lane of its own, so that every step of the transform, and the choice of
/// frequencies after it, is the same vector operation whatever the length; and no row's bits depend
/// on its neighbours or on the instruction set.
///
/// Frequencies are left where the transform in place puts them (see `position`), which spares a
/// pass over the memory.
class LaneFourier {
  public:
    /// @param length a power of two
    explicit LaneFourier(Index length);

    [[nodiscard]] Index length() const { return length_; }

    /// out[f] = sum_j in[j] exp(-2 pi i j f / length), `length` complex entries.
    void transform(const SignedLanes& in, float* out) const;
    /// The same in place, without signs.
    void transform(float* lanes) const;
    /// The complex entry that holds frequency f.
    [[nodiscard]] Index position(Index frequency) const;

  private:
    Index length_;
    /// exp(-2 pi i j / length) at [j].
    std::vector<std::complex<float>> roots_;
};

/// The transform of real rows, at half the cost: frequencies 0 to length / 2 only.
class RealLaneFourier {
  public:
    /// @param length a power of two, at least 2
    explicit RealLaneFourier(Index length);

    /// Complex entries that `transform` fills: length / 2 + 1.
    [[nodiscard]] Index frequencies() const { return half_.length() + 1; }

    void transform(const SignedLanes& in, float* out) const;
    /// The complex entry that holds frequency f <= length / 2.
    [[nodiscard]] Index position(Index frequency) const;

  private:
    LaneFourier half_;
    std::vector<std::int32_t> positions_;
    std::vector<std::complex<float>> roots_;
};

}  // namespace sketchntk::sketches
