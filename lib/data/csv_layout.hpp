#pragma once

#include "data/column_plan.hpp"
#include "data/csv_records.hpp"

namespace sketchntk {

/// How a file of separated values is to be read.
struct CsvLayout {
    char separator = ',';
    bool header = false;  ///< the first record holds the names
    FileColumns columns;
    ColumnPlan plan;
};

/// Finds the layout out from `source` and the first rows of the file; where `known` is null, the
/// values of text columns are learnt by reading the file to its end.
/// @throws as `open_rows`.
[[nodiscard]] CsvLayout find_csv_layout(const DataSource& source, const Schema* known);

/// Throws FormatError if the record has not one cell for each column.
void check_cell_count(const CsvRecords& records, const FileColumns& columns);

}  // namespace sketchntk
