#pragma once

#include "kernels/slice_recursion.hpp"

#include <sketchntk/kernels/network.hpp>

#include <optional>
#include <span>
#include <string>

namespace sketchntk {

/// The windows of an average pool along both axes.
struct PoolWindows {
    WindowAxis rows;
    WindowAxis columns;
};

/// Layers that a slice goes through without meeting another one: up to an average pool or to the
/// end of the pixels.
struct SliceStage {
    std::vector<SliceLayer> layers;
    PixelExtent input;
    PixelExtent output;  ///< of the layers
    Index row_step = 1;  ///< a displacement of the output comes from so many of the input
    Index column_step = 1;
    std::optional<PoolWindows> pool;  ///< behind the layers; none behind the last stage
};

/// Displacements that are wanted: each of `down` with each of `across`, in ascending order.
struct Displacements {
    std::vector<Index> down;
    std::vector<Index> across;
};

/// Those of a stage.
struct StageDisplacements {
    Displacements behind_layers;
    Displacements behind_pool;  ///< none without a pool
};

/// A network as slices go through it: stages of layers on pixels with average pools between them,
/// the pooling of all pixels, layers on rows.
struct SlicePlan {
    std::vector<SliceStage> stages;
    bool pools_globally = false;  ///< else it flattens: displacement 0 alone
    std::vector<SliceLayer> on_rows;
    std::string refusal;  ///< why slices cannot serve the network; empty if they can

    /// @param shape of the images, not empty
    SlicePlan(const Network& network, const ImageShape& shape);

    /// What the end of the pixels wants of each stage.
    [[nodiscard]] std::vector<StageDisplacements> wanted() const;
    /// What displacement 0 of the input of a stage wants of each stage before it.
    [[nodiscard]] std::vector<StageDisplacements> wanted_before(std::size_t stage) const;

  private:
    void refuse(const std::string& reason);  // the first reason stands
    void add_to_stages(const Layer& layer, const ImageShape& shape, const std::string& here);
    void append_all(std::span<const Layer> layers, ImageShape shape, const std::string& where,
                    SliceStage& stage);
    void append(const Layer& layer, const ImageShape& shape, const std::string& here,
                SliceStage& stage);
    SliceLayer convolution(const Convolution& conv, const ImageShape& shape,
                           const std::string& here, SliceStage& stage);
    SliceLayer residual(const Residual& layers, const ImageShape& shape, const std::string& here,
                        SliceStage& stage);
    [[nodiscard]] std::vector<StageDisplacements> wanted_by(StageDisplacements last,
                                                            std::size_t stage_count) const;
};

/// Whether any of the layers asks an image for maps of its own.
[[nodiscard]] bool meets_activations(const std::vector<SliceLayer>& layers);

}  // namespace sketchntk
