#include "catch2.hpp"
#include "golden.hpp"
#include "temporary_path.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/data/npy.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

using Columns = std::vector<Index>;

/// A .npy file around a dictionary, with the header length in two bytes (version 1) or four.
std::string npy_file(char version, const std::string& dictionary, const std::string& data) {
    std::string bytes = "\x93NUMPY";
    bytes += {version, '\0'};
    bytes +=
        {static_cast<char>(dictionary.size() % 256), static_cast<char>(dictionary.size() / 256)};
    if (version > 1) bytes += {'\0', '\0'};
    return bytes + dictionary + data;
}

std::string dictionary(const std::string& descr, const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
}

template <typename T>
std::string bytes_of(const std::vector<T>& numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

Matrix<double> matrix_of(Index rows, Index columns, const std::vector<double>& entries) {
    Matrix<double> matrix(rows, columns);
    std::copy(entries.begin(), entries.end(), matrix.data());
    return matrix;
}

/// The numbers 1, 2, ... as T, saved under `descr` and read back.
template <typename T>
void check_type(const std::string& descr, const std::vector<T>& numbers = {1, 2, 3, 4, 5, 6}) {
    const TemporaryDirectory directory;
    const std::string path = directory.file("array.npy");
    write_file(path, npy_file(1, dictionary(descr, "(2, 3)"), bytes_of(numbers)));
    INFO(descr);
    CHECK(read_npy(path) == matrix_of(2, 3, {1, 2, 3, 4, 5, 6}));
}

std::string counting_file(const std::string& path, Index rows, Index columns) {
    std::vector<double> numbers(static_cast<std::size_t>(rows * columns));
    for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = static_cast<double>(k);
    std::string shape = "(";
    shape += std::to_string(rows) + ", " + std::to_string(columns) + ")";
    write_file(path, npy_file(1, dictionary("<f8", shape), bytes_of(numbers)));
    return path;
}

std::string golden(const std::string& name) {
    return golden_path("fc/" + name);
}

}  // namespace

TEST_CASE("npy: every type of number is read") {
    check_type<std::uint16_t>("<f2", {0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600});
    check_type<float>("<f4");
    check_type<double>("<f8");
    check_type<std::int8_t>("|i1");
    check_type<std::int16_t>("<i2");
    check_type<std::int32_t>("<i4");
    check_type<std::int64_t>("<i8");
    check_type<std::uint8_t>("|u1");
    check_type<std::uint16_t>("<u2");
    check_type<std::uint32_t>("<u4");
    check_type<std::uint64_t>("<u8");
    const TemporaryDirectory directory;
    const std::string path = directory.file("array.npy");
    write_file(path, npy_file(1, dictionary("|b1", "(2, 1)"), {'\1', '\0'}));
    CHECK(read_npy(path) == matrix_of(2, 1, {1, 0}));
    write_file(path, npy_file(1, dictionary("|i1", "(1, 1)"), "\xff"));
    CHECK(read_npy(path) == matrix_of(1, 1, {-1}));
}

TEST_CASE("npy: versions 1 to 3, one dimension, any order of keys, either quote") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("array.npy");
    const std::string data = bytes_of<double>({0.5, -2});
    for (const char version : {'\1', '\2', '\3'}) {
        write_file(path, npy_file(version, dictionary("<f8", "(1, 2)"), data));
        CHECK(read_npy(path) == matrix_of(1, 2, {0.5, -2}));
    }
    write_file(path, npy_file(1, dictionary("<f8", "(2,)"), data));
    CHECK(read_npy(path) == matrix_of(2, 1, {0.5, -2}));
    write_file(path, npy_file(1, dictionary("<f8", "(1, 1, 2, 1)"), data));
    CHECK(read_npy(path) == matrix_of(1, 2, {0.5, -2}));
    CHECK(npy_shape(path) == std::vector<Index>{1, 1, 2, 1});
    write_file(path, npy_file(1, R"({"shape":(2,1),"fortran_order":False,"descr":"<f8"})", data));
    CHECK(read_npy(path) == matrix_of(2, 1, {0.5, -2}));
}

TEST_CASE("npy: the golden files have the shapes that their cases say") {
    std::ifstream cases_file(golden("cases.json"));
    if (!cases_file) {
        WARN("skipped: ../shared/golden/fc is not there");
        return;
    }
    const auto cases = nlohmann::json::parse(cases_file);
    REQUIRE(cases.size() > 10);
    for (const auto& entry : cases) {
        const Matrix<double> x1 = read_npy(golden(entry["x1"]));
        const Matrix<double> x2 = read_npy(golden(entry["x2"]));
        const Matrix<double> kernel = read_npy(golden(entry["ntk"]));
        INFO(entry["name"]);
        CHECK(x1.columns() == x2.columns());
        CHECK(kernel.rows() == x1.rows());
        CHECK(kernel.columns() == x2.rows());
    }
}

TEST_CASE("npy: rows arrive in batches of any size, targets beside them") {
    const TemporaryDirectory directory;
    const std::string path = counting_file(directory.file("x.npy"), 7, 4);
    for (const Index most_rows : {1, 3, 7, 100}) {
        const auto reader = open_npy(path, Columns{3, 1});
        CHECK(reader->row_count() == 7);
        CHECK(reader->schema().targets == std::vector<std::string>{"4", "2"});
        CHECK(reader->schema().inputs == std::vector<InputColumn>{{"1", {}}, {"3", {}}});
        CHECK_FALSE(reader->schema().named);
        for (int pass = 0; pass < 2; ++pass) {
            Batch batch;
            Index row = 0;
            while (reader->read(most_rows, batch)) {
                const auto& inputs = std::get<Matrix<double>>(batch.inputs);
                REQUIRE(batch.first_row == row);
                REQUIRE(inputs.rows() <= most_rows);
                REQUIRE(batch.targets.rows() == inputs.rows());
                for (Index i = 0; i < inputs.rows(); ++i, ++row) {
                    const double first = static_cast<double>(4 * row);
                    CHECK(inputs(i, 0) == first);
                    CHECK(inputs(i, 1) == first + 2);
                    CHECK(batch.targets(i, 0) == first + 3);
                    CHECK(batch.targets(i, 1) == first + 1);
                }
            }
            CHECK(row == 7);
            CHECK(std::get<Matrix<double>>(batch.inputs).rows() == 0);
            reader->rewind();
        }
    }
}

TEST_CASE("npy: targets in a file of their own") {
    const TemporaryDirectory directory;
    const std::string inputs = counting_file(directory.file("x.npy"), 5, 2);
    const std::string targets = counting_file(directory.file("y.npy"), 5, 3);
    const auto reader = open_npy(inputs, targets);
    Batch batch;
    REQUIRE(reader->read(3, batch));
    REQUIRE(reader->read(3, batch));
    CHECK(std::get<Matrix<double>>(batch.inputs) == matrix_of(2, 2, {6, 7, 8, 9}));
    CHECK(batch.targets == matrix_of(2, 3, {9, 10, 11, 12, 13, 14}));
    CHECK_FALSE(reader->read(3, batch));
    const std::string shorter = counting_file(directory.file("z.npy"), 4, 1);
    const std::string message =
        message_of<DimensionMismatch>([&] { static_cast<void>(open_npy(inputs, shorter)); });
    CHECK(contains(message, "5 x 2"));
    CHECK(contains(message, "4 x 1"));
}

TEST_CASE("npy: memory does not grow with the file") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("zeros.npy");
    constexpr Index rows = 250'000;
    constexpr Index file_bytes = rows * 100 * 8;
    write_file(path, npy_file(1, dictionary("<f8", "(250000, 100)"), ""));
    std::filesystem::resize_file(path, std::filesystem::file_size(path) + file_bytes);
    const auto reader = open_npy(path);
    Batch batch;
    REQUIRE(reader->read(4096, batch));
    const std::int64_t before = resident_bytes();
    Index seen = std::get<Matrix<double>>(batch.inputs).rows();
    while (reader->read(4096, batch)) seen += std::get<Matrix<double>>(batch.inputs).rows();
    CHECK(seen == rows);
    CHECK(resident_bytes() - before < file_bytes / 10);
}

TEST_CASE("npy: target columns are checked") {
    const TemporaryDirectory directory;
    const std::string path = counting_file(directory.file("x.npy"), 2, 2);
    CHECK_THROWS_AS(open_npy(path, Columns{2}), InvalidArgument);
    CHECK_THROWS_AS(open_npy(path, Columns{-1}), InvalidArgument);
    CHECK_THROWS_AS(open_npy(path, Columns{0, 0}), InvalidArgument);
    CHECK_THROWS_AS(open_npy(path, Columns{0, 1}), InvalidArgument);
    CHECK_THROWS_AS(open_npy(directory.file("none.npy"), Columns{}), IoError);
    Batch batch;
    CHECK_THROWS_AS(open_npy(path)->read(0, batch), InvalidArgument);
}

TEST_CASE("npy: NaN and infinity are refused with their row and column") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("x.npy");
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        write_file(path,
                   npy_file(1, dictionary("<f4", "(2, 3)"), bytes_of<float>({0, 1, 2, 3, bad, 5})));
        Batch batch;
        const auto reader = open_npy(path);
        REQUIRE(reader->read(1, batch));
        const std::string message =
            message_of<FormatError>([&] { static_cast<void>(reader->read(1, batch)); });
        CHECK(contains(message, path));
        CHECK(contains(message, "row 2, column 2"));
        CHECK_THROWS_AS(read_npy(path), FormatError);
    }
}

TEST_CASE("npy: what is not read is refused with its reason") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("x.npy");
    const std::string data(16, '\0');
    const auto refusal = [&](const std::string& content) {
        write_file(path, content);
        const std::string message =
            message_of<FormatError>([&] { static_cast<void>(read_npy(path)); });
        CHECK(contains(message, path));
        return message;
    };
    const auto of_dictionary = [&](const std::string& text) {
        return refusal(npy_file(1, text, data));
    };
    CHECK(contains(refusal(""), "empty file"));
    CHECK(contains(refusal("a,b\n1,2\n"), "not a .npy file"));
    CHECK(contains(refusal(npy_file(4, dictionary("<f8", "(1, 2)"), data)), "version 4"));
    CHECK(contains(of_dictionary("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2)}"),
                   "Fortran order"));
    CHECK(contains(of_dictionary(dictionary(">f8", "(1, 2)")), "big-endian"));
    CHECK(contains(of_dictionary(dictionary("|O", "(1, 2)")), "'|O'"));
    CHECK(contains(of_dictionary(dictionary("<c16", "(1, 1)")), "'<c16'"));
    CHECK(
        contains(of_dictionary("{'descr': [('a', '<f8')], 'fortran_order': False}"), "structured"));
    CHECK(contains(of_dictionary(dictionary("<f8", "()")), "0 dimensions"));
    CHECK(contains(of_dictionary(dictionary("<f8", "(1, 1, 1, 1, 1, 1)")), "6 dimensions"));
    CHECK(contains(of_dictionary(dictionary("<f8", "(2, 0)")), "empty array"));
    CHECK(contains(of_dictionary(dictionary("<f8", "(3, 1)")), "3 x 1"));
    CHECK(contains(of_dictionary(dictionary("<f8", "(1, 1)")), "16 bytes of data"));
    for (const char* text :
         {"", "{", "{}", "{'descr': '<f8', 'fortran_order': False}", "{'descr': '<f8", "[1]",
          "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)} + 1",
          "{'descr': '<f8', 'fortran_order': 0, 'shape': (1, 2)}",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2)}",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2}",
          "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 99999999999999999999)}"}) {
        INFO(text);
        CHECK(contains(of_dictionary(text), "damaged .npy header"));
    }
    for (const char* shape :
         {"(4611686018427387904, 2)", "(9223372036854775807, 1)",
          "(9223372036854775807, 9223372036854775807)", "(2305843009213693954,)"}) {
        INFO(shape);
        CHECK(contains(of_dictionary(dictionary("<f8", shape)), "promises"));
    }
}

TEST_CASE("npy: every truncation is an error") {
    const TemporaryDirectory directory;
    const std::string path = counting_file(directory.file("x.npy"), 2, 2);
    const std::string bytes = content_of(path);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        write_file(path, bytes.substr(0, length));
        INFO("length " << length);
        CHECK_THROWS_AS(read_npy(path), FormatError);
    }
}

TEST_CASE("npy: the writer's bytes are NumPy's") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("out.npy");
    NpyWriter writer(path, 2, 3, NpyScalar::float32);
    const auto rows = matrix_of(2, 3, {1, 2, 3, 4, 5, 0.1});
    writer.append(rows.view().middle_rows(0, 1));
    CHECK_FALSE(std::filesystem::exists(path));
    writer.append(rows.view().middle_rows(1, 1));
    writer.commit();
    const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    const std::string expected =
        npy_file(1, header + std::string(118 - 1 - header.size(), ' ') + '\n',
                 bytes_of<float>({1, 2, 3, 4, 5, 0.1F}));
    CHECK(content_of(path) == expected);
}

TEST_CASE("npy: what the writer writes the reader reads") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("out.npy");
    Matrix<float> singles(300, 7);
    for (Index k = 0; k < 2100; ++k) singles.data()[k] = 1.0F / static_cast<float>(k + 1);
    for (const NpyScalar scalar : {NpyScalar::float32, NpyScalar::float64}) {
        NpyWriter writer(path, 300, 6, scalar);
        writer.append(singles.view().middle_columns(1, 6));
        writer.commit();
        const Matrix<double> read = read_npy(path);
        REQUIRE(read.rows() == 300);
        REQUIRE(read.columns() == 6);
        for (Index i = 0; i < 300; ++i)
            for (Index j = 0; j < 6; ++j)
                REQUIRE(read(i, j) == static_cast<double>(singles(i, j + 1)));
    }
}

TEST_CASE("npy: tiles from several threads") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("out.npy");
    constexpr Index n = 50;
    Matrix<double> whole(n, n);
    for (Index k = 0; k < n * n; ++k) whole.data()[k] = static_cast<double>(k);
    NpyWriter writer(path, n, n, NpyScalar::float64);
    std::vector<std::thread> threads;
    for (Index first = 0; first < n; first += 20)
        threads.emplace_back([&, first] {
            const Index height = std::min<Index>(20, n - first);
            for (Index column = 0; column < n; column += 15) {
                const Index width = std::min<Index>(15, n - column);
                writer.write_tile(first, column,
                                  std::as_const(whole)
                                      .view()
                                      .middle_rows(first, height)
                                      .middle_columns(column, width));
            }
        });
    for (std::thread& thread : threads) thread.join();
    writer.commit();
    CHECK(read_npy(path) == whole);
}

TEST_CASE("npy: the writer refuses what does not fit, and an unfinished array") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("out.npy");
    CHECK_THROWS_AS(NpyWriter(path, -1, 2, NpyScalar::float32), InvalidArgument);
    CHECK_THROWS_AS(NpyWriter(directory.file("none/x"), 1, 2, NpyScalar::float32), IoError);
    {
        NpyWriter writer(path, 2, 3, NpyScalar::float32);
        CHECK_THROWS_AS(writer.append(Matrix<double>(1, 2)), DimensionMismatch);
        CHECK_THROWS_AS(writer.append(Matrix<double>(3, 3)), DimensionMismatch);
        CHECK_THROWS_AS(writer.write_tile(1, 2, Matrix<float>(1, 2)), DimensionMismatch);
        CHECK_THROWS_AS(writer.write_tile(2, 0, Matrix<float>(1, 1)), DimensionMismatch);
        CHECK_THROWS_AS(writer.write_tile(-1, 0, Matrix<float>(1, 1)), DimensionMismatch);
        writer.append(Matrix<float>(1, 3));
        CHECK_THROWS_AS(writer.commit(), DimensionMismatch);
    }
    CHECK(directory.entries() == 0);
}

TEST_CASE("npy: float16 is rounded to nearest, and refuses what it cannot hold") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("half.npy");
    const auto write = [&](const Matrix<float>& numbers) {
        NpyWriter writer(path, 1, numbers.columns(), NpyScalar::float16);
        writer.append(numbers.view());
        writer.commit();
    };
    Matrix<float> numbers(1, 6);
    std::ranges::copy(std::vector<float>{0.1F, -1.0F / 3, 65504, 65519, 1e-7F, 1e-9F},
                      numbers.data());
    write(numbers);
    // The neighbours by Python's struct.pack('<e', x).
    CHECK(read_npy(path) ==
          matrix_of(1, 6, {0.0999755859375, -0.333251953125, 65504, 65504, 0x1p-23, 0}));
    numbers(0, 3) = 65520;
    CHECK(contains(message_of<InvalidArgument>([&] { write(numbers); }), "65520"));
}
