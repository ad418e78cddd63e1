// Least squares by sketching: min |A w - b| over 45,730 rows becomes one over some thousand, by
// multiplying A and b from the left with a random matrix S that keeps the lengths of all vectors
// A w - b up to a few per cent.
//
//     example_sketch_a_matrix FILE [OUTPUTS]
//
// FILE is a table whose last column is b. For each operator: the time to sketch, how much larger
// the residual is than the smallest one, and how far w is from the exact solution.

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/data/data_source.hpp>
#include <sketchntk/data/standardiser.hpp>
#include <sketchntk/sketches/any_sketch.hpp>
#include <sketchntk/sketches/suggest_dimension.hpp>

#include <Eigen/QR>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>

namespace {

using sketchntk::Index;
using sketchntk::Matrix;
namespace sketches = sketchntk::sketches;

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// A sketch is applied to rows, and S multiplies from the left: so the table is read into columns,
// each of which is then one long row. The columns: A, standardised; ones; b.
Matrix<float> read_columns(const std::string& path) {
    const auto reader = sketchntk::open_rows({.path = path, .targets = {"-1"}});
    sketchntk::Standardiser standardiser(reader->schema().input_names());
    Index rows = 0;
    for (sketchntk::Batch batch; reader->read(4096, batch); rows += batch.rows()) {
        standardiser.add(batch);
    }
    standardiser.finish();
    const Index inputs = standardiser.output_columns();
    Matrix<float> columns(inputs + 2, rows);
    reader->rewind();
    for (sketchntk::Batch batch; reader->read(4096, batch);) {
        const Matrix<float> x = standardiser.apply(batch);
        for (Index i = 0; i < x.rows(); ++i) {
            const Index row = batch.first_row + i;
            for (Index j = 0; j < inputs; ++j) columns(j, row) = x(i, j);
            columns(inputs, row) = 1.0F;
            columns(inputs + 1, row) = static_cast<float>(batch.targets(i, 0));
        }
    }
    return columns;
}

Eigen::Map<const RowMajor> as_eigen(const Matrix<float>& matrix) {
    return {matrix.data(), matrix.rows(), matrix.columns()};
}

// The w that minimises |A w - b|, the columns of A and b being the rows of `columns`.
Eigen::VectorXd least_squares(const Matrix<float>& columns) {
    const Eigen::MatrixXd all = as_eigen(columns).transpose().cast<double>();
    return all.leftCols(all.cols() - 1).colPivHouseholderQr().solve(all.rightCols(1));
}

double residual(const Matrix<float>& columns, const Eigen::VectorXd& w) {
    const Eigen::MatrixXd all = as_eigen(columns).transpose().cast<double>();
    return (all.leftCols(all.cols() - 1) * w - all.rightCols(1)).norm();
}

void run(const std::string& path, Index outputs) {
    const Matrix<float> columns = read_columns(path);
    const Index rows = columns.columns();
    const sketchntk::Stopwatch exact_time;
    const Eigen::VectorXd exact = least_squares(columns);
    std::printf("%td rows, %td columns; exact solution in %.1f ms\n\n", rows, columns.rows() - 1,
                1e3 * exact_time.seconds());

    const auto vouched = sketches::suggest_subspace_dimension({.name = "gaussian", .inputs = rows},
                                                              columns.rows(), 0.5, 0.01);
    std::printf(
        "A Gaussian matrix keeps all |A w - b|^2 within 50 %% with probability 0.99 from "
        "%td outputs on.\n\n",
        vouched.outputs);

    std::printf("%-34s %10s %12s %14s\n", "operator", "sketch, ms", "residual", "error of w");
    for (const char* text : {"sparse_sign(nonzeros=8)", "count_sketch", "srht", "fourier_srht"}) {
        const sketches::AnySketch sketch =
            sketches::AnySketch::from_description(sketches::parse_operator(
                text,
                {.name = "", .inputs = rows, .outputs = outputs, .seed = sketchntk::Seed{1}}));
        const sketchntk::Stopwatch time;
        const sketches::AnySketch::Plan plan(sketch);
        Matrix<float> sketched(columns.rows(), outputs);
        plan.apply(columns.view(), sketched.view());
        const double milliseconds = 1e3 * time.seconds();
        const Eigen::VectorXd w = least_squares(sketched);
        std::printf("%-34s %10.1f %11.2f%% %13.2f%%\n", to_text(sketch.description()).c_str(),
                    milliseconds, 100 * (residual(columns, w) / residual(columns, exact) - 1),
                    100 * (w - exact).norm() / exact.norm());
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2 || count > 3) {
        std::fprintf(stderr, "usage: %s FILE [OUTPUTS]\n", arguments[0]);
        return 2;
    }
    try {
        run(arguments[1], count == 3 ? std::stol(arguments[2]) : 2048);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
