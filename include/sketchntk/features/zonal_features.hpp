#pragma once

#include <sketchntk/features/direction_law.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/features/zonal_layout.hpp>
#include <sketchntk/kernels/gegenbauer_series.hpp>

#include <mutex>

namespace sketchntk {

/// Signs of the degrees within a random feature; the expectation is the same with any.
enum class ZonalSigns {
    alternating,  ///< + + - - + + - - ..., which keeps the features small
    equal         ///< all +, as published; to compare with
};

struct ZonalOptions {
    ZonalDegrees degrees = {};
    DirectionLaw directions = DirectionLaw::orthogonal;  ///< or sphere
    ZonalSigns signs = ZonalSigns::alternating;
    /// The caller's promise that every row has length sqrt(inputs), which makes the kernel of any
    /// network a function of the cosine alone.
    bool normalised_rows = false;

    bool operator==(const ZonalOptions&) const = default;
};

/// Features from the kernel's expansion in spherical harmonics: low degrees exactly, some higher
/// ones by random Gegenbauer features (Han, Zandieh and Avron 2022, "Random Gegenbauer features for
/// scalable kernel methods", section 4), the rest left out.
///
/// On rows x~ = [w_0 x / sqrt(d), b_0] the kernel is K(x, y) = |x~| |y~| kappa(u) with the cosine u
/// of x~ and y~ in D dimensions, kappa(u) = sum_l c_l P_l(u) (`GegenbauerSeries`), for networks
/// without a bias after the first layer; and for any network, in D = inputs dimensions, if all rows
/// have one length. With x^ = x~ / |x~| the features are |x~| times
///   - degree 0: sqrt(c_0);
///   - degree 1: sqrt(c_1) x^;
///   - degree 2: sqrt(c_2 D / (D - 1)) [x^_i^2 - g, sqrt 2 x^_i x^_j (i < j)], g making the trace
///     count as -1 / D;
///   - higher exact degrees: sqrt(c_l) L^-1 [P_l(<v_k, x^>)]_k, k = 1, ..., alpha_l, with the
///     Cholesky factor L of P_l(<v_j, v_k>), since that many points v_k in general position
///     determine a harmonic of degree l;
///   - random ones in directions w: f(<w, x^>) / sqrt(count), f = sum_l s_l sqrt(c_l alpha_l) P_l
///     over the even degrees for the first features, the odd ones for the others. A direction has a
///     feature of each kind as long as both last, so that there is no noise between even and odd
///     degrees; the features are divided in proportion to the two kinds' share of kappa(1), which
///     minimises the variance.
/// The signs s_l = (-1)^floor(l / 2) (`ZonalSigns::alternating`) leave the expectation as it is.
/// With s_l = 1, as in the paper, f peaks at <w, x^> = 1, where P_l(1) = 1 for all l, and features
/// have heavy tails; alternating signs, those of the expansion of a rectifier, peak at the equator,
/// where the polynomials are small. docs/zonal.md has the measurements.
///
/// <z(x), z(y)> is unbiased for the kernel cut off after `degree`; `missing_share` is the share of
/// the diagonal beyond. A zero row without b_0 has zero features.
///
/// Cost a row: D multiply-adds for each direction and 5 operations for each two degrees of a random
/// feature; alpha_l (alpha_l + D) multiply-adds for exact degrees above 2. Memory: the directions.
class ZonalFeatures final : public FeatureMap {
  public:
    /// @throws InvalidArgument if the network is not a fully connected one, is not homogeneous
    ///   while rows are not normalised, features are fewer than 3 or than the exact degrees asked
    ///   for need, or a degree is beyond `highest_resolved_degree`.
    ZonalFeatures(const Network& network, KernelKind kind, Index features,
                  const ZonalOptions& options, Seed seed, Index inputs);
    ~ZonalFeatures() override;

    [[nodiscard]] Index inputs() const override { return inputs_; }
    /// The number asked for, or less where the exact degrees are all of the kernel.
    [[nodiscard]] Index features() const override { return layout_.features(); }
    [[nodiscard]] std::int64_t bytes(int threads) const override;
    [[nodiscard]] double flops_per_row() const override;
    [[nodiscard]] double missing_share() const override;

    [[nodiscard]] const GegenbauerSeries& series() const { return series_; }
    [[nodiscard]] const ZonalLayout& layout() const { return layout_; }

  private:
    struct Drawn;
    class Tile;

    void map_rows(MatrixView<const float> x, MatrixView<float> out,
                  const Execution& execution) const override;
    void check_lengths(MatrixView<const float> x) const;
    [[nodiscard]] const Drawn& drawn() const;

    Index inputs_;
    Dense first_;  // 1 and no bias for rows of one length, where these are in the curve
    bool normalised_rows_;
    DirectionLaw directions_;
    ZonalSigns signs_;
    Seed seed_;
    GegenbauerSeries series_;
    ZonalLayout layout_;
    mutable std::once_flag draw_once_;
    mutable std::unique_ptr<const Drawn> drawn_;
};

}  // namespace sketchntk
