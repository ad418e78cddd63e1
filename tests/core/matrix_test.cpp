#include "catch2.hpp"

#include <sketchntk/core/matrix.hpp>

#include <cstdint>
#include <new>
#include <numeric>
#include <vector>

using namespace sketchntk;

TEST_CASE("a new matrix is zero, contiguous and aligned to a cache line") {
    for (const Index columns : {1, 3, 16, 17}) {
        Matrix<float> matrix(5, columns);
        CHECK(matrix.rows() == 5);
        CHECK(matrix.columns() == columns);
        CHECK(reinterpret_cast<std::uintptr_t>(matrix.data()) % 64 == 0);
        for (Index i = 0; i < 5; ++i) {
            CHECK(matrix.row(i).data() == matrix.data() + i * columns);
            for (const float entry : matrix.row(i)) CHECK(entry == 0.0F);
        }
    }
    CHECK(Matrix<float>().empty());
    CHECK(Matrix<float>(0, 3).empty());
    CHECK(Matrix<float>(3, 0).view().empty());
}

TEST_CASE("views name parts of a matrix without copying") {
    Matrix<double> matrix(4, 6);
    std::iota(matrix.data(), matrix.data() + 24, 0.0);

    const MatrixView<double> block = matrix.view().middle_rows(1, 2).middle_columns(2, 3);
    CHECK(block.rows() == 2);
    CHECK(block.columns() == 3);
    CHECK(block.stride() == 6);
    CHECK(block(0, 0) == 8.0);
    CHECK(block(1, 2) == 16.0);
    CHECK(block.row(1).size() == 3);

    block(1, 2) = -1.0;
    CHECK(matrix(2, 4) == -1.0);

    const MatrixView<const double> readable = block;
    CHECK(readable.data() == block.data());
    CHECK(readable(1, 2) == -1.0);
}

TEST_CASE("resize_rows keeps the leading rows and appends zeros") {
    Matrix<int> matrix(2, 2);
    matrix(1, 1) = 7;
    matrix.resize_rows(3);
    CHECK(matrix.rows() == 3);
    CHECK(matrix(1, 1) == 7);
    CHECK(matrix(2, 0) == 0);
    matrix.resize_rows(1);
    CHECK(matrix.rows() == 1);
    CHECK(matrix == Matrix<int>(1, 2));
}

TEST_CASE("the aligned allocator refuses sizes that overflow") {
    CHECK_THROWS_AS(CacheAlignedAllocator<double>().allocate(static_cast<std::size_t>(-1) / 4),
                    std::bad_array_new_length);
}
