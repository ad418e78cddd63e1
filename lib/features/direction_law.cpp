#include <sketchntk/core/error.hpp>
#include <sketchntk/features/direction_law.hpp>

#include <algorithm>

namespace sketchntk {

const std::vector<std::string>& direction_law_names() {
    static const std::vector<std::string> names{"automatic",  "sphere",     "gaussian",
                                                "antithetic", "orthogonal", "hadamard"};
    return names;
}

DirectionLaw parse_direction_law(std::string_view name) {
    const std::vector<std::string>& names = direction_law_names();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        throw InvalidArgument("directions: unknown law '" + std::string(name) + "'");
    return static_cast<DirectionLaw>(found - names.begin());
}

}  // namespace sketchntk
