#include "catch2.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/operator_description.hpp>

#include <string>

using namespace sketchntk;
using namespace sketchntk::sketches;

namespace {

OperatorDescription example() {
    return {.name = "polynomial_sketch",
            .inputs = 100,
            .outputs = 1024,
            .options = {{"coefficients", std::vector<double>{0.1, 1.0 / 3, 1e-300}},
                        {"leaf", std::string("count_sketch")},
                        {"node_width", Index{256}}},
            .seed = Seed{0xffffffffffffffffU}};
}

template <typename Call>
void check_message(const Call& call, const std::string& part) {
    try {
        call();
        FAIL("nothing was thrown; expected " << part);
    } catch (const Error& error) {
        INFO(error.what());
        CHECK(std::string(error.what()).find(part) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("JSON and text give a description back, to the bit") {
    const OperatorDescription description = example();
    CHECK(description_from_json(to_json(description)) == description);
    CHECK(parse_operator(to_text(description), description) == description);
    CHECK(to_sentence({.name = "gaussian", .inputs = 3, .outputs = 2, .seed = Seed{7}}) ==
          "gaussian: 3 -> 2, seed 7");
}

TEST_CASE("JSON gives an operator that is made of others back") {
    OperatorDescription whole = example();
    whole.options = {{"parts", std::vector<OperatorDescription>{example(), example()}}};
    CHECK(description_from_json(to_json(whole)) == whole);
    CHECK(to_text(whole).find("leaf=count_sketch") != std::string::npos);
}

TEST_CASE("a JSON nested without end is refused, not followed") {
    OperatorDescription nested = example();
    for (int depth = 0; depth < 40; ++depth) {
        const OperatorDescription inside = nested;
        nested.options = {{"parts", std::vector<OperatorDescription>{inside}}};
    }
    const std::string json = to_json(nested);
    check_message([&] { static_cast<void>(description_from_json(json)); }, "more than 16");
}

TEST_CASE("an operator in text: blanks, letters of either case, lists") {
    const OperatorDescription parsed =
        parse_operator("  Tensor_Sketch ( degree = 3 , weights=[1, -2.5e-1,3] ) ",
                       {.name = "", .inputs = 5, .outputs = 7, .seed = Seed{9}});
    const OperatorDescription expected{
        .name = "tensor_sketch",
        .inputs = 5,
        .outputs = 7,
        .options = {{"degree", Index{3}}, {"weights", std::vector<double>{1, -0.25, 3}}},
        .seed = Seed{9}};
    CHECK(parsed == expected);
    CHECK(parse_operator("srht()").name == "srht");
}

TEST_CASE("a text that is no operator: the message says where it fails") {
    for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
             {"", "at character 1"},
             {"3x", "name of an operator at character 1"},
             {"srht(", "name of an option at character 6"},
             {"srht(a", "= at character 7"},
             {"srht(a=", "a number, a word or a list"},
             {"srht(a=1", ", or ) at character 9"},
             {"srht(a=1,a=2)", "once only"},
             {"srht(a=[1,x])", "a number at character 11"},
             {"srht(a=[1", ", or ] at character 10"},
             {"srht) ", "the end at character 5"},
             {"srht(a=99999999999999999999)", "whole number below 2^63"}}) {
        INFO(text);
        check_message([&text = text] { static_cast<void>(parse_operator(text)); }, part);
        CHECK_THROWS_AS(parse_operator(text), InvalidArgument);
    }
}

TEST_CASE("a JSON that is forged, damaged or newer is refused with its reason") {
    const std::string json = to_json(example());
    const auto replaced = [&json](const std::string& from, const std::string& to) {
        std::string text = json;
        const std::size_t position = text.find(from);
        REQUIRE(position != std::string::npos);
        return text.replace(position, from.size(), to);
    };
    for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
             {"", "parse error"},
             {"[]", "sketchntk_operator"},
             {"{}", "sketchntk_operator"},
             {json.substr(0, json.size() - 1), "parse error"},
             {replaced("\"sketchntk_operator\":1", "\"sketchntk_operator\":2"),
              "version 2 of the notation, this program reads version 1"},
             {replaced("\"inputs\":100", "\"inputs\":\"many\""), "must be number"},
             {replaced("\"seed\":\"18446744073709551615\"", "\"seed\":\"18446744073709551616\""),
              "at most 2^64 - 1"},
             {replaced("\"seed\":\"18446744073709551615\"", "\"seed\":\"-1\""), "seed"},
             {replaced("\"seed\":\"18446744073709551615\"", "\"seed\":5"), "must be string"},
             {replaced("\"node_width\":256", "\"node_width\":true"), "option node_width"},
             {replaced("\"node_width\":256", "\"node_width\":[1,\"x\"]"), "option node_width"},
             {replaced("\"name\":\"polynomial_sketch\",", ""), "name"}}) {
        INFO(text);
        check_message([&text = text] { static_cast<void>(description_from_json(text)); }, part);
        CHECK_THROWS_AS(description_from_json(text), FormatError);
    }
}

TEST_CASE("options are read with their defaults, and others refused") {
    const OperatorDescription description{
        .name = "thing",
        .options = {{"degree", Index{3}}, {"leaf", std::string("srht")}, {"degre", Index{4}}}};
    OptionReader reader(description, "thing");
    CHECK(reader.integer("degree", 2, 1, 64) == 3);
    CHECK(reader.integer("width", 17, 1, 64) == 17);
    CHECK(reader.word("leaf", {"count_sketch", "srht"}) == "srht");
    CHECK(reader.word("kind", {"first", "second"}) == "first");
    CHECK(reader.numbers("weights").empty());
    const OperatorDescription with_numbers = parse_operator("thing(a=2.5, b=3, c=-1)");
    CHECK(description_from_json(to_json(with_numbers)) == with_numbers);
    CHECK(parse_operator(to_text(with_numbers)) == with_numbers);
    OptionReader numbers(with_numbers, "thing");
    CHECK(numbers.positive_number("a", 1) == 2.5);
    CHECK(numbers.positive_number("b", 1) == 3);
    CHECK(numbers.positive_number("d", 1) == 1);
    check_message([&] { static_cast<void>(numbers.positive_number("c", 1)); },
                  "thing: c: expected a positive number");
    check_message([&] { reader.finish(); }, "unknown option 'degre', did you mean 'degree'?");
    check_message([&] { static_cast<void>(reader.integer("degree", 2, 4, 64)); },
                  "thing: degree: expected a whole number from 4 to 64, got 3");
    check_message([&] { static_cast<void>(reader.integer("leaf", 2, 4, 64)); }, "thing: leaf");
    check_message(
        [&] {
            static_cast<void>(reader.word("leaf", {"raw", "none"}));
        },
        "expected one of raw, none, got 'srht'");
    check_message([&] { static_cast<void>(reader.numbers("degree")); }, "list of numbers");
    check_message([&] { static_cast<void>(reader.operators("degree")); }, "list of operators");
    check_message([&] { OptionReader(description, "other").finish(); }, "expected other");
}
