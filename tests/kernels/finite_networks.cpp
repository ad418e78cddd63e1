// The exact kernels against what they are the limit of: wide networks with random weights.
#include "catch2.hpp"
#include "core/eigen.hpp"
#include "kernels/finite_network.hpp"

#include <sketchntk/kernels/tensor_kernel.hpp>

#include <cmath>
#include <random>
#include <string>

namespace sketchntk::testing {

namespace {

/// Mean and standard error of matrices.
class MatrixMoments {
  public:
    void add(const RowMajor<double>& sample) {
        if (count_++ == 0) {
            sum_ = squares_ = RowMajor<double>::Zero(sample.rows(), sample.cols());
            first_ = sample;
        }
        sum_ += sample - first_;
        squares_ += (sample - first_).cwiseAbs2();
    }
    [[nodiscard]] RowMajor<double> mean() const { return first_ + sum_ / count_; }
    [[nodiscard]] RowMajor<double> standard_error() const {
        const RowMajor<double> variances = (squares_ - sum_.cwiseAbs2() / count_) / (count_ - 1);
        return (variances / count_).cwiseSqrt();
    }

  private:
    RowMajor<double> first_, sum_, squares_;
    double count_ = 0;
};

struct MonteCarlo {
    std::string network;
    ImageShape shape;
    Index width;
    int repetitions;
};

/// The mean of a network's kernel at width W is K + a / W + O(1 / W^2), so that twice the mean at
/// 2 W minus that at W has lost a. What is left of order 1 / W^2 was not to be seen at W = 4 beside
/// a standard error of 0.02 of the scale sqrt(K(x, x) K(y, y)) (40,000 repetitions), and is less
/// than a sixteenth of that at the widths below.
void check_monte_carlo(const MonteCarlo& run) {
    CAPTURE(run.network);
    const Network network = parse_network(run.network);
    std::mt19937_64 generator(7);
    std::normal_distribution<double> normal;
    Matrix<double> images(3, 3 * pixel_count(run.shape));
    for (Index i = 0; i < 3; ++i)
        for (double& value : images.row(i)) value = normal(generator);

    MatrixMoments nngp, ntk;
    for (int i = 0; i < run.repetitions; ++i) {
        const ReferenceKernels narrow =
            finite_kernels(network, run.shape, images, run.width, generator);
        const ReferenceKernels wide =
            finite_kernels(network, run.shape, images, 2 * run.width, generator);
        nngp.add(2 * as_eigen(wide.nngp) - as_eigen(narrow.nngp));
        ntk.add(2 * as_eigen(wide.ntk) - as_eigen(narrow.ntk));
    }
    for (const KernelKind kind : {KernelKind::nngp, KernelKind::ntk}) {
        Matrix<double> exact(3, 3);
        TensorKernel(network, kind, run.shape, images).tile(0, 0, exact);
        const MatrixMoments& moments = kind == KernelKind::nngp ? nngp : ntk;
        const RowMajor<double> mean = moments.mean(), error = moments.standard_error();
        for (Index i = 0; i < 3; ++i)
            for (Index j = i; j < 3; ++j) {
                CAPTURE(to_text(kind), i, j, error(i, j));
                CHECK(std::abs(mean(i, j) - exact(i, j)) < 5 * error(i, j));
                // What a wrong factor would hide in.
                CHECK(error(i, j) < 0.03 * std::sqrt(exact(i, i) * exact(j, j)));
            }
    }
}

}  // namespace

TEST_CASE("random networks of finite width have the exact kernels as their mean") {
    check_monte_carlo({"fc(depth=2, b_std=0.3)", {}, 16, 6000});
    check_monte_carlo({"fc(depth=2, activation=erf, w_std=1.5, b_std=0.3)", {}, 16, 6000});
    check_monte_carlo({"dense relu dense(trained=0) relu dense", {}, 16, 6000});
    check_monte_carlo({"conv(3, b_std=0.3) relu gap dense", {3, 4}, 16, 2000});
    check_monte_carlo({"conv(3, stride=2) relu flatten dense(b_std=0.3)", {4, 4}, 16, 2000});
    check_monte_carlo({"conv(2) residual(relu conv(3, b_std=0.3)) relu gap dense", {4}, 16, 3000});
}

TEST_CASE("the mean of more random networks of finite width", "[slow]") {
    check_monte_carlo(
        {"conv(3, trained=0) relu conv(3) relu gap dense(trained=0)", {4, 4}, 24, 4000});
    check_monte_carlo(
        {"conv(3, padding=circular) gelu avg_pool(2) conv(2, padding=valid) abs gap dense",
         {5, 4},
         24,
         4000});
    check_monte_carlo({"conv(3) layer_norm erf flatten dense", {3, 3}, 32, 4000});
    check_monte_carlo(
        {"conv(3) residual(relu conv(3, stride=2) | conv(1, stride=2)) relu gap dense",
         {4, 4},
         24,
         4000});
}

}  // namespace sketchntk::testing
