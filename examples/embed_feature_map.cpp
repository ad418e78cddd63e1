// A feature map in somebody else's loop: rows that are in memory are mapped batch by batch, and
// what is done with the features is the caller's own affair. Here
//  1. their inner products are compared with the exact kernel, and
//  2. a classifier is trained on them by stochastic gradient descent.
//
//     example_embed_feature_map

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <numeric>
#include <vector>

namespace {

using sketchntk::Index;
using Rows = sketchntk::MatrixView<const float>;

constexpr Index inputs = 4;

struct Example {
    sketchntk::Matrix<float> x;
    std::vector<float> labels;  // +1 or -1
};

/// Random points; the label is the sign of x1 x2, which no linear function of x tells.
Example random_points(Index rows, sketchntk::Seed seed) {
    Example points{sketchntk::Matrix<float>(rows, inputs), {}};
    const sketchntk::RandomStream random(seed, 0);
    for (Index i = 0; i < rows; ++i) {
        random.fill_normal(i, 0, points.x.row(i));
        points.labels.push_back(points.x(i, 0) * points.x(i, 1) > 0 ? 1.0F : -1.0F);
    }
    return points;
}

float inner_product(std::span<const float> a, std::span<const float> b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

/// |Z Z^T - K| / |K| in the Frobenius norm.
double kernel_error(const sketchntk::FeatureMap& map, const sketchntk::Network& network, Rows x) {
    sketchntk::Matrix<float> z(x.rows(), map.features());
    map.transform(x, z);
    const sketchntk::FullyConnectedKernel<float> kernel(network, sketchntk::KernelKind::ntk, x);
    const sketchntk::Matrix<float> exact = sketchntk::gram<float>(kernel);
    double difference = 0;
    double norm = 0;
    for (Index i = 0; i < x.rows(); ++i)
        for (Index j = 0; j < x.rows(); ++j) {
            difference += std::pow(inner_product(z.row(i), z.row(j)) - exact(i, j), 2);
            norm += std::pow(exact(i, j), 2);
        }
    return std::sqrt(difference / norm);
}

/// Logistic regression on the features, by stochastic gradient descent.
class Classifier {
  public:
    explicit Classifier(const sketchntk::FeatureMap& map)
        : map_(map), weights_(static_cast<std::size_t>(map.features()), 0.0F) {}

    void train(const Example& examples, Index batch_rows, float rate) {
        for (Index first = 0; first < examples.x.rows(); first += batch_rows) {
            const Index count = std::min(batch_rows, examples.x.rows() - first);
            const sketchntk::Matrix<float> z = mapped(examples.x.view().middle_rows(first, count));
            for (Index i = 0; i < count; ++i)
                step(z.row(i), examples.labels[static_cast<std::size_t>(first + i)], rate);
        }
    }

    double accuracy(const Example& examples) const {
        const sketchntk::Matrix<float> z = mapped(examples.x);
        Index right = 0;
        for (Index i = 0; i < z.rows(); ++i) {
            const float label = examples.labels[static_cast<std::size_t>(i)];
            if (label * inner_product(weights_, z.row(i)) > 0) ++right;
        }
        return static_cast<double>(right) / static_cast<double>(z.rows());
    }

  private:
    sketchntk::Matrix<float> mapped(Rows x) const {
        sketchntk::Matrix<float> z(x.rows(), map_.features());
        map_.transform(x, z);
        return z;
    }

    void step(std::span<const float> z, float label, float rate) {
        const float slope = label / (1 + std::exp(label * inner_product(weights_, z)));
        for (std::size_t k = 0; k < weights_.size(); ++k) weights_[k] += rate * slope * z[k];
    }

    const sketchntk::FeatureMap& map_;
    std::vector<float> weights_;
};

int run() {
    sketchntk::FeatureMapConfiguration configuration;
    configuration.map = "ntkrf";
    configuration.network = sketchntk::fully_connected_network(2);
    configuration.features = 2048;
    configuration.seed = sketchntk::Seed{1};
    const auto map = sketchntk::make_feature_map(configuration, inputs);
    std::cout << map->features() << " features, " << map->bytes(1) / 1024 << " KiB, "
              << map->flops_per_row() / 1e6 << " Mflop a row\n";

    const Example training = random_points(8000, sketchntk::Seed{2});
    const Example test = random_points(2000, sketchntk::Seed{3});
    const double error =
        kernel_error(*map, configuration.network, training.x.view().middle_rows(0, 500));
    std::cout << "kernel error on 500 rows: " << error << '\n';

    Classifier classifier(*map);
    for (int epoch = 0; epoch < 3; ++epoch) classifier.train(training, 1000, 0.05F);
    const double accuracy = classifier.accuracy(test);
    std::cout << "test accuracy: " << accuracy << '\n';
    return error < 0.15 && accuracy > 0.9 ? 0 : 1;
}

}  // namespace

int main() {
    try {
        return run();
    } catch (const sketchntk::Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
