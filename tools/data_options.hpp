#pragma once

#include <sketchntk/data/data_source.hpp>
#include <sketchntk/data/row_split.hpp>

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sketchntk::tools {

/// The options that say how a data file is read.
struct DataOptions {
    std::string path;
    std::string format = "auto";
    std::string header = "auto";
    std::string separator = "auto";
    std::vector<std::string> targets;
    std::vector<std::string> categorical;
    std::vector<std::string> ignored;
    bool zero_based = false;
    std::string rows;
    bool classification = false;
    bool skip_bad = false;

    /// Adds --data and the options on its format.
    void add_to(CLI::App& command);
    /// Adds --target as well.
    void add_target_to(CLI::App& command);
    /// Adds --classification; without it the labels of images alone stand for classes.
    void add_classification_to(CLI::App& command);

    [[nodiscard]] DataSource source() const { return source(path, rows); }
    /// Another file that is read in the same way, and which of its rows; all if that is empty.
    [[nodiscard]] DataSource source(const std::string& other_path,
                                    const std::string& other_rows = "") const;

    /// Images that --skip-bad has left out so far.
    [[nodiscard]] Index skipped() const { return static_cast<Index>(skipped_->size()); }

  private:
    bool takes_classes_ = false;
    // What was told of each, once however often the data is opened.
    std::shared_ptr<std::set<std::string>> skipped_ = std::make_shared<std::set<std::string>>();
};

/// Adds an option for the rows of a file that `data_option` names.
void add_row_range(CLI::App& command, const std::string& name, std::string& rows,
                   const std::string& data_option);

/// The options that say which rows test a model.
struct TestOptions {
    std::optional<double> fraction;
    std::string data;
    std::string rows;
    std::vector<std::string> targets;
    std::string mask;
    Index split = 1;

    void add_to(CLI::App& command);

    [[nodiscard]] bool any() const { return fraction || !data.empty() || !mask.empty(); }

    struct Parts {
        std::unique_ptr<RowReader> training;
        std::unique_ptr<RowReader> test;  ///< null where no test rows were asked for
    };
    [[nodiscard]] Parts open(const DataOptions& options, Seed seed) const;
};

/// The number of rows of a reader, by reading it if it does not know; rewound afterwards.
[[nodiscard]] Index count_rows(RowReader& reader);

}  // namespace sketchntk::tools
