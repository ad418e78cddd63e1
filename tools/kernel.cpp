#include "command.hpp"
#include "command_json.hpp"
#include "data_options.hpp"
#include "map_options.hpp"
#include "rows_in_memory.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/data/npy.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

namespace sketchntk::tools {

namespace {

struct KernelArguments {
    DataOptions data;
    std::string data2;
    KernelOptions kernel;
    RunOptions run;
    std::string precision = "f32";
    bool standardise = false;
    ImageShape image;
    std::string out;
};

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
Matrix<T> inputs(RowReader& reader, const std::optional<Standardiser>& standardiser) {
    if (standardiser) {
        const Matrix<float> rows = load_rows(reader, *standardiser).inputs;
        Matrix<T> result(rows.rows(), rows.columns());
        std::copy_n(rows.data(), rows.rows() * rows.columns(), result.data());
        return result;
    }
    const Matrix<double> rows = load_rows(reader).inputs;
    Matrix<T> result(rows.rows(), rows.columns());
    std::transform(rows.data(), rows.data() + rows.rows() * rows.columns(), result.data(),
                   [](double value) { return static_cast<T>(value); });
    return result;
}

/// The rows of --data, and of --data2 where it is given.
template <typename T>
struct Rows {
    Matrix<T> x;
    std::optional<Matrix<T>> y;

    explicit Rows(const KernelArguments& arguments) {
        const auto first = open_rows(arguments.data.source());
        std::optional<Standardiser> standardiser;
        if (arguments.standardise) standardiser = learn_standardiser(*first);
        x = inputs<T>(*first, standardiser);
        if (arguments.data2.empty()) return;
        const auto second = open_rows(arguments.data.source(arguments.data2), first->schema());
        y = inputs<T>(*second, standardiser);
    }

    /// Kernel(leading arguments, x) or, of two files, Kernel(leading arguments, x, y).
    template <typename Kernel, typename... Leading>
    [[nodiscard]] std::unique_ptr<const Kernel> kernel(const Leading&... leading) const {
        return y ? std::make_unique<const Kernel>(leading..., x.view(), y->view())
                 : std::make_unique<const Kernel>(leading..., x.view());
    }
};

template <typename T>
void compute(const KernelArguments& arguments, const Network& network, NpyScalar scalar,
             const Execution& execution) {
    const Rows<T> rows(arguments);
    const auto kernel =
        rows.template kernel<FullyConnectedKernel<T>>(network, arguments.kernel.parsed_kind());
    write_kernel(*kernel, arguments.out, scalar, execution);
}

// Dense layers and activations only.
bool is_plain(const Network& network) {
    return std::all_of(network.layers.begin(), network.layers.end(), [](const Layer& layer) {
        return std::holds_alternative<Dense>(layer) || std::holds_alternative<Activation>(layer);
    });
}

// Without --image, an array file of images says it itself.
ImageShape image_shape(const KernelArguments& arguments) {
    if (!arguments.image.empty() || !arguments.data.path.ends_with(".npy")) return arguments.image;
    const std::vector<Index> shape = npy_shape(arguments.data.path);
    if (shape.size() < 3) return {};
    return {shape.begin() + 1, shape.end() - 1};
}

// Pair by pair, each pair of a symmetric kernel once.
template <typename Kernel, typename T>
void compute_pairs(const KernelArguments& arguments, const Network& network,
                   const ImageShape& shape, NpyScalar scalar, const Execution& execution) {
    const Rows<T> rows(arguments);
    const auto kernel =
        rows.template kernel<Kernel>(network, arguments.kernel.parsed_kind(), shape);
    const Matrix<T> entries = gram_by_pairs<T>(*kernel, execution);
    NpyWriter writer(arguments.out, entries.rows(), entries.columns(), scalar);
    writer.append(entries.view());
    writer.commit();
}

// Networks with other layers than dense ones and activations.
void compute_on_images(const KernelArguments& arguments, const Network& network,
                       const Execution& execution) {
    const ImageShape shape = image_shape(arguments);
    const bool wide = arguments.precision == "f64";
    const NpyScalar scalar = wide ? NpyScalar::float64 : NpyScalar::float32;
    if (!displacement_refusal(network, shape).empty())
        compute_pairs<TensorKernel, double>(arguments, network, shape, scalar, execution);
    else if (wide)
        compute_pairs<DisplacementKernel<double>, double>(arguments, network, shape, scalar,
                                                          execution);
    else
        compute_pairs<DisplacementKernel<float>, float>(arguments, network, shape, scalar,
                                                        execution);
}

void run_kernel(const KernelArguments& arguments) {
    check_writable(arguments.out);
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    const Network network = arguments.kernel.parsed_network();
    if (!arguments.image.empty() || !is_plain(network))
        compute_on_images(arguments, network, execution);
    else if (arguments.precision == "f64")
        compute<double>(arguments, network, NpyScalar::float64, execution);
    else
        compute<float>(arguments, network, NpyScalar::float32, execution);
    progress.clear();
    std::cout << arguments.out << "\n";
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
            "row-major order, each with its channels. A .npy file of n x H x W x C says it "
            "itself")
        ->delimiter('x')
        ->expected(1, 3)
        ->type_name("HxW")
        ->check(CLI::Range(Index{1}, Index{1'000'000}));
    command->add_option("--out", arguments->out, "Array file (.npy) to write")->required();
    arguments->run.add_to(*command, false);
    command->footer(
        "Rows are taken as they are. Name the target so that it does not count as an input.\n"
        "Example:\n  sketchntk kernel --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' \\\n    --kind ntk --precision f32 --standardise --out kernel.npy\n"
        "  sketchntk kernel --data images.npy --target none --network '3*(conv(3) relu) gap dense' "
        "\\\n"
        "    --out cntk.npy");
    command->callback([arguments] { run_kernel(*arguments); });
}

}  // namespace sketchntk::tools
