#include "catch2.hpp"
#include "support.hpp"

#include <sketchntk/solve/kernel_error.hpp>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <cmath>
#include <limits>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

DenseMatrix normal_matrix(Index rows, Index columns, unsigned seed) {
    std::mt19937_64 generator(seed);
    std::normal_distribution<double> normal;
    return DenseMatrix::NullaryExpr(rows, columns, [&] { return normal(generator); });
}

DenseMatrix random_orthogonal(Index size, unsigned seed) {
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(normal_matrix(size, size, seed));
    return Eigen::MatrixXd(qr.householderQ());
}

/// Q diag(values) Q^T.
DenseMatrix with_spectrum(const DenseMatrix& orthogonal, const Eigen::VectorXd& values) {
    return orthogonal * values.asDiagonal() * orthogonal.transpose();
}

/// The definitions, by dense eigendecompositions.
KernelError by_definition(const DenseMatrix& approximation, const DenseMatrix& kernel,
                          double lambda) {
    using Solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
    const DenseMatrix deviation = approximation - kernel;
    const double penalty = lambda * kernel.diagonal().mean();
    const DenseMatrix identity = DenseMatrix::Identity(kernel.rows(), kernel.cols());
    const DenseMatrix root = Solver(kernel + penalty * identity).operatorInverseSqrt();
    const Eigen::VectorXd ratios =
        Solver(root * (approximation + penalty * identity) * root).eigenvalues();
    return {.frobenius = deviation.norm() / kernel.norm(),
            .trace = Solver(deviation).eigenvalues().cwiseAbs().sum() / kernel.trace(),
            .smallest_ratio = ratios.minCoeff(),
            .largest_ratio = ratios.maxCoeff()};
}

void check_equal(const KernelError& measured, const KernelError& expected, double tolerance) {
    CHECK(measured.frobenius == Approx(expected.frobenius).epsilon(tolerance));
    CHECK(measured.trace == Approx(expected.trace).epsilon(tolerance));
    CHECK(measured.smallest_ratio == Approx(expected.smallest_ratio).epsilon(tolerance));
    CHECK(measured.largest_ratio == Approx(expected.largest_ratio).epsilon(tolerance));
}

}  // namespace

TEST_CASE("the kernel error of matrices with one set of eigenvectors is known") {
    const Index size = 40;
    const DenseMatrix orthogonal = random_orthogonal(size, 1);
    Eigen::VectorXd kernel(size);
    Eigen::VectorXd approximation(size);
    for (Index i = 0; i < size; ++i) {
        kernel(i) = std::pow(0.8, static_cast<double>(i));
        approximation(i) = kernel(i) * (1 + 0.3 * std::cos(static_cast<double>(i)));
    }
    const double lambda = 0.05;
    const double penalty = lambda * kernel.sum() / static_cast<double>(size);
    const Eigen::ArrayXd ratios = (approximation.array() + penalty) / (kernel.array() + penalty);
    const KernelError expected{.frobenius = (approximation - kernel).norm() / kernel.norm(),
                               .trace = (approximation - kernel).cwiseAbs().sum() / kernel.sum(),
                               .smallest_ratio = ratios.minCoeff(),
                               .largest_ratio = ratios.maxCoeff()};
    check_equal(kernel_error(to_matrix(with_spectrum(orthogonal, approximation)).view(),
                             to_matrix(with_spectrum(orthogonal, kernel)).view(), lambda),
                expected, 1e-10);
}

TEST_CASE("the kernel error of features is what the definitions say") {
    for (const Index size : {1, 7, 300}) {
        const DenseMatrix kernel_root = normal_matrix(size, size + 5, 2);
        const DenseMatrix kernel = kernel_root * kernel_root.transpose();
        const Matrix<float> features = to_float(normal_matrix(size, 700, 3));
        const DenseMatrix wide = as_eigen(features).cast<double>();
        const DenseMatrix gram = wide * wide.transpose();
        CHECK(relative_difference(as_eigen(feature_gram(features.view())), gram) < 1e-13);
        for (const double lambda : {1e-3, 1.0})
            check_equal(kernel_error(features.view(), to_matrix(kernel).view(), lambda),
                        by_definition(gram, kernel, lambda), 1e-9);
    }
}

TEST_CASE("a kernel has no error against itself, and half of it is half wrong") {
    const DenseMatrix root = normal_matrix(60, 30, 4);
    const Matrix<double> kernel = to_matrix(root * root.transpose());
    const KernelError none = kernel_error(kernel.view(), kernel.view(), 0.01);
    CHECK(none.frobenius == 0);
    CHECK(none.trace == 0);
    CHECK(none.smallest_ratio == 1);
    CHECK(none.largest_ratio == 1);

    const Matrix<double> half = to_matrix(0.5 * root * root.transpose());
    const KernelError of_half = kernel_error(half.view(), kernel.view(), 1e-6);
    CHECK(of_half.frobenius == Approx(0.5));
    CHECK(of_half.trace == Approx(0.5));
    CHECK(of_half.smallest_ratio == Approx(0.5).epsilon(1e-3));
    CHECK(of_half.largest_ratio == Approx(1));
}

TEST_CASE("the trace error of an approximation from below is what the trace misses") {
    const DenseMatrix root = normal_matrix(50, 50, 5);
    const DenseMatrix kernel = root * root.transpose();
    // Nystrom from the first 20 rows: K - K^ is the Schur complement, positive semidefinite.
    const DenseMatrix corner = kernel.topLeftCorner(20, 20);
    const DenseMatrix columns = kernel.leftCols(20);
    const DenseMatrix nystrom =
        columns * Eigen::LDLT<Eigen::MatrixXd>(corner).solve(columns.transpose());
    const KernelError error =
        kernel_error(to_matrix(nystrom).view(), to_matrix(kernel).view(), 0.01);
    CHECK(error.trace == Approx(1 - nystrom.trace() / kernel.trace()).epsilon(1e-9));
    CHECK(error.largest_ratio == Approx(1).epsilon(1e-9));
}

TEST_CASE("the kernel error has the same bits for any number of threads") {
    const DenseMatrix root = normal_matrix(530, 530, 6);
    const Matrix<double> kernel = to_matrix(root * root.transpose());
    const Matrix<float> features = to_float(normal_matrix(530, 600, 7));
    const KernelError one = kernel_error(features.view(), kernel.view(), 0.1, {.threads = 1});
    const KernelError three = kernel_error(features.view(), kernel.view(), 0.1, {.threads = 3});
    CHECK(one.frobenius == three.frobenius);
    CHECK(one.trace == three.trace);
    CHECK(one.smallest_ratio == three.smallest_ratio);
    CHECK(one.largest_ratio == three.largest_ratio);
}

TEST_CASE("the kernel error refuses what it cannot measure, and says why") {
    const Matrix<double> identity = to_matrix(DenseMatrix::Identity(3, 3));
    const Matrix<double> zero(3, 3);
    const Matrix<double> wide(3, 4);
    const Matrix<double> none;
    Matrix<double> broken = identity;
    broken(2, 1) = std::numeric_limits<double>::quiet_NaN();
    const auto refusal = [](const Matrix<double>& approximation, const Matrix<double>& kernel,
                            double lambda) {
        return message_of(
            [&] { static_cast<void>(kernel_error(approximation.view(), kernel.view(), lambda)); });
    };
    CHECK(contains(refusal(wide, identity, 1), "3 x 4 and 3 x 3"));
    CHECK(contains(refusal(identity, wide, 1), "3 x 3 and 3 x 4"));
    CHECK(contains(refusal(none, none, 1), "no rows"));
    CHECK(contains(refusal(identity, identity, 0), "lambda"));
    CHECK(contains(refusal(identity, identity, std::numeric_limits<double>::infinity()), "lambda"));
    CHECK(contains(refusal(identity, zero, 1), "positive trace"));
    CHECK(contains(refusal(identity, broken, 1), "finite"));
    CHECK(contains(refusal(broken, identity, 1), "finite"));
    Matrix<double> indefinite = identity;
    indefinite(1, 0) = indefinite(0, 1) = 9;
    CHECK(contains(refusal(identity, indefinite, 0.01), "positive definite"));
    const Matrix<float> features(2, 5);
    CHECK(contains(
        message_of([&] { static_cast<void>(kernel_error(features.view(), identity.view(), 1)); }),
        "2 rows of features"));
}
