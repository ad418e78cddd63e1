#include "sketches/signed_rows.hpp"

#include "core/dispatch.hpp"

namespace sketchntk::sketches {
namespace {

SKETCHNTK_VECTOR_DISPATCH
void multiply(const float* a, const float* b, Index length, float* out) {
    for (Index j = 0; j < length; ++j) out[j] = a[j] * b[j];
}

}  // namespace

void multiply_entries(std::span<const float> a, std::span<const float> b, std::span<float> out) {
    multiply(a.data(), b.data(), static_cast<Index>(a.size()), out.data());
}

void SignedRow::load(std::span<const float> row, std::span<const float> signs) {
    multiply_entries(row, signs, entries_);
    std::fill(entries_.begin() + static_cast<std::ptrdiff_t>(row.size()), entries_.end(), 0.0F);
}

void SignedRow::load(const SparseRowsView::Row& row, std::span<const float> signs) {
    std::fill(entries_.begin(), entries_.end(), 0.0F);
    for (std::size_t k = 0; k < row.values.size(); ++k) {
        const auto column = static_cast<std::size_t>(row.columns[k]);
        entries_[column] = row.values[k] * signs[column];
    }
}

}  // namespace sketchntk::sketches
