#pragma once

#include "core/eigen.hpp"
#include "golden.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/npy.hpp>
#include <sketchntk/kernels/kernel_tiles.hpp>
#include <sketchntk/solve/intercept.hpp>
#include <sketchntk/solve/ridge_accumulator.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sketchntk::testing {

using DenseMatrix = RowMajor<double>;

/// A kernel whose matrix is given.
template <typename T>
class MatrixKernel : public KernelTiles<T> {
  public:
    MatrixKernel(const DenseMatrix& entries, bool symmetric)
        : entries_(entries.cast<T>()), symmetric_(symmetric) {}

    [[nodiscard]] Index rows() const override { return entries_.rows(); }
    [[nodiscard]] Index columns() const override { return entries_.cols(); }
    [[nodiscard]] bool symmetric() const override { return symmetric_; }
    void tile(Index first_row, Index first_column, MatrixView<T> out) const override {
        as_eigen(out) = entries_.block(first_row, first_column, out.rows(), out.columns());
    }

  private:
    RowMajor<T> entries_;
    bool symmetric_;
};

inline Matrix<float> to_float(const DenseMatrix& from) {
    Matrix<float> to(from.rows(), from.cols());
    as_eigen(to) = from.cast<float>();
    return to;
}

inline Matrix<double> to_matrix(const DenseMatrix& from) {
    Matrix<double> to(from.rows(), from.cols());
    as_eigen(to) = from;
    return to;
}

/// Features that a float32 holds exactly, with unequal means and scales, and targets that depend on
/// them.
struct Problem {
    DenseMatrix features;
    DenseMatrix targets;

    Problem(Index rows, Index feature_count, Index target_count, unsigned seed = 1)
        : features(rows, feature_count), targets(rows, target_count) {
        std::mt19937_64 generator(seed);
        std::normal_distribution<double> normal;
        for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < feature_count; ++j) {
                const double scale = 1.0 + static_cast<double>(j % 5);
                const double value = scale * normal(generator) + static_cast<double>(j % 3);
                features(i, j) = static_cast<double>(static_cast<float>(value));
            }
        const DenseMatrix truth = DenseMatrix::NullaryExpr(feature_count, target_count,
                                                           [&] { return normal(generator); });
        const DenseMatrix noise =
            DenseMatrix::NullaryExpr(rows, target_count, [&] { return normal(generator); });
        targets = features * truth + 2.0 * noise;
        targets.array() += 5.0;
    }
};

/// Adds all rows in batches of a size.
template <typename Sink>
void add_in_batches(Sink& sink, const Problem& problem, Index batch, const Execution& execution) {
    const Matrix<float> features = to_float(problem.features);
    const Matrix<double> targets = to_matrix(problem.targets);
    for (Index first = 0; first < features.rows(); first += batch) {
        const Index count = std::min(batch, features.rows() - first);
        sink.add(features.view().middle_rows(first, count),
                 targets.view().middle_rows(first, count), execution);
    }
}

inline RidgeAccumulator accumulate(const Problem& problem) {
    RidgeAccumulator accumulator(problem.features.cols(), problem.targets.cols());
    add_in_batches(accumulator, problem, problem.features.rows(), {});
    return accumulator;
}

/// Ridge regression from the normal equations, by a dense solver.
struct DirectRidge {
    DenseMatrix coefficients;
    Eigen::RowVectorXd intercept;

    DirectRidge(const DenseMatrix& features, const DenseMatrix& targets, double penalty,
                Intercept with) {
        Eigen::RowVectorXd feature_mean = Eigen::RowVectorXd::Zero(features.cols());
        Eigen::RowVectorXd target_mean = Eigen::RowVectorXd::Zero(targets.cols());
        if (with == Intercept::fitted) {
            feature_mean = features.colwise().mean();
            target_mean = targets.colwise().mean();
        }
        const DenseMatrix centred = features.rowwise() - feature_mean;
        const DenseMatrix centred_targets = targets.rowwise() - target_mean;
        DenseMatrix normal = centred.transpose() * centred;
        normal.diagonal().array() += penalty;
        coefficients =
            Eigen::LDLT<Eigen::MatrixXd>(normal).solve(centred.transpose() * centred_targets);
        intercept = target_mean - feature_mean * coefficients;
    }

    [[nodiscard]] DenseMatrix predict(const DenseMatrix& features) const {
        return (features * coefficients).rowwise() + intercept;
    }
};

inline double mean_kernel_diagonal(const DenseMatrix& features) {
    return features.rowwise().squaredNorm().mean();
}

/// The mean squared leave-one-out error by fitting once for each row.
inline double refitted_leave_one_out(const Problem& problem, double penalty, Intercept with) {
    const Index rows = problem.features.rows();
    double sum = 0.0;
    for (Index left_out = 0; left_out < rows; ++left_out) {
        std::vector<Index> kept;
        for (Index i = 0; i < rows; ++i)
            if (i != left_out) kept.push_back(i);
        const DirectRidge model(problem.features(kept, Eigen::all),
                                problem.targets(kept, Eigen::all), penalty, with);
        sum += (problem.targets.row(left_out) - model.predict(problem.features.row(left_out)))
                   .squaredNorm();
    }
    return sum / static_cast<double>(rows * problem.targets.cols());
}

/// The largest difference, relative to the largest entry.
inline double relative_difference(const DenseMatrix& a, const DenseMatrix& b) {
    return (a - b).cwiseAbs().maxCoeff() / b.cwiseAbs().maxCoeff();
}

/// What the exception that `action` throws says; empty if it throws none.
template <typename Action>
std::string message_of(const Action& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// An array of the golden folder of diagnostics.
inline DenseMatrix read_golden(const std::string& name) {
    return as_eigen(read_npy(golden_path("diagnostics/" + name)));
}

/// A file name that no other test uses; the file is removed at the end.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& name)
        : path_(std::filesystem::temp_directory_path() /
                ("sketchntk_solve_" + std::to_string(std::random_device()()) + "_" + name)) {}
    ~TemporaryFile() { std::filesystem::remove(path_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace sketchntk::testing
