#pragma once

#include "kernels/layer_recursion.hpp"

#include <sketchntk/core/matrix.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace sketchntk::bench {

/// What the layer recursion of the exact kernel wants to know of a row of entries, made up: the
/// time does not depend on the values, and everything stays in the first-level cache.
class CachedBlock {
  public:
    static constexpr Index entries = 256;

    CachedBlock(Index depth, bool bias)
        : dense_layers_(depth + 1),
          bends_(static_cast<std::size_t>(depth), 1.0F),
          has_bias_(std::make_unique<bool[]>(static_cast<std::size_t>(depth + 1))),
          trained_(std::make_unique<bool[]>(static_cast<std::size_t>(depth + 1))),
          weight_parts_(depth + 1, entries),
          bias_parts_(depth + 1, entries),
          deviations_(static_cast<std::size_t>(entries), 1.0F),
          cosines_(static_cast<std::size_t>(entries)),
          values_(static_cast<std::size_t>(entries)),
          scratch_(static_cast<std::size_t>(entries)) {
        std::fill_n(has_bias_.get(), depth + 1, bias);
        std::fill_n(trained_.get(), depth + 1, true);
        std::fill_n(weight_parts_.data(), (depth + 1) * entries, bias ? 0.8F : 1.0F);
        std::fill_n(bias_parts_.data(), (depth + 1) * entries, bias ? 0.6F : 0.0F);
        for (Index j = 0; j < entries; ++j)
            cosines_[static_cast<std::size_t>(j)] =
                0.98F * (2 * static_cast<float>(j) / static_cast<float>(entries) - 1);
    }

    void compute_row() {
        std::copy(cosines_.begin(), cosines_.end(), values_.begin());
        benchmark::DoNotOptimize(encode_cosines(values_.data(), entries, 1e-3F));
        apply_layers(values_.data(), {.dense_layers = dense_layers_,
                                      .bend = bends_.data(),
                                      .has_bias = has_bias_.get(),
                                      .trained = trained_.get(),
                                      .tangent = true,
                                      .count = entries,
                                      .left_weight = weight_parts_.data(),
                                      .left_bias = bias_parts_.data(),
                                      .left_stride = entries,
                                      .right_weight = weight_parts_.data(),
                                      .right_bias = bias_parts_.data(),
                                      .right_stride = entries,
                                      .left_deviation = 1.0F,
                                      .right_deviation = deviations_.data(),
                                      .scratch = scratch_.data()});
    }

  private:
    Index dense_layers_;
    std::vector<float> bends_;
    std::unique_ptr<bool[]> has_bias_;
    std::unique_ptr<bool[]> trained_;
    Matrix<float> weight_parts_;
    Matrix<float> bias_parts_;
    std::vector<float> deviations_;
    std::vector<float> cosines_;
    AlignedVector<float> values_;
    AlignedVector<float> scratch_;
};

}  // namespace sketchntk::bench
