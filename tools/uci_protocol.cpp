#include "uci_protocol.hpp"

#include "table.hpp"
#include "uci_kernels.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/solve/classification_task.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <variant>

namespace sketchntk::tools {

namespace {

std::vector<double> powers(double base, int first, int last) {
    std::vector<double> result;
    for (int exponent = first; exponent <= last; ++exponent)
        result.push_back(std::pow(base, exponent));
    return result;
}

/// A Gram in the form that the classifier of a method wants.
class Classifier {
  public:
    Classifier(UciMethod method, Matrix<double> gram) {
        if (method == UciMethod::ntk_ridge)
            gram_ = std::move(gram);
        else
            gram_ = SupportVectorGram(gram.view());
    }

    /// One for each task.
    [[nodiscard]] std::vector<double> accuracies(const UciDataSet& set,
                                                 std::span<const ClassificationTask> tasks,
                                                 const Execution& execution) const {
        const auto predicted = predict(set.classes, tasks, execution);
        std::vector<double> result;
        for (std::size_t k = 0; k < tasks.size(); ++k) {
            const std::span<const Index> tested = tasks[k].tested_rows;
            Index right = 0;
            for (std::size_t i = 0; i < tested.size(); ++i)
                right += predicted[k][i] == set.classes[static_cast<std::size_t>(tested[i])];
            result.push_back(static_cast<double>(right) / static_cast<double>(tested.size()));
        }
        return result;
    }

  private:
    [[nodiscard]] std::vector<std::vector<int>> predict(const std::vector<int>& classes,
                                                        std::span<const ClassificationTask> tasks,
                                                        const Execution& execution) const {
        if (const auto* gram = std::get_if<SupportVectorGram>(&gram_))
            return predict_by_support_vectors(*gram, classes, tasks, execution);
        return predict_by_kernel_ridge(std::get<Matrix<double>>(gram_), classes, tasks, execution);
    }

    std::variant<Matrix<double>, SupportVectorGram> gram_;
};

std::unique_ptr<UciKernels> kernels_of(const UciDataSet& set, UciMethod method,
                                       const UciGrids& grids, const Execution& execution) {
    if (method == UciMethod::gaussian_svm)
        return uci_gaussian_kernels(set.inputs, grids.gammas, execution);
    return uci_network_kernels(set.inputs, grids.deepest);
}

void check_memory(const UciDataSet& set) {
    const Index rows = set.inputs.rows();
    // The Gram, what Gaussian kernels are made from, and libsvm's copy.
    const Index needed =
        SupportVectorGram::bytes(rows, rows) + 2 * rows * rows * static_cast<Index>(sizeof(double));
    if (needed > available_memory_bytes())
        throw ResourceError(
            set.name + ": the kernel matrices of " + std::to_string(rows) + " rows need " +
            mebibytes(static_cast<double>(needed)) + ", more than the " +
            mebibytes(static_cast<double>(available_memory_bytes())) + " available");
}

struct Choice {
    Index kernel = 0;
    double cost = 0;
    double accuracy = -1;
};

Choice choose(const UciDataSet& set, UciMethod method, const UciKernels& kernels,
              const std::vector<double>& costs, const Execution& execution) {
    std::vector<ClassificationTask> tasks;
    for (const double cost : costs)
        tasks.push_back({set.selection.training_rows, set.selection.tested_rows, cost});
    const std::string stage = set.name + ", " + to_text(method);
    Choice best;
    for (Index k = 0; k < kernels.count(); ++k) {
        execution.report({stage, k, kernels.count(), "kernels"});
        const Classifier classifier(method, kernels.gram(k, execution));
        const std::vector<double> accuracies = classifier.accuracies(set, tasks, execution);
        for (std::size_t c = 0; c < costs.size(); ++c)
            if (accuracies[c] > best.accuracy) best = {k, costs[c], accuracies[c]};
    }
    return best;
}

}  // namespace

UciGrids UciGrids::published() {
    return {.deepest = 4,
            .costs = powers(10, -2, 4),
            .gaussian_costs = powers(2, -5, 14),
            .gammas = powers(2, -16, 8)};
}

std::string to_text(UciMethod method) {
    switch (method) {
        case UciMethod::ntk_svm:
            return "ntk-svm";
        case UciMethod::ntk_ridge:
            return "ntk-ridge";
        case UciMethod::gaussian_svm:
            return "gaussian-svm";
    }
    return "";
}

double UciMethodResult::accuracy() const {
    return std::accumulate(fold_accuracies.begin(), fold_accuracies.end(), 0.0) /
           static_cast<double>(fold_accuracies.size());
}

const UciMethodResult* UciSetResult::find(const std::string& method) const {
    const auto found =
        std::find_if(methods.begin(), methods.end(),
                     [&](const UciMethodResult& result) { return result.method == method; });
    return found == methods.end() ? nullptr : &*found;
}

UciMethodResult run_uci_method(const UciDataSet& set, UciMethod method, const UciGrids& grids,
                               const Execution& execution) {
    const Stopwatch stopwatch;
    check_memory(set);
    const auto kernels = kernels_of(set, method, grids, execution);
    const bool gaussian = method == UciMethod::gaussian_svm;
    const Choice choice =
        choose(set, method, *kernels, gaussian ? grids.gaussian_costs : grids.costs, execution);
    std::vector<ClassificationTask> folds;
    for (const UciDataSet::Split& fold : set.folds)
        folds.push_back({fold.training_rows, fold.tested_rows, choice.cost});
    const Classifier classifier(method, kernels->gram(choice.kernel, execution));
    UciMethodResult result{.method = to_text(method),
                           .kernel = kernels->name(choice.kernel),
                           .description = kernels->description(choice.kernel),
                           .cost = choice.cost,
                           .selection_accuracy = choice.accuracy,
                           .fold_accuracies = classifier.accuracies(set, folds, execution)};
    result.seconds = stopwatch.seconds();
    return result;
}

}  // namespace sketchntk::tools
