#include "catch2.hpp"
#include "temporary_path.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/atomic_file.hpp>

#include <sys/stat.h>

#include <stdexcept>

using namespace sketchntk;
using namespace sketchntk_test;

TEST_CASE("AtomicFile: the file appears with commit, not before") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("out");
    AtomicFile file(path);
    file.write("first ");
    file.write("second");
    CHECK_FALSE(std::filesystem::exists(path));
    file.commit();
    CHECK(content_of(path) == "first second");
    CHECK(directory.entries() == 1);
}

TEST_CASE("AtomicFile: an exception leaves nothing, and an older file as it was") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("out");
    const auto fail = [&] {
        AtomicFile file(path);
        file.write(std::string(1'000'000, 'x'));
        throw std::runtime_error("interrupted");
    };
    CHECK_THROWS_AS(fail(), std::runtime_error);
    CHECK(directory.entries() == 0);
    write_file(path, "older");
    CHECK_THROWS_AS(fail(), std::runtime_error);
    CHECK(directory.entries() == 1);
    CHECK(content_of(path) == "older");
}

TEST_CASE("AtomicFile: pieces of any size arrive in order") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("out");
    std::string expected;
    AtomicFile file(path);
    for (const std::size_t size : {1U, 1000U, 262144U, 262143U, 0U, 700000U, 5U}) {
        const std::string piece(size, static_cast<char>('a' + expected.size() % 26));
        file.write(piece);
        expected += piece;
    }
    file.commit();
    CHECK(content_of(path) == expected);
}

TEST_CASE("AtomicFile: write_at puts bytes at their position") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("out");
    AtomicFile file(path);
    file.write("head");
    file.write_at(8, std::as_bytes(std::span("tail", 4)));
    file.write_at(4, std::as_bytes(std::span("body", 4)));
    file.commit();
    CHECK(content_of(path) == "headbodytail");
}

TEST_CASE("AtomicFile: what cannot be written is found out at once, with path and reason") {
    const TemporaryDirectory directory;
    const auto refusal = [](const std::string& path) {
        const std::string message = message_of<IoError>([&] { AtomicFile file(path); });
        CHECK(contains(message, path));
        return message;
    };
    CHECK(contains(refusal(directory.file("none/out")), "No such file or directory"));
    CHECK(contains(refusal(directory.file("")), "directory"));
    write_file(directory.file("plain"), "");
    CHECK(contains(refusal(directory.file("plain/out")), "Not a directory"));
    CHECK(contains(refusal("/dev/null"), "not a regular file"));
    std::filesystem::create_directory(directory.file("folder"));
    CHECK(contains(refusal(directory.file("folder")), "not a regular file"));
    CHECK_THROWS_AS(AtomicFile(""), IoError);
    CHECK(directory.entries() == 2);
}

TEST_CASE("AtomicFile: keeps the permissions and follows the symbolic link of what it replaces") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("out");
    const std::string link = directory.file("link");
    write_file(path, "older");
    REQUIRE(chmod(path.c_str(), 0640) == 0);
    std::filesystem::create_symlink("out", link);
    AtomicFile file(link);
    file.write("newer");
    file.commit();
    CHECK(std::filesystem::is_symlink(link));
    CHECK(content_of(path) == "newer");
    struct stat status {};
    REQUIRE(stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0640U);
}
