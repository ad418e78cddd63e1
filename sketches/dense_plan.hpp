#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/sparse_rows_view.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

namespace sketchntk::sketches {

/// @throws ResourceError unless `needed` bytes of memory are available for `what`.
void check_memory(const std::string& what, std::int64_t needed);

/// Applies a matrix S (outputs x inputs) of which any block can be written when it is wanted.
class DensePlan {
  public:
    struct Shape {
        Index inputs;
        Index outputs;

        /// Of the matrix as float32.
        [[nodiscard]] std::int64_t bytes() const;
        /// Of its product with `rows` rows.
        [[nodiscard]] double flops(Index rows) const;
    };
    /// @throws InvalidArgument unless both are from 1 to 2^30 and together at most 2^40 entries.
    [[nodiscard]] static Shape checked_shape(Index inputs, Index outputs);

    /// block(a, b) = S(first_output + b, first_input + a), the same whatever the block.
    using Fill =
        std::function<void(Index first_input, Index first_output, MatrixView<float> block)>;

    /// @param name of the operator, for messages
    /// @param drawn_at_once shape of the blocks in which the whole is drawn, each on one thread
    DensePlan(std::string name, Shape shape, Shape drawn_at_once, Fill fill);
    /// For matrices whose rows of S^T cost nothing beyond their entries: drawn some rows at a time.
    DensePlan(std::string name, Shape shape, Fill fill);

    /// out = x S^T. The first call draws S.
    /// @throws ResourceError if S does not fit into the memory.
    void apply(MatrixView<const float> x, MatrixView<float> out, const Execution& execution) const;

    /// The same for sparse rows, with S drawn as for dense ones.
    void apply_drawn(const SparseRowsView& x, MatrixView<float> out,
                     const Execution& execution) const;

    /// The same with those rows of S^T only that a tile of sparse rows touches, drawn for each
    /// tile.
    void apply_touched(const SparseRowsView& x, MatrixView<float> out,
                       const Execution& execution) const;

  private:
    /// S^T
    [[nodiscard]] const Matrix<float>& drawn(const Execution& execution) const;
    void draw(const Execution& execution) const;

    /// Adds what those outputs of `out` get from x.
    void add_touched(const SparseRowsView& x, Index first_output, MatrixView<float> out) const;

    std::string name_;
    Shape shape_;
    Shape drawn_at_once_;
    Fill fill_;
    mutable std::once_flag draw_once_;
    mutable Matrix<float> transposed_;
};

}  // namespace sketchntk::sketches
