// header under test: sketchntk/kernels/network.hpp
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/network.hpp>
#include <sketchntk/kernels/network_shape.hpp>

using namespace sketchntk;

namespace {

std::string refusal(const std::string& text) {
    try {
        static_cast<void>(dense_layers(parse_network(text)));
    } catch (const InvalidArgument& error) {
        return error.what();
    }
    return "accepted";
}

bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the short form stands for its layers") {
    const Network expected{{Dense{}, Activation{}, Dense{}, Activation{}, Dense{}}};
    CHECK(parse_network("fc(depth=2)") == expected);
    CHECK(parse_network(" dense relu  dense relu dense ") == expected);
    CHECK(parse_network("2*(dense relu) dense") == expected);
    CHECK(parse_network("fc(depth=0)") == Network{{Dense{}}});
    CHECK(parse_network("fc(depth=1, w_std=1.5, b_std=1e-1)") ==
          fully_connected_network(1, {1.5, 0.1}));
    CHECK(parse_network("fc(b_std=0.1,depth=1)") ==
          fully_connected_network(1, {Dense{}.w_std, 0.1}));
}

TEST_CASE("both notations give the network back") {
    for (const char* text : {"fc(depth=3)", "fc(depth=1, b_std=0.1)", "dense(w_std=1.5) relu dense",
                             "dense relu dense(w_std=0.1, b_std=0.3333333333333333)"}) {
        const Network network = parse_network(text);
        CHECK(to_text(network) == text);
        CHECK(parse_network(to_json(network)) == network);
    }
    CHECK(to_text(parse_network("2*(dense relu) dense")) == "fc(depth=2)");
}

TEST_CASE("activations are read with their parameters, and written with all of them") {
    for (const char* text : {"fc(depth=2, activation=erf, b_std=0.1)", "dense tanh dense sin dense",
                             "dense leaky_relu(alpha=0.1) dense", "fc(depth=1, activation=gelu)",
                             "fc(depth=1, activation=polynomial(0.5, 1, -0.25, 0.125))"}) {
        const Network network = parse_network(text);
        CHECK(to_text(network) == (std::string(text).starts_with("dense leaky")
                                       ? "fc(depth=1, activation=leaky_relu(alpha=0.1))"
                                       : text));
        CHECK(parse_network(to_text(network)) == network);
        CHECK(parse_network(to_json(network)) == network);
    }
    CHECK(parse_network("dense leaky_relu(0.01) dense") == parse_network("dense leaky_relu dense"));
    CHECK(to_text(parse_network("dense rectified_power dense")) ==
          "fc(depth=1, activation=rectified_power(power=2))");
}

TEST_CASE("convolutional networks are read and written in both notations") {
    const std::string shortened = "4*(conv(3) relu) gap dense";
    CHECK(to_text(parse_network(shortened)) ==
          "conv(3) relu conv(3) relu conv(3) relu conv(3) relu global_avg_pool dense");
    for (const char* text :
         {"conv(3) relu flatten dense", "conv(3x5, stride=2, padding=valid, b_std=0.1) erf",
          "conv(4, stride=1x2, padding=circular, trained=0) avg_pool(2) avg_pool(3, stride=1)",
          "dense layer_norm relu residual(relu dense) residual(dense relu | dense) dense",
          "residual(residual(conv(3)) relu | conv(1, stride=2)) global_avg_pool",
          "residual( | dense) residual()"}) {
        const Network network = parse_network(text);
        CHECK(to_text(network) == text);
        CHECK(parse_network(to_json(network)) == network);
    }
    const Network expected{{Convolution{.filter = {3}, .stride = {2}}, AveragePool{{2}, {2}},
                            Residual{{Dense{}}, {}}}};
    CHECK(parse_network("conv(3x3, stride=2x2) avg_pool(2) residual(dense)") == expected);
    CHECK(parse_network(R"({"layers": [{"type": "conv", "filter": [3, 3], "stride": [2, 2]},
        {"type": "avg_pool", "window": 2}, {"type": "residual", "branch": [{"type": "dense"}]}]})") ==
          expected);
}

TEST_CASE("named networks stand for their layers") {
    const auto convolutions = [](const Network& network) {
        return std::count_if(network.layers.begin(), network.layers.end(), [](const Layer& layer) {
            return std::holds_alternative<Convolution>(layer);
        });
    };
    REQUIRE(convolutions(parse_network("myrtle5")) == 4);
    REQUIRE(convolutions(parse_network("myrtle7")) == 6);
    REQUIRE(convolutions(parse_network("myrtle10")) == 9);
    REQUIRE(parse_network("myrtle5") ==
            parse_network("2*(conv(3) relu) avg_pool(2) conv(3) relu avg_pool(2) conv(3) relu "
                          "avg_pool(2) avg_pool(2) avg_pool(2) flatten dense"));
    REQUIRE(parse_network("wide_residual(blocks=2)") ==
            parse_network("conv(3) "
                          "residual(relu conv(3) relu conv(3) | conv(3)) "
                          "residual(relu conv(3) relu conv(3)) "
                          "2*(residual(relu conv(3, stride=2) relu conv(3) | conv(3, stride=2)) "
                          "residual(relu conv(3) relu conv(3))) avg_pool(8) flatten dense"));
    // Each ends with one pixel, which flatten takes.
    for (const char* name : {"myrtle5", "myrtle7", "myrtle10", "wide_residual(blocks=1)"}) {
        const std::vector<Layer> layers = parse_network(name).layers;
        REQUIRE(output_shape(std::span(layers).first(layers.size() - 2), {32, 32}) ==
                ImageShape{1, 1});
    }
    REQUIRE(mentions(refusal("wide_residual(blocks=0)"), "at least one block"));
    REQUIRE(mentions(refusal("wide_residual(depth=2)"), "expected blocks=..., got depth"));
    REQUIRE(mentions(refusal("mytrle5"), "myrtle5"));
}

TEST_CASE("layers that cannot be are refused at their place") {
    CHECK(mentions(refusal("conv"), "filter must be given"));
    CHECK(mentions(refusal("conv(0)"), "whole numbers from 1"));
    CHECK(mentions(refusal("conv(3, padding=sane)"), "did you mean 'same'"));
    CHECK(mentions(refusal("conv(3, strid=2)"), "did you mean 'stride'"));
    CHECK(mentions(refusal("conv(3, 2)"), "an option too many"));
    CHECK(mentions(refusal("gap(2)"), "expected a name, got '(2)'"));
    CHECK(mentions(refusal("residual(relu"), "expected ')'"));
    CHECK(mentions(refusal("conv(3) relu flatten dense"), "layer 1 is conv(3), expected dense"));
    const auto json = [](const std::string& layer) { return R"({"layers": [)" + layer + "]}"; };
    CHECK(mentions(refusal(json(R"({"type": "conv", "filter": [3, "3"]})")), "expected a number"));
    CHECK(mentions(refusal(json(R"({"type": "conv", "filter": [3], "padding": 1})")), "a word"));
    CHECK(mentions(refusal(json(R"({"type": "residual", "branch": [{"type": "cnv"}]})")),
                   "network, layer 1, branch, layer 1: unknown 'cnv', did you mean 'conv'"));
    CHECK(mentions(refusal(json(R"({"type": "flatten", "b_std": 1})")), "no property"));
}

TEST_CASE("activations that cannot be are refused at their place") {
    CHECK(mentions(refusal("fc(depth=1, activation=rellu)"), "did you mean 'relu'"));
    CHECK(mentions(refusal("dense leaky_relu(beta=1) dense"), "expected alpha, got beta"));
    CHECK(mentions(refusal("dense relu(alpha=1) dense"), "expected no further parameter"));
    CHECK(mentions(refusal("dense abrelu(1) dense"), "b must be given"));
    CHECK(mentions(refusal("dense erf dense"), "layer 2 is erf, expected relu"));
    const auto json = [](const std::string& layer) {
        return R"({"layers": [{"type": "dense"}, )" + layer + R"(, {"type": "dense"}]})";
    };
    CHECK(mentions(refusal(json(R"({"type": "leaky_relu", "beta": 1})")), "no property \"beta\""));
    CHECK(mentions(refusal(json(R"({"type": "leaky_relu", "alpha": "1"})")), "expected a number"));
    CHECK(mentions(refusal(json(R"({"type": "polynomial", "coefficients": 1})")), "list"));
    CHECK(mentions(refusal(json(R"({"type": "hermite"})")), "layer 2: activation hermite: degree"));
}

TEST_CASE("JSON takes the defaults of the text form") {
    CHECK(
        parse_network(R"({"layers": [{"type": "dense"}, {"type": "relu"}, {"type": "dense"}]})") ==
        fully_connected_network(1));
}

TEST_CASE("what is not a network is refused with the place and the nearest name") {
    CHECK(mentions(refusal("fc(dpeth=3)"), "did you mean 'depth'"));
    CHECK(mentions(refusal("fc(dpeth=3)"), "position"));
    CHECK(mentions(refusal("dense relo dense"), "did you mean 'relu'"));
    CHECK(mentions(refusal("fc(depth=2.5)"), "whole number"));
    CHECK(mentions(refusal("fc(depth=-1)"), "whole number"));
    CHECK(mentions(refusal("fc(w_std=1)"), "depth"));
    CHECK(mentions(refusal("fc(depth=1, w_std=-1)"), "w_std"));
    CHECK(mentions(refusal("fc(depth=1"), "expected ')'"));
    CHECK(mentions(refusal("dense dense"), "layer 2"));
    CHECK(mentions(refusal("dense relu"), "last layer"));
    CHECK(mentions(refusal(""), "at least one layer"));
    CHECK(mentions(refusal("999999999*(dense relu) dense"), "repetition"));
    CHECK(mentions(refusal("50000*(50000*(dense relu)) dense"), "layers"));
    CHECK(mentions(refusal("{\"layers\": [{\"type\": \"dens\"}]}"), "did you mean 'dense'"));
    CHECK(mentions(refusal("{\"layers\": [{\"type\": \"relu\", \"w_std\": 1}]}"), "w_std"));
    CHECK(mentions(refusal("{\"layers\": 3}"), "layers"));
    CHECK(mentions(refusal("{"), "JSON"));
}
