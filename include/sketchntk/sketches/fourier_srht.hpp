#pragma once

#include <sketchntk/sketches/operator.hpp>

#include <memory>

namespace sketchntk::sketches {

/// The subsampled randomised transform with Fourier's matrix instead of Hadamard's, as the code of
/// Zandieh et al. 2021 has it, in real numbers: with F the unnormalised discrete Fourier transform
/// of D x padded with zeros to n = `RealFourierTransform::good_length(inputs)` entries (hardly more
/// than inputs, where a power of two may be twice as many),
///
///     S x = sqrt(2 / m) [Re F_k, Im F_k],  k out of m / 2 distinct ones of 1, ..., n / 2 - 1,
///
/// D random signs. The two real frequencies together are one more class, (F_0, F_{n/2}) / sqrt 2,
/// so that at m = n inner products are kept exactly. Unlike the papers we draw without replacement
/// and never a frequency together with its conjugate. For odd m the last class gives one of its two
/// numbers, each with probability 1/2. The result has all first numbers, then all second ones.
class FourierSrht {
  public:
    class Plan;

    /// @throws InvalidArgument unless inputs is from 1 to 2^30 and outputs from 1 to n.
    FourierSrht(Index inputs, Index outputs, Seed seed);

    [[nodiscard]] Index input_dimension() const { return inputs_; }
    [[nodiscard]] Index output_dimension() const { return outputs_; }
    /// n, the length of the padded row; even.
    [[nodiscard]] Index padded_dimension() const;
    [[nodiscard]] Seed seed() const { return seed_; }
    /// Signs and chosen frequencies.
    [[nodiscard]] std::int64_t bytes() const;
    /// 2.5 n log2 n + inputs + outputs for each row.
    [[nodiscard]] double flops(Index rows) const;

    /// Named "fourier_srht", without options.
    [[nodiscard]] OperatorDescription description() const;
    /// @throws InvalidArgument as the constructor, or if it describes another operator.
    [[nodiscard]] static FourierSrht from_description(const OperatorDescription& description);

    /// Var <S x, S y>. With z_k = Re(conj(X_k) Y_k) of a class, whose mean over the N = n / 2
    /// classes is <x, y> for every D, it is for even m, with s = m / 2 classes drawn,
    ///
    ///     (N - s) / (s (N - 1)) (mean over k and D of z_k^2 - <x, y>^2),
    ///
    /// and the mean follows from the fourth moments of random signs
    /// (`sketches/fourier_moments.hpp`).
    /// @throws DimensionMismatch unless both have `input_dimension` entries.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const;

    bool operator==(const FourierSrht&) const = default;

  private:
    Index inputs_;
    Index outputs_;
    Seed seed_;
};

/// Signs and frequencies, drawn, and the transform prepared; a handle, cheap to copy.
class FourierSrht::Plan {
  public:
    explicit Plan(const FourierSrht& distribution);

    [[nodiscard]] const FourierSrht& distribution() const { return distribution_; }

    /// @param x rows x input_dimension
    /// @param out rows x output_dimension
    /// @throws DimensionMismatch if the shapes do not agree, InvalidArgument if a value is not
    ///   finite.
    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const;
    /// The same; rows are padded one by one, the transform costs what it costs for a dense row.
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

  private:
    struct Drawn;
    template <typename Rows>
    void apply_rows(const Rows& x, MatrixView<float> out, const Execution& execution) const;

    FourierSrht distribution_;
    std::shared_ptr<const Drawn> drawn_;
};

}  // namespace sketchntk::sketches
