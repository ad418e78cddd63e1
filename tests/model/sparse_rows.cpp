// header under test: sketchntk/model/map_batch.hpp
#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/data_source.hpp>
#include <sketchntk/model/fit.hpp>
#include <sketchntk/model/fit_plan.hpp>
#include <sketchntk/model/map_batch.hpp>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

using namespace sketchntk;

namespace {

// svmlight text of rows of five entries in `columns` columns; the last one is always there.
std::string sparse_text(Index rows, Index columns) {
    std::string text;
    for (Index i = 0; i < rows; ++i) {
        text += std::to_string(0.01 * static_cast<double>(i % 17));
        for (Index k = 0; k < 4; ++k)
            text += " " + std::to_string(1 + k * (columns / 5) + (i * (k + 3)) % (columns / 5)) +
                    ":" + std::to_string(1 + (i + k) % 3);
        text += " " + std::to_string(columns) + ":0.5\n";
    }
    return text;
}

class SparseFile {
  public:
    SparseFile(const std::string& name, Index rows, Index columns)
        : path_((std::filesystem::temp_directory_path() /
                 ("sketchntk-" + name + std::to_string(::getpid()) + ".svm"))
                    .string()) {
        std::ofstream(path_) << sparse_text(rows, columns);
    }
    ~SparseFile() { std::filesystem::remove(path_); }

    std::unique_ptr<RowReader> open() const { return open_rows({.path = path_}); }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

FitOptions sketch_options(Index features) {
    FitOptions options;
    set_map(options.feature_map, "ntksketch");
    options.feature_map.features = features;
    options.feature_map.normalise_rows = true;
    options.standardise = false;
    options.rule = LambdaRule::given;
    options.lambda = 0.01;
    return options;
}

}  // namespace

TEST_CASE("sparse batches have the features of the rows written out, for maps of both kinds") {
    const SparseFile file("both", 60, 50);
    const auto reader = file.open();
    CHECK(reader->sparse_row_entries() == 5);
    Batch sparse;
    REQUIRE(reader->read(60, sparse));
    Batch dense{.first_row = 0, .inputs = sparse.dense_inputs(), .targets = Matrix<double>(60, 0)};
    const Standardiser identity = Standardiser::identity(reader->schema().input_names());
    CHECK(identity.is_identity());
    for (const std::string name : {"ntksketch", "ntkrf", "linear"}) {
        FeatureMapConfiguration configuration;
        set_map(configuration, name);
        configuration.features = 128;
        const auto map = make_feature_map(configuration, 50);
        const Matrix<float> a = map_batch(identity, *map, sparse);
        const Matrix<float> b = map_batch(identity, *map, dense);
        for (Index i = 0; i < 60; ++i)
            for (Index j = 0; j < map->features(); ++j) REQUIRE(std::abs(a(i, j) - b(i, j)) < 1e-5);
    }
}

TEST_CASE("a model of a million sparse columns is small, and predicts the same when loaded") {
    constexpr Index columns = 1000000;
    const SparseFile file("million", 40, columns);
    const auto reader = file.open();
    const Model model = fit(*reader, sketch_options(64)).model;
    const std::string path = file.path() + ".model";
    model.save(path);
    CHECK(std::filesystem::file_size(path) < 10000);
    const Model loaded = Model::load(path);
    std::filesystem::remove(path);
    CHECK(loaded.schema() == model.schema());
    CHECK(loaded.extractor().standardiser().is_identity());
    Batch batch;
    reader->rewind();
    REQUIRE(reader->read(40, batch));
    CHECK(loaded.predict(batch) == model.predict(batch));
}

TEST_CASE("the plan counts sparse rows by their entries, and says how to keep them") {
    constexpr Index columns = 10000000;
    const InputShape sparse(columns, 100);
    const FitOptions kept = sketch_options(256);
    const std::int64_t names = 192 * columns;
    const FitPlan plan = plan_fit_memory(kept, sparse, 1);
    CHECK(plan.peak_bytes < plan.process_bytes + names + (std::int64_t{200} << 20));
    CHECK(plan_fit_memory(kept, columns, 1).batch_bytes > 4096 * columns);

    FitOptions standardised = kept;
    standardised.standardise = true;
    standardised.batch_rows = Index{1} << 24;
    try {
        check_fit_memory(standardised, sparse, 1);
        FAIL("accepted");
    } catch (const ResourceError& error) {
        CHECK(std::string(error.what()).find("--no-standardise --normalise rows --map ntksketch") !=
              std::string::npos);
    }
}
