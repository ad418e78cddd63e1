#include "interrupt.hpp"

#include <sketchntk/core/error.hpp>

#include <csignal>

namespace sketchntk::tools {

namespace {

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int signal_number) {
    interrupted = 1;
    // A second request ends the program at once.
    std::signal(signal_number, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
    std::signal(SIGINT, note_interrupt);
    std::signal(SIGTERM, note_interrupt);
}

void check_interrupt() {
    if (interrupted != 0) throw Interrupted("interrupted");
}

}  // namespace sketchntk::tools
