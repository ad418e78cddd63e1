#pragma once

#include <algorithm>

namespace sketchntk_test {

/// How often to repeat a random experiment: under sanitizers, which look at the code and not at its
/// distribution, a quarter of what is wanted, and not below 40. Tolerances follow from the number.
inline int repetitions(int wanted) {
#ifdef SKETCHNTK_SANITIZED
    return std::min(wanted, std::max(wanted / 4, 40));
#else
    return wanted;
#endif
}

/// A size of a test: smaller under sanitizers, where it would take too long.
inline int size_of_test([[maybe_unused]] int usual, [[maybe_unused]] int sanitized) {
#ifdef SKETCHNTK_SANITIZED
    return sanitized;
#else
    return usual;
#endif
}

}  // namespace sketchntk_test
