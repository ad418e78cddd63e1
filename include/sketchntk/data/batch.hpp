#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace sketchntk {

/// Rows in compressed sparse row form: row i has the entries row_starts[i] <= k < row_starts[i+1],
/// entry k being values[k] in column column_numbers[k]; column numbers ascend within a row.
struct SparseRows {
    Index columns = 0;
    std::vector<Index> row_starts{0};
    std::vector<std::int64_t> column_numbers;
    std::vector<double> values;

    [[nodiscard]] Index rows() const { return static_cast<Index>(row_starts.size()) - 1; }
    /// Writes row i out into `out`, which has `columns` entries.
    void write_row(Index i, std::span<double> out) const;
};

/// Some consecutive rows of a data set as a reader delivers them, before any preprocessing.
///
/// Values are float64 here, although everything after standardisation is float32: a column with a
/// large offset (a time stamp, a year) would lose its digits before its mean could be removed.
struct Batch {
    Index first_row = 0;  ///< number of the first row within the data set, from 0
    std::variant<Matrix<double>, SparseRows> inputs;
    Matrix<double> targets;  ///< rows x targets; no columns where the data has no target
    /// How often each row counts, 0 or more; empty: once each.
    std::vector<double> weights = {};

    [[nodiscard]] double weight(Index row) const {
        return weights.empty() ? 1.0 : weights[static_cast<std::size_t>(row)];
    }
    [[nodiscard]] Index rows() const;
    [[nodiscard]] Index columns() const;
    /// The inputs as a dense matrix; sparse rows are written out.
    [[nodiscard]] Matrix<double> dense_inputs() const;
};

/// One input column as it stands in the file.
struct InputColumn {
    std::string name;  ///< its number in the file, from 1, where the file gives no names
    /// The values of a text column, sorted; each becomes an input that is 1 where the row has it
    /// and 0 elsewhere (one-hot). Empty for a column of numbers.
    std::vector<std::string> categories;

    /// Columns of a batch that stand for this column of the file.
    [[nodiscard]] Index input_count() const {
        return categories.empty() ? 1 : static_cast<Index>(categories.size());
    }

    bool operator==(const InputColumn&) const = default;
};

/// A column of the file that holds the class of each row.
struct ClassColumn {
    std::string name;
    std::vector<double> values;  ///< of each class, ascending

    bool operator==(const ClassColumn&) const = default;
};

/// What the columns of a data set are.
struct Schema {
    std::vector<InputColumn> inputs;   ///< in the order in which they stand in a batch
    std::vector<std::string> targets;  ///< a name for each target column
    /// Where the target is the number of a class, from 0, and the data knows the classes (images):
    /// their names, which are numbers unless images lie in folders.
    std::vector<std::string> classes = {};
    /// Where each target stands for a class, 1 in its rows and 0 in the others (see
    /// `DataSource::ClassTarget`): what they were made of.
    std::optional<ClassColumn> class_column = {};
    bool named = false;  ///< names come from the file; otherwise they are the columns' numbers

    /// Columns of a batch: one for each column of numbers, one for each value of a text column.
    [[nodiscard]] Index input_count() const;
    /// A name for each column of a batch; "name=value" for those of a text column.
    [[nodiscard]] std::vector<std::string> input_names() const;

    bool operator==(const Schema&) const = default;
};

}  // namespace sketchntk
