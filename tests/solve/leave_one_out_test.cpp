#include "catch2.hpp"
#include "support.hpp"

#include <sketchntk/solve/kernel_leave_one_out.hpp>
#include <sketchntk/solve/leave_one_out.hpp>

#include <limits>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

const std::vector<double> lambdas{1e-3, 1e-2, 0.1, 1.0, 10.0};

std::vector<double> primal_errors(const Problem& problem, Intercept with, Index batch,
                                  int threads) {
    const RidgePath path(accumulate(problem), Execution{threads}, with);
    LeaveOneOut pass(path, lambdas);
    add_in_batches(pass, problem, batch, Execution{threads});
    return pass.mean_squared_errors(Execution{threads});
}

std::vector<double> dual_errors(const Problem& problem, Intercept with, int threads) {
    const DenseMatrix kernel = problem.features * problem.features.transpose();
    return leave_one_out_errors(MatrixKernel<double>(kernel, true), to_matrix(problem.targets),
                                lambdas, Execution{threads}, with);
}

// Zero, of any size.
class ZeroKernel : public KernelTiles<double> {
  public:
    explicit ZeroKernel(Index size) : size_(size) {}
    [[nodiscard]] Index rows() const override { return size_; }
    [[nodiscard]] Index columns() const override { return size_; }
    [[nodiscard]] bool symmetric() const override { return true; }
    void tile(Index, Index, MatrixView<double> out) const override { as_eigen(out).setZero(); }

  private:
    Index size_;
};

}  // namespace

TEST_CASE("leave-one-out errors are those of refitting without each row") {
    for (const Intercept with : {Intercept::fitted, Intercept::none})
        for (const Index rows : {60, 25}) {
            const Problem problem(rows, 40, 2);
            const double unit = mean_kernel_diagonal(problem.features);
            const std::vector<double> primal = primal_errors(problem, with, rows, 1);
            const std::vector<double> dual = dual_errors(problem, with, 1);
            for (std::size_t i = 0; i < lambdas.size(); ++i) {
                const double expected = refitted_leave_one_out(problem, lambdas[i] * unit, with);
                CHECK(primal[i] == Approx(expected).epsilon(1e-8));
                CHECK(dual[i] == Approx(expected).epsilon(1e-8));
            }
        }
}

TEST_CASE("the bits of leave-one-out errors depend neither on threads nor on batches") {
    const Problem problem(12000, 40, 1);
    const std::vector<double> reference = primal_errors(problem, Intercept::fitted, 1000, 1);
    for (const int threads : {1, 2, 5})
        for (const Index batch : {1000, 4096, 10007})
            CHECK(primal_errors(problem, Intercept::fitted, batch, threads) == reference);
    const Problem small(300, 20, 1);
    const std::vector<double> dual = dual_errors(small, Intercept::fitted, 1);
    for (const int threads : {2, 5}) CHECK(dual_errors(small, Intercept::fitted, threads) == dual);
}

TEST_CASE("a row that fits only itself has no leave-one-out error") {
    const Problem problem(20, 60, 1);
    const RidgePath path(accumulate(problem), {});
    LeaveOneOut pass(path, {1e-30, path.smallest_lambda(), 0.1});
    add_in_batches(pass, problem, 20, {});
    const std::vector<double> errors = pass.mean_squared_errors({});
    CHECK(errors[0] == std::numeric_limits<double>::infinity());
    CHECK(errors[1] == std::numeric_limits<double>::infinity());
    CHECK(errors[2] < 1e6);
}

TEST_CASE("errors of a part of the rows are theirs, with Q formed or applied") {
    // Twice: whether Q is formed is decided by how many rows are expected.
    const Problem problem(60, 20, 2);
    const Matrix<float> features = to_float(problem.features);
    const Matrix<double> targets = to_matrix(problem.targets);
    const RidgePath path(accumulate(problem), Execution{2});
    const Index part = 23;
    std::vector<double> expected(lambdas.size(), 0.0);
    for (Index i = 0; i < part; ++i) {
        LeaveOneOut one(path, lambdas);
        one.add(features.view().middle_rows(i, 1), targets.view().middle_rows(i, 1), Execution{1});
        const std::vector<double> errors = one.mean_squared_errors(Execution{1});
        for (std::size_t k = 0; k < errors.size(); ++k) expected[k] += errors[k] / part;
    }
    for (const Index rows : {1, 1000}) {
        LeaveOneOut pass(path, lambdas, Execution{2}, rows);
        pass.add(features.view().middle_rows(0, part), targets.view().middle_rows(0, part),
                 Execution{2});
        const std::vector<double> errors = pass.mean_squared_errors(Execution{2});
        for (std::size_t k = 0; k < errors.size(); ++k)
            CHECK(errors[k] == Approx(expected[k]).epsilon(1e-9));
    }
}

TEST_CASE("leave-one-out wants the rows of the fit, and lambdas in order") {
    const Problem problem(30, 5, 1);
    const RidgePath path(accumulate(problem), {});
    LeaveOneOut pass(path, {0.1});
    CHECK(contains(message_of([&] { static_cast<void>(pass.mean_squared_errors({})); }),
                   "expected some of the 30 rows of the fit, got 0"));
    CHECK_THROWS_AS(pass.add(Matrix<float>(1, 4), Matrix<double>(1, 1), {}), DimensionMismatch);
    CHECK_THROWS_AS(LeaveOneOut(path, {}), InvalidArgument);
    CHECK_THROWS_AS(LeaveOneOut(path, {0.1, 0.01}), InvalidArgument);
}

TEST_CASE("lambda is chosen on a sample of the kernel") {
    const Problem problem(120, 30, 1);
    const MatrixKernel<double> kernel(problem.features * problem.features.transpose(), true);
    const LambdaChoice choice =
        select_lambda_on_sample(kernel, to_matrix(problem.targets), default_lambda_grid(), {});
    CHECK_FALSE(choice.at_end_of_grid);
    const Matrix<double> targets(120, 1);
    CHECK(leave_one_out_errors(kernel, targets, std::vector{1e-30, 0.1}, {}).front() ==
          std::numeric_limits<double>::infinity());
    CHECK_THROWS_AS(leave_one_out_errors(kernel, targets, std::vector{1.0, 0.5}, {}),
                    InvalidArgument);
    CHECK_THROWS_AS(leave_one_out_errors(kernel, Matrix<double>(3, 1), lambdas, {}),
                    DimensionMismatch);
    const ZeroKernel large(leave_one_out_row_limit + 1);
    CHECK(contains(message_of([&] {
                       static_cast<void>(leave_one_out_errors(
                           large, Matrix<double>(leave_one_out_row_limit + 1, 1), lambdas, {}));
                   }),
                   "take a sample"));
    CHECK_THROWS_AS(leave_one_out_errors(ZeroKernel(120), targets, lambdas, {}), NumericalError);
}
