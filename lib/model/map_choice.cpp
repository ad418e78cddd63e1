#include "core/gathered_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/normalise_rows.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/model/map_choice.hpp>
#include <sketchntk/solve/kernel_error.hpp>
#include <sketchntk/solve/lambda_selection.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sketchntk {

namespace {

constexpr Index held_out_one_in = 5;
constexpr Index most_kernel_rows = 500;
constexpr double spectral_lambda = 0.01;  // enters only what is not looked at
// Errors that a sample of rows cannot tell apart.
constexpr double equal_held_out_errors = 1.01;
constexpr double equal_kernel_errors = 1.1;
constexpr double no_error = std::numeric_limits<double>::quiet_NaN();

struct Part {
    Matrix<float> rows;
    Matrix<double> targets;
};

Part part(MatrixView<const float> rows, MatrixView<const double> targets, bool held_out) {
    std::vector<Index> numbers;
    for (Index i = 0; i < rows.rows(); ++i)
        if ((i % held_out_one_in == held_out_one_in - 1) == held_out) numbers.push_back(i);
    return {gathered_rows(rows, numbers), gathered_rows(targets, numbers)};
}

double deviation(const Matrix<double>& targets) {
    double sum = 0;
    for (Index t = 0; t < targets.columns(); ++t) {
        double mean = 0;
        double squares = 0;
        for (Index i = 0; i < targets.rows(); ++i) {
            const double from_mean = targets(i, t) - mean;
            mean += from_mean / static_cast<double>(i + 1);
            squares += from_mean * (targets(i, t) - mean);
        }
        sum += squares;
    }
    return std::sqrt(sum / static_cast<double>(targets.rows() * targets.columns()));
}

FeatureMapConfiguration with_features(FeatureMapConfiguration configuration, Index features) {
    configuration.features = features;
    return configuration;
}

class Measuring {
  public:
    Measuring(Part learning, Part held_out, const Execution& execution)
        : learning_(std::move(learning)),
          held_out_(std::move(held_out)),
          kernel_rows_(std::min(held_out_.rows.rows(), most_kernel_rows)),
          deviation_(held_out_.targets.columns() > 0 ? deviation(held_out_.targets) : 0),
          execution_(execution) {}

    [[nodiscard]] bool has_targets() const { return deviation_ > 0; }
    [[nodiscard]] Index learning_rows() const { return learning_.rows.rows(); }
    [[nodiscard]] Index held_out_rows() const { return held_out_.rows.rows(); }

    MapEvidence evidence(const FeatureMapConfiguration& configuration, Index features) {
        MapEvidence evidence{.configuration = configuration};
        try {
            const auto full_size = make_feature_map(configuration, learning_.rows.columns());
            const auto m = static_cast<double>(full_size->features());
            evidence.flops_per_row = full_size->flops_per_row() + m * m;
            const auto map = learn_feature_map(with_features(configuration, features),
                                               learning_.rows.view(), execution_);
            evidence.measured_features = map->features();
            const Matrix<float> mapped = transformed(*map, held_out_.rows);
            evidence.kernel_error =
                map->approximates_network_kernel() && serves_rows(configuration.network)
                    ? kernel_error_of(configuration, mapped)
                    : no_error;
            evidence.held_out_error = has_targets() ? held_out_error(*map, mapped) : no_error;
        } catch (const InvalidArgument& error) {
            evidence.refusal = error.what();
        }
        return evidence;
    }

  private:
    [[nodiscard]] Matrix<float> transformed(const FeatureMap& map,
                                            const Matrix<float>& rows) const {
        Matrix<float> features(rows.rows(), map.features());
        map.transform(rows, features, execution_);
        return features;
    }

    double kernel_error_of(const FeatureMapConfiguration& configuration,
                           const Matrix<float>& features) {
        if (kernel_.empty()) {
            Matrix<float> rows = held_out_.rows;
            rows.resize_rows(kernel_rows_);
            if (configuration.normalise_rows) scale_rows_to_unit_mean_square(rows, rows);
            kernel_ = fully_connected_gram(configuration.network, configuration.kind, rows.view(),
                                           execution_);
        }
        return kernel_error(features.view().middle_rows(0, kernel_rows_), kernel_.view(),
                            spectral_lambda, execution_)
            .frobenius;
    }

    // The lambda is the best one in hindsight, for all candidates alike.
    [[nodiscard]] double held_out_error(const FeatureMap& map, const Matrix<float>& mapped) const {
        const Index targets = held_out_.targets.columns();
        RidgeAccumulator fitted(map.features(), targets);
        fitted.add(transformed(map, learning_.rows), learning_.targets, execution_);
        const RidgePath path(std::move(fitted), execution_);
        RidgeAccumulator held_out(map.features(), targets);
        held_out.add(mapped, held_out_.targets, execution_);
        const std::vector<double> errors =
            validation_errors(path, held_out, default_lambda_grid(map.missing_share()));
        return std::sqrt(*std::min_element(errors.begin(), errors.end())) / deviation_;
    }

    Part learning_;
    Part held_out_;
    Index kernel_rows_;
    double deviation_;
    Matrix<double> kernel_;
    const Execution& execution_;
};

// Of the candidates whose error is as good as the least, the cheapest.
const MapEvidence& best(const std::vector<MapEvidence>& evidence, double MapEvidence::*error,
                        double equal) {
    double least = std::numeric_limits<double>::infinity();
    for (const MapEvidence& map : evidence)
        if (map.can_serve() && map.*error < least) least = map.*error;
    const MapEvidence* chosen = nullptr;
    for (const MapEvidence& map : evidence) {
        if (!map.can_serve() || !(map.*error <= equal * least)) continue;
        if (chosen == nullptr || map.flops_per_row < chosen->flops_per_row) chosen = &map;
    }
    if (chosen == nullptr)
        throw InvalidArgument("auto: no map can serve; " +
                              (evidence.empty() ? "there are none" : evidence.back().refusal));
    return *chosen;
}

FeatureMapConfiguration last_that_serves(const std::vector<FeatureMapConfiguration>& candidates,
                                         Index inputs) {
    std::string refusal = "there are none";
    for (auto candidate = candidates.rbegin(); candidate != candidates.rend(); ++candidate) {
        try {
            static_cast<void>(make_feature_map(*candidate, inputs));
            return *candidate;
        } catch (const InvalidArgument& error) {
            refusal = error.what();
        }
    }
    throw InvalidArgument("auto: no map can serve; " + refusal);
}

}  // namespace

MapChoice choose_feature_map(const std::vector<FeatureMapConfiguration>& candidates,
                             MatrixView<const float> rows, MatrixView<const double> targets,
                             Index most_features, const Execution& execution) {
    if (targets.rows() != rows.rows())
        throw DimensionMismatch("auto: " + std::to_string(rows.rows()) + " rows and " +
                                std::to_string(targets.rows()) + " rows of targets");
    if (rows.rows() < least_compared_rows)
        return {.configuration = last_that_serves(candidates, rows.columns()), .evidence = {}};
    Measuring measuring(part(rows, targets, false), part(rows, targets, true), execution);
    Index most = 1;
    for (const FeatureMapConfiguration& candidate : candidates)
        most = std::max(most, candidate.features);
    MapChoice choice{.configuration = {},
                     .evidence = {},
                     .learning_rows = measuring.learning_rows(),
                     .held_out_rows = measuring.held_out_rows(),
                     .by_held_out_error = measuring.has_targets()};
    for (const FeatureMapConfiguration& candidate : candidates) {
        execution.report({"choosing a map", static_cast<Index>(choice.evidence.size()),
                          static_cast<Index>(candidates.size()), "maps"});
        const Index features = most <= most_features
                                   ? candidate.features
                                   : std::max<Index>(1, candidate.features * most_features / most);
        choice.evidence.push_back(measuring.evidence(candidate, features));
    }
    choice.configuration =
        (choice.by_held_out_error
             ? best(choice.evidence, &MapEvidence::held_out_error, equal_held_out_errors)
             : best(choice.evidence, &MapEvidence::kernel_error, equal_kernel_errors))
            .configuration;
    return choice;
}

}  // namespace sketchntk
