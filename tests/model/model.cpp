// header under test: sketchntk/model/model.hpp
#include "catch2.hpp"
#include "model/memory_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/container.hpp>
#include <sketchntk/model/fit.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace sketchntk;

namespace {

struct TemporaryFile {
    std::string path =
        (std::filesystem::temp_directory_path() / ("sketchntk-model-" + std::to_string(getpid())))
            .string();
    ~TemporaryFile() { std::filesystem::remove(path); }
};

Model small_model(MemoryRows& rows, const char* network = "fc(depth=2, b_std=0.1)") {
    FitOptions options;
    options.feature_map.network = parse_network(network);
    options.feature_map.features = 64;
    options.feature_map.seed = Seed{0xfedcba9876543210U};
    return fit(rows, options).model;
}

// The same model from other batches and threads, and from its file. Returns it.
Model refitted_and_loaded(MemoryRows& rows, FitOptions options) {
    const Model model = fit(rows, options, {.threads = 1}).model;
    options.batch_rows = 37;
    const Model again = fit(rows, options, {.threads = 3}).model;
    CHECK(again.solution().coefficients == model.solution().coefficients);
    const TemporaryFile file;
    model.save(file.path);
    Model loaded = Model::load(file.path);
    CHECK(loaded.extractor().configuration() == model.extractor().configuration());
    CHECK(loaded.extractor().learnt() == model.extractor().learnt());
    CHECK(loaded.predict(rows.all()) == model.predict(rows.all()));
    return loaded;
}

}  // namespace

TEST_CASE("a loaded model predicts the bits of the saved one") {
    MemoryRows rows = smooth_problem(700, 4, 3, 1);
    const Model model = small_model(rows);
    const TemporaryFile file;
    model.save(file.path);
    const Model loaded = Model::load(file.path);
    CHECK(loaded.predict(rows.all(), {.threads = 1}) == model.predict(rows.all(), {.threads = 2}));
    CHECK(loaded.schema() == model.schema());
    CHECK(loaded.extractor().configuration() == model.extractor().configuration());
    CHECK(loaded.solution().lambda == model.solution().lambda);
    CHECK(loaded.training_rows() == 700);
    // Description and coefficients, no random matrix: 64 x 3 coefficients are 1,536 bytes.
    CHECK(std::filesystem::file_size(file.path) < 6000);
}

TEST_CASE("a model keeps the names of classes") {
    MemoryRows rows = smooth_problem(100, 3, 1, 1);
    const Model model = small_model(rows);
    Schema schema = model.schema();
    schema.classes = {"cat", "dog"};
    schema.class_column = ClassColumn{"animal", {-1.5}};
    const TemporaryFile file;
    const Model named(FeatureExtractor(schema, model.extractor().standardiser(),
                                       model.extractor().configuration()),
                      model.solution(), model.training_rows());
    named.save(file.path);
    CHECK(Model::load(file.path).schema() == named.schema());
}

TEST_CASE("models of every map are fitted, saved and loaded, whatever their batches and threads") {
    MemoryRows rows = smooth_problem(500, 4, 1, 1);
    std::vector<std::string> maps = feature_map_names();
    for (const char* with_options :
         {"ntksketch(form=layers)", "ntkrf(product=gates,directions=hadamard)",
          "nystrom(landmarks=rpcholesky,oversampling=2)", "zonal(degree=3,exact=1)"})
        maps.emplace_back(with_options);
    std::erase_if(maps, [](const std::string& map) { return map.starts_with("cntk"); });  // below
    for (const std::string& map : maps) {
        for (const bool by_layers : {false, true}) {
            FitOptions options;
            set_map(options.feature_map, map);
            const std::string name = options.feature_map.map;
            if (by_layers && (name == "conjugate" || name.starts_with("rff"))) continue;
            CAPTURE(map, by_layers);
            options.feature_map.network = parse_network("fc(depth=2, b_std=0.1)");
            options.feature_map.kind = name == "conjugate" ? KernelKind::nngp : KernelKind::ntk;
            options.feature_map.features = 120;
            options.feature_map.normalise_rows = true;
            options.feature_map.layer_blocks = by_layers;
            static_cast<void>(refitted_and_loaded(rows, options));
        }
    }
}

TEST_CASE("models of maps of images are fitted, saved and loaded likewise") {
    MemoryRows rows = smooth_problem(300, 6 * 6 * 2, 1, 1);
    rows.set_image_shape({6, 6, 2});
    for (const char* map : {"cntkrf", "cntkrf(directions=patches,whiten=0.1,hidden_whiten=1)",
                            "cntksketch(degree=3)"}) {
        CAPTURE(map);
        FitOptions options;
        set_map(options.feature_map, map);
        options.feature_map.network =
            parse_network("conv(3) relu avg_pool(2) conv(3) relu gap dense");
        options.feature_map.features = 120;
        CHECK(refitted_and_loaded(rows, options).extractor().configuration().image ==
              ImageShape{6, 6});
    }
}

TEST_CASE("a row is predicted alike wherever it stands") {
    MemoryRows rows = smooth_problem(700, 4, 2, 2);
    const Model model = small_model(rows);
    const Matrix<double> all = model.predict(rows.all());
    for (const Index batch_rows : {1, 100, 333}) {
        rows.rewind();
        for (Batch batch; rows.read(batch_rows, batch) && batch.first_row < 400;) {
            const Matrix<double> part = model.predict(batch);
            for (Index i = 0; i < part.rows(); ++i)
                for (Index t = 0; t < 2; ++t) REQUIRE(part(i, t) == all(batch.first_row + i, t));
        }
    }
}

TEST_CASE("damaged and foreign files are refused") {
    MemoryRows rows = smooth_problem(300, 3, 1, 3);
    const Model model = small_model(rows, "fc(depth=1)");
    const TemporaryFile file;
    model.save(file.path);
    const auto size = std::filesystem::file_size(file.path);
    std::string bytes(size, '\0');
    std::ifstream(file.path, std::ios::binary).read(bytes.data(), static_cast<long>(size));
    const auto rewrite = [&](const std::string& content) {
        std::ofstream(file.path, std::ios::binary | std::ios::trunc) << content;
    };
    for (std::size_t position = 0; position < bytes.size(); position += 37) {
        std::string damaged = bytes;
        damaged[position] = static_cast<char>(damaged[position] ^ 4);
        rewrite(damaged);
        REQUIRE_THROWS_AS(Model::load(file.path), FormatError);
    }
    for (const std::size_t length : {std::size_t{0}, std::size_t{20}, bytes.size() - 1}) {
        rewrite(bytes.substr(0, length));
        REQUIRE_THROWS_AS(Model::load(file.path), FormatError);
    }
    Container container{.kind = "model", .version = 2, .header = "{}", .arrays = {}};
    write_container(file.path, container);
    REQUIRE_THROWS_AS(Model::load(file.path), FormatError);
    container.version = 1;
    write_container(file.path, container);
    REQUIRE_THROWS_AS(Model::load(file.path), FormatError);
    container.kind = "ridge accumulator";
    write_container(file.path, container);
    REQUIRE_THROWS_AS(Model::load(file.path), FormatError);
    REQUIRE_THROWS_AS(Model::load(file.path + ".absent"), IoError);
}

TEST_CASE("a model refuses rows of another width and parts that do not fit") {
    MemoryRows rows = smooth_problem(300, 3, 1, 4);
    const Model model = small_model(rows);
    MemoryRows wide = smooth_problem(10, 4, 1, 4);
    REQUIRE_THROWS_AS(model.predict(wide.all()), DimensionMismatch);
    RidgeSolution solution = model.solution();
    solution.intercept.push_back(0);
    REQUIRE_THROWS_AS(Model(model.extractor(), solution, 300), DimensionMismatch);
    REQUIRE_THROWS_AS(FeatureExtractor(model.schema(), Standardiser::identity({"one"}),
                                       model.extractor().configuration()),
                      DimensionMismatch);
}

TEST_CASE("the linear head adds coefficients and intercept") {
    RidgeSolution solution;
    solution.coefficients = Matrix<double>(2, 1);
    solution.coefficients(0, 0) = 2;
    solution.coefficients(1, 0) = -1;
    solution.intercept = {0.5};
    Matrix<float> features(1, 2);
    features(0, 0) = 3;
    features(0, 1) = 4;
    CHECK(apply_linear_head(solution, features)(0, 0) == 2.5);
}
