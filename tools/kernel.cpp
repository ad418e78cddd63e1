#include "command.hpp"
#include "command_json.hpp"
#include "image_gram.hpp"
#include "kernel_inputs.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/npy.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <algorithm>
#include <iostream>
#include <memory>

namespace sketchntk::tools {

namespace {

// Written in panels of rows, so that the matrix itself need not fit into memory.
template <typename T>
void write_kernel(const KernelTiles<T>& kernel, const std::string& path, NpyScalar scalar,
                  const Execution& execution) {
    NpyWriter writer(path, kernel.rows(), kernel.columns(), scalar);
    const auto row_bytes = static_cast<std::int64_t>(sizeof(T)) * kernel.columns();
    constexpr std::int64_t panel_bytes = std::int64_t{256} << 20;
    const Index panel = std::max<Index>(256, panel_bytes / row_bytes / 256 * 256);
    for (Index first = 0; first < kernel.rows(); first += panel) {
        Matrix<T> rows(std::min(panel, kernel.rows() - first), kernel.columns());
        kernel_rows(kernel, first, rows.view(), execution);
        writer.append(std::as_const(rows).view());
        execution.report({"kernel", first + rows.rows(), kernel.rows(), "rows"});
    }
    writer.commit();
}

template <typename T>
void write_dense_gram(const KernelArguments& arguments, const Network& network,
                      const KernelInputs& inputs, NpyScalar scalar, const Execution& execution) {
    const auto kernel = inputs.load<T>().template kernel<FullyConnectedKernel<T>>(
        network, arguments.kernel.parsed_kind());
    write_kernel(*kernel, arguments.out, scalar, execution);
}

// Dense layers and activations only.
bool is_plain(const Network& network) {
    return std::all_of(network.layers.begin(), network.layers.end(), [](const Layer& layer) {
        return std::holds_alternative<Dense>(layer) || std::holds_alternative<Activation>(layer);
    });
}

void run_kernel(const KernelArguments& arguments) {
    if (!arguments.plan) {
        if (arguments.out.empty()) throw CLI::RequiredError("--out");
        check_writable(arguments.out);
    }
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    const Network network = arguments.kernel.parsed_network();
    const bool on_images = !arguments.image.empty() || !is_plain(network);
    if (arguments.plan && !on_images)
        throw InvalidArgument(
            "plan: expected a network on images, whose pairs are dear; the kernel of dense layers "
            "and activations takes no longer than a matrix product");
    const KernelInputs inputs(arguments);
    if (arguments.plan) {
        const std::string text = image_plan_text(arguments, network, inputs, execution);
        progress.clear();
        std::cout << text;
        return;
    }
    std::string resumed;
    if (on_images)
        resumed = write_image_gram(arguments, network, inputs, execution);
    else if (arguments.wide())
        write_dense_gram<double>(arguments, network, inputs, NpyScalar::float64, execution);
    else
        write_dense_gram<float>(arguments, network, inputs, NpyScalar::float32, execution);
    progress.clear();
    std::cout << resumed << arguments.out << "\n";
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
                      "Standardise the columns first, by the rows of --data");
    command
        ->add_option(
            "--image", arguments->image,
            "Pixels along each axis, e.g. 32x32, where the columns are images: pixels in "
            "row-major order, each with its channels. Files of images and .npy files of n x H x W "
            "x C say it themselves")
        ->delimiter('x')
        ->expected(1, 3)
        ->type_name("HxW")
        ->check(CLI::Range(Index{1}, Index{1'000'000}));
    command->add_option("--out", arguments->out, "Array file (.npy) to write");
    command->add_flag("--plan", arguments->plan,
                      "On images: write nothing; say how long all pairs would take, by measuring "
                      "some, and what they need on disk and in memory");
    arguments->run.add_to(*command, false);
    command->footer(
        "Rows are taken as they are. Name the target so that it does not count as an input; the "
        "labels of images do not.\n"
        "The matrix of images is written pair by pair. What is done is kept in OUT.partial when "
        "the\nprogram is stopped or killed, and the same command goes on there, with the same "
        "result.\n"
        "Example:\n  sketchntk kernel --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' \\\n    --kind ntk --precision f32 --standardise --out kernel.npy\n"
        "  sketchntk kernel --data cifar10/train --rows 1::50 --network '3*(conv(3) relu) gap "
        "dense' "
        "\\\n"
        "    --out cntk.npy");
    command->callback([arguments] { run_kernel(*arguments); });
}

}  // namespace sketchntk::tools
