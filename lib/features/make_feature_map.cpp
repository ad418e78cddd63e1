#include "features/layer_blocks.hpp"
#include "features/map_table.hpp"
#include "features/row_normalised_map.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>
#include <sketchntk/features/feature_map.hpp>
#include <sketchntk/features/normalise_rows.hpp>

namespace sketchntk {

namespace {

const MapEntry& entry_of(const std::string& map) {
    const auto found = map_table().find(map);
    if (found == map_table().end())
        throw InvalidArgument("map: unknown '" + map + "', did you mean '" +
                              nearest_name(map, feature_map_names()) + "'?");
    return found->second;
}

sketches::OperatorDescription options_of(const FeatureMapConfiguration& configuration) {
    return {.name = configuration.map, .options = configuration.options};
}

std::unique_ptr<FeatureMap> make_plain(const FeatureMapConfiguration& configuration, Index inputs,
                                       LearntRows learnt) {
    const MapEntry& entry = entry_of(configuration.map);
    const sketches::OperatorDescription description = options_of(configuration);
    sketches::OptionReader options(description, configuration.map);
    auto map = entry.make(configuration, options, inputs, std::move(learnt));
    options.finish();
    return map;
}

LearntRows learnt_plain(const FeatureMapConfiguration& configuration,
                        MatrixView<const float> sample, const Execution& execution) {
    const MapEntry& entry = entry_of(configuration.map);
    if (entry.learn == nullptr) return {};
    const sketches::OperatorDescription description = options_of(configuration);
    sketches::OptionReader options(description, configuration.map);
    return entry.learn(configuration, options, sample, execution);
}

LearntRows learnt_rows(const FeatureMapConfiguration& configuration, MatrixView<const float> sample,
                       const Execution& execution) {
    if (!configuration.layer_blocks) return learnt_plain(configuration, sample, execution);
    LearntRows all;
    for (const FeatureMapConfiguration& layer : configurations_of_layers(configuration))
        for (Matrix<float>& rows : learnt_plain(layer, sample, execution))
            all.push_back(std::move(rows));
    return all;
}

std::unique_ptr<FeatureMap> make_blocks(const FeatureMapConfiguration& configuration, Index inputs,
                                        LearntRows learnt) {
    const std::vector<FeatureMapConfiguration> layers = configurations_of_layers(configuration);
    if (!learnt.empty() && learnt.size() != layers.size())
        throw DimensionMismatch("map: " + std::to_string(layers.size()) + " layers cannot take " +
                                std::to_string(learnt.size()) + " sets of learnt rows");
    std::vector<std::unique_ptr<FeatureMap>> maps;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        LearntRows of_layer;
        if (!learnt.empty()) of_layer.push_back(std::move(learnt[l]));
        maps.push_back(make_plain(layers[l], inputs, std::move(of_layer)));
        if (!maps.back()->approximates_network_kernel())
            throw InvalidArgument("blocks: the features of " + configuration.map +
                                  " do not belong to layers of a network");
    }
    return std::make_unique<LayerBlocks>(configuration.network, std::move(maps));
}

}  // namespace

std::unique_ptr<FeatureMap> make_feature_map(const FeatureMapConfiguration& configuration,
                                             Index inputs, LearntRows learnt) {
    auto map = configuration.layer_blocks ? make_blocks(configuration, inputs, std::move(learnt))
                                          : make_plain(configuration, inputs, std::move(learnt));
    if (!configuration.normalise_rows) return map;
    return std::make_unique<RowNormalisedMap>(std::move(map));
}

Index wanted_sample_rows(const FeatureMapConfiguration& configuration) {
    const MapEntry& entry = entry_of(configuration.map);
    if (entry.sample_rows == nullptr) return 0;
    const sketches::OperatorDescription description = options_of(configuration);
    sketches::OptionReader options(description, configuration.map);
    return entry.sample_rows(configuration, options);
}

std::unique_ptr<FeatureMap> learn_feature_map(const FeatureMapConfiguration& configuration,
                                              MatrixView<const float> sample,
                                              const Execution& execution) {
    if (sample.rows() < 1) throw InvalidArgument("map: the sample to learn from has no rows");
    LearntRows learnt;
    if (configuration.normalise_rows) {
        Matrix<float> rows(sample.rows(), sample.columns());
        scale_rows_to_unit_mean_square(sample, rows);
        learnt = learnt_rows(configuration, rows, execution);
    } else {
        learnt = learnt_rows(configuration, sample, execution);
    }
    return make_feature_map(configuration, sample.columns(), std::move(learnt));
}

std::vector<std::string> feature_map_names() {
    std::vector<std::string> names;
    for (const auto& [name, entry] : map_table()) names.push_back(name);
    return names;
}

}  // namespace sketchntk
