#include "array_rows.hpp"
#include "bindings.hpp"
#include "support.hpp"

#include <sketchntk/core/sparse_rows_view.hpp>
#include <sketchntk/sketches/any_sketch.hpp>
#include <sketchntk/sketches/operator_description.hpp>
#include <sketchntk/sketches/suggest_dimension.hpp>

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <string>

namespace sketchntk::python {

using namespace nb::literals;
using sketches::AnySketch;

namespace {

/// A sketch with what is drawn for it.
class Sketch {
  public:
    explicit Sketch(const AnySketch& distribution) : plan_(distribution) {}

    [[nodiscard]] const AnySketch& distribution() const { return plan_.distribution(); }

    template <typename Rows>
    [[nodiscard]] Matrix<float> apply(const Rows& rows, Index count, int threads) const {
        Matrix<float> out(count, distribution().output_dimension());
        run(threads, nb::none(),
            [&](const Execution& execution) { plan_.apply(rows, out.view(), execution); });
        return out;
    }

  private:
    AnySketch::Plan plan_;
};

Sketch make_sketch(const std::string& text, Index inputs, Index outputs, std::uint64_t seed) {
    return Sketch(AnySketch::from_description(sketches::parse_operator(
        text, {.name = "", .inputs = inputs, .outputs = outputs, .options = {}, .seed = {seed}})));
}

std::span<const float> numbers_of(const Contiguous1d<float>& numbers) {
    return {numbers.data(), numbers.size()};
}

}  // namespace

void bind_sketches(nb::module_& module) {
    module.def("sketch_names", &sketches::sketch_names);
    nb::class_<Sketch>(module, "Sketch")
        .def(nb::new_(&make_sketch), "text"_a, "inputs"_a, "outputs"_a, "seed"_a)
        .def_static(
            "from_json",
            [](const std::string& json) {
                return Sketch(AnySketch::from_description(sketches::description_from_json(json)));
            },
            "json"_a)
        .def("to_json",
             [](const Sketch& s) { return sketches::to_json(s.distribution().description()); })
        .def("to_text",
             [](const Sketch& s) { return sketches::to_text(s.distribution().description()); })
        .def_prop_ro("inputs", [](const Sketch& s) { return s.distribution().input_dimension(); })
        .def_prop_ro("outputs", [](const Sketch& s) { return s.distribution().output_dimension(); })
        .def_prop_ro("seed", [](const Sketch& s) { return s.distribution().seed().value; })
        .def_prop_ro("bytes", [](const Sketch& s) { return s.distribution().bytes(); })
        .def(
            "flops", [](const Sketch& s, Index rows) { return s.distribution().flops(rows); },
            "rows"_a)
        .def(
            "variance",
            [](const Sketch& s, const Contiguous1d<float>& x, const Contiguous1d<float>& y) {
                return s.distribution().variance(numbers_of(x), numbers_of(y));
            },
            "x"_a, "y"_a)
        .def(
            "apply",
            [](const Sketch& s, const Contiguous2d<float>& x, int threads) {
                const MatrixView<const float> rows = view_of(x);
                return to_numpy(s.apply(rows, rows.rows(), threads));
            },
            "x"_a, "threads"_a = 0)
        .def(
            "apply_compressed",
            [](const Sketch& s, const Contiguous1d<std::int64_t>& row_starts,
               const Contiguous1d<std::int64_t>& column_numbers, const Contiguous1d<float>& values,
               Index columns, int threads) {
                const std::span<const Index> starts(row_starts.data(), row_starts.size());
                const std::span<const std::int64_t> numbers(column_numbers.data(),
                                                            column_numbers.size());
                check_compressed_rows(starts, numbers, values.size(), columns);
                const SparseRowsView rows(columns, starts, numbers, numbers_of(values));
                return to_numpy(s.apply(rows, rows.rows(), threads));
            },
            "row_starts"_a, "column_numbers"_a, "values"_a, "columns"_a, "threads"_a = 0);
}

}  // namespace sketchntk::python
