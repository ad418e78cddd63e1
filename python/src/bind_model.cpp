#include "array_rows.hpp"
#include "bindings.hpp"
#include "support.hpp"

#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/model/feature_learner.hpp>
#include <sketchntk/model/fit.hpp>
#include <sketchntk/model/fit_plan.hpp>
#include <sketchntk/model/model.hpp>
#include <sketchntk/solve/ridge_posterior.hpp>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sketchntk::python {

using namespace nb::literals;

namespace {

FeatureMapConfiguration make_configuration(const std::string& map, const Network& network,
                                           const std::string& kind, Index features,
                                           std::uint64_t seed, bool normalise_rows,
                                           bool layer_blocks, ImageShape image) {
    FeatureMapConfiguration configuration{.network = network,
                                          .kind = parse_kernel_kind(kind),
                                          .features = features,
                                          .seed = Seed{seed}};
    set_map(configuration, map);
    configuration.normalise_rows = normalise_rows;
    configuration.layer_blocks = layer_blocks;
    configuration.image = std::move(image);
    return configuration;
}

using FloatArray = nb::ndarray<float, nb::numpy, nb::ndim<2>, nb::c_contig>;

void check_columns(const Schema& schema, const RowReader& rows) {
    if (rows.schema().input_count() != schema.input_count())
        throw DimensionMismatch("expected " + std::to_string(schema.input_count()) +
                                " columns, got " + std::to_string(rows.schema().input_count()));
}

/// Features straight into the caller's array.
void transform_rows(const FeatureExtractor& extractor, RowReader& rows, FloatArray out, int threads,
                    nb::handle callback) {
    check_columns(extractor.schema(), rows);
    expect_same_images(extractor.configuration().image, rows);
    const MatrixView<float> features(out.data(), static_cast<Index>(out.shape(0)),
                                     static_cast<Index>(out.shape(1)));
    if (features.rows() != rows.row_count())
        throw DimensionMismatch("out: expected a row for each row of X");
    run(threads, callback, [&](const Execution& execution) {
        for_each_batch(rows, "features", 0, execution, [&](const Batch& batch, Index done) {
            extractor.transform(batch, features.middle_rows(done, batch.rows()), execution);
        });
    });
}

nb::dict choice_dict(const MapChoice& choice) {
    nb::list evidence;
    for (const MapEvidence& map : choice.evidence) {
        nb::dict entry;
        entry["map"] = map_text(map.configuration);
        entry["refusal"] = map.refusal;
        if (map.can_serve()) {
            entry["measured_features"] = map.measured_features;
            entry["held_out_error"] = map.held_out_error;
            entry["kernel_error"] = map.kernel_error;
            entry["flops_per_row"] = map.flops_per_row;
        }
        evidence.append(entry);
    }
    nb::dict result;
    result["map"] = map_text(choice.configuration);
    result["learning_rows"] = choice.learning_rows;
    result["held_out_rows"] = choice.held_out_rows;
    result["evidence"] = evidence;
    return result;
}

nb::object choice_or_none(const std::optional<MapChoice>& choice) {
    return choice ? nb::object(choice_dict(*choice)) : nb::none();
}

nb::dict report_dict(const FitReport& report) {
    nb::dict result;
    result["rows"] = report.rows;
    result["constant_columns"] = report.constant_columns;
    result["lambdas"] = report.choice.lambdas;
    result["scores"] = report.choice.scores;
    result["lambda_rows"] = report.lambda_rows;
    result["mean_kernel_diagonal"] = report.mean_kernel_diagonal;
    result["training_mean_squared_errors"] = report.training_mean_squared_errors;
    result["map_choice"] = choice_or_none(report.map_choice);
    result["feature_seconds"] = report.feature_seconds;
    result["accumulate_seconds"] = report.accumulate_seconds;
    result["solve_seconds"] = report.solve_seconds;
    result["total_seconds"] = report.total_seconds;
    return result;
}

nb::tuple fit_rows(RowReader& rows, FitOptions options, int threads, nb::handle callback) {
    options.feature_map.image = rows.image_pixels();
    FitResult result = run(threads, callback, [&](const Execution& execution) {
        check_fit_memory(options, InputShape(rows),
                         static_cast<Index>(rows.schema().targets.size()), execution);
        return fit(rows, options, execution);
    });
    nb::object path = nb::none();
    if (result.path) path = nb::cast(std::move(*result.path));
    return nb::make_tuple(std::move(result.model), report_dict(result.report), path);
}

FitOptions make_fit_options(const FeatureMapConfiguration& configuration, bool standardise,
                            LambdaRule rule, std::vector<double> lambdas, bool keep_path) {
    FitOptions options;
    options.feature_map = configuration;
    options.standardise = standardise;
    options.rule = rule;
    if (rule == LambdaRule::given)
        options.lambda = lambdas.at(0);
    else
        options.lambdas = std::move(lambdas);
    options.keep_path = keep_path;
    options.batch_rows = rows_at_once(configuration.features);
    return options;
}

void bind_extractor(nb::module_& module) {
    nb::class_<FeatureMapConfiguration>(module, "MapConfiguration")
        .def_prop_ro("map", [](const FeatureMapConfiguration& c) { return map_text(c); })
        .def_prop_ro("network", [](const FeatureMapConfiguration& c) { return c.network; })
        .def_prop_ro("kind",
                     [](const FeatureMapConfiguration& c) { return std::string(to_text(c.kind)); })
        .def_ro("features", &FeatureMapConfiguration::features)
        .def_ro("normalise_rows", &FeatureMapConfiguration::normalise_rows)
        .def_ro("image", &FeatureMapConfiguration::image)
        .def_prop_ro("seed", [](const FeatureMapConfiguration& c) { return c.seed.value; });
    module.def("map_configuration", &make_configuration, "map"_a, "network"_a, "kind"_a,
               "features"_a, "seed"_a, "normalise_rows"_a = false, "layer_blocks"_a = false,
               "image"_a = ImageShape{});

    auto extractor_class = nb::class_<FeatureExtractor>(module, "FeatureExtractor");
    pickle_by_bytes(extractor_class);
    extractor_class
        .def("transform", &transform_rows, "rows"_a, "out"_a.noconvert(), "threads"_a = 0,
             "callback"_a = nb::none())
        .def(
            "standardise",
            [](const FeatureExtractor& extractor, RowReader& rows) {
                check_columns(extractor.schema(), rows);
                Matrix<float> result(0, extractor.standardiser().output_columns());
                {
                    const nb::gil_scoped_release unlocked;
                    Batch batch;
                    rows.rewind();
                    static_cast<void>(rows.read(rows.row_count().value_or(0), batch));
                    result = extractor.standardiser().apply(batch);
                }
                return to_numpy(std::move(result));
            },
            "rows"_a)
        .def_prop_ro("features", &FeatureExtractor::features)
        .def_prop_ro("inputs", [](const FeatureExtractor& e) { return e.schema().input_count(); })
        .def_prop_ro("configuration", &FeatureExtractor::configuration)
        .def_prop_ro("keeps_rows",
                     [](const FeatureExtractor& e) { return e.standardiser().is_identity(); })
        .def_prop_ro("image_shape",
                     [](const FeatureExtractor& e) {
                         ImageShape shape = e.configuration().image;
                         if (shape.empty()) return shape;
                         Index pixels = 1;
                         for (const Index length : shape) pixels *= length;
                         shape.push_back(e.schema().input_count() / pixels);
                         return shape;
                     })
        .def_prop_ro("missing_share",
                     [](const FeatureExtractor& e) { return e.map().missing_share(); })
        .def_prop_ro("column_names",
                     [](const FeatureExtractor& e) {
                         return e.schema().named ? e.schema().input_names()
                                                 : std::vector<std::string>{};
                     })
        .def_prop_ro("constant_columns",
                     [](const FeatureExtractor& e) { return e.standardiser().constant_columns(); })
        .def("save", &FeatureExtractor::save, nb::call_guard<nb::gil_scoped_release>(), "path"_a)
        .def_static("load", &FeatureExtractor::load, nb::call_guard<nb::gil_scoped_release>(),
                    "path"_a);
}

template <typename T>
Matrix<T> copied(const Contiguous2d<T>& array) {
    Matrix<T> result(static_cast<Index>(array.shape(0)), static_cast<Index>(array.shape(1)));
    std::copy_n(array.data(), array.size(), result.data());
    return result;
}

void bind_learner(nb::module_& module) {
    nb::class_<LambdaRows>(module, "LambdaRows")
        .def("__getstate__",
             [](const LambdaRows& rows) {
                 return nb::make_tuple(to_numpy(Matrix<float>(rows.inputs)),
                                       to_numpy(Matrix<double>(rows.targets)), rows.weights);
             })
        .def("__setstate__",
             [](LambdaRows& rows, const std::tuple<Contiguous2d<float>, Contiguous2d<double>,
                                                   std::vector<double>>& state) {
                 new (&rows) LambdaRows{copied(std::get<0>(state)), copied(std::get<1>(state)),
                                        std::get<2>(state)};
             });
    auto learner_class = nb::class_<FeatureLearner>(module, "FeatureLearner");
    pickle_by_bytes(learner_class);
    learner_class
        .def(nb::new_([](const RowReader& like, const FeatureMapConfiguration& configuration,
                         bool standardise) {
                 return FeatureLearner(like.schema(), like.image_shape(), configuration,
                                       standardise);
             }),
             "like"_a, "configuration"_a, "standardise"_a = true)
        .def(
            "add",
            [](FeatureLearner& learner, RowReader& rows, Index first_row, int threads,
               nb::handle callback) {
                run(threads, callback, [&](const Execution& execution) {
                    for_each_batch(rows, "reading", 0, execution, [&](Batch& batch, Index) {
                        batch.first_row += first_row;
                        learner.add(batch);
                    });
                });
            },
            "rows"_a, "first_row"_a = 0, "threads"_a = 0, "callback"_a = nb::none())
        .def("merge", &FeatureLearner::merge, "other"_a)
        .def(
            "learnt",
            [](const FeatureLearner& learner, int threads, nb::handle callback) {
                LearntFeatures learnt = run(threads, callback, [&](const Execution& execution) {
                    return learner.learnt(execution);
                });
                return nb::make_tuple(std::move(learnt.extractor), std::move(learnt.lambda_rows),
                                      choice_or_none(learnt.choice));
            },
            "threads"_a = 0, "callback"_a = nb::none())
        .def_prop_ro("rows", &FeatureLearner::rows);
}

}  // namespace

void bind_model(nb::module_& module) {
    bind_extractor(module);
    bind_learner(module);
    nb::enum_<LambdaRule>(module, "LambdaRule")
        .value("automatic", LambdaRule::automatic)
        .value("gcv", LambdaRule::generalised_cross_validation)
        .value("loo", LambdaRule::leave_one_out)
        .value("given", LambdaRule::given);
    nb::class_<FitOptions>(module, "FitOptions");
    module.def("fit_options", &make_fit_options, "configuration"_a, "standardise"_a, "rule"_a,
               "lambdas"_a, "keep_path"_a);
    module.def(
        "fit_bytes",
        [](const FitOptions& options, Index columns, Index targets, int threads) {
            const FitPlan plan =
                plan_fit_memory(options, InputShape(columns), targets, {.threads = threads});
            return plan.peak_bytes - plan.process_bytes;
        },
        "options"_a, "columns"_a, "targets"_a, "threads"_a = 0);
    module.def("fit", &fit_rows, "rows"_a, "options"_a, "threads"_a = 0, "callback"_a = nb::none());
    auto model_class = nb::class_<Model>(module, "Model");
    pickle_by_bytes(model_class);
    model_class
        .def(nb::init<FeatureExtractor, RidgeSolution, Index>(), "extractor"_a, "solution"_a,
             "training_rows"_a)
        .def(
            "predict",
            [](const Model& model, RowReader& rows, int threads, nb::handle callback) {
                check_columns(model.schema(), rows);
                expect_same_images(model.extractor().configuration().image, rows);
                Matrix<double> result(rows.row_count().value_or(0), model.target_count());
                run(threads, callback, [&](const Execution& execution) {
                    for_each_batch(rows, "predicting", 0, execution,
                                   [&](const Batch& batch, Index done) {
                                       const Matrix<double> part = model.predict(batch, execution);
                                       std::copy_n(part.data(), part.rows() * part.columns(),
                                                   result.row(done).data());
                                   });
                });
                return to_numpy(std::move(result));
            },
            "rows"_a, "threads"_a = 0, "callback"_a = nb::none())
        .def(
            "predict_with_variances",
            [](const Model& model, RowReader& rows, const RidgePosterior& posterior, int threads,
               nb::handle callback) {
                check_columns(model.schema(), rows);
                Matrix<double> means(rows.row_count().value_or(0), model.target_count());
                Matrix<double> variances(means.rows(), 1);
                run(threads, callback, [&](const Execution& execution) {
                    for_each_batch(
                        rows, "predicting", 0, execution, [&](const Batch& batch, Index done) {
                            const Matrix<float> features =
                                model.extractor().transform(batch, execution);
                            const Matrix<double> part =
                                apply_linear_head(model.solution(), features, execution);
                            std::copy_n(part.data(), part.rows() * part.columns(),
                                        means.row(done).data());
                            const std::vector<double> of_part =
                                posterior.variances(features.view(), execution);
                            std::copy(of_part.begin(), of_part.end(), variances.row(done).data());
                        });
                });
                return nb::make_tuple(to_numpy(std::move(means)), to_numpy(std::move(variances)));
            },
            "rows"_a, "posterior"_a, "threads"_a = 0, "callback"_a = nb::none())
        .def_prop_ro("extractor", &Model::extractor)
        .def_prop_ro("solution", &Model::solution)
        .def_prop_ro("training_rows", &Model::training_rows)
        .def_prop_ro("target_names", [](const Model& m) { return m.schema().targets; })
        .def_prop_ro("class_values",
                     [](const Model& m) {
                         return m.schema().class_column ? nb::cast(m.schema().class_column->values)
                                                        : nb::none();
                     })
        .def_prop_ro("class_names", [](const Model& m) { return m.schema().classes; })
        .def("save", &Model::save, nb::call_guard<nb::gil_scoped_release>(), "path"_a)
        .def_static("load", &Model::load, nb::call_guard<nb::gil_scoped_release>(), "path"_a);
}

}  // namespace sketchntk::python
