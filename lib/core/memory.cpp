#include <sketchntk/core/memory.hpp>

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace sketchntk {

namespace {

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

// The value in bytes of a line "key:   1234 kB".
std::int64_t file_entry(const char* path, const std::string& key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.compare(0, key.size() + 1, key + ":") != 0) continue;
        return std::stoll(line.substr(key.size() + 1)) * 1024;
    }
    return unlimited;
}

std::int64_t number_in(const char* path) {
    std::ifstream file(path);
    std::int64_t value = 0;
    return file >> value ? value : unlimited;
}

std::int64_t control_group_remainder() {
    const std::int64_t limit = number_in("/sys/fs/cgroup/memory.max");
    const std::int64_t used = number_in("/sys/fs/cgroup/memory.current");
    if (limit == unlimited || used == unlimited) return unlimited;
    return std::max<std::int64_t>(0, limit - used);
}

}  // namespace

std::int64_t available_memory_bytes() {
    std::int64_t available = file_entry("/proc/meminfo", "MemAvailable");
    if (available == unlimited)
        available = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) *
                    static_cast<std::int64_t>(sysconf(_SC_PAGESIZE));
    return std::min(available, control_group_remainder());
}

std::int64_t peak_resident_bytes() {
    // Not getrusage: its maximum cannot be reset, and survives from before an exec.
    return file_entry("/proc/self/status", "VmHWM");
}

void reset_peak_resident_bytes() {
    std::ofstream("/proc/self/clear_refs") << 5;
}

std::int64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    if (!(file >> total >> resident)) return 0;
    return resident * static_cast<std::int64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace sketchntk
