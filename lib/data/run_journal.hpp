#pragma once

#include <sketchntk/data/resumable_npy.hpp>

#include <optional>
#include <string>

namespace sketchntk {

/// What the journal beside a partial file says.
struct RunJournal {
    RunDescription description;
    Index steps = 0;
    Index done = 0;
};

/// @returns nothing if there is no such file.
/// @throws InvalidArgument if it is not a journal, IoError if it cannot be read.
[[nodiscard]] std::optional<RunJournal> read_journal(const std::string& path);

/// Writes a journal, whole or not at all. @throws IoError.
void write_journal(const std::string& path, const RunJournal& journal);

/// "network is 'dense' there and 'dense relu dense' here; ...": where two descriptions differ;
/// empty if they do not.
[[nodiscard]] std::string differences(const RunDescription& there, const RunDescription& here);

}  // namespace sketchntk
