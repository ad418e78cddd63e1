#include "kernels/layer_fields.hpp"
#include "kernels/named_networks.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/names.hpp>
#include <sketchntk/kernels/network.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>

namespace sketchntk {

namespace {

// Deeper descriptions than this are mistakes, and would cost memory before anything else complains.
constexpr Index most_layers = 100000;

/// An option as written: "stride=2" or, without a name, "3x5".
struct Argument {
    std::string name;
    std::vector<double> numbers;
    std::string word;
    bool used = false;
};

/// Hands a layer the options that were written for it.
class ArgumentFields {
  public:
    ArgumentFields(std::string where, std::vector<Argument> arguments)
        : where_(std::move(where)), arguments_(std::move(arguments)) {}

    void deviation(const char* name, double& value, double standard) {
        const Argument* argument = take(name);
        value = argument == nullptr ? standard
                                    : checked_deviation(where_, name, number(name, *argument));
    }
    void flag(const char* name, bool& value, bool standard) {
        const Argument* argument = take(name);
        const double given = argument == nullptr ? standard : number(name, *argument);
        if (given != 0 && given != 1)
            throw InvalidArgument(where_ + ": " + name + ": expected 0 or 1, got " +
                                  std::to_string(given));
        value = given == 1;
    }
    void extent(const char* name, Extent& value, const Extent& standard) {
        const Argument* argument = take(name);
        if (argument == nullptr && standard.empty())
            throw InvalidArgument(where_ + ": " + name + " must be given");
        value = argument == nullptr ? collapsed(standard)
                                    : checked_extent(where_, name, argument->numbers);
    }
    void padding(const char* name, Padding& value, Padding standard) {
        const Argument* argument = take(name);
        value = argument == nullptr ? standard : padding_from(where_, argument->word);
    }
    void layers(const char*, const std::vector<Layer>&) {}

    /// @throws InvalidArgument for what no property has taken.
    void finish() const {
        for (const Argument& argument : arguments_) {
            if (argument.used) continue;
            if (argument.name.empty() || names_.empty())
                throw InvalidArgument(where_ + ": an option too many");
            refuse_word(where_, argument.name, names_);
        }
    }

  private:
    // The option of that name; the first property also takes one without a name.
    const Argument* take(const char* name) {
        const bool first = names_.empty();
        names_.emplace_back(name);
        for (Argument& argument : arguments_) {
            if (argument.used || !(argument.name == name || (first && argument.name.empty())))
                continue;
            argument.used = true;
            return &argument;
        }
        return nullptr;
    }

    double number(const char* name, const Argument& argument) const {
        if (argument.numbers.size() != 1)
            throw InvalidArgument(where_ + ": " + name + ": expected a number");
        return argument.numbers.front();
    }

    std::string where_;
    std::vector<Argument> arguments_;
    std::vector<std::string> names_;
};

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

    bool at_letter() const {
        return position_ < text_.size() &&
               std::isalpha(static_cast<unsigned char>(text_[position_])) != 0;
    }

    std::vector<Argument> arguments() {
        std::vector<Argument> result;
        if (!accept('(') || accept(')')) return result;
        do {
            result.push_back(argument());
        } while (accept(','));
        expect(')');
        return result;
    }

    Argument argument() {
        Argument result;
        skip_blanks();
        if (at_letter()) {
            result.name = word();
            expect('=');
            skip_blanks();
        }
        if (at_letter()) {
            result.word = word();
            return result;
        }
        do {
            result.numbers.push_back(number());
        } while (accept('x'));
        return result;
    }

    template <typename L>
    L layer_of_kind(std::vector<Argument> given) const {
        L layer;
        ArgumentFields fields(place(), std::move(given));
        describe(layer, fields);
        fields.finish();
        return layer;
    }

    Residual residual() {
        Residual layer;
        expect('(');
        layer.branch = sequence();
        if (accept('|')) layer.shortcut = sequence();
        expect(')');
        return layer;
    }

    // The layer of that name, if any but an activation has it.
    std::vector<Layer> named_layer(const std::string& name) {
        std::vector<Layer> found;
        for_each_layer_kind([&]<typename L>(const L&) {
            if (name != LayerName<L>::text) return;
            if constexpr (std::is_same_v<L, Residual>)
                found.emplace_back(residual());
            else
                found.emplace_back(layer_of_kind<L>(arguments()));
        });
        return found;
    }

    // "relu", "leaky_relu(alpha=0.1)", "leaky_relu(0.1)"; the name has been read.
    Activation activation(const std::string& name) {
        const std::vector<std::string> known = activation_parameters(name);
        Activation result{name, {}};
        if (accept('(') && !accept(')')) {
            do {
                skip_blanks();
                const std::size_t next = result.parameters.size();
                if (at_letter()) {
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
        std::vector<Argument> of_dense;
        std::optional<Index> depth;
        Activation between;
        if (accept('(') && !accept(')')) {
            do {
                const std::size_t start = position_;
                const std::string name = word();
                expect('=');
                if (name == "activation") {
                    between = activation(activation_name());
                } else if (name == "depth") {
                    depth = count(name, number());
                } else if (name == "w_std" || name == "b_std" || name == "trained") {
                    of_dense.push_back({.name = name, .numbers = {number()}, .word = {}});
                } else {
                    position_ = start;
                    refuse_word(place(), name,
                                {"depth", "activation", "w_std", "b_std", "trained"});
                }
            } while (accept(','));
            expect(')');
        }
        if (!depth) fail("expected depth=... in fc(...)");
        const auto dense = layer_of_kind<Dense>(std::move(of_dense));
        return fully_connected_network(*depth, dense, between).layers;
    }

    std::vector<Layer> wide_residual() {
        expect('(');
        if (const std::string name = word(); name != "blocks")
            fail("expected blocks=..., got " + name);
        expect('=');
        const Index blocks = count("blocks", number());
        if (blocks < 1) fail("expected at least one block in each group");
        expect(')');
        return TextParser(wide_residual_network(blocks)).sequence();
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
        if (name == "gap") return {GlobalAveragePool{}};
        if (name == "fc") return fully_connected();
        if (name == "wide_residual") return wide_residual();
        for (const NamedNetwork& network : named_networks())
            if (name == network.name) return TextParser(network.text).sequence();
        if (std::vector<Layer> layer = named_layer(name); !layer.empty()) return layer;
        position_ = start;
        std::vector<std::string> known = layer_names();
        known.insert(known.end(), {"fc", "gap", "wide_residual"});
        for (const NamedNetwork& network : named_networks()) known.push_back(network.name);
        refuse_word(place(), name, known);
    }

    std::vector<Layer> sequence() {
        std::vector<Layer> layers;
        for (skip_blanks();
             position_ < text_.size() && text_[position_] != ')' && text_[position_] != '|';
             skip_blanks())
            append(layers, item());
        return layers;
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

}  // namespace

Network parse_network(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\n\r");
    if (first != std::string_view::npos && text[first] == '{') return parse_network_json(text);
    return TextParser(text).parse();
}

}  // namespace sketchntk
