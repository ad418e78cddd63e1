#pragma once

#include <sketchntk/core/progress.hpp>
#include <sketchntk/core/stopwatch.hpp>

#include <string>

namespace sketchntk::tools {

/// Shows progress on standard error: one line that is overwritten on a terminal, a plain line every
/// few seconds otherwise. Also where the program notices that it is to stop.
class TerminalProgress final : public ProgressObserver {
  public:
    TerminalProgress();
    ~TerminalProgress() override;

    /// @throws Interrupted after Ctrl-C.
    void update(const Progress& progress) override;

    /// Removes the line, so that something else can be printed.
    void clear();

  private:
    [[nodiscard]] std::string line(const Progress& progress) const;

    bool terminal_;
    bool shown_ = false;
    std::string stage_;
    Index stage_begin_ = 0;  ///< units done when the stage was first told of
    Stopwatch since_stage_;
    Stopwatch since_line_;
};

}  // namespace sketchntk::tools
