#pragma once

namespace sketchntk {

/// Whether a linear model has a constant term. It is never penalised.
enum class Intercept {
    fitted,
    none,
};

}  // namespace sketchntk
