#pragma once

#include <sketchntk/core/matrix.hpp>

namespace sketchntk {

/// A kernel matrix K(X, Y) that is computed piece by piece on demand and never held whole: what
/// solvers and writers of Gram matrices see of any kernel.
///
/// `tile` may be called from several threads at once, and an entry's value does not depend on the
/// tile it is computed in.
template <typename T>
class KernelTiles {
  public:
    virtual ~KernelTiles() = default;
    [[nodiscard]] virtual Index rows() const = 0;
    [[nodiscard]] virtual Index columns() const = 0;
    /// True for K(X, X): then tile(i, j) is the transpose of tile(j, i) to the bit.
    [[nodiscard]] virtual bool symmetric() const = 0;
    /// Pairs of a tile with sides of this length share work, so that they are best asked for
    /// together; 1 where each pair is worked for on its own.
    [[nodiscard]] virtual Index shared_side() const { return 1; }
    /// out(a, b) = K(x_{first_row + a}, y_{first_column + b}). Any size; multiples of 256 are fast.
    virtual void tile(Index first_row, Index first_column, MatrixView<T> out) const = 0;
};

}  // namespace sketchntk
