#include "model/extractor_file.hpp"

#include "model/schema_json.hpp"

#include <sketchntk/core/version.hpp>
#include <sketchntk/model/model.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace sketchntk {

namespace {

constexpr const char* extractor_kind = "feature extractor";
constexpr std::uint32_t newest_extractor_version = 1;
constexpr const char* model_kind = "model";

// "as they are" for rows that are not standardised: means and scales then say nothing.
nlohmann::ordered_json kept_columns_json(const Standardiser& standardiser) {
    if (standardiser.is_identity()) return "as they are";
    if (standardiser.output_columns() == standardiser.input_columns()) return "all";
    return standardiser.kept_columns();
}

Standardiser standardiser_from(const nlohmann::json& json, const Container& container,
                               std::vector<std::string> names) {
    if (json == "as they are") return Standardiser::identity(std::move(names));
    std::vector<Index> kept;
    if (json == "all") {
        kept.resize(names.size());
        std::iota(kept.begin(), kept.end(), Index{0});
    } else {
        kept = json.get<std::vector<Index>>();
    }
    return Standardiser::from_values(std::move(names), std::move(kept),
                                     as_vector(container.float64_array("means")),
                                     as_vector(container.float64_array("scales")));
}

std::string learnt_name(std::size_t part) {
    return "learnt " + std::to_string(part + 1);
}

LearntRows learnt_from(const Container& container, std::size_t count) {
    LearntRows learnt;
    for (std::size_t part = 0; part < count; ++part)
        learnt.push_back(container.float32_array(learnt_name(part)));
    return learnt;
}

Container extractor_container(const FeatureExtractor& extractor) {
    Container container{.kind = extractor_kind,
                        .version = newest_extractor_version,
                        .header = header_text(extractor_json(extractor)),
                        .arrays = {}};
    append_arrays(extractor, container);
    return container;
}

FeatureExtractor extractor_of(const std::string& name, const Container& container) {
    return made_from_file(
        name, [&] { return extractor_from(nlohmann::json::parse(container.header), container); });
}

}  // namespace

Matrix<double> as_row(const std::vector<double>& values) {
    Matrix<double> row(1, static_cast<Index>(values.size()));
    std::copy(values.begin(), values.end(), row.data());
    return row;
}

std::vector<double> as_vector(const Matrix<double>& row) {
    return {row.data(), row.data() + row.rows() * row.columns()};
}

nlohmann::ordered_json extractor_json(const FeatureExtractor& extractor) {
    return {{"library", version()},
            {"schema", schema_json(extractor.schema())},
            {"kept_columns", kept_columns_json(extractor.standardiser())},
            {"feature_map", nlohmann::ordered_json::parse(to_json(extractor.configuration()))},
            {"learnt", extractor.learnt().size()}};
}

void append_arrays(const FeatureExtractor& extractor, Container& container) {
    if (!extractor.standardiser().is_identity()) {
        container.arrays.push_back({"means", as_row(extractor.standardiser().means())});
        container.arrays.push_back({"scales", as_row(extractor.standardiser().scales())});
    }
    for (std::size_t part = 0; part < extractor.learnt().size(); ++part)
        container.arrays.push_back({learnt_name(part), extractor.learnt()[part]});
}

FeatureExtractor extractor_from(const nlohmann::json& header, const Container& container) {
    Schema schema = schema_from(header.at("schema"));
    Standardiser standardiser =
        standardiser_from(header.at("kept_columns"), container, schema.input_names());
    return FeatureExtractor(std::move(schema), std::move(standardiser),
                            feature_map_from_json(header.at("feature_map").dump()),
                            learnt_from(container, header.value("learnt", std::size_t{0})));
}

std::string header_text(const nlohmann::ordered_json& header) {
    try {
        return header.dump();
    } catch (const nlohmann::json::exception& error) {
        throw InvalidArgument(std::string("model: a column name or category cannot be saved: ") +
                              error.what());
    }
}

void FeatureExtractor::save(const std::string& path) const {
    write_container(path, extractor_container(*this));
}

std::string FeatureExtractor::to_bytes() const {
    return container_bytes(extractor_container(*this));
}

FeatureExtractor FeatureExtractor::load(const std::string& path) {
    if (summarise_container(path).kind == model_kind) return Model::load(path).extractor();
    return extractor_of(path, read_container(path, extractor_kind, newest_extractor_version));
}

FeatureExtractor FeatureExtractor::from_bytes(std::span<const std::byte> bytes) {
    const std::string name = "feature extractor";
    return extractor_of(name,
                        read_container(name, bytes, extractor_kind, newest_extractor_version));
}

}  // namespace sketchntk
