#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/data/standardiser.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/solve/kernel_error.hpp>

namespace sketchntk::tools {

/// Rows on which the error of feature maps is measured, and the exact kernel on them.
class KernelSample {
  public:
    struct Settings {
        Network network;
        KernelKind kind = KernelKind::ntk;
        ImageShape image = {};        ///< where rows are images: their pixels
        bool normalise_rows = false;  ///< as the maps do (`FeatureMapConfiguration`)
        double lambda = 0.01;         ///< for the spectral error
    };

    /// @param rows inputs as maps see them, at least one
    KernelSample(Matrix<float> rows, const Settings& settings, const Execution& execution);

    /// The error of Z Z^T; NaN in all parts for the features of another kernel.
    [[nodiscard]] KernelError error(const FeatureMap& map, const Execution& execution) const;

  private:
    Matrix<float> rows_;
    double lambda_;
    Matrix<double> kernel_;
};

/// `count` rows at equal distances, or all of them if there are not more, standardised; the reader
/// is read once. @param total its rows
[[nodiscard]] Matrix<float> evenly_spaced_rows(RowReader& reader, Index total, Index count,
                                               const Standardiser& standardiser);

}  // namespace sketchntk::tools
