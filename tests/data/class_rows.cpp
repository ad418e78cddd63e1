#include "catch2.hpp"
#include "rows.hpp"

#include <sketchntk/core/error.hpp>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

using Names = std::vector<std::string>;
using ClassTarget = DataSource::ClassTarget;

struct Classes {
    TemporaryDirectory directory;
    std::string path = directory.file("data.csv");

    DataSource write(const std::string& content,
                     ClassTarget class_target = ClassTarget::always) const {
        write_file(path, content);
        DataSource source{.path = path, .targets = {"c"}};
        source.class_target = class_target;
        return source;
    }
    [[nodiscard]] std::string refusal(const std::string& content) const {
        return message_of<FormatError>([&] { (void)open_rows(write(content)); });
    }
};

}  // namespace

TEST_CASE_METHOD(Classes, "a target column of classes becomes a column for each class") {
    const DataSource source = write("a,c\n1,5\n2,-1.5\n3,5\n4,7\n");
    const auto reader = open_rows(source);
    CHECK(reader->schema().targets == Names{"-1.5", "5", "7"});
    CHECK(reader->schema().class_column == ClassColumn{"c", {-1.5, 5, 7}});
    CHECK(reader->schema().input_names() == Names{"a"});
    for (const Index batch : {1, 3, 100}) {
        const Rows rows = read_all(*reader, batch);
        CHECK(rows.inputs == Table{{1}, {2}, {3}, {4}});
        CHECK(rows.targets == Table{{0, 1, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}});
        reader->rewind();
    }
    CHECK(open_rows(write("a,c\n1,5\n2,7\n", ClassTarget::of_images))->schema().targets ==
          Names{"c"});
}

TEST_CASE_METHOD(Classes, "classes keep their columns in another file") {
    const Schema known = open_rows(write("a,c\n1,5\n2,1\n3,9\n"))->schema();
    const DataSource other = write("c,a\n9,1\n5,2\n", ClassTarget::never);
    const auto reader = open_rows(other, known);
    CHECK(reader->schema() == known);
    CHECK(read_all(*reader).targets == Table{{0, 0, 1}, {0, 1, 0}});
    CHECK(open_rows(write("a\n1\n", ClassTarget::never), known)->schema().targets.empty());
    const auto unknown = open_rows(write("a,c\n1,5\n2,6\n", ClassTarget::never), known);
    const std::string message = message_of<FormatError>([&] { (void)read_all(*unknown); });
    CHECK(contains(message, path + ": row 2: column 'c' holds 6"));
    CHECK(contains(message, "none of the 3 known classes"));
}

TEST_CASE_METHOD(Classes, "several target columns stay as they are") {
    DataSource source = write("a,b,c\n1,0,1\n2,1,0\n");
    source.targets = {"b", "c"};
    CHECK(open_rows(source)->schema().targets == Names{"b", "c"});
    CHECK_FALSE(open_rows(source)->schema().class_column);
}

TEST_CASE_METHOD(Classes, "targets that cannot be classes are refused") {
    CHECK(contains(refusal("a,c\n1,5\n2,5\n"), path + ": column 'c' holds one class only"));
    std::string content = "a,c\n";
    for (int i = 0; i <= 1000; ++i) content += "1," + std::to_string(i) + "\n";
    CHECK(contains(refusal(content), "column 'c' has more than 1000 values"));
}
