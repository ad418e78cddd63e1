#include "kernels/series_dual.hpp"

#include "kernels/dual_formula.hpp"
#include "kernels/quadrature_dual.hpp"
#include "kernels/series_loops.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace sketchntk {

namespace {

using series_loops::rows_of_group;
using series_loops::terms_of_chunk;

/// Largest error of a pair, relative to sqrt(E[s'(u)^2] E[s'(v)^2]), that is not integrated.
template <typename C>
constexpr double tolerance = sizeof(C) == 4 ? 3e-5 : 1e-12;
/// Likewise what the chunks that are not summed for a pair may come to.
template <typename C>
constexpr double tolerance_of_chunks = sizeof(C) == 4 ? 1e-6 : 1e-12;
/// What a row may leave out, as the square of its norm: a row of large variance, of which the same
/// terms are nearly all, multiplies it by up to 1.
template <typename C>
constexpr double negligible = sizeof(C) == 4 ? 1e-9 : 1e-24;

double sum_of_squares(const std::vector<double>& values, std::size_t first, std::size_t step = 1) {
    double sum = 0;
    for (std::size_t m = first; m < values.size(); m += step) sum += values[m] * values[m];
    return sum;
}

// What lies beyond the table, by the last terms in it: m^-1.5 would sum to twice the number of
// terms times the last one, and nothing falls more slowly.
double squares_beyond(const std::vector<double>& values, std::size_t parity) {
    constexpr std::size_t last = 32;
    const auto terms = static_cast<double>(values.size());
    return 2 * terms / last * sum_of_squares(values, values.size() - last + parity, 2);
}

// Of the degrees from an even one on; relative to a norm.
std::array<double, 2> norms_left_out(const std::vector<double>& values, std::size_t first,
                                     double norm) {
    std::array<double, 2> norms{};
    for (const std::size_t parity : {0U, 1U})
        norms[parity] =
            std::sqrt(sum_of_squares(values, first + parity, 2) + squares_beyond(values, parity)) /
            norm;
    return norms;
}

/// The coefficients of one row in the form that products take, with what is left out.
struct PreparedRow {
    HermiteCoefficients coefficients;
    std::vector<double> sums, differences;
    double norm;        ///< sqrt(sum d_m^2)
    std::size_t terms;  ///< up to the highest degree that is kept
    SeriesLeftOut left_out;

    PreparedRow(HermiteCoefficients given, double negligible)
        : coefficients(std::move(given)), sums(coefficients.slopes), differences(sums) {
        for (std::size_t m = 0; m < coefficients.kinks.size(); ++m) {
            sums[m] += coefficients.kinks[m];
            differences[m] -= coefficients.kinks[m];
        }
        norm = std::sqrt(sum_of_squares(coefficients.slopes, 0));
        terms =
            coefficients.kinks.empty() ? terms_of_smooth(negligible * norm * norm) : sums.size();
        const bool is_whole = coefficients.kinks.empty() && terms < sums.size();
        if (is_whole || !(norm > 0)) return;
        left_out = {norms_left_out(sums, terms, norm), norms_left_out(differences, terms, norm)};
    }

  private:
    [[nodiscard]] std::size_t terms_of_smooth(double allowed) const {
        double squares = squares_beyond(sums, 0) + squares_beyond(sums, 1);
        std::size_t count = sums.size();
        for (; count > 1; --count) {
            squares += sums[count - 1] * sums[count - 1];
            if (squares > allowed) break;
        }
        return count;
    }
};

// Groups of `terms` rows cut to `kept` rows each.
template <typename C>
Matrix<C> first_terms(const Matrix<C>& groups, Index terms, Index kept) {
    Matrix<C> first(groups.rows() / terms * kept, rows_of_group);
    for (Index group = 0; group * terms < groups.rows(); ++group)
        std::copy_n(groups.row(group * terms).data(), kept * rows_of_group,
                    first.row(group * kept).data());
    return first;
}

/// Where coefficients of rows go.
struct SeriesLayout {
    std::vector<std::size_t> degrees;  ///< of the terms that are stored, one behind another
    Index before_chunks;

    /// In whole chunks: the last one may end in zeros.
    [[nodiscard]] Index terms() const { return before_chunks + chunks() * terms_of_chunk; }
    [[nodiscard]] Index chunks() const { return chunks_of(static_cast<Index>(degrees.size())); }
    [[nodiscard]] Index chunks_of(Index count) const {
        return (std::max<Index>(count - before_chunks, 0) + terms_of_chunk - 1) / terms_of_chunk;
    }

    template <typename C>
    [[nodiscard]] SeriesCoefficients<C> zeros(Index rows) const {
        const Index groups = (rows + rows_of_group - 1) / rows_of_group;
        return {.of_groups = Matrix<C>(groups * terms(), rows_of_group),
                .of_rows = Matrix<C>(rows, terms()),
                .norms_of_groups = Matrix<C>(groups * chunks(), rows_of_group),
                .largest_norms_of_groups = Matrix<C>(groups, chunks()),
                .norms_of_rows = Matrix<C>(rows, chunks())};
    }

    /// The first `kept` terms of row i; norms are divided by `unit`.
    template <typename C>
    void store(const std::vector<double>& values, Index kept, double unit, Index i,
               SeriesCoefficients<C>& out) const {
        const Index group = i / rows_of_group, lane = i % rows_of_group;
        double squares = 0;
        for (Index term = kept; term-- > 0;) {
            const std::size_t m = degrees[static_cast<std::size_t>(term)];
            out.of_groups(group * terms() + term, lane) = static_cast<C>(values[m]);
            out.of_rows(i, term) = static_cast<C>(values[m] / static_cast<double>(m + 1));
            squares += values[m] * values[m];
            const Index behind = term - before_chunks;
            if (behind < 0 || behind % terms_of_chunk != 0 || !(unit > 0)) continue;
            const Index chunk = behind / terms_of_chunk;
            const C norm = static_cast<C>(std::sqrt(squares) / unit);
            out.norms_of_groups(group * chunks() + chunk, lane) = norm;
            out.norms_of_rows(i, chunk) = norm;
            C& largest = out.largest_norms_of_groups(group, chunk);
            largest = std::max(largest, norm);
        }
    }

    template <typename C>
    void cut(SeriesCoefficients<C>& coefficients, Index kept) const {
        coefficients.of_groups = first_terms(coefficients.of_groups, terms(), kept);
    }
};

// Whether the bound of what is left out is negligible for all pairs of a row with some others.
template <typename C>
bool leaves_out_nothing(const SeriesLeftOut& left, const SeriesRows<C>& right, Index first,
                        Index count) {
    if (left.is_nothing()) return true;
    for (Index group = first / rows_of_group; group * rows_of_group < first + count; ++group)
        if (left.product(right.largest_left_out_of_groups[static_cast<std::size_t>(group)]) >
            tolerance<C>)
            return false;
    return true;
}

template <typename C>
series_loops::LeftTerms<C> left_terms(const SeriesCoefficients<C>& rows, Index row) {
    if (rows.of_rows.empty()) return {};
    return {rows.of_rows.row(row).data(), rows.norms_of_rows.row(row).data()};
}

template <typename C>
series_loops::RightTerms<C> right_terms_of(const SeriesCoefficients<C>& rows) {
    return {rows.of_groups.data(), rows.norms_of_groups.data(),
            rows.largest_norms_of_groups.data()};
}

}  // namespace

double SeriesLeftOut::product(const SeriesLeftOut& other) const {
    double product = 0;
    for (const std::size_t parity : {0U, 1U})
        product +=
            (sums[parity] * other.differences[parity] + differences[parity] * other.sums[parity]) /
            2;
    return product;
}

void SeriesLeftOut::widen(const SeriesLeftOut& other) {
    for (const std::size_t parity : {0U, 1U}) {
        sums[parity] = std::max(sums[parity], other.sums[parity]);
        differences[parity] = std::max(differences[parity], other.differences[parity]);
    }
}

SeriesDual::SeriesDual(const ScalarFunction& function, const KinkAtZero& kink)
    : table_(function, kink),
      exactly_(dual_by_quadrature(function)),
      roughly_(dual_by_quadrature(function, panels_of_float32)) {}

series_loops::SeriesTerms SeriesDual::which() const {
    if (table_.lacks_odd_degrees()) return series_loops::SeriesTerms::first_and_even;
    if (table_.lacks_even_degrees()) return series_loops::SeriesTerms::first_and_odd;
    return series_loops::SeriesTerms::all;
}

// Of the terms that are stored, one behind another.
std::vector<std::size_t> SeriesDual::degrees() const {
    std::vector<std::size_t> degrees;
    for (std::size_t m = 0; m < HermiteTable::terms; ++m) {
        const bool is_lacking =
            m % 2 == 0 ? table_.lacks_even_degrees() : table_.lacks_odd_degrees();
        if (m == 0 || !is_lacking) degrees.push_back(m);
    }
    return degrees;
}

template <typename C>
SeriesRows<C> SeriesDual::rows(std::span<const double> variances) const {
    const auto count = static_cast<Index>(variances.size());
    const SeriesLayout layout{degrees(), series_loops::terms_before_chunks(which())};
    const bool has_kink = !table_.is_smooth();
    SeriesRows<C> rows;
    rows.sums = layout.zeros<C>(count);
    if (has_kink) rows.differences = layout.zeros<C>(count);
    const auto padded = static_cast<std::size_t>(rows.sums.largest_norms_of_groups.rows()) *
                        static_cast<std::size_t>(rows_of_group);
    for (auto* of_rows : {&rows.means, &rows.kink_means, &rows.deviations, &rows.inverses})
        of_rows->assign(padded, C{0});
    rows.largest_left_out_of_groups.resize(padded / static_cast<std::size_t>(rows_of_group));
    for (Index i = 0; i < count; ++i) {
        const auto place = static_cast<std::size_t>(i);
        const PreparedRow row(table_.at(variances[place]), negligible<C>);
        const auto end = std::lower_bound(layout.degrees.begin(), layout.degrees.end(), row.terms);
        rows.terms.push_back(end - layout.degrees.begin());
        layout.store(row.sums, rows.terms.back(), row.norm, i, rows.sums);
        if (has_kink)
            layout.store(row.differences, rows.terms.back(), row.norm, i, rows.differences);
        const double deviation = std::sqrt(variances[place]);
        rows.means[place] = static_cast<C>(row.coefficients.mean);
        rows.kink_means[place] = static_cast<C>(row.coefficients.kink_mean);
        rows.deviations[place] = static_cast<C>(deviation);
        rows.inverses[place] = static_cast<C>(deviation > 0 ? 1 / deviation : 0);
        rows.left_out.push_back(row.left_out);
        rows.largest_left_out_of_groups[static_cast<std::size_t>(i / rows_of_group)].widen(
            row.left_out);
        rows.variances.push_back(variances[place]);
    }
    const Index most = *std::max_element(rows.terms.begin(), rows.terms.end());
    rows.terms_of_group = layout.before_chunks + layout.chunks_of(most) * terms_of_chunk;
    layout.cut(rows.sums, rows.terms_of_group);
    if (has_kink) layout.cut(rows.differences, rows.terms_of_group);
    return rows;
}

template <typename R, typename C>
void SeriesDual::apply_to_rows(const SeriesRows<C>& left, Index row, const SeriesRows<C>& right,
                               Index first, R* covariance, R* derivative, Index count) const {
    const auto i = static_cast<std::size_t>(row), j = static_cast<std::size_t>(first);
    const auto right_terms = right.terms.begin() + first;
    const bool has_kink = !table_.is_smooth();
    const bool leaves_out = !leaves_out_nothing(left.left_out[i], right, first, count);
    std::array<R, static_cast<std::size_t>(pairs_of_piece)> before;
    if (has_kink || leaves_out) std::copy_n(covariance, count, before.data());
    series_loops::sum(
        series_loops::Series<R, C>{
            .which = which(),
            .terms = std::min(left.terms[i], *std::max_element(right_terms, right_terms + count)),
            .left_sums = left_terms(left.sums, row),
            .left_differences = left_terms(left.differences, row),
            .right_sums = right_terms_of(right.sums),
            .right_differences = right_terms_of(right.differences),
            .terms_of_group = right.terms_of_group,
            .chunks_of_group = right.sums.largest_norms_of_groups.columns(),
            .tolerance = static_cast<R>(tolerance_of_chunks<C>),
            .left_inverse = static_cast<R>(left.inverses[i]),
            .left_mean = static_cast<R>(left.means[i]),
            .left_kink_mean = static_cast<R>(left.kink_means[i]),
            .right_inverses = right.inverses.data(),
            .right_means = right.means.data(),
            .right_kink_means = right.kink_means.data(),
            .first = first,
            .count = count},
        covariance, derivative);
    if (has_kink)
        series_loops::add_kink(table_.kink(),
                               series_loops::KinkRows<R, C>{static_cast<R>(left.deviations[i]),
                                                            static_cast<R>(left.inverses[i]),
                                                            right.deviations.data() + j,
                                                            right.inverses.data() + j, count},
                               before.data(), covariance, derivative);
    if (leaves_out)
        integrate_where_left_out(left, row, right, first, before.data(), covariance, derivative,
                                 count);
}

template <typename R, typename C>
void SeriesDual::integrate_where_left_out(const SeriesRows<C>& left, Index row,
                                          const SeriesRows<C>& right, Index first, const R* before,
                                          R* covariance, R* derivative, Index count) const {
    const auto i = static_cast<std::size_t>(row), j = static_cast<std::size_t>(first);
    const DualActivation& quadrature = sizeof(C) == 4 ? *roughly_ : *exactly_;
    for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) {
        const double norms = left.left_out[i].product(right.left_out[j + k]);
        if (norms <= tolerance<C>) continue;
        double c = static_cast<double>(before[k]), slope = 0;
        const double rho = std::abs(c) * static_cast<double>(left.inverses[i]) *
                           static_cast<double>(right.inverses[j + k]);
        if (norms * std::pow(rho, HermiteTable::terms) <= tolerance<C>) continue;
        quadrature.apply(&left.variances[i], 0, &right.variances[j + k], &c, &slope, 1);
        covariance[k] = static_cast<R>(c);
        derivative[k] = static_cast<R>(slope);
    }
}

template SeriesRows<float> SeriesDual::rows(std::span<const double>) const;
template SeriesRows<double> SeriesDual::rows(std::span<const double>) const;
template void SeriesDual::apply_to_rows(const SeriesRows<float>&, Index, const SeriesRows<float>&,
                                        Index, float*, float*, Index) const;
template void SeriesDual::apply_to_rows(const SeriesRows<float>&, Index, const SeriesRows<float>&,
                                        Index, double*, double*, Index) const;
template void SeriesDual::apply_to_rows(const SeriesRows<double>&, Index, const SeriesRows<double>&,
                                        Index, double*, double*, Index) const;

void SeriesDual::apply(const double* left_variance, Index left_step, const double* right_variance,
                       double* covariance, double* derivative, Index count) const {
    apply_in_pieces(left_variance, left_step, right_variance, covariance, derivative, count,
                    [this](const DualPairs<double>& pairs) {
                        const auto in_piece = static_cast<std::size_t>(pairs.count);
                        const auto right = rows<double>({pairs.q, in_piece});
                        const auto left = rows<double>({pairs.p, pairs.p_step == 0 ? 1 : in_piece});
                        if (pairs.p_step == 0)
                            return apply_to_rows(left, 0, right, 0, pairs.covariance,
                                                 pairs.derivative, pairs.count);
                        for (Index j = 0; j < pairs.count; ++j)
                            apply_to_rows(left, j, right, j, pairs.covariance + j,
                                          pairs.derivative + j, 1);
                    });
}

void SeriesDual::apply(const float* left_variance, Index left_step, const float* right_variance,
                       float* covariance, float* derivative, Index count) const {
    apply_in_pieces(
        left_variance, left_step, right_variance, covariance, derivative, count,
        [this](const DualPairs<float>& pairs) {
            const auto in_piece = static_cast<std::size_t>(pairs.count);
            const std::vector<double> p(pairs.p, pairs.p + (pairs.p_step == 0 ? 1 : in_piece));
            const std::vector<double> q(pairs.q, pairs.q + in_piece);
            std::vector<double> c(pairs.covariance, pairs.covariance + in_piece), slopes(in_piece);
            apply(p.data(), pairs.p_step, q.data(), c.data(), slopes.data(), pairs.count);
            for (std::size_t j = 0; j < in_piece; ++j) {
                pairs.covariance[j] = static_cast<float>(c[j]);
                pairs.derivative[j] = static_cast<float>(slopes[j]);
            }
        });
}

}  // namespace sketchntk
