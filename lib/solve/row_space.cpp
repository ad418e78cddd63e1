#include "solve/row_space.hpp"

#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"

#include <Eigen/Householder>
#include <Eigen/QR>

#include <algorithm>
#include <utility>

namespace sketchntk {

namespace {

// Reflections that are found, and applied to the rest, together; 48 to 128 take the same time.
constexpr Index panel_columns = 64;
// Columns that one task reflects.
constexpr Index strip_columns = 64;

using Columns = Eigen::Map<Eigen::MatrixXd, 0, Eigen::OuterStride<>>;

// The transposes of rows [first, first + count), from row `top` of them on.
Columns transposed(Matrix<double>& rows, Index first, Index count, Index top) {
    return {rows.row(first).data() + top, rows.columns() - top, count,
            Eigen::OuterStride<>(rows.columns())};
}

template <typename Body>
void for_each_strip(Index count, const Execution& execution, const Body& body) {
    parallel_for(execution, (count + strip_columns - 1) / strip_columns, [&](Index strip) {
        const Index first = strip * strip_columns;
        body(first, std::min(strip_columns, count - first));
    });
}

}  // namespace

RowSpace::RowSpace(Matrix<double>&& rows, const Execution& execution)
    : reflectors_(std::move(rows)), coefficients_(static_cast<std::size_t>(row_count())) {
    use_blas_on_one_thread();
    for (Index first = 0; first < row_count(); first += panel_columns) {
        const Index count = std::min(panel_columns, row_count() - first);
        const Index after = first + count;
        auto panel = transposed(reflectors_, first, count, first);
        const Eigen::HouseholderQR<Eigen::Ref<Eigen::MatrixXd, 0, Eigen::OuterStride<>>> factored(
            panel);
        std::copy_n(factored.hCoeffs().data(), count, coefficients_.data() + first);
        for_each_strip(row_count() - after, execution, [&](Index strip, Index width) {
            auto columns = transposed(reflectors_, after + strip, width, first);
            columns.applyOnTheLeft(factored.householderQ().adjoint());
        });
    }
}

Matrix<double> RowSpace::gram() const {
    const Eigen::MatrixXd transposed_factor =
        as_eigen(reflectors_).leftCols(row_count()).triangularView<Eigen::Lower>();
    Matrix<double> result(row_count(), row_count());
    as_eigen(result).selfadjointView<Eigen::Lower>().rankUpdate(transposed_factor.transpose());
    return result;
}

void RowSpace::multiply(OrthogonalFactor which, Matrix<double>& columns,
                        const Execution& execution) const {
    use_blas_on_one_thread();
    const Eigen::Map<const Eigen::MatrixXd> vectors(reflectors_.data(), column_count(),
                                                    row_count());
    const Eigen::Map<const Eigen::VectorXd> coefficients(coefficients_.data(), row_count());
    const auto reflections = Eigen::householderSequence(vectors, coefficients);
    for_each_strip(columns.columns(), execution, [&](Index first, Index count) {
        auto strip = as_eigen(columns.view().middle_columns(first, count));
        if (which == OrthogonalFactor::plain)
            strip.applyOnTheLeft(reflections);
        else
            strip.applyOnTheLeft(reflections.adjoint());
    });
}

}  // namespace sketchntk
