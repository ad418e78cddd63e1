#include "terminal_progress.hpp"

#include "interrupt.hpp"

#include <unistd.h>

#include <cstdio>

namespace sketchntk::tools {

namespace {

constexpr double terminal_interval = 0.1;  // seconds
constexpr double plain_interval = 5;

}  // namespace

TerminalProgress::TerminalProgress() : terminal_(isatty(STDERR_FILENO) == 1) {}

TerminalProgress::~TerminalProgress() {
    clear();
}

void TerminalProgress::update(const Progress& progress) {
    check_interrupt();
    const bool new_stage = progress.stage != stage_ || progress.done < stage_begin_;
    if (new_stage) {
        stage_ = progress.stage;
        stage_begin_ = progress.done;
        since_stage_ = Stopwatch();
    }
    const double interval = terminal_ ? terminal_interval : plain_interval;
    if (!(new_stage && terminal_) && since_line_.seconds() < interval) return;
    since_line_ = Stopwatch();
    if (terminal_) {
        std::fprintf(stderr, "\r\033[K%s", line(progress).c_str());
        std::fflush(stderr);
        shown_ = true;
    } else {
        std::fprintf(stderr, "%s\n", line(progress).c_str());
    }
}

void TerminalProgress::clear() {
    if (!shown_) return;
    std::fprintf(stderr, "\r\033[K");
    std::fflush(stderr);
    shown_ = false;
}

std::string TerminalProgress::line(const Progress& progress) const {
    char buffer[160];
    const int name_length = static_cast<int>(progress.stage.size());
    const int unit_length = static_cast<int>(progress.unit.size());
    // A stage may begin with units that an earlier run has done.
    const auto done = static_cast<double>(progress.done - stage_begin_);
    const auto left = static_cast<double>(progress.total - progress.done);
    if (done > 0 && left > 0) {
        std::snprintf(
            buffer, sizeof buffer, "%.*s: %td of %td %.*s (%.0f %%), %.3g a second, %.0f s left",
            name_length, progress.stage.data(), progress.done, progress.total, unit_length,
            progress.unit.data(),
            100 * static_cast<double>(progress.done) / static_cast<double>(progress.total),
            done / since_stage_.seconds(), since_stage_.seconds() * left / done);
    } else if (progress.total > 1) {
        std::snprintf(buffer, sizeof buffer, "%.*s: %td of %td %.*s", name_length,
                      progress.stage.data(), progress.done, progress.total, unit_length,
                      progress.unit.data());
    } else if (progress.done > 0 && !progress.unit.empty()) {
        std::snprintf(buffer, sizeof buffer, "%.*s: %td %.*s", name_length, progress.stage.data(),
                      progress.done, unit_length, progress.unit.data());
    } else {
        std::snprintf(buffer, sizeof buffer, "%.*s", name_length, progress.stage.data());
    }
    return buffer;
}

}  // namespace sketchntk::tools
