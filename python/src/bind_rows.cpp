#include "array_rows.hpp"
#include "bindings.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

namespace sketchntk::python {

using namespace nb::literals;

void bind_rows(nb::module_& module) {
    nb::class_<RowReader>(module, "Rows").def_prop_ro("count", [](const RowReader& rows) {
        return rows.row_count().value_or(0);
    });
    module.def(
        "dense_rows",
        [](DenseArray inputs, decltype(ArrayDescription::targets) targets,
           std::optional<Contiguous1d<double>> weights, std::vector<std::string> column_names,
           std::vector<std::string> target_names, std::vector<double> class_values,
           std::vector<Index> image_shape) {
            return read_arrays(
                std::move(inputs),
                {std::move(targets), std::move(weights), std::move(column_names),
                 std::move(target_names), std::move(class_values), std::move(image_shape)});
        },
        "inputs"_a.noconvert(), "targets"_a = nb::none(), "weights"_a = nb::none(),
        "column_names"_a = std::vector<std::string>{},
        "target_names"_a = std::vector<std::string>{}, "class_values"_a = std::vector<double>{},
        "image_shape"_a = std::vector<Index>{});
    module.def(
        "compressed_rows",
        [](Contiguous1d<std::int64_t> row_starts, Contiguous1d<std::int64_t> column_numbers,
           Contiguous1d<double> values, Index columns, decltype(ArrayDescription::targets) targets,
           std::optional<Contiguous1d<double>> weights, std::vector<std::string> column_names,
           std::vector<std::string> target_names, std::vector<double> class_values) {
            return read_arrays(CompressedArrays{std::move(row_starts), std::move(column_numbers),
                                                std::move(values), columns},
                               {std::move(targets),
                                std::move(weights),
                                std::move(column_names),
                                std::move(target_names),
                                std::move(class_values),
                                {}});
        },
        "row_starts"_a, "column_numbers"_a, "values"_a, "columns"_a, "targets"_a = nb::none(),
        "weights"_a = nb::none(), "column_names"_a = std::vector<std::string>{},
        "target_names"_a = std::vector<std::string>{}, "class_values"_a = std::vector<double>{});
}

}  // namespace sketchntk::python
