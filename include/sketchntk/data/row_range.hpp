#pragma once

#include <sketchntk/data/row_reader.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sketchntk {

/// Rows first, first + step, ... up to last, counted from 1.
struct RowRange {
    Index first = 1;
    std::optional<Index> last = {};  ///< without it up to the end
    Index step = 1;

    [[nodiscard]] bool is_everything() const { return first == 1 && !last && step == 1; }
    bool operator==(const RowRange&) const = default;
};

/// Reads "FIRST:LAST" or "FIRST:LAST:STEP", where each may be left out: "1:1000", "1001:", "::50".
/// @throws InvalidArgument for anything else, numbers below 1 and a last row before the first.
[[nodiscard]] RowRange parse_row_range(std::string_view text);

/// "1:1000", or "1:1000:50"; `parse_row_range` gives the same range back.
[[nodiscard]] std::string to_text(const RowRange& range);

/// The rows of another reader within a range, numbered on their own from 0. Streams, and reads no
/// further than the last row; those that are left out before it are read and dropped.
/// @param name of the data, for errors
/// @throws InvalidArgument from `read`, or at once where the other reader knows its rows, if the
///   data ends before the range's first or last row.
[[nodiscard]] std::unique_ptr<RowReader> rows_within(std::unique_ptr<RowReader> rows,
                                                     const RowRange& range,
                                                     const std::string& name);

}  // namespace sketchntk
