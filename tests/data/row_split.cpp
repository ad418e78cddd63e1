#include "catch2.hpp"
#include "rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/row_split.hpp>
#include <sketchntk/data/split_reader.hpp>

#include <cmath>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

struct NumberedFile {
    TemporaryDirectory directory;
    std::string path = directory.file("data.csv");

    explicit NumberedFile(Index rows = 1000) {
        std::string content = "x,y\n";
        for (Index i = 0; i < rows; ++i)
            content += std::to_string(i) + "," + std::to_string(-i) + "\n";
        write_file(path, content);
    }
    SplitReader part(const RowSplit& split, SplitPart which) const {
        return {open_rows({.path = path, .targets = {"y"}}), split, which};
    }
    std::string mask(const std::string& content) const {
        const std::string mask_path = directory.file("mask.csv");
        write_file(mask_path, content);
        return mask_path;
    }
};

}  // namespace

TEST_CASE("the fraction of test rows is within five standard errors") {
    for (const double fraction : {0.01, 0.2, 0.5, 0.9}) {
        const RowSplit split = RowSplit::fraction(fraction, Seed{17});
        const Index rows = 100'000;
        Index test_rows = 0;
        Index pairs = 0;
        for (Index i = 0; i < rows; ++i) {
            test_rows += split.is_test(i) ? 1 : 0;
            pairs += split.is_test(i) && split.is_test(i + 1) ? 1 : 0;
        }
        const double n = static_cast<double>(rows);
        const double error = std::sqrt(fraction * (1 - fraction) / n);
        CHECK(std::abs(static_cast<double>(test_rows) / n - fraction) < 5 * error);
        // Neighbours: variance of the mean of products, neighbouring products sharing a row.
        const double p = fraction * fraction;
        const double pair_error = std::sqrt((p * (1 - p) + 2 * (p * fraction - p * p)) / n);
        CHECK(std::abs(static_cast<double>(pairs) / n - p) < 5 * pair_error);
    }
}

TEST_CASE("a fraction is a function of seed and row, monotone in the fraction") {
    const RowSplit split = RowSplit::fraction(0.3, Seed{5});
    const RowSplit same = RowSplit::fraction(0.3, Seed{5});
    const RowSplit larger = RowSplit::fraction(0.6, Seed{5});
    const RowSplit other = RowSplit::fraction(0.3, Seed{6});
    Index differences = 0;
    for (Index i = 999; i >= 0; --i) {
        REQUIRE(split.is_test(i) == same.is_test(i));
        if (split.is_test(i)) REQUIRE(larger.is_test(i));
        differences += split.is_test(i) != other.is_test(i) ? 1 : 0;
    }
    CHECK(differences > 300);
    CHECK_FALSE(RowSplit::none().is_test(0));
    for (const double wrong : {0.0, 1.0, -0.1, std::nan("")})
        CHECK_THROWS_AS(RowSplit::fraction(wrong, Seed{1}), InvalidArgument);
}

TEST_CASE("both parts together are the data, in order, in full batches of any size") {
    const NumberedFile file;
    const RowSplit split = RowSplit::fraction(0.3, Seed{2});
    for (const Index batch_size : {Index{1}, Index{3}, Index{100}, Index{5000}}) {
        Index seen = 0;
        for (const SplitPart which : {SplitPart::training, SplitPart::test}) {
            SplitReader part = file.part(split, which);
            Table expected;
            for (Index i = 0; i < 1000; ++i)
                if (split.is_test(i) == (which == SplitPart::test))
                    expected.push_back({static_cast<double>(i)});
            const Rows rows = read_all(part, batch_size);
            CHECK(rows.inputs == expected);
            for (std::size_t k = 0; k < expected.size(); ++k)
                REQUIRE(rows.targets[k][0] == -expected[k][0]);
            for (std::size_t k = 0; k + 1 < rows.batch_rows.size(); ++k)
                REQUIRE(rows.batch_rows[k] == batch_size);
            CHECK(part.row_count() == static_cast<Index>(expected.size()));
            part.rewind();
            CHECK(read_all(part, batch_size) == rows);
            seen += static_cast<Index>(expected.size());
        }
        CHECK(seen == 1000);
    }
    SplitReader nothing = file.part(RowSplit::none(), SplitPart::test);
    CHECK(read_all(nothing).inputs.empty());
}

TEST_CASE("the parts of sparse rows stay sparse") {
    const TemporaryDirectory directory;
    const std::string path = directory.file("data.svm");
    write_file(path, "0 1:1\n1 2:2 3:3\n2\n3 1:4 3:5\n");
    write_file(directory.file("mask"), "0\n1\n1\n1\n");
    const RowSplit split = RowSplit::mask_file(directory.file("mask"), 1);
    SplitReader part(open_rows({.path = path}), split, SplitPart::test);
    Batch batch;
    REQUIRE(part.read(2, batch));
    CHECK(std::get<SparseRows>(batch.inputs).row_starts == std::vector<Index>{0, 2, 2});
    REQUIRE(part.read(2, batch));
    const auto& rows = std::get<SparseRows>(batch.inputs);
    CHECK(batch.first_row == 2);
    CHECK(rows.columns == 3);
    CHECK(rows.column_numbers == std::vector<std::int64_t>{0, 2});
    CHECK(rows.values == std::vector<double>{4, 5});
    CHECK(batch.targets(0, 0) == 3);
}

TEST_CASE("a mask file marks the test rows, a column for each split") {
    const NumberedFile file(3);
    const std::string mask = file.mask("0,1\n1,1\n0,0\n");
    SplitReader first = file.part(RowSplit::mask_file(mask, 1), SplitPart::test);
    CHECK(read_all(first).inputs == Table{{1}});
    SplitReader last = file.part(RowSplit::mask_file(mask, -1), SplitPart::training);
    CHECK(read_all(last).inputs == Table{{2}});
    CHECK_THROWS_AS(RowSplit::mask_file(mask, 3), InvalidArgument);
    CHECK_THROWS_AS(RowSplit::mask_file(mask, 0), InvalidArgument);
    CHECK(message_of<FormatError>([&] { (void)RowSplit::mask_file(file.mask("0\n2\n"), 1); }) ==
          file.directory.file("mask.csv") + ": row 2, column 1: expected 0 or 1, got 2");
    CHECK_THROWS_AS(RowSplit::mask_file(file.directory.file("absent"), 1), IoError);
}

TEST_CASE("a mask of another length than the data is refused, with both lengths") {
    const NumberedFile file(4);
    const RowSplit shorter = RowSplit::mask_file(file.mask("0\n1\n0\n"), 1);
    CHECK(contains(message_of<DimensionMismatch>([&] { (void)shorter.is_test(3); }),
                   "got 3 rows for data with at least 4 rows"));
    SplitReader part = file.part(shorter, SplitPart::test);
    CHECK_THROWS_AS(read_all(part), DimensionMismatch);
    const RowSplit longer = RowSplit::mask_file(file.mask("0\n1\n0\n1\n1\n"), 1);
    SplitReader all = file.part(longer, SplitPart::test);
    CHECK(contains(message_of<DimensionMismatch>([&] { (void)read_all(all); }),
                   "got 5 rows for data with 4 rows"));
}
