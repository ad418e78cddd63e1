#include "catch2.hpp"
#include "golden.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/npy.hpp>
#include <sketchntk/kernels/dual_activation.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace sketchntk;

namespace {

struct Pair {
    double value;
    double derivative;
};

template <typename T = double>
Pair at(const DualActivation& dual, T p, T q, T c) {
    T derivative = 0;
    dual.apply(&p, 0, &q, &c, &derivative, 1);
    return {static_cast<double>(c), static_cast<double>(derivative)};
}

/// sqrt(E[s(u)^2] E[s(v)^2]), and the same of the derivatives.
Pair scale(const DualActivation& dual, double p, double q) {
    const Pair left = at(dual, p, p, p), right = at(dual, q, q, q);
    return {std::sqrt(left.value * right.value), std::sqrt(left.derivative * right.derivative)};
}

Pair relative_error(const DualActivation& dual, double p, double q, double c, Pair expected) {
    const Pair found = at(dual, p, q, c), unit = scale(dual, p, q);
    return {std::abs(found.value - expected.value) / unit.value,
            std::abs(found.derivative - expected.derivative) / unit.derivative};
}

/// "leaky_relu(0.1)" and what else the golden folder calls its activations.
Activation golden_activation(const std::string& text) {
    if (text == "relu_squared") return {"rectified_power", {2}};
    const std::size_t bracket = text.find('(');
    Activation activation{text.substr(0, bracket), {}};
    if (bracket == std::string::npos) return activation;
    std::istringstream numbers(text.substr(bracket + 1));
    for (double number = 0; numbers >> number; numbers.ignore())
        activation.parameters.push_back(number);
    return activation;
}

double promised(const std::string& name) {
    if (name == "elu" || name == "selu") return 1e-9;
    for (const std::string smooth : {"tanh", "sigmoid", "softplus", "silu"})
        if (name == smooth) return 1e-10;
    return 1e-12;
}

const std::vector<Activation> closed_forms{{"relu", {}},
                                           {"leaky_relu", {0.2}},
                                           {"abrelu", {-0.5, 1.5}},
                                           {"abs", {}},
                                           {"rectified_power", {0}},
                                           {"rectified_power", {1}},
                                           {"rectified_power", {2}},
                                           {"rectified_power", {3}},
                                           {"rectified_power", {4}},
                                           {"rectified_power", {5}},
                                           {"sign", {}},
                                           {"erf", {}},
                                           {"gelu", {}},
                                           {"sin", {}},
                                           {"cos", {}},
                                           {"gaussian", {}},
                                           {"exponential", {}},
                                           {"identity", {}},
                                           {"polynomial", {0.3, -1, 0, 0.25, 0.1}},
                                           {"hermite", {3}},
                                           {"hermite", {6}}};

const std::vector<std::array<double, 3>> covariances{
    {1, 1, 0.3},       {1, 1, -0.95},    {0.3, 2, 0.5},           {2, 0.1, -0.2},
    {1, 1, 0.9999999}, {0.7, 0.7, -0.7}, {1.5, 1.5, 1.5 - 1e-12}, {0.01, 3, 0}};

}  // namespace

TEST_CASE("duals agree with the golden values") {
    if (!golden_available("activations")) return;
    std::ifstream file(golden_path("activations/cases.json"));
    const auto cases = nlohmann::json::parse(file);
    for (const auto& golden : cases) {
        const Activation activation = golden_activation(golden["activation"]);
        const auto dual = dual_activation(activation);
        const auto folder = [&](const char* key) {
            return golden_path("activations/" + golden[key].get<std::string>());
        };
        const Matrix<double> points = read_npy(folder("covariances"));
        const Matrix<double> values = read_npy(folder("values"));
        for (Index i = 0; i < points.rows(); ++i) {
            const Pair error = relative_error(*dual, points(i, 0), points(i, 1), points(i, 2),
                                              {values(i, 0), values(i, 1)});
            CAPTURE(activation.name, points(i, 0), points(i, 1), points(i, 2));
            CHECK(error.value < promised(activation.name));
            CHECK(error.derivative < promised(activation.name));
        }
    }
}

TEST_CASE("closed forms agree with quadrature of the function itself") {
    for (const Activation& activation : closed_forms) {
        const auto closed = dual_activation(activation);
        const auto quadrature = dual_by_quadrature(scalar_function(activation));
        for (const auto& [p, q, c] : covariances) {
            const Pair expected = at(*quadrature, p, q, c);
            const Pair error = relative_error(*closed, p, q, c, expected);
            CAPTURE(activation.name, p, q, c);
            CHECK(error.value < 1e-9);
            if (closed->has_derivative()) CHECK(error.derivative < 1e-9);
        }
    }
}

TEST_CASE("quadrature holds for the variances that it claims") {
    for (const char* name : {"erf", "gelu", "relu", "abs"}) {
        const auto closed = dual_activation({name, {}});
        const auto quadrature = dual_by_quadrature(scalar_function({name, {}}));
        for (const auto& [p, q, rho] : std::vector<std::array<double, 3>>{
                 {1e4, 1e4, 0.4}, {1e4, 1e-4, -0.9}, {1e4, 3, 0.99999}, {1e-6, 1e-6, 0.5}}) {
            const double c = rho * std::sqrt(p * q);
            const Pair error = relative_error(*quadrature, p, q, c, at(*closed, p, q, c));
            CAPTURE(name, p, q, rho);
            CHECK(error.value < 1e-9);
            CHECK(error.derivative < 1e-9);
        }
    }
}

TEST_CASE("tables and series agree with quadrature of the function itself") {
    for (const char* name : {"tanh", "sigmoid", "softplus", "silu", "elu", "selu"}) {
        const auto dual = dual_activation({name, {}});
        const auto quadrature = dual_by_quadrature(scalar_function({name, {}}));
        for (const auto& [p, q, rho] : std::vector<std::array<double, 3>>{{1, 1, 0.3},
                                                                          {2, 0.7, -0.9},
                                                                          {1e-8, 1e-3, 0.5},
                                                                          {3, 3, 0.999},
                                                                          {40, 0.1, 0.8},
                                                                          {900, 900, 0.5},
                                                                          {1.999999, 2.000001, 0.9},
                                                                          {1e-3, 40, -0.99}}) {
            const double c = rho * std::sqrt(p * q);
            const Pair error = relative_error(*dual, p, q, c, at(*quadrature, p, q, c));
            CAPTURE(name, p, q, rho);
            CHECK(error.value < 1e-9);
            CHECK(error.derivative < 1e-9);
        }
    }
}

TEST_CASE("a kink away from zero is honoured") {
    // max(x - 1, 0), whose first moment is that of a shifted normal.
    const auto dual = dual_by_quadrature({.value = [](double x) { return std::max(x - 1, 0.0); },
                                          .derivative = [](double x) { return x > 1 ? 1.0 : 0.0; },
                                          .kinks = {1}});
    const double above = std::erfc(1 / std::sqrt(2.0)) / 2;
    const double density = std::exp(-0.5) / std::sqrt(2 * std::acos(-1.0));
    const double mean = density - above, square = 2 * above - density;
    CHECK(at(*dual, 1.0, 1.0, 0.0).value == Approx(mean * mean).epsilon(1e-10));
    CHECK(at(*dual, 1.0, 1.0, 1.0).value == Approx(square).epsilon(1e-10));
    CHECK(at(*dual, 1.0, 1.0, 0.0).derivative == Approx(above * above).epsilon(1e-10));
    CHECK(at(*dual, 1.0, 1.0, 1.0).derivative == Approx(above).epsilon(1e-10));
}

TEST_CASE("float32 duals are the float64 ones, rounded") {
    for (const Activation& activation : closed_forms) {
        const auto dual = dual_activation(activation);
        for (const auto& [p, q, c] : covariances) {
            // Rounding moves a correlation by up to 4 units of 6e-8, and a derivative with a
            // square-root cusp at correlation 1 by the root of twice that: 7e-4.
            const auto p32 = static_cast<float>(p), q32 = static_cast<float>(q);
            const auto c32 = static_cast<float>(c);
            const Pair expected = at<double>(*dual, p32, q32, c32);
            const Pair found = at<float>(*dual, p32, q32, c32), unit = scale(*dual, p, q);
            CAPTURE(activation.name, p, q, c);
            CHECK(std::abs(found.value - expected.value) < 1e-3 * unit.value);
            if (dual->has_derivative())
                CHECK(std::abs(found.derivative - expected.derivative) < 1e-3 * unit.derivative);
        }
    }
}

TEST_CASE("covariances that rounding pushes beyond their limit, and constant variables") {
    for (const char* name : {"relu", "abs", "erf", "sign", "sin"}) {
        const auto dual = dual_activation({name, {}});
        CHECK(std::abs(at(*dual, 1.0, 1.0, 1 + 1e-15).value - at(*dual, 1.0, 1.0, 1.0).value) <
              4e-15);
        CHECK(at(*dual, 0.0, 2.0, 0.0).value == 0);
        CHECK(std::isfinite(at(*dual, 0.0, 0.0, 0.0).derivative));
    }
    CHECK(at(*dual_activation({"relu", {}}), 0.0, 2.0, 0.0).derivative == 0);
    CHECK(at(*dual_activation({"cos", {}}), 0.0, 0.0, 0.0).value == 1);
}

TEST_CASE("sign and step have no derivative kernel") {
    CHECK_FALSE(dual_activation({"sign", {}})->has_derivative());
    CHECK_FALSE(dual_activation({"rectified_power", {0}})->has_derivative());
    CHECK(dual_activation({"rectified_power", {1}})->has_derivative());
}

TEST_CASE("activations that cannot be are refused with the reason") {
    const auto refusal = [](const Activation& activation) {
        try {
            static_cast<void>(dual_activation(activation));
        } catch (const InvalidArgument& error) {
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    CHECK(refusal({"rellu", {}}) == "activation: unknown 'rellu', did you mean 'relu'?");
    CHECK(refusal({"relu", {1}}) == "activation relu: expected at most 0 parameters, got 1");
    CHECK(refusal({"abrelu", {1}}) == "activation abrelu: b must be given");
    CHECK(refusal({"polynomial", {}}) == "activation polynomial: coefficient must be given");
    CHECK(refusal({"leaky_relu", {std::nan("")}}) ==
          "activation leaky_relu: alpha: expected a finite number, got nan");
    CHECK(refusal({"rectified_power", {1.5}}) ==
          "activation rectified_power: power: expected a whole number from 0 to 16, got 1.5");
    CHECK_THROWS_AS(dual_by_quadrature({}), InvalidArgument);
}
