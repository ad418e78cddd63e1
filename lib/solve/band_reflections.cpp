#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "solve/band_reduction.hpp"

#include <algorithm>

namespace sketchntk {

namespace {

constexpr Index width = SymmetricBand::half_width;

// Columns that one task reflects.
constexpr Index strip_columns = 256;

// T of the blocks together: H_0 H_1 ... = I - V T V^T with V = (V_0, V_1, ...). Column block j of T
// is -T V^T V_j T_j above its diagonal block T_j, with V and T of the blocks before.
void merge_group(MatrixView<const double> reflectors, MatrixView<const double> blocks,
                 Index first_column, MatrixView<double> merged) {
    for (Index column = 0; column < blocks.rows(); column += width) {
        const auto block = as_eigen(blocks.middle_rows(column, width));
        as_eigen(merged.middle_rows(column, width).middle_columns(column, width)) = block;
        if (column == 0) continue;
        const Index row = first_column + column + width;
        const auto below = as_eigen(reflectors.middle_rows(row, reflectors.rows() - row)
                                        .middle_columns(first_column, column + width));
        const RowMajor<double> inner =
            below.leftCols(column).transpose() * below.rightCols(width) * block;
        as_eigen(merged.middle_rows(0, column).middle_columns(column, width)).noalias() =
            -as_eigen(merged.middle_rows(0, column).middle_columns(0, column)) * inner;
    }
}

// The reflections of a group: V is zero above its steps in the square at its top, where the matrix
// that it is kept in holds something else, and dense in the rows below.
class ReflectionGroup {
  public:
    ReflectionGroup(MatrixView<const double> reflectors, MatrixView<const double> factors,
                    Index group)
        : count_(std::min(merged_reflections, factors.rows() - group * merged_reflections)),
          first_row_(group * merged_reflections + width),
          top_rows_(std::min(count_, reflectors.rows() - first_row_)),
          factor_(
              factors.middle_rows(group * merged_reflections, count_).middle_columns(0, count_)),
          below_(
              reflectors
                  .middle_rows(first_row_ + top_rows_, reflectors.rows() - first_row_ - top_rows_)
                  .middle_columns(group * merged_reflections, count_)),
          top_(top_rows_, count_) {
        for (Index i = 0; i < top_rows_; ++i) {
            const auto row = reflectors.row(first_row_ + i).data() + group * merged_reflections;
            const Index filled = std::min(count_, (i / width + 1) * width);
            std::copy_n(row, filled, top_.row(i).data());
        }
    }

    // columns := columns - V F V^T columns, F = T or T^T.
    void apply(OrthogonalFactor which, MatrixView<double> columns) const {
        auto upper = as_eigen(columns.middle_rows(first_row_, top_rows_));
        auto lower = as_eigen(columns.middle_rows(first_row_ + top_rows_, below_.rows()));
        RowMajor<double> inner = as_eigen(top_).transpose() * upper;
        inner.noalias() += as_eigen(below_).transpose() * lower;
        if (which == OrthogonalFactor::plain)
            inner = as_eigen(factor_) * inner;
        else
            inner = as_eigen(factor_).transpose() * inner;
        upper.noalias() -= as_eigen(top_) * inner;
        lower.noalias() -= as_eigen(below_) * inner;
    }

  private:
    Index count_;
    Index first_row_;
    Index top_rows_;
    MatrixView<const double> factor_;
    MatrixView<const double> below_;
    Matrix<double> top_;
};

Index group_count(const Matrix<double>& factors) {
    return (factors.rows() + merged_reflections - 1) / merged_reflections;
}

}  // namespace

Matrix<double> merge_band_factors(MatrixView<const double> reflectors, const Matrix<double>& blocks,
                                  const Execution& execution) {
    Matrix<double> merged(blocks.rows(), merged_reflections);
    parallel_for(execution, group_count(blocks), [&](Index group) {
        const Index first = group * merged_reflections;
        const Index count = std::min(merged_reflections, blocks.rows() - first);
        merge_group(reflectors, blocks.view().middle_rows(first, count), first,
                    merged.view().middle_rows(first, count));
    });
    return merged;
}

void multiply_by_band_factor(MatrixView<const double> reflectors, const Matrix<double>& factors,
                             OrthogonalFactor which, MatrixView<double> columns,
                             const Execution& execution) {
    use_blas_on_one_thread();
    const Index groups = group_count(factors);
    const Index strips = (columns.columns() + strip_columns - 1) / strip_columns;
    parallel_for(execution, strips, [&](Index strip) {
        const Index column = strip * strip_columns;
        const auto own =
            columns.middle_columns(column, std::min(strip_columns, columns.columns() - column));
        for (Index k = 0; k < groups; ++k)
            ReflectionGroup(reflectors, factors,
                            which == OrthogonalFactor::plain ? groups - 1 - k : k)
                .apply(which, own);
    });
}

}  // namespace sketchntk
