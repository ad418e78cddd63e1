#include "core/blas.hpp"
#include "core/eigen.hpp"
#include "core/gathered_rows.hpp"
#include "core/parallel.hpp"
#include "features/pivoted_cholesky.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/landmarks.hpp>
#include <sketchntk/kernels/fully_connected_columns.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <Eigen/Cholesky>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

namespace sketchntk {

namespace {

constexpr Index rows_of_a_part = 256;

constexpr std::array<std::string_view, 4> names{"uniform", "kmeans", "leverage", "rpcholesky"};

// Rows of the stream from which each rule draws.
constexpr Index order_row = 0;
constexpr Index distance_row = 1;
constexpr Index score_row = 2;

// `count` rows without replacement, row i with a probability proportional to weights[i] among those
// not chosen yet: those with the smallest exponential waiting times (Efraimidis and Spirakis 2006).
std::vector<Index> weighted_sample(const std::vector<double>& weights, Index count,
                                   const RandomStream& stream, Index stream_row) {
    const auto rows = static_cast<Index>(weights.size());
    std::vector<double> waiting(weights.size());
    for (Index i = 0; i < rows; ++i)
        waiting[static_cast<std::size_t>(i)] =
            -std::log1p(-stream.uniform(stream_row, i)) / weights[static_cast<std::size_t>(i)];
    std::vector<Index> order(weights.size());
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(), [&waiting](Index a, Index b) {
        return waiting[static_cast<std::size_t>(a)] < waiting[static_cast<std::size_t>(b)];
    });
    order.resize(static_cast<std::size_t>(std::min(count, rows)));
    return order;
}

std::vector<Index> uniform_sample(Index rows, Index count, const RandomStream& stream) {
    return weighted_sample(std::vector<double>(static_cast<std::size_t>(rows), 1.0), count, stream,
                           order_row);
}

// The first index whose running sum of weights passes `target`.
Index drawn_index(const std::vector<double>& weights, double target) {
    double sum = 0;
    Index last_positive = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] <= 0) continue;
        sum += weights[i];
        last_positive = static_cast<Index>(i);
        if (sum > target) break;
    }
    return last_positive;
}

std::vector<Index> kmeans_seeding(MatrixView<const float> sample, Index count,
                                  const RandomStream& stream, const Execution& execution) {
    std::vector<double> distances(static_cast<std::size_t>(sample.rows()),
                                  std::numeric_limits<double>::infinity());
    std::vector<Index> chosen{stream.uniform_index(distance_row, 0, sample.rows())};
    while (static_cast<Index>(chosen.size()) < std::min(count, sample.rows())) {
        const auto centre = as_eigen(sample).row(chosen.back());
        parallel_for(
            execution, (sample.rows() + rows_of_a_part - 1) / rows_of_a_part, [&](Index part) {
                const Index end = std::min(sample.rows(), (part + 1) * rows_of_a_part);
                for (Index i = part * rows_of_a_part; i < end; ++i) {
                    const auto distance =
                        static_cast<double>((as_eigen(sample).row(i) - centre).squaredNorm());
                    double& nearest = distances[static_cast<std::size_t>(i)];
                    nearest = std::min(nearest, distance);
                }
            });
        const double sum = std::accumulate(distances.begin(), distances.end(), 0.0);
        if (sum <= 0) break;
        const double target =
            sum * stream.uniform(distance_row, static_cast<Index>(chosen.size()) + 1);
        chosen.push_back(drawn_index(distances, target));
    }
    return chosen;
}

// Approximate ridge leverage scores (up to a factor) at the lambda that leaves a tail of one kernel
// diagonal for each of `count` rows: K(x, x) - k(x)^T (K_SS + lambda I)^-1 k(x), S uniform.
std::vector<double> leverage_scores(const Network& network, KernelKind kind,
                                    MatrixView<const float> sample, Index count,
                                    const RandomStream& stream, const Execution& execution) {
    use_blas_on_one_thread();
    const Matrix<float> subset =
        gathered_rows(sample, uniform_sample(sample.rows(), count, stream));
    const Matrix<double> kernel = fully_connected_gram(network, kind, subset.view(), execution);
    const double mean_diagonal = as_eigen(kernel).diagonal().mean();
    const double lambda =
        mean_diagonal * static_cast<double>(subset.rows()) / static_cast<double>(sample.rows());
    Eigen::MatrixXd shifted = as_eigen(kernel);
    shifted.diagonal().array() += lambda;
    const Eigen::LLT<Eigen::MatrixXd> factor(shifted);
    const FullyConnectedKernel<float> cross(network, kind, sample, subset.view());
    const FullyConnectedKernel<float> diagonal(network, kind, sample);
    std::vector<double> scores(static_cast<std::size_t>(sample.rows()));
    parallel_for(execution, (sample.rows() + rows_of_a_part - 1) / rows_of_a_part, [&](Index part) {
        const Index first = part * rows_of_a_part;
        const Index rows = std::min(rows_of_a_part, sample.rows() - first);
        Matrix<float> entries(rows, subset.rows());
        cross.tile(first, 0, entries.view());
        const Eigen::MatrixXd solved =
            factor.matrixL().solve(as_eigen(entries).transpose().cast<double>());
        for (Index i = 0; i < rows; ++i) {
            const auto row = static_cast<std::size_t>(first + i);
            scores[row] = std::max(diagonal.diagonal()[row] - solved.col(i).squaredNorm(),
                                   1e-12 * mean_diagonal);
        }
    });
    return scores;
}

}  // namespace

std::string_view to_text(LandmarkRule rule) {
    return names[static_cast<std::size_t>(rule)];
}

LandmarkRule parse_landmark_rule(std::string_view text) {
    for (std::size_t k = 0; k < names.size(); ++k)
        if (names[k] == text) return static_cast<LandmarkRule>(k);
    throw InvalidArgument("landmarks: expected uniform, kmeans, leverage or rpcholesky, got '" +
                          std::string(text) + "'");
}

std::vector<Index> select_landmarks(LandmarkRule rule, const Network& network, KernelKind kind,
                                    MatrixView<const float> sample, Index count, Seed seed,
                                    const Execution& execution) {
    if (count < 1)
        throw InvalidArgument("landmarks: expected at least 1, got " + std::to_string(count));
    if (sample.rows() < 1) throw InvalidArgument("landmarks: the sample has no rows");
    const RandomStream stream(seed, 0);
    switch (rule) {
        case LandmarkRule::uniform:
            return uniform_sample(sample.rows(), count, stream);
        case LandmarkRule::kmeans:
            return kmeans_seeding(sample, count, stream, execution);
        case LandmarkRule::leverage:
            return weighted_sample(leverage_scores(network, kind, sample, count, stream, execution),
                                   count, stream, score_row);
        case LandmarkRule::rpcholesky:
            return randomly_pivoted_cholesky(FullyConnectedColumns(network, kind, sample), count,
                                             seed.child(0), execution)
                .pivots;
    }
    return {};
}

}  // namespace sketchntk
