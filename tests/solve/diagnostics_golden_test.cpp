#include "catch2.hpp"
#include "solve/quadratic_forms.hpp"
#include "solve/tridiagonal.hpp"
#include "support.hpp"

#include <sketchntk/solve/exact_ridge.hpp>
#include <sketchntk/solve/kernel_leave_one_out.hpp>
#include <sketchntk/solve/leave_one_out.hpp>
#include <sketchntk/solve/ridge_path.hpp>

#include <Eigen/Eigenvalues>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <limits>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

// The cases of ../shared/golden/diagnostics that have a lambda. They have no intercept; their
// "ridge" is lambda s here.
std::vector<nlohmann::json> golden_cases() {
    std::vector<nlohmann::json> cases;
    if (!golden_available("diagnostics")) return cases;
    std::ifstream file(golden_path("diagnostics/cases.json"));
    for (const auto& entry : nlohmann::json::parse(file))
        if (entry.contains("lambda")) cases.push_back(entry);
    REQUIRE(cases.size() == 10);
    return cases;
}

// Features whose Gram in the other order is the kernel, up to their rounding to float32.
DenseMatrix square_root(const DenseMatrix& kernel) {
    const Eigen::SelfAdjointEigenSolver<DenseMatrix> solver(kernel);
    const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(0.0).cwiseSqrt();
    return solver.eigenvectors() * roots.asDiagonal();
}

double both(const nlohmann::json& values) {
    return values.at(0).get<double>() + values.at(1).get<double>();
}

double tolerance(const nlohmann::json& entry, double epsilon) {
    return 10.0 * epsilon * entry.at("condition_number").get<double>();
}

constexpr double float_epsilon = std::numeric_limits<float>::epsilon();
constexpr double double_epsilon = std::numeric_limits<double>::epsilon();

}  // namespace

TEST_CASE("ridge on features meets the golden diagnostics as far as float32 features can") {
    for (const auto& entry : golden_cases()) {
        Problem problem(30, 30, 2);
        problem.features = square_root(read_golden(entry.at("kernel")));
        problem.targets = read_golden(entry.at("y"));
        const RidgePath path(accumulate(problem), {}, Intercept::none);
        const double lambda = entry.at("ridge").get<double>() / path.mean_kernel_diagonal();
        const double epsilon = tolerance(entry, float_epsilon);
        const RidgeEvaluation evaluation = path.evaluate(lambda);
        INFO(entry.at("name"));
        CHECK(evaluation.generalised_cross_validation ==
              Approx(entry.at("gcv_both").get<double>()).epsilon(epsilon));
        CHECK(evaluation.degrees_of_freedom ==
              Approx(entry.at("effective_dimension").get<double>()).epsilon(epsilon));
        LeaveOneOut pass(path, {lambda});
        add_in_batches(pass, problem, 30, {});
        CHECK(2.0 * pass.mean_squared_errors({})[0] ==
              Approx(both(entry.at("loo_mse"))).epsilon(epsilon));
    }
}

TEST_CASE("leave-one-out on the kernel meets the golden diagnostics") {
    for (const auto& entry : golden_cases()) {
        const DenseMatrix kernel = read_golden(entry.at("kernel"));
        const double lambda = entry.at("ridge").get<double>() / kernel.diagonal().mean();
        const auto errors = leave_one_out_errors(MatrixKernel<double>(kernel, true),
                                                 to_matrix(read_golden(entry.at("y"))),
                                                 std::vector{lambda}, {}, Intercept::none);
        INFO(entry.at("name"));
        CHECK(2.0 * errors[0] ==
              Approx(both(entry.at("loo_mse"))).epsilon(tolerance(entry, double_epsilon)));
    }
}

TEST_CASE("the tridiagonal form gives the golden hat diagonals and coefficients") {
    for (const auto& entry : golden_cases()) {
        const DenseMatrix kernel = read_golden(entry.at("kernel"));
        const double ridge = entry.at("ridge").get<double>();
        Matrix<double> columns = to_matrix(read_golden(entry.at("y")));
        const TridiagonalForm form(to_matrix(kernel), {});
        form.multiply_transposed(columns, {});
        const QuadraticForms forms(form, columns, std::vector{ridge});
        Matrix<double> inverse_diagonal(1, QuadraticForms::block_columns);
        Matrix<double> coefficients(2, QuadraticForms::block_columns);
        const Matrix<double> rotation = form.transposed_orthogonal_factor({});
        forms.evaluate_block(rotation, 0, inverse_diagonal, coefficients);
        const DenseMatrix hat = read_golden(entry.at("hat_diagonal"));
        const double epsilon = tolerance(entry, double_epsilon);
        INFO(entry.at("name"));
        for (Index i = 0; i < 30; ++i)
            CHECK(1.0 - ridge * inverse_diagonal(0, i) == Approx(hat(i, 0)).margin(10.0 * epsilon));
        CHECK(relative_difference(as_eigen(coefficients).leftCols(30).transpose(),
                                  read_golden(entry.at("coefficients"))) < epsilon);
    }
}

TEST_CASE("exact kernel ridge meets the golden coefficients as far as a float32 kernel can") {
    for (const auto& entry : golden_cases()) {
        const DenseMatrix kernel = read_golden(entry.at("kernel"));
        const Eigen::VectorXd diagonal = kernel.diagonal();
        const double lambda = entry.at("ridge").get<double>() / diagonal.mean();
        const ExactRidge exact = ExactRidge::fit(
            MatrixKernel<float>(kernel, true), {diagonal.data(), 30},
            to_matrix(read_golden(entry.at("y"))), lambda, {}, {Intercept::none, 1e-12});
        INFO(entry.at("name"));
        CHECK(relative_difference(as_eigen(exact.dual_coefficients()),
                                  read_golden(entry.at("coefficients"))) <
              tolerance(entry, float_epsilon));
    }
}

TEST_CASE("exact kernel ridge meets the golden diagnostics as far as a float32 kernel can") {
    for (const auto& entry : golden_cases()) {
        const double epsilon = tolerance(entry, float_epsilon);
        if (epsilon > 0.1) continue;
        const DenseMatrix kernel = read_golden(entry.at("kernel"));
        const Eigen::VectorXd diagonal = kernel.diagonal();
        const double lambda = entry.at("ridge").get<double>() / diagonal.mean();
        ExactRidgeOptions options{Intercept::none, 1e-12};
        options.solver = ExactSolver::cholesky_float64;
        options.leave_one_out = true;
        const ExactRidge exact =
            ExactRidge::fit(MatrixKernel<float>(kernel, true), {diagonal.data(), 30},
                            to_matrix(read_golden(entry.at("y"))), lambda, {}, options);
        INFO(entry.at("name"));
        const ExactLeaveOneOut& found = *exact.leave_one_out();
        CHECK(2.0 * found.mean_squared_error == Approx(both(entry.at("loo_mse"))).epsilon(epsilon));
        CHECK(found.generalised_cross_validation ==
              Approx(entry.at("gcv_both").get<double>()).epsilon(epsilon));
        CHECK(found.degrees_of_freedom ==
              Approx(entry.at("effective_dimension").get<double>()).epsilon(epsilon));
    }
}
