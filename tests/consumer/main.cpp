// Somebody else's program: touches, through the public headers only, every library that sketchntk
// links with, and fails if one of them does not work.

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/core/version.hpp>
#include <sketchntk/data/container.hpp>
#include <sketchntk/data/data_source.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/model/fit.hpp>
#include <sketchntk/sketches/fourier.hpp>

#include <cmath>
#include <complex>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using sketchntk::Index;

void expect(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(what);
}

/// The transform of random numbers keeps their energy (Parseval).
void transform_random_numbers() {
    constexpr Index length = 64;
    std::vector<float> numbers(length);
    sketchntk::RandomStream(sketchntk::Seed{7}, 0).fill_normal(0, 0, numbers);
    const sketchntk::sketches::RealFourierTransform transform(length);
    std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(transform.frequencies()));
    transform.transform(numbers, spectrum);
    float energy = 0;
    for (const float number : numbers) energy += number * number;
    float spectral_energy = -std::norm(spectrum.front()) - std::norm(spectrum.back());
    for (const auto& value : spectrum) spectral_energy += 2 * std::norm(value);
    expect(std::abs(spectral_energy / length - energy) < 1e-4F * energy, "Fourier transform");
}

void keep_a_matrix(const std::filesystem::path& path) {
    const sketchntk::Container written{
        "consumer", 1, "{}", {{"zeros", sketchntk::Matrix<double>(3, 2)}}};
    sketchntk::write_container(path.string(), written);
    expect(sketchntk::read_container(path.string(), "consumer", 1) == written, "container");
}

void read_rows(const std::filesystem::path& path) {
    std::ofstream(path) << "x,y\n1,2\n3,4\n";
    sketchntk::DataSource source;
    source.path = path.string();
    source.targets = {"y"};
    sketchntk::Batch batch;
    expect(sketchntk::open_rows(source)->read(10, batch), "rows");
    expect(batch.rows() == 2 && batch.targets(1, 0) == 4, "rows");
}

/// The squared length of a row's features is near the kernel's diagonal, which is 4 for one hidden
/// layer and |x|^2 = d.
void map_a_row() {
    constexpr Index inputs = 5;
    sketchntk::FeatureMapConfiguration configuration;
    configuration.features = 4096;
    const auto map = sketchntk::make_feature_map(configuration, inputs);
    sketchntk::Matrix<float> x(1, inputs);
    for (float& value : x.row(0)) value = 1;
    sketchntk::Matrix<float> z(1, map->features());
    map->transform(x, z);
    float square = 0;
    for (const float value : z.row(0)) square += value * value;
    expect(std::abs(square - 4) < 0.4F, "feature map");
}

void fit_a_model(const std::filesystem::path& data, const std::filesystem::path& path) {
    std::ofstream(data) << "x,y\n1,2\n2,4\n3,6\n4,8\n";
    const auto rows = sketchntk::open_rows({.path = data.string(), .targets = {"y"}});
    sketchntk::FitOptions options;
    options.feature_map.map = "linear";
    options.rule = sketchntk::LambdaRule::given;
    options.lambda = 1e-9;
    sketchntk::fit(*rows, options).model.save(path.string());
    sketchntk::Batch batch;
    rows->rewind();
    expect(rows->read(10, batch), "rows");
    const auto predicted = sketchntk::Model::load(path.string()).predict(batch);
    expect(std::abs(predicted(3, 0) - 8) < 1e-4, "model");
}

}  // namespace

int main() {
    const auto directory = std::filesystem::temp_directory_path() /
                           ("sketchntk-consumer-" + std::to_string(std::random_device{}()));
    int status = 0;
    try {
        std::filesystem::create_directory(directory);
        transform_random_numbers();
        keep_a_matrix(directory / "container");
        read_rows(directory / "rows.csv");
        map_a_row();
        fit_a_model(directory / "line.csv", directory / "line.model");
        std::cout << "sketchntk " << sketchntk::version() << " works on "
                  << sketchntk::thread_count({}) << " threads\n";
    } catch (const std::exception& exception) {
        std::cerr << "sketchntk does not work here: " << exception.what() << '\n';
        status = 1;
    }
    std::filesystem::remove_all(directory);
    return status;
}
