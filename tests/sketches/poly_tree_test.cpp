#include "sketches/poly_tree.hpp"

#include "sketches/poly_sketch_support.hpp"
#include "sketches/sketch_checks.hpp"

#include <sketchntk/sketches/poly_sketch.hpp>

#include <bit>
#include <complex>
#include <numbers>
#include <numeric>
#include <utility>

using namespace sketchntk;
using namespace sketchntk::sketches;
using namespace sketchntk::sketches::testing;

namespace {

using Complex = std::complex<double>;
using ComplexVector = std::vector<Complex>;

ComplexVector widened(std::span<const float> v) {
    return {v.begin(), v.end()};
}

/// The chosen entries of F(D v) of one factor of a node, by the definition in float64: F has the
/// length of a power of two; frequencies are random permutations of all, for real vectors (leaves)
/// of the pairs of conjugate ones, one of each pair.
ComplexVector factor(const ComplexVector& v, bool real, Index products, Seed seed, Index number) {
    auto n = static_cast<Index>(std::bit_ceil(v.size()));
    if (real) n = std::max<Index>(n, 2);
    const Index entries = real ? n / 2 : n;
    Vector signs(v.size()), sides(static_cast<std::size_t>(products));
    RandomStream(seed, 0).fill_signs(number, 0, signs);
    RandomStream(seed, 3).fill_signs(number, 0, sides);
    ComplexVector out;
    std::vector<Index> order;
    for (Index k = 0; k < products; ++k) {
        const Index place = k % entries;
        if (place == 0) {
            order.resize(static_cast<std::size_t>(entries));
            std::iota(order.begin(), order.end(), Index{0});
        }
        const Index other = place + RandomStream(seed, 2).uniform_index(number, k, entries - place);
        std::swap(order[static_cast<std::size_t>(place)], order[static_cast<std::size_t>(other)]);
        Index frequency = order[static_cast<std::size_t>(place)];
        if (real && sides[static_cast<std::size_t>(k)] < 0) {
            frequency = frequency == 0 ? n / 2 : n - frequency;
        }
        Complex sum = 0;
        for (std::size_t p = 0; p < v.size(); ++p) {
            const auto turn =
                static_cast<double>(frequency * static_cast<Index>(p) % n) / static_cast<double>(n);
            sum += static_cast<double>(signs[p]) * v[p] *
                   std::polar(1.0, -2 * std::numbers::pi * turn);
        }
        out.push_back(sum);
    }
    return out;
}

/// A vector, and whether it is that of a leaf.
struct Operand {
    ComplexVector vector;
    bool is_leaf;
};

/// The products of the TensorSRHT of a and b behind `outputs` real numbers.
ComplexVector tensor_srht(const Operand& a, Index a_number, const Operand& b, Seed seed,
                          Index outputs) {
    const Index products = (outputs + 1) / 2;
    const ComplexVector left = factor(a.vector, a.is_leaf, products, seed, a_number);
    const ComplexVector right = factor(b.vector, b.is_leaf, products, seed, 1);
    ComplexVector out;
    for (std::size_t k = 0; k < left.size(); ++k) {
        out.push_back(std::sqrt(2 / static_cast<double>(outputs)) * left[k] * right[k]);
    }
    return out;
}

/// [Re z, Im z], for an odd number of outputs with one part of the last product.
std::vector<double> real_form(const ComplexVector& z, Index outputs, Seed seed) {
    std::vector<double> out;
    const auto pairs = static_cast<std::size_t>(outputs / 2);
    for (std::size_t k = 0; k < pairs; ++k) out.push_back(z[k].real());
    for (std::size_t k = 0; k < pairs; ++k) out.push_back(z[k].imag());
    if (outputs % 2 == 1) {
        const bool imaginary = RandomStream(seed, 1).uniform_index(0, 0, 2) == 1;
        out.push_back(imaginary ? z.back().imag() : z.back().real());
    }
    return out;
}

/// A member of the family by its definition, from the vectors of the leaves.
class Definition {
  public:
    Definition(const PolySketch& sketch, std::vector<ComplexVector> leaves)
        : sketch_(sketch), nodes_(poly_nodes(sketch.degree())), leaves_(std::move(leaves)) {}

    [[nodiscard]] std::vector<double> without(Index dropped) const {
        const Index outputs = sketch_.output_dimension();
        std::size_t top = 0;
        while (dropped >= nodes_[top].middle) top = nodes_[top].right.number;
        return real_form(value({false, top}, dropped, outputs).vector, outputs,
                         poly_node_seed(sketch_, top));
    }

  private:
    /// What is left of a child without the dropped leaves.
    [[nodiscard]] Operand value(const PolyChild& child, Index dropped, Index outputs) const {
        if (child.is_leaf) return {leaves_[child.number], true};
        const PolyNode& node = nodes_[child.number];
        if (dropped >= node.middle) return value(node.right, dropped, outputs);
        const Index width = sketch_.options().node_width;
        const Operand left = value(node.left, dropped, width);
        const Operand right = value(node.right, dropped, width);
        const bool lone = left.is_leaf && !node.left.is_leaf;
        return {
            tensor_srht(left, lone ? 2 : 0, right, poly_node_seed(sketch_, child.number), outputs),
            false};
    }

    PolySketch sketch_;
    std::vector<PolyNode> nodes_;
    std::vector<ComplexVector> leaves_;
};

MatrixView<const float> as_row(const Vector& v) {
    return {v.data(), 1, static_cast<Index>(v.size())};
}

/// The vectors of the leaves for x.
std::vector<ComplexVector> leaf_vectors(const PolySketch& sketch, const Vector& x) {
    std::vector<ComplexVector> leaves;
    for (Index leaf = 0; leaf < sketch.degree(); ++leaf) {
        if (!has_hashed_leaves(sketch)) {
            leaves.push_back(widened(x));
            continue;
        }
        Matrix<float> hashed(1, leaf_dimension(sketch));
        CountSketch::Plan(poly_leaf_sketch(sketch, leaf)).apply(as_row(x), hashed);
        leaves.push_back(widened(hashed.row(0)));
    }
    return leaves;
}

void check_near(std::span<const float> found, const std::vector<double>& expected) {
    REQUIRE(found.size() == expected.size());
    double scale = 0;
    for (const double e : expected) scale += e * e / static_cast<double>(expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
        CHECK(static_cast<double>(found[k]) ==
              Approx(expected[k]).margin(1e-5 * std::sqrt(scale)).epsilon(1e-5));
    }
}

/// The matrix of a node: outputs by d^n, its columns in the order of x (x) ... (x) x.
using Columns = std::vector<ComplexVector>;

ComplexVector unit_vector(std::size_t dimension, std::size_t place) {
    ComplexVector unit(dimension, 0.0);
    unit[place] = 1;
    return unit;
}

Columns node_matrix(const PolySketch& sketch, const PolyChild& child, Index outputs) {
    Columns columns;
    const auto d = static_cast<std::size_t>(sketch.input_dimension());
    if (child.is_leaf) {
        for (std::size_t p = 0; p < d; ++p) columns.push_back(unit_vector(d, p));
        return columns;
    }
    const PolyNode node = poly_nodes(sketch.degree())[child.number];
    const Columns left = node_matrix(sketch, node.left, sketch.options().node_width);
    const Columns right = node_matrix(sketch, node.right, sketch.options().node_width);
    const std::size_t a_size = left.front().size(), b_size = right.front().size();
    // The node's own matrix, from pairs of unit vectors.
    Columns own;
    for (std::size_t a = 0; a < a_size; ++a) {
        for (std::size_t b = 0; b < b_size; ++b) {
            own.push_back(tensor_srht({unit_vector(a_size, a), node.left.is_leaf}, 0,
                                      {unit_vector(b_size, b), node.right.is_leaf},
                                      poly_node_seed(sketch, child.number), outputs));
        }
    }
    for (const ComplexVector& l : left) {
        for (const ComplexVector& r : right) {
            ComplexVector sum(own.front().size(), 0.0);
            for (std::size_t a = 0; a < a_size; ++a) {
                for (std::size_t b = 0; b < b_size; ++b) {
                    for (std::size_t k = 0; k < sum.size(); ++k) {
                        sum[k] += l[a] * r[b] * own[a * b_size + b][k];
                    }
                }
            }
            columns.push_back(std::move(sum));
        }
    }
    return columns;
}

}  // namespace

TEST_CASE("the tree of a PolySketch is balanced") {
    for (Index degree = 1; degree <= PolySketch::largest_degree; ++degree) {
        const std::vector<PolyNode> nodes = poly_nodes(degree);
        REQUIRE(static_cast<Index>(nodes.size()) == degree - 1);
        std::vector<int> seen(static_cast<std::size_t>(degree), 0);
        for (const PolyNode& node : nodes) {
            const Index left = node.middle - node.begin, right = node.end - node.middle;
            CHECK(left >= right);
            CHECK(left - right <= 1);
            for (const auto& [child, size] : {std::pair(node.left, left), {node.right, right}}) {
                CHECK(child.is_leaf == (size == 1));
                if (child.is_leaf) ++seen[child.number];
            }
        }
        if (degree > 1) CHECK(std::ranges::all_of(seen, [](int count) { return count == 1; }));
    }
}

TEST_CASE("PolySketch is a linear map of the explicit tensor power") {
    const Vector x{0.5F, -0.8F, 0.3F};
    for (const Index degree : {2, 3, 4, 5}) {
        for (const Index outputs : {10, 7}) {
            INFO("degree " << degree << ", " << outputs << " outputs");
            const PolySketch sketch(3, outputs, degree, {.node_width = 8, .leaf = srht}, Seed{3});
            const Columns matrix = node_matrix(sketch, {false, 0}, outputs);
            ComplexVector expected(matrix.front().size(), 0.0);
            for (std::size_t column = 0; column < matrix.size(); ++column) {
                double entry = 1;
                std::size_t digits = column;
                for (Index leaf = 0; leaf < degree; ++leaf, digits /= 3) {
                    entry *= static_cast<double>(x[digits % 3]);
                }
                for (std::size_t k = 0; k < expected.size(); ++k) {
                    expected[k] += entry * matrix[column][k];
                }
            }
            check_near(sketched(sketch, {x}).row(0),
                       real_form(expected, outputs, poly_node_seed(sketch, 0)));
        }
    }
}

TEST_CASE("every member of the family of a PolySketch agrees with its definition") {
    struct Shape {
        Index inputs, outputs, width;
        PolySketchLeaf leaf;
    };
    // Rows longer and shorter than nodes and outputs, nodes wider and narrower than outputs.
    for (const Shape& shape :
         {Shape{11, 24, 16, srht}, Shape{30, 24, 16, srht}, Shape{30, 23, 16, count_sketch},
          Shape{20, 12, 32, count_sketch}, Shape{1, 5, 2, srht}, Shape{9, 31, 22, srht}}) {
        for (const Index degree : {2, 3, 4, 5, 6, 7, 8, 13}) {
            INFO(shape.inputs << " inputs, " << shape.outputs << " outputs, degree " << degree);
            const PolySketch sketch(shape.inputs, shape.outputs, degree,
                                    {.node_width = shape.width, .leaf = shape.leaf}, Seed{4});
            const Vector x = random_vector(shape.inputs, 0);
            const Definition definition(sketch, leaf_vectors(sketch, x));
            const Matrix<float> found = family(sketch, {x});
            for (Index power = 2; power <= degree; ++power) {
                INFO("member of degree " << power);
                check_near(
                    found.view().middle_columns((power - 1) * shape.outputs, shape.outputs).row(0),
                    definition.without(degree - power));
            }
            const Matrix<float> whole = sketched(sketch, {x});
            CHECK(std::ranges::equal(whole.row(0),
                                     found.row(0).last(static_cast<std::size_t>(shape.outputs))));
        }
    }
}

TEST_CASE("a family of PolySketches updates the nodes above one leaf at a time") {
    for (Index degree = 1; degree <= PolySketch::largest_degree; ++degree) {
        const PolyTree tree(PolySketch(5, 8, degree, Seed{1}));
        std::vector<Index> degrees(static_cast<std::size_t>(degree));
        std::iota(degrees.begin(), degrees.end(), Index{1});
        PolyTree::Evaluation evaluation(tree, degrees);
        const Matrix<float> x = random_rows(1, 5);
        Matrix<float> out(1, 8 * degree);
        evaluation.evaluate(x.view(), out.view());
        const Index levels = std::bit_width(static_cast<std::size_t>(degree - 1));
        CHECK(evaluation.node_evaluations() <= degree - 1 + (degree - 1) * levels);

        PolyTree::Evaluation highest(tree, std::span(degrees).last(1));
        highest.evaluate(x.view(), out.view().middle_columns(0, 8));
        CHECK(highest.node_evaluations() == degree - 1);
    }
}
