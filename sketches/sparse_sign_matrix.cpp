#include "sketches/sparse_sign_matrix.hpp"

#include "core/dispatch.hpp"
#include "core/finite.hpp"
#include "core/parallel.hpp"
#include "sketches/checks.hpp"
#include "sketches/row_lanes.hpp"
#include "sketches/stream_numbers.hpp"
#include "sketches/variance_terms.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace sketchntk::sketches {
namespace {

/// Columns that are hashed together.
constexpr Index chunk = 256;

/// Dense rows of a tile: so many groups of rows share the hashing of a column while the sums of all
/// outputs still fit into the cache.
Index groups_of_tile(Index outputs) {
    constexpr Index sums_in_cache = Index{1} << 18;
    return std::clamp<Index>(sums_in_cache / (row_lanes * outputs), 1, 4);
}

/// More outputs than this, and fewer rows than this, are worked on row by row: the sums of a whole
/// tile would take too much memory, or too few of its lanes would be used.
constexpr Index most_outputs_together = Index{1} << 20;
constexpr Index least_rows_together = 4;

/// Sparse rows of a tile have about so many entries and outputs together.
constexpr Index sparse_work_of_tile = Index{1} << 16;

SKETCHNTK_VECTOR_DISPATCH
void multiply(const float* factors, Index count, float* out) {
    for (Index k = 0; k < count; ++k) out[k] *= factors[k];
}

SKETCHNTK_VECTOR_DISPATCH
void multiply(float factor, Index count, float* out) {
    for (Index k = 0; k < count; ++k) out[k] *= factor;
}

template <typename T>
std::span<const T> part_of(std::span<const T> whole, Index first, Index count) {
    return whole.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

SparseRowsView::Row all_entries(const SparseRowsView& x) {
    const auto count = static_cast<std::size_t>(x.nonzeros());
    const SparseRowsView::Row first = x.row(0);
    return {{first.columns.data(), count}, {first.values.data(), count}};
}

/// Adds each entry of a column, entry k of column c being number k * count + c, times the column's
/// lanes to the lanes of its bucket. Column by column, because the next entry in the same block of
/// buckets may need the sum just written.
SKETCHNTK_VECTOR_DISPATCH
void add_lanes(const std::int32_t* buckets, const float* values, Index count, Index nonzeros,
               const float* columns, float* sums) {
    for (Index c = 0; c < count; ++c) {
        const float* column = columns + c * row_lanes;
        for (Index entry = c; entry < nonzeros * count; entry += count) {
            float* sum = sums + buckets[entry] * row_lanes;
            const float value = values[entry];
            // All lanes are read before one is written: the compiler cannot know that columns and
            // sums lie apart.
            std::array<float, static_cast<std::size_t>(row_lanes)> added;
            for (std::size_t lane = 0; lane < added.size(); ++lane) {
                added[lane] = sum[lane] + value * column[lane];
            }
            for (std::size_t lane = 0; lane < added.size(); ++lane) sum[lane] = added[lane];
        }
    }
}

}  // namespace

class SparseSignMatrix::Entries {
  public:
    explicit Entries(const HashedColumns& columns)
        : columns_(columns),
          scale_(static_cast<float>(1 / std::sqrt(static_cast<double>(columns.nonzeros())))),
          buckets_(static_cast<std::size_t>(chunk * columns.nonzeros())),
          values_(buckets_.size()) {}

    void fill(Index first_column, Index count) {
        resize(count);
        columns_.fill(first_column, buckets_, values_);
        scale();
    }
    void gather(std::span<const std::int64_t> columns) {
        resize(static_cast<Index>(columns.size()));
        columns_.gather(columns, buckets_, values_);
        scale();
    }

    [[nodiscard]] Index columns() const { return count_; }
    /// Multiplies each column by a number.
    void multiply_columns(std::span<const float> x) {
        for (Index k = 0; k < columns_.nonzeros(); ++k) {
            multiply(x.data(), count_, values_.data() + k * count_);
        }
    }
    /// Adds up columns [first, first + count) of those hashed.
    void add(Index first, Index count, std::span<float> sums) const {
        // Column by column, because the next one in the same block may need the sum just written.
        for (Index c = first; c < first + count; ++c) {
            for (Index k = 0; k < columns_.nonzeros(); ++k) {
                sums[static_cast<std::size_t>(buckets(k)[c])] += values(k)[c];
            }
        }
    }

    /// Bucket and value of entry k in each of the columns.
    [[nodiscard]] const std::int32_t* buckets(Index k) const {
        return buckets_.data() + k * count_;
    }
    [[nodiscard]] const float* values(Index k) const { return values_.data() + k * count_; }

  private:
    void resize(Index count) {
        count_ = count;
        buckets_.resize(static_cast<std::size_t>(count * columns_.nonzeros()));
        values_.resize(buckets_.size());
    }
    void scale() {
        if (columns_.nonzeros() > 1) {
            multiply(scale_, static_cast<Index>(values_.size()), values_.data());
        }
    }

    const HashedColumns& columns_;
    float scale_;
    Index count_ = 0;
    std::vector<std::int32_t> buckets_;
    std::vector<float> values_;
};

SparseSignMatrix::SparseSignMatrix(Index inputs, Index outputs, Index nonzeros, Seed seed)
    : inputs_(checked_dimension("inputs", inputs, 1, largest_sparse_dimension)),
      outputs_(checked_dimension("outputs", outputs)),
      nonzeros_(nonzeros),
      columns_(RandomStream(seed, stream_number::sparse_sign_columns), 0, outputs, nonzeros) {}

Index SparseSignMatrix::most_nonzeros(Index outputs) {
    return std::clamp<Index>(outputs, 1, HashedColumns::most_nonzeros);
}

void SparseSignMatrix::apply(MatrixView<const float> x, MatrixView<float> out,
                             const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, inputs_, outputs_);
    const Index tile = groups_of_tile(outputs_) * row_lanes;
    parallel_for(execution, (x.rows() + tile - 1) / tile, [&](Index t) {
        const Index first = t * tile;
        const Index count = std::min(tile, x.rows() - first);
        const MatrixView<const float> rows = x.middle_rows(first, count);
        if (count >= least_rows_together && outputs_ <= most_outputs_together) {
            apply_together(rows, first, out.middle_rows(first, count));
            return;
        }
        check_finite(rows, first);
        for (Index i = 0; i < count; ++i) apply_single(rows.row(i), out.row(first + i));
    });
}

void SparseSignMatrix::apply_together(MatrixView<const float> x, Index first_row,
                                      MatrixView<float> out) const {
    const Index groups = (x.rows() + row_lanes - 1) / row_lanes;
    const auto rows_of_group = [&](const auto& rows, Index group) {
        const Index first = group * row_lanes;
        return rows.middle_rows(first, std::min(row_lanes, rows.rows() - first));
    };
    Matrix<float> lanes(chunk, row_lanes), sums(groups * outputs_, row_lanes);
    Entries entries(columns_);
    for (Index first = 0; first < inputs_; first += chunk) {
        const Index count = std::min(chunk, inputs_ - first);
        entries.fill(first, count);
        for (Index group = 0; group < groups; ++group) {
            rows_to_lanes(rows_of_group(x, group).middle_columns(first, count), lanes.data());
            if (!all_finite({lanes.data(), static_cast<std::size_t>(count * row_lanes)})) {
                check_finite(x, first_row);
            }
            add_lanes(entries.buckets(0), entries.values(0), count, nonzeros_, lanes.data(),
                      sums.row(group * outputs_).data());
        }
    }
    for (Index group = 0; group < groups; ++group) {
        lanes_to_rows(sums.row(group * outputs_).data(), rows_of_group(out, group));
    }
}

void SparseSignMatrix::apply_single(std::span<const float> x, std::span<float> out) const {
    std::fill(out.begin(), out.end(), 0.0F);
    Entries entries(columns_);
    for (Index first = 0; first < inputs_; first += chunk) {
        const Index count = std::min(chunk, inputs_ - first);
        entries.fill(first, count);
        entries.multiply_columns(part_of(x, first, count));
        entries.add(0, count, out);
    }
}

void SparseSignMatrix::apply(const SparseRowsView& x, MatrixView<float> out,
                             const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, inputs_, outputs_);
    if (x.rows() == 0) return;
    const Index work_of_row = x.nonzeros() / x.rows() * nonzeros_ + outputs_;
    const Index tile = std::max<Index>(1, sparse_work_of_tile / work_of_row);
    parallel_for(execution, (x.rows() + tile - 1) / tile, [&](Index t) {
        const Index first = t * tile;
        const Index count = std::min(tile, x.rows() - first);
        const SparseRowsView rows = x.middle_rows(first, count);
        check_columns(rows, first);
        // All at once: a call for each row would take longer than the rest if rows are short.
        if (!all_finite(all_entries(rows).values)) check_finite(rows, first);
        apply_sparse(rows, out.middle_rows(first, count));
    });
}

void SparseSignMatrix::apply_sparse(const SparseRowsView& x, MatrixView<float> out) const {
    Entries entries(columns_);
    // The entries of all rows follow one another, so that short rows share the hashing.
    const SparseRowsView::Row all = all_entries(x);
    Index used = 0, hashed = 0;
    for (Index i = 0; i < x.rows(); ++i) {
        std::fill(out.row(i).begin(), out.row(i).end(), 0.0F);
        const Index end = used + static_cast<Index>(x.row(i).values.size());
        while (used < end) {
            if (used == hashed) {
                hashed = std::min(used + chunk, x.nonzeros());
                entries.gather(part_of(all.columns, used, hashed - used));
                entries.multiply_columns(part_of(all.values, used, hashed - used));
            }
            const Index count = std::min(end, hashed) - used;
            entries.add(used - (hashed - entries.columns()), count, out.row(i));
            used += count;
        }
    }
}

void SparseSignMatrix::fill(Index first_input, Index first_output, MatrixView<float> block) const {
    check_block(first_input, first_output, block, inputs_, outputs_);
    Entries entries(columns_);
    for (Index first = 0; first < block.rows(); first += chunk) {
        const Index count = std::min(chunk, block.rows() - first);
        entries.fill(first_input + first, count);
        for (Index c = 0; c < count; ++c) {
            const std::span<float> row = block.row(first + c);
            std::fill(row.begin(), row.end(), 0.0F);
            for (Index k = 0; k < nonzeros_; ++k) {
                const Index output = entries.buckets(k)[c] - first_output;
                if (output >= 0 && output < block.columns()) {
                    row[static_cast<std::size_t>(output)] = entries.values(k)[c];
                }
            }
        }
    }
}

double SparseSignMatrix::variance(std::span<const float> x, std::span<const float> y) const {
    double inverse_sizes = 0;
    for (Index k = 0; k < nonzeros_; ++k) {
        const Index size = (k + 1) * outputs_ / nonzeros_ - k * outputs_ / nonzeros_;
        inverse_sizes += 1 / static_cast<double>(size);
    }
    return variance_terms(x, y, inputs_).of_signs() * inverse_sizes /
           static_cast<double>(nonzeros_ * nonzeros_);
}

double SparseSignMatrix::flops(Index rows) const {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(inputs_) *
           static_cast<double>(nonzeros_);
}

}  // namespace sketchntk::sketches
