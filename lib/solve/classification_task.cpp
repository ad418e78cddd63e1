#include "core/parallel.hpp"
#include "solve/classifier_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/classification_task.hpp>
#include <sketchntk/solve/kernel_ridge_classifier.hpp>

#include <string>

namespace sketchntk {

namespace {

std::vector<int> classes_of(std::span<const Index> rows, std::span<const int> classes) {
    std::vector<int> result;
    for (const Index row : rows) result.push_back(classes[static_cast<std::size_t>(row)]);
    return result;
}

// `predict(task, classes of its training rows)` for each.
template <typename Predict>
std::vector<std::vector<int>> run(Index rows, std::span<const int> classes,
                                  std::span<const ClassificationTask> tasks,
                                  const Execution& execution, const Predict& predict) {
    if (static_cast<Index>(classes.size()) != rows)
        throw DimensionMismatch("classes: expected one for each of " + std::to_string(rows) +
                                " rows, got " + std::to_string(classes.size()));
    for (const ClassificationTask& task : tasks) check_row_numbers(task.training_rows, rows);
    std::vector<std::vector<int>> result(tasks.size());
    parallel_for(execution, static_cast<Index>(tasks.size()), [&](Index k) {
        const ClassificationTask& task = tasks[static_cast<std::size_t>(k)];
        result[static_cast<std::size_t>(k)] =
            predict(task, classes_of(task.training_rows, classes));
    });
    return result;
}

}  // namespace

std::vector<std::vector<int>> predict_by_support_vectors(const SupportVectorGram& gram,
                                                         std::span<const int> classes,
                                                         std::span<const ClassificationTask> tasks,
                                                         const Execution& execution) {
    return run(gram.rows(), classes, tasks, execution,
               [&](const ClassificationTask& task, const std::vector<int>& of_rows) {
                   return SupportVectorMachine(gram, task.training_rows, of_rows, task.cost)
                       .predict(task.tested_rows);
               });
}

std::vector<std::vector<int>> predict_by_kernel_ridge(MatrixView<const double> gram,
                                                      std::span<const int> classes,
                                                      std::span<const ClassificationTask> tasks,
                                                      const Execution& execution) {
    return run(gram.rows(), classes, tasks, execution,
               [&](const ClassificationTask& task, const std::vector<int>& of_rows) {
                   const Execution alone{.threads = 1};
                   return KernelRidgeClassifier(gram, task.training_rows, of_rows, task.cost, alone)
                       .predict(gram, task.tested_rows);
               });
}

}  // namespace sketchntk
