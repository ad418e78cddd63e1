#include "solve/classifier_rows.hpp"
#include "solve/rounded_text.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/support_vector_machine.hpp>

#include <svm.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

namespace sketchntk {

namespace {

constexpr double optimality_tolerance = 1e-3;
// libsvm keeps the rows of the kernel that it has last used, in float32: all of them where they
// fit.
constexpr double largest_cache_megabytes = 1024;

void say_nothing(const char*) {}

svm_parameter parameters(double cost, Index rows) {
    // Once for the process: libsvm reports each training on standard output.
    static const bool silent = (svm_set_print_string_function(say_nothing), true);
    static_cast<void>(silent);
    const auto entries = static_cast<double>(rows) * static_cast<double>(rows);
    svm_parameter result{};
    result.svm_type = C_SVC;
    result.kernel_type = PRECOMPUTED;
    result.C = cost;
    result.eps = optimality_tolerance;
    result.shrinking = 1;
    result.cache_size = std::min(largest_cache_megabytes, 1 + entries * sizeof(float) / (1 << 20));
    return result;
}

struct DestroyModel {
    void operator()(svm_model* model) const noexcept { svm_free_and_destroy_model(&model); }
};

}  // namespace

/// libsvm's rows: a node with the number of the row, from 1, and one for each entry.
struct SupportVectorGram::Nodes {
    Nodes(Index row_count, Index column_count)
        : rows(row_count),
          columns(column_count),
          nodes(static_cast<std::size_t>(row_count * (column_count + 1))) {}

    // libsvm takes rows as pointers to what it does not change.
    [[nodiscard]] svm_node* row(Index i) const {
        return const_cast<svm_node*>(nodes.data() + i * (columns + 1));
    }

    Index rows;
    Index columns;
    std::vector<svm_node> nodes;
};

SupportVectorGram::SupportVectorGram(MatrixView<const double> kernel) {
    if (kernel.columns() < 1 || kernel.rows() < kernel.columns())
        throw InvalidArgument("kernel: expected K(X, X) and perhaps further rows, got " +
                              std::to_string(kernel.rows()) + " rows of " +
                              std::to_string(kernel.columns()) + " columns");
    const auto nodes = std::make_shared<Nodes>(kernel.rows(), kernel.columns());
    for (Index i = 0; i < kernel.rows(); ++i) {
        svm_node* row = nodes->row(i);
        row[0] = {0, static_cast<double>(i + 1)};
        for (Index j = 0; j < kernel.columns(); ++j) {
            if (!std::isfinite(kernel(i, j)))
                throw InvalidArgument("kernel: expected finite numbers, got " +
                                      rounded_text(kernel(i, j)) + " in row " + std::to_string(i) +
                                      ", column " + std::to_string(j) + " (both from 0)");
            row[j + 1] = {static_cast<int>(j + 1), kernel(i, j)};
        }
    }
    nodes_ = nodes;
}

Index SupportVectorGram::rows() const {
    return nodes_->rows;
}

Index SupportVectorGram::columns() const {
    return nodes_->columns;
}

std::int64_t SupportVectorGram::bytes(Index rows, Index columns) {
    return static_cast<std::int64_t>(sizeof(svm_node)) * rows * (columns + 1);
}

struct SupportVectorMachine::Trained {
    std::unique_ptr<svm_model, DestroyModel> model;
    /// Its own labels, as they come: those of the first class of the training rows first.
    std::vector<int> labels;
};

SupportVectorMachine::SupportVectorMachine(const SupportVectorGram& gram,
                                           std::span<const Index> rows,
                                           std::span<const int> classes, double cost)
    : nodes_(gram.nodes_) {
    check_training_rows(rows, classes, gram.columns());
    check_cost(cost);
    // libsvm numbers classes as they first occur.
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return classes[a] < classes[b]; });
    std::vector<double> labels;
    std::vector<svm_node*> samples;
    for (const std::size_t k : order) {
        labels.push_back(classes[k]);
        samples.push_back(nodes_->row(rows[k]));
    }
    const svm_problem problem{static_cast<int>(rows.size()), labels.data(), samples.data()};
    const svm_parameter parameter = parameters(cost, static_cast<Index>(rows.size()));
    auto trained = std::make_shared<Trained>();
    trained->model.reset(svm_train(&problem, &parameter));
    trained->labels.resize(static_cast<std::size_t>(svm_get_nr_class(trained->model.get())));
    svm_get_labels(trained->model.get(), trained->labels.data());
    trained_ = trained;
}

std::vector<int> SupportVectorMachine::predict(std::span<const Index> rows) const {
    check_row_numbers(rows, nodes_->rows);
    std::vector<int> result;
    for (const Index row : rows)
        result.push_back(static_cast<int>(svm_predict(trained_->model.get(), nodes_->row(row))));
    return result;
}

Matrix<double> SupportVectorMachine::decision_values(std::span<const Index> rows) const {
    check_row_numbers(rows, nodes_->rows);
    const auto count = static_cast<Index>(trained_->labels.size());
    Matrix<double> result(static_cast<Index>(rows.size()), count * (count - 1) / 2);
    for (std::size_t k = 0; k < rows.size(); ++k)
        svm_predict_values(trained_->model.get(), nodes_->row(rows[k]),
                           result.row(static_cast<Index>(k)).data());
    return result;
}

std::vector<int> SupportVectorMachine::classes() const {
    return trained_->labels;
}

Index SupportVectorMachine::support_vector_count() const {
    return svm_get_nr_sv(trained_->model.get());
}

}  // namespace sketchntk
