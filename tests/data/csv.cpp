#include "catch2.hpp"
#include "rows.hpp"

#include <sketchntk/core/error.hpp>

#include <charconv>
#include <random>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

/// A file in a directory of its own.
struct TextFile {
    explicit TextFile(const std::string& content, const std::string& name = "data.csv")
        : path(directory.file(name)) {
        write_file(path, content);
    }

    DataSource source() const { return {.path = path}; }

    TemporaryDirectory directory;
    std::string path;
};

Table inputs_of(const std::string& content, const std::string& name = "data.csv") {
    const TextFile file(content, name);
    return read_all(file.source()).inputs;
}

std::string format_error(const std::string& content, DataSource source = {}) {
    const TextFile file(content);
    source.path = file.path;
    const std::string message = message_of<FormatError>([&] { (void)read_all(source); });
    CHECK(message.starts_with(file.path + ":"));
    return message.empty() ? message : message.substr(file.path.size());
}

std::string shortest(double number) {
    char text[40];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

}  // namespace

TEST_CASE("numbers come back bit for bit, whatever the batch size and compression") {
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> mantissa(-1, 1);
    std::uniform_int_distribution<int> exponent(-300, 300);
    Table inputs;
    Table targets;
    std::string content = "a,y,b,z\n";
    for (int i = 0; i < 2500; ++i) {
        std::vector<double> row(4);
        for (double& x : row) x = std::ldexp(mantissa(random), exponent(random));
        for (std::size_t j = 0; j < 4; ++j) content += shortest(row[j]) + (j < 3 ? "," : "\n");
        inputs.push_back({row[0], row[2]});
        targets.push_back({row[3], row[1]});
    }
    const TextFile file(content);
    DataSource source = file.source();
    source.targets = {"z", "2"};
    for (const Index batch_size : {Index{1}, Index{3}, Index{1000}, Index{1} << 40}) {
        const Rows rows = read_all(source, batch_size);
        CHECK(rows.inputs == inputs);
        CHECK(rows.targets == targets);
        for (std::size_t k = 0; k + 1 < rows.batch_rows.size(); ++k)
            REQUIRE(rows.batch_rows[k] == batch_size);
    }
    source.path = file.directory.file("data.csv.gz");
    write_gzip(source.path, content);
    CHECK(read_all(source, 64).inputs == inputs);
}

TEST_CASE("rewind gives the same rows again, and the row count once it is known") {
    const TextFile file("x\n1\n2\n3\n");
    const auto reader = open_rows(file.source());
    CHECK_FALSE(reader->row_count());
    const Rows first = read_all(*reader, 2);
    CHECK(reader->row_count() == 3);
    reader->rewind();
    CHECK(read_all(*reader, 2) == first);
    Batch batch;
    CHECK_THROWS_AS(reader->read(0, batch), InvalidArgument);
}

TEST_CASE("the separator is found") {
    const Table expected = {{1, 2.5, 3}, {4, 5, -6}};
    CHECK(inputs_of("1,2.5,3\n4,5,-6\n") == expected);
    CHECK(inputs_of("1;2.5;3\n4;5;-6\n") == expected);
    CHECK(inputs_of("1\t2.5\t3\n4\t5\t-6\n") == expected);
    CHECK(inputs_of("  1   2.5 3\n 4 5    -6  \n") == expected);
    CHECK(inputs_of("1 , 2.5,\t3\n4, 5 ,-6\n") == expected);
    CHECK(inputs_of("\"a, b\";c;d\n1;2.5;3\n4;5;-6\n") == expected);
    CHECK(inputs_of("1\n2\n") == Table{{1}, {2}});
    CHECK(inputs_of("a b\n1\n2\n", "data.tsv") == Table{{1}, {2}});
}

TEST_CASE("CR LF, a byte order mark, blank lines at the end and odd spellings of numbers") {
    CHECK(inputs_of("\xEF\xBB\xBF"
                    "a,b\r\n+1, 2e3\r\n.5,-0.25 \r\n\r\n  \n") == Table{{1, 2000}, {0.5, -0.25}});
}

TEST_CASE("quoted cells may hold separators, line breaks and quotes") {
    const TextFile file(
        "\"the \"\"x\"\"\",\"a,b\",\"two\nlines\", \"y\" \n\"1\",2,\"3\",4\n5,6,7,8");
    const auto reader = open_rows(file.source());
    CHECK(reader->schema().input_names() ==
          std::vector<std::string>{"the \"x\"", "a,b", "two\nlines", "y"});
    CHECK(read_all(*reader).inputs == Table{{1, 2, 3, 4}, {5, 6, 7, 8}});

    CHECK(format_error("a,b\n1,\"2\"3\n") ==
          ":2: expected a separator after the closing quote, got '3'");
    CHECK(format_error("a,b\n1,2\n\"1,2\n3,4\n") ==
          ":3: expected a closing quote before the end of the file");
    CHECK(format_error("a,b\n\"1\n\",2\n") == ":2, column 'a': expected a number, got '1?'");
}

TEST_CASE("lines are counted through quoted line breaks") {
    CHECK(format_error("\"a\nb\",c\n1,2\n3,x\n") == ":4, column 'c': expected a number, got 'x'");
}

TEST_CASE("a bad cell is named by file, line and column") {
    CHECK(format_error("a,b\n1,2\n3,abc\n") == ":3, column 'b': expected a number, got 'abc'");
    CHECK(format_error("1,2\n3,abc\n") == ":2, column 2: expected a number, got 'abc'");
    CHECK(format_error("a,b\n,2\n") == ":2, column 'a': expected a number, got an empty cell");
    CHECK(format_error("a,b\n1,nan\n") == ":2, column 'b': expected a finite number, got 'nan'");
    CHECK(format_error("a,b\n1,-inf\n") == ":2, column 'b': expected a finite number, got '-inf'");
    CHECK(format_error("a,b\n1,1e999\n") == ":2, column 'b': expected a number, got '1e999'");
    CHECK(format_error("a,b\n1,0x10\n") == ":2, column 'b': expected a number, got '0x10'");
    CHECK(format_error("a,b\n1,+-1\n") == ":2, column 'b': expected a number, got '+-1'");
    CHECK(format_error("a,b\n1,1 2\n") == ":2, column 'b': expected a number, got '1 2'");
    CHECK(contains(format_error("a,b\n1," + std::string(500, 'z') + "\n"), "zzz...'"));
}

TEST_CASE("ragged rows and blank lines between rows are refused") {
    CHECK(format_error("a,b\n1,2\n3\n") == ":3: expected 2 cells, got 1");
    CHECK(format_error("1,2\n3,4,5\n") == ":2: expected 2 cells, got 3");
    CHECK(format_error("a,b\n1,2\n\n\n3,4\n") == ":3: expected a row, got a blank line");
}

TEST_CASE("files without rows are refused") {
    CHECK(contains(format_error(""), "empty file"));
    CHECK(contains(format_error("\n\n"), "empty file"));
    CHECK(contains(format_error("a,b\n"), "after the header"));
    CHECK(format_error("a,a\n1,2\n") == ":1: expected different column names, got 'a' twice");
}

TEST_CASE("the header is found or declared") {
    const auto is_named = [](const std::string& content, DataSource source = {}) {
        const TextFile file(content);
        source.path = file.path;
        return open_rows(source)->schema().named;
    };
    CHECK(is_named("a,b\n1,2\n"));
    CHECK(is_named("1,b\n1,2\n"));
    CHECK_FALSE(is_named("1,2\n1,2\n"));
    CHECK_FALSE(is_named("?,2\n1,2\n"));
    CHECK_FALSE(is_named("red,2\nblue,2\n", {.path = "", .categorical = {"1"}}));
    CHECK(is_named("colour,x\nblue,2\n", {.path = "", .categorical = {"1"}}));
    CHECK(is_named("colour,1\nblue,2\n", {.path = "", .categorical = {"colour"}}));
    CHECK_FALSE(is_named("id7,2\nid8,2\n", {.path = "", .ignored = {"1"}}));
    CHECK(is_named("0,1\n3,4\n", {.path = "", .header = true}));
    CHECK(format_error("a,b\n1,2\n", {.path = "", .header = false}) ==
          ":1, column 1: expected a number, got 'a'");
}

TEST_CASE("a header's empty name is replaced by the column's number") {
    const TextFile file("\"\",x\n1,2\n");
    CHECK(open_rows(file.source())->schema().input_names() == std::vector<std::string>{"1", "x"});
}

TEST_CASE("text columns become one input for each of their values") {
    const TextFile file("colour,x,size\nred,1,S\nblue,2, M\n\"red\",3,S\ngreen,4,\"L,XL\"\n");
    DataSource source = file.source();
    source.categorical = {"colour", "-1"};
    source.targets = {"x"};
    const auto reader = open_rows(source);
    CHECK(reader->schema().input_names() == std::vector<std::string>{"colour=blue", "colour=green",
                                                                     "colour=red", "size=L,XL",
                                                                     "size=M", "size=S"});
    for (const Index batch_size : {1, 3}) {
        reader->rewind();
        const Rows rows = read_all(*reader, batch_size);
        CHECK(
            rows.inputs ==
            Table{{0, 0, 1, 0, 0, 1}, {1, 0, 0, 0, 1, 0}, {0, 0, 1, 0, 0, 1}, {0, 1, 0, 1, 0, 0}});
        CHECK(rows.targets == Table{{1}, {2}, {3}, {4}});
    }
}

TEST_CASE("text columns refuse empty cells, unknown values and too many of them") {
    const DataSource text = {.path = "", .categorical = {"c"}};
    CHECK(format_error("c,x\na,1\n,2\n", text) ==
          ":3, column 'c': expected a value, got an empty cell");
    CHECK(format_error("c,x\na,1\nb\n", text) == ":3: expected 2 cells, got 1");

    const TextFile file("c,x\na,1\nb,2\n");
    DataSource source = file.source();
    source.categorical = {"c"};
    const Schema known = open_rows(source)->schema();
    write_file(file.path, "c,x\na,1\npurple,2\n");
    const auto reader = open_rows(file.source(), known);
    CHECK(message_of<FormatError>([&] { (void)read_all(*reader); }) ==
          file.path + ":3, column 'c': expected one of its 2 known values, got 'purple'");

    std::string content = "c,x\n";
    for (int i = 0; i < 10001; ++i) content += "v" + std::to_string(i) + ",1\n";
    CHECK(contains(format_error(content, text), ":10002, column 'c': expected a text column of"));
    content.resize(content.rfind('v'));
    write_file(file.path, content);
    CHECK(open_rows(source)->schema().input_count() == 10001);
}
