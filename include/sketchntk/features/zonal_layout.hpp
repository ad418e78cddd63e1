#pragma once

#include <sketchntk/kernels/gegenbauer_series.hpp>

#include <optional>
#include <vector>

namespace sketchntk {

/// What a caller wants of the degrees of zonal features.
struct ZonalDegrees {
    std::optional<Index> highest = {};  ///< the last degree that is not left out
    std::optional<Index> exact = {};    ///< degrees up to this one are exact

    bool operator==(const ZonalDegrees&) const = default;
};

/// The highest degree that zonal features may have: float32 holds the polynomials' coefficients.
inline constexpr Index highest_zonal_degree = 64;

/// How the columns of zonal features are divided, in the order of the columns.
struct ZonalLayout {
    Index exact_degree = 0;
    Index degree = 0;
    std::vector<Index> exact = {};  ///< columns of degree 0, 1, ..., exact_degree; 0 if c_l = 0
    Index even = 0;                 ///< random features of the even degrees that are left
    Index odd = 0;

    [[nodiscard]] Index exact_features() const;
    [[nodiscard]] Index features() const { return exact_features() + even + odd; }
    bool operator==(const ZonalLayout&) const = default;
};

/// Divides `features` columns.
///
/// Exact degrees take alpha_l columns each (degree 2 one more), none where c_l = 0; those above 2
/// need alpha_l^2 operations a row and are exact up to 2,048 harmonics only. What is left goes to
/// random features of even and of odd degrees, in proportion to the shares of kappa(1) that these
/// have to carry. Degrees that are not asked for, 4 to 24 for the highest or more where all fit
/// exactly, minimise
///     (sum_{exact < l <= q} c_l)^2 / random columns + sum_{l > q} c_l^2 / alpha_l
///         + (sum_{l > q} c_l)^2 / 200:
/// the mean square of noise and of what is left out, between independent points of the sphere, and
/// on the diagonal of a Gram matrix of 200 rows. So few, because rows of real tables have close
/// neighbours, between which high degrees count as on the diagonal; measured in docs/zonal.md.
///
/// @throws InvalidArgument for fewer than 3 features or fewer than the exact degrees and one of
///   each random kind need, for degrees above those of the series, and for exact degrees above the
///   highest.
[[nodiscard]] ZonalLayout zonal_layout(const GegenbauerSeries& series, Index features,
                                       const ZonalDegrees& wanted);

}  // namespace sketchntk
