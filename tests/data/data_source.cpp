#include "catch2.hpp"
#include "rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/npy.hpp>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

using Names = std::vector<std::string>;

struct Fixture {
    TemporaryDirectory directory;
    std::string path = directory.file("data.csv");

    DataSource write(const std::string& content, Names targets = {}) {
        write_file(path, content);
        return {.path = path, .targets = std::move(targets)};
    }
    std::string selection_error(const std::string& content, const Names& targets) {
        const DataSource source = write(content, targets);
        return message_of<InvalidArgument>([&] { (void)open_rows(source); });
    }
    std::string mismatch(const DataSource& source, const Schema& known) {
        return message_of<FormatError>([&] { (void)open_rows(source, known); });
    }
};

void write_npy(const std::string& path, const Table& rows) {
    Matrix<double> matrix(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
    for (std::size_t i = 0; i < rows.size(); ++i)
        std::copy(rows[i].begin(), rows[i].end(), matrix.row(static_cast<Index>(i)).begin());
    NpyWriter writer(path, matrix.rows(), matrix.columns(), NpyScalar::float64);
    writer.append(matrix.view());
    writer.commit();
}

}  // namespace

TEST_CASE_METHOD(Fixture, "columns are selected by name and by number from both ends") {
    const std::string content = "a,b,c,d\n1,2,3,4\n";
    const auto targets_of = [&](const Names& selectors) {
        return open_rows(write(content, selectors))->schema().targets;
    };
    CHECK(targets_of({"b"}) == Names{"b"});
    CHECK(targets_of({"2"}) == Names{"b"});
    CHECK(targets_of({"-1", "1"}) == Names{"d", "a"});
    CHECK(targets_of({"-4"}) == Names{"a"});
    CHECK(targets_of({"none"}).empty());
    CHECK(targets_of({}).empty());
    DataSource source = write(content, {"d"});
    source.ignored = {"b"};
    const Rows rows = read_all(source);
    CHECK(rows.inputs == Table{{1, 3}});
    CHECK(rows.targets == Table{{4}});
}

TEST_CASE_METHOD(Fixture, "a number that is a name in the header is taken as a name") {
    DataSource source = write("3,2,1\n10,20,30\n", {"1"});
    source.header = true;
    CHECK(read_all(source).targets == Table{{30}});
}

TEST_CASE_METHOD(Fixture, "columns without names are named by their number") {
    const auto reader = open_rows(write("1,2,3\n4,5,6\n", {"2"}));
    CHECK(reader->schema().input_names() == Names{"1", "3"});
    CHECK(reader->schema().targets == Names{"2"});
    CHECK_FALSE(reader->schema().named);
}

TEST_CASE_METHOD(Fixture, "a column that does not exist is an error that helps") {
    const std::string content = "age,target,height\n1,2,3\n";
    CHECK(selection_error(content, {"tagret"}) ==
          path +
              ": target: no such column 'tagret'; did you mean 'target'? "
              "(there are 3: age, target, height)");
    CHECK(contains(selection_error(content, {"4"}), "no such column '4'"));
    CHECK(contains(selection_error(content, {"0"}), "no such column '0'"));
    CHECK(contains(selection_error("1,2\n", {"y"}), "(there are 2, without names)"));
    CHECK(contains(selection_error(content, {"age", "1"}), "column 'age' is selected twice"));
    CHECK(contains(selection_error("a\n1\n", {"a"}), "at least one input column"));
    DataSource source = write(content, {"target"});
    source.categorical = {"target"};
    CHECK_THROWS_AS(open_rows(source), InvalidArgument);
}

TEST_CASE_METHOD(Fixture, "known columns are matched by name, in any order") {
    const DataSource first = write("a,y,b\n1,2,3\n", {"y"});
    const Schema known = open_rows(first)->schema();
    const auto check = [&](const std::string& content, const DataSource& source,
                           const Table& targets) {
        write_file(path, content);
        const auto reader = open_rows(source, known);
        CHECK(reader->schema().inputs == known.inputs);
        const Rows rows = read_all(*reader);
        CHECK(rows.inputs == Table{{1, 3}});
        CHECK(rows.targets == targets);
    };
    const DataSource plain = {.path = path};
    check("a,y,b\n1,2,3\n", first, {{2}});
    check("b,a,y\n3,1,2\n", plain, {{2}});
    check("b,a\n3,1\n", plain, {{}});
    check("b,a\n3,1\n", first, {{}});
    check("b,a\n3,1\n", {.path = path, .targets = {"-1"}}, {{}});
    check("b,a,y\n3,1,2\n", {.path = path, .targets = {"none"}}, {{}});
    check("b,a,y\n3,1,2\n", {.path = path, .targets = {"-1"}}, {{2}});
    check("id,b,a,y\n9,3,1,2\n", {.path = path, .ignored = {"id"}}, {{2}});
    check("1,3\n", plain, {{}});
    check("1,2,3\n", {.path = path, .targets = {"2"}}, {{2}});

    CHECK(mismatch(write("a,y\n1,2\n"), known) ==
          path + ": expected the known columns, got a file without 'b'");
    CHECK(mismatch(write("a,b,c,d\n1,2,3,4\n"), known) ==
          path + ": expected the known columns, got a file with the unknown 'c', 'd'");
    CHECK(mismatch(write("a,c\n1,2\n"), known) ==
          path + ": expected the known columns, got a file without 'b' and with the unknown 'c'");
    CHECK(mismatch(write("1,2,3,4\n"), known) ==
          path + ": expected 2 input columns, or 3 with the target, got 4");
    CHECK(contains(message_of<InvalidArgument>(
                       [&] { (void)open_rows(write("a,b,y\n1,2,3\n", {"z"}), known); }),
                   "no such column 'z'"));
}

TEST_CASE_METHOD(Fixture, "known columns without names are matched by position") {
    const Schema known = open_rows(write("1,2,3\n", {"-1"}))->schema();
    const auto targets_of = [&](const DataSource& source) {
        return read_all(*open_rows(source, known)).targets;
    };
    CHECK(targets_of(write("4,5\n")) == Table{{}});
    CHECK(targets_of(write("4,5\n", {"-1"})) == Table{{}});
    CHECK(targets_of(write("4,5,6\n", {"-1"})) == Table{{6}});
    CHECK(targets_of(write("4,5,6\n")) == Table{{6}});
    CHECK(targets_of(write("a,b,c\n4,5,6\n", {"a"})) == Table{{4}});
    CHECK(mismatch(write("4\n"), known) ==
          path + ": expected 2 input columns, or 3 with the target, got 1");
    CHECK(mismatch(write("4,5,6\n", {"none"}), known) ==
          path + ": expected 2 input columns, got 3");
    CHECK(contains(mismatch(write("4,5,6,7\n", {"1", "2"}), known), "1 target columns, got 2"));
}

TEST_CASE_METHOD(Fixture, "a first row of text is data where known columns hold text") {
    DataSource source = write("red,1\nblue,2\n");
    source.categorical = {"1"};
    const Schema known = open_rows(source)->schema();
    CHECK(read_all(*open_rows({.path = path}, known)).inputs == Table{{0, 1, 1}, {1, 0, 2}});
    write_file(path, "purple,1\n");
    CHECK(contains(
        message_of<FormatError>([&] { (void)read_all(*open_rows({.path = path}, known)); }),
        ":1, column 1: expected one of its 2 known values, got 'purple'"));
}

TEST_CASE_METHOD(Fixture, "opening with the schema that was learnt gives the same rows") {
    DataSource source = write("a;c;y;b\n1;u;2;3\n4;v;5;6\n", {"y"});
    source.categorical = {"c"};
    const auto learnt = open_rows(source);
    const auto known = open_rows(source, learnt->schema());
    CHECK(known->schema() == learnt->schema());
    CHECK(read_all(*known) == read_all(*learnt));
}

TEST_CASE_METHOD(Fixture, "the format is found by name and by content") {
    const auto first_row = [&](const std::string& name, const std::string& content) {
        write_file(directory.file(name), content);
        return read_all({.path = directory.file(name)}).inputs.at(0);
    };
    using Row = std::vector<double>;
    CHECK(first_row("a.csv", "1,2\n") == Row{1, 2});
    CHECK(first_row("a.tsv", "1\t2\n") == Row{1, 2});
    CHECK(first_row("a.data", "1 2\n") == Row{1, 2});
    CHECK(first_row("a.txt", "1 1:3 3:2\n") == Row{3, 0, 2});
    CHECK(first_row("a", "# made by hand\n1 1:3\n") == Row{3});
    CHECK(first_row("b", "time\n12\n") == Row{12});
    for (const char* name : {"a.svm", "a.svmlight", "a.libsvm"})
        CHECK(first_row(name, "1 2:3\n") == Row{0, 3});
    write_gzip(directory.file("a.libsvm.gz"), "1 2:3\n");
    CHECK(read_all({.path = directory.file("a.libsvm.gz")}).inputs == Table{{0, 3}});
    write_npy(directory.file("a.npy"), {{1, 2}});
    CHECK(read_all({.path = directory.file("a.npy")}).inputs == Table{{1, 2}});
    std::filesystem::rename(directory.file("a.npy"), directory.file("array"));
    CHECK(read_all({.path = directory.file("array")}).inputs == Table{{1, 2}});
    write_file(path, "1 1:3\n");
    CHECK(read_all({.path = path, .format = DataSource::Format::svmlight}).inputs == Table{{3}});
}

TEST_CASE_METHOD(Fixture, "npy files have columns and targets as text files have") {
    const std::string array = directory.file("x.npy");
    write_npy(array, {{1, 2, 3}, {4, 5, 6}});
    const auto reader = open_rows({.path = array, .targets = {"-1"}});
    const Schema known = reader->schema();
    CHECK(known.input_names() == Names{"1", "2"});
    CHECK(known.targets == Names{"3"});
    CHECK(read_all(*reader).inputs == Table{{1, 2}, {4, 5}});
    CHECK(read_all(*open_rows({.path = array}, known)).targets == Table{{3}, {6}});

    const std::string targets = directory.file("y.npy");
    write_npy(targets, {{7, 8}, {9, 10}});
    const Rows rows = read_all({.path = array, .targets = {targets}});
    CHECK(rows.inputs == Table{{1, 2, 3}, {4, 5, 6}});
    CHECK(rows.targets == Table{{7, 8}, {9, 10}});

    write_npy(array, {{1, 2}});
    CHECK(read_all(*open_rows({.path = array}, known)).targets == Table{{}});
    write_npy(array, {{1, 2, 3, 4}});
    CHECK(contains(mismatch({.path = array}, known), "expected 2 input columns, or 3"));
    CHECK_THROWS_AS(open_rows({.path = array, .targets = {"9"}}), InvalidArgument);
    CHECK_THROWS_AS(open_rows({.path = array, .ignored = {"1"}}), InvalidArgument);
}
