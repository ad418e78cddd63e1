#pragma once

#include "kernels/normal_quadrature.hpp"

#include <sketchntk/kernels/dual_activation.hpp>

#include <memory>

namespace sketchntk {

/// Beyond 9.5 the normal density is below 1e-18 of its largest value. With 16 nodes a panel of this
/// width is enough for the normal density times what is analytic within half of it:
/// tests/kernels/dual_activation.cpp holds the result to 1e-10.
inline constexpr NormalPanels panels_of_float64{.farthest = 9.5, .widest = 1.25, .nodes = 16};

/// Enough for 1e-6 and a small part of the time.
inline constexpr NormalPanels panels_of_float32{.farthest = 6.5, .widest = 2.5, .nodes = 8};

/// As the public `dual_by_quadrature`, with other panels.
[[nodiscard]] std::unique_ptr<const DualActivation> dual_by_quadrature(ScalarFunction function,
                                                                       const NormalPanels& panels);

}  // namespace sketchntk
