#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/solve/support_vector_machine.hpp>

#include <span>
#include <vector>

namespace sketchntk {

/// One of many trainings on the same Gram: which rows train, with which C, and which are predicted.
struct ClassificationTask {
    std::span<const Index> training_rows;
    std::span<const Index> tested_rows;
    double cost = 1;
};

/// For each task the classes that a `SupportVectorMachine` trained on its rows predicts for its
/// tested rows; tasks run in parallel, each on one thread.
/// @param classes of the rows of the Gram, all of them
/// @throws as `SupportVectorMachine`; DimensionMismatch unless there is one class for each row.
[[nodiscard]] std::vector<std::vector<int>> predict_by_support_vectors(
    const SupportVectorGram& gram, std::span<const int> classes,
    std::span<const ClassificationTask> tasks, const Execution& execution = {});

/// The same by a `KernelRidgeClassifier`.
[[nodiscard]] std::vector<std::vector<int>> predict_by_kernel_ridge(
    MatrixView<const double> gram, std::span<const int> classes,
    std::span<const ClassificationTask> tasks, const Execution& execution = {});

}  // namespace sketchntk
