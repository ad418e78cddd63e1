#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/operator_description.hpp>

#include <array>
#include <charconv>

namespace sketchntk::sketches {
namespace {

std::string text_of(double number) {
    // The shortest text that reads back as the same number.
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return {buffer.data(), end};
}

std::string text_of(const OptionValue& value) {
    if (const auto* number = std::get_if<Index>(&value)) return std::to_string(*number);
    if (const auto* number = std::get_if<double>(&value)) return text_of(*number);
    if (const auto* word = std::get_if<std::string>(&value)) return *word;
    std::string list;
    const auto add = [&list](const std::string& entry) {
        list += (list.empty() ? "" : ",") + entry;
    };
    if (const auto* numbers = std::get_if<std::vector<double>>(&value)) {
        for (const double number : *numbers) add(text_of(number));
    } else {
        for (const OperatorDescription& part : std::get<std::vector<OperatorDescription>>(value)) {
            add(to_text(part));
        }
    }
    return "[" + list + "]";
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Recursive descent over `name`, `name(option=value, ...)`.
class OperatorParser {
  public:
    explicit OperatorParser(std::string_view text) : text_(text) {}

    OperatorDescription parse(const OperatorDescription& shape) {
        OperatorDescription description = shape;
        description.options.clear();
        description.name = name("the name of an operator");
        if (take('(') && !take(')')) {
            do {
                const std::string option = name("the name of an option");
                for (const auto& [known, value] : description.options) {
                    if (known == option) fail("the option " + option + " once only");
                }
                if (!take('=')) fail("=");
                description.options.emplace_back(option, value());
            } while (take(','));
            if (!take(')')) fail(", or )");
        }
        skip_blanks();
        if (position_ != text_.size()) fail("the end");
        return description;
    }

  private:
    [[noreturn]] void fail(const std::string& expected) const {
        throw InvalidArgument("operator '" + std::string(text_) + "': expected " + expected +
                              " at character " + std::to_string(position_ + 1));
    }

    void skip_blanks() {
        while (position_ < text_.size() && text_[position_] == ' ') ++position_;
    }
    [[nodiscard]] char next() const { return position_ < text_.size() ? text_[position_] : '\0'; }

    bool take(char wanted) {
        skip_blanks();
        if (next() != wanted) return false;
        ++position_;
        return true;
    }

    std::string name(const char* what) {
        skip_blanks();
        if (!is_letter(next())) fail(what);
        std::string found;
        while (is_letter(next()) || is_digit(next()) || next() == '_' || next() == '-') {
            found += lower(text_[position_++]);
        }
        return found;
    }

    double number(const char* expected) {
        skip_blanks();
        double value = 0;
        const char* first = text_.data() + position_;
        const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
        if (error != std::errc()) fail(expected);
        position_ += static_cast<std::size_t>(end - first);
        return value;
    }

    OptionValue list() {
        std::vector<double> numbers;
        if (take(']')) return numbers;
        do numbers.push_back(number("a number"));
        while (take(','));
        if (!take(']')) fail(", or ]");
        return numbers;
    }

    OptionValue value() {
        if (take('[')) return list();
        skip_blanks();
        if (is_letter(next())) return name("a word");
        Index whole = 0;
        const char* first = text_.data() + position_;
        const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), whole);
        const bool is_whole = error == std::errc() &&
                              (end == text_.data() + text_.size() || (*end != '.' && *end != 'e'));
        if (error == std::errc::result_out_of_range) fail("a whole number below 2^63");
        if (!is_whole) return number("a number, a word or a list such as [0.5,0.25]");
        position_ += static_cast<std::size_t>(end - first);
        return whole;
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

}  // namespace

std::string to_text(const OperatorDescription& description) {
    std::string options;
    for (const auto& [option, value] : description.options) {
        options += (options.empty() ? "" : ",") + option + "=" + text_of(value);
    }
    return options.empty() ? description.name : description.name + "(" + options + ")";
}

std::string to_sentence(const OperatorDescription& description) {
    return to_text(description) + ": " + std::to_string(description.inputs) + " -> " +
           std::to_string(description.outputs) + ", seed " + std::to_string(description.seed.value);
}

OperatorDescription parse_operator(std::string_view text, const OperatorDescription& shape) {
    return OperatorParser(text).parse(shape);
}

}  // namespace sketchntk::sketches
