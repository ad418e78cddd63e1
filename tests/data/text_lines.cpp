#include "data/text_lines.hpp"

#include "catch2.hpp"
#include "rows.hpp"

#include <sketchntk/core/error.hpp>

#include <sys/stat.h>

#include <random>
#include <vector>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

std::vector<std::string> lines_of(const std::string& path) {
    TextLines lines(path);
    std::vector<std::string> result;
    std::string_view line;
    while (lines.next(line)) {
        result.emplace_back(line);
        if (lines.line_number() != static_cast<Index>(result.size())) return {};
    }
    return result;
}

}  // namespace

TEST_CASE("lines end in LF or CR LF, the last also without") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("lines");
    write_file(path,
               "\xEF\xBB\xBF"
               "a\r\nb\n\n c\rd");
    CHECK(lines_of(path) == std::vector<std::string>{"a", "b", "", " c\rd"});
    write_file(path, "a\n");
    CHECK(lines_of(path) == std::vector<std::string>{"a"});
    write_file(path, "");
    CHECK(lines_of(path).empty());
}

TEST_CASE("lines longer than any buffer come whole, plain and compressed") {
    const TemporaryDirectory directory;
    std::mt19937 random(1);
    std::vector<std::string> expected;
    std::string content;
    for (const std::size_t length : {3u, 300'000u, 0u, 1'000'003u, 17u, 262'143u, 262'144u}) {
        std::string line(length, ' ');
        for (char& c : line) c = static_cast<char>('a' + random() % 26);
        content += line + "\n";
        expected.push_back(line);
    }
    write_file(directory.file("plain"), content);
    write_gzip(directory.file("compressed"), content);
    CHECK(lines_of(directory.file("plain")) == expected);
    CHECK(lines_of(directory.file("compressed")) == expected);
}

TEST_CASE("rewind starts over") {
    const TemporaryDirectory directory;
    write_gzip(directory.file("f"), "one\ntwo\n");
    TextLines lines(directory.file("f"));
    std::string_view line;
    REQUIRE(lines.next(line));
    REQUIRE(lines.next(line));
    lines.rewind();
    REQUIRE(lines.next(line));
    CHECK(line == "one");
    CHECK(lines.line_number() == 1);
}

TEST_CASE("truncated and damaged gzip data are errors") {
    const TemporaryDirectory directory;
    std::string content;
    for (int i = 0; i < 20000; ++i) content += std::to_string(i * 7919 % 100003) + "\n";
    const std::string path = directory.file("f.gz");
    write_gzip(path, content);
    const std::string whole = content_of(path);
    for (const std::size_t length : {whole.size() - 1, whole.size() - 9, whole.size() / 2}) {
        write_file(path, whole.substr(0, length));
        const std::string message = message_of<FormatError>([&] { (void)lines_of(path); });
        CHECK(contains(message, path));
        CHECK(contains(message, "truncated"));
    }
    std::string damaged = whole;
    damaged[damaged.size() / 2] = static_cast<char>(~damaged[damaged.size() / 2]);
    write_file(path, damaged);
    CHECK(contains(message_of<FormatError>([&] { (void)lines_of(path); }), "damaged"));
}

TEST_CASE("a file that cannot be read is named") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("absent");
    const std::string absent = message_of<IoError>([&] { TextLines lines(path); });
    CHECK(contains(absent, path));
    CHECK(contains(absent, "No such file"));
    CHECK_THROWS_AS(lines_of(directory.file("")), IoError);
    // A pipe cannot be read twice; opening it would even wait for somebody who writes.
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    CHECK(contains(message_of<IoError>([&] { (void)lines_of(path); }), "a regular file"));
}
