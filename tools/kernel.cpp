#include "command.hpp"
#include "command_json.hpp"
#include "kernel_gram.hpp"
#include "kernel_inputs.hpp"
#include "terminal_progress.hpp"

#include <iostream>
#include <memory>

namespace sketchntk::tools {

namespace {

void run_kernel(const KernelArguments& arguments) {
    if (!arguments.plan) {
        if (arguments.out.empty()) throw CLI::RequiredError("--out");
        check_writable(arguments.out);
    }
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    const Network network = arguments.kernel.parsed_network();
    const KernelInputs inputs(arguments);
    const std::string text =
        arguments.plan
            ? kernel_plan_text(arguments, network, inputs, execution)
            : write_kernel_gram(arguments, network, inputs, execution) + arguments.out + "\n";
    progress.clear();
    std::cout << text;
}

}  // namespace

void add_kernel_command(CLI::App& program) {
    auto arguments = std::make_shared<KernelArguments>();
    CLI::App* command = program.add_subcommand(
        "kernel", "Write the exact kernel matrix of the rows of a data file");
    arguments->data.add_to(*command);
    arguments->data.add_target_to(*command);
    command->add_option("--data2", arguments->data2,
                        "Second data file: the matrix is rows of --data x rows of this");
    add_row_range(*command, "--rows2", arguments->rows2, "--data2");
    arguments->kernel.add_to(*command);
    command->add_option("--precision", arguments->precision, "f32 or f64")
        ->check(CLI::IsMember({"f32", "f64"}))
        ->capture_default_str();
    command->add_flag("--standardise", arguments->standardise,
                      "Standardise the columns, or the channels of images, by the rows of --data");
    command
        ->add_option(
            "--image", arguments->image,
            "Pixels along each axis, e.g. 32x32, where the columns are images: pixels in "
            "row-major order, each with its channels. Files of images and .npy files of n x H x W "
            "x C say it themselves")
        ->type_name("HxW");
    command->add_option("--out", arguments->out, "Array file (.npy) to write");
    command->add_flag(
        "--plan", arguments->plan,
        "Write nothing; say how long all pairs would take, by measuring some, and what "
        "they need on disk and in memory");
    arguments->run.add_to(*command, false);
    command->footer(
        "Rows are taken as they are. Name the target so that it does not count as an input; the "
        "labels of images do not.\n"
        "What is done is kept in OUT.partial when the program is stopped or killed, and the same "
        "command\ngoes on there, with the same result.\n"
        "Example:\n  sketchntk kernel --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' \\\n    --kind ntk --precision f32 --standardise --out kernel.npy\n"
        "  sketchntk kernel --data cifar10/train --rows 1::50 --network '3*(conv(3) relu) gap "
        "dense' "
        "\\\n"
        "    --out cntk.npy");
    command->callback([arguments] { run_kernel(*arguments); });
}

}  // namespace sketchntk::tools
