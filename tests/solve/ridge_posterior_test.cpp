#include "catch2.hpp"
#include "support.hpp"

#include <sketchntk/solve/ridge_posterior.hpp>

#include <span>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

// 1 / n + (z - mean)^T (Gc + penalty I)^-1 (z - mean), by a dense solver.
std::vector<double> direct_variances(const Problem& problem, double penalty,
                                     const DenseMatrix& rows, Intercept intercept) {
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(problem.features.cols());
    if (intercept == Intercept::fitted) mean = problem.features.colwise().mean();
    const DenseMatrix centred = problem.features.rowwise() - mean;
    DenseMatrix normal = centred.transpose() * centred;
    normal.diagonal().array() += penalty;
    const DenseMatrix from_mean = rows.rowwise() - mean;
    const DenseMatrix solved = Eigen::LDLT<Eigen::MatrixXd>(normal).solve(from_mean.transpose());
    const double added =
        intercept == Intercept::fitted ? 1.0 / static_cast<double>(problem.features.rows()) : 0.0;
    std::vector<double> variances;
    for (Index i = 0; i < rows.rows(); ++i)
        variances.push_back(added + from_mean.row(i).dot(solved.col(i).transpose()));
    return variances;
}

}  // namespace

TEST_CASE("the posterior's variances are those of the normal equations") {
    const Problem problem(900, 70, 1);
    const DenseMatrix rows = Problem(300, 70, 1, 5).features;
    for (const Intercept intercept : {Intercept::fitted, Intercept::none}) {
        const RidgePath path(accumulate(problem), {}, intercept);
        const RidgePosterior posterior(path, 0.02);
        const std::vector<double> expected =
            direct_variances(problem, 0.02 * path.mean_kernel_diagonal(), rows, intercept);
        const std::vector<double> float_rows = posterior.variances(to_float(rows).view());
        const std::vector<double> double_rows = posterior.variances(to_matrix(rows).view());
        REQUIRE(float_rows.size() == expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            CHECK(float_rows[i] == Approx(expected[i]).epsilon(1e-10));
            CHECK(double_rows[i] == float_rows[i]);
        }
    }
}

TEST_CASE("training rows have the leverages as variances") {
    const Problem problem(200, 20, 1);
    const RidgePath path(accumulate(problem), {});
    const RidgePosterior posterior(path, 0.1);
    double sum = 0;
    for (const double variance : posterior.variances(to_float(problem.features).view()))
        sum += variance;
    CHECK(sum == Approx(path.evaluate(0.1).degrees_of_freedom).epsilon(1e-10));
}

TEST_CASE("a posterior comes back from its bytes, and refuses other rows") {
    const Problem problem(100, 10, 1);
    const RidgePath path(accumulate(problem), {});
    const RidgePosterior posterior(path, 0.1);
    const std::string bytes = posterior.to_bytes();
    const RidgePosterior again =
        RidgePosterior::from_bytes(std::as_bytes(std::span<const char>(bytes)));
    const Matrix<float> rows = to_float(problem.features);
    CHECK(again.variances(rows.view()) == posterior.variances(rows.view()));
    CHECK_THROWS_AS(posterior.variances(Matrix<float>(3, 9).view()), DimensionMismatch);
    CHECK_THROWS_AS(RidgePosterior(path, -1), InvalidArgument);
    CHECK(RidgePosterior::bytes(10) == 880);
}
