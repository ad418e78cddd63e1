#pragma once

#include <mutex>
#include <optional>
#include <utility>

namespace sketchntk {

/// A sketch's distribution, and its plan when that is first asked for; several threads may ask.
template <typename Sketch>
class DrawnSketch {
  public:
    explicit DrawnSketch(Sketch sketch) : sketch_(std::move(sketch)) {}

    const Sketch& distribution() const { return sketch_; }

    const typename Sketch::Plan& plan() const {
        std::call_once(draw_once_, [this] { plan_.emplace(sketch_); });
        return *plan_;
    }

  private:
    Sketch sketch_;
    mutable std::once_flag draw_once_;
    mutable std::optional<typename Sketch::Plan> plan_;
};

}  // namespace sketchntk
