#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sketchntk {

/// The candidate that `name` was most likely meant to be: the one with the smallest Levenshtein
/// distance (insertions, deletions and replacements of one character), upper and lower case of
/// ASCII letters being equal; the first of several equally near. Empty without candidates.
///
/// For the "did you mean" of error messages. Costs O(name length x total candidate length).
[[nodiscard]] std::string nearest_name(std::string_view name,
                                       std::span<const std::string> candidates);

}  // namespace sketchntk
