#include "solve/tridiagonal.hpp"

#include "catch2.hpp"
#include "solve/band_reduction.hpp"
#include "solve/bulge_chasing.hpp"
#include "support.hpp"

#include <Eigen/Eigenvalues>

#include <cmath>
#include <limits>
#include <random>
#include <utility>

using namespace sketchntk;
using namespace sketchntk::testing;

namespace {

// Around the width of a block, the second block, and the edges of tiles and of groups of
// reflections (128).
const std::vector<Index> sizes{1, 2, 3, 31, 32, 33, 34, 64, 65, 66, 97, 129, 130, 200, 257, 515};

DenseMatrix normal_numbers(Index rows, Index columns, unsigned seed) {
    std::mt19937_64 generator(seed);
    std::normal_distribution<double> normal;
    DenseMatrix result(rows, columns);
    for (double& entry : result.reshaped()) entry = normal(generator);
    return result;
}

DenseMatrix full(Index size) {
    const DenseMatrix x = normal_numbers(size, size, 1);
    return x + x.transpose();
}

DenseMatrix of_low_rank(Index size) {
    const DenseMatrix x = normal_numbers(size, size / 3 + 1, 2);
    return x * x.transpose();
}

DenseMatrix graded(Index size) {
    DenseMatrix result = full(size);
    for (Index i = 0; i < size; ++i) {
        const double scale = std::exp2(-0.5 * static_cast<double>(i));
        result.row(i) *= scale;
        result.col(i) *= scale;
    }
    return result;
}

// Zero where |i - j| > half_width.
DenseMatrix banded(Index size, Index half_width) {
    DenseMatrix result = full(size);
    for (Index i = 0; i < size; ++i)
        for (Index j = 0; j < size; ++j)
            if (std::abs(i - j) > half_width) result(i, j) = 0.0;
    return result;
}

// The lower triangle; what is above the diagonal must not matter.
Matrix<double> lower_triangle(const DenseMatrix& symmetric) {
    Matrix<double> result = to_matrix(symmetric);
    for (Index i = 0; i < result.rows(); ++i)
        for (Index j = i + 1; j < result.rows(); ++j)
            result(i, j) = std::numeric_limits<double>::quiet_NaN();
    return result;
}

DenseMatrix tridiagonal(const TridiagonalForm& form) {
    DenseMatrix result = DenseMatrix::Zero(form.size(), form.size());
    for (Index i = 0; i < form.size(); ++i)
        result(i, i) = form.diagonal()[static_cast<std::size_t>(i)];
    for (Index i = 0; i + 1 < form.size(); ++i)
        result(i, i + 1) = result(i + 1, i) = form.off_diagonal()[static_cast<std::size_t>(i)];
    return result;
}

// Of a backward stable reduction: so many units of rounding of the matrix's norm.
double tolerance(Index size) {
    return 4.0 * static_cast<double>(size) * std::numeric_limits<double>::epsilon();
}

// `scale` times a matrix, against the matrix.
void check_form(const DenseMatrix& symmetric, double scale = 1.0) {
    const Index size = symmetric.rows();
    CAPTURE(size, scale);
    const double norm = std::max(symmetric.norm(), std::numeric_limits<double>::min());
    const TridiagonalForm form(lower_triangle(scale * symmetric), {});

    const Matrix<double> factor = form.transposed_orthogonal_factor({});
    const auto q_transposed = as_eigen(factor);
    const DenseMatrix restored =
        q_transposed.transpose() * (tridiagonal(form) / scale) * q_transposed;
    CHECK((restored - symmetric).norm() <= tolerance(size) * norm);
    CHECK((q_transposed * q_transposed.transpose() - DenseMatrix::Identity(size, size)).norm() <=
          tolerance(size) * std::sqrt(static_cast<double>(size)));

    const Eigen::SelfAdjointEigenSolver<DenseMatrix> solver(symmetric, Eigen::EigenvaluesOnly);
    const std::vector<double> eigenvalues = form.eigenvalues();
    for (Index i = 0; i < size; ++i)
        CHECK(std::abs(eigenvalues[static_cast<std::size_t>(i)] / scale -
                       solver.eigenvalues()(i)) <= tolerance(size) * norm);
}

struct Reduction {
    std::vector<double> tridiagonal;
    Matrix<double> factor;

    Reduction(const DenseMatrix& symmetric, int threads) {
        const TridiagonalForm form(lower_triangle(symmetric), Execution{threads});
        tridiagonal.assign(form.diagonal().begin(), form.diagonal().end());
        tridiagonal.insert(tridiagonal.end(), form.off_diagonal().begin(),
                           form.off_diagonal().end());
        factor = form.transposed_orthogonal_factor(Execution{threads});
    }
    bool operator==(const Reduction&) const = default;
};

struct Chased {
    std::vector<double> diagonal;
    std::vector<double> off_diagonal;
    Matrix<double> reflectors;

    Chased(Index size, int threads)
        : diagonal(static_cast<std::size_t>(size)),
          off_diagonal(static_cast<std::size_t>(size - 1)),
          reflectors(size, size) {
        SymmetricBand band(size);
        std::mt19937_64 generator(3);
        std::normal_distribution<double> normal;
        for (Index i = 0; i < size; ++i)
            for (Index j = std::max(Index{0}, i - SymmetricBand::half_width); j <= i; ++j)
                band.set(i, j, normal(generator));
        chase_bulges(band, reflectors, diagonal, off_diagonal, Execution{threads});
    }
    bool operator==(const Chased&) const = default;
};

class LastProgress final : public ProgressObserver {
  public:
    void update(const Progress& progress) override {
        CHECK(progress.done >= done);
        done = progress.done;
        total = progress.total;
        if (interrupting) throw Interrupted("stopped by the test");
    }
    Index done = 0;
    Index total = -1;
    bool interrupting = false;
};

}  // namespace

TEST_CASE("the tridiagonal form of a full matrix is backward stable") {
    for (const Index size : sizes) check_form(full(size));
}

TEST_CASE("the tridiagonal form of special matrices is backward stable") {
    for (const Index size : sizes) {
        check_form(of_low_rank(size));
        check_form(graded(size));
        check_form(DenseMatrix::Zero(size, size));
        check_form(DenseMatrix::Ones(size, size));
        for (const Index half_width : {0, 1, 2, 32, 33}) check_form(banded(size, half_width));
    }
}

TEST_CASE("the tridiagonal form bears numbers near the ends of the range") {
    for (const Index size : {3, 34, 65, 200})
        for (const double scale : {1e-300, 1e-160, 1e-30, 1e30, 1e150, 1e300}) {
            check_form(full(size), scale);
            check_form(of_low_rank(size), scale);
        }
}

TEST_CASE("a tridiagonal matrix is its own tridiagonal form up to signs") {
    const DenseMatrix matrix = banded(70, 1);
    const TridiagonalForm form(lower_triangle(matrix), {});
    for (Index i = 0; i < 70; ++i)
        CHECK(form.diagonal()[static_cast<std::size_t>(i)] == matrix(i, i));
    for (Index i = 0; i < 69; ++i)
        CHECK(std::abs(form.off_diagonal()[static_cast<std::size_t>(i)]) ==
              std::abs(matrix(i + 1, i)));
}

TEST_CASE("multiplying by the orthogonal factor and by its transpose are inverse") {
    for (const Index size : sizes)
        for (const Index count : {0, 1, 31, 32, 33, 129, 300}) {
            CAPTURE(size, count);
            const TridiagonalForm form(lower_triangle(full(size)), {});
            const DenseMatrix columns = normal_numbers(size, count, 4);
            Matrix<double> rotated = to_matrix(columns);
            form.multiply_transposed(rotated, {});
            const DenseMatrix expected = as_eigen(form.transposed_orthogonal_factor({})) * columns;
            CHECK((as_eigen(rotated) - expected).norm() <= tolerance(size) * columns.norm());
            form.multiply(rotated, {});
            CHECK((as_eigen(rotated) - columns).norm() <= tolerance(size) * columns.norm());
        }
}

TEST_CASE("the tridiagonal form has the same bits for any number of threads") {
    for (const Index size : {33, 200, 700}) {
        const Reduction expected(full(size), 1);
        for (const int threads : {2, 5}) CHECK(Reduction(full(size), threads) == expected);
    }
}

TEST_CASE("the band does not depend on the edge of the tiles beyond rounding") {
    constexpr Index size = 700;
    const DenseMatrix symmetric = full(size);
    const auto band_of = [&](Index tile_edge) {
        Matrix<double> matrix = lower_triangle(symmetric);
        SymmetricBand band(size);
        const Matrix<double> factors = reduce_to_band(matrix.view(), band, tile_edge, {});
        DenseMatrix result = DenseMatrix::Zero(size, size);
        for (Index i = 0; i < size; ++i)
            for (Index j = std::max(Index{0}, i - SymmetricBand::half_width); j <= i; ++j)
                result(i, j) = result(j, i) = *band.at(i, j);
        return result;
    };
    const DenseMatrix expected = band_of(band_tile_edge(size));
    for (const Index tile_edge : {64, 256, 1024}) {
        CAPTURE(tile_edge);
        CHECK((band_of(tile_edge) - expected).norm() <= tolerance(size) * symmetric.norm());
    }
    const Eigen::SelfAdjointEigenSolver<DenseMatrix> solver(symmetric, Eigen::EigenvaluesOnly);
    const Eigen::SelfAdjointEigenSolver<DenseMatrix> of_band(band_of(256), Eigen::EigenvaluesOnly);
    CHECK((of_band.eigenvalues() - solver.eigenvalues()).cwiseAbs().maxCoeff() <=
          tolerance(size) * symmetric.norm());
}

// Of a size at which several threads do take part.
TEST_CASE("bulge chasing has the same bits for any number of threads") {
    constexpr Index size = 3100;
    const Chased expected(size, 1);
    for (const int threads : {2, 5}) CHECK(Chased(size, threads) == expected);
}

TEST_CASE("the reduction to tridiagonal form reports its progress and can be interrupted") {
    LastProgress observer;
    const TridiagonalForm form(lower_triangle(full(100)), Execution{1, &observer});
    CHECK(observer.done == 100);
    CHECK(observer.total == 100);
    observer = {};
    observer.interrupting = true;
    CHECK_THROWS_AS(TridiagonalForm(lower_triangle(full(100)), Execution{1, &observer}),
                    Interrupted);
}

TEST_CASE("the tridiagonal form refuses what is not finite") {
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        Matrix<double> matrix = lower_triangle(full(40));
        matrix(37, 5) = bad;
        CHECK(contains(message_of([&] { TridiagonalForm(std::move(matrix), {}); }), "row 37"));
    }
    const DenseMatrix huge = DenseMatrix::Constant(40, 40, std::numeric_limits<double>::max());
    CHECK(contains(message_of([&] { TridiagonalForm(lower_triangle(huge), {}); }),
                   "range of float64"));
}
