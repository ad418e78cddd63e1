#include "solve/row_products.hpp"

#include "core/dispatch.hpp"

namespace sketchntk {

namespace {

constexpr Index lanes = 16;
constexpr Index rows_together = 4;

// Interleaved sums vectorise without changing their order.
struct LaneSums {
    double lane[lanes] = {};

    [[nodiscard]] double total() const {
        double sum = 0.0;
        for (const double part : lane) sum += part;
        return sum;
    }
};

// Rows that come from memory arrive in time only if they are asked for this many rows before;
// measured, half the time of a pass over tiles beyond the cache.
constexpr Index rows_ahead = 12;
constexpr Index floats_in_cache_line = 16;

// Four rows at once, so that x and sums are loaded once for them.
SKETCHNTK_VECTOR_DISPATCH
void four_symmetric(const float* rows, Index stride, Index count, const double* x, double* products,
                    const double* factors, double* sums) {
    const float* r0 = rows;
    const float* r1 = r0 + stride;
    const float* r2 = r1 + stride;
    const float* r3 = r2 + stride;
    LaneSums s0, s1, s2, s3;
    Index j = 0;
    for (; j + lanes <= count; j += lanes) {
        for (Index line = 0; line < rows_together; ++line)
            __builtin_prefetch(rows + rows_ahead * stride + rows_together * j +
                               line * floats_in_cache_line);
        for (Index lane = 0; lane < lanes; ++lane) {
            const Index k = j + lane;
            const double a = r0[k];
            const double b = r1[k];
            const double c = r2[k];
            const double d = r3[k];
            s0.lane[lane] += a * x[k];
            s1.lane[lane] += b * x[k];
            s2.lane[lane] += c * x[k];
            s3.lane[lane] += d * x[k];
            sums[k] += (a * factors[0] + b * factors[1]) + (c * factors[2] + d * factors[3]);
        }
    }
    for (; j < count; ++j) {
        s0.lane[0] += static_cast<double>(r0[j]) * x[j];
        s1.lane[0] += static_cast<double>(r1[j]) * x[j];
        s2.lane[0] += static_cast<double>(r2[j]) * x[j];
        s3.lane[0] += static_cast<double>(r3[j]) * x[j];
        sums[j] +=
            (static_cast<double>(r0[j]) * factors[0] + static_cast<double>(r1[j]) * factors[1]) +
            (static_cast<double>(r2[j]) * factors[2] + static_cast<double>(r3[j]) * factors[3]);
    }
    products[0] += s0.total();
    products[1] += s1.total();
    products[2] += s2.total();
    products[3] += s3.total();
}

SKETCHNTK_VECTOR_DISPATCH
double dot(const float* row, const double* x, Index count) {
    LaneSums sums;
    Index j = 0;
    for (; j + lanes <= count; j += lanes)
        for (Index lane = 0; lane < lanes; ++lane)
            sums.lane[lane] += static_cast<double>(row[j + lane]) * x[j + lane];
    for (; j < count; ++j) sums.lane[0] += static_cast<double>(row[j]) * x[j];
    return sums.total();
}

SKETCHNTK_VECTOR_DISPATCH
void add_multiple(const float* row, double factor, double* sums, Index count) {
    for (Index j = 0; j < count; ++j) sums[j] += static_cast<double>(row[j]) * factor;
}

SKETCHNTK_VECTOR_DISPATCH
void add_four_multiples(const float* rows, Index stride, const double* factors, double* sums,
                        Index count) {
    const float* r1 = rows + stride;
    const float* r2 = r1 + stride;
    const float* r3 = r2 + stride;
    for (Index j = 0; j < count; ++j)
        sums[j] +=
            (static_cast<double>(rows[j]) * factors[0] + static_cast<double>(r1[j]) * factors[1]) +
            (static_cast<double>(r2[j]) * factors[2] + static_cast<double>(r3[j]) * factors[3]);
}

}  // namespace

void add_products(MatrixView<const float> rows, const double* x, double* products) {
    for (Index i = 0; i < rows.rows(); ++i)
        products[i] += dot(rows.row(i).data(), x, rows.columns());
}

void add_combination(MatrixView<const float> rows, const double* factors, double* sums) {
    Index i = 0;
    for (; i + rows_together <= rows.rows(); i += rows_together)
        add_four_multiples(rows.row(i).data(), rows.stride(), factors + i, sums, rows.columns());
    for (; i < rows.rows(); ++i) add_multiple(rows.row(i).data(), factors[i], sums, rows.columns());
}

void add_symmetric(MatrixView<const float> rows, const double* x, double* products,
                   const double* factors, double* sums) {
    Index i = 0;
    for (; i + rows_together <= rows.rows(); i += rows_together)
        four_symmetric(rows.row(i).data(), rows.stride(), rows.columns(), x, products + i,
                       factors + i, sums);
    for (; i < rows.rows(); ++i) {
        products[i] += dot(rows.row(i).data(), x, rows.columns());
        add_multiple(rows.row(i).data(), factors[i], sums, rows.columns());
    }
}

}  // namespace sketchntk
