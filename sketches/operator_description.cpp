#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>
#include <sketchntk/sketches/operator_description.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk::sketches {
namespace {

constexpr int version = 1;
constexpr const char* version_key = "sketchntk_operator";
constexpr int deepest = 16;

[[noreturn]] void fail(const std::string& what) {
    throw FormatError("operator description: " + what);
}

nlohmann::ordered_json json_of(const OperatorDescription& description);

/// Writes an option's value as JSON.
struct OptionWriter {
    nlohmann::ordered_json operator()(Index number) const { return number; }
    nlohmann::ordered_json operator()(double number) const { return number; }
    nlohmann::ordered_json operator()(const std::string& word) const { return word; }
    nlohmann::ordered_json operator()(const std::vector<double>& numbers) const { return numbers; }
    nlohmann::ordered_json operator()(const std::vector<OperatorDescription>& parts) const {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const OperatorDescription& part : parts) list.push_back(json_of(part));
        return list;
    }
};

nlohmann::ordered_json json_of(const OperatorDescription& description) {
    nlohmann::ordered_json options = nlohmann::ordered_json::object();
    for (const auto& [option, value] : description.options) {
        options[option] = std::visit(OptionWriter{}, value);
    }
    // The seed goes as text: a JSON number of 64 bits is not safe in every reader.
    return {{"name", description.name},
            {"inputs", description.inputs},
            {"outputs", description.outputs},
            {"options", options},
            {"seed", std::to_string(description.seed.value)}};
}

OperatorDescription description_of(const nlohmann::ordered_json& json, int depth);

OptionValue option_value(const std::string& option, const nlohmann::ordered_json& json, int depth) {
    if (json.is_number_integer()) return json.get<Index>();
    if (json.is_number_float()) return json.get<double>();
    if (json.is_string()) return json.get<std::string>();
    const auto list_of = [&json](auto accepts) {
        return json.is_array() && std::all_of(json.begin(), json.end(), accepts);
    };
    if (list_of([](const auto& entry) { return entry.is_number(); })) {
        return json.get<std::vector<double>>();
    }
    if (!list_of([](const auto& entry) { return entry.is_object(); })) {
        fail("option " + option +
             ": expected a number, a word, or a list of numbers or of operators");
    }
    std::vector<OperatorDescription> parts;
    for (const auto& part : json) parts.push_back(description_of(part, depth + 1));
    return parts;
}

void check_version(const nlohmann::ordered_json& json) {
    if (!json.is_object() || !json.contains(version_key)) {
        fail(std::string("expected a JSON object with the key ") + version_key);
    }
    const nlohmann::ordered_json& found = json.at(version_key);
    if (found != version) {
        fail("version " + found.dump() + " of the notation, this program reads version " +
             std::to_string(version));
    }
}

Seed seed_of(const std::string& text) {
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) fail("seed: expected a number in quotes, got '" + text + "'");
    try {
        return {std::stoull(text)};
    } catch (const std::out_of_range&) {
        fail("seed: expected at most 2^64 - 1, got " + text);
    }
}

OperatorDescription description_of(const nlohmann::ordered_json& json, int depth) {
    if (depth > deepest) fail("operators within operators, more than " + std::to_string(deepest));
    OperatorDescription description{.name = json.at("name").get<std::string>(),
                                    .inputs = json.at("inputs").get<Index>(),
                                    .outputs = json.at("outputs").get<Index>(),
                                    .options = {},
                                    .seed = seed_of(json.at("seed").get<std::string>())};
    for (const auto& [option, value] : json.at("options").items()) {
        description.options.emplace_back(option, option_value(option, value, depth));
    }
    return description;
}

}  // namespace

std::string to_json(const OperatorDescription& description) {
    nlohmann::ordered_json json{{version_key, version}};
    json.update(json_of(description));
    return json.dump();
}

OperatorDescription description_from_json(std::string_view text) {
    try {
        const nlohmann::ordered_json json = nlohmann::ordered_json::parse(text);
        check_version(json);
        return description_of(json, 0);
    } catch (const nlohmann::json::exception& error) {
        fail(error.what());
    }
}

OptionReader::OptionReader(const OperatorDescription& description, std::string_view name)
    : description_(&description) {
    if (description.name != name) {
        throw InvalidArgument("operator: expected " + std::string(name) + ", got " +
                              description.name);
    }
}

const OptionValue* OptionReader::find(std::string_view option) {
    known_.emplace_back(option);
    for (const auto& [name, value] : description_->options) {
        if (name == option) return &value;
    }
    return nullptr;
}

Index OptionReader::integer(std::string_view option, Index otherwise, Index least, Index most) {
    const OptionValue* value = find(option);
    if (value == nullptr) return otherwise;
    const Index* number = std::get_if<Index>(value);
    if (number == nullptr || *number < least || *number > most) {
        throw InvalidArgument(description_->name + ": " + std::string(option) +
                              ": expected a whole number from " + std::to_string(least) + " to " +
                              std::to_string(most) +
                              (number == nullptr ? "" : ", got " + std::to_string(*number)));
    }
    return *number;
}

double OptionReader::positive_number(std::string_view option, double otherwise) {
    const OptionValue* value = find(option);
    if (value == nullptr) return otherwise;
    const Index* whole = std::get_if<Index>(value);
    const double* real = std::get_if<double>(value);
    const double number = whole != nullptr  ? static_cast<double>(*whole)
                          : real != nullptr ? *real
                                            : 0.0;
    if (!(number > 0) || !std::isfinite(number)) {
        throw InvalidArgument(description_->name + ": " + std::string(option) +
                              ": expected a positive number");
    }
    return number;
}

std::string OptionReader::word(std::string_view option, const std::vector<std::string>& words) {
    const OptionValue* value = find(option);
    if (value == nullptr) return words.front();
    const std::string* found = std::get_if<std::string>(value);
    if (found != nullptr && std::find(words.begin(), words.end(), *found) != words.end()) {
        return *found;
    }
    std::string expected;
    for (const std::string& word : words) expected += (expected.empty() ? "" : ", ") + word;
    throw InvalidArgument(description_->name + ": " + std::string(option) + ": expected one of " +
                          expected + (found == nullptr ? "" : ", got '" + *found + "'"));
}

std::vector<double> OptionReader::numbers(std::string_view option) {
    const OptionValue* value = find(option);
    if (value == nullptr) return {};
    const auto* list = std::get_if<std::vector<double>>(value);
    if (list == nullptr) {
        throw InvalidArgument(description_->name + ": " + std::string(option) +
                              ": expected a list of numbers such as [0.5,0.25]");
    }
    return *list;
}

std::vector<OperatorDescription> OptionReader::operators(std::string_view option) {
    const OptionValue* value = find(option);
    const auto* parts =
        value == nullptr ? nullptr : std::get_if<std::vector<OperatorDescription>>(value);
    if (parts == nullptr || parts->empty()) {
        throw InvalidArgument(description_->name + ": " + std::string(option) +
                              ": expected a list of operators");
    }
    return *parts;
}

void OptionReader::finish() const {
    for (const auto& [name, value] : description_->options) {
        if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
        const std::string nearest = nearest_name(name, known_);
        throw InvalidArgument(
            description_->name + ": unknown option '" + name + "', " +
            (nearest.empty() ? "it takes none" : "did you mean '" + nearest + "'?"));
    }
}

}  // namespace sketchntk::sketches
