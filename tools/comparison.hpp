#pragma once

#include "kernel_sample.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/model/fit.hpp>
#include <sketchntk/solve/exact_ridge.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace sketchntk::tools {

/// One run of one method.
struct ComparisonResult {
    std::string method;    ///< name and options of the feature map, or "exact"
    std::string map = {};  ///< the same, but for `auto` what it chose
    Index features = 0;    ///< 0 for the exact kernel
    Index split = 1;
    std::uint64_t seed = 0;  ///< of the feature map
    Index training_rows = 0;
    double lambda = 0;
    double test_rmse = 0;
    double test_r2 = 0;
    double test_accuracy = 0;       ///< NaN unless targets are classes
    KernelError kernel_error = {};  ///< on a sample of the training rows
    double learning_seconds = 0;    ///< what the map learnt from a sample of rows, or its choice
    double feature_seconds = 0;     ///< mapping the training rows to features
    double solve_seconds = 0;       ///< Gram, choice of lambda and coefficients
    std::int64_t map_bytes = 0;     ///< the map's memory while mapping
    std::int64_t model_bytes = 0;   ///< the model's file
    std::int64_t peak_bytes = 0;    ///< largest resident set during the fit
    /// Of the exact kernel on all training rows, where asked for; else NaN. Roots of means over
    /// rows and targets.
    double leave_one_out_rmse = std::numeric_limits<double>::quiet_NaN();
    double gcv_rmse = std::numeric_limits<double>::quiet_NaN();
    std::string solver = {};  ///< of the exact kernel: which one, why, steps and residual
};

/// Fits and tests methods on the same training and test rows.
class Comparison {
  public:
    struct Settings {
        KernelSample::Settings kernel;
        Index sample_rows = 1000;        ///< for the kernel error
        Index exact_lambda_rows = 4096;  ///< on which the exact kernel's lambda is chosen
        bool classification = false;     ///< measure the accuracy, too
        ExactSolver exact_solver = ExactSolver::automatic;
        double exact_tolerance = 1e-6;           ///< relative residual
        std::vector<double> exact_lambdas = {};  ///< empty: chosen, or that of the fit
        bool exact_leave_one_out = false;        ///< on all training rows
    };

    Comparison(RowReader& training, RowReader& test, Settings settings, Execution execution);

    [[nodiscard]] ComparisonResult feature_map(const FitOptions& options);
    /// Kernel ridge regression with the exact kernel on all training rows, lambda chosen by the
    /// leave-one-out error on some of them, but not below `float32_lambda` (or given). Given
    /// several, one result for each, named by its lambda; they share seconds and memory.
    /// @throws ResourceError if it does not fit into memory, NumericalError if the solver does not
    ///   come below a residual of 1e-5, or the tolerance if that is larger.
    [[nodiscard]] std::vector<ComparisonResult> exact(const FitOptions& options);

    [[nodiscard]] Index training_rows() const { return training_rows_; }

  private:
    [[nodiscard]] const KernelSample& sample(const Standardiser& standardiser);
    [[nodiscard]] Matrix<float> kernel_rows(Matrix<float> rows) const;
    [[nodiscard]] std::vector<double> exact_lambdas(const FitOptions& options,
                                                    const Matrix<float>& inputs,
                                                    const Matrix<double>& targets) const;
    void check_residual(const ExactRidge& ridge) const;

    RowReader& training_;
    RowReader& test_;
    Settings settings_;
    Execution execution_;
    Index training_rows_;
    std::unique_ptr<const KernelSample> sample_;
};

}  // namespace sketchntk::tools
