#pragma once

#include <sketchntk/data/data_source.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sketchntk {

/// The columns of a file, as far as the file itself tells.
struct FileColumns {
    std::string path;
    Index count = 0;
    std::vector<std::string> names;  ///< one for each column, or empty where the file has none

    [[nodiscard]] bool named() const { return !names.empty(); }
    /// The column's name or else its number, from 1.
    [[nodiscard]] std::string name(Index column) const;
    /// For messages: "column 'name'" or "column 3".
    [[nodiscard]] std::string label(Index column) const;
};

/// What becomes of a column of a file.
struct ColumnRole {
    enum class Use { undecided, ignored, number, category, target };

    Use use = Use::undecided;
    Index position = 0;  ///< which of the schema's inputs or targets the column is

    bool operator==(const ColumnRole&) const = default;
};

struct ColumnPlan {
    std::vector<ColumnRole> roles;  ///< for each column of the file
    Schema schema;                  ///< the values of text columns not yet learnt are missing
};

/// The column that `selector` stands for, a name or a number (see DataSource), or -1.
[[nodiscard]] Index find_column(const FileColumns& columns, std::string_view selector);

/// The same, for a column that must exist.
/// @throws InvalidArgument naming `argument`, the nearest name and the columns there are.
[[nodiscard]] Index require_column(const FileColumns& columns, const std::string& selector,
                                   const std::string& argument);

/// Whether the targets are "none".
[[nodiscard]] bool targets_are_none(const DataSource& source);

/// Gives every column its use. @throws as `open_rows`.
[[nodiscard]] ColumnPlan plan_columns(const FileColumns& columns, const DataSource& source);

/// The same for a file whose inputs are already known. @throws as `open_rows`.
[[nodiscard]] ColumnPlan plan_known_columns(const FileColumns& columns, const DataSource& source,
                                            const Schema& known);

}  // namespace sketchntk
