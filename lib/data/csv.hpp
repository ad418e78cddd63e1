#pragma once

#include <sketchntk/data/data_source.hpp>

#include <memory>

namespace sketchntk {

/// Opens a file of separated values; `known` is null where the schema is to be learnt.
/// @throws as `open_rows`.
[[nodiscard]] std::unique_ptr<RowReader> open_csv(const DataSource& source, const Schema* known);

}  // namespace sketchntk
