#pragma once

#include "sketches/sketch_checks.hpp"

#include <Eigen/Dense>

/// What every row sketch with a matrix that can be looked at is held to besides.
namespace sketchntk::sketches::testing {

/// S^T as `fill` gives it.
template <ExplicitOperator Operator>
Matrix<float> transposed_matrix(const Operator& random_operator) {
    Matrix<float> whole(random_operator.input_dimension(), random_operator.output_dimension());
    random_operator.fill(0, 0, whole);
    return whole;
}

/// Any block of the matrix is a part of the whole, nothing beside it is written, and one that
/// reaches over the edge is refused.
template <ExplicitOperator Operator>
void check_blocks(const Operator& random_operator) {
    const Matrix<float> whole = transposed_matrix(random_operator);
    const Index inputs = whole.rows(), outputs = whole.columns();
    for (const Index first_input : {Index{0}, inputs / 3, inputs - 1}) {
        for (const Index first_output : {Index{0}, outputs / 2, outputs - 1}) {
            const Index rows = (inputs - first_input + 1) / 2;
            const Index columns = (outputs - first_output + 1) / 2;
            Matrix<float> wide(rows, columns + 2);
            for (Index i = 0; i < rows; ++i) std::fill(wide.row(i).begin(), wide.row(i).end(), 7);
            const MatrixView<float> block = wide.view().middle_columns(1, columns);
            random_operator.fill(first_input, first_output, block);
            for (Index a = 0; a < rows; ++a) {
                CHECK(wide(a, 0) == 7);
                CHECK(wide(a, columns + 1) == 7);
                CHECK(std::equal(block.row(a).begin(), block.row(a).end(),
                                 whole.row(first_input + a).begin() + first_output));
            }
        }
    }
    Matrix<float> block(2, 2);
    CHECK_THROWS_AS(random_operator.fill(inputs - 1, 0, block), InvalidArgument);
    CHECK_THROWS_AS(random_operator.fill(0, outputs - 1, block), InvalidArgument);
    CHECK_THROWS_AS(random_operator.fill(-1, 0, block), InvalidArgument);
}

/// The sketch of the unit vectors is the matrix, entry for entry.
template <typename Sketch>
void check_unit_vectors(const Sketch& sketch) {
    Matrix<float> identity(sketch.input_dimension(), sketch.input_dimension());
    for (Index j = 0; j < identity.rows(); ++j) identity(j, j) = 1;
    Matrix<float> out(sketch.input_dimension(), sketch.output_dimension());
    typename Sketch::Plan(sketch).apply(identity, out, Execution{.threads = 2});
    CHECK(out == transposed_matrix(sketch));
}

/// k orthonormal vectors of `dimension` entries.
inline std::vector<Vector> orthonormal_vectors(Index dimension, Index k) {
    Eigen::MatrixXd columns(dimension, k);
    for (Index j = 0; j < k; ++j) {
        const Vector vector = random_vector(dimension, 100 + j);
        for (Index i = 0; i < dimension; ++i) {
            columns(i, j) = static_cast<double>(vector[static_cast<std::size_t>(i)]);
        }
    }
    const Eigen::MatrixXd q = Eigen::HouseholderQR<Eigen::MatrixXd>(columns).householderQ() *
                              Eigen::MatrixXd::Identity(dimension, k);
    std::vector<Vector> vectors;
    for (Index j = 0; j < k; ++j) {
        vectors.emplace_back();
        for (Index i = 0; i < dimension; ++i) {
            vectors.back().push_back(static_cast<float>(q(i, j)));
        }
    }
    return vectors;
}

/// S U for the columns of U, as columns.
template <RowSketch Sketch>
Eigen::MatrixXd sketched_columns(const Sketch& sketch, const std::vector<Vector>& vectors) {
    const Matrix<float> rows = sketched(sketch, vectors);
    Eigen::MatrixXd columns(rows.columns(), rows.rows());
    for (Index i = 0; i < rows.rows(); ++i) {
        for (Index k = 0; k < rows.columns(); ++k) columns(k, i) = static_cast<double>(rows(i, k));
    }
    return columns;
}

/// The squared distortion |(S U)^T S U - I|_F^2 has the expectation that follows from the variances
/// of all inner products, within 5 standard errors, and is below 100 times of it (Markov) in all
/// but 2 percent of the draws (5 standard errors for 200).
template <typename Make>
void check_embedding(const Make& make) {
    constexpr Index dimension = 300, k = 10;
    constexpr int seeds = 200;
    const std::vector<Vector> vectors = orthonormal_vectors(dimension, k);
    double expected = 0;
    for (const Vector& x : vectors) {
        for (const Vector& y : vectors) expected += make(Seed{1}).variance(x, y);
    }
    std::vector<double> sample;
    int outside = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        const Eigen::MatrixXd columns = sketched_columns(make(Seed{seed}), vectors);
        const Eigen::MatrixXd error =
            columns.transpose() * columns - Eigen::MatrixXd::Identity(k, k);
        sample.push_back(error.squaredNorm());
        if (error.squaredNorm() > 100 * expected) ++outside;
    }
    check_mean(moments(sample), expected, 1e-9);
    CHECK(outside <= 9);
}

/// Operators of different seeds have nothing to do with each other: E <S x, S' x> = 0, for
/// neighbouring seeds and for children of one seed.
template <typename Make>
void check_independence(const Make& make, Index dimension, int seeds) {
    const Vector x = random_vector(dimension, 0);
    std::vector<double> neighbours, children, parent_and_child;
    const auto product = [&](Seed first, Seed second) {
        const Matrix<float> a = sketched(make(first), {x});
        const Matrix<float> b = sketched(make(second), {x});
        double sum = 0;
        for (Index k = 0; k < a.columns(); ++k) {
            sum += static_cast<double>(a(0, k)) * static_cast<double>(b(0, k));
        }
        return sum;
    };
    for (int k = 1; k <= seeds; ++k) {
        const Seed seed{static_cast<std::uint64_t>(k)};
        neighbours.push_back(product(seed, Seed{seed.value + 1}));
        children.push_back(product(seed.child(0), seed.child(1)));
        parent_and_child.push_back(product(seed, seed.child(0)));
    }
    check_mean(moments(neighbours), 0, 0);
    check_mean(moments(children), 0, 0);
    check_mean(moments(parent_and_child), 0, 0);
}

/// All of it, for `make(inputs, outputs, seed)`, with small shapes whose sizes are no multiples of
/// what loops are cut into, and with one large enough for several threads and tiles.
template <typename Make>
void check_explicit_row_sketch(const Make& make) {
    check_same_bits(make(53, 29, Seed{1}));
    check_same_bits(make(301, 70, Seed{2}), 600);
    check_same_bits(make(7, 1, Seed{3}));
    check_same_bits(make(1, 3, Seed{4}));
    check_sparse_rows(make(300, 37, Seed{5}));
    check_sparse_rows(make(40, 65, Seed{6}));
    check_description(make(20, 10, Seed{7}));
    check_refusals(make(20, 10, Seed{8}));
    for (const auto& [inputs, outputs] : {std::pair<Index, Index>{37, 23}, {23, 37}, {140, 16}}) {
        check_blocks(make(inputs, outputs, Seed{9}));
        check_unit_vectors(make(inputs, outputs, Seed{10}));
    }
    check_embedding([&](Seed seed) { return make(300, 64, seed); });
    check_independence([&](Seed seed) { return make(12, 10, seed); }, 12, 2000);
}

/// Zero, negative and absurd sizes name the argument.
template <typename Make>
void check_refused_sizes(const Make& make) {
    const auto message = [&](Index inputs, Index outputs) -> std::string {
        try {
            make(inputs, outputs, Seed{});
        } catch (const InvalidArgument& error) {
            return error.what();
        }
        return "";
    };
    for (const Index wrong : {Index{0}, Index{-3}, std::numeric_limits<Index>::max()}) {
        CHECK(message(wrong, 4).find("inputs") != std::string::npos);
        CHECK(message(4, wrong).find("outputs") != std::string::npos);
    }
}

}  // namespace sketchntk::sketches::testing
