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

/// S and T after the pixels are pooled.
struct Pooled {
    double nngp = 0;
    double ntk = 0;
};

template <typename T>
struct PreparedImage {
    PixelPlanes<T> pixels;
    VarianceMaps<T> on_pixels;
    VarianceMaps<T> on_rows;
};

template <typename T>
DisplacementSlice<T> slice_of(const Pooled& pooled, bool tangent) {
    DisplacementSlice<T> slice{
        .down = 0, .right = 0, .rows = 1, .columns = 1, .nngp = {}, .ntk = {}};
    slice.nngp.assign(1, static_cast<T>(pooled.nngp));
    slice.ntk.assign(tangent ? 1 : 0, static_cast<T>(pooled.ntk));
    return slice;
}

}  // namespace

std::string displacement_refusal(const Network& network, const ImageShape& shape) {
    return SlicePlan(network, KernelKind::nngp, shape).refusal;
}

template <typename T>
struct DisplacementKernel<T>::Implementation {
    using Images = std::vector<PreparedImage<T>>;

    Implementation(const Network& network, KernelKind kind, const ImageShape& image_shape,
                   MatrixView<const T> x, std::optional<MatrixView<const T>> y)
        : shape(image_shape), tangent(kind == KernelKind::ntk), plan(network, kind, shape) {
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

    PreparedImage<T> prepared(std::span<const T> values) const {
        const Index pixels = pixel_count(shape);
        const Index channels = static_cast<Index>(values.size()) / pixels;
        const double factor = 1 / std::sqrt(static_cast<double>(channels));
        PreparedImage<T> image;
        image.pixels = {shape.size() == 2 ? shape.front() : 1, shape.back(),
                        Matrix<T>(channels, pixels)};
        for (Index pixel = 0; pixel < pixels; ++pixel)
            for (Index c = 0; c < channels; ++c)
                image.pixels.values(c, pixel) = static_cast<T>(
                    factor *
                    static_cast<double>(values[static_cast<std::size_t>(pixel * channels + c)]));
        DisplacementSlice<T> slice;
        start_slice(image.pixels, image.pixels, false, slice);
        SliceRecursion<T>(image.on_pixels).apply(plan.on_pixels, slice);
        if (needs_variances(plan.on_rows)) {
            DisplacementSlice<T> row = slice_of<T>(pooled(image, image, false), false);
            SliceRecursion<T>(image.on_rows).apply(plan.on_rows, row);
        }
        return image;
    }

    Pooled pooled(const PreparedImage<T>& x, const PreparedImage<T>& y, bool with_tangent) const {
        SliceRecursion<T> recursion(x.on_pixels, y.on_pixels);
        DisplacementSlice<T> slice;
        Pooled sum;
        const Index far_down = plan.pools_globally ? x.pixels.rows - 1 : 0;
        const Index far_right = plan.pools_globally ? x.pixels.columns - 1 : 0;
        Index pixels = 0;
        for (Index down = -far_down; down <= far_down; ++down)
            for (Index across = -far_right; across <= far_right; ++across) {
                slice.down = down;
                slice.right = across;
                start_slice(x.pixels, y.pixels, with_tangent, slice);
                recursion.restart();
                recursion.apply(plan.on_pixels, slice);
                add(slice, sum);
                if (down == 0 && across == 0) pixels = slice.rows * slice.columns;
            }
        const auto count = static_cast<double>(plan.pools_globally ? pixels * pixels : pixels);
        return {sum.nngp / count, sum.ntk / count};
    }

    static void add(const DisplacementSlice<T>& slice, Pooled& sum) {
        if (slice.empty()) return;
        const auto count = static_cast<std::size_t>(slice.rows * slice.columns);
        for (std::size_t k = 0; k < count; ++k) sum.nngp += static_cast<double>(slice.nngp[k]);
        if (slice.ntk.empty()) return;
        for (std::size_t k = 0; k < count; ++k) sum.ntk += static_cast<double>(slice.ntk[k]);
    }

    T entry(Index i, Index j) const {
        const PreparedImage<T>& x = left[static_cast<std::size_t>(i)];
        const PreparedImage<T>& y = right()[static_cast<std::size_t>(j)];
        DisplacementSlice<T> slice = slice_of<T>(pooled(x, y, tangent), tangent);
        SliceRecursion<T>(x.on_rows, y.on_rows).apply(plan.on_rows, slice);
        return tangent ? slice.ntk.front() : slice.nngp.front();
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
    for (Index a = 0; a < out.rows(); ++a)
        for (Index b = 0; b < out.columns(); ++b) {
            const Index i = first_row + a, j = first_column + b;
            // The pair of a symmetric kernel in one order, so that both entries have the same bits.
            out(a, b) =
                symmetric() && i < j ? implementation_->entry(j, i) : implementation_->entry(i, j);
        }
}

template class DisplacementKernel<float>;
template class DisplacementKernel<double>;

}  // namespace sketchntk
