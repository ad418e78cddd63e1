#include "bindings.hpp"

#include <sketchntk/core/blas_kernel.hpp>
#include <sketchntk/core/version.hpp>
#include <sketchntk/features/feature_map.hpp>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

NB_MODULE(_core, module) {
    using namespace sketchntk::python;
    module.doc() = "What sketchntk computes in C++; sketchntk itself is what to import.";
    module.attr("version") = sketchntk::version();
    sketchntk::use_better_blas_kernel();
    module.def("build_information", &sketchntk::build_information);
    module.def("feature_map_names", &sketchntk::feature_map_names);
    bind_errors();
    bind_rows(module);
    bind_kernels(module);
    bind_model(module);
    bind_ridge(module);
    bind_sketches(module);
}
