#include "catch2.hpp"
#include "temporary_path.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/resumable_npy.hpp>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

/// An array of 3 x 2 numbers, a step for each row; row i is (i, -i).
struct ThreeRows {
    TemporaryDirectory directory;
    std::string path = directory.file("x.npy");
    std::string partial = path + ".partial";
    std::string journal = partial + ".json";
    RunDescription description{{"network", "dense"}, {"kind", "ntk"}};

    [[nodiscard]] ResumableNpy open() const {
        return {path, 3, 2, NpyScalar::float32, description, 3};
    }
    static void write_row(const ResumableNpy& file, Index i) {
        const std::vector<double> row{static_cast<double>(i), -static_cast<double>(i)};
        file.write(i, 0, std::span<const double>(row));
    }
    /// A run that ends after `rows` rows.
    void stop_after(Index rows) const {
        ResumableNpy file = open();
        for (Index i = file.done(); i < rows; ++i) write_row(file, i);
        file.checkpoint(rows);
    }
    [[nodiscard]] std::string refusal() const {
        return message_of<Error>([&] { (void)open(); });
    }
};

}  // namespace

TEST_CASE_METHOD(ThreeRows, "an array is finished by a later run") {
    stop_after(2);
    CHECK_FALSE(std::filesystem::exists(path));
    {
        ResumableNpy file = open();
        CHECK(file.done() == 2);
        write_row(file, 2);
        file.checkpoint(3);
        file.commit();
    }
    CHECK(directory.entries() == 1);
    CHECK(read_npy(path)(1, 1) == -1);
    CHECK(read_npy(path)(2, 0) == 2);
}

TEST_CASE_METHOD(ThreeRows, "a run that has done nothing leaves nothing") {
    write_file(path, "precious");
    { const ResumableNpy file = open(); }
    CHECK(directory.entries() == 1);
    CHECK(content_of(path) == "precious");
}

TEST_CASE_METHOD(ThreeRows, "what a run killed at its start leaves is begun anew") {
    write_file(partial, "");
    CHECK(open().done() == 0);
    write_file(partial, "the head");
    write_file(journal, R"({"description": {"network": "conv"}, "steps": 7, "done": 0})");
    CHECK(open().done() == 0);
    // Killed between moving the whole file and removing the journal.
    write_file(journal, R"({"description": {"network": "conv"}, "steps": 7, "done": 7})");
    CHECK(open().done() == 0);
    CHECK(directory.entries() == 0);
}

TEST_CASE_METHOD(ThreeRows, "the partial file of another run is refused, saying what differs") {
    stop_after(2);
    const std::string content = content_of(partial);
    const std::string said = content_of(journal);
    description = {{"network", "dense relu dense"}, {"kind", "ntk"}, {"data2", "0123"}};
    const std::string error = refusal();
    CHECK(contains(error, partial + " is of another run"));
    CHECK(contains(error, "network is 'dense' there and 'dense relu dense' here"));
    CHECK(contains(error, "data2 is not said there and '0123' here"));
    CHECK_FALSE(contains(error, "kind"));
    description = {{"network", "dense"}, {"kind", "ntk"}};
    const std::string shape = message_of<InvalidArgument>(
        [&] { (void)ResumableNpy(path, 4, 2, NpyScalar::float64, description, 4); });
    CHECK(contains(shape, "array is '3 x 2 float32' there and '4 x 2 float64' here"));
    CHECK(content_of(partial) == content);
    CHECK(content_of(journal) == said);
    CHECK(directory.entries() == 2);
}

TEST_CASE_METHOD(ThreeRows, "partial files that cannot be trusted are refused and kept") {
    stop_after(2);
    const std::string said = content_of(journal);
    std::filesystem::remove(partial);
    CHECK(contains(refusal(), "got 0 and 3"));
    CHECK(directory.entries() == 1);
    write_file(partial, "short");
    CHECK(contains(refusal(), "expected 152 bytes and 3 steps, got 5 and 3"));
    CHECK(content_of(partial) == "short");
    write_file(journal, said.substr(0, said.size() / 2));
    CHECK(contains(refusal(), "damaged journal"));
    write_file(journal, R"({"description": {}, "steps": 3, "done": 4})");
    CHECK(contains(refusal(), "4 steps done of 3"));
    std::filesystem::remove(journal);
    CHECK(contains(refusal(), journal + " is missing"));
    CHECK(content_of(partial) == "short");
}

TEST_CASE_METHOD(ThreeRows, "two runs do not write one file") {
    ResumableNpy first = open();
    write_row(first, 0);
    CHECK(contains(refusal(), "another run is writing this file"));
    first.checkpoint(1);
    CHECK(std::filesystem::exists(journal));
}

TEST_CASE("the upper triangle is that below the diagonal") {
    // Sizes below, at and above one block of the copy, and of several.
    for (const Index n : {1, 2, 512, 513, 1100}) {
        const TemporaryDirectory directory;
        const std::string path = directory.file("x.npy");
        ResumableNpy file(path, n, n, NpyScalar::float64, {}, n);
        std::vector<double> row;
        for (Index i = 0; i < n; ++i) {
            row.push_back(0);
            for (Index j = 0; j <= i; ++j)
                row[static_cast<std::size_t>(j)] = static_cast<double>(i * n + j);
            file.write(i, 0, std::span<const double>(row));
        }
        file.mirror_lower_triangle({.threads = 2});
        file.checkpoint(n);
        file.commit();
        const Matrix<double> matrix = read_npy(path);
        Index wrong = 0;
        for (Index i = 0; i < n; ++i)
            for (Index j = 0; j < n; ++j)
                if (matrix(i, j) != static_cast<double>(std::max(i, j) * n + std::min(i, j)))
                    ++wrong;
        INFO(n);
        CHECK(wrong == 0);
    }
}
