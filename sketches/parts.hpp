#pragma once

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/any_sketch.hpp>

#include <string_view>
#include <vector>

namespace sketchntk::sketches {

/// The description of an operator that is made of others.
template <RandomOperator Operator>
OperatorDescription describe_parts(std::string_view name, const Operator& whole,
                                   const std::vector<AnySketch>& parts) {
    std::vector<OperatorDescription> descriptions;
    for (const AnySketch& part : parts) descriptions.push_back(part.description());
    return {.name = std::string(name),
            .inputs = whole.input_dimension(),
            .outputs = whole.output_dimension(),
            .options = {{"parts", std::move(descriptions)}},
            .seed = whole.seed()};
}

/// The sketches that the description of operator `name` is made of.
/// @throws InvalidArgument if it is of another operator, or without parts.
inline std::vector<AnySketch> described_parts(std::string_view name,
                                              const OperatorDescription& description) {
    OptionReader options(description, name);
    std::vector<AnySketch> parts;
    for (const OperatorDescription& part : options.operators("parts")) {
        parts.push_back(AnySketch::from_description(part));
    }
    options.finish();
    return parts;
}

/// @throws InvalidArgument if shape and seed of the description are not those of its parts.
template <RandomOperator Operator>
void check_described_shape(const OperatorDescription& description, const Operator& whole) {
    const bool same = description.inputs == whole.input_dimension() &&
                      description.outputs == whole.output_dimension() &&
                      description.seed == whole.seed();
    if (same) return;
    throw InvalidArgument(description.name + ": its parts are " + to_sentence(whole.description()) +
                          ", but it says " + to_sentence(description));
}

}  // namespace sketchntk::sketches
