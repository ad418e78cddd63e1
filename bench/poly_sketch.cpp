// PolySketch of degree 8 on one thread against the flat TensorSketch of degree 8 and the chain of
// seven TensorSketches of degree 2, in time and in error; its family and a whole polynomial against
// the single sketch.

#include "bare_products.hpp"

#include <sketchntk/sketches/count_sketch.hpp>
#include <sketchntk/sketches/fourier.hpp>
#include <sketchntk/sketches/poly_sketch.hpp>
#include <sketchntk/sketches/polynomial_sketch.hpp>
#include <sketchntk/sketches/tensor_sketch.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

namespace sketchntk::bench {

namespace {

using sketches::CountSketch;
using sketches::PolynomialSketch;
using sketches::PolySketch;
using sketches::RealFourierTransform;
using sketches::TensorSketch;

constexpr Index degree = 8;
constexpr Index rows = 512;
const Execution one_thread{.threads = 1};

/// x^(x)q by q - 1 TensorSketches of degree 2, each of the last one's result and x: what one would
/// write without a tree. All steps have all outputs.
class Chain {
  public:
    Chain(Index inputs, Index outputs, Seed seed) : transform_(outputs) {
        first_.emplace_back(CountSketch(inputs, outputs, seed.child(0)));
        for (std::uint32_t k = 1; k < degree; ++k) {
            first_.emplace_back(CountSketch(inputs, outputs, seed.child(k)));
            if (k > 1) last_.emplace_back(CountSketch(outputs, outputs, seed.child(degree + k)));
        }
    }

    void apply(MatrixView<const float> x, MatrixView<float> out) const {
        constexpr Index tile = 64;
        Matrix<float> hashed(tile, out.columns());
        AlignedVector<std::complex<float>> a(static_cast<std::size_t>(transform_.frequencies()));
        AlignedVector<std::complex<float>> b = a;
        Matrix<float> last(tile, out.columns());
        for (Index first = 0; first < x.rows(); first += tile) {
            const Index count = std::min(tile, x.rows() - first);
            const MatrixView<const float> tile_rows = x.middle_rows(first, count);
            const MatrixView<float> result = out.middle_rows(first, count);
            first_[0].apply(tile_rows, last.view().middle_rows(0, count), one_thread);
            for (std::size_t k = 1; k < degree; ++k) {
                if (k > 1) {
                    last_[k - 2].apply(result, last.view().middle_rows(0, count), one_thread);
                }
                first_[k].apply(tile_rows, hashed.view().middle_rows(0, count), one_thread);
                for (Index i = 0; i < count; ++i) {
                    transform_.transform(last.row(i), a);
                    transform_.transform(hashed.row(i), b);
                    multiply(a, b);
                    transform_.inverse(a, result.row(i));
                }
            }
        }
    }

  private:
    void multiply(AlignedVector<std::complex<float>>& a,
                  const AlignedVector<std::complex<float>>& b) const {
        const float scale = 1.0F / static_cast<float>(transform_.length());
        for (std::size_t k = 0; k < a.size(); ++k) {
            a[k] = {scale * (a[k].real() * b[k].real() - a[k].imag() * b[k].imag()),
                    scale * (a[k].real() * b[k].imag() + a[k].imag() * b[k].real())};
        }
    }

    RealFourierTransform transform_;
    std::vector<CountSketch::Plan> first_;
    std::vector<CountSketch::Plan> last_;
};

using Apply = std::function<void(MatrixView<const float>, MatrixView<float>)>;
using Make = std::function<Apply(Seed)>;

template <typename Sketch>
Apply drawn(const Sketch& sketch) {
    auto plan = std::make_shared<const typename Sketch::Plan>(sketch);
    return [plan](MatrixView<const float> x, MatrixView<float> out) {
        plan->apply(x, out, one_thread);
    };
}

/// Pairs of unit vectors, rows 2 k and 2 k + 1, of cosines from 1/2 to 1.
Matrix<float> unit_pairs(Index pairs, Index inputs) {
    Matrix<float> x = normal_matrix(2 * pairs, inputs, 3);
    auto view = as_eigen(x.view());
    for (Index k = 0; k < pairs; ++k) {
        const auto cosine = 0.5F + 0.5F * static_cast<float>(k) / static_cast<float>(pairs - 1);
        auto first = view.row(2 * k), second = view.row(2 * k + 1);
        first.normalize();
        second -= second.dot(first) * first;
        second = (cosine * first + std::sqrt(1 - cosine * cosine) * second.normalized()).eval();
    }
    return x;
}

/// Errors of <z(x), z(y)> against <x, y>^8 on the pairs, over some seeds.
struct Errors {
    double root_mean_square = 0;  ///< over that of the exact values
    double mean_relative = 0;     ///< of |error| / exact for cosines of at least 0.8
};
Errors errors_of(const Make& make, Index inputs, Index outputs) {
    constexpr Index pairs = 32;
    constexpr std::uint64_t seeds = 20;
    const Matrix<float> x = unit_pairs(pairs, inputs);
    Matrix<float> out(x.rows(), outputs);
    double squares = 0, exact_squares = 0, relative = 0, near = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        make(Seed{seed})(x, out);
        for (Index k = 0; k < pairs; ++k) {
            const auto product = [k](const Matrix<float>& matrix) {
                const auto view = as_eigen(matrix.view());
                return view.row(2 * k).cast<double>().dot(view.row(2 * k + 1).cast<double>());
            };
            const double exact = std::pow(product(x), degree);
            const double error = std::abs(product(out) - exact);
            squares += error * error;
            exact_squares += exact * exact;
            if (product(x) < 0.8) continue;
            relative += error / exact;
            near += 1;
        }
    }
    return {std::sqrt(squares / exact_squares), relative / near};
}

void degree_8(benchmark::State& state) {
    const Index inputs = state.range(0), outputs = state.range(1), width = state.range(2);
    const std::vector<std::pair<std::string, Make>> methods{
        {"tree",
         [=](Seed seed) {
             return drawn(PolySketch(inputs, outputs, degree, {.node_width = width}, seed));
         }},
        {"flat", [=](Seed seed) { return drawn(TensorSketch(inputs, outputs, degree, seed)); }},
        {"chain", [=](Seed seed) -> Apply {
             auto chain = std::make_shared<const Chain>(inputs, outputs, seed);
             return [chain](MatrixView<const float> x, MatrixView<float> out) {
                 chain->apply(x, out);
             };
         }}};
    const Matrix<float> x = normal_matrix(rows, inputs, 1);
    Matrix<float> out(rows, outputs);
    std::vector<Apply> applies;
    for (const auto& method : methods) applies.push_back(method.second(Seed{2}));
    std::vector<std::vector<double>> seconds(methods.size());
    for (auto _ : state) {
        for (std::size_t k = 0; k < methods.size(); ++k) {
            seconds[k].push_back(seconds_of([&] { applies[k](x, out); }));
        }
        state.SetIterationTime(seconds.front().back());
    }
    const double tree_seconds = median(seconds.front());
    for (std::size_t k = 0; k < methods.size(); ++k) {
        const std::string& name = methods[k].first;
        const Errors errors = errors_of(methods[k].second, inputs, outputs);
        state.counters[name + "_us_per_row"] = 1e6 * median(seconds[k]) / rows;
        state.counters[name + "_error"] = errors.root_mean_square;
        state.counters[name + "_near_error"] = errors.mean_relative;
        if (k > 0) state.counters[name + "_over_tree"] = median(seconds[k]) / tree_seconds;
    }
}
// Node width 0 is the default; the others show what it is chosen from.
BENCHMARK(degree_8)
    ->ArgNames({"inputs", "outputs", "width"})
    ->ArgsProduct({{100, 1000}, {512, 1024, 2048, 4096}, {0}})
    ->ArgsProduct({{100}, {1024}, {128, 256, 512, 1024, 2048}})
    ->ArgsProduct({{1000}, {1024}, {256, 512, 1024, 2048}})
    ->Iterations(9)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

void family_and_polynomial(benchmark::State& state) {
    const Index inputs = state.range(0), outputs = state.range(1);
    const PolySketch::Plan plan(PolySketch(inputs, outputs, degree, Seed{2}));
    const PolynomialSketch::Plan polynomial(
        PolynomialSketch(inputs, outputs, std::vector<double>(degree + 1, 1.0), Seed{2}));
    const Matrix<float> x = normal_matrix(rows, inputs, 1);
    Matrix<float> out(rows, outputs), all(rows, degree * outputs);
    std::vector<double> one, family, whole;
    for (auto _ : state) {
        one.push_back(seconds_of([&] { plan.apply(x.view(), out.view(), one_thread); }));
        family.push_back(seconds_of([&] { plan.apply_family(x.view(), all.view(), one_thread); }));
        whole.push_back(seconds_of([&] { polynomial.apply(x.view(), out.view(), one_thread); }));
        state.SetIterationTime(whole.back());
    }
    state.counters["family_over_one"] = median(family) / median(one);
    state.counters["polynomial_over_one"] = median(whole) / median(one);
    state.counters["polynomial_us_per_row"] = 1e6 * median(whole) / rows;
}
BENCHMARK(family_and_polynomial)
    ->ArgNames({"inputs", "outputs"})
    ->ArgsProduct({{100, 1000}, {1024, 4096}})
    ->Iterations(9)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
