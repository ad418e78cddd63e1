#pragma once

#include <atomic>

namespace sketchntk::tools {

/// From now on Ctrl-C and a termination request only set a flag, so that the program can put away
/// half-written files before it ends.
void catch_interrupts();

/// @throws Interrupted once such a request has come.
void check_interrupt();

/// True once such a request has come: `Execution::stop`.
[[nodiscard]] const std::atomic<bool>& interrupt_flag();

}  // namespace sketchntk::tools
