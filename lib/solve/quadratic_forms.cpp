#include "solve/quadratic_forms.hpp"

#include "core/dispatch.hpp"

#include <algorithm>
#include <array>

namespace sketchntk {

namespace {

constexpr Index width = QuadraticForms::block_columns;

// One shift and `width` vectors side by side: `vectors` is size x width, `weights` size x targets.
SKETCHNTK_VECTOR_DISPATCH
void run_recurrence(const double* vectors, Index size, const double* multipliers,
                    const double* inverse_pivots, const double* weights, Index targets,
                    double* leverages, double* predictions) {
    std::array<double, width> v{};
    std::array<double, width> sums{};
    std::fill_n(predictions, targets * width, 0.0);
    for (Index k = 0; k < size; ++k) {
        const double multiplier = multipliers[k];
        const double inverse_pivot = inverse_pivots[k];
        const double* w = vectors + k * width;
        for (std::size_t i = 0; i < width; ++i) {
            v[i] = w[i] - multiplier * v[i];
            sums[i] += v[i] * v[i] * inverse_pivot;
        }
        for (Index j = 0; j < targets; ++j) {
            const double weight = weights[k * targets + j];
            double* prediction = predictions + j * width;
            for (std::size_t i = 0; i < width; ++i) prediction[i] += weight * v[i];
        }
    }
    std::copy(sums.begin(), sums.end(), leverages);
}

}  // namespace

QuadraticForms::QuadraticForms(const TridiagonalForm& form, const Matrix<double>& cross,
                               std::span<const double> shifts)
    : targets_(cross.columns()) {
    for (const double shift : shifts) {
        factors_.emplace_back(form.diagonal(), form.off_diagonal(), shift);
        factors_.back().half_solve(weights_.emplace_back(cross));
    }
}

void QuadraticForms::evaluate_block(MatrixView<const double> vectors, Index first,
                                    Matrix<double>& leverages, Matrix<double>& predictions) const {
    const Index size = vectors.rows();
    const Index count = std::min(width, vectors.columns() - first);
    // A strip of its own keeps the recurrence in cache over all shifts.
    Matrix<double> strip(size, width);
    for (Index k = 0; k < size; ++k)
        std::copy_n(vectors.row(k).data() + first, count, strip.row(k).data());
    for (std::size_t s = 0; s < factors_.size(); ++s) {
        const auto row = static_cast<Index>(s);
        run_recurrence(strip.data(), size, factors_[s].multipliers().data(),
                       factors_[s].inverse_pivots().data(), weights_[s].data(), targets_,
                       leverages.data() + row * width, predictions.data() + row * targets_ * width);
    }
}

Index QuadraticForms::bytes(Index features, Index targets, Index shifts) {
    return shifts * (2 + targets) * features * static_cast<Index>(sizeof(double));
}

}  // namespace sketchntk
