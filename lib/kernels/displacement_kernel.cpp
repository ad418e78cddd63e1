#include "core/finite.hpp"
#include "kernels/image_network.hpp"
#include "kernels/slice_plan.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>

#include <cmath>
#include <optional>
#include <utility>

namespace sketchntk {

namespace {

template <typename T>
struct PreparedImage {
    PixelMaps<T> channels;   ///< divided by the root of their number
    PixelMaps<T> on_pixels;  ///< variances
    PixelMaps<T> on_rows;    ///< likewise, each of one entry
};

template <typename T>
DisplacementSlice<T> row_slice(const SliceSums& pooled, bool tangent) {
    DisplacementSlice<T> slice(1, 1, 0, tangent);
    slice.rows = slice.columns = 1;
    slice.nngp()[0] = static_cast<T>(pooled.nngp);
    if (tangent) slice.ntk()[0] = static_cast<T>(pooled.ntk);
    return slice;
}

}  // namespace

std::string displacement_refusal(const Network& network, const ImageShape& shape) {
    return SlicePlan(network, shape).refusal;
}

template <typename T>
struct DisplacementKernel<T>::Implementation {
    using Images = std::vector<PreparedImage<T>>;

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
        OverlappingColumns<T> channels, variances;
        channels.assign(image.channels, image.channels, 0, stride);
        DisplacementSlice<T> slice(image_rows(), stride, plan.reach, false);
        slice.start(channels, channels.size(), image_rows(), image_columns(), 0, 0);
        SliceRecursion<T>(image.on_pixels, variances).apply(plan.on_pixels, slice);
        if (needs_variances(plan.on_rows)) {
            OverlappingColumns<T> of_row;
            DisplacementSlice<T> row = row_slice<T>(pooled(image, image, false), false);
            SliceRecursion<T>(image.on_rows, of_row).apply(plan.on_rows, row);
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
    SliceSums pooled(const PreparedImage<T>& x, const PreparedImage<T>& y,
                     bool with_tangent) const {
        const Index far_across = plan.pools_globally ? image_columns() - 1 : 0;
        SliceSums sums;
        for (Index across = -far_across; across <= far_across; ++across) {
            const SliceSums more = sums_of_columns(x, y, across, with_tangent);
            sums.nngp += more.nngp;
            sums.ntk += more.ntk;
        }
        const auto pixels = static_cast<double>(pixel_count(plan.last_image));
        const double count = plan.pools_globally ? pixels * pixels : pixels;
        return {sums.nngp / count, sums.ntk / count};
    }

    // Of all displacements with this number of columns.
    SliceSums sums_of_columns(const PreparedImage<T>& x, const PreparedImage<T>& y, Index across,
                              bool with_tangent) const {
        const Index stride = image_columns() - std::abs(across) + plan.reach;
        OverlappingColumns<T> channels, variances;
        channels.assign(x.channels, y.channels, across, stride);
        variances.assign(x.on_pixels, y.on_pixels, across, stride);
        DisplacementSlice<T> slice(image_rows(), stride, plan.reach, with_tangent);
        SliceRecursion<T> recursion(variances);
        const Index far_down = plan.pools_globally ? image_rows() - 1 : 0;
        SliceSums sums;
        for (Index down = -far_down; down <= far_down; ++down) {
            slice.start(channels, channels.size(), image_rows(), image_columns(), down, across);
            recursion.apply(plan.on_pixels, slice);
            const SliceSums more = sums_of(slice);
            sums.nngp += more.nngp;
            sums.ntk += more.ntk;
        }
        return sums;
    }

    T entry(Index i, Index j) const {
        const PreparedImage<T>& x = left[static_cast<std::size_t>(i)];
        const PreparedImage<T>& y = right()[static_cast<std::size_t>(j)];
        DisplacementSlice<T> row = row_slice<T>(pooled(x, y, tangent), tangent);
        OverlappingColumns<T> variances;
        variances.assign(x.on_rows, y.on_rows, 0, 1);
        SliceRecursion<T>(variances).apply(plan.on_rows, row);
        return tangent ? row.ntk()[0] : row.nngp()[0];
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
void DisplacementKernel<T>::tile(Index first_row, Index first_column, MatrixView<T> out) const {
    tile_by_pairs(first_row, first_column, symmetric(), out,
                  [this](Index i, Index j) { return implementation_->entry(i, j); });
}

template class DisplacementKernel<float>;
template class DisplacementKernel<double>;

}  // namespace sketchntk
