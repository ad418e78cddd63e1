#include "bare_products.hpp"

#include "core/blas.hpp"
#include "core/parallel.hpp"

#include <sketchntk/core/random.hpp>

#include <algorithm>

namespace sketchntk::bench {

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

Matrix<float> normal_matrix(Index rows, Index columns, std::uint64_t seed) {
    Matrix<float> matrix(rows, columns);
    const RandomStream stream(Seed{seed}, 0);
    for (Index i = 0; i < rows; ++i) stream.fill_normal(i, 0, matrix.row(i));
    return matrix;
}

Matrix<double> widened(MatrixView<const float> matrix) {
    Matrix<double> result(matrix.rows(), matrix.columns());
    as_eigen(result) = as_eigen(matrix).cast<double>();
    return result;
}

double pass_seconds(MatrixView<float> matrix) {
    return seconds_of([&] {
        for (Index i = 0; i < matrix.rows(); ++i)
            for (float& entry : matrix.row(i)) entry *= 1.5F;
    });
}

template <typename T>
double product_rate(Index side, const Execution& execution) {
    use_blas_on_one_thread();
    const Matrix<float> normal = normal_matrix(side, side, 1);
    Matrix<T> factor(side, side);
    as_eigen(factor) = as_eigen(normal).template cast<T>();
    Matrix<T> product(side, side);
    const Index shares = thread_count(execution);
    const auto multiply = [&] {
        parallel_for(execution, shares, [&](Index share) {
            const Index first = share * side / shares;
            const Index count = (share + 1) * side / shares - first;
            as_eigen(product.view().middle_rows(first, count)).noalias() =
                as_eigen(factor.view().middle_rows(first, count)) * as_eigen(factor);
        });
    };
    multiply();
    double seconds = seconds_of(multiply);
    for (int repetition = 0; repetition < 2; ++repetition)
        seconds = std::min(seconds, seconds_of(multiply));
    const auto n = static_cast<double>(side);
    return 2 * n * n * n / seconds;
}

template double product_rate<float>(Index, const Execution&);
template double product_rate<double>(Index, const Execution&);

}  // namespace sketchntk::bench
