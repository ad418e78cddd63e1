#include "core/blas.hpp"
#include "core/dispatch.hpp"
#include "core/eigen.hpp"
#include "core/elementary.hpp"
#include "features/row_tiles.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/random_fourier_features.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sketchntk {

namespace {

SKETCHNTK_VECTOR_DISPATCH
void cosines_and_sines(const float* turns, float scale, float* cosines, float* sines, Index count) {
    for (Index k = 0; k < count; ++k) {
        const float rest = turns[k] - std::floor(turns[k] + 0.5F);
        // A rest of exactly one half would not fit into the signed number.
        const float word = std::min(rest * 0x1p32F, 0x1.fffffep30F);
        const SineCosine values =
            sine_cosine_of_turn(static_cast<std::uint32_t>(static_cast<std::int32_t>(word)));
        cosines[k] = scale * values.cosine;
        sines[k] = scale * values.sine;
    }
}

double checked_bandwidth(double bandwidth, Index inputs) {
    if (bandwidth == 0) return std::sqrt(static_cast<double>(inputs));
    if (!(bandwidth > 0) || !std::isfinite(bandwidth))
        throw InvalidArgument("bandwidth: expected a positive number, got " +
                              std::to_string(bandwidth));
    return bandwidth;
}

}  // namespace

RandomFourierFeatures::RandomFourierFeatures(ShiftInvariantKernel kernel, double bandwidth,
                                             Index features, Seed seed, Index inputs)
    : kernel_(kernel), pairs_(features / 2), seed_(seed), inputs_(inputs) {
    if (features < 2)
        throw InvalidArgument("features: random Fourier features need at least 2, got " +
                              std::to_string(features));
    if (inputs < 1)
        throw InvalidArgument("random Fourier features: expected at least one input, got " +
                              std::to_string(inputs));
    bandwidth_ = checked_bandwidth(bandwidth, inputs);
}

RandomFourierFeatures::~RandomFourierFeatures() = default;

std::int64_t RandomFourierFeatures::bytes(int threads) const {
    return static_cast<std::int64_t>(sizeof(float)) * pairs_ * (inputs_ + threads * row_tile);
}

double RandomFourierFeatures::flops_per_row() const {
    return static_cast<double>(pairs_) * (2.0 * static_cast<double>(inputs_) + 40);
}

const Matrix<float>& RandomFourierFeatures::frequencies() const {
    std::call_once(draw_once_, [&] {
        Matrix<float> drawn(pairs_, inputs_);
        const RandomStream normal(seed_, 0);
        const RandomStream divisors(seed_, 1);
        for (Index k = 0; k < pairs_; ++k) {
            double scale = 1 / (2 * std::numbers::pi * bandwidth_);
            if (kernel_ == ShiftInvariantKernel::laplace) {
                float divisor = 0;
                divisors.fill_normal(k, 0, {&divisor, 1});
                scale /= std::abs(static_cast<double>(divisor));
            }
            normal.fill_normal(k, 0, drawn.row(k));
            for (float& entry : drawn.row(k))
                entry = static_cast<float>(static_cast<double>(entry) * scale);
        }
        frequencies_ = std::move(drawn);
    });
    return frequencies_;
}

void RandomFourierFeatures::map_rows(MatrixView<const float> x, MatrixView<float> out,
                                     const Execution& execution) const {
    use_blas_on_one_thread();
    const Matrix<float>& drawn = frequencies();
    const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(pairs_)));
    map_tiles(x, out, execution, [&] {
        return [&drawn, scale, padded = Matrix<float>(row_tile, inputs_),
                turns = Matrix<float>(row_tile, pairs_)](MatrixView<const float> rows,
                                                         MatrixView<float> result) mutable {
            for (Index i = 0; i < rows.rows(); ++i)
                std::copy_n(rows.row(i).data(), rows.columns(), padded.row(i).data());
            as_eigen(turns).noalias() = as_eigen(padded) * as_eigen(drawn).transpose();
            for (Index i = 0; i < rows.rows(); ++i)
                cosines_and_sines(turns.row(i).data(), scale, result.row(i).data(),
                                  result.row(i).data() + turns.columns(), turns.columns());
        };
    });
}

}  // namespace sketchntk
