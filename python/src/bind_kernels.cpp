#include "bindings.hpp"
#include "support.hpp"

#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/fully_connected_columns.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/network.hpp>
#include <sketchntk/kernels/network_kernel.hpp>
#include <sketchntk/solve/exact_ridge.hpp>
#include <sketchntk/solve/kernel_leave_one_out.hpp>

#include <nanobind/operators.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace sketchntk::python {

using namespace nb::literals;

namespace {

template <typename T>
std::optional<MatrixView<const T>> view_if_given(const std::optional<Contiguous2d<T>>& array) {
    if (!array) return std::nullopt;
    return view_of(*array);
}

template <typename T>
using Out = nb::ndarray<T, nb::numpy, nb::ndim<2>, nb::c_contig>;

// Into the caller's array: of one of our own all pages would be written twice.
template <typename T>
void kernel_matrix(const Network& network, const std::string& kind, const ImageShape& image,
                   const Contiguous2d<T>& x, const std::optional<Contiguous2d<T>>& y,
                   const Out<T>& out, int threads, nb::handle callback) {
    const MatrixView<T> entries(out.data(), static_cast<Index>(out.shape(0)),
                                static_cast<Index>(out.shape(1)));
    run(threads, callback, [&](const Execution& execution) {
        network_kernel<T>(network, parse_kernel_kind(kind), image, view_of(x), view_if_given(y),
                          entries, execution);
    });
}

constexpr Index most_rows_that_choose = 4096;

Matrix<double> widened(MatrixView<const float> x, const std::vector<Index>& numbers) {
    Matrix<double> result(static_cast<Index>(numbers.size()), x.columns());
    for (std::size_t k = 0; k < numbers.size(); ++k)
        std::copy_n(x.row(numbers[k]).data(), x.columns(),
                    result.row(static_cast<Index>(k)).data());
    return result;
}

// By the leave-one-out error of at most 4,096 rows at equal distances: lambda s is a noise
// variance, which does not depend on their number.
LambdaChoice chosen_by_some_rows(const Network& network, KernelKind kind, const ImageShape& image,
                                 MatrixView<const float> x, MatrixView<const double> y,
                                 const std::vector<double>& lambdas, const Execution& execution) {
    const Index count = std::min(x.rows(), most_rows_that_choose);
    std::vector<Index> numbers;
    for (Index k = 0; k < count; ++k) numbers.push_back(k * x.rows() / count);
    const Matrix<double> rows = widened(x, numbers);
    Matrix<double> targets(count, y.columns());
    for (Index k = 0; k < count; ++k)
        std::copy_n(y.row(numbers[static_cast<std::size_t>(k)]).data(), y.columns(),
                    targets.row(k).data());
    const KernelMatrix<double> kernel(
        network_kernel<double>(network, kind, image, rows, std::nullopt, execution), true);
    return select_lambda_on_sample(kernel, targets, lambdas, execution);
}

ExactRidge solve_exactly(const Network& network, KernelKind kind, const ImageShape& image,
                         MatrixView<const float> x, MatrixView<const double> y, double lambda,
                         const Execution& execution) {
    if (image.empty() && serves_rows(network)) {
        const FullyConnectedKernel<float> kernel(network, kind, x);
        const FullyConnectedColumns columns(network, kind, x);
        return ExactRidge::fit(kernel, kernel.diagonal(), y, lambda, execution,
                               {.columns = &columns});
    }
    Matrix<float> entries = network_kernel<float>(network, kind, image, x, std::nullopt, execution);
    std::vector<double> diagonal;
    for (Index i = 0; i < entries.rows(); ++i)
        diagonal.push_back(static_cast<double>(entries(i, i)));
    return ExactRidge::fit(KernelMatrix<float>(std::move(entries), true), diagonal, y, lambda,
                           execution);
}

/// Kernel ridge regression with the exact kernel, for the one lambda given or the best of several.
nb::dict fit_exactly(const Network& network, const std::string& kind_name, const ImageShape& image,
                     const Contiguous2d<float>& x, const Contiguous2d<double>& y,
                     const std::vector<double>& lambdas, int threads, nb::handle callback) {
    const KernelKind kind = parse_kernel_kind(kind_name);
    LambdaChoice choice;
    const ExactRidge ridge = run(threads, callback, [&](const Execution& execution) {
        double lambda = lambdas.at(0);
        if (lambdas.size() > 1) {
            choice = chosen_by_some_rows(network, kind, image, view_of(x), view_of(y), lambdas,
                                         execution);
            // What a float32 factor of all rows resolves.
            lambda = std::max(choice.lambda, float32_lambda(view_of(x).rows()));
        }
        return solve_exactly(network, kind, image, view_of(x), view_of(y), lambda, execution);
    });
    nb::dict result;
    result["dual_coefficients"] = to_numpy(Matrix<double>(ridge.dual_coefficients()));
    result["intercept"] = ridge.intercept();
    result["lambda"] = ridge.lambda();
    result["solver"] = ridge.solver();
    result["lambdas"] = choice.lambdas;
    result["scores"] = choice.scores;
    return result;
}

}  // namespace

void bind_kernels(nb::module_& module) {
    nb::class_<Network>(module, "Network")
        .def_static(
            "parse", [](const std::string& text) { return parse_network(text); }, "text"_a)
        .def("to_text", [](const Network& network) { return to_text(network); })
        .def("__getstate__", [](const Network& network) { return to_text(network); })
        .def("__setstate__",
             [](Network& network, const std::string& text) {
                 new (&network) Network(parse_network(text));
             })
        .def("to_json", [](const Network& network) { return to_json(network); })
        .def_prop_ro("serves_rows", [](const Network& network) { return serves_rows(network); })
        .def(nb::self == nb::self);
    module.def("fit_exactly", &fit_exactly, "network"_a, "kind"_a, "image"_a, "x"_a, "y"_a,
               "lambdas"_a, "threads"_a = 0, "callback"_a = nb::none());
    module.def("kernel_f32", &kernel_matrix<float>, "network"_a, "kind"_a, "image"_a, "x"_a,
               "y"_a.none(), "out"_a.noconvert(), "threads"_a = 0, "callback"_a = nb::none());
    module.def("kernel_f64", &kernel_matrix<double>, "network"_a, "kind"_a, "image"_a, "x"_a,
               "y"_a.none(), "out"_a.noconvert(), "threads"_a = 0, "callback"_a = nb::none());
}

}  // namespace sketchntk::python
