#include <sketchntk/core/error.hpp>
#include <sketchntk/features/zonal_layout.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace sketchntk {

namespace {

constexpr Index most_exact_harmonics = 2048;
// Higher degrees cost time and hardly change the kernel, lower ones leave too much out.
constexpr Index highest_default_degree = 24;
constexpr Index least_default_degree = 4;
constexpr double diagonal_rows = 200;

class Division {
  public:
    Division(const GegenbauerSeries& series, Index features)
        : series_(series),
          counts_(harmonic_counts(series.dimension, series.degree())),
          features_(features) {}

    [[nodiscard]] double coefficient(Index l) const {
        return series_.coefficients[static_cast<std::size_t>(l)];
    }

    // Infinite for degrees that have too many harmonics.
    [[nodiscard]] double columns(Index l) const {
        const double count = counts_[static_cast<std::size_t>(l)];
        if (coefficient(l) == 0) return 0;
        if (l == 2) return count + 1;
        return l > 2 && count > static_cast<double>(most_exact_harmonics)
                   ? std::numeric_limits<double>::infinity()
                   : count;
    }

    [[nodiscard]] double columns_up_to(Index degree) const {
        double sum = 0;
        for (Index l = 0; l <= degree; ++l) sum += columns(l);
        return sum;
    }

    // Sums over even and odd degrees after the exact ones.
    [[nodiscard]] std::array<double, 2> random_shares(Index exact, Index degree) const {
        std::array<double, 2> shares{};
        for (Index l = exact + 1; l <= degree; ++l)
            shares[static_cast<std::size_t>(l % 2)] += coefficient(l);
        return shares;
    }

    // Infinite where the columns do not suffice.
    [[nodiscard]] double mean_square_error(Index exact, Index degree) const {
        const auto [even, odd] = random_shares(exact, degree);
        const double random = static_cast<double>(features_) - columns_up_to(exact);
        const double kinds = (even > 0 ? 1 : 0) + (odd > 0 ? 1 : 0);
        if (random < kinds) return std::numeric_limits<double>::infinity();
        double between = 0;
        for (Index l = degree + 1; l <= series_.degree(); ++l)
            between += coefficient(l) * coefficient(l) / counts_[static_cast<std::size_t>(l)];
        const double diagonal = series_.missing_share(degree) * series_.at_one;
        const double noise = kinds > 0 ? (even + odd) * (even + odd) / random : 0;
        return noise + between + diagonal * diagonal / diagonal_rows;
    }

    // The highest that all fit exactly, in few dimensions far more than would pay as random ones.
    [[nodiscard]] Index highest_exact_degree() const {
        Index degree = 0;
        while (degree < series_.degree() &&
               columns_up_to(degree + 1) <= static_cast<double>(features_))
            ++degree;
        return degree;
    }

    // Those that are not wanted in particular are chosen for the least error.
    void choose_degrees(const ZonalDegrees& wanted, ZonalLayout& layout) const {
        double least = std::numeric_limits<double>::infinity();
        const auto by_default = [&](Index degree) {
            return wanted.highest.value_or(
                std::max(std::min(series_.degree(), degree), wanted.exact.value_or(0)));
        };
        const Index last = by_default(std::max(highest_default_degree, highest_exact_degree()));
        for (Index degree = by_default(least_default_degree); degree <= last; ++degree) {
            for (Index exact = wanted.exact.value_or(0); exact <= wanted.exact.value_or(degree);
                 ++exact) {
                const double error = mean_square_error(exact, degree);
                if (!(error < least)) continue;
                least = error;
                layout.degree = degree;
                layout.exact_degree = exact;
            }
        }
    }

    void divide_random(ZonalLayout& layout) const {
        const auto [even, odd] = random_shares(layout.exact_degree, layout.degree);
        const Index kinds = (even > 0 ? 1 : 0) + (odd > 0 ? 1 : 0);
        const Index left = features_ - layout.exact_features();
        if (left < kinds)
            throw InvalidArgument("features: zonal needs at least " +
                                  std::to_string(layout.exact_features() + kinds) +
                                  " for the exact degrees 0 to " +
                                  std::to_string(layout.exact_degree) +
                                  " and the random ones, got " + std::to_string(features_));
        if (kinds == 0) return;
        const auto share =
            static_cast<Index>(std::lround(static_cast<double>(left) * even / (even + odd)));
        layout.even = std::clamp<Index>(share, even > 0 ? 1 : 0, left - (odd > 0 ? 1 : 0));
        layout.odd = left - layout.even;
    }

  private:
    const GegenbauerSeries& series_;
    std::vector<double> counts_;
    Index features_;
};

void check_degree(const char* option, std::optional<Index> degree, Index most) {
    if (degree && (*degree < 0 || *degree > most))
        throw InvalidArgument(std::string(option) + ": expected a degree from 0 to " +
                              std::to_string(most) + ", got " + std::to_string(*degree));
}

}  // namespace

Index ZonalLayout::exact_features() const {
    return std::accumulate(exact.begin(), exact.end(), Index{0});
}

ZonalLayout zonal_layout(const GegenbauerSeries& series, Index features,
                         const ZonalDegrees& wanted) {
    check_degree("degree", wanted.highest, series.degree());
    check_degree("exact", wanted.exact, wanted.highest.value_or(series.degree()));
    if (features < 3)
        throw InvalidArgument("features: zonal needs at least 3, got " + std::to_string(features));
    const Division division(series, features);
    ZonalLayout layout;
    layout.degree = wanted.highest.value_or(wanted.exact.value_or(0));
    layout.exact_degree = wanted.exact.value_or(0);
    division.choose_degrees(wanted, layout);
    if (division.columns_up_to(layout.exact_degree) > static_cast<double>(features))
        throw InvalidArgument("exact: " + std::to_string(features) +
                              " features do not hold all harmonics up to degree " +
                              std::to_string(layout.exact_degree) + " in " +
                              std::to_string(series.dimension) + " dimensions");
    for (Index l = 0; l <= layout.exact_degree; ++l)
        layout.exact.push_back(static_cast<Index>(division.columns(l)));
    division.divide_random(layout);
    return layout;
}

}  // namespace sketchntk
