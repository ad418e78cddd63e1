#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/network.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sketchntk {

/// Everything that determines a feature map but the number of inputs: a small value, written to
/// model files instead of the random matrices it stands for.
struct FeatureMapConfiguration {
    std::string map = "ntkrf";  ///< one of `feature_map_names()`
    Network network = fully_connected_network(1);
    KernelKind kind = KernelKind::ntk;
    Index features = 1024;  ///< columns wanted of the map; `linear` has as many as it needs
    Seed seed = {};

    bool operator==(const FeatureMapConfiguration&) const = default;
};

/// A map z from rows to features with E <z(x), z(y)> = K(x, y), the kernel of the network in the
/// scale convention of `FullyConnectedKernel`, without any other factor.
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
    /// Floating-point operations to map one row; a multiplication and an addition count as two.
    [[nodiscard]] virtual double flops_per_row() const = 0;

    /// Maps rows to features. The features of a row do not depend, to the bit, on the rows beside
    /// it nor on the number of threads.
    /// @param x rows x inputs()
    /// @param out rows x features()
    /// @throws DimensionMismatch if the shapes do not fit, InvalidArgument if a value of x is not
    ///   finite (row and column named).
    void transform(MatrixView<const float> x, MatrixView<float> out,
                   const Execution& execution = {}) const;

  protected:
    /// As `transform`, with arguments already checked.
    virtual void map_rows(MatrixView<const float> x, MatrixView<float> out,
                          const Execution& execution) const = 0;
};

/// The map that `configuration` describes, for rows of `inputs` columns.
/// @throws InvalidArgument for an unknown map (with the nearest known name), a network that the map
///   cannot serve, or features or inputs below what it needs.
[[nodiscard]] std::unique_ptr<FeatureMap> make_feature_map(
    const FeatureMapConfiguration& configuration, Index inputs);

/// The names of all maps, sorted.
[[nodiscard]] std::vector<std::string> feature_map_names();

/// One JSON object; `feature_map_from_json` gives the same configuration back.
[[nodiscard]] std::string to_json(const FeatureMapConfiguration& configuration);
/// @throws FormatError if it is not such an object.
[[nodiscard]] FeatureMapConfiguration feature_map_from_json(std::string_view json);

}  // namespace sketchntk
