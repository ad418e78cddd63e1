#include "command.hpp"
#include "command_json.hpp"
#include "data_options.hpp"
#include "map_options.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/data/float_rows.hpp>
#include <sketchntk/data/npy.hpp>
#include <sketchntk/sketches/any_sketch.hpp>
#include <sketchntk/sketches/suggest_dimension.hpp>

#include <iostream>
#include <memory>
#include <optional>

namespace sketchntk::tools {

namespace {

using sketches::AnySketch;
using sketches::OperatorDescription;

struct SketchArguments {
    DataOptions data;
    RunOptions run;
    std::string distribution;
    std::optional<Index> outputs;
    std::optional<double> epsilon;
    double delta = 0.01;
    Index batch_rows = 4096;
    std::string out;
    std::string save_operator;
};

/// The operator of --operator: a JSON description has everything, a text has name and options only.
AnySketch requested_sketch(const SketchArguments& arguments, Index inputs) {
    const std::string text = text_or_content(arguments.distribution);
    if (text.find('{') != std::string::npos) {
        OperatorDescription description = sketches::description_from_json(text);
        if (arguments.outputs && *arguments.outputs != description.outputs)
            throw InvalidArgument("--outputs: the operator has " +
                                  std::to_string(description.outputs) + ", got " +
                                  std::to_string(*arguments.outputs));
        if (description.inputs != inputs)
            throw DimensionMismatch("--data: the operator is for rows of " +
                                    std::to_string(description.inputs) + " columns, " +
                                    arguments.data.path + " has " + std::to_string(inputs));
        return AnySketch::from_description(description);
    }
    OperatorDescription description = sketches::parse_operator(
        text, {.name = "", .inputs = inputs, .seed = Seed{arguments.run.seed}});
    if (arguments.epsilon) {
        const sketches::DimensionSuggestion suggestion =
            sketches::suggest_dimension(description, *arguments.epsilon, arguments.delta);
        description.outputs = suggestion.outputs;
        std::cerr << "outputs: " << suggestion.outputs << " by " << suggestion.bound << "\n";
    } else {
        description.outputs = arguments.outputs.value_or(1024);
    }
    return AnySketch::from_description(description);
}

void check_memory(const AnySketch& sketch, bool sparse, Index batch_rows) {
    const Index row_entries =
        sketch.output_dimension() + (sparse ? 0 : 3 * sketch.input_dimension());
    const std::int64_t needed = (sparse ? 0 : sketch.bytes()) + batch_rows * 4 * row_entries;
    if (needed > available_memory_bytes())
        throw ResourceError("--outputs: " + std::to_string(sketch.output_dimension()) + " of " +
                            std::to_string(sketch.input_dimension()) + " inputs need " +
                            std::to_string(needed >> 20) + " MiB of memory and " +
                            std::to_string(available_memory_bytes() >> 20) + " are available");
}

void run_sketch(const SketchArguments& arguments) {
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    check_writable(arguments.out);
    check_writable(arguments.save_operator);
    const auto rows = open_rows(arguments.data.source());
    const AnySketch sketch = requested_sketch(arguments, rows->schema().input_count());
    const AnySketch::Plan plan(sketch);
    const Index count = count_rows(*rows);
    NpyWriter writer(arguments.out, count, sketch.output_dimension(), NpyScalar::float32);
    Index done = 0;
    for (Batch batch; rows->read(arguments.batch_rows, batch);) {
        const FloatRows x(batch);
        if (done == 0) check_memory(sketch, x.sparse(), arguments.batch_rows);
        Matrix<float> z(x.rows(), sketch.output_dimension());
        x.visit([&](const auto& view) { plan.apply(view, z.view(), execution); });
        writer.append(std::as_const(z).view());
        done += batch.rows();
        execution.report({"sketch", done, count, "rows"});
    }
    writer.commit();
    if (!arguments.save_operator.empty())
        write_json(arguments.save_operator, Json::parse(to_json(sketch.description())));
    progress.clear();
    std::cout << arguments.out << ": " << count << " x " << sketch.output_dimension()
              << " float32, " << to_sentence(sketch.description()) << "\n";
}

std::string known_operators() {
    std::string text = "Operators:";
    for (const std::string& name : sketches::sketch_names()) text += " " + name;
    return text + ".\n";
}

}  // namespace

void add_sketch_command(CLI::App& program) {
    auto arguments = std::make_shared<SketchArguments>();
    CLI::App* command = program.add_subcommand(
        "sketch", "Write the rows of a data file multiplied by a random matrix (a sketch)");
    arguments->data.add_to(*command);
    arguments->data.add_target_to(*command);
    command
        ->add_option("--operator", arguments->distribution,
                     "Operator, e.g. count_sketch or 'tensor_sketch(degree=3)', or the JSON file "
                     "of --save-operator")
        ->required();
    CLI::Option* outputs = command->add_option("--outputs", arguments->outputs,
                                               "Columns of the result; 1024 if not given");
    command
        ->add_option("--epsilon", arguments->epsilon,
                     "Instead of --outputs: as many as vouch for inner products up to this "
                     "relative error, each with probability 1 - delta")
        ->excludes(outputs);
    command->add_option("--delta", arguments->delta, "See --epsilon")->capture_default_str();
    command->add_option("--batch-rows", arguments->batch_rows, "Rows sketched at once")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--out", arguments->out, "Array file (.npy) to write, rows x outputs")
        ->required();
    command->add_option("--save-operator", arguments->save_operator,
                        "JSON file to write, by which other rows are sketched in the same way");
    arguments->run.add_to(*command);
    command->footer(
        known_operators() +
        "Rows are taken as they are; those of a sparse file stay sparse. Z Z^T approximates X X^T, "
        "or\nits elementwise power for tensor sketches. See docs/sketches.md.\n"
        "Example:\n  sketchntk sketch --operator 'tensor_sketch(degree=3)' --outputs 1024 \\\n"
        "    --data data/protein/data.csv.gz --target -1 --out sketch.npy");
    command->callback([arguments] { run_sketch(*arguments); });
}

}  // namespace sketchntk::tools
