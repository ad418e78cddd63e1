#include "kernels/named_networks.hpp"

namespace sketchntk {

namespace {

// So many convolutions before the first, the second and the third pool.
std::string myrtle(int first, int second, int third) {
    const auto convolutions = [](int count) {
        return std::to_string(count) + "*(conv(3) relu) avg_pool(2) ";
    };
    return convolutions(first) + convolutions(second) + convolutions(third) +
           "avg_pool(2) avg_pool(2) flatten dense";
}

}  // namespace

const std::vector<NamedNetwork>& named_networks() {
    static const std::vector<NamedNetwork> networks = {
        {"myrtle5", myrtle(2, 1, 1)}, {"myrtle7", myrtle(2, 2, 2)}, {"myrtle10", myrtle(3, 3, 3)}};
    return networks;
}

std::string wide_residual_network(Index blocks) {
    const auto group = [blocks](const std::string& first) {
        std::string text = "residual(relu " + first + " relu conv(3) | " + first + ") ";
        if (blocks > 1)
            text += std::to_string(blocks - 1) + "*(residual(relu conv(3) relu conv(3))) ";
        return text;
    };
    const std::string halving = group("conv(3, stride=2)");
    return "conv(3) " + group("conv(3)") + halving + halving + "avg_pool(8) flatten dense";
}

}  // namespace sketchntk
