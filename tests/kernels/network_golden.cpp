// header under test: sketchntk/kernels/fully_connected.hpp with any activations, against
// neural-tangents (../shared/golden/nets).
#include "catch2.hpp"
#include "golden.hpp"
#include "kernels/converted.hpp"

#include <sketchntk/data/npy.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

using namespace sketchntk;

namespace {

struct NetworkCase {
    std::string name;
    ImageShape shape;  ///< of the images; empty for rows
    Network network;
    Matrix<double> x1, x2, nngp, ntk;

    [[nodiscard]] const Matrix<double>& expected(KernelKind kind) const {
        return kind == KernelKind::ntk ? ntk : nngp;
    }
};

bool is_fully_connected(const nlohmann::json& layers) {
    return std::none_of(layers.begin(), layers.end(), [](const nlohmann::json& layer) {
        const std::string type = layer.at("type");
        return type == "residual" || type == "layer_norm" || type == "conv";
    });
}

std::vector<NetworkCase> golden_networks(bool fully_connected_only) {
    std::ifstream file(golden_path("nets/cases.json"));
    std::vector<NetworkCase> cases;
    for (const nlohmann::json& entry : nlohmann::json::parse(file)) {
        if (fully_connected_only && !is_fully_connected(entry.at("layers"))) continue;
        const auto array = [&](const char* key) {
            return read_npy(golden_path("nets/" + entry.at(key).get<std::string>()));
        };
        std::vector<Index> shape = npy_shape(golden_path("nets/" + std::string(entry.at("x1"))));
        shape.erase(shape.begin());
        shape.pop_back();
        cases.push_back({entry.at("name"), shape,
                         parse_network(nlohmann::json{{"layers", entry.at("layers")}}.dump()),
                         array("x1"), array("x2"), array("nngp"), array("ntk")});
    }
    return cases;
}

/// The largest error relative to sqrt(K(x, x) K(y, y)); over the pairs of coinciding rows, which
/// the reference has to about 1e-8 only, in `coinciding`.
struct Errors {
    double separate = 0;
    double coinciding = 0;
};

/// @param left_diagonal, right_diagonal K(x, x) and K(y, y)
template <typename T>
Errors errors_of(const NetworkCase& golden, KernelKind kind, const Matrix<T>& found,
                 const std::vector<double>& left_diagonal,
                 const std::vector<double>& right_diagonal) {
    Errors errors;
    for (Index i = 0; i < found.rows(); ++i)
        for (Index j = 0; j < found.columns(); ++j) {
            const double unit = std::sqrt(left_diagonal[static_cast<std::size_t>(i)] *
                                          right_diagonal[static_cast<std::size_t>(j)]);
            const double error =
                std::abs(static_cast<double>(found(i, j)) - golden.expected(kind)(i, j)) / unit;
            const bool same = std::ranges::equal(golden.x1.row(i), golden.x2.row(j));
            double& largest = same ? errors.coinciding : errors.separate;
            largest = std::max(largest, error);
        }
    return errors;
}

template <typename T>
Errors fully_connected_errors(const NetworkCase& golden, KernelKind kind) {
    const Matrix<T> x1 = converted<T>(golden.x1), x2 = converted<T>(golden.x2);
    const FullyConnectedKernel<double> of_x1(golden.network, kind, golden.x1.view());
    const FullyConnectedKernel<double> of_x2(golden.network, kind, golden.x2.view());
    const FullyConnectedKernel<T> kernel(golden.network, kind, x1.view(), x2.view());
    Matrix<T> found(x1.rows(), x2.rows());
    kernel.tile(0, 0, found.view());
    return errors_of(golden, kind, found, of_x1.diagonal(), of_x2.diagonal());
}

std::vector<double> tensor_diagonal(const NetworkCase& golden, KernelKind kind,
                                    const Matrix<double>& x) {
    const TensorKernel kernel(golden.network, kind, golden.shape, x.view());
    std::vector<double> diagonal(static_cast<std::size_t>(x.rows()));
    for (Index i = 0; i < x.rows(); ++i)
        kernel.tile(i, i, {&diagonal[static_cast<std::size_t>(i)], 1, 1});
    return diagonal;
}

Errors tensor_errors(const NetworkCase& golden, KernelKind kind) {
    const TensorKernel kernel(golden.network, kind, golden.shape, golden.x1.view(),
                              golden.x2.view());
    Matrix<double> found(kernel.rows(), kernel.columns());
    kernel.tile(0, 0, found.view());
    return errors_of(golden, kind, found, tensor_diagonal(golden, kind, golden.x1),
                     tensor_diagonal(golden, kind, golden.x2));
}

template <typename T>
Errors displacement_errors(const NetworkCase& golden, KernelKind kind) {
    const Matrix<T> x1 = converted<T>(golden.x1), x2 = converted<T>(golden.x2);
    const DisplacementKernel<T> kernel(golden.network, kind, golden.shape, x1.view(), x2.view());
    Matrix<T> found(kernel.rows(), kernel.columns());
    kernel.tile(0, 0, found.view());
    return errors_of(golden, kind, found, tensor_diagonal(golden, kind, golden.x1),
                     tensor_diagonal(golden, kind, golden.x2));
}

int check_displacement_kernels(bool large) {
    int served = 0;
    for (const NetworkCase& golden : golden_networks(false)) {
        if (golden.shape.empty() || (pixel_count(golden.shape) > 256) != large) continue;
        if (!displacement_refusal(golden.network, golden.shape).empty()) continue;
        ++served;
        for (const KernelKind kind : {KernelKind::nngp, KernelKind::ntk}) {
            CAPTURE(golden.name, to_text(kind));
            const Errors in_float64 = displacement_errors<double>(golden, kind);
            CHECK(in_float64.separate < 1e-11);
            CHECK(in_float64.coinciding < 1e-8);
            const Errors in_float32 = displacement_errors<float>(golden, kind);
            CHECK(in_float32.separate < 1e-5);
            CHECK(in_float32.coinciding < 1e-4);
        }
    }
    return served;
}

void check_tensor_kernels(bool large) {
    const std::vector<NetworkCase> cases = golden_networks(false);
    CHECK(cases.size() == 39);
    for (const NetworkCase& golden : cases) {
        if ((pixel_count(golden.shape) > 256) != large) continue;
        for (const KernelKind kind : {KernelKind::nngp, KernelKind::ntk}) {
            CAPTURE(golden.name, to_text(kind));
            const Errors errors = tensor_errors(golden, kind);
            CHECK(errors.separate < 1e-11);
            CHECK(errors.coinciding < 1e-8);
        }
    }
}

}  // namespace

TEST_CASE("networks of other activations agree with neural-tangents") {
    if (!golden_available("nets")) return;
    const std::vector<NetworkCase> cases = golden_networks(true);
    CHECK(cases.size() == 15);
    for (const NetworkCase& golden : cases) {
        for (const KernelKind kind : {KernelKind::nngp, KernelKind::ntk}) {
            CAPTURE(golden.name, to_text(kind));
            const Errors in_float64 = fully_connected_errors<double>(golden, kind);
            CHECK(in_float64.separate < 1e-13);
            CHECK(in_float64.coinciding < 1e-8);
            const Errors in_float32 = fully_connected_errors<float>(golden, kind);
            CHECK(in_float32.separate < 1e-6);
            CHECK(in_float32.coinciding < 1e-6);
        }
    }
}

TEST_CASE("networks of every layer agree with neural-tangents") {
    if (golden_available("nets")) check_tensor_kernels(false);
}

TEST_CASE("networks on images of 32 x 32 pixels agree with neural-tangents", "[slow]") {
    if (!golden_available("nets")) return;
    check_tensor_kernels(true);
    CHECK(check_displacement_kernels(true) == 2);
}

TEST_CASE("kernels by displacements agree with neural-tangents") {
    if (golden_available("nets")) CHECK(check_displacement_kernels(false) == 19);
}

TEST_CASE("the CNTK of Arora et al. is a network with frozen layers") {
    if (!golden_available("cntk_arora")) return;
    std::ifstream file(golden_path("cntk_arora/cases.json"));
    for (const nlohmann::json& entry : nlohmann::json::parse(file)) {
        const auto array = [&](const char* key) {
            return read_npy(golden_path("cntk_arora/" + std::string(entry.at(key))));
        };
        const int depth = entry.at("conv_layers");
        const bool gap = entry.at("global_average_pooling");
        if (gap && depth == 1) continue;  // neither layer is trained: a kernel of zeros
        const std::string more = std::to_string(depth - 1) + "*(conv(3) relu) ";
        const Network network =
            parse_network(gap ? "conv(3, trained=0) relu " + more + "gap dense(trained=0)"
                              : "conv(3) relu " + more + "flatten dense");
        const Matrix<double> x1 = array("x1"), x2 = array("x2"), expected = array("ntk");
        const TensorKernel kernel(network, KernelKind::ntk, {5, 4}, x1.view(), x2.view());
        Matrix<double> found(x1.rows(), x2.rows());
        kernel.tile(0, 0, found.view());
        // They neither divide by the 3 channels nor, at the end of the first kind, by the pixels;
        // our last dense layer doubles the kernel (METHODS.md 10.4).
        const double scale = (gap ? 3 : 3 * 5 * 4) / 2.0;
        CAPTURE(std::string(entry.at("name")));
        for (Index i = 0; i < found.rows(); ++i)
            for (Index j = 0; j < found.columns(); ++j)
                CHECK(expected(i, j) / found(i, j) == Approx(scale).epsilon(1e-11));
    }
}

TEST_CASE("relu by its dual agrees with relu by its own recursion") {
    // leaky_relu with slope 0 is relu by another name, and takes the general road.
    Matrix<double> x(40, 5);
    for (Index i = 0; i < x.rows(); ++i)
        for (Index j = 0; j < x.columns(); ++j)
            x(i, j) = std::sin(static_cast<double>(i % 30 * 5 + j * j)) * (i == 7 ? 1e-3 : 1);
    for (const double b_std : {0.0, 0.3}) {
        const Dense dense{.w_std = 1.3, .b_std = b_std};
        const Network relu = fully_connected_network(3, dense);
        const Network general = fully_connected_network(3, dense, {"leaky_relu", {0}});
        for (const KernelKind kind : {KernelKind::nngp, KernelKind::ntk}) {
            const FullyConnectedKernel<double> expected(relu, kind, x.view());
            const FullyConnectedKernel<double> found(general, kind, x.view());
            Matrix<double> a(40, 40), b(40, 40);
            expected.tile(0, 0, a.view());
            found.tile(0, 0, b.view());
            for (Index i = 0; i < 40; ++i)
                for (Index j = 0; j < 40; ++j) {
                    // Parallel rows of different lengths: a rounding of 1e-16 in their
                    // covariance becomes its root in the derivative kernel, layer by layer.
                    const bool parallel = i != j && i % 30 == 7 && j % 30 == 7;
                    const double tolerance = parallel ? 5e-8 : 1e-12;
                    CHECK(std::abs(a(i, j) - b(i, j)) < tolerance * std::sqrt(a(i, i) * a(j, j)));
                }
        }
    }
}

TEST_CASE("kernels of other activations are symmetric to the bit, whatever the tiles") {
    Matrix<float> x(300, 3);
    for (Index i = 0; i < x.rows(); ++i)
        for (Index j = 0; j < 3; ++j) x(i, j) = std::cos(static_cast<float>(i * 3 + j));
    const Network network = parse_network("dense(b_std=0.1) erf dense gelu dense");
    const FullyConnectedKernel<float> kernel(network, KernelKind::ntk, x.view());
    Matrix<float> whole(300, 300), part(70, 90);
    kernel.tile(0, 0, whole.view());
    kernel.tile(200, 13, part.view());
    for (Index i = 0; i < 300; ++i) {
        CHECK(whole(i, i) == static_cast<float>(kernel.diagonal()[static_cast<std::size_t>(i)]));
        for (Index j = 0; j < i; ++j) REQUIRE(whole(i, j) == whole(j, i));
    }
    for (Index i = 0; i < 70; ++i)
        for (Index j = 0; j < 90; ++j) REQUIRE(part(i, j) == whole(200 + i, 13 + j));
}

TEST_CASE("a network without a derivative kernel has an NNGP only") {
    const Network network = parse_network("fc(depth=2, activation=sign)");
    Matrix<double> x(1, 2);
    x(0, 0) = 1;
    CHECK_NOTHROW(FullyConnectedKernel<double>(network, KernelKind::nngp, x.view()));
    CHECK_THROWS_WITH(
        FullyConnectedKernel<double>(network, KernelKind::ntk, x.view()),
        "network: layer 2, sign, has no derivative kernel, so that the network has an NNGP but no "
        "NTK");
}

TEST_CASE("rows that are beyond an activation are named") {
    Matrix<double> x(2, 1);
    x(1, 0) = 100;
    CHECK_THROWS_WITH(
        FullyConnectedKernel<double>(parse_network("fc(depth=2, activation=exponential)"),
                                     KernelKind::ntk, x.view()),
        Catch::Contains("row 2"));
}
