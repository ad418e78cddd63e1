#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/float_rows.hpp>

using namespace sketchntk;

namespace {

Batch dense_batch() {
    Matrix<double> inputs(2, 3);
    for (Index i = 0; i < 2; ++i) {
        for (Index j = 0; j < 3; ++j) inputs(i, j) = 0.1 * static_cast<double>(3 * i + j);
    }
    return {.first_row = 10, .inputs = inputs, .targets = {}};
}

Batch sparse_batch() {
    return {.first_row = 10,
            .inputs = SparseRows{.columns = 1000000,
                                 .row_starts = {0, 2, 2, 3},
                                 .column_numbers = {3, 999999, 0},
                                 .values = {0.1, -2, 7}},
            .targets = {}};
}

template <typename Call>
void check_refused(const Call& call, const std::string& part) {
    try {
        call();
        FAIL("it was taken");
    } catch (const NumericalError& error) {
        INFO(error.what());
        CHECK(std::string(error.what()).find(part) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("dense rows as float32") {
    const FloatRows rows(dense_batch());
    CHECK(!rows.sparse());
    CHECK(rows.rows() == 2);
    rows.visit([](const auto& view) {
        if constexpr (std::is_same_v<std::decay_t<decltype(view)>, MatrixView<const float>>) {
            CHECK(view.columns() == 3);
            CHECK(view(1, 2) == 0.5F);
        } else {
            FAIL("sparse");
        }
    });
}

TEST_CASE("sparse rows stay sparse") {
    const FloatRows rows(sparse_batch());
    CHECK(rows.sparse());
    CHECK(rows.rows() == 3);
    rows.visit([](const auto& view) {
        if constexpr (std::is_same_v<std::decay_t<decltype(view)>, SparseRowsView>) {
            CHECK(view.columns() == 1000000);
            CHECK(view.nonzeros() == 3);
            CHECK(view.row(0).columns[1] == 999999);
            CHECK(view.row(0).values[0] == 0.1F);
            CHECK(view.row(1).values.empty());
            CHECK(view.middle_rows(2, 1).row(0).values[0] == 7.0F);
            CHECK(view.middle_rows(2, 1).nonzeros() == 1);
        } else {
            FAIL("dense");
        }
    });
}

TEST_CASE("a value outside float32: row and column are named") {
    Batch dense = dense_batch();
    std::get<Matrix<double>>(dense.inputs)(1, 2) = 1e300;
    check_refused([&] { FloatRows rows(dense); }, "row 12, column 3");
    Batch sparse = sparse_batch();
    std::get<SparseRows>(sparse.inputs).values[1] = -1e300;
    check_refused([&] { FloatRows rows(sparse); }, "row 11, column 1000000");
}
