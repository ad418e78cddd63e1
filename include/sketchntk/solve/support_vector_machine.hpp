#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sketchntk {

/// A kernel matrix in the form that libsvm reads: written once, whatever the number of machines
/// that are then trained on parts of its rows.
///
/// Row i holds K(z_i, x_j) for all columns j, and the first columns() rows are the x_j themselves.
/// So K(X, X) is square, and rows of new samples, K(Z, X), follow it where they are to be
/// predicted. Copies share the matrix. Cost: one pass. Memory: 16 bytes an entry.
class SupportVectorGram {
  public:
    /// @throws InvalidArgument for fewer rows than columns, no column, or an entry that is not
    ///   finite (row and column named, from 0).
    explicit SupportVectorGram(MatrixView<const double> kernel);

    [[nodiscard]] Index rows() const;
    [[nodiscard]] Index columns() const;

    /// Bytes that one of this shape holds.
    [[nodiscard]] static std::int64_t bytes(Index rows, Index columns);

  private:
    friend class SupportVectorMachine;
    struct Nodes;
    std::shared_ptr<const Nodes> nodes_;
};

/// Support vector classification with a kernel that is given by its matrix (C-SVC, Cortes and
/// Vapnik 1995; by libsvm, Chang and Lin 2011): for two classes f(x) = sum_i a_i y_i K(x_i, x) -
/// rho with 0 <= a_i <= C, for more one machine for each pair of classes, and the class with most
/// votes, of several the smallest.
///
/// Classes are any integers; they are taken in ascending order and training rows in the order
/// given, as scikit-learn's SVC takes them. Stops where the optimality conditions are violated by
/// less than 0.001, libsvm's own standard. Deterministic; several may be trained at once. After 10
/// million steps a training ends as it is, which libsvm says on standard error.
class SupportVectorMachine {
  public:
    /// @param rows numbers of the training rows within `gram`, each below gram.columns()
    /// @param classes of those rows
    /// @param cost C
    /// @throws InvalidArgument for no rows, a row number out of range or a cost that is not
    /// positive
    ///   and finite; DimensionMismatch unless there is one class for each row.
    SupportVectorMachine(const SupportVectorGram& gram, std::span<const Index> rows,
                         std::span<const int> classes, double cost);

    /// The classes of rows of the same Gram, O(support vectors x classes) a row.
    /// @throws InvalidArgument for a row number out of range.
    [[nodiscard]] std::vector<int> predict(std::span<const Index> rows) const;

    /// f for each pair of classes (0, 1), (0, 2), ..., (1, 2), ... in ascending order of classes:
    /// positive where the vote is for the first. One column for each pair.
    /// @throws as `predict`.
    [[nodiscard]] Matrix<double> decision_values(std::span<const Index> rows) const;

    /// In ascending order.
    [[nodiscard]] std::vector<int> classes() const;
    [[nodiscard]] Index support_vector_count() const;

  private:
    struct Trained;
    std::shared_ptr<const SupportVectorGram::Nodes> nodes_;
    std::shared_ptr<const Trained> trained_;
};

}  // namespace sketchntk
