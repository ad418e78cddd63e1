#include "bindings.hpp"
#include "support.hpp"

#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/model/lambda_choice.hpp>
#include <sketchntk/model/model.hpp>
#include <sketchntk/solve/leave_one_out.hpp>
#include <sketchntk/solve/ridge_accumulator.hpp>
#include <sketchntk/solve/ridge_path.hpp>
#include <sketchntk/solve/ridge_posterior.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

namespace sketchntk::python {

using namespace nb::literals;

namespace {

using Features = std::variant<Contiguous2d<float>, Contiguous2d<double>>;
using Targets = Contiguous2d<double>;
using Weights = std::optional<Contiguous1d<double>>;

RegressionRows rows_of(const Features& features, const Targets& targets, const Weights& weights) {
    RegressionRows rows;
    std::visit([&](const auto& array) { rows.features = view_of(array); }, features);
    rows.targets = view_of(targets);
    if (weights) rows.weights = {weights->data(), weights->size()};
    return rows;
}

nb::ndarray<nb::numpy, double, nb::ndim<1>> to_numpy(std::vector<double>&& values) {
    auto* owned = new std::vector<double>(std::move(values));
    const nb::capsule owner(
        owned, [](void* pointer) noexcept { delete static_cast<std::vector<double>*>(pointer); });
    return {owned->data(), {owned->size()}, owner};
}

/// The rows of a data set, mapped and added some at a time: features of all rows are never held.
void add_mapped(RidgeAccumulator& accumulator, const FeatureExtractor& extractor, RowReader& rows,
                int threads, nb::handle callback) {
    run(threads, callback, [&](const Execution& execution) {
        Matrix<float> features(0, extractor.features());
        for_each_batch(
            rows, "features", extractor.features(), execution, [&](const Batch& batch, Index) {
                features.resize_rows(batch.rows());
                extractor.transform(batch, features.view(), execution);
                accumulator.add({features.view(), batch.targets.view(), batch.weights}, execution);
            });
    });
}

void bind_accumulator(nb::module_& module) {
    auto accumulator_class = nb::class_<RidgeAccumulator>(module, "RidgeAccumulator");
    pickle_by_bytes(accumulator_class);
    accumulator_class.def(nb::init<Index, Index>(), "features"_a, "targets"_a)
        .def(
            "add",
            [](RidgeAccumulator& accumulator, const Features& features, const Targets& targets,
               const Weights& weights, int threads) {
                const RegressionRows rows = rows_of(features, targets, weights);
                run(threads, nb::none(),
                    [&](const Execution& execution) { accumulator.add(rows, execution); });
            },
            "features"_a.noconvert(), "targets"_a, "weights"_a = nb::none(), "threads"_a = 0)
        .def("add_mapped", &add_mapped, "extractor"_a, "rows"_a, "threads"_a = 0,
             "callback"_a = nb::none())
        .def(
            "merge",
            [](RidgeAccumulator& accumulator, const RidgeAccumulator& other, int threads) {
                run(threads, nb::none(),
                    [&](const Execution& execution) { accumulator.merge(other, execution); });
            },
            "other"_a, "threads"_a = 0)
        .def_prop_ro("rows", &RidgeAccumulator::rows)
        .def_prop_ro("features", &RidgeAccumulator::feature_count)
        .def("save", &RidgeAccumulator::save, nb::call_guard<nb::gil_scoped_release>(), "path"_a)
        .def_static("load", &RidgeAccumulator::load, nb::call_guard<nb::gil_scoped_release>(),
                    "path"_a);
}

void bind_path(nb::module_& module) {
    nb::class_<RidgeSolution>(module, "RidgeSolution")
        .def_prop_ro(
            "coefficients",
            [](const RidgeSolution& s) { return python::to_numpy(Matrix<double>(s.coefficients)); },
            nb::rv_policy::move)
        .def_prop_ro(
            "intercept", [](const RidgeSolution& s) { return to_numpy(std::vector(s.intercept)); },
            nb::rv_policy::move)
        .def_ro("penalty", &RidgeSolution::lambda)
        .def_ro("degrees_of_freedom", &RidgeSolution::degrees_of_freedom)
        .def_ro("condition_number", &RidgeSolution::condition_number);
    nb::class_<LambdaChoice>(module, "LambdaChoice")
        .def_ro("penalty", &LambdaChoice::lambda)
        .def_ro("lambdas", &LambdaChoice::lambdas)
        .def_ro("scores", &LambdaChoice::scores);
    nb::class_<RidgePath>(module, "RidgePath")
        .def(nb::new_([](RidgeAccumulator accumulator, bool intercept, int threads,
                         nb::handle callback, double weight_scale) {
                 if (weight_scale != 1.0) accumulator.scale_weights(weight_scale);
                 return run(threads, callback, [&](const Execution& execution) {
                     return RidgePath(std::move(accumulator), execution,
                                      intercept ? Intercept::fitted : Intercept::none);
                 });
             }),
             "accumulator"_a, "intercept"_a = true, "threads"_a = 0, "callback"_a = nb::none(),
             "weight_scale"_a = 1.0)
        .def("solve", &RidgePath::solve, nb::call_guard<nb::gil_scoped_release>(), "penalty"_a)
        .def(
            "choose",
            [](const RidgePath& path, LambdaRule rule, const std::vector<double>& lambdas,
               const FeatureExtractor& extractor, LambdaRows rows, int threads,
               double weight_scale) {
                for (double& weight : rows.weights) weight *= weight_scale;
                return run(threads, nb::none(), [&](const Execution& execution) {
                    return choose_lambda(path, extractor.map(), rows, rule, lambdas, execution);
                });
            },
            "rule"_a, "lambdas"_a, "extractor"_a, "rows"_a, "threads"_a = 0, "weight_scale"_a = 1.0)
        .def(
            "choose_by_gcv",
            [](const RidgePath& path, const std::vector<double>& lambdas) {
                const nb::gil_scoped_release unlocked;
                return select_by_gcv(path, lambda_grid(lambdas, 0));
            },
            "lambdas"_a)
        .def(
            "noise_variances",
            [](const RidgePath& path, double lambda) {
                const RidgeEvaluation evaluation = path.evaluate(lambda);
                const double residual = path.observations() - evaluation.degrees_of_freedom;
                std::vector<double> variances = evaluation.training_mean_squared_errors;
                for (double& variance : variances) variance *= path.weight() / residual;
                return to_numpy(std::move(variances));
            },
            "penalty"_a)
        .def_prop_ro("centred_share",
                     [](const RidgePath& path) {
                         double trace = 0;
                         for (const double eigenvalue : path.eigenvalues()) trace += eigenvalue;
                         return trace / path.weight() / path.mean_kernel_diagonal();
                     })
        .def_prop_ro("rows", &RidgePath::rows);
    nb::class_<LeaveOneOut>(module, "LeaveOneOut")
        .def(nb::new_([](const RidgePath& path, const std::vector<double>& lambdas, int threads) {
                 return run(threads, nb::none(), [&](const Execution& execution) {
                     return LeaveOneOut(path, lambda_grid(lambdas, 0), execution);
                 });
             }),
             "path"_a, "lambdas"_a, "threads"_a = 0)
        .def(
            "add",
            [](LeaveOneOut& leave_one_out, const Features& features, const Targets& targets,
               const Weights& weights, int threads) {
                const RegressionRows rows = rows_of(features, targets, weights);
                run(threads, nb::none(),
                    [&](const Execution& execution) { leave_one_out.add(rows, execution); });
            },
            "features"_a.noconvert(), "targets"_a, "weights"_a = nb::none(), "threads"_a = 0)
        .def(
            "choose",
            [](LeaveOneOut& leave_one_out, int threads) {
                return run(threads, nb::none(), [&](const Execution& execution) {
                    return select_lambda(leave_one_out.lambdas(),
                                         leave_one_out.mean_squared_errors(execution));
                });
            },
            "threads"_a = 0);
}

void bind_posterior(nb::module_& module) {
    auto posterior_class = nb::class_<RidgePosterior>(module, "RidgePosterior");
    pickle_by_bytes(posterior_class);
    posterior_class
        .def(nb::new_([](const RidgePath& path, double lambda, int threads) {
                 return run(threads, nb::none(), [&](const Execution& execution) {
                     return RidgePosterior(path, lambda, execution);
                 });
             }),
             "path"_a, "penalty"_a, "threads"_a = 0)
        .def(
            "variances",
            [](const RidgePosterior& posterior, const Features& features, int threads) {
                std::vector<double> variances = run(threads, nb::none(), [&](const Execution& e) {
                    return std::visit(
                        [&](const auto& array) { return posterior.variances(view_of(array), e); },
                        features);
                });
                return to_numpy(std::move(variances));
            },
            "features"_a.noconvert(), "threads"_a = 0);
}

}  // namespace

void bind_ridge(nb::module_& module) {
    bind_accumulator(module);
    bind_path(module);
    bind_posterior(module);
    module.def(
        "default_lambda_grid",
        [](double missing_share) { return default_lambda_grid(missing_share); },
        "missing_share"_a = 0.0);
}

}  // namespace sketchntk::python
