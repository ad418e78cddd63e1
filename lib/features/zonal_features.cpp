#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "features/exact_harmonics.hpp"
#include "features/random_directions.hpp"
#include "features/row_length.hpp"
#include "features/row_tiles.hpp"
#include "features/unit_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/zonal_features.hpp>
#include <sketchntk/kernels/kernel_curve.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sketchntk {

namespace {

// Products with this many directions are made at a time, so that they stay in the cache until they
// become features.
constexpr Index directions_at_once = 256;

std::int64_t float_bytes(Index count) {
    return static_cast<std::int64_t>(count) * static_cast<std::int64_t>(sizeof(float));
}

Index checked_inputs(Index inputs) {
    if (inputs < 1)
        throw InvalidArgument("zonal: expected at least one input, got " + std::to_string(inputs));
    return inputs;
}

// kappa of rows of one length, of the cosine of the rows themselves.
std::vector<double> curve_of_rows(const Network& network, KernelKind kind,
                                  std::span<const double> cosines) {
    const Dense first = dense_layers(network).front();
    const double of_weights = first.w_std * first.w_std;
    const double of_bias = first.b_std * first.b_std;
    std::vector<double> inner;
    for (const double u : cosines)
        inner.push_back(std::clamp((of_weights * u + of_bias) / (of_weights + of_bias), -1.0, 1.0));
    return kernel_curve(network, kind, of_weights + of_bias, inner);
}

GegenbauerSeries series_of(const Network& network, KernelKind kind, const ZonalOptions& options,
                           Index inputs) {
    if (!options.normalised_rows && !is_homogeneous(network))
        throw InvalidArgument(
            "zonal: with a bias after the first layer the kernel depends on the lengths of the "
            "rows in another way than by a factor; scale them to one length with --normalise rows");
    const bool bias = !options.normalised_rows && dense_layers(network).front().b_std > 0;
    const Index dimension = checked_inputs(inputs) + (bias ? 1 : 0);
    const Index degree = highest_resolved_degree(dimension, highest_zonal_degree);
    const auto curve = [&](std::span<const double> cosines) {
        return options.normalised_rows ? curve_of_rows(network, kind, cosines)
                                       : kernel_curve(network, kind, 1, cosines);
    };
    GegenbauerSeries series = gegenbauer_series(dimension, degree, curve);
    if (!(series.at_one > 0)) throw InvalidArgument("zonal: the network's kernel is zero");
    return series;
}

// s_l sqrt(c_l) / sqrt(count) after the exact degrees, zero before.
std::vector<double> random_weights(const GegenbauerSeries& series, const ZonalLayout& layout,
                                   ZonalSigns signs, Index count) {
    std::vector<double> weights(static_cast<std::size_t>(layout.degree) + 1);
    for (Index l = layout.exact_degree + 1; l <= layout.degree; ++l) {
        const double sign = signs == ZonalSigns::alternating && l / 2 % 2 == 1 ? -1 : 1;
        weights[static_cast<std::size_t>(l)] =
            sign * std::sqrt(series.coefficients[static_cast<std::size_t>(l)] /
                             static_cast<double>(std::max<Index>(count, 1)));
    }
    return weights;
}

DirectionLaw checked_law(DirectionLaw law) {
    if (law != DirectionLaw::orthogonal && law != DirectionLaw::sphere)
        throw InvalidArgument("zonal: expected orthogonal directions or those of the sphere");
    return law;
}

}  // namespace

struct ZonalFeatures::Drawn {
    Matrix<float> directions;
    ParityPolynomial even;
    ParityPolynomial odd;
    std::vector<ExactHarmonics> harmonics;
};

ZonalFeatures::ZonalFeatures(const Network& network, KernelKind kind, Index features,
                             const ZonalOptions& options, Seed seed, Index inputs)
    : inputs_(inputs),
      first_(options.normalised_rows ? Dense{.w_std = 1} : dense_layers(network).front()),
      normalised_rows_(options.normalised_rows),
      directions_(checked_law(options.directions)),
      signs_(options.signs),
      seed_(seed),
      series_(series_of(network, kind, options, inputs)),
      layout_(zonal_layout(series_, features, options.degrees)) {}

ZonalFeatures::~ZonalFeatures() = default;

double ZonalFeatures::missing_share() const {
    return series_.missing_share(layout_.degree);
}

std::int64_t ZonalFeatures::bytes(int threads) const {
    const Index dimension = series_.dimension;
    std::int64_t shared = float_bytes(std::max(layout_.even, layout_.odd) * dimension);
    Index widest = directions_at_once;
    for (std::size_t l = 3; l < layout_.exact.size(); ++l) {
        shared += float_bytes(layout_.exact[l] * (dimension + layout_.exact[l]));
        widest = std::max(widest, layout_.exact[l]);
    }
    return shared + threads * float_bytes(row_tile * (dimension + 2 * widest));
}

double ZonalFeatures::flops_per_row() const {
    const auto dimension = static_cast<double>(series_.dimension);
    double flops = 4 * dimension;
    for (std::size_t l = 2; l < layout_.exact.size(); ++l) {
        const auto count = static_cast<double>(layout_.exact[l]);
        flops += l == 2 ? 2 * count : 2 * count * (count + dimension);
    }
    const auto degree = static_cast<double>(layout_.degree);
    return flops + 2 * dimension * static_cast<double>(std::max(layout_.even, layout_.odd)) +
           (2.5 * degree + 3) * static_cast<double>(layout_.even + layout_.odd);
}

const ZonalFeatures::Drawn& ZonalFeatures::drawn() const {
    std::call_once(draw_once_, [&] {
        const std::vector<double> recurrence =
            gegenbauer_recurrence(series_.dimension, std::max<Index>(layout_.degree, 1));
        auto drawn = std::make_unique<Drawn>(
            Drawn{unit_directions(directions_, std::max(layout_.even, layout_.odd),
                                  series_.dimension, seed_.child(0)),
                  {recurrence, random_weights(series_, layout_, signs_, layout_.even), false},
                  {recurrence, random_weights(series_, layout_, signs_, layout_.odd), true},
                  {}});
        for (std::size_t l = 3; l < layout_.exact.size(); ++l)
            if (layout_.exact[l] > 0)
                drawn->harmonics.emplace_back(series_.dimension, static_cast<Index>(l),
                                              layout_.exact[l], series_.coefficients[l], recurrence,
                                              seed_.child(static_cast<std::uint32_t>(l)));
        drawn_ = std::move(drawn);
    });
    return *drawn_;
}

// A tile of rows and the memory it needs.
class ZonalFeatures::Tile {
  public:
    explicit Tile(const ZonalFeatures& map)
        : map_(map),
          drawn_(map.drawn()),
          unit_rows_(map.first_, map.inputs_, row_tile),
          products_(row_tile, directions_at_once) {
        Index widest = 0;
        for (const ExactHarmonics& harmonics : drawn_.harmonics)
            widest = std::max(widest, harmonics.count());
        harmonic_products_ = Matrix<float>(row_tile, widest);
        harmonics_ = Matrix<float>(row_tile, widest);
    }

    void operator()(MatrixView<const float> x, MatrixView<float> out) {
        static_cast<void>(unit_rows_.of(x));
        for (Index i = 0; i < x.rows(); ++i) low_degrees(i, out.row(i));
        Index first = low_count();
        for (const ExactHarmonics& harmonics : drawn_.harmonics) {
            exact_harmonics(harmonics, out.middle_columns(first, harmonics.count()));
            first += harmonics.count();
        }
        const ZonalLayout& layout = map_.layout_;
        random(out.middle_columns(first, layout.even),
               out.middle_columns(first + layout.even, layout.odd));
    }

  private:
    [[nodiscard]] Index exact(std::size_t degree) const {
        return degree < map_.layout_.exact.size() ? map_.layout_.exact[degree] : 0;
    }
    [[nodiscard]] Index low_count() const { return exact(0) + exact(1) + exact(2); }
    [[nodiscard]] double coefficient(std::size_t degree) const {
        return map_.series_.coefficients[degree];
    }

    [[nodiscard]] float length(Index i) const {
        return static_cast<float>(unit_rows_.lengths()[static_cast<std::size_t>(i)]);
    }

    void low_degrees(Index i, std::span<float> out) const {
        const std::span<const float> unit = unit_rows_.tile().row(i);
        const float length = this->length(i);
        float* next = out.data();
        if (exact(0) > 0) *next++ = length * static_cast<float>(std::sqrt(coefficient(0)));
        if (exact(1) > 0) {
            const float scale = length * static_cast<float>(std::sqrt(coefficient(1)));
            for (const float entry : unit) *next++ = scale * entry;
        }
        if (exact(2) == 0) return;
        const auto d = static_cast<double>(unit.size());
        const double scale = static_cast<double>(length) * std::sqrt(coefficient(2) * d / (d - 1));
        const auto diagonal = static_cast<float>(scale);
        const auto beside = static_cast<float>(std::numbers::sqrt2 * scale);
        const auto mean = static_cast<float>(1 / d);
        for (std::size_t j = 0; j < unit.size(); ++j) {
            *next++ = diagonal * (unit[j] * unit[j] - mean);
            const float factor = beside * unit[j];
            for (std::size_t k = j + 1; k < unit.size(); ++k) *next++ = factor * unit[k];
        }
    }

    void exact_harmonics(const ExactHarmonics& harmonics, MatrixView<float> out) {
        const MatrixView<float> result = harmonics_.view().middle_columns(0, harmonics.count());
        harmonics.map(unit_rows_.tile(),
                      harmonic_products_.view().middle_columns(0, harmonics.count()), result);
        for (Index i = 0; i < out.rows(); ++i) {
            const float scale = length(i);
            for (Index k = 0; k < out.columns(); ++k) out(i, k) = scale * result(i, k);
        }
    }

    void random(MatrixView<float> even, MatrixView<float> odd) {
        const Index directions = drawn_.directions.rows();
        for (Index first = 0; first < directions; first += directions_at_once) {
            const Index count = std::min(directions_at_once, directions - first);
            const MatrixView<float> products = products_.view().middle_columns(0, count);
            as_eigen(products).noalias() =
                as_eigen(unit_rows_.tile()) *
                as_eigen(drawn_.directions.view().middle_rows(first, count)).transpose();
            evaluate(drawn_.even, products, first, even);
            evaluate(drawn_.odd, products, first, odd);
        }
    }

    // The features of directions first, ..., as far as there are any.
    void evaluate(const ParityPolynomial& polynomial, MatrixView<const float> products, Index first,
                  MatrixView<float> out) const {
        const Index count = std::min(products.columns(), out.columns() - first);
        if (count <= 0) return;
        for (Index i = 0; i < out.rows(); ++i)
            polynomial.evaluate(products.row(i).first(static_cast<std::size_t>(count)), length(i),
                                out.middle_columns(first, count).row(i));
    }

    const ZonalFeatures& map_;
    const Drawn& drawn_;
    UnitRows unit_rows_;
    Matrix<float> products_;
    Matrix<float> harmonic_products_;
    Matrix<float> harmonics_;
};

void ZonalFeatures::map_rows(MatrixView<const float> x, MatrixView<float> out,
                             const Execution& execution) const {
    use_blas_on_one_thread();
    static_cast<void>(drawn());
    if (normalised_rows_) check_lengths(x);
    map_tiles(x, out, execution, [&] { return Tile(*this); });
}

void ZonalFeatures::check_lengths(MatrixView<const float> x) const {
    for (Index i = 0; i < x.rows(); ++i) {
        const double mean = sum_of_squares(x.row(i)) / static_cast<double>(inputs_);
        if (std::abs(mean - 1) > 1e-3)
            throw InvalidArgument("zonal: row " + std::to_string(i + 1) +
                                  " was to have entries of mean square 1, has " +
                                  std::to_string(mean));
    }
}

}  // namespace sketchntk
