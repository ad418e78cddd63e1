#include "catch2.hpp"
#include "sketches/walsh_hadamard_kernels.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/sketches/walsh_hadamard.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

using namespace sketchntk;
using namespace sketchntk::sketches;

namespace {

float sign(Index i, Index j) {
    return std::popcount(static_cast<std::uint64_t>(i & j)) % 2 == 0 ? 1.0F : -1.0F;
}

Matrix<float> normal_rows(Index rows, Index columns) {
    Matrix<float> out(rows, columns);
    for (Index i = 0; i < rows; ++i) RandomStream(Seed{21}, 0).fill_normal(i, 0, out.row(i));
    return out;
}

/// The textbook's loop, which fixes the order of the additions.
void transform_plainly(std::span<float> row) {
    for (std::size_t stride = 1; stride < row.size(); stride *= 2) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if ((i & stride) != 0) continue;
            const float u = row[i], v = row[i + stride];
            row[i] = u + v;
            row[i + stride] = u - v;
        }
    }
}

Matrix<float> transformed_plainly(Matrix<float> rows) {
    for (Index i = 0; i < rows.rows(); ++i) transform_plainly(rows.row(i));
    return rows;
}

bool same_rows(MatrixView<const float> a, MatrixView<const float> b) {
    for (Index i = 0; i < a.rows(); ++i) {
        if (!std::equal(a.row(i).begin(), a.row(i).end(), b.row(i).begin())) return false;
    }
    return true;
}

/// A copy of `rows` that begins `offset` entries past a 64-byte boundary, in rows `gap` entries
/// apart.
class Displaced {
  public:
    Displaced(const Matrix<float>& rows, Index offset, Index gap)
        : entries_(static_cast<std::size_t>(offset + rows.rows() * (rows.columns() + gap)), 7.0F),
          view_(entries_.data() + offset, rows.rows(), rows.columns(), rows.columns() + gap) {
        for (Index i = 0; i < rows.rows(); ++i) {
            std::copy_n(rows.row(i).data(), rows.columns(), view_.row(i).data());
        }
    }
    [[nodiscard]] MatrixView<float> view() const { return view_; }
    /// Whether what lies before and between the rows is as it was.
    [[nodiscard]] bool surroundings_untouched() const {
        const auto inside = static_cast<std::size_t>(view_.rows() * view_.columns());
        return std::count(entries_.begin(), entries_.end(), 7.0F) ==
               static_cast<std::ptrdiff_t>(entries_.size() - inside);
    }

  private:
    AlignedVector<float> entries_;
    MatrixView<float> view_;
};

}  // namespace

TEST_CASE("the Walsh-Hadamard transform is the product with the signs (-1)^popcount(i & j)") {
    for (Index n = 1; n <= 1024; n *= 2) {
        INFO("length " << n);
        const Matrix<float> x = normal_rows(2, n);
        Matrix<float> out = x;
        walsh_hadamard_transform(out.row(0));
        walsh_hadamard_transform_rows(out.view().middle_rows(1, 1));
        for (Index r = 0; r < 2; ++r) {
            double worst = 0;
            for (Index i = 0; i < n; ++i) {
                double exact = 0;
                for (Index j = 0; j < n; ++j) {
                    exact += static_cast<double>(sign(i, j)) * static_cast<double>(x(r, j));
                }
                worst = std::max(worst, std::abs(static_cast<double>(out(r, i)) - exact));
            }
            // Each of log2 n levels rounds once, relative to numbers of size sqrt(n).
            CHECK(worst <= 2e-6 * std::sqrt(static_cast<double>(n)));
        }
    }
}

TEST_CASE("every vector unit gives the bits of the plain loop") {
    const Index lengths = 15;
    for (Index k = 0; k < lengths; ++k) {
        const Index n = Index{1} << k;
        const Matrix<float> x = normal_rows(std::max<Index>(2, 40 >> k), n);
        const Matrix<float> expected = transformed_plainly(x);
        for (const WalshHadamardKernel& kernel : walsh_hadamard_kernels()) {
            INFO("length " << n << ", registers of " << kernel.lanes);
            Matrix<float> out = x;
            kernel.transform_rows(out);
            CHECK(out == expected);
            const Displaced displaced(x, 3, 5);
            kernel.transform_rows(displaced.view());
            CHECK(same_rows(displaced.view(), expected));
        }
    }
}

TEST_CASE("every vector unit transforms columns as it does rows") {
    for (Index n = 1; n <= 512; n *= 2) {
        for (const Index columns : {16, 48}) {
            const Matrix<float> x = normal_rows(columns, n);
            const Matrix<float> expected = transformed_plainly(x);
            for (const WalshHadamardKernel& kernel : walsh_hadamard_kernels()) {
                INFO(n << " rows of " << columns << ", registers of " << kernel.lanes);
                Matrix<float> wide(n, columns + 9);
                const MatrixView<float> out = wide.view().middle_columns(2, columns);
                for (Index i = 0; i < n; ++i) {
                    for (Index j = 0; j < columns; ++j) out(i, j) = x(j, i);
                }
                kernel.transform_columns(out);
                bool same = true;
                for (Index i = 0; i < n; ++i) {
                    for (Index j = 0; j < columns; ++j) same = same && out(i, j) == expected(j, i);
                }
                CHECK(same);
            }
        }
    }
}

TEST_CASE("threads, batches and places in memory do not change a Walsh-Hadamard transform") {
    struct Shape {
        Index rows, length;
    };
    for (const Shape shape : {Shape{1000, 2}, Shape{300, 512}, Shape{37, 8192}, Shape{3, 1 << 16},
                              Shape{5, 1 << 17}, Shape{2, 1 << 20}}) {
        INFO(shape.rows << " rows of " << shape.length);
        const Matrix<float> x = normal_rows(shape.rows, shape.length);
        const Matrix<float> expected = transformed_plainly(x);
        for (const int threads : {1, 2, 5}) {
            Matrix<float> out = x;
            walsh_hadamard_transform_rows(out, Execution{.threads = threads});
            CHECK(out == expected);
        }
        const Displaced displaced(x, 1, 3);
        walsh_hadamard_transform_rows(displaced.view(), Execution{.threads = 2});
        CHECK(same_rows(displaced.view(), expected));
        CHECK(displaced.surroundings_untouched());
        Matrix<float> out = x;
        for (Index i = 0; i < std::min<Index>(shape.rows, 10); ++i) {
            walsh_hadamard_transform(out.row(i));
            CHECK(same_rows(out.view().middle_rows(i, 1), expected.view().middle_rows(i, 1)));
        }
    }
}

TEST_CASE("a Walsh-Hadamard transform keeps lengths, and undoes itself, up to a factor") {
    for (const Index n : {1, 64, 4096, 1 << 15, 1 << 18, 1 << 20}) {
        INFO("length " << n);
        const Matrix<float> x = normal_rows(1, n);
        Matrix<float> out = x;
        walsh_hadamard_transform(out.row(0));
        double before = 0, after = 0, difference = 0;
        for (Index j = 0; j < n; ++j) {
            before += std::pow(static_cast<double>(x(0, j)), 2);
            after += std::pow(static_cast<double>(out(0, j)), 2);
        }
        CHECK(after == Approx(static_cast<double>(n) * before).epsilon(1e-6));
        walsh_hadamard_transform(out.row(0));
        for (Index j = 0; j < n; ++j) {
            const double back = static_cast<double>(out(0, j)) / static_cast<double>(n);
            difference += std::pow(back - static_cast<double>(x(0, j)), 2);
        }
        CHECK(difference <= 1e-12 * before);
    }
}

TEST_CASE("the longest Walsh-Hadamard transform, of a row with two entries") {
    const Index n = Index{1} << 24;
    const Index first = 5'000'017, second = n - 2;
    for (const int threads : {1, 2}) {
        AlignedVector<float> row(static_cast<std::size_t>(n));
        row[static_cast<std::size_t>(first)] = 1.0F;
        row[static_cast<std::size_t>(second)] = -3.0F;
        walsh_hadamard_transform_rows({row.data(), 1, n}, Execution{.threads = threads});
        Index wrong = 0;
        for (Index i = 0; i < n; ++i) {
            const float expected = sign(i, first) - 3.0F * sign(i, second);
            wrong += row[static_cast<std::size_t>(i)] == expected ? 0 : 1;
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("a Walsh-Hadamard transform refuses lengths that are no powers of two") {
    std::vector<float> row(48, 1.0F);
    for (const std::size_t length : {0, 3, 6, 48}) {
        const std::span<float> part(row.data(), length);
        try {
            walsh_hadamard_transform(part);
            FAIL("length " << length << " was taken");
        } catch (const InvalidArgument& error) {
            const std::string message = error.what();
            CHECK(message.find("row: expected a power of two from 1 to 16777216, got ") == 0);
            CHECK(message.find(std::to_string(length)) != std::string::npos);
        }
        const MatrixView<float> rows(row.data(), 1, static_cast<Index>(length));
        CHECK_THROWS_AS(walsh_hadamard_transform_rows(rows), InvalidArgument);
    }
    // Found out before a single entry is looked at.
    const MatrixView<float> too_long(row.data(), 1, Index{1} << 25);
    CHECK_THROWS_AS(walsh_hadamard_transform_rows(too_long), InvalidArgument);
    CHECK(std::count(row.begin(), row.end(), 1.0F) == 48);
    walsh_hadamard_transform_rows({row.data(), 0, 16});
}
