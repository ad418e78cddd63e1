#include "uci_data_set.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

namespace sketchntk::tools {

namespace {

constexpr Index most_rows = 5000;
constexpr std::size_t published_folds = 4;

/// The lines of a file that are not blank, as words.
class WordLines {
  public:
    explicit WordLines(std::string path) : path_(std::move(path)), file_(path_) {
        if (!file_) throw IoError(path_ + ": cannot be opened");
    }

    bool next(std::vector<std::string>& words) {
        for (std::string line; std::getline(file_, line);) {
            ++number_;
            std::istringstream stream(line);
            words.clear();
            for (std::string word; stream >> word;) words.push_back(word);
            if (!words.empty()) return true;
        }
        return false;
    }

    /// Names the line last read.
    [[noreturn]] void refuse(const std::string& message) const {
        throw FormatError(path_ + ":" + std::to_string(number_) + ": " + message);
    }

    /// Names the file alone.
    [[noreturn]] void refuse_file(const std::string& message) const {
        throw FormatError(path_ + ": " + message);
    }

    template <typename Number>
    [[nodiscard]] Number parsed(const std::string& word, const char* what) const {
        Number number{};
        const char* end = word.data() + word.size();
        const auto [stop, error] = std::from_chars(word.data(), end, number);
        if (error != std::errc{} || stop != end)
            refuse(std::string("expected ") + what + ", got '" + word + "'");
        return number;
    }

  private:
    std::string path_;
    std::ifstream file_;
    Index number_ = 0;
};

std::string path_of(const std::string& directory, const std::string& name,
                    const std::string& file) {
    return (std::filesystem::path(directory) / name / file).string();
}

/// What NAME.txt says.
struct Description {
    Index rows = 0;
    Index inputs = 0;
    Index classes = 0;
    std::string file;
    bool test_file = false;

    Description(const std::string& directory, const std::string& name) {
        WordLines lines(path_of(directory, name, name + ".txt"));
        std::map<std::string, std::string> values;
        for (std::vector<std::string> words; lines.next(words);) {
            if (words.size() != 2 || words[0].back() != '=') lines.refuse("expected 'key= value'");
            values[words[0]] = words[1];
        }
        const auto count = [&](const std::string& key) {
            if (!values.contains(key)) lines.refuse_file("expected a line '" + key + " ...'");
            const auto number = lines.parsed<Index>(values[key], (key + " a number").c_str());
            if (number < 1) lines.refuse_file(key + " must be at least 1");
            return number;
        };
        rows = count("n_patrons1=");
        inputs = count("n_entradas=");
        classes = count("n_clases=");
        if (!values.contains("fich1=")) lines.refuse_file("expected a line 'fich1= ...'");
        file = values["fich1="];
        test_file = values.contains("n_patrons2=");
    }
};

void read_rows(WordLines lines, const Description& description, UciDataSet& set) {
    std::vector<std::string> words;
    if (!lines.next(words)) lines.refuse_file("expected a line of headings, got nothing");
    set.inputs = Matrix<double>(description.rows, description.inputs);
    const auto width = static_cast<std::size_t>(description.inputs) + 2;
    Index row = 0;
    for (; lines.next(words); ++row) {
        if (row == description.rows)
            lines.refuse("more rows than the " + std::to_string(row) + " described");
        if (words.size() != width)
            lines.refuse("expected a number, " + std::to_string(description.inputs) +
                         " inputs and a class, got " + std::to_string(words.size()) + " words");
        for (Index j = 0; j < description.inputs; ++j) {
            const double value =
                lines.parsed<double>(words[static_cast<std::size_t>(j) + 1], "a number");
            if (!std::isfinite(value))
                lines.refuse("expected finite inputs, got " +
                             words[static_cast<std::size_t>(j) + 1]);
            set.inputs(row, j) = value;
        }
        const int of_row = lines.parsed<int>(words.back(), "a class");
        if (of_row < 0 || of_row >= description.classes)
            lines.refuse("expected a class from 0 to " + std::to_string(description.classes - 1) +
                         ", got " + std::to_string(of_row));
        set.classes.push_back(of_row);
    }
    if (row != description.rows)
        lines.refuse_file("expected " + std::to_string(description.rows) + " rows, got " +
                          std::to_string(row));
}

// The next line as row numbers that are not among `others`.
std::optional<std::vector<Index>> next_part(WordLines& lines, Index rows,
                                            const std::vector<Index>& others) {
    std::vector<std::string> words;
    if (!lines.next(words)) return std::nullopt;
    std::vector<Index> result;
    std::vector<bool> seen(static_cast<std::size_t>(rows), false);
    for (const Index row : others) seen[static_cast<std::size_t>(row)] = true;
    for (const std::string& word : words) {
        const auto row = lines.parsed<Index>(word, "a row number");
        if (row < 0 || row >= rows)
            lines.refuse("expected row numbers from 0 to " + std::to_string(rows - 1) + ", got " +
                         word);
        if (seen[static_cast<std::size_t>(row)])
            lines.refuse("row " + word + " occurs twice in the split");
        seen[static_cast<std::size_t>(row)] = true;
        result.push_back(row);
    }
    return result;
}

std::vector<UciDataSet::Split> read_splits(WordLines lines, Index rows, std::size_t count) {
    std::vector<UciDataSet::Split> result;
    while (const auto training = next_part(lines, rows, {})) {
        if (result.size() == count)
            lines.refuse("more lines than the " + std::to_string(2 * count) + " expected");
        const auto tested = next_part(lines, rows, *training);
        if (!tested) lines.refuse_file("the last split has training rows only");
        result.push_back({*training, *tested});
    }
    if (result.size() != count)
        lines.refuse_file("expected " + std::to_string(2 * count) + " lines, got " +
                          std::to_string(2 * result.size()));
    return result;
}

}  // namespace

std::vector<std::string> uci_set_names(const std::string& directory) {
    namespace fs = std::filesystem;
    if (fs::is_regular_file(directory))
        throw InvalidArgument("data: expected a directory of sets, got the file " + directory +
                              "; unpack an archive first: mkdir sets && tar -xf " + directory +
                              " -C sets");
    if (!fs::is_directory(directory))
        throw InvalidArgument("data: expected a directory of sets, got '" + directory + "'");
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
        const std::string name = entry.path().filename().string();
        if (fs::exists(entry.path() / (name + ".txt"))) names.push_back(name);
    }
    if (names.empty())
        throw InvalidArgument("data: no directory NAME with a file NAME.txt in " + directory);
    std::sort(names.begin(), names.end());
    return names;
}

std::string uci_exclusion(const std::string& directory, const std::string& name) {
    const Description description(directory, name);
    if (description.test_file) return "test rows in a file of their own";
    if (description.rows > most_rows) return std::to_string(description.rows) + " rows";
    return {};
}

UciDataSet read_uci_data_set(const std::string& directory, const std::string& name) {
    const Description description(directory, name);
    UciDataSet set;
    set.name = name;
    set.class_count = description.classes;
    read_rows(WordLines(path_of(directory, name, description.file)), description, set);
    set.selection =
        read_splits(WordLines(path_of(directory, name, "conxuntos.dat")), description.rows, 1)
            .front();
    set.folds = read_splits(WordLines(path_of(directory, name, "conxuntos_kfold.dat")),
                            description.rows, published_folds);
    return set;
}

}  // namespace sketchntk::tools
