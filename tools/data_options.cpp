#include "data_options.hpp"

#include "interrupt.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/split_reader.hpp>
#include <sketchntk/model/model.hpp>

#include <iostream>

namespace sketchntk::tools {

void DataOptions::add_to(CLI::App& command) {
    command
        .add_option("--data", path,
                    "Data file: CSV or TSV, svmlight, .npy; images: idx file, CIFAR .bin file or "
                    "folder of them, folder of PNG and JPEG files in sub-folders by class. Text "
                    "and idx may be gzipped")
        ->required();
    command.add_option("--format", format, "Format of the data")
        ->check(CLI::IsMember({"auto", "csv", "svmlight", "npy", "idx", "cifar", "folder"}))
        ->capture_default_str();
    command.add_option("--header", header, "CSV: whether the first row holds names")
        ->check(CLI::IsMember({"auto", "yes", "no"}))
        ->capture_default_str();
    command
        .add_option("--separator", separator,
                    "CSV: auto, comma, semicolon, tab, blank or a character")
        ->capture_default_str();
    command
        .add_option("--categorical", categorical,
                    "Text columns to be one-hot encoded (names or numbers)")
        ->delimiter(',');
    command.add_option("--ignore", ignored, "Columns not to be read (names or numbers)")
        ->delimiter(',');
    command.add_flag("--zero-based", zero_based, "svmlight: indices begin with 0");
    command.add_flag("--skip-bad", skip_bad,
                     "Folders of images: leave out those that are damaged or of another size than "
                     "most, and say which");
    add_row_range(command, "--rows", rows, "--data");
}

void add_row_range(CLI::App& command, const std::string& name, std::string& rows,
                   const std::string& data_option) {
    command
        .add_option(name, rows,
                    "Rows of " + data_option +
                        " that are read, counted from 1: 1:1000, 1001:, or every 50th by 1::50")
        ->needs(data_option)
        ->type_name("FIRST:LAST:STEP");
}

void DataOptions::add_target_to(CLI::App& command) {
    command
        .add_option(
            "--target", targets,
            "Target columns: names, or numbers from 1, or from -1 at the end; 'none'. Images "
            "and svmlight have their labels without it")
        ->delimiter(',');
}

void DataOptions::add_classification_to(CLI::App& command) {
    takes_classes_ = true;
    command.add_flag("--classification", classification,
                     "The target is the class of each row (several targets: a column for each "
                     "class). Labels of images are classes without it");
}

DataSource DataOptions::source(const std::string& other_path, const std::string& other_rows) const {
    DataSource result;
    result.path = other_path;
    result.targets = targets;
    result.categorical = categorical;
    result.ignored = ignored;
    result.svmlight_zero_based = zero_based;
    if (!other_rows.empty()) result.rows = parse_row_range(other_rows);
    if (skip_bad)
        result.on_bad_image = [told = skipped_](const std::string& what) {
            if (told->insert(what).second) std::cerr << "skipped: " << what << "\n";
        };
    if (takes_classes_)
        result.class_target =
            classification ? DataSource::ClassTarget::always : DataSource::ClassTarget::of_images;
    if (format == "csv") result.format = DataSource::Format::csv;
    if (format == "svmlight") result.format = DataSource::Format::svmlight;
    if (format == "npy") result.format = DataSource::Format::npy;
    if (format == "idx") result.format = DataSource::Format::idx;
    if (format == "cifar") result.format = DataSource::Format::cifar;
    if (format == "folder") result.format = DataSource::Format::image_folder;
    if (header != "auto") result.header = header == "yes";
    if (separator == "comma")
        result.separator = ',';
    else if (separator == "semicolon")
        result.separator = ';';
    else if (separator == "tab")
        result.separator = '\t';
    else if (separator == "blank")
        result.separator = ' ';
    else if (separator.size() == 1)
        result.separator = separator.front();
    else if (separator != "auto")
        throw InvalidArgument(
            "separator: expected auto, comma, semicolon, tab, blank or one character, got '" +
            separator + "'");
    return result;
}

void TestOptions::add_to(CLI::App& command) {
    auto* by_fraction = command.add_option("--test-fraction", fraction,
                                           "Hold out this fraction of the rows, by seed");
    auto* by_data = command.add_option("--test-data", data, "Test on the rows of this file");
    add_row_range(command, "--test-rows", rows, "--test-data");
    command
        .add_option("--test-target", targets,
                    "Target columns of --test-data, or its file of targets (.npy); those of "
                    "--target if left out")
        ->needs("--test-data")
        ->delimiter(',');
    auto* by_mask =
        command.add_option("--test-mask", mask,
                           "Test on the rows that have a 1 in this file (a column for each split)");
    by_fraction->excludes(by_data)->excludes(by_mask);
    by_data->excludes(by_mask);
    command.add_option("--split", split, "Column of the mask file, from 1")
        ->needs(by_mask)
        ->capture_default_str();
}

TestOptions::Parts TestOptions::open(const DataOptions& options, Seed seed) const {
    Parts parts;
    parts.training = open_rows(options.source());
    if (!data.empty()) {
        DataSource source = options.source(data, rows);
        if (!targets.empty()) source.targets = targets;
        parts.test = open_rows(source, parts.training->schema());
        expect_same_images(parts.training->image_pixels(), *parts.test);
        if (parts.test->schema().targets.empty())
            throw FormatError(data + ": the test data has no target column");
        return parts;
    }
    if (!any()) return parts;
    const RowSplit split_rows =
        mask.empty() ? RowSplit::fraction(*fraction, seed) : RowSplit::mask_file(mask, split);
    parts.test =
        std::make_unique<SplitReader>(open_rows(options.source()), split_rows, SplitPart::test);
    parts.training =
        std::make_unique<SplitReader>(std::move(parts.training), split_rows, SplitPart::training);
    return parts;
}

Index count_rows(RowReader& reader) {
    if (const auto known = reader.row_count()) return *known;
    reader.rewind();
    Index rows = 0;
    for (Batch batch; reader.read(4096, batch); check_interrupt()) rows += batch.rows();
    reader.rewind();
    return rows;
}

}  // namespace sketchntk::tools
