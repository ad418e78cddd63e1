#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/parallel.hpp"
#include "solve/dense_cholesky.hpp"
#include "solve/rounded_text.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/tiled_cholesky.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

// Rows of a panel that one task works on.
constexpr Index strip_rows = 256;

// Columns of the inverse factor that one task works on.
constexpr Index inverse_columns = 128;

template <typename Body>
void for_each_strip(const Execution& execution, Index begin, Index end, const Body& body) {
    parallel_for(execution, (end - begin + strip_rows - 1) / strip_rows, [&](Index strip) {
        const Index first = begin + strip * strip_rows;
        body(strip, first, std::min(strip_rows, end - first));
    });
}

template <typename T>
RowMajor<double> widened(MatrixView<const T> view) {
    return as_eigen(view).template cast<double>();
}

template <typename T>
const KernelTiles<T>& checked(const KernelTiles<T>& kernel) {
    if (kernel.rows() != kernel.columns())
        throw DimensionMismatch("kernel: expected a square matrix, got " +
                                std::to_string(kernel.rows()) + " x " +
                                std::to_string(kernel.columns()));
    if (!kernel.symmetric()) throw InvalidArgument("kernel: expected a symmetric one, K(X, X)");
    if (kernel.rows() < 1) throw InvalidArgument("kernel: expected at least one row, got none");
    return kernel;
}

}  // namespace

template <typename T>
TiledCholesky<T>::TiledCholesky(const KernelTiles<T>& kernel, double shift,
                                const Execution& execution)
    : size_(checked(kernel).rows()) {
    use_blas_on_one_thread();
    allocate(execution);
    for (std::size_t p = 0; p < panels_.size(); ++p) {
        Panel& panel = panels_[p];
        execution.report({"Cholesky", panel.first_row, size_, "columns"});
        for_each_strip(execution, panel.first_row, size_, [&](Index, Index first, Index count) {
            update_strip(p, first, count, kernel, shift);
        });
        factor_diagonal_block(panel, shift);
        divide_by_diagonal_block(panel, execution);
    }
    execution.report({"Cholesky", size_, size_, "columns"});
}

// In parallel, because the first touch of so much memory takes a while.
template <typename T>
void TiledCholesky<T>::allocate(const Execution& execution) {
    const Index count = (size_ + panel_width - 1) / panel_width;
    panels_.resize(static_cast<std::size_t>(count));
    parallel_for(execution, count, [&](Index p) {
        Panel& panel = panels_[static_cast<std::size_t>(p)];
        panel.first_row = p * panel_width;
        panel.columns = std::min(panel_width, size_ - panel.first_row);
        panel.entries.resize(static_cast<std::size_t>((size_ - panel.first_row) * panel.columns));
    });
}

template <typename T>
void TiledCholesky<T>::update_strip(std::size_t number, Index first, Index count,
                                    const KernelTiles<T>& kernel, double shift) {
    Panel& panel = panels_[number];
    const MatrixView<T> strip = panel.rows(first, count);
    kernel.tile(first, panel.first_row, strip);
    for (Index i = first; i < std::min(first + count, panel.first_row + panel.columns); ++i)
        strip(i - first, i - panel.first_row) += static_cast<T>(shift);
    for (std::size_t k = 0; k < number; ++k) {
        const Panel& left = panels_[k];
        as_eigen(strip).noalias() -=
            as_eigen(left.rows(first, count)) *
            as_eigen(left.rows(panel.first_row, panel.columns)).transpose();
    }
}

template <typename T>
void TiledCholesky<T>::factor_diagonal_block(Panel& panel, double shift) const {
    const FailedPivot failed = factor_lower(panel.rows(panel.first_row, panel.columns));
    if (failed.number < 0) return;
    const char* precision = sizeof(T) == sizeof(float) ? "float32" : "float64";
    throw NumericalError("the kernel matrix plus " + rounded_text(shift) +
                         " on its diagonal is not positive definite in " + precision + ": pivot " +
                         std::to_string(panel.first_row + failed.number + 1) + " of " +
                         std::to_string(size_) + " is " + rounded_text(failed.value) +
                         ", which the smallest eigenvalue is no larger than: raise lambda, until " +
                         "more than " + rounded_text(shift - failed.value) +
                         " is added to the diagonal; rounding alone calls for about 2 sqrt(n) "
                         "epsilon = " +
                         rounded_text(2.0 * std::sqrt(static_cast<double>(size_)) *
                                      static_cast<double>(std::numeric_limits<T>::epsilon())) +
                         " (in units of the mean of the kernel's diagonal)");
}

template <typename T>
void TiledCholesky<T>::divide_by_diagonal_block(Panel& panel, const Execution& execution) const {
    const auto block = as_eigen(panel.rows(panel.first_row, panel.columns));
    for_each_strip(execution, panel.first_row + panel.columns, size_,
                   [&](Index, Index first, Index count) {
                       auto strip = as_eigen(panel.rows(first, count));
                       block.template triangularView<Eigen::Lower>()
                           .transpose()
                           .template solveInPlace<Eigen::OnTheRight>(strip);
                   });
}

template <typename T>
Matrix<double> TiledCholesky<T>::solve(MatrixView<const double> right_hand_sides,
                                       const Execution& execution) const {
    if (right_hand_sides.rows() != size_)
        throw DimensionMismatch("right_hand_sides: expected " + std::to_string(size_) +
                                " rows, got " + std::to_string(right_hand_sides.rows()));
    Matrix<double> columns(size_, right_hand_sides.columns());
    as_eigen(columns) = as_eigen(right_hand_sides);
    if (columns.columns() == 0) return columns;
    forward(columns, execution);
    backward(columns, execution);
    return columns;
}

template <typename T>
void TiledCholesky<T>::forward(Matrix<double>& columns, const Execution& execution) const {
    for (const Panel& panel : panels_) {
        const Index below = panel.first_row + panel.columns;
        auto solved = as_eigen(columns.view().middle_rows(panel.first_row, panel.columns));
        widened(panel.rows(panel.first_row, panel.columns))
            .template triangularView<Eigen::Lower>()
            .solveInPlace(solved);
        for_each_strip(execution, below, size_, [&](Index, Index first, Index count) {
            as_eigen(columns.view().middle_rows(first, count)).noalias() -=
                widened(panel.rows(first, count)) * solved;
        });
    }
}

// Each strip's contribution is stored by itself and added in order.
template <typename T>
void TiledCholesky<T>::backward(Matrix<double>& columns, const Execution& execution) const {
    for (auto panel = panels_.rbegin(); panel != panels_.rend(); ++panel) {
        const Index below = panel->first_row + panel->columns;
        std::vector<RowMajor<double>> terms(
            static_cast<std::size_t>((size_ - below + strip_rows - 1) / strip_rows));
        for_each_strip(execution, below, size_, [&](Index strip, Index first, Index count) {
            terms[static_cast<std::size_t>(strip)] =
                widened(panel->rows(first, count)).transpose() *
                as_eigen(columns.view().middle_rows(first, count));
        });
        auto solved = as_eigen(columns.view().middle_rows(panel->first_row, panel->columns));
        for (const auto& term : terms) solved -= term;
        widened(std::as_const(*panel).rows(panel->first_row, panel->columns))
            .template triangularView<Eigen::Lower>()
            .transpose()
            .solveInPlace(solved);
    }
}

template <typename T>
std::vector<double> TiledCholesky<T>::inverse_diagonal(const Execution& execution) const {
    std::vector<double> diagonal(static_cast<std::size_t>(size_), 0.0);
    const Index blocks = (size_ + inverse_columns - 1) / inverse_columns;
    const Index round = 4 * thread_count(execution);
    for (Index done = 0; done < blocks; done += round) {
        execution.report({"inverse's diagonal", done * inverse_columns, size_, "columns"});
        parallel_for(execution, std::min(round, blocks - done), [&](Index block) {
            const Index first = (done + block) * inverse_columns;
            add_inverse_columns(
                first, std::span(diagonal).subspan(
                           static_cast<std::size_t>(first),
                           static_cast<std::size_t>(std::min(inverse_columns, size_ - first))));
        });
    }
    execution.report({"inverse's diagonal", size_, size_, "columns"});
    return diagonal;
}

// Columns of L^-1 from `first` on, which are zero above it, panel by panel; adds up their squares.
template <typename T>
void TiledCholesky<T>::add_inverse_columns(Index first, std::span<double> squares) const {
    const auto width = static_cast<Index>(squares.size());
    const Index top = first / panel_width * panel_width;
    RowMajor<T> columns = RowMajor<T>::Zero(size_ - top, width);
    columns.block(first - top, 0, width, width).setIdentity();
    for (std::size_t p = static_cast<std::size_t>(first / panel_width); p < panels_.size(); ++p) {
        const Panel& panel = panels_[p];
        const Index below = panel.first_row + panel.columns;
        auto solved = columns.middleRows(panel.first_row - top, panel.columns);
        as_eigen(panel.rows(panel.first_row, panel.columns))
            .template triangularView<Eigen::Lower>()
            .solveInPlace(solved);
        columns.bottomRows(size_ - below).noalias() -=
            as_eigen(panel.rows(below, size_ - below)) * solved;
    }
    for (Index i = first - top; i < columns.rows(); ++i)
        for (Index j = 0; j < width; ++j) {
            const auto entry = static_cast<double>(columns(i, j));
            squares[static_cast<std::size_t>(j)] += entry * entry;
        }
}

template <typename T>
Index TiledCholesky<T>::inverse_diagonal_bytes(Index size, int threads) {
    return threads * (size + panel_width) * inverse_columns * static_cast<Index>(sizeof(T));
}

template <typename T>
Index TiledCholesky<T>::bytes(Index size) {
    Index entries = 0;
    for (Index first = 0; first < size; first += panel_width)
        entries += (size - first) * std::min(panel_width, size - first);
    return entries * static_cast<Index>(sizeof(T));
}

template class TiledCholesky<float>;
template class TiledCholesky<double>;

}  // namespace sketchntk
