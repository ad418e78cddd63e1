#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sketchntk {

/// How the directions of random features are drawn. All have the same mean for functions that are
/// homogeneous of degree 0 or 1, such as the rectifier and the step:
///
///  - sphere: independent, uniform on the sphere. For the rectifier it is also the law that weights
///    by leverage scores (Zandieh et al. 2021, section 3.3): its density has the direction uniform,
///    and the length cancels;
///  - gaussian: independent normal entries, as published; the length adds to the variance;
///  - antithetic: independent pairs v, -v;
///  - orthogonal: in orthogonal blocks of as many as there are dimensions (Yu et al. 2016);
///  - hadamard: in blocks H D1 H D2 H D3, with O(log dimension) operations each instead of
///    O(dimension); their law is uniform on the sphere only approximately;
///  - automatic: orthogonal in less than 256 dimensions and hadamard beyond. Structure did not
///    pay at 8 dimensions and saved two thirds of the time at 2,048 (docs/feature_maps.md); where
///    between them the change is best has not been measured.
enum class DirectionLaw { automatic, sphere, gaussian, antithetic, orthogonal, hadamard };

/// The names of all laws, in the order of the enumeration.
[[nodiscard]] const std::vector<std::string>& direction_law_names();
/// @throws InvalidArgument for a name that is not among them.
[[nodiscard]] DirectionLaw parse_direction_law(std::string_view name);

}  // namespace sketchntk
