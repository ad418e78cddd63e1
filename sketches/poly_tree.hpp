#pragma once

#include "sketches/lane_factor.hpp"

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/sparse_rows_view.hpp>
#include <sketchntk/sketches/count_sketch.hpp>
#include <sketchntk/sketches/poly_sketch.hpp>

#include <optional>
#include <span>
#include <vector>

namespace sketchntk::sketches {

/// A child in the tree of a PolySketch: an inner node, or a leaf.
struct PolyChild {
    bool is_leaf = true;
    std::size_t number = 0;  ///< of the node in the order of `poly_nodes`, or of the leaf

    bool operator==(const PolyChild&) const = default;
};

/// An inner node: leaves [begin, middle) stand below its left child, [middle, end) below the right.
struct PolyNode {
    Index begin = 0;
    Index middle = 0;
    Index end = 0;
    std::size_t depth = 0;
    PolyChild left;
    PolyChild right;
};

/// The balanced tree with `degree` leaves, every node before its children, the left one first: the
/// root is number 0. Empty for degree 1.
[[nodiscard]] std::vector<PolyNode> poly_nodes(Index degree);

/// The word for a kind of leaf, and the options `node_width` and `leaf` of a description.
[[nodiscard]] const char* leaf_name(PolySketchLeaf leaf);
[[nodiscard]] PolySketchOptions read_poly_sketch_options(OptionReader& reader);

/// What all random parts of node `number` are drawn from.
[[nodiscard]] Seed poly_node_seed(const PolySketch& sketch, std::size_t number);
/// The CountSketch of leaf `number` if leaves are hashed.
[[nodiscard]] CountSketch poly_leaf_sketch(const PolySketch& sketch, Index number);
/// The CountSketch that is the member of degree 1 where leaves are hashed and rows longer than
/// outputs.
[[nodiscard]] CountSketch poly_lone_leaf_sketch(const PolySketch& sketch);
/// Whether leaves are CountSketches of the row, not the row itself.
[[nodiscard]] bool has_hashed_leaves(const PolySketch& sketch);
/// Length of a leaf's vector.
[[nodiscard]] Index leaf_dimension(const PolySketch& sketch);
/// Kind and number of entries that a child hands to its node.
[[nodiscard]] LaneNumbers child_numbers(const PolyChild& child);
[[nodiscard]] Index child_dimension(const PolySketch& sketch, const PolyChild& child);
/// The most products that each node samples: the nodes at the right edge are the topmost ones of
/// some member of the family.
[[nodiscard]] std::vector<Index> poly_node_products(const PolySketch& sketch);

/// The drawn operators of a PolySketch.
class PolyTree {
  public:
    class Evaluation;

    explicit PolyTree(const PolySketch& sketch);

  private:
    struct Node {
        LaneFactor left;
        LaneFactor right;
        /// For the last leaf of a larger left child.
        std::optional<LaneFactor> lone_left;
        bool last_is_imaginary;
    };

    [[nodiscard]] Node draw(std::size_t number, Index products) const;

    PolySketch sketch_;
    std::vector<PolyNode> shape_;
    std::vector<Node> nodes_;
    std::vector<CountSketch::Plan> leaf_plans_;
    /// The member of degree 1, where the row does not fit the outputs.
    std::optional<LaneFactor> lone_leaf_;
    bool lone_last_is_imaginary_ = false;
    std::optional<CountSketch::Plan> hashed_lone_leaf_;
};

/// One thread's work on a tree, `row_lanes` rows at a time, for some members of the family.
class PolyTree::Evaluation {
  public:
    /// @param degrees of the members, ascending; must stay where they are
    Evaluation(const PolyTree& tree, std::span<const Index> degrees);

    /// The members for at most `row_lanes` rows, side by side in the rows of `out`.
    void evaluate(MatrixView<const float> rows, MatrixView<float> out);
    void evaluate(SparseRowsView rows, MatrixView<float> out);

    /// TensorSRHTs computed since this object was made.
    [[nodiscard]] Index node_evaluations() const { return node_evaluations_; }

  private:
    /// Transforms of the factors of a node.
    struct Factors {
        AlignedVector<float> left;
        AlignedVector<float> right;
    };

    [[nodiscard]] Factors& factors_of(std::size_t number);
    void write_members(MatrixView<float> out);
    [[nodiscard]] const float* vector_of(const PolyChild& child, Index dropped, bool everything);
    [[nodiscard]] PolyChild surviving(PolyChild child, Index dropped) const;
    void update_factors(std::size_t number, Index dropped, bool everything);
    void write_node(std::size_t number, MatrixView<float> out);
    void write_lone_leaf(MatrixView<float> out);
    void multiply(std::size_t number, float scale, Index first, Index last,
                  LaneFactor::Target target);
    void hash(const CountSketch::Plan& plan, MatrixView<float> out) const;

    const PolyTree& tree_;
    std::span<const Index> degrees_;
    bool has_lone_leaf_;
    bool reads_rows_;
    /// Of one node at a time on each level of the tree, or of all nodes if there are several
    /// members.
    std::vector<Factors> factors_;
    /// Whether the left factor is the transform of a single leaf of a larger child.
    std::vector<bool> left_is_lone_;
    AlignedVector<float> row_lanes_;
    AlignedVector<float> vector_;
    AlignedVector<float> lone_transformed_;
    Matrix<float> hashed_;
    MatrixView<const float> rows_;
    SparseRowsView sparse_rows_;
    Index node_evaluations_ = 0;
};

}  // namespace sketchntk::sketches
