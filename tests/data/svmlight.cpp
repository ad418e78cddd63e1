#include "catch2.hpp"
#include "rows.hpp"

#include <sketchntk/core/error.hpp>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

struct SvmlightFile {
    TemporaryDirectory directory;
    std::string path = directory.file("data.svm");

    DataSource write(const std::string& content) {
        write_file(path, content);
        return {.path = path};
    }
    std::string format_error(const std::string& content) {
        const DataSource source = write(content);
        const std::string message = message_of<FormatError>([&] { (void)read_all(source); });
        return message.substr(std::min(path.size(), message.size()));
    }
};

const std::string example_text =
    "# a comment\n"
    "1 1:0.5 3:-2e1 # first\n"
    "-1 qid:7 2:1\r\n"
    "\n"
    "+1\n"
    "0  1:0\t4:4  \n";

}  // namespace

TEST_CASE_METHOD(SvmlightFile, "svmlight rows stay sparse") {
    const auto reader = open_rows(write(example_text));
    CHECK(reader->schema().input_names() == std::vector<std::string>{"1", "2", "3", "4"});
    CHECK(reader->schema().targets == std::vector<std::string>{"label"});
    Batch batch;
    REQUIRE(reader->read(10, batch));
    const auto& rows = std::get<SparseRows>(batch.inputs);
    CHECK(rows.columns == 4);
    CHECK(rows.row_starts == std::vector<Index>{0, 2, 3, 3, 5});
    CHECK(rows.column_numbers == std::vector<std::int64_t>{0, 2, 1, 0, 3});
    CHECK(rows.values == std::vector<double>{0.5, -20, 1, 0, 4});
    CHECK_FALSE(reader->read(10, batch));
    CHECK(reader->row_count() == 4);
}

TEST_CASE_METHOD(SvmlightFile, "svmlight rows do not depend on batch size and compression") {
    const Table inputs = {{0.5, 0, -20, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 4}};
    for (const Index batch_size : {1, 3, 1000}) {
        const Rows rows = read_all(write(example_text), batch_size);
        CHECK(rows.inputs == inputs);
        CHECK(rows.targets == Table{{1}, {-1}, {1}, {0}});
    }
    const std::string compressed = directory.file("data.svm.gz");
    write_gzip(compressed, example_text);
    CHECK(read_all({.path = compressed}).inputs == inputs);
}

TEST_CASE_METHOD(SvmlightFile, "svmlight labels: several, none, not wanted") {
    DataSource source = write("1,2.5 1:1\n3,4 1:2\n");
    CHECK(read_all(source).targets == Table{{1, 2.5}, {3, 4}});
    source.targets = {"none"};
    CHECK(read_all(source).targets == Table{{}, {}});
    CHECK(read_all(write("1:1\n1:2\n")).targets == Table{{}, {}});
    source.targets = {"3"};
    CHECK_THROWS_AS(open_rows(source), InvalidArgument);
    CHECK(format_error("1 1:1\n1,2 1:1\n") == ":2: expected 1 labels as in the first row, got 2");
    CHECK(format_error("1 1:1\n1:1\n") == ":2: expected 1 labels as in the first row, got 0");
    CHECK(format_error("1, 1:1\n") == ":1: label: expected a number after the comma, got none");
    CHECK(format_error("x 1:1\n") == ":1: label: expected a number, got 'x'");
}

TEST_CASE_METHOD(SvmlightFile, "svmlight errors name the line") {
    CHECK(format_error("1 1:1\n1 2:1 2:3\n") == ":2: expected ascending indices, got 2 after 2");
    CHECK(format_error("1 3:1 2:3\n") == ":1: expected ascending indices, got 2 after 3");
    CHECK(format_error("1 1:1\n\n1 1:nan\n") == ":3: index 1: expected a finite number, got 'nan'");
    CHECK(format_error("1 1:\n") == ":1: index 1: expected a number, got an empty cell");
    CHECK(format_error("1 5\n") == ":1: expected index:value, got '5'");
    CHECK(format_error("1 a:5\n") == ":1: expected index:value, got 'a:5'");
    CHECK(format_error("1 0:5\n") == ":1: expected an index from 1 to 16777216, got 0");
    CHECK(format_error("1 99999999:5\n") ==
          ":1: expected an index from 1 to 16777216, got 99999999");
    CHECK(contains(format_error("# nothing\n"), "empty file"));
    CHECK(contains(format_error("1\n2\n"), "labels only"));
}

TEST_CASE_METHOD(SvmlightFile, "svmlight indices may begin with zero") {
    DataSource source = write("1 0:5 2:6\n");
    source.svmlight_zero_based = true;
    CHECK(read_all(source).inputs == Table{{5, 0, 6}});
}

TEST_CASE_METHOD(SvmlightFile, "a known number of columns bounds the indices") {
    const Schema known = open_rows(write("1 1:1 4:1\n"))->schema();
    CHECK(read_all(*open_rows(write("1 2:3\n"), known)).inputs == Table{{0, 3, 0, 0}});
    CHECK(read_all(*open_rows(write("2:3\n"), known)).targets == Table{{}});
    const auto reader = open_rows(write("1 2:3\n1 5:1\n"), known);
    CHECK(message_of<FormatError>([&] { (void)read_all(*reader); }) ==
          path + ":2: expected an index from 1 to 4 (the known columns), got 5");
    CHECK_THROWS_AS(open_rows(write("1,2 1:3\n"), known), FormatError);
}
