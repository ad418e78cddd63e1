// Features of convolutional networks on one thread: time over the floor, which is the matrix
// products and transforms that the map cannot do without, bare, and one pass over the features; and
// how time grows with pixels and with images.

#include "bare_products.hpp"
#include "core/blas.hpp"

#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/sketches/hadamard_directions.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace sketchntk::bench {

namespace {

const Execution one_thread{.threads = 1};
constexpr Index channels = 3;

const char* const one_layer = "conv(6, padding=valid) relu avg_pool(13) flatten dense";
const char* const two_layers =
    "conv(5, padding=valid) relu avg_pool(4, stride=2) conv(3, padding=valid) relu "
    "avg_pool(6, stride=5) flatten dense";
const char* const global_pool = "2*(conv(3) relu) gap dense";

constexpr Index hidden_width = 256;
constexpr Index rank = 64;
constexpr Index hidden_rank = 256;
constexpr Index leading = 64;

// Of all pixels of an image, a strip of them after the other, so that what is multiplied stays in
// the cache.
template <typename Product>
double seconds_of_strips(Index pixels, Index inner, Index columns, const Product& product) {
    constexpr Index strip = 256;
    const Matrix<float> x = normal_matrix(pixels, inner, 1);
    Matrix<float> out(std::min(strip, pixels), columns);
    return seconds_of([&] {
        for (Index first = 0; first < pixels; first += strip) {
            const Index count = std::min(strip, pixels - first);
            product(x.view().middle_rows(first, count), out.view().middle_rows(0, count));
        }
    });
}

double matrix_seconds(Index pixels, Index inner, Index columns) {
    const Matrix<float> w = normal_matrix(columns, inner, 2);
    return seconds_of_strips(pixels, inner, columns,
                             [&](MatrixView<const float> x, MatrixView<float> out) {
                                 multiply_transposed<float>(x, w.view(), out);
                             });
}

double transform_seconds(Index pixels, Index inner, Index columns) {
    const sketches::HadamardDirections::Plan plan(
        sketches::HadamardDirections(inner, columns, false, Seed{1}));
    return seconds_of_strips(
        pixels, inner, columns,
        [&](MatrixView<const float> x, MatrixView<float> out) { plan.apply(x, out, one_thread); });
}

// Directions along whitened patches are a matrix behind another one.
double whitened_seconds(Index pixels, Index patch, Index kept, Index columns) {
    return matrix_seconds(pixels, patch, kept) + matrix_seconds(pixels, kept, columns);
}

double one_layer_floor(Index features) {
    return whitened_seconds(27 * 27, 36 * channels, rank, features / 4);
}

double two_layers_floor(Index features) {
    return whitened_seconds(28 * 28, 25 * channels, rank, hidden_width) +
           whitened_seconds(11 * 11, 9 * hidden_width, hidden_rank, features / 4);
}

// The hidden layer grows with the features. Of directions in pairs half are multiplied; where they
// do not fill the dimensions of the patches, leading parts go apart.
double global_pool_floor(Index features) {
    constexpr Index pixels = 32 * 32;
    const Index width = std::clamp<Index>(features / 4, hidden_width, 2048);
    const Index patch = 9 * width;
    const Index pairs = features / 2;
    const double apart = pairs < patch ? matrix_seconds(pixels, patch, leading) +
                                             matrix_seconds(pixels, leading, pairs)
                                       : 0;
    return matrix_seconds(pixels, 9 * channels, width / 2) +
           transform_seconds(pixels, patch, pairs) + apart;
}

FeatureMapConfiguration configuration(const char* network, const char* map, Index side,
                                      Index features) {
    FeatureMapConfiguration result{.network = parse_network(network),
                                   .kind = KernelKind::nngp,
                                   .features = features,
                                   .seed = Seed{1}};
    result.image = {side, side};
    set_map(result, map);
    return result;
}

std::unique_ptr<FeatureMap> learnt_map(const FeatureMapConfiguration& chosen, Index inputs) {
    constexpr Index images = 200;
    return learn_feature_map(chosen, normal_matrix(images, inputs, 4), {});
}

void measure(benchmark::State& state, const char* network, const char* map,
             double (*floor_of_image)(Index features)) {
    use_blas_on_one_thread();
    constexpr Index images = 32;
    const Index features = state.range(0);
    const auto chosen = configuration(network, map, 32, features);
    const Index inputs = 32 * 32 * channels;
    const auto mapped = learnt_map(chosen, inputs);
    const Matrix<float> x = normal_matrix(images, inputs, 5);
    Matrix<float> out(images, mapped->features());
    mapped->transform(x, out, one_thread);
    std::vector<double> whole;
    std::vector<double> floors;
    for (auto _ : state) {
        whole.push_back(seconds_of([&] { mapped->transform(x, out, one_thread); }));
        floors.push_back(images * floor_of_image(features) + pass_seconds(out));
        state.SetIterationTime(whole.back());
    }
    state.counters["milliseconds_per_image"] = 1e3 * median(whole) / images;
    state.counters["time_over_floor"] = median(whole) / median(floors);
}

constexpr const char* along_patches =
    "cntkrf(directions=patches,contrast=0.02,whiten=0.3,hidden_whiten=3)";

void cntkrf_one_layer(benchmark::State& state) {
    measure(state, one_layer, along_patches, one_layer_floor);
}
void cntkrf_two_layers(benchmark::State& state) {
    measure(state, two_layers, along_patches, two_layers_floor);
}
void cntkrf_global_pool(benchmark::State& state) {
    measure(state, global_pool, "cntkrf", global_pool_floor);
}

// The slope of log(time) against log(size), by least squares.
double slope(const std::vector<double>& sizes, const std::vector<double>& seconds) {
    const auto count = static_cast<double>(sizes.size());
    double x_mean = 0;
    double y_mean = 0;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
        x_mean += std::log(sizes[k]) / count;
        y_mean += std::log(seconds[k]) / count;
    }
    double product = 0;
    double square = 0;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
        product += (std::log(sizes[k]) - x_mean) * (std::log(seconds[k]) - y_mean);
        square += std::pow(std::log(sizes[k]) - x_mean, 2);
    }
    return product / square;
}

// Repetitions take turns, so that a slow spell of the machine strikes all sizes.
template <typename SecondsOfSize>
void measure_growth(benchmark::State& state, const std::vector<double>& sizes,
                    const SecondsOfSize& seconds_of_size) {
    use_blas_on_one_thread();
    std::vector<std::vector<double>> seconds(sizes.size());
    for (auto _ : state)
        for (std::size_t k = 0; k < sizes.size(); ++k) seconds[k].push_back(seconds_of_size(k));
    std::vector<double> medians;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
        medians.push_back(median(seconds[k]));
        state.counters["ns_each_" + std::to_string(static_cast<Index>(sizes[k]))] =
            1e9 * medians[k] / sizes[k];
    }
    state.counters["slope"] = slope(sizes, medians);
}

void cntkrf_pixels(benchmark::State& state) {
    constexpr Index images = 8;
    std::vector<double> sizes;
    std::vector<std::unique_ptr<FeatureMap>> maps;
    std::vector<Matrix<float>> rows;
    for (const Index side : {8, 16, 32, 64}) {
        const Index inputs = side * side * channels;
        sizes.push_back(static_cast<double>(side * side));
        maps.push_back(learnt_map(configuration(global_pool, "cntkrf", side, 1024), inputs));
        rows.push_back(normal_matrix(images, inputs, 5));
    }
    Matrix<float> out(images, maps.front()->features());
    for (std::size_t k = 0; k < sizes.size(); ++k) maps[k]->transform(rows[k], out, one_thread);
    measure_growth(state, sizes, [&](std::size_t k) {
        return seconds_of([&] { maps[k]->transform(rows[k], out, one_thread); });
    });
}

void cntkrf_images(benchmark::State& state) {
    const std::vector<double> sizes{8, 16, 32, 64, 128};
    const Index inputs = 32 * 32 * channels;
    const auto map = learnt_map(configuration(global_pool, "cntkrf", 32, 1024), inputs);
    const Matrix<float> rows = normal_matrix(128, inputs, 5);
    Matrix<float> out(128, map->features());
    measure_growth(state, sizes, [&](std::size_t k) {
        const auto images = static_cast<Index>(sizes[k]);
        return seconds_of([&] {
            map->transform(rows.view().middle_rows(0, images), out.view().middle_rows(0, images),
                           one_thread);
        });
    });
}

void feature_counts(benchmark::internal::Benchmark* bench) {
    bench->ArgName("features")
        ->Arg(2048)
        ->Arg(16384)
        ->Iterations(7)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
}
BENCHMARK(cntkrf_one_layer)->Apply(feature_counts);
BENCHMARK(cntkrf_two_layers)->Apply(feature_counts);
BENCHMARK(cntkrf_global_pool)->Apply(feature_counts);
BENCHMARK(cntkrf_pixels)->Iterations(5)->Unit(benchmark::kMillisecond);
BENCHMARK(cntkrf_images)->Iterations(5)->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace sketchntk::bench
