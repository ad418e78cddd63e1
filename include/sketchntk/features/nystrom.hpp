#pragma once

#include <sketchntk/features/feature_map.hpp>

#include <mutex>

namespace sketchntk {

/// Nystrom features from p landmark rows L (Williams and Seeger 2001):
///
///     z(x) = K(x, L) W R^-1,   R^T R = W^T K(L, L) W + jitter I,
///
/// so that z(x) z(y)^T is the projection of the kernel on the span of the combinations W of the
/// landmarks: never above K on the diagonal. With as many landmarks as features, p = m, W is the
/// identity, and it is K itself on the landmarks up to the jitter, 1e-6 of the mean of
/// diag K(L, L), more only if the Cholesky factorisation needs it: kernel entries are float32, and
/// the inverse would blow up their rounding.
///
/// With more landmarks than features, W spans (nearly) the leading eigenvectors of K(L, L), by
/// three steps of block power iteration: as many features from a larger choice, which come close to
/// the best of that rank (docs/feature_maps.md).
///
/// Any network that has an exact kernel; any kind. The landmarks come from data (see
/// `select_landmarks`), and a model file holds them.
///
/// Cost a row: p kernel entries, 2 p d flops, and m^2 flops for the triangular product, or 2 p m
/// for p > m. Memory: p m floats, and 8 (p^2 + 4 p m) bytes while they are prepared.
class NystromFeatures final : public FeatureMap {
  public:
    /// @param features m; features() is m whatever the number of landmarks, the rest being zero
    /// @param most_landmarks p, at least m
    /// @param landmarks at most p rows of `inputs` columns; none for a map that is only asked for
    ///   its size, which then refuses to map
    /// @throws InvalidArgument if the network has no exact kernel here, or features or inputs are
    ///   below 1; DimensionMismatch if the landmarks do not fit.
    NystromFeatures(const Network& network, KernelKind kind, Index features, Index most_landmarks,
                    Index inputs, Matrix<float> landmarks);
    ~NystromFeatures() override;

    [[nodiscard]] Index inputs() const override { return inputs_; }
    [[nodiscard]] Index features() const override { return features_; }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] double flops_per_row() const override;
    [[nodiscard]] LearntRows learnt() const override;

  private:
    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    [[nodiscard]] const Matrix<float>& projection(const Execution& execution) const;
    /// Overwrites the kernel.
    [[nodiscard]] Matrix<float> triangular_projection(Matrix<double>& kernel,
                                                      const Execution& execution) const;
    [[nodiscard]] Matrix<float> truncated_projection(const Matrix<double>& kernel,
                                                     const Execution& execution) const;
    /// Columns of the result that are not zero.
    [[nodiscard]] Index rank() const;
    /// The features of a tile of rows from their kernel entries, always a whole tile: a product may
    /// treat the rows of a partial one differently. `products` is memory to work with.
    void project(const Matrix<float>& entries, const Matrix<float>& projection,
                 Matrix<float>& products, MatrixView<float> out) const;

    Network network_;
    KernelKind kind_;
    Index features_;
    Index most_landmarks_;
    Index inputs_;
    Matrix<float> landmarks_;
    mutable std::once_flag prepare_once_;
    mutable Matrix<float> projection_;  ///< landmarks x rank: W R^-1
};

}  // namespace sketchntk
