#include "catch2.hpp"
#include "temporary_path.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/container.hpp>

#include <xxhash.h>

#include <cstring>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

template <typename T>
Matrix<T> counting_matrix(Index rows, Index columns) {
    Matrix<T> matrix(rows, columns);
    for (Index k = 0; k < rows * columns; ++k)
        matrix.data()[k] = static_cast<T>(k + 1) / static_cast<T>(3);
    return matrix;
}

Container small_container() {
    return {"test",
            2,
            R"({"seed": 7})",
            {{"weights", counting_matrix<float>(3, 5)},
             {"gram", counting_matrix<double>(4, 4)},
             {"none", Matrix<double>(3, 0)}}};
}

std::string small_file(const TemporaryDirectory& directory) {
    const std::string path = directory.file("small");
    write_container(path, small_container());
    return content_of(path);
}

std::string refusal(const std::string& path) {
    const std::string message =
        message_of<FormatError>([&] { static_cast<void>(read_container(path, "test", 2)); });
    CHECK(contains(message, path));
    return message;
}

/// The file with its description changed and the checksum made right again, as an attacker would.
std::string forge(std::string bytes, std::size_t position, std::uint64_t value) {
    std::memcpy(bytes.data() + position, &value, sizeof value);
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + 24, sizeof length);
    const std::string covered = bytes.substr(0, 32) + bytes.substr(40, length);
    const std::uint64_t checksum = XXH3_64bits(covered.data(), covered.size());
    std::memcpy(bytes.data() + 32, &checksum, sizeof checksum);
    return bytes;
}

/// Position of the number of rows of the first array: behind its name and its scalar code.
std::size_t rows_position(const std::string& bytes) {
    return bytes.find("weights") + 7 + 4;
}

}  // namespace

TEST_CASE("container: what is written is read") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("file");
    write_container(path, small_container());
    const Container read = read_container(path, "test", 2);
    CHECK(read == small_container());
    CHECK(read.float32_array("weights") == counting_matrix<float>(3, 5));
    CHECK(read.float64_array("gram") == counting_matrix<double>(4, 4));
    CHECK(
        contains(message_of<FormatError>([&] { static_cast<void>(read.float64_array("weights")); }),
                 "float64"));
    CHECK(contains(message_of<FormatError>([&] { static_cast<void>(read.float64_array("bias")); }),
                   "'bias'"));
}

TEST_CASE("container: a container without arrays") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("file");
    const Container empty{"test", 1, "", {}};
    write_container(path, empty);
    CHECK(read_container(path, "test", 1) == empty);
}

TEST_CASE("container: the layout is the documented one") {
    const TemporaryDirectory directory;
    const std::string bytes = small_file(directory);
    CHECK(bytes.substr(0, 16) == "sketchntk file\r\n");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + 24, sizeof length);
    const std::size_t first = (40 + length + 63) / 64 * 64;
    const auto weights = counting_matrix<float>(3, 5);
    CHECK(std::memcmp(bytes.data() + first, weights.data(), 60) == 0);
    const auto gram = counting_matrix<double>(4, 4);
    CHECK(std::memcmp(bytes.data() + first + 64, gram.data(), 128) == 0);
    CHECK(bytes.size() == first + 64 + 128);
}

TEST_CASE("container: a summary without the arrays") {
    const TemporaryDirectory directory;
    const std::string bytes = small_file(directory);
    const ContainerSummary summary = summarise_container(directory.file("small"));
    CHECK(summary.kind == "test");
    CHECK(summary.version == 2);
    CHECK(summary.header == R"({"seed": 7})");
    CHECK(summary.bytes == static_cast<Index>(bytes.size()));
    CHECK(summary.arrays == std::vector<ContainerSummary::Array>{{"weights", false, 3, 5},
                                                                 {"gram", true, 4, 4},
                                                                 {"none", true, 3, 0}});
}

TEST_CASE("container: every changed bit is an error") {
    const TemporaryDirectory directory;
    const std::string bytes = small_file(directory);
    const std::string path = directory.file("damaged");
    for (std::size_t position = 0; position < bytes.size(); ++position)
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = bytes;
            damaged[position] = static_cast<char>(damaged[position] ^ (1 << bit));
            write_file(path, damaged);
            INFO("byte " << position << ", bit " << bit);
            CHECK_THROWS_AS(read_container(path, "test", 2), FormatError);
        }
}

TEST_CASE("container: every truncation and every prolongation is an error") {
    const TemporaryDirectory directory;
    const std::string bytes = small_file(directory);
    const std::string path = directory.file("damaged");
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        write_file(path, bytes.substr(0, length));
        INFO("length " << length);
        CHECK_THROWS_AS(read_container(path, "test", 2), FormatError);
        CHECK_THROWS_AS(summarise_container(path), FormatError);
    }
    write_file(path, bytes + '\0');
    CHECK_THROWS_AS(read_container(path, "test", 2), FormatError);
}

TEST_CASE("container: the message says what is wrong") {
    const TemporaryDirectory directory;
    const std::string bytes = small_file(directory);
    const std::string path = directory.file("other");
    write_file(path, "x0,x1,y\n1,2,3\n");
    CHECK(contains(refusal(path), "not a sketchntk file"));
    write_file(path, "");
    CHECK(contains(refusal(path), "not a sketchntk file"));
    write_file(path, bytes.substr(0, bytes.size() - 1));
    CHECK(contains(refusal(path), "truncated"));
    Container container = small_container();
    container.kind = "ridge-accumulator";
    write_container(path, container);
    CHECK(contains(refusal(path), "expected a file of kind 'test', got 'ridge-accumulator'"));
    container = small_container();
    container.version = 3;
    write_container(path, container);
    CHECK(contains(refusal(path), "test version 3; this build reads versions 1 to 2"));
    std::string newer = bytes;
    newer[16] = 2;
    write_file(path, newer);
    CHECK(contains(refusal(path), "file layout version 2; this build reads version 1"));
}

TEST_CASE("container: absurd sizes with a right checksum are refused without allocating") {
    const TemporaryDirectory directory;
    const std::string bytes = small_file(directory);
    const std::string path = directory.file("forged");
    const std::size_t rows = rows_position(bytes);
    write_file(path, forge(bytes, rows, 3));
    CHECK(read_container(path, "test", 2) == small_container());
    for (const std::uint64_t size :
         {std::uint64_t{4}, std::uint64_t{1} << 40, std::uint64_t{1} << 62,
          std::uint64_t{3689348814741910323}, (std::uint64_t{1} << 63) - 1, ~std::uint64_t{0}}) {
        write_file(path, forge(bytes, rows, size));
        INFO("rows " << size);
        CHECK_THROWS_AS(read_container(path, "test", 2), FormatError);
        CHECK_THROWS_AS(summarise_container(path), FormatError);
    }
    write_file(path, forge(bytes, 40, ~std::uint64_t{0}));
    CHECK(contains(refusal(path), "damaged"));
    std::string endless = bytes;
    std::memset(endless.data() + 24, 0xff, 8);
    write_file(path, endless);
    CHECK(contains(refusal(path), "truncated or damaged"));
}

TEST_CASE("container: files that cannot be opened, and names given twice") {
    const TemporaryDirectory directory;
    CHECK_THROWS_AS(read_container(directory.file("none"), "test", 1), IoError);
    CHECK_THROWS_AS(read_container(directory.file(""), "test", 1), IoError);
    CHECK_THROWS_AS(write_container(directory.file("none/out"), small_container()), IoError);
    Container twice = small_container();
    twice.arrays[1].name = "weights";
    CHECK_THROWS_AS(write_container(directory.file("out"), twice), InvalidArgument);
    CHECK(directory.entries() == 0);
}
