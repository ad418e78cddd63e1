#include "interrupt.hpp"

#include <sketchntk/core/error.hpp>

#include <atomic>
#include <csignal>

namespace sketchntk::tools {

namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

void note_interrupt(int signal_number) {
    interrupted = true;
    // A second request ends the program at once.
    std::signal(signal_number, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
    std::signal(SIGINT, note_interrupt);
    std::signal(SIGTERM, note_interrupt);
}

void check_interrupt() {
    if (interrupted) throw Interrupted("interrupted");
}

const std::atomic<bool>& interrupt_flag() {
    return interrupted;
}

}  // namespace sketchntk::tools
