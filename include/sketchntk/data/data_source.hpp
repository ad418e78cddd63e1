#pragma once

#include <sketchntk/data/row_range.hpp>
#include <sketchntk/data/row_reader.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sketchntk {

/// A data file and what its columns are for.
///
/// Columns are selected by their name in the header or by their number: 1 is the first, -1 the
/// last. A name that looks like a number but stands in the header is taken as a name.
struct DataSource {
    /// - csv: separated values, RFC 4180 (quoted cells may hold separators, line breaks and doubled
    ///   quotes); rows are dense.
    /// - svmlight: lines `label[,label...] [qid:n] index:value ... [# comment]` with ascending
    ///   indices; rows are sparse, and the labels are the targets.
    /// - npy: NumPy's format for one array, memory-mapped; rows are dense and columns unnamed.
    /// - idx: images in the format of MNIST, bytes, n x rows x columns or n x rows x columns x
    ///   channels; the labels are those of the file beside it that has "labels" for "images" and
    ///   "idx1" for "idx3" in its name.
    /// - cifar: a binary batch of CIFAR-10 or (fine labels) CIFAR-100, or a directory whose
    ///   data_batch_*.bin are read in the order of their numbers.
    /// - image_folder: PNG and JPEG images, in sub-folders that are classes (numbered in the order
    ///   of their names, which the schema keeps) or, without labels, in the folder itself.
    /// - automatic: by the name's ending (.csv, .tsv, .svm, .svmlight, .libsvm, .npy, .bin,
    ///   -idx3-ubyte, .idx) or being a directory, otherwise (.txt and .data, too) by the content.
    ///
    /// Text and idx files may be compressed by gzip; that is told by the content.
    ///
    /// Rows of images have a column for each value, pixels in row-major order, each with its
    /// channels (also where a file keeps channels apart), 0 to 255 as the file has them; they are
    /// decoded as they are read. `RowReader::image_shape` has their size.
    enum class Format { automatic, csv, svmlight, npy, idx, cifar, image_folder };

    std::string path;
    Format format = Format::automatic;

    /// csv: whether the first row is a header. Without a value it is one if it holds a cell that is
    /// neither a number nor a mark of a missing value (empty, ?, NA, null), outside the columns
    /// that are declared categorical or ignored; or if a name in one of the lists below stands in
    /// it.
    std::optional<bool> header = {};

    /// csv: the separator, ' ' standing for runs of spaces and tabs. 0 looks for the first of tab,
    /// semicolon, comma and blanks that stands equally often in each of the first 20 rows.
    char separator = 0;

    /// csv, npy: the target columns; empty, or "none" alone, for none. svmlight: the labels are the
    /// targets unless this is "none". npy: may also be the path of a second .npy file that holds
    /// one row of targets for each row. Images: the number of the class, named "label", where they
    /// have one and this is not "none"; idx: may also be the path of an idx file of labels.
    std::vector<std::string> targets = {};

    /// Whether the one target column holds the class of each row, so that readers hand out a target
    /// column for each class, named after it: 1 in the rows of the class, 0 in the others. Several
    /// target columns stay as they are.
    enum class ClassTarget { never, of_images, always };
    ClassTarget class_target = ClassTarget::never;

    /// csv: the input columns of text. Each of their values becomes an input that is 1 in the rows
    /// that have it and 0 in the others.
    std::vector<std::string> categorical = {};

    /// csv: the columns that are not read.
    std::vector<std::string> ignored = {};

    /// svmlight: indices begin with 0 instead of 1.
    bool svmlight_zero_based = false;

    /// image_folder: given what is wrong with each image that cannot be decoded or has another size
    /// than most; these images are then left out. All are decoded once for that when the folder is
    /// opened. Without it such an image ends the reading with an error.
    std::function<void(const std::string&)> on_bad_image = {};

    /// The rows that are read, of those that are not left out.
    RowRange rows = {};
};

/// Opens a data set and learns its schema. Inputs keep the order of the file. For text columns, for
/// svmlight files and for classes of rows other than images this reads the file once from end to
/// end.
/// @throws IoError if the file cannot be read; InvalidArgument for a column that does not exist
///   (with the nearest name), is selected twice, or for an option that the format does not have;
///   FormatError for an empty file, one without rows, two columns of one name, a text column with
///   more than 10,000 values, a class column with one value or more than 1,000, or any content that
///   the reader would refuse.
[[nodiscard]] std::unique_ptr<RowReader> open_rows(const DataSource& source);

/// Opens a data set whose inputs are to be `known.inputs`, in that order: for prediction, or for a
/// second file. Columns are matched by name if both the file and `known` have names, otherwise by
/// position. `source.categorical` is not used: `known` says which columns are text.
///
/// The targets are `source.targets` or, if that is empty, `known.targets`. They may be absent from
/// the file; the reader then has no targets. Targets that stand for classes are made of the column
/// they were made of; `source.class_target` is not used.
/// @throws as above, and FormatError naming the columns if one is missing or not known, or if the
///   number of columns is not that of `known`. Reading throws FormatError for a value that a text
///   column did not have, and for an svmlight index beyond the known columns.
[[nodiscard]] std::unique_ptr<RowReader> open_rows(const DataSource& source, const Schema& known);

}  // namespace sketchntk
