#pragma once

#include <sketchntk/data/row_reader.hpp>

#include <memory>
#include <string>

namespace sketchntk {

/// The rows of another reader whose one target column holds classes; each class becomes a target
/// column, 1 in the rows of the class and 0 in the others. Classes are those that the schema names
/// or else, in ascending order, the values that stand in the rows: these are read once for it.
/// @param path of the data, for messages
/// @throws FormatError for one class only, or more than 1,000 values.
[[nodiscard]] std::unique_ptr<RowReader> class_rows(std::unique_ptr<RowReader> rows,
                                                    const std::string& path);

/// The same with the classes of a known schema. Reading throws FormatError for another one.
[[nodiscard]] std::unique_ptr<RowReader> class_rows(std::unique_ptr<RowReader> rows,
                                                    const std::string& path, const Schema& known);

/// A schema of class columns as it is without: its target is the column that holds classes.
[[nodiscard]] Schema with_class_numbers(Schema known);

}  // namespace sketchntk
