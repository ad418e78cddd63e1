#include "sketches/checks.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>
#include <sketchntk/sketches/any_sketch.hpp>
#include <sketchntk/sketches/composition.hpp>
#include <sketchntk/sketches/count_sketch.hpp>
#include <sketchntk/sketches/direct_sum.hpp>
#include <sketchntk/sketches/fourier_srht.hpp>
#include <sketchntk/sketches/gaussian_sketch.hpp>
#include <sketchntk/sketches/hadamard_directions.hpp>
#include <sketchntk/sketches/orthogonal_sketch.hpp>
#include <sketchntk/sketches/poly_sketch.hpp>
#include <sketchntk/sketches/polynomial_sketch.hpp>
#include <sketchntk/sketches/rademacher_sketch.hpp>
#include <sketchntk/sketches/sparse_sign_sketch.hpp>
#include <sketchntk/sketches/srht.hpp>
#include <sketchntk/sketches/tensor_sketch.hpp>

#include <algorithm>
#include <map>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<AnySketch> && KnownVariance<AnySketch>);

using Factory = AnySketch (*)(const OperatorDescription&);

template <RowSketch Sketch>
AnySketch make(const OperatorDescription& description) {
    return Sketch::from_description(description);
}

// The one list of sketches: a new one is a line here and a file of its own.
const std::map<std::string, Factory>& factories() {
    static const std::map<std::string, Factory> all{
        {"composition", make<Composition>},
        {"count_sketch", make<CountSketch>},
        {"direct_sum", make<DirectSum>},
        {"fourier_srht", make<FourierSrht>},
        {"gaussian", make<GaussianSketch>},
        {"hadamard_directions", make<HadamardDirections>},
        {"orthogonal", make<OrthogonalSketch>},
        {"poly_sketch", make<PolySketch>},
        {"polynomial_sketch", make<PolynomialSketch>},
        {"rademacher", make<RademacherSketch>},
        {"sparse_sign", make<SparseSignSketch>},
        {"srht", make<Srht>},
        {"tensor_sketch", make<TensorSketch>},
    };
    return all;
}

/// Entries of dense rows that are written out at once.
constexpr Index entries_at_once = Index{1} << 20;

}  // namespace

AnySketch AnySketch::from_description(const OperatorDescription& description) {
    const auto found = factories().find(description.name);
    if (found == factories().end()) {
        throw InvalidArgument("operator: unknown '" + description.name + "', did you mean '" +
                              nearest_name(description.name, sketch_names()) + "'?");
    }
    return found->second(description);
}

void AnySketch::throw_unknown_variance(const OperatorDescription& description) {
    throw NotAvailable(to_text(description) + ": its variance is not known in closed form");
}

void AnySketch::write_out_and_apply(const DrawnSketch& drawn, SparseRowsView x,
                                    MatrixView<float> out, const Execution& execution) {
    checked_dimension("x: columns", x.columns());
    const Index rows_at_once = std::max<Index>(1, entries_at_once / x.columns());
    check_columns(x);
    check_finite(x);
    check_shapes(x.rows(), x.columns(), out, x.columns(), out.columns());
    for (Index first = 0; first < x.rows(); first += rows_at_once) {
        const SparseRowsView rows = x.middle_rows(first, std::min(rows_at_once, x.rows() - first));
        Matrix<float> dense(rows.rows(), x.columns());
        for (Index i = 0; i < rows.rows(); ++i) {
            const SparseRowsView::Row row = rows.row(i);
            for (std::size_t k = 0; k < row.values.size(); ++k) {
                dense(i, row.columns[k]) = row.values[k];
            }
        }
        drawn.apply(dense.view(), out.middle_rows(first, rows.rows()), execution);
    }
}

std::vector<std::string> sketch_names() {
    std::vector<std::string> names;
    for (const auto& [name, factory] : factories()) names.push_back(name);
    return names;
}

}  // namespace sketchntk::sketches
