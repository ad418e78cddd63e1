#include "sketches/poly_tree.hpp"

#include <algorithm>

namespace sketchntk::sketches {
namespace {

/// Which factor of a node's seed: 0 and 1 are left and right.
constexpr std::uint32_t lone_left_factor = 2;

/// Children of the sketch's seed: nodes, leaves and the member of degree 1, none more than 64.
constexpr std::uint32_t first_leaf_seed = PolySketch::largest_degree;
constexpr std::uint32_t lone_leaf_seed = 2 * PolySketch::largest_degree;

Seed lone_seed(const PolySketch& sketch) {
    return sketch.seed().child(lone_leaf_seed);
}

PolyChild add_subtree(Index begin, Index end, std::size_t depth, std::vector<PolyNode>& nodes) {
    if (end - begin == 1) return {true, static_cast<std::size_t>(begin)};
    const std::size_t number = nodes.size();
    const Index middle = begin + (end - begin + 1) / 2;
    nodes.push_back({begin, middle, end, depth, {}, {}});
    const PolyChild left = add_subtree(begin, middle, depth + 1, nodes);
    const PolyChild right = add_subtree(middle, end, depth + 1, nodes);
    nodes[number].left = left;
    nodes[number].right = right;
    return {false, number};
}

std::size_t floats_of_lanes(Index numbers) {
    return static_cast<std::size_t>(numbers * row_lanes);
}

}  // namespace

std::vector<PolyNode> poly_nodes(Index degree) {
    std::vector<PolyNode> nodes;
    add_subtree(0, degree, 0, nodes);
    return nodes;
}

Seed poly_node_seed(const PolySketch& sketch, std::size_t number) {
    return sketch.seed().child(static_cast<std::uint32_t>(number));
}

CountSketch poly_leaf_sketch(const PolySketch& sketch, Index number) {
    return {sketch.input_dimension(), sketch.options().node_width,
            sketch.seed().child(first_leaf_seed + static_cast<std::uint32_t>(number))};
}

CountSketch poly_lone_leaf_sketch(const PolySketch& sketch) {
    return {sketch.input_dimension(), sketch.output_dimension(), lone_seed(sketch)};
}

bool has_hashed_leaves(const PolySketch& sketch) {
    return sketch.options().leaf == PolySketchLeaf::count_sketch &&
           sketch.input_dimension() > sketch.options().node_width;
}

Index leaf_dimension(const PolySketch& sketch) {
    return has_hashed_leaves(sketch) ? sketch.options().node_width : sketch.input_dimension();
}

LaneNumbers child_numbers(const PolyChild& child) {
    return child.is_leaf ? LaneNumbers::real : LaneNumbers::complex;
}

Index child_dimension(const PolySketch& sketch, const PolyChild& child) {
    return child.is_leaf ? leaf_dimension(sketch) : products_behind(sketch.options().node_width);
}

std::vector<Index> poly_node_products(const PolySketch& sketch) {
    const Index inner = products_behind(sketch.options().node_width);
    const Index topmost = products_behind(sketch.output_dimension());
    std::vector<Index> products;
    for (const PolyNode& node : poly_nodes(sketch.degree())) {
        const bool is_root = products.empty();
        const bool at_right_edge = node.end == sketch.degree();
        products.push_back(is_root ? topmost : at_right_edge ? std::max(inner, topmost) : inner);
    }
    return products;
}

PolyTree::PolyTree(const PolySketch& sketch)
    : sketch_(sketch), shape_(poly_nodes(sketch.degree())) {
    const std::vector<Index> products = poly_node_products(sketch);
    for (std::size_t number = 0; number < shape_.size(); ++number) {
        nodes_.push_back(draw(number, products[number]));
    }
    const bool hashed = has_hashed_leaves(sketch);
    if (hashed && sketch.degree() > 1) {
        for (Index leaf = 0; leaf < sketch.degree(); ++leaf) {
            leaf_plans_.emplace_back(poly_leaf_sketch(sketch, leaf));
        }
    }
    if (sketch.input_dimension() <= sketch.output_dimension()) return;
    if (hashed) {
        hashed_lone_leaf_.emplace(poly_lone_leaf_sketch(sketch));
    } else {
        lone_leaf_.emplace(LaneNumbers::real, sketch.input_dimension(),
                           products_behind(sketch.output_dimension()), lone_seed(sketch), 0);
        lone_last_is_imaginary_ = last_part_is_imaginary(lone_seed(sketch));
    }
}

PolyTree::Node PolyTree::draw(std::size_t number, Index products) const {
    const PolyNode& node = shape_[number];
    const Seed seed = poly_node_seed(sketch_, number);
    const auto factor = [&](const PolyChild& child, std::uint32_t which) {
        return LaneFactor(child_numbers(child), child_dimension(sketch_, child), products, seed,
                          which);
    };
    Node drawn{factor(node.left, 0), factor(node.right, 1), std::nullopt,
               last_part_is_imaginary(seed)};
    if (!node.left.is_leaf) drawn.lone_left.emplace(factor(PolyChild{}, lone_left_factor));
    return drawn;
}

PolyTree::Evaluation::Evaluation(const PolyTree& tree, std::span<const Index> degrees)
    : tree_(tree),
      degrees_(degrees),
      has_lone_leaf_(!degrees.empty() && degrees.front() == 1),
      reads_rows_(!has_hashed_leaves(tree.sketch_) || (has_lone_leaf_ && !tree.hashed_lone_leaf_)),
      left_is_lone_(tree.nodes_.size(), false) {
    const PolySketch& sketch = tree.sketch_;
    const Index width = sketch.options().node_width;
    for (std::size_t number = 0; number < tree.nodes_.size(); ++number) {
        const std::size_t place = degrees.size() > 1 ? number : tree.shape_[number].depth;
        if (factors_.size() <= place) factors_.resize(place + 1);
        const Node& node = tree.nodes_[number];
        const auto grow = [](AlignedVector<float>& memory, Index size) {
            memory.resize(std::max(memory.size(), static_cast<std::size_t>(size)));
        };
        grow(factors_[place].left, node.left.transformed_size());
        if (node.lone_left) grow(factors_[place].left, node.lone_left->transformed_size());
        grow(factors_[place].right, node.right.transformed_size());
    }
    vector_.resize(floats_of_lanes(std::max(width, sketch.output_dimension() + 1)));
    if (reads_rows_) row_lanes_.resize(floats_of_lanes(sketch.input_dimension()));
    if (!tree.leaf_plans_.empty()) hashed_ = Matrix<float>(row_lanes, width);
    if (has_lone_leaf_ && tree.lone_leaf_) {
        lone_transformed_.resize(static_cast<std::size_t>(tree.lone_leaf_->transformed_size()));
    }
}

PolyTree::Evaluation::Factors& PolyTree::Evaluation::factors_of(std::size_t number) {
    return factors_[degrees_.size() > 1 ? number : tree_.shape_[number].depth];
}

void PolyTree::Evaluation::evaluate(MatrixView<const float> rows, MatrixView<float> out) {
    rows_ = rows;
    sparse_rows_ = {};
    if (reads_rows_) rows_to_lanes(rows, row_lanes_.data());
    write_members(out);
}

void PolyTree::Evaluation::evaluate(SparseRowsView rows, MatrixView<float> out) {
    rows_ = {};
    sparse_rows_ = rows;
    if (reads_rows_) {
        std::ranges::fill(row_lanes_, 0.0F);
        for (Index i = 0; i < rows.rows(); ++i) {
            const SparseRowsView::Row row = rows.row(i);
            for (std::size_t k = 0; k < row.values.size(); ++k) {
                row_lanes_[static_cast<std::size_t>(row.columns[k] * row_lanes + i)] =
                    row.values[k];
            }
        }
    }
    write_members(out);
}

void PolyTree::Evaluation::write_members(MatrixView<float> out) {
    const Index outputs = tree_.sketch_.output_dimension();
    const PolyChild root{tree_.nodes_.empty(), 0};
    bool everything = true;
    // From the highest degree, so that leaves are dropped one after another.
    for (std::size_t k = degrees_.size(); k-- > 0;) {
        const Index dropped = tree_.sketch_.degree() - degrees_[k];
        const PolyChild top = surviving(root, dropped);
        const MatrixView<float> member =
            out.middle_columns(static_cast<Index>(k) * outputs, outputs);
        if (top.is_leaf) {
            write_lone_leaf(member);
        } else {
            update_factors(top.number, dropped, everything);
            write_node(top.number, member);
        }
        everything = false;
    }
}

/// What is left of a child without the first `dropped` leaves: the topmost node that keeps both
/// children, or a leaf.
PolyChild PolyTree::Evaluation::surviving(PolyChild child, Index dropped) const {
    while (!child.is_leaf && dropped >= tree_.shape_[child.number].middle) {
        child = tree_.shape_[child.number].right;
    }
    return child;
}

/// Brings the transforms of a node up to date that keeps both children; without `everything` only
/// those below which leaves have been dropped.
void PolyTree::Evaluation::update_factors(std::size_t number, Index dropped, bool everything) {
    const PolyNode& shape = tree_.shape_[number];
    const Node& node = tree_.nodes_[number];
    if (everything || dropped > shape.begin) {
        const PolyChild left = surviving(shape.left, dropped);
        left_is_lone_[number] = left.is_leaf && !shape.left.is_leaf;
        const LaneFactor& factor = left_is_lone_[number] ? *node.lone_left : node.left;
        const float* const vector = vector_of(left, dropped, everything);
        factor.transform(vector, factors_of(number).left.data());
    }
    if (everything) {
        const float* const vector = vector_of(shape.right, dropped, everything);
        node.right.transform(vector, factors_of(number).right.data());
    }
}

/// What a child hands to its node; lasts until the next call.
const float* PolyTree::Evaluation::vector_of(const PolyChild& child, Index dropped,
                                             bool everything) {
    if (!child.is_leaf) {
        update_factors(child.number, dropped, everything);
        const Index width = tree_.sketch_.options().node_width;
        multiply(child.number, real_form_scale(width), 0, products_behind(width),
                 {vector_.data(), vector_.data() + row_lanes, 2});
        ++node_evaluations_;
        return vector_.data();
    }
    if (tree_.leaf_plans_.empty()) return row_lanes_.data();
    const Index rows = std::max(rows_.rows(), sparse_rows_.rows());
    const MatrixView<float> hashed = hashed_.view().middle_rows(0, rows);
    hash(tree_.leaf_plans_[child.number], hashed);
    rows_to_lanes(hashed, vector_.data());
    return vector_.data();
}

void PolyTree::Evaluation::write_node(std::size_t number, MatrixView<float> out) {
    const float scale = real_form_scale(out.columns());
    write_real_form(
        [&](Index first, Index last, LaneFactor::Target target) {
            multiply(number, scale, first, last, target);
        },
        tree_.nodes_[number].last_is_imaginary, vector_.data(), out);
    ++node_evaluations_;
}

void PolyTree::Evaluation::multiply(std::size_t number, float scale, Index first, Index last,
                                    LaneFactor::Target target) {
    const Node& node = tree_.nodes_[number];
    const Factors& factors = factors_of(number);
    LaneFactor::multiply(left_is_lone_[number] ? *node.lone_left : node.left, factors.left.data(),
                         node.right, factors.right.data(), scale, first, last, target);
}

void PolyTree::Evaluation::write_lone_leaf(MatrixView<float> out) {
    if (tree_.hashed_lone_leaf_) {
        hash(*tree_.hashed_lone_leaf_, out);
        return;
    }
    if (tree_.lone_leaf_) {
        const LaneFactor& factor = *tree_.lone_leaf_;
        factor.transform(row_lanes_.data(), lone_transformed_.data());
        const float scale = real_form_scale(out.columns());
        write_real_form(
            [&](Index first, Index last, LaneFactor::Target target) {
                factor.choose(lone_transformed_.data(), scale, first, last, target);
            },
            tree_.lone_last_is_imaginary_, vector_.data(), out);
        return;
    }
    const Index inputs = tree_.sketch_.input_dimension();
    lanes_to_rows(row_lanes_.data(), out.middle_columns(0, inputs));
    for (Index i = 0; i < out.rows(); ++i) {
        std::ranges::fill(out.row(i).subspan(static_cast<std::size_t>(inputs)), 0.0F);
    }
}

void PolyTree::Evaluation::hash(const CountSketch::Plan& plan, MatrixView<float> out) const {
    const Execution here{.threads = 1};
    if (sparse_rows_.rows() > 0) {
        plan.apply(sparse_rows_, out, here);
    } else {
        plan.apply(rows_, out, here);
    }
}

}  // namespace sketchntk::sketches
