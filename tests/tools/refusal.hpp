#pragma once

#include "catch2.hpp"
#include "program.hpp"

namespace sketchntk_test {

/// Runs `sketchntk`, which must fail with exit status 1 and a message that holds all `parts`, print
/// no result and leave nothing new in `directory`.
inline void check_refused(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& parts,
                          const TemporaryDirectory& directory) {
    const auto entries = directory.entries();
    const Finished finished = run_sketchntk(arguments);
    INFO(parts.front() + ": " + finished.messages);
    CHECK(finished.status == 1);
    CHECK(finished.output.empty());
    for (const std::string& part : parts) CHECK(contains(finished.messages, part));
    CHECK(directory.entries() == entries);
}

}  // namespace sketchntk_test
