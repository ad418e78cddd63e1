#include "core/finite.hpp"
#include "kernels/image_network.hpp"
#include "kernels/slice_passes.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace sketchntk {

namespace {

template <typename T>
DisplacementSlice<T> row_slice(const SliceSums& pooled, bool tangent) {
    DisplacementSlice<T> slice({1, 1}, 0, tangent);
    slice.place(0, 0);
    slice.nngp()[0] = static_cast<T>(pooled.nngp);
    if (tangent) slice.ntk_to_write()[0] = static_cast<T>(pooled.ntk);
    return slice;
}

}  // namespace

std::string displacement_refusal(const Network& network, const ImageShape& shape) {
    return SlicePlan(network, shape).refusal;
}

template <typename T>
struct DisplacementKernel<T>::Implementation {
    using Images = std::vector<PreparedImage<T>>;
    using Pairs = ImagePairs<T>;

    Implementation(const Network& network, KernelKind kind, const ImageShape& image_shape,
                   MatrixView<const T> x, std::optional<MatrixView<const T>> y)
        : shape(image_shape), tangent(kind == KernelKind::ntk), plan(network, shape) {
        check_image_network(network, kind, shape);
        if (!plan.refusal.empty())
            throw InvalidArgument("network: its kernel does not go by displacements: " +
                                  plan.refusal);
        plan_displacements();
        left = read(x, "x");
        if (!y) return;
        if (y->columns() != x.columns())
            throw DimensionMismatch("kernel: x has " + std::to_string(x.columns()) +
                                    " columns and y has " + std::to_string(y->columns()));
        other = read(*y, "y");
    }

    const Images& right() const { return other ? *other : left; }

    Images read(MatrixView<const T> x, const char* name) const {
        check_image_columns(x.columns(), shape, name);
        Images images;
        for (Index i = 0; i < x.rows(); ++i) {
            for (Index j = 0; j < x.columns(); ++j)
                if (!std::isfinite(x(i, j)))
                    throw_not_finite(name, i, j, static_cast<double>(x(i, j)));
            images.push_back(prepared(x.row(i)));
        }
        return images;
    }

    void plan_displacements() {
        wanted = plan.wanted();
        for (std::size_t stage = 0; stage < plan.stages.size(); ++stage)
            wanted_before.push_back(plan.wanted_before(stage));
        tile_side = images_across_tile(SlicePasses<T>(plan, wanted, tangent, {}).bytes_a_pair());
    }

    // With only one displacement of the images, their cuts are all alike.
    bool only_zero() const {
        return wanted.front().behind_layers.across.size() == 1 && plan.stages.size() == 1;
    }

    PreparedImage<T> prepared(std::span<const T> values) const {
        PreparedImage<T> image;
        image.channels = channels_of(values);
        for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
            image.stages.emplace_back();
            if (meets_activations(plan.stages[stage].layers)) prepare_stage(image);
        }
        if (only_zero()) image.whole = image.cut(0, 0);
        if (meets_activations(plan.on_rows)) {
            const Pairs itself{{&image, &image}};
            const SliceSums pooled = SlicePasses<T>(plan, wanted, false, itself).means().front();
            DisplacementSlice<T> row = row_slice<T>(pooled, false);
            SliceRecursion<T>(image.on_rows).apply(plan.on_rows, row);
        }
        return image;
    }

    // Displacement 0 of the image with itself, behind the stages that are prepared.
    void prepare_stage(PreparedImage<T>& image) const {
        const std::size_t stage = image.stages.size() - 1;
        const SliceStage& layers = plan.stages[stage];
        DisplacementSlice<T> slice(layers.input, layers.reach, false);
        if (stage == 0) {
            const ColumnCut<T> channels(image.channels, 0);
            slice.start(channels, channels, 0, 0);
        } else {
            const Pairs itself{{&image, &image}};
            SlicePasses<T>(plan, wanted_before[stage], false, itself).input_behind(slice);
        }
        PixelMaps<T> maps;
        SliceRecursion<T>(maps).apply(layers.layers, slice);
        image.stages.back() = std::move(maps);
    }

    PixelMaps<T> channels_of(std::span<const T> values) const {
        const Index pixels = pixel_count(shape);
        const Index count = static_cast<Index>(values.size()) / pixels;
        const double factor = 1 / std::sqrt(static_cast<double>(count));
        const SliceStage& first = plan.stages.front();
        PixelMaps<T> channels;
        for (Index c = 0; c < count; ++c) {
            Matrix<T> map(first.input.rows, first.input.columns);
            for (Index pixel = 0; pixel < pixels; ++pixel)
                map.data()[pixel] = static_cast<T>(
                    factor *
                    static_cast<double>(values[static_cast<std::size_t>(pixel * count + c)]));
            channels.push_back({std::move(map), first.input.columns + first.reach});
        }
        return channels;
    }

    std::vector<T> entries(const Pairs& pairs) const {
        const std::vector<SliceSums> sums = SlicePasses<T>(plan, wanted, tangent, pairs).means();
        std::vector<T> result;
        SliceRecursion<T> recursion;
        for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
            DisplacementSlice<T> row = row_slice<T>(sums[pair], tangent);
            const auto [x, y] = pairs[pair];
            const ColumnCut<T> of_x(x->on_rows, 0), of_y(y->on_rows, 0);
            recursion.of(of_x, of_y);
            recursion.apply(plan.on_rows, row);
            result.push_back(tangent ? row.written_ntk()[0] : row.nngp()[0]);
        }
        return result;
    }

    // Pairs of a symmetric kernel are taken in one order, so that both entries have the same bits,
    // and once where the tile has both.
    void small_tile(Index first_row, Index first_column, MatrixView<T> out) const {
        const Index shift = first_column - first_row;
        const auto is_copy = [&](Index a, Index b) {
            const Index row = b + shift, column = a - shift;
            return !other && a < b + shift && row < out.rows() && column >= 0 &&
                   column < out.columns();
        };
        Pairs pairs;
        for (Index a = 0; a < out.rows(); ++a)
            for (Index b = 0; b < out.columns(); ++b) {
                auto i = static_cast<std::size_t>(first_row + a);
                auto j = static_cast<std::size_t>(first_column + b);
                if (is_copy(a, b)) continue;
                if (!other && i < j) std::swap(i, j);
                pairs.emplace_back(&left[i], &right()[j]);
            }
        const std::vector<T> computed = entries(pairs);
        std::size_t next = 0;
        for (Index a = 0; a < out.rows(); ++a)
            for (Index b = 0; b < out.columns(); ++b)
                if (!is_copy(a, b)) out(a, b) = computed[next++];
        for (Index a = 0; a < out.rows(); ++a)
            for (Index b = 0; b < out.columns(); ++b)
                if (is_copy(a, b)) out(a, b) = out(b + shift, a - shift);
    }

    ImageShape shape;
    bool tangent;
    SlicePlan plan;
    std::vector<StageDisplacements> wanted;
    std::vector<std::vector<StageDisplacements>> wanted_before;  ///< the input of each stage
    Index tile_side = 1;
    Images left;
    std::optional<Images> other;
};

template <typename T>
DisplacementKernel<T>::DisplacementKernel(const Network& network, KernelKind kind,
                                          const ImageShape& shape, MatrixView<const T> x)
    : implementation_(
          std::make_unique<const Implementation>(network, kind, shape, x, std::nullopt)) {}

template <typename T>
DisplacementKernel<T>::DisplacementKernel(const Network& network, KernelKind kind,
                                          const ImageShape& shape, MatrixView<const T> x,
                                          MatrixView<const T> y)
    : implementation_(std::make_unique<const Implementation>(network, kind, shape, x, y)) {}

template <typename T>
DisplacementKernel<T>::~DisplacementKernel() = default;

template <typename T>
Index DisplacementKernel<T>::rows() const {
    return static_cast<Index>(implementation_->left.size());
}

template <typename T>
Index DisplacementKernel<T>::columns() const {
    return static_cast<Index>(implementation_->right().size());
}

template <typename T>
bool DisplacementKernel<T>::symmetric() const {
    return !implementation_->other;
}

template <typename T>
Index DisplacementKernel<T>::shared_side() const {
    return implementation_->tile_side;
}

template <typename T>
void DisplacementKernel<T>::tile(Index first_row, Index first_column, MatrixView<T> out) const {
    const Index tile_side = implementation_->tile_side;
    for (Index a = 0; a < out.rows(); a += tile_side)
        for (Index b = 0; b < out.columns(); b += tile_side)
            implementation_->small_tile(
                first_row + a, first_column + b,
                out.middle_rows(a, std::min(tile_side, out.rows() - a))
                    .middle_columns(b, std::min(tile_side, out.columns() - b)));
}

template class DisplacementKernel<float>;
template class DisplacementKernel<double>;

}  // namespace sketchntk
