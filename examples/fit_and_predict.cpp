// From a file to predictions: fits a neural tangent kernel model to the protein data, saves it,
// loads it again and predicts the rows that were held out. The file is streamed: it may be larger
// than the memory.
//
//     example_fit_and_predict data/protein/data.csv.gz
//
// In a CMake project of your own:
//     find_package(sketchntk REQUIRED)
//     target_link_libraries(your_program PRIVATE sketchntk::sketchntk)

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/data_source.hpp>
#include <sketchntk/data/split_reader.hpp>
#include <sketchntk/model/fit.hpp>
#include <sketchntk/model/regression_error.hpp>

#include <filesystem>
#include <iostream>
#include <random>
#include <string>

namespace {

void fit_and_predict(const std::string& data_path, const std::string& model_path) {
    // The last column is what is to be predicted; a tenth of the rows is held out.
    const sketchntk::DataSource source{.path = data_path, .targets = {"-1"}};
    const auto split = sketchntk::RowSplit::fraction(0.1, sketchntk::Seed{1});
    sketchntk::SplitReader training(sketchntk::open_rows(source), split,
                                    sketchntk::SplitPart::training);
    sketchntk::SplitReader test(sketchntk::open_rows(source), split, sketchntk::SplitPart::test);

    // NTK random features of a network with two hidden layers. Columns are standardised and the
    // ridge penalty is chosen by generalised cross-validation unless the options say otherwise.
    sketchntk::FitOptions options;
    options.feature_map.map = "ntkrf";
    options.feature_map.network = sketchntk::parse_network("fc(depth=2)");
    options.feature_map.features = 512;
    options.feature_map.seed = sketchntk::Seed{1};
    const sketchntk::FitResult fitted = sketchntk::fit(training, options);
    std::cout << "fitted to " << fitted.report.rows << " rows in " << fitted.report.total_seconds
              << " s, lambda " << fitted.report.choice.lambda << '\n';

    // The model file holds coefficients and seeds, no random matrices; the loaded model predicts
    // the same bits.
    fitted.model.save(model_path);
    const sketchntk::Model model = sketchntk::Model::load(model_path);
    std::cout << "model file: " << std::filesystem::file_size(model_path) / 1024 << " KiB\n";

    sketchntk::RegressionError error(model.target_count());
    for (sketchntk::Batch batch; test.read(4096, batch);)
        error.add(model.predict(batch), batch.targets);
    std::cout << "test rows " << error.rows() << ", RMSE " << error.root_mean_square() << ", R^2 "
              << error.r_squared() << '\n';
}

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count != 2) {
        std::cerr << "usage: " << arguments[0] << " data/protein/data.csv.gz\n";
        return 2;
    }
    const auto model_path = std::filesystem::temp_directory_path() /
                            ("protein-" + std::to_string(std::random_device{}()) + ".model");
    int status = 0;
    try {
        fit_and_predict(arguments[1], model_path.string());
    } catch (const sketchntk::Error& error) {
        std::cerr << error.what() << '\n';
        status = 1;
    }
    std::filesystem::remove(model_path);
    return status;
}
