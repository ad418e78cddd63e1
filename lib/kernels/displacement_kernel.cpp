#include "core/finite.hpp"
#include "kernels/image_network.hpp"
#include "kernels/slice_plan.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

namespace sketchntk {

namespace {

/// What an image brings to a pair, cut to the columns in which both overlap.
template <typename T>
struct CutImage {
    ColumnCut<T> channels;
    ColumnCut<T> on_pixels;
};

template <typename T>
struct PreparedImage {
    PixelMaps<T> channels;             ///< divided by the root of their number
    PixelMaps<T> on_pixels;            ///< for the activations before the pixels are pooled
    PixelMaps<T> on_rows;              ///< for those behind, each of one entry
    std::optional<CutImage<T>> whole;  ///< where only displacement 0 counts

    [[nodiscard]] CutImage<T> cut(Index first, Index fewer, Index stride) const {
        return {ColumnCut<T>(channels, first, fewer, stride),
                ColumnCut<T>(on_pixels, first, fewer, stride)};
    }
};

/// Cuts of the images of a tile, each made once.
template <typename T>
class CutImages {
  public:
    CutImages(Index first, Index fewer, Index stride)
        : first_(first), fewer_(fewer), stride_(stride) {}

    const CutImage<T>& of(const PreparedImage<T>& image) {
        if (image.whole) return *image.whole;
        const auto place = cuts_.find(&image);
        if (place != cuts_.end()) return place->second;
        return cuts_.emplace(&image, image.cut(first_, fewer_, stride_)).first->second;
    }

  private:
    Index first_, fewer_, stride_;
    std::map<const PreparedImage<T>*, CutImage<T>> cuts_;
};

template <typename T>
DisplacementSlice<T> row_slice(const SliceSums& pooled, bool tangent) {
    DisplacementSlice<T> slice(1, 1, 0, tangent);
    slice.rows = slice.columns = 1;
    slice.nngp()[0] = static_cast<T>(pooled.nngp);
    if (tangent) slice.ntk_to_write()[0] = static_cast<T>(pooled.ntk);
    return slice;
}

// Pairs whose images are cut together: a cut serves so many pairs, and all of them fit into the
// second-level cache.
constexpr Index tile_side = 8;

}  // namespace

std::string displacement_refusal(const Network& network, const ImageShape& shape) {
    return SlicePlan(network, shape).refusal;
}

template <typename T>
struct DisplacementKernel<T>::Implementation {
    using Images = std::vector<PreparedImage<T>>;
    using Pairs = std::vector<std::pair<const PreparedImage<T>*, const PreparedImage<T>*>>;

    Implementation(const Network& network, KernelKind kind, const ImageShape& image_shape,
                   MatrixView<const T> x, std::optional<MatrixView<const T>> y)
        : shape(image_shape), tangent(kind == KernelKind::ntk), plan(network, shape) {
        check_image_network(network, kind, shape);
        if (!plan.refusal.empty())
            throw InvalidArgument("network: its kernel does not go by displacements: " +
                                  plan.refusal);
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

    Index image_rows() const { return shape.size() == 2 ? shape.front() : 1; }
    Index image_columns() const { return shape.back(); }

    PreparedImage<T> prepared(std::span<const T> values) const {
        PreparedImage<T> image;
        image.channels = channels_of(values);
        const Index stride = image_columns() + plan.reach;
        const ColumnCut<T> channels(image.channels, 0, 0, stride);
        DisplacementSlice<T> slice(image_rows(), stride, plan.reach, false);
        slice.start(channels, channels, image_rows(), image_columns(), 0);
        SliceRecursion<T>(image.on_pixels).apply(plan.on_pixels, slice);
        if (!plan.pools_globally) image.whole = image.cut(0, 0, stride);
        if (meets_activations(plan.on_rows)) {
            const Pairs with_itself{{&image, &image}};
            DisplacementSlice<T> row = row_slice<T>(pooled(with_itself, false).front(), false);
            SliceRecursion<T>(image.on_rows).apply(plan.on_rows, row);
        }
        return image;
    }

    PixelMaps<T> channels_of(std::span<const T> values) const {
        const Index pixels = pixel_count(shape);
        const Index count = static_cast<Index>(values.size()) / pixels;
        const double factor = 1 / std::sqrt(static_cast<double>(count));
        PixelMaps<T> channels;
        for (Index c = 0; c < count; ++c) {
            Matrix<T> map(image_rows(), image_columns());
            for (Index pixel = 0; pixel < pixels; ++pixel)
                map.data()[pixel] = static_cast<T>(
                    factor *
                    static_cast<double>(values[static_cast<std::size_t>(pixel * count + c)]));
            channels.push_back(std::move(map));
        }
        return channels;
    }

    // The means of S and T over the pairs of pixels that the end of the pixels takes.
    std::vector<SliceSums> pooled(const Pairs& pairs, bool with_tangent) const {
        std::vector<SliceSums> sums(pairs.size());
        const Index far_across = plan.pools_globally ? image_columns() - 1 : 0;
        for (Index across = -far_across; across <= far_across; ++across)
            add_sums_of_columns(pairs, across, with_tangent, sums);
        const auto pixels = static_cast<double>(pixel_count(plan.last_image));
        const double count = plan.pools_globally ? pixels * pixels : pixels;
        for (SliceSums& sum : sums) {
            sum.nngp /= count;
            sum.ntk /= count;
        }
        return sums;
    }

    // Of all displacements with this number of columns.
    void add_sums_of_columns(const Pairs& pairs, Index across, bool with_tangent,
                             std::vector<SliceSums>& sums) const {
        const Index fewer = std::abs(across), overlap = image_columns() - fewer;
        const Index stride = overlap + plan.reach;
        CutImages<T> left_cuts(std::max<Index>(0, -across), fewer, stride);
        CutImages<T> right_cuts(std::max<Index>(0, across), fewer, stride);
        DisplacementSlice<T> slice(image_rows(), stride, plan.reach, with_tangent);
        for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
            const CutImage<T>& left_cut = left_cuts.of(*pairs[pair].first);
            const CutImage<T>& right_cut = right_cuts.of(*pairs[pair].second);
            SliceRecursion<T> recursion(left_cut.on_pixels, right_cut.on_pixels);
            const Index far_down = plan.pools_globally ? image_rows() - 1 : 0;
            SliceTotal<T> total(image_rows(), stride, with_tangent);
            for (Index down = -far_down; down <= far_down; ++down) {
                slice.start(left_cut.channels, right_cut.channels, image_rows(), overlap, down);
                recursion.apply(plan.on_pixels, slice);
                total.add(slice);
            }
            const SliceSums of_columns = total.sums();
            sums[pair].nngp += of_columns.nngp;
            sums[pair].ntk += of_columns.ntk;
        }
    }

    std::vector<T> entries(const Pairs& pairs) const {
        const std::vector<SliceSums> sums = pooled(pairs, tangent);
        std::vector<T> result;
        for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
            DisplacementSlice<T> row = row_slice<T>(sums[pair], tangent);
            const auto [x, y] = pairs[pair];
            const ColumnCut<T> of_x(x->on_rows, 0, 0, 1), of_y(y->on_rows, 0, 0, 1);
            SliceRecursion<T>(of_x, of_y).apply(plan.on_rows, row);
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
    return tile_side;
}

template <typename T>
void DisplacementKernel<T>::tile(Index first_row, Index first_column, MatrixView<T> out) const {
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
