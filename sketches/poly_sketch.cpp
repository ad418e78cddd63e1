#include "sketches/checks.hpp"
#include "sketches/poly_rows.hpp"
#include "sketches/poly_tree.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/operator.hpp>
#include <sketchntk/sketches/poly_sketch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<PolySketch>);

constexpr const char* poly_sketch_name = "poly_sketch";
/// A thread transforms `row_lanes` whole rows at once.
constexpr Index largest_srht_inputs = Index{1} << 24;
constexpr Index least_node_width = 16;
/// A CountSketch makes the variance larger, a transform of the row grows with its length.
constexpr Index inputs_per_width_of_srht_leaf = 4;

Index power_of_two_below(Index bound) {
    return static_cast<Index>(std::bit_floor(static_cast<std::size_t>(bound)));
}

/// A power of two, as the transforms want it: about half the outputs, which brings the error below
/// that of a chain of degree-2 sketches with all outputs in each; about the outputs where rows are
/// as long, because their transforms cost as much anyway and nodes with fewer products than the row
/// has frequencies lose balance. Measured by bench/poly_sketch.cpp.
Index default_node_width(Index inputs, Index outputs) {
    const Index narrow = std::max(least_node_width, power_of_two_below(outputs * 2 / 3));
    const Index wide = std::max(least_node_width, power_of_two_below(outputs * 4 / 3));
    return std::clamp(2 * power_of_two_below(inputs - 1), narrow, wide);
}

PolySketchOptions resolved(PolySketchOptions options, Index inputs, Index outputs) {
    if (options.node_width == 0) options.node_width = default_node_width(inputs, outputs);
    checked_dimension("node_width", options.node_width, 2);
    if (options.node_width % 2 != 0) {
        throw InvalidArgument("node_width: expected an even number, got " +
                              std::to_string(options.node_width));
    }
    if (options.leaf == PolySketchLeaf::automatic) {
        const bool long_rows = inputs / inputs_per_width_of_srht_leaf >= options.node_width;
        options.leaf = long_rows ? PolySketchLeaf::count_sketch : PolySketchLeaf::srht;
    }
    return options;
}

/// The a and g of `variance_bound`.
struct RelativeMoments {
    double pair;
    double equal;
};

class TreeVarianceBound {
  public:
    TreeVarianceBound(const PolySketch& sketch, double squared_cosine)
        : sketch_(sketch),
          nodes_(poly_nodes(sketch.degree())),
          squared_cosine_(squared_cosine),
          leaf_{squared_cosine, 1} {
        if (!has_hashed_leaves(sketch)) return;
        leaf_ = hashed(static_cast<double>(sketch.options().node_width));
    }

    [[nodiscard]] RelativeMoments of_root() const {
        const Index outputs = sketch_.output_dimension();
        return nodes_.empty() ? of_lone_leaf(outputs) : of(PolyChild{false, 0}, outputs);
    }

  private:
    [[nodiscard]] RelativeMoments of_lone_leaf(Index outputs) const {
        if (sketch_.input_dimension() <= outputs) return {squared_cosine_, 1};
        const auto m = static_cast<double>(outputs);
        if (has_hashed_leaves(sketch_)) return hashed(m);
        const double odd = outputs % 2 == 1 ? 1 / (m * m) : 0;
        return {squared_cosine_ * (1 + odd) + 2 / m, 1 + 2 / m + odd};
    }

    [[nodiscard]] RelativeMoments hashed(double buckets) const {
        return {squared_cosine_ + (1 + squared_cosine_) / buckets, 1 + 2 / buckets};
    }

    [[nodiscard]] RelativeMoments of(const PolyChild& child, Index outputs) const {
        if (child.is_leaf) return leaf_;
        const PolyNode& node = nodes_[child.number];
        const RelativeMoments left = of(node.left, sketch_.options().node_width);
        const RelativeMoments right = of(node.right, sketch_.options().node_width);
        const Index entries = std::max(
            lane_permutation(child_dimension(sketch_, node.left), child_numbers(node.left)),
            lane_permutation(child_dimension(sketch_, node.right), child_numbers(node.right)));
        const double balance = entries == 1 ? 0 : 1 / static_cast<double>(entries - 1);
        const auto m = static_cast<double>(outputs);
        const double odd = outputs % 2 == 1 ? 1 / (m * m) : 0;
        return {(1 - 2 / m + odd) * left.pair * right.pair +
                    2 / m *
                        ((left.pair + left.equal) * (right.pair + right.equal) +
                         left.equal * right.equal * balance),
                left.equal * right.equal * (1 + (6 + 2 * balance) / m + odd)};
    }

    const PolySketch& sketch_;
    std::vector<PolyNode> nodes_;
    double squared_cosine_;
    RelativeMoments leaf_;
};

std::vector<Index> all_degrees(Index highest) {
    std::vector<Index> degrees(static_cast<std::size_t>(highest));
    std::iota(degrees.begin(), degrees.end(), Index{1});
    return degrees;
}

void check_degrees(std::span<const Index> degrees, Index highest) {
    Index previous = 0;
    for (const Index degree : degrees) {
        if (degree <= previous || degree > highest) {
            throw InvalidArgument("degrees: expected ascending numbers from 1 to " +
                                  std::to_string(highest) + ", got " + std::to_string(degree) +
                                  " after " + std::to_string(previous));
        }
        previous = degree;
    }
}

}  // namespace

const char* leaf_name(PolySketchLeaf leaf) {
    return leaf == PolySketchLeaf::srht           ? "srht"
           : leaf == PolySketchLeaf::count_sketch ? "count_sketch"
                                                  : "automatic";
}

PolySketchOptions read_poly_sketch_options(OptionReader& reader) {
    PolySketchOptions options;
    options.node_width = reader.integer("node_width", 0, 0, largest_dimension);
    const std::string leaf = reader.word("leaf", {"automatic", "srht", "count_sketch"});
    if (leaf == "srht") options.leaf = PolySketchLeaf::srht;
    if (leaf == "count_sketch") options.leaf = PolySketchLeaf::count_sketch;
    return options;
}

PolySketch::PolySketch(Index inputs, Index outputs, Index degree, const PolySketchOptions& options,
                       Seed seed)
    : inputs_(checked_dimension("inputs", inputs, 1, largest_sparse_dimension)),
      outputs_(checked_dimension("outputs", outputs)),
      degree_(checked_dimension("degree", degree, 1, largest_degree)),
      options_(resolved(options, inputs, outputs)),
      seed_(seed) {
    if (options_.leaf == PolySketchLeaf::srht) {
        checked_dimension("inputs", inputs, 1, largest_srht_inputs);
    }
}

PolySketch::PolySketch(Index inputs, Index outputs, Index degree, Seed seed)
    : PolySketch(inputs, outputs, degree, PolySketchOptions{}, seed) {}

std::int64_t PolySketch::bytes() const {
    const std::vector<PolyNode> nodes = poly_nodes(degree_);
    const std::vector<Index> products = poly_node_products(*this);
    std::int64_t sum = 0;
    for (std::size_t number = 0; number < nodes.size(); ++number) {
        const auto bytes_of = [&](const PolyChild& child) {
            return LaneFactor::bytes(child_numbers(child), child_dimension(*this, child),
                                     products[number]);
        };
        const PolyNode& node = nodes[number];
        sum += bytes_of(node.left) + bytes_of(node.right);
        if (!node.left.is_leaf) sum += bytes_of(PolyChild{});
    }
    if (inputs_ <= outputs_ || has_hashed_leaves(*this)) return sum;
    return sum + LaneFactor::bytes(LaneNumbers::real, inputs_, products_behind(outputs_));
}

double PolySketch::flops(Index rows) const {
    constexpr double flops_of_product = 8;
    double sum = 0;
    Index products = products_behind(outputs_);
    for (const PolyNode& node : poly_nodes(degree_)) {
        for (const PolyChild& child : {node.left, node.right}) {
            sum += lane_transform_flops(child_dimension(*this, child), child_numbers(child));
        }
        sum += flops_of_product * static_cast<double>(products);
        products = products_behind(options_.node_width);
    }
    if (has_hashed_leaves(*this)) {
        sum += static_cast<double>(degree_) * poly_leaf_sketch(*this, 0).flops(1);
    } else if (degree_ == 1 && inputs_ > outputs_) {
        sum += lane_transform_flops(inputs_, LaneNumbers::real);
    }
    return static_cast<double>(rows) * sum;
}

double PolySketch::variance_bound(std::span<const float> x, std::span<const float> y) const {
    for (const auto& [argument, row] : {std::pair("x", x), std::pair("y", y)}) {
        if (static_cast<Index>(row.size()) == inputs_) continue;
        throw DimensionMismatch(std::string(argument) + ": expected " + std::to_string(inputs_) +
                                " entries, got " + std::to_string(row.size()));
    }
    const auto product = [](std::span<const float> a, std::span<const float> b) {
        return std::inner_product(
            a.begin(), a.end(), b.begin(), 0.0, std::plus<>{},
            [](float u, float v) { return static_cast<double>(u) * static_cast<double>(v); });
    };
    const double lengths = product(x, x) * product(y, y);
    if (lengths == 0) return 0;
    const double squared_cosine = product(x, y) * product(x, y) / lengths;
    const double mean_square = std::pow(squared_cosine, static_cast<double>(degree_));
    const double bound = TreeVarianceBound(*this, squared_cosine).of_root().pair;
    return (bound - mean_square) * std::pow(lengths, static_cast<double>(degree_));
}

OperatorDescription PolySketch::description() const {
    return {.name = poly_sketch_name,
            .inputs = inputs_,
            .outputs = outputs_,
            .options = {{"degree", degree_},
                        {"node_width", options_.node_width},
                        {"leaf", std::string(leaf_name(options_.leaf))}},
            .seed = seed_};
}

PolySketch PolySketch::from_description(const OperatorDescription& description) {
    OptionReader reader(description, poly_sketch_name);
    const Index degree = reader.integer("degree", 2, 1, largest_degree);
    const PolySketchOptions options = read_poly_sketch_options(reader);
    reader.finish();
    return {description.inputs, description.outputs, degree, options, description.seed};
}

PolySketch::Plan::Plan(const PolySketch& distribution)
    : distribution_(distribution), tree_(std::make_shared<const PolyTree>(distribution)) {}

template <typename Rows>
void PolySketch::Plan::apply_to(const Rows& x, std::span<const Index> degrees,
                                MatrixView<float> out, const Execution& execution) const {
    check_degrees(degrees, distribution_.degree());
    check_shapes(x.rows(), x.columns(), out, distribution_.input_dimension(),
                 static_cast<Index>(degrees.size()) * distribution_.output_dimension());
    for_lanes_of_rows(
        execution, x.rows(), [&] { return PolyTree::Evaluation(*tree_, degrees); },
        [&](PolyTree::Evaluation& evaluation, Index first, Index count) {
            const Rows rows = x.middle_rows(first, count);
            check_rows(rows, first);
            evaluation.evaluate(rows, out.middle_rows(first, count));
            check_powers(out.middle_rows(first, count), first, distribution_.degree());
        });
}

void PolySketch::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                             const Execution& execution) const {
    const Index degree = distribution_.degree();
    apply_to(x, {&degree, 1}, out, execution);
}

void PolySketch::Plan::apply(SparseRowsView x, MatrixView<float> out,
                             const Execution& execution) const {
    const Index degree = distribution_.degree();
    apply_to(x, {&degree, 1}, out, execution);
}

void PolySketch::Plan::apply_family(MatrixView<const float> x, MatrixView<float> out,
                                    const Execution& execution) const {
    apply_to(x, all_degrees(distribution_.degree()), out, execution);
}

void PolySketch::Plan::apply_family(SparseRowsView x, MatrixView<float> out,
                                    const Execution& execution) const {
    apply_to(x, all_degrees(distribution_.degree()), out, execution);
}

void PolySketch::Plan::apply_degrees(MatrixView<const float> x, std::span<const Index> degrees,
                                     MatrixView<float> out, const Execution& execution) const {
    apply_to(x, degrees, out, execution);
}

void PolySketch::Plan::apply_degrees(SparseRowsView x, std::span<const Index> degrees,
                                     MatrixView<float> out, const Execution& execution) const {
    apply_to(x, degrees, out, execution);
}

}  // namespace sketchntk::sketches
