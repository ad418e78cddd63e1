#include "catch2.hpp"
#include "rows.hpp"

#include <sketchntk/data/row_split.hpp>
#include <sketchntk/data/split_reader.hpp>
#include <sketchntk/data/standardiser.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

const std::string folder = SKETCHNTK_SOURCE_DIRECTORY "/../shared/data/uci_regression/protein/";

bool protein_is_there() {
    if (std::filesystem::exists(folder + "data.csv.gz")) return true;
    WARN("skipped: " + folder + "data.csv.gz is not there");
    return false;
}

/// The file's numbers by the C library alone, comma after comma.
Table parsed_by_strtod(const std::string& path) {
    gzFile file = gzopen(path.c_str(), "rb");
    Table rows;
    char line[4096];
    while (gzgets(file, line, sizeof line) != nullptr) {
        std::vector<double>& row = rows.emplace_back();
        for (char* cell = line; *cell != '\0' && *cell != '\n';) {
            row.push_back(std::strtod(cell, &cell));
            if (*cell == ',') ++cell;
        }
    }
    gzclose(file);
    return rows;
}

}  // namespace

TEST_CASE("the protein file: every number, means and standard deviations") {
    if (!protein_is_there()) return;
    const Table expected = parsed_by_strtod(folder + "data.csv.gz");
    REQUIRE(expected.size() == 45730);
    const auto reader = open_rows({.path = folder + "data.csv.gz", .targets = {"-1"}});
    REQUIRE(reader->schema().input_count() == 9);
    Standardiser standardiser(reader->schema().input_names());
    std::vector<long double> sums(9);
    std::vector<long double> squares(9);
    Batch batch;
    Index equal_rows = 0;
    while (reader->read(4096, batch)) {
        const Matrix<double> inputs = batch.dense_inputs();
        for (Index i = 0; i < batch.rows(); ++i) {
            std::vector<double> row(inputs.row(i).begin(), inputs.row(i).end());
            row.push_back(batch.targets(i, 0));
            equal_rows += row == expected[static_cast<std::size_t>(batch.first_row + i)] ? 1 : 0;
        }
        standardiser.add(batch);
    }
    CHECK(equal_rows == 45730);
    standardiser.finish();
    REQUIRE(standardiser.output_columns() == 9);
    for (std::size_t j = 0; j < 9; ++j) {
        for (const auto& row : expected) sums[j] += row[j];
        const long double mean = sums[j] / 45730;
        for (const auto& row : expected) squares[j] += (row[j] - mean) * (row[j] - mean);
        const double scale = static_cast<double>(std::sqrt(squares[j] / 45730));
        CHECK(std::abs(standardiser.means()[j] - static_cast<double>(mean)) < 1e-12 * scale);
        CHECK(standardiser.scales()[j] == Approx(scale).epsilon(1e-12));
    }
}

TEST_CASE("the protein file: its ten splits") {
    if (!protein_is_there()) return;
    const Table mask = parsed_by_strtod(folder + "test_mask.csv.gz");
    for (const Index column : {1, 10}) {
        const RowSplit split = RowSplit::mask_file(folder + "test_mask.csv.gz", column);
        split.check_row_count(45730);
        const auto k = static_cast<std::size_t>(column - 1);
        Index test_rows = 0;
        bool equal = true;
        for (Index i = 0; i < 45730; ++i) {
            const bool expected = mask[static_cast<std::size_t>(i)][k] == 1;
            equal = equal && split.is_test(i) == expected;
            test_rows += expected ? 1 : 0;
        }
        CHECK(equal);
        SplitReader test(open_rows({.path = folder + "data.csv.gz", .targets = {"-1"}}), split,
                         SplitPart::test);
        Batch batch;
        while (test.read(1000, batch)) {
        }
        CHECK(test.row_count() == test_rows);
    }
}
