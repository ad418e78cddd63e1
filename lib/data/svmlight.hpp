#pragma once

#include <sketchntk/data/data_source.hpp>

#include <memory>

namespace sketchntk {

/// Opens an svmlight file; `known` is null where the schema is to be learnt.
/// @throws as `open_rows`.
[[nodiscard]] std::unique_ptr<RowReader> open_svmlight(const DataSource& source,
                                                       const Schema* known);

/// Whether a line of text is a row of an svmlight file with at least one entry.
[[nodiscard]] bool looks_like_svmlight(std::string_view line);

}  // namespace sketchntk
