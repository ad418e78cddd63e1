#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>

#include <span>
#include <vector>

namespace sketchntk {

struct PixelFeatures;

/// A step that learns something from the data before images can be mapped.
class PixelLearner {
  public:
    virtual ~PixelLearner() = default;

    [[nodiscard]] virtual bool learns() const = 0;
    [[nodiscard]] virtual bool ready() const = 0;

    /// Samples are rows of so many numbers, each taken at one of so many pixels of an image.
    [[nodiscard]] virtual Index sample_columns() const = 0;
    [[nodiscard]] virtual Index sample_pixels() const = 0;
    [[nodiscard]] virtual Index wanted_samples() const = 0;
    /// @param entering what enters the step
    virtual void write_sample(const PixelFeatures& entering, Index pixel,
                              std::span<float> out) const = 0;

    /// Matrices in what `learn` gives.
    [[nodiscard]] virtual std::size_t learnt_matrices() const = 0;
    /// @param samples from all over the data; overwritten
    /// @throws InvalidArgument if they are too few.
    [[nodiscard]] virtual std::vector<Matrix<float>> learn(Matrix<float> samples,
                                                           const Execution& execution) const = 0;
    /// Before the step is drawn.
    /// @throws DimensionMismatch if the shapes do not fit.
    virtual void set_learnt(std::span<const Matrix<float>> learnt) = 0;
    /// Floats that gathering samples, by so many threads, and `learn` take beyond what mapping
    /// does.
    [[nodiscard]] virtual Index learning_floats(int threads) const = 0;
};

/// @throws DimensionMismatch unless the matrix has this shape, or no rows where none are expected.
void expect_learnt_shape(const Matrix<float>& matrix, Index rows, Index columns, const char* name);

}  // namespace sketchntk
