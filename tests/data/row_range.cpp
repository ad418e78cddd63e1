#include "catch2.hpp"
#include "rows.hpp"

#include <sketchntk/core/error.hpp>

using namespace sketchntk;
using namespace sketchntk_test;

TEST_CASE("a range of rows is read and written") {
    CHECK(parse_row_range("1:1000") == RowRange{1, 1000, 1});
    CHECK(parse_row_range("1001:") == RowRange{1001, std::nullopt, 1});
    CHECK(parse_row_range("::50") == RowRange{1, std::nullopt, 50});
    CHECK(parse_row_range(":").is_everything());
    for (const char* text : {"1:1000", "3:", "2:9:3", "1::50"})
        CHECK(to_text(parse_row_range(text)) == text);
    for (const char* text : {"", "5", "0:3", "3:2", "-1:2", "a:b", "1:2:0", "1:2:3:4", "1:2x"})
        CHECK(contains(message_of<InvalidArgument>([&] { (void)parse_row_range(text); }),
                       "got '" + std::string(text) + "'"));
}

TEST_CASE("rows within a range are the same for any batch size") {
    const TemporaryDirectory directory;
    std::string dense;
    std::string sparse;
    for (int i = 1; i <= 20; ++i) {
        dense += std::to_string(i) + "," + std::to_string(-i) + "\n";
        sparse += std::to_string(-i) + " 1:" + std::to_string(i) + "\n";
    }
    write_file(directory.file("x.csv"), dense);
    write_file(directory.file("x.svm"), sparse);
    const auto check = [&](const std::string& range, const std::vector<double>& expected) {
        for (const char* name : {"x.csv", "x.svm"}) {
            DataSource source{.path = directory.file(name), .rows = parse_row_range(range)};
            if (std::string(name) == "x.csv") source.targets = {"-1"};
            Rows rows;
            for (const double value : expected) {
                rows.inputs.push_back({value});
                rows.targets.push_back({-value});
            }
            for (const Index batch_size : {1, 2, 7, 100}) {
                INFO(name << " " << range << " by " << batch_size);
                const auto reader = open_rows(source);
                CHECK(read_all(*reader, batch_size) == rows);
                Batch batch;
                CHECK_FALSE(reader->read(batch_size, batch));
                reader->rewind();
                CHECK(read_all(*reader, batch_size) == rows);
                if (const auto count = reader->row_count())
                    CHECK(*count == static_cast<Index>(expected.size()));
            }
        }
    };
    check("3:5", {3, 4, 5});
    check("18:", {18, 19, 20});
    check("20:20", {20});
    check("2:19:6", {2, 8, 14});
    check("::7", {1, 8, 15});
    const auto error = [&](const std::string& range) {
        return message_of<InvalidArgument>([&] {
            (void)read_all({.path = directory.file("x.csv"), .rows = parse_row_range(range)});
        });
    };
    CHECK(contains(error("15:21"), "15:21 of " + directory.file("x.csv") + ", which has 20"));
    CHECK(contains(error("21:"), "which has 20"));
}
