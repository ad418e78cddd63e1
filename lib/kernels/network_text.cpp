#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>
#include <sketchntk/kernels/network.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

namespace sketchntk {

namespace {

// Deeper descriptions than this are mistakes, and would cost memory before anything else complains.
constexpr Index most_layers = 100000;

[[noreturn]] void refuse_word(const std::string& where, std::string_view word,
                              const std::vector<std::string>& known) {
    throw InvalidArgument(where + ": unknown '" + std::string(word) + "', did you mean '" +
                          nearest_name(word, known) + "'?");
}

bool is_activation(std::string_view name) {
    const std::vector<std::string> names = activation_names();
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> known_words() {
    std::vector<std::string> words = activation_names();
    words.insert(words.end(), {"dense", "fc"});
    return words;
}

double checked_deviation(const std::string& where, const std::string& name, double value) {
    if (!std::isfinite(value) || value < 0)
        throw InvalidArgument(where + ": " + name + ": expected a finite number >= 0, got " +
                              std::to_string(value));
    return value;
}

class TextParser {
  public:
    explicit TextParser(std::string_view text) : text_(text) {}

    Network parse() {
        Network network{sequence()};
        if (position_ != text_.size()) fail("expected a layer");
        if (network.layers.empty()) fail("expected at least one layer");
        return network;
    }

  private:
    using Options = std::vector<std::pair<std::string, double>>;

    [[noreturn]] void fail(const std::string& expectation) const {
        throw InvalidArgument(place() + ": " + expectation + ", got '" +
                              std::string(text_.substr(position_, 20)) + "'");
    }

    std::string place() const {
        return "network '" + std::string(text_) + "', position " + std::to_string(position_ + 1);
    }

    void skip_blanks() {
        while (position_ < text_.size() &&
               (text_[position_] == ' ' || text_[position_] == '\t' || text_[position_] == '\n'))
            ++position_;
    }

    bool accept(char expected) {
        skip_blanks();
        if (position_ >= text_.size() || text_[position_] != expected) return false;
        ++position_;
        return true;
    }

    void expect(char expected) {
        if (!accept(expected)) fail(std::string("expected '") + expected + "'");
    }

    bool at_digit() const {
        return position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9';
    }

    std::string word() {
        skip_blanks();
        const std::size_t start = position_;
        while (position_ < text_.size() &&
               (std::isalnum(static_cast<unsigned char>(text_[position_])) != 0 ||
                text_[position_] == '_'))
            ++position_;
        if (position_ == start) fail("expected a name");
        return std::string(text_.substr(start, position_ - start));
    }

    double number() {
        skip_blanks();
        double value = 0;
        const char* first = text_.data() + position_;
        const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
        if (error != std::errc{}) fail("expected a number");
        position_ += static_cast<std::size_t>(end - first);
        return value;
    }

    Index count(const std::string& name, double value) const {
        if (!(value >= 0) || value > most_layers || value != std::floor(value))
            throw InvalidArgument(place() + ": " + name + ": expected a whole number from 0 to " +
                                  std::to_string(most_layers) + ", got " + std::to_string(value));
        return static_cast<Index>(value);
    }

    bool flag(const std::string& name, double value) const {
        if (value != 0 && value != 1)
            throw InvalidArgument(place() + ": " + name + ": expected 0 or 1, got " +
                                  std::to_string(value));
        return value == 1;
    }

    Options options() {
        Options result;
        if (!accept('(') || accept(')')) return result;
        do {
            std::string name = word();
            expect('=');
            result.emplace_back(std::move(name), number());
        } while (accept(','));
        expect(')');
        return result;
    }

    Dense dense(const Options& options, const std::vector<std::string>& known) const {
        Dense layer;
        for (const auto& [name, value] : options) {
            if (name == "w_std")
                layer.w_std = checked_deviation(place(), name, value);
            else if (name == "b_std")
                layer.b_std = checked_deviation(place(), name, value);
            else if (name == "trained")
                layer.trained = flag(name, value);
            else if (std::find(known.begin(), known.end(), name) == known.end())
                refuse_word(place(), name, known);
        }
        return layer;
    }

    // "relu", "leaky_relu(alpha=0.1)", "leaky_relu(0.1)"; the name has been read.
    Activation activation(const std::string& name) {
        const std::vector<std::string> known = activation_parameters(name);
        Activation result{name, {}};
        if (accept('(') && !accept(')')) {
            do {
                skip_blanks();
                const std::size_t next = result.parameters.size();
                if (position_ < text_.size() &&
                    std::isalpha(static_cast<unsigned char>(text_[position_])) != 0) {
                    const std::string parameter = word();
                    if (next >= known.size() || parameter != known[next])
                        refuse_parameter(name, parameter, known, next);
                    expect('=');
                }
                result.parameters.push_back(number());
            } while (accept(','));
            expect(')');
        }
        return completed_here(result);
    }

    [[noreturn]] void refuse_parameter(const std::string& name, const std::string& given,
                                       const std::vector<std::string>& known,
                                       std::size_t next) const {
        throw InvalidArgument(place() + ": " + name +
                              (next < known.size() ? ": expected " + known[next]
                                                   : ": expected no further parameter") +
                              ", got " + given);
    }

    Activation completed_here(const Activation& given) const {
        try {
            return completed(given);
        } catch (const InvalidArgument& error) {
            throw InvalidArgument(place() + ": " + error.what());
        }
    }

    std::vector<Layer> fully_connected() {
        const std::vector<std::string> known{"depth", "activation", "w_std", "b_std", "trained"};
        Options numbers;
        Activation between;
        if (accept('(') && !accept(')')) {
            do {
                std::string name = word();
                expect('=');
                if (name == "activation")
                    between = activation(activation_name());
                else
                    numbers.emplace_back(std::move(name), number());
            } while (accept(','));
            expect(')');
        }
        const Dense layer = dense(numbers, known);
        for (const auto& [name, value] : numbers)
            if (name == "depth")
                return fully_connected_network(count(name, value), layer, between).layers;
        fail("expected depth=... in fc(...)");
    }

    std::string activation_name() {
        skip_blanks();
        const std::size_t start = position_;
        std::string name = word();
        if (is_activation(name)) return name;
        position_ = start;
        refuse_word(place(), name, activation_names());
    }

    std::vector<Layer> repetition() {
        const Index times = count("repetition", number());
        expect('*');
        expect('(');
        const std::vector<Layer> body = sequence();
        expect(')');
        std::vector<Layer> layers;
        for (Index i = 0; i < times; ++i) append(layers, body);
        return layers;
    }

    void append(std::vector<Layer>& layers, const std::vector<Layer>& more) const {
        if (static_cast<Index>(layers.size() + more.size()) > most_layers)
            throw InvalidArgument(place() + ": more than " + std::to_string(most_layers) +
                                  " layers");
        layers.insert(layers.end(), more.begin(), more.end());
    }

    std::vector<Layer> item() {
        if (at_digit()) return repetition();
        const std::size_t start = position_;
        const std::string name = word();
        if (is_activation(name)) return {activation(name)};
        if (name == "dense") return {dense(options(), {"w_std", "b_std", "trained"})};
        if (name == "fc") return fully_connected();
        position_ = start;
        refuse_word(place(), name, known_words());
    }

    std::vector<Layer> sequence() {
        std::vector<Layer> layers;
        for (skip_blanks(); position_ < text_.size() && text_[position_] != ')'; skip_blanks())
            append(layers, item());
        return layers;
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

double number_from_json(const std::string& where, const std::string& key,
                        const nlohmann::json& value) {
    if (!value.is_number())
        throw InvalidArgument(where + ": " + key + ": expected a number, got " + value.dump());
    return value.get<double>();
}

[[noreturn]] void refuse_property(const std::string& where, const std::string& type,
                                  const std::string& key) {
    throw InvalidArgument(where + ": " + type + " has no property \"" + key + "\"");
}

Activation activation_from_json(const std::string& where, const std::string& type,
                                const nlohmann::json& json) {
    std::vector<std::string> names = activation_parameters(type);
    const bool repeats = repeats_last_parameter(type);
    if (repeats) names.back() += "s";
    for (const auto& [key, value] : json.items())
        if (key != "type" && std::find(names.begin(), names.end(), key) == names.end())
            refuse_property(where, type, key);
    Activation activation{type, {}};
    for (const std::string& name : names) {
        if (!json.contains(name)) break;
        const nlohmann::json& value = json[name];
        if (repeats && !value.is_array())
            throw InvalidArgument(where + ": " + name + ": expected a list of numbers, got " +
                                  value.dump());
        for (const nlohmann::json& number : repeats ? value : nlohmann::json::array({value}))
            activation.parameters.push_back(number_from_json(where, name, number));
    }
    try {
        return completed(activation);
    } catch (const InvalidArgument& error) {
        throw InvalidArgument(where + ": " + error.what());
    }
}

Dense dense_from_json(const std::string& where, const nlohmann::json& json) {
    Dense dense;
    for (const auto& [key, value] : json.items()) {
        if (key == "w_std") {
            dense.w_std = checked_deviation(where, key, number_from_json(where, key, value));
        } else if (key == "b_std") {
            dense.b_std = checked_deviation(where, key, number_from_json(where, key, value));
        } else if (key == "trained") {
            if (!value.is_boolean())
                throw InvalidArgument(where + ": trained: expected true or false, got " +
                                      value.dump());
            dense.trained = value.get<bool>();
        } else if (key != "type") {
            refuse_property(where, "dense", key);
        }
    }
    return dense;
}

Layer layer_from_json(const nlohmann::json& json, std::size_t number) {
    const std::string where = "network, layer " + std::to_string(number);
    if (!json.is_object() || !json.contains("type") || !json["type"].is_string())
        throw InvalidArgument(where + ": expected an object with a \"type\", got " + json.dump());
    const std::string type = json["type"];
    if (type == "dense") return dense_from_json(where, json);
    if (is_activation(type)) return activation_from_json(where, type, json);
    std::vector<std::string> known = activation_names();
    known.emplace_back("dense");
    refuse_word(where, type, known);
}

Network parse_json(std::string_view text) {
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) throw InvalidArgument("network: not valid JSON");
    if (!json.contains("layers") || !json["layers"].is_array() || json["layers"].empty())
        throw InvalidArgument("network: expected {\"layers\": [...]} with at least one layer");
    Network network;
    for (const nlohmann::json& layer : json["layers"])
        network.layers.push_back(layer_from_json(layer, network.layers.size() + 1));
    return network;
}

}  // namespace

Network parse_network(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\n\r");
    if (first != std::string_view::npos && text[first] == '{') return parse_json(text);
    return TextParser(text).parse();
}

}  // namespace sketchntk
