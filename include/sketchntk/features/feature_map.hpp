#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/core/sparse_rows_view.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network.hpp>
#include <sketchntk/kernels/network_shape.hpp>
#include <sketchntk/sketches/operator_description.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sketchntk {

/// Everything that determines a feature map but the number of inputs and what it learns from data:
/// a small value, written to model files instead of the random matrices it stands for.
struct FeatureMapConfiguration {
    std::string map = "ntkrf";  ///< one of `feature_map_names()`
    Network network = fully_connected_network(1);
    KernelKind kind = KernelKind::ntk;
    Index features = 1024;  ///< columns wanted of the map; `linear` has as many as it needs
    Seed seed = {};
    /// Of the map, each with a default where it is left out: see the class of the map.
    std::vector<std::pair<std::string, sketches::OptionValue>> options = {};
    /// Scale every row to length sqrt(inputs) first (`scale_rows_to_unit_mean_square`).
    bool normalise_rows = false;
    /// One map for the part of each trained layer (`networks_of_single_layers`), side by side.
    bool layer_blocks = false;
    /// Where rows are images: their pixels along each axis (`RowReader::image_pixels`).
    ImageShape image = {};

    bool operator==(const FeatureMapConfiguration&) const = default;
};

/// Columns of a map that belong together.
struct FeatureBlock {
    std::string name;
    Index first = 0;
    Index count = 0;

    bool operator==(const FeatureBlock&) const = default;
};

/// What a map learnt from data: rows of its own, for example landmarks. Empty for maps that are
/// random only.
using LearntRows = std::vector<Matrix<float>>;

/// A map z from rows to features with <z(x), z(y)> near K(x, y), the kernel of the network in the
/// scale convention of `FullyConnectedKernel`, without any other factor. For random maps it is the
/// expectation that equals K; each map's class says what it promises.
///
/// Making one costs nothing: its size, memory and work can be asked first, and random matrices are
/// drawn when the first rows are mapped. A map may be used from several threads at once.
class FeatureMap {
  public:
    virtual ~FeatureMap() = default;

    /// Columns of the rows that are mapped.
    [[nodiscard]] virtual Index inputs() const = 0;
    /// Columns of the result.
    [[nodiscard]] virtual Index features() const = 0;
    /// Bytes held while mapping with `threads` threads, beside rows and features themselves.
    [[nodiscard]] virtual std::int64_t bytes(int threads) const = 0;
    /// The same while mapping sparse rows of about so many entries each.
    [[nodiscard]] virtual std::int64_t sparse_bytes(int threads, Index entries) const;
    /// Floating-point operations to map one row; a multiplication and an addition count as two.
    [[nodiscard]] virtual double flops_per_row() const = 0;
    /// The share of K(x, x) that the features leave out on average, 0 to 1: what a map that cuts
    /// the kernel's expansion off does not have on the diagonal and hardly has elsewhere, so that a
    /// ridge can take its place.
    [[nodiscard]] virtual double missing_share() const { return 0; }
    /// Bytes held while it learns, beside the sample.
    [[nodiscard]] virtual std::int64_t learning_bytes() const { return 0; }
    /// What it learnt from data; `make_feature_map` takes it to make the same map again.
    [[nodiscard]] virtual LearntRows learnt() const { return {}; }
    /// Parts of the columns; one for all of them, named "all", unless blocks were asked for.
    [[nodiscard]] virtual std::vector<FeatureBlock> blocks() const;
    /// Whether sparse rows cost their nonzero entries only, and are never written out.
    [[nodiscard]] virtual bool keeps_sparse_rows() const { return false; }
    /// False for a map that is the same for every seed.
    [[nodiscard]] virtual bool depends_on_seed() const { return true; }
    /// False for features of another kernel, whose distance from the network's says nothing.
    [[nodiscard]] virtual bool approximates_network_kernel() const { return true; }

    /// Maps rows to features. The features of a row do not depend, to the bit, on the rows beside
    /// it nor on the number of threads.
    /// @param x rows x inputs()
    /// @param out rows x features()
    /// @throws DimensionMismatch if the shapes do not fit, InvalidArgument if a value of x is not
    ///   finite (row and column named) or the map cannot serve a row.
    void transform(MatrixView<const float> x, MatrixView<float> out,
                   const Execution& execution = {}) const;
    /// The same for sparse rows, equal to rounding.
    void transform(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const;

    /// As `transform`, with arguments already checked.
    virtual void map_rows(MatrixView<const float> x, MatrixView<float> out,
                          const Execution& execution) const = 0;
    /// Writes the rows out, some at a time, unless a map does better.
    virtual void map_sparse_rows(SparseRowsView x, MatrixView<float> out,
                                 const Execution& execution) const;
};

/// The map that `configuration` describes, for rows of `inputs` columns.
/// @param learnt what such a map learnt from data; without it, a map that learns can be asked for
///   its size, and refuses to map.
/// @throws InvalidArgument for an unknown map (with the nearest known name), a network that the map
///   cannot serve, an option that it does not have, or features or inputs below what it needs.
[[nodiscard]] std::unique_ptr<FeatureMap> make_feature_map(
    const FeatureMapConfiguration& configuration, Index inputs, LearntRows learnt = {});

/// The part of a configuration's seed (`Seed::child`) that draws the rows from which the map
/// learns.
inline constexpr std::uint32_t map_sample_rows = 0x73616d70;

/// How many rows of the data such a map would like to learn from; 0 if it does not learn.
/// @throws InvalidArgument for an unknown map.
[[nodiscard]] Index wanted_sample_rows(const FeatureMapConfiguration& configuration);

/// The map for rows like those of `sample`, learnt from them where the map learns.
/// @param sample at least one row, from all over the data
/// @throws as `make_feature_map`.
[[nodiscard]] std::unique_ptr<FeatureMap> learn_feature_map(
    const FeatureMapConfiguration& configuration, MatrixView<const float> sample,
    const Execution& execution = {});

/// The names of all maps, sorted.
[[nodiscard]] std::vector<std::string> feature_map_names();

/// The map's name and options, for example "nystrom(landmarks=uniform)".
[[nodiscard]] std::string map_text(const FeatureMapConfiguration& configuration);
/// Sets name and options from such a text.
/// @throws InvalidArgument that says where the text fails; names and options are looked at by
///   `make_feature_map`.
void set_map(FeatureMapConfiguration& configuration, std::string_view text);

/// One JSON object; `feature_map_from_json` gives the same configuration back.
[[nodiscard]] std::string to_json(const FeatureMapConfiguration& configuration);
/// @throws FormatError if it is not such an object.
[[nodiscard]] FeatureMapConfiguration feature_map_from_json(std::string_view json);

}  // namespace sketchntk
