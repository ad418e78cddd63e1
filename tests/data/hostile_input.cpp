#include "catch2.hpp"
#include "image_files.hpp"
#include "rows.hpp"

#include <sketchntk/core/error.hpp>

#include <random>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

using Format = DataSource::Format;

const std::string valid_csv =
    "colour,\"a, b\",y\r\nred,1.5,2\r\n\"blue\",-3e4,.5\r\n\"re\"\"d\",7,8\r\ngreen,0,1\n";
const std::string valid_svmlight = "1 qid:3 1:0.5 7:2 # c\n-1 2:1e3\n\n0 1:1 2:2 3:3\n";

/// Replaces, inserts or removes a few bytes, or cuts the end off.
std::string mutated(std::string text, std::mt19937& random) {
    const std::string bytes = "0123456789,;:\"\"\n\r\t +-.e#nai?\x00\xff";
    for (auto edits = random() % 4 + 1; edits > 0 && !text.empty(); --edits) {
        const std::size_t position = random() % text.size();
        const char byte =
            random() % 4 == 0 ? static_cast<char>(random() % 256) : bytes[random() % bytes.size()];
        switch (random() % 4) {
            case 0:
                text[position] = byte;
                break;
            case 1:
                text.insert(position, 1, byte);
                break;
            case 2:
                text.erase(position, random() % 3 + 1);
                break;
            default:
                if (random() % 4 == 0) text.resize(position);
        }
    }
    return text;
}

std::string random_bytes(std::mt19937& random) {
    std::string text(random() % 300, '\0');
    for (char& c : text) c = static_cast<char>(random() % 256);
    return text;
}

/// Reads whatever the file holds; any exception but the library's own fails the test.
void read_anyhow(const DataSource& source) {
    Schema schema;
    try {
        const auto reader = open_rows(source);
        schema = reader->schema();
        const Rows rows = read_all(*reader, 2);
        reader->rewind();
        REQUIRE(read_all(*reader, 1000) == rows);
        const auto known = open_rows(source, schema);
        REQUIRE(read_all(*known, 3).inputs == rows.inputs);
    } catch (const Error& error) {
        REQUIRE_FALSE(std::string(error.what()).empty());
    }
}

}  // namespace

TEST_CASE("damaged and random files are read or refused, never worse") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("data");
    std::mt19937 random(20240229);
    const std::vector<std::vector<std::string>> selections = {{}, {"y"}, {"-1"}, {"1"}};
    for (int round = 0; round < 1500; ++round) {
        DataSource source = {.path = path, .targets = selections[random() % selections.size()]};
        if (random() % 2 == 0) source.categorical = {random() % 2 == 0 ? "colour" : "1"};
        write_file(path, mutated(valid_csv, random));
        read_anyhow(source);
        write_file(path, mutated(valid_svmlight, random));
        read_anyhow({.path = path, .format = Format::svmlight});
        write_file(path, random_bytes(random));
        read_anyhow({.path = path});
        read_anyhow({.path = path, .format = Format::svmlight});
    }
}

TEST_CASE("damaged gzip files are read or refused, never worse") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("data.gz");
    write_gzip(path, valid_csv + valid_csv.substr(valid_csv.find('\n') + 1));
    const std::string whole = content_of(path);
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        write_file(path, mutated(whole, random));
        read_anyhow({.path = path, .categorical = {"colour"}});
    }
}

TEST_CASE("damaged images are read or refused, never worse") {
    const TemporaryDirectory directory;
    const std::string images = directory.file("x-images-idx3-ubyte");
    const std::string labels = directory.file("x-labels-idx1-ubyte");
    const std::string folder = directory.file("folder");
    std::filesystem::create_directory(folder);
    const std::string valid = idx_content({3, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        write_file(images, mutated(valid, random));
        write_file(labels, mutated(idx_content({3}, {1, 2, 3}), random));
        read_anyhow({.path = images});
        write_file(folder + "/1.jpg", mutated(coloured_jpeg().content, random));
        write_file(folder + "/2.jpg", coloured_jpeg().content);
        read_anyhow({.path = folder});
    }
}
