#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/core/random.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sketchntk::sketches {

struct OperatorDescription;

/// The value of an option: a whole number, a word, a list of numbers, the operators that one is
/// made of, or another number.
using OptionValue =
    std::variant<Index, std::string, std::vector<double>, std::vector<OperatorDescription>, double>;

/// What determines a random operator, as text and JSON carry it: the name of its distribution, its
/// shape, its options and its seed. Every operator gives its own (`description()`) and can be made
/// from one (`from_description()`), so printing, JSON and parsing are written once.
struct OperatorDescription {
    std::string name;  ///< of the distribution, for example "tensor_sketch"
    Index inputs = 0;  ///< columns of the rows that it is applied to
    Index outputs = 0;
    /// In the order in which the operator prints them; one that is left out has its default.
    std::vector<std::pair<std::string, OptionValue>> options = {};
    Seed seed = {};

    bool operator==(const OperatorDescription&) const = default;
};

/// The distribution without shape and seed: `tensor_sketch(degree=3)`, lists as `[0.5,0.25]`.
/// `parse_operator` reads it, unless it is made of other operators, which only JSON gives whole.
[[nodiscard]] std::string to_text(const OperatorDescription& description);

/// Everything, for people: `tensor_sketch(degree=3): 100 -> 1024, seed 42`.
[[nodiscard]] std::string to_sentence(const OperatorDescription& description);

/// Name and options from a text such as `tensor_sketch(degree=3)` or `count_sketch`, upper-case
/// letters being read as lower-case ones; inputs, outputs and seed are those of `shape`. Whether
/// such an operator exists is not looked at: see `AnySketch`.
/// @throws InvalidArgument that quotes the text and says where it fails.
[[nodiscard]] OperatorDescription parse_operator(std::string_view text,
                                                 const OperatorDescription& shape = {});

/// One JSON object on one line, with the version of the notation; `description_from_json` gives the
/// same description back, to the bit of every number.
[[nodiscard]] std::string to_json(const OperatorDescription& description);

/// @throws FormatError if it is not such an object, or of a newer version of the notation.
[[nodiscard]] OperatorDescription description_from_json(std::string_view json);

/// The description of an operator as JSON.
template <typename Operator>
[[nodiscard]] std::string to_json(const Operator& random_operator) {
    return to_json(random_operator.description());
}

/// The operator whose JSON this is, drawn from the same distribution with the same seed.
/// @throws FormatError if it is not the JSON of such an operator, InvalidArgument if it names sizes
///   or options that the operator does not accept.
template <typename Operator>
[[nodiscard]] Operator from_json(std::string_view json) {
    return Operator::from_description(description_from_json(json));
}

/// Reads the options of a description for `from_description`, and complains about those that nobody
/// asked for.
class OptionReader {
  public:
    /// @throws InvalidArgument if the description is of an operator with another name.
    OptionReader(const OperatorDescription& description, std::string_view name);

    /// A whole number from `least` to `most`; `otherwise` if it is not there.
    /// @throws InvalidArgument naming the option and the range.
    [[nodiscard]] Index integer(std::string_view option, Index otherwise, Index least, Index most);

    /// A positive number; `otherwise` if it is not there.
    /// @throws InvalidArgument naming the option.
    [[nodiscard]] double positive_number(std::string_view option, double otherwise);

    /// One of `words`, the first of them if it is not there.
    [[nodiscard]] std::string word(std::string_view option, const std::vector<std::string>& words);

    /// A list of numbers, empty if it is not there.
    [[nodiscard]] std::vector<double> numbers(std::string_view option);

    /// The operators that this one is made of.
    /// @throws InvalidArgument unless there is at least one.
    [[nodiscard]] std::vector<OperatorDescription> operators(std::string_view option);

    /// To be called last.
    /// @throws InvalidArgument for an option that was not read, with the nearest that was.
    void finish() const;

  private:
    [[nodiscard]] const OptionValue* find(std::string_view option);

    const OperatorDescription* description_;
    std::vector<std::string> known_;
};

}  // namespace sketchntk::sketches
