#pragma once

#include <nanobind/nanobind.h>

namespace sketchntk::python {

namespace nb = nanobind;

// What each file adds to the module `sketchntk._core`.
void bind_errors();
void bind_rows(nb::module_& module);
void bind_model(nb::module_& module);
void bind_ridge(nb::module_& module);
void bind_kernels(nb::module_& module);
void bind_sketches(nb::module_& module);

}  // namespace sketchntk::python
