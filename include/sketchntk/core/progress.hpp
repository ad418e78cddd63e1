#pragma once

#include <sketchntk/core/matrix.hpp>

#include <string_view>

namespace sketchntk {

/// How far a long operation has come.
struct Progress {
    std::string_view stage;  ///< what is being done, e.g. "features"
    Index done = 0;          ///< units finished
    Index total = 0;         ///< units in all; 0 where that is not known beforehand
    std::string_view unit;   ///< e.g. "rows"
};

/// Receives the progress of long operations. The library never prints; this is its only voice.
///
/// `update` is called from the thread that called the operation, a few times a second at most work
/// granularity. It may throw: the operation then stops, releases what it holds and lets the
/// exception through (throw `Interrupted` to cancel).
class ProgressObserver {
  public:
    virtual ~ProgressObserver() = default;
    virtual void update(const Progress& progress) = 0;
};

}  // namespace sketchntk
