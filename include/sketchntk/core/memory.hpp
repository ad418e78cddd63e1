#pragma once

#include <cstdint>

namespace sketchntk {

/// Bytes this process could still allocate without swapping: the smaller of what the operating
/// system reports as available and what the control group of the process has left.
[[nodiscard]] std::int64_t available_memory_bytes();

/// The largest resident set of this process so far, or since `reset_peak_resident_bytes`, in bytes.
[[nodiscard]] std::int64_t peak_resident_bytes();

/// Lets `peak_resident_bytes` start from what is resident now, where the system allows it.
void reset_peak_resident_bytes();

/// The resident set of this process now, in bytes.
[[nodiscard]] std::int64_t resident_bytes();

}  // namespace sketchntk
