#pragma once

#include <sketchntk/features/feature_map.hpp>

#include <mutex>

namespace sketchntk {

/// A kernel that depends on x - y alone.
enum class ShiftInvariantKernel {
    gauss,    ///< exp(-|x - y|^2 / (2 s^2)): frequencies normal, with standard deviation 1 / s
    laplace,  ///< exp(-|x - y| / s): frequencies of a multivariate Cauchy law with scale 1 / s
};

/// Random Fourier features (Rahimi and Recht 2007, algorithm 1):
///
///     z(x) = sqrt(1 / P) [cos <w_k, x>, sin <w_k, x>],   k = 1, ..., P = features / 2,
///
/// unbiased for a Gaussian or Laplace kernel of bandwidth s, not for the network's: the controls
/// that tell whether the NTK earns its keep. On a sphere the NTK's reproducing kernel Hilbert space
/// is that of the Laplace kernel (Chen and Xu 2021), so `rff-laplace` is the nearer one.
///
/// Cost a row: 2 inputs P flops in a matrix product and about 40 a pair. Memory: inputs P floats.
class RandomFourierFeatures final : public FeatureMap {
  public:
    /// @param features at least 2; features() is one less where it is odd
    /// @param bandwidth s; 0 takes sqrt(inputs), about 0.7 of the distance of standardised rows
    /// @throws InvalidArgument for fewer features or inputs, or a bandwidth that is not positive.
    RandomFourierFeatures(ShiftInvariantKernel kernel, double bandwidth, Index features, Seed seed,
                          Index inputs);
    ~RandomFourierFeatures() override;

    [[nodiscard]] Index inputs() const override { return inputs_; }
    [[nodiscard]] Index features() const override { return 2 * pairs_; }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] double flops_per_row() const override;
    [[nodiscard]] bool approximates_network_kernel() const override { return false; }
    [[nodiscard]] double bandwidth() const { return bandwidth_; }

  private:
    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    [[nodiscard]] const Matrix<float>& frequencies() const;

    ShiftInvariantKernel kernel_;
    double bandwidth_;
    Index pairs_;
    Seed seed_;
    Index inputs_;
    mutable std::once_flag draw_once_;
    mutable Matrix<float> frequencies_;  ///< pairs x inputs, in turns: w / (2 pi)
};

}  // namespace sketchntk
