#pragma once

#include <sketchntk/core/matrix.hpp>

#include <string>
#include <vector>

namespace sketchntk::tools {

/// A set of the collection of Fernandez-Delgado et al. (2014) as it was published: a directory NAME
/// with
///
/// | file | content |
/// |---|---|
/// | NAME.txt | a line `key= value` each for n_entradas (inputs), n_clases (classes), n_patrons1
/// (rows) and fich1 (the data's file) | | NAME_R.dat | a line of headings, then number, inputs and
/// class of a row, separated by blanks; inputs standardised over all rows, classes from 0 | |
/// conxuntos.dat | two lines, the numbers of the rows that train and that validate, from 0 | |
/// conxuntos_kfold.dat | the same for four folds, eight lines |
struct UciDataSet {
    struct Split {
        std::vector<Index> training_rows;
        std::vector<Index> tested_rows;
    };

    std::string name;
    Matrix<double> inputs;
    std::vector<int> classes;  ///< of the rows
    Index class_count = 0;
    Split selection;
    std::vector<Split> folds;
};

/// The sets in a directory, by name in ascending order of characters.
/// @throws InvalidArgument if it is no directory (an archive is to be unpacked: said so) or holds
/// no
///   set.
[[nodiscard]] std::vector<std::string> uci_set_names(const std::string& directory);

/// Why the published protocol leaves a set out: more than 5,000 rows, or test rows in a file of
/// their own. Empty if it does not.
/// @throws IoError, FormatError as `read_uci_data_set`.
[[nodiscard]] std::string uci_exclusion(const std::string& directory, const std::string& name);

/// @throws IoError for a file that cannot be read; FormatError naming file and line for a number
/// that
///   is none, a row of another length, a class or row number out of range, a row twice in a part or
///   in both parts of a split, and for other numbers of rows, inputs or splits than said.
[[nodiscard]] UciDataSet read_uci_data_set(const std::string& directory, const std::string& name);

}  // namespace sketchntk::tools
