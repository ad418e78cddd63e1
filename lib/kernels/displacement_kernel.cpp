#include "core/finite.hpp"
#include "kernels/image_network.hpp"
#include "kernels/slice_passes.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <list>
#include <map>
#include <optional>
#include <utility>

namespace sketchntk {

namespace {

template <typename T>
void one_pixel(const std::array<double, lane_count<T>>& values, T* out) {
    std::transform(values.begin(), values.end(), out,
                   [](double value) { return static_cast<T>(value); });
}

// The pooled covariances as a slice of one pixel.
template <typename T>
DisplacementSlice<T> row_slice(const SliceSums<T>& pooled, bool tangent) {
    DisplacementSlice<T> slice({1, 1}, tangent);
    slice.place(0, 0);
    one_pixel<T>(pooled.nngp, slice.nngp());
    if (tangent) one_pixel<T>(pooled.ntk, slice.ntk_to_write());
    return slice;
}

// From a row or column to the next multiple of `side`, or the end.
Index to_next_block(Index first, Index end, Index side) {
    return std::min(end, (first / side + 1) * side) - first;
}

}  // namespace

std::string displacement_refusal(const Network& network, const ImageShape& shape) {
    return SlicePlan(network, shape).refusal;
}

template <typename T>
struct DisplacementKernel<T>::Implementation {
    using Pairs = std::vector<ImageWithGroup<T>>;

    /// Images in groups, and those that are paired with groups one by one, unless they are taken
    /// out of their groups whenever a pair needs them.
    struct Images {
        Index count = 0;
        std::vector<PreparedGroup<T>> groups;
        std::vector<PreparedImage<T>> one_by_one;
    };

    Implementation(const Network& network, KernelKind kind, const ImageShape& image_shape,
                   MatrixView<const T> x, std::optional<MatrixView<const T>> y)
        : shape(image_shape), tangent(kind == KernelKind::ntk), plan(network, shape) {
        check_image_network(network, kind, shape);
        if (!plan.refusal.empty())
            throw InvalidArgument("network: its kernel does not go by displacements: " +
                                  plan.refusal);
        plan_displacements();
        left = read(x, "x");
        if (keeps_images()) keep_images();
        if (!y) return;
        if (y->columns() != x.columns())
            throw DimensionMismatch("kernel: x has " + std::to_string(x.columns()) +
                                    " columns and y has " + std::to_string(y->columns()));
        other = read(*y, "y");
    }

    const Images& right() const { return other ? *other : left; }

    Images read(MatrixView<const T> x, const char* name) const {
        check_image_columns(x.columns(), shape, name);
        for (Index i = 0; i < x.rows(); ++i)
            for (Index j = 0; j < x.columns(); ++j)
                if (!std::isfinite(x(i, j)))
                    throw_not_finite(name, i, j, static_cast<double>(x(i, j)));
        Images images;
        images.count = x.rows();
        for (Index i = 0; i < x.rows(); i += lane_count<T>)
            images.groups.push_back(
                prepared(x.middle_rows(i, std::min(lane_count<T>, x.rows() - i))));
        return images;
    }

    void plan_displacements() {
        wanted = plan.wanted();
        for (std::size_t stage = 0; stage < plan.stages.size(); ++stage)
            wanted_before.push_back(plan.wanted_before(stage));
        at_once = images_at_once(SlicePasses<T>(plan, wanted, tangent, {}).bytes_an_image());
    }

    // With few displacements, to take an image out of its group would take as long as its pairs.
    bool keeps_images() const { return !plan.pools_globally; }
    void keep_images() {
        for (Index i = 0; i < left.count; ++i) left.one_by_one.push_back(taken_out(i));
    }
    PreparedImage<T> taken_out(Index i) const {
        return image_of(left.groups[static_cast<std::size_t>(i / lane_count<T>)],
                        i % lane_count<T>);
    }

    PreparedGroup<T> prepared(MatrixView<const T> images) const {
        PreparedGroup<T> group;
        const PixelExtent pixels = plan.stages.front().input;
        group.channels = channels_of(images, pixels.rows, pixels.columns);
        for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
            group.stages.emplace_back();
            if (meets_activations(plan.stages[stage].layers)) prepare_stage(group, images.rows());
        }
        if (meets_activations(plan.on_rows)) prepare_rows(group, images.rows());
        return group;
    }

    // Displacement 0 of the images with themselves, behind the stages that are prepared.
    void prepare_stage(PreparedGroup<T>& group, Index images) const {
        const std::size_t stage = group.stages.size() - 1;
        const SliceStage& layers = plan.stages[stage];
        DisplacementSlice<T> variances(layers.input, false);
        if (stage == 0) {
            variances.start_variances(group.channels);
        } else {
            variances.place(0, 0);
            for (Index lane = 0; lane < images; ++lane) {
                const PreparedImage<T> image = image_of(group, lane);
                const Pairs itself{{&image, &group}};
                DisplacementSlice<T> input(layers.input, false);
                SlicePasses<T>(plan, wanted_before[stage], false, itself).input_behind(input);
                for (Index k = lane; k < input.count(); k += lane_count<T>)
                    variances.nngp()[k] = input.nngp()[k];
            }
        }
        SliceRecursion<T>(group.stages.back()).apply(layers.layers, variances);
    }

    void prepare_rows(PreparedGroup<T>& group, Index images) const {
        SliceSums<T> variances;
        for (Index lane = 0; lane < images; ++lane) {
            const PreparedImage<T> image = image_of(group, lane);
            const Pairs itself{{&image, &group}};
            const auto k = static_cast<std::size_t>(lane);
            variances.nngp[k] = SlicePasses<T>(plan, wanted, false, itself).means().front().nngp[k];
        }
        DisplacementSlice<T> row = row_slice<T>(variances, false);
        SliceRecursion<T>(group.on_rows).apply(plan.on_rows, row);
    }

    // Of each pair the entries of all lanes.
    std::vector<std::array<T, lane_count<T>>> entries(const Pairs& pairs) const {
        const std::vector<SliceSums<T>> sums = SlicePasses<T>(plan, wanted, tangent, pairs).means();
        std::vector<std::array<T, lane_count<T>>> result(pairs.size());
        SliceRecursion<T> recursion;
        for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
            DisplacementSlice<T> row = row_slice<T>(sums[pair], tangent);
            recursion.of(pairs[pair].image->on_rows, pairs[pair].group->on_rows);
            recursion.apply(plan.on_rows, row);
            std::copy_n(tangent ? row.written_ntk() : row.nngp(), lane_count<T>,
                        result[pair].begin());
        }
        return result;
    }

    // Pairs of a symmetric kernel are taken in one order, so that both entries have the same bits.
    std::pair<Index, Index> ordered(Index i, Index j) const {
        return !other && i < j ? std::pair(j, i) : std::pair(i, j);
    }

    // Rows within a block of `lane_count`, and columns within another.
    void small_tile(Index first_row, Index first_column, MatrixView<T> out) const {
        std::map<std::pair<Index, Index>, std::array<T, lane_count<T>>> of_image_and_group;
        for (Index a = 0; a < out.rows(); ++a)
            for (Index b = 0; b < out.columns(); ++b) {
                const auto [i, j] = ordered(first_row + a, first_column + b);
                of_image_and_group[{i, j / lane_count<T>}] = {};
            }
        for (auto first = of_image_and_group.begin(); first != of_image_and_group.end();) {
            auto last = first;
            for (Index k = 0; k < at_once && last != of_image_and_group.end(); ++k) ++last;
            compute(first, last);
            first = last;
        }
        for (Index a = 0; a < out.rows(); ++a)
            for (Index b = 0; b < out.columns(); ++b) {
                const auto [i, j] = ordered(first_row + a, first_column + b);
                out(a, b) = of_image_and_group[{i, j / lane_count<T>}]
                                              [static_cast<std::size_t>(j % lane_count<T>)];
            }
    }

    template <typename Place>
    void compute(Place first, Place last) const {
        std::list<PreparedImage<T>> taken;
        Pairs pairs;
        for (Place place = first; place != last; ++place) {
            const auto [i, group] = place->first;
            if (left.one_by_one.empty()) taken.push_back(taken_out(i));
            pairs.push_back({left.one_by_one.empty()
                                 ? &taken.back()
                                 : &left.one_by_one[static_cast<std::size_t>(i)],
                             &right().groups[static_cast<std::size_t>(group)]});
        }
        for (const auto& of_lanes : entries(pairs)) (first++)->second = of_lanes;
    }

    ImageShape shape;
    bool tangent;
    SlicePlan plan;
    std::vector<StageDisplacements> wanted;
    std::vector<std::vector<StageDisplacements>> wanted_before;  ///< the input of each stage
    Index at_once = 1;
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
    return implementation_->left.count;
}

template <typename T>
Index DisplacementKernel<T>::columns() const {
    return implementation_->right().count;
}

template <typename T>
bool DisplacementKernel<T>::symmetric() const {
    return !implementation_->other;
}

template <typename T>
Index DisplacementKernel<T>::shared_side() const {
    return lane_count<T>;
}

template <typename T>
void DisplacementKernel<T>::tile(Index first_row, Index first_column, MatrixView<T> out) const {
    constexpr Index side = lane_count<T>;
    for (Index a = 0, rows = 0; a < out.rows(); a += rows) {
        rows = to_next_block(first_row + a, first_row + out.rows(), side);
        for (Index b = 0, columns = 0; b < out.columns(); b += columns) {
            columns = to_next_block(first_column + b, first_column + out.columns(), side);
            implementation_->small_tile(first_row + a, first_column + b,
                                        out.middle_rows(a, rows).middle_columns(b, columns));
        }
    }
}

template class DisplacementKernel<float>;
template class DisplacementKernel<double>;

}  // namespace sketchntk
