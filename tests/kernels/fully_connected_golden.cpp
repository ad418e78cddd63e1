// header under test: sketchntk/kernels/fully_connected.hpp, against values computed in 50-digit
// arithmetic (../shared/golden/fc).
#include "catch2.hpp"
#include "golden.hpp"
#include "kernels/converted.hpp"

#include <sketchntk/data/npy.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <vector>

using namespace sketchntk;

namespace {

struct Case {
    std::string name;
    Network network;
    Matrix<double> x1;
    Matrix<double> x2;
    Matrix<double> nngp;
    Matrix<double> ntk;
};

std::vector<Case> golden_cases() {
    std::ifstream file(golden_path("fc/cases.json"));
    std::vector<Case> cases;
    for (const nlohmann::json& entry : nlohmann::json::parse(file)) {
        const auto array = [&](const char* key) {
            return read_npy(golden_path("fc/" + entry.at(key).get<std::string>()));
        };
        cases.push_back({entry.at("name"),
                         fully_connected_network(entry.at("hidden_layers"),
                                                 {entry.at("w_std"), entry.at("b_std")}),
                         array("x1"), array("x2"), array("nngp"), array("ntk")});
    }
    return cases;
}

double cosine(std::span<const double> x, std::span<const double> y) {
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
        xx += x[j] * x[j];
        yy += y[j] * y[j];
        xy += x[j] * y[j];
    }
    return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

struct WorstErrors {
    double separated = 0;
    double near_coincident = 0;
};

// Errors relative to sqrt(K(x, x) K(y, y)); pairs at angles below 1e-3 (or as close to pi) count as
// nearly coincident.
template <typename T>
WorstErrors worst_errors(const Case& example, KernelKind kind) {
    const Matrix<T> x1 = converted<T>(example.x1);
    const Matrix<T> x2 = converted<T>(example.x2);
    const FullyConnectedKernel<T> kernel(example.network, kind, x1.view(), x2.view());
    const Matrix<T> computed = gram(kernel);
    const FullyConnectedKernel<double> first(example.network, kind, example.x1.view());
    const FullyConnectedKernel<double> second(example.network, kind, example.x2.view());
    const Matrix<double>& expected = kind == KernelKind::ntk ? example.ntk : example.nngp;
    REQUIRE(computed.rows() == expected.rows());
    REQUIRE(computed.columns() == expected.columns());
    WorstErrors worst;
    for (Index i = 0; i < expected.rows(); ++i) {
        for (Index j = 0; j < expected.columns(); ++j) {
            const double scale = std::sqrt(first.diagonal()[static_cast<std::size_t>(i)] *
                                           second.diagonal()[static_cast<std::size_t>(j)]);
            const double difference =
                std::abs(static_cast<double>(computed(i, j)) - expected(i, j));
            const double error = scale > 0 ? difference / scale : difference;
            const bool near = 1 - std::abs(cosine(example.x1.row(i), example.x2.row(j))) < 5e-7;
            double& target = near ? worst.near_coincident : worst.separated;
            // A NaN must not slip through a maximum.
            target = error >= target || std::isnan(error) ? error : target;
        }
    }
    return worst;
}

}  // namespace

TEST_CASE("float64 kernels agree with 50-digit arithmetic", "[golden]") {
    if (!golden_available("fc")) return;
    for (const Case& example : golden_cases()) {
        CAPTURE(example.name);
        const WorstErrors nngp = worst_errors<double>(example, KernelKind::nngp);
        CHECK(nngp.separated < 1e-13);
        CHECK(nngp.near_coincident < 1e-13);
        const WorstErrors ntk = worst_errors<double>(example, KernelKind::ntk);
        CHECK(ntk.separated < 1e-12);
        CHECK(ntk.near_coincident < 1e-12);
    }
}

TEST_CASE("float32 kernels agree with 50-digit arithmetic", "[golden]") {
    if (!golden_available("fc")) return;
    for (const Case& example : golden_cases()) {
        CAPTURE(example.name);
        for (const KernelKind kind : {KernelKind::nngp, KernelKind::ntk}) {
            const WorstErrors worst = worst_errors<float>(example, kind);
            CHECK(worst.separated < 3e-6);
            // The rows themselves were rounded to float32, by up to 6e-8 in angle.
            CHECK(worst.near_coincident < 3e-6);
        }
    }
}
