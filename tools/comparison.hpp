#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/model/fit.hpp>

#include <cstdint>
#include <string>

namespace sketchntk::tools {

/// One line of a comparison.
struct ComparisonResult {
    std::string method;  ///< name of the feature map, or "exact"
    Index features = 0;  ///< 0 for the exact kernel
    Index training_rows = 0;
    double lambda = 0;
    double test_rmse = 0;
    double test_r2 = 0;
    /// |Z Z^T - K| / |K| in the Frobenius norm on a sample of the training rows; 0 for the exact
    /// kernel.
    double kernel_error = 0;
    double feature_seconds = 0;   ///< mapping the training rows to features
    double solve_seconds = 0;     ///< Gram, choice of lambda and coefficients
    std::int64_t peak_bytes = 0;  ///< largest resident set during the fit
};

/// Rows on which the error of a kernel approximation is measured, and the exact kernel on them.
struct KernelSample {
    Matrix<float> rows;
    Matrix<double> kernel;
};

/// Fits and tests methods on the same training and test rows.
class Comparison {
  public:
    struct Settings {
        Network network;
        KernelKind kind = KernelKind::ntk;
        Index sample_rows = 1000;        ///< for the kernel error
        Index exact_lambda_rows = 4096;  ///< on which the exact kernel's lambda is chosen
    };

    Comparison(RowReader& training, RowReader& test, Settings settings, Execution execution);

    [[nodiscard]] ComparisonResult feature_map(const FitOptions& options);
    /// Kernel ridge regression with the exact kernel on all training rows, lambda chosen by the
    /// leave-one-out error on some of them (or given).
    /// @throws ResourceError if it does not fit into memory.
    [[nodiscard]] ComparisonResult exact(const FitOptions& options);

  private:
    [[nodiscard]] double kernel_error(const Model& model);
    [[nodiscard]] const KernelSample& sample(const Standardiser& standardiser);
    [[nodiscard]] Standardiser standardiser(const FitOptions& options);

    RowReader& training_;
    RowReader& test_;
    Settings settings_;
    Execution execution_;
    Index training_rows_;
    std::unique_ptr<KernelSample> sample_;
};

}  // namespace sketchntk::tools
