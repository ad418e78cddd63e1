// The parts of the solvers against the rate of a bare matrix product.

#include "bare_products.hpp"
#include "solve/lapack.hpp"

#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/solve/lambda_selection.hpp>
#include <sketchntk/solve/leave_one_out.hpp>
#include <sketchntk/solve/ridge_accumulator.hpp>
#include <sketchntk/solve/ridge_path.hpp>
#include <sketchntk/solve/tiled_cholesky.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace sketchntk::bench {

namespace {

constexpr Index product_side = 2048;

// A kernel matrix that is there already, so that its computation is not part of what is measured.
class StoredKernel final : public KernelTiles<float> {
  public:
    explicit StoredKernel(Matrix<float> matrix) : matrix_(std::move(matrix)) {}
    [[nodiscard]] Index rows() const override { return matrix_.rows(); }
    [[nodiscard]] Index columns() const override { return matrix_.columns(); }
    [[nodiscard]] bool symmetric() const override { return true; }
    void tile(Index first_row, Index first_column, MatrixView<float> out) const override {
        for (Index i = 0; i < out.rows(); ++i)
            std::copy_n(&matrix_(first_row + i, first_column), out.columns(), out.row(i).data());
    }

  private:
    Matrix<float> matrix_;
};

void tiled_cholesky(benchmark::State& state) {
    const Index n = state.range(0);
    const StoredKernel kernel(gram<float>(FullyConnectedKernel<float>(
        fully_connected_network(3), KernelKind::ntk, normal_matrix(n, 9, 1).view())));
    double rate = 0;
    double product = 0;
    for (auto _ : state) {
        const double seconds = seconds_of([&] {
            const TiledCholesky<float> factor(kernel, 0.1, {});
            benchmark::DoNotOptimize(factor.size());
        });
        state.SetIterationTime(seconds);
        rate += std::pow(static_cast<double>(n), 3) / 3 / seconds;
        product += product_rate<float>(product_side, {});
    }
    state.counters["flops_per_second"] = rate / static_cast<double>(state.iterations());
    state.counters["rate_over_product"] = rate / product;
}
BENCHMARK(tiled_cholesky)
    ->ArgName("rows")
    ->Arg(8192)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

void ridge_accumulator(benchmark::State& state) {
    constexpr Index rows = 4096;
    const Index features = state.range(0);
    const Matrix<float> z = normal_matrix(rows, features, 1);
    const Matrix<double> y(rows, 1);
    RidgeAccumulator accumulator(features, 1);
    accumulator.add(z, y, {});
    double rate = 0;
    double product = 0;
    for (auto _ : state) {
        const double seconds = seconds_of([&] { accumulator.add(z, y, {}); });
        state.SetIterationTime(seconds);
        rate += static_cast<double>(rows) * std::pow(static_cast<double>(features), 2) / seconds;
        product += product_rate<double>(product_side, {});
    }
    state.counters["flops_per_second"] = rate / static_cast<double>(state.iterations());
    state.counters["rate_over_product"] = rate / product;
}
BENCHMARK(ridge_accumulator)
    ->ArgName("features")
    ->Arg(1024)
    ->Arg(4096)
    ->Iterations(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

#ifdef SKETCHNTK_HAS_OPENBLAS

// LAPACK's reduction to tridiagonal form, on one thread; its lower variant is the faster one.
double lapack_reduction_seconds(const RidgeAccumulator& accumulator) {
    Matrix<double> gram = RidgeAccumulator(accumulator).release({}).gram;
    as_eigen(gram) = RowMajor<double>(as_eigen(gram).selfadjointView<Eigen::Lower>());
    const int order = static_cast<int>(gram.rows());
    std::vector<double> diagonal(static_cast<std::size_t>(order));
    std::vector<double> off_diagonal(static_cast<std::size_t>(order));
    std::vector<double> scales(static_cast<std::size_t>(order));
    const int work_size = 64 * order;
    std::vector<double> work(static_cast<std::size_t>(work_size));
    int info = 0;
    return seconds_of([&] {
        dsytrd_("L", &order, gram.data(), &order, diagonal.data(), off_diagonal.data(),
                scales.data(), work.data(), &work_size, &info, 1);
    });
}

#else

double lapack_reduction_seconds(const RidgeAccumulator&) {
    return 0;
}

#endif

void ridge_path(benchmark::State& state) {
    const Index features = state.range(0);
    const Execution execution{.threads = static_cast<int>(state.range(1))};
    const Index rows = 2 * features;
    RidgeAccumulator accumulator(features, 1);
    accumulator.add(normal_matrix(rows, features, 1), widened(normal_matrix(rows, 1, 2)), {});
    double seconds = 0;
    double floor = 0;
    double lapack = 0;
    for (auto _ : state) {
        RidgeAccumulator copy = accumulator;
        const double path_seconds = seconds_of([&] {
            const RidgePath path(std::move(copy), execution);
            benchmark::DoNotOptimize(path.eigenvalues().back());
        });
        state.SetIterationTime(path_seconds);
        seconds += path_seconds;
        floor += 4.0 / 3.0 * std::pow(static_cast<double>(features), 3) /
                 product_rate<double>(product_side, execution);
        lapack += lapack_reduction_seconds(accumulator);
    }
    state.counters["time_over_floor"] = seconds / floor;
    state.counters["lapack_reduction_over_time"] = lapack / seconds;
}
BENCHMARK(ridge_path)
    ->ArgNames({"features", "threads"})
    ->ArgsProduct({{512, 1024, 2048, 4096}, {1, 2}})
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// The path of rows that need no Gram, beside what it takes to form and reduce one.
void ridge_path_of_few_rows(benchmark::State& state) {
    constexpr Index features = 4096;
    const Index rows = state.range(0);
    const auto n = static_cast<double>(rows);
    const auto m = static_cast<double>(features);
    const Matrix<float> z = normal_matrix(rows, features, 1);
    const Matrix<double> y = widened(normal_matrix(rows, 1, 2));
    double seconds = 0;
    double by_gram = 0;
    double floor = 0;
    for (auto _ : state) {
        RidgeAccumulator few(features, 1);
        few.add(z, y, {});
        RidgeAccumulator flushed = few;
        by_gram += seconds_of([&] {
            flushed.flush({});
            const RidgePath path(std::move(flushed), {});
            benchmark::DoNotOptimize(path.eigenvalues().back());
        });
        const double path_seconds = seconds_of([&] {
            const RidgePath path(std::move(few), {});
            benchmark::DoNotOptimize(path.eigenvalues().back());
        });
        state.SetIterationTime(path_seconds);
        seconds += path_seconds;
        floor +=
            (2 * m * n * n + 4.0 / 3.0 * std::pow(n, 3)) / product_rate<double>(product_side, {});
    }
    state.counters["time_over_floor"] = seconds / floor;
    state.counters["gram_over_time"] = by_gram / seconds;
}
BENCHMARK(ridge_path_of_few_rows)
    ->ArgName("rows")
    ->Arg(100)
    ->Arg(300)
    ->Arg(1000)
    ->Iterations(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

// All of a fit behind the features, at the size of CIFAR-10: 50,000 rows and 10 targets. Lambda is
// chosen by the leave-one-out error of 2,000 rows, as `fit` does for maps that learn. The rate of
// the bare product, which differs by half from one minute to the next on a shared machine, is the
// mean of what was measured between the batches, before the solve and after it.
void ridge_whole(benchmark::State& state) {
    constexpr Index rows = 50'000;
    constexpr Index batch = 4096;
    constexpr Index targets = 10;
    constexpr Index judged = 2000;
    const Index features = state.range(0);
    const auto m = static_cast<double>(features);
    for (auto _ : state) {
        RidgeAccumulator accumulator(features, targets);
        Matrix<float> z;
        Matrix<double> y;
        double accumulating = 0;
        std::vector<double> rates;
        const auto measure_product = [&] {
            rates.push_back(product_rate<double>(product_side, {}));
        };
        for (Index done = 0; done < rows; done += z.rows()) {
            const Index count = std::min(batch, rows - done);
            z = normal_matrix(count, features, static_cast<std::uint64_t>(done));
            y = widened(normal_matrix(count, targets, static_cast<std::uint64_t>(done) + 1));
            accumulating += seconds_of([&] { accumulator.add(z, y, {}); });
            measure_product();
        }
        const double solving = seconds_of([&] {
            const RidgePath path(std::move(accumulator), {});
            LeaveOneOut leave_one_out(path, default_lambda_grid(), {}, judged);
            leave_one_out.add(z.view().middle_rows(0, judged), y.view().middle_rows(0, judged), {});
            const std::vector<double> errors = leave_one_out.mean_squared_errors({});
            benchmark::DoNotOptimize(path.solve(0.01).coefficients.data());
            benchmark::DoNotOptimize(errors.data());
        });
        state.SetIterationTime(accumulating + solving);
        measure_product();
        const double product =
            std::accumulate(rates.begin(), rates.end(), 0.0) / static_cast<double>(rates.size());
        state.counters["product_flops_per_second"] = product;
        const double gram_flops = static_cast<double>(rows) * m * m;
        const double solve_flops = 4.0 / 3.0 * m * m * m + 4.0 * judged * m * m;
        state.counters["accumulate_seconds"] = accumulating;
        state.counters["solve_seconds"] = solving;
        state.counters["accumulate_over_product"] = gram_flops / accumulating / product;
        state.counters["solve_over_product"] = solve_flops / solving / product;
        state.counters["rate_over_product"] =
            (gram_flops + solve_flops) / (accumulating + solving) / product;
    }
}
BENCHMARK(ridge_whole)
    ->ArgName("features")
    ->Arg(4096)
    ->Arg(8192)
    ->Arg(16384)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
