#include "command.hpp"
#include "command_json.hpp"
#include "data_options.hpp"
#include "map_options.hpp"
#include "rows_in_memory.hpp"
#include "terminal_progress.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/data/npy.hpp>
#include <sketchntk/kernels/gram.hpp>

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

template <typename T>
void compute(const KernelArguments& arguments, NpyScalar scalar, const Execution& execution) {
    const Network network = arguments.kernel.parsed_network();
    const KernelKind kind = arguments.kernel.parsed_kind();
    const auto first = open_rows(arguments.data.source());
    std::optional<Standardiser> standardiser;
    if (arguments.standardise) standardiser = learn_standardiser(*first);
    const Matrix<T> x = inputs<T>(*first, standardiser);
    if (arguments.data2.empty()) {
        const FullyConnectedKernel<T> kernel(network, kind, x.view());
        write_kernel(kernel, arguments.out, scalar, execution);
        return;
    }
    const auto second = open_rows(arguments.data.source(arguments.data2), first->schema());
    const Matrix<T> y = inputs<T>(*second, standardiser);
    const FullyConnectedKernel<T> kernel(network, kind, x.view(), y.view());
    write_kernel(kernel, arguments.out, scalar, execution);
}

void run_kernel(const KernelArguments& arguments) {
    check_writable(arguments.out);
    TerminalProgress progress;
    const Execution execution = arguments.run.execution(&progress);
    if (arguments.precision == "f64")
        compute<double>(arguments, NpyScalar::float64, execution);
    else
        compute<float>(arguments, NpyScalar::float32, execution);
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
    command->add_option("--out", arguments->out, "Array file (.npy) to write")->required();
    arguments->run.add_to(*command, false);
    command->footer(
        "Rows are taken as they are. Name the target so that it does not count as an input.\n"
        "Example:\n  sketchntk kernel --data data/protein/data.csv.gz --target -1 --network "
        "'fc(depth=3)' \\\n    --kind ntk --precision f32 --standardise --out kernel.npy");
    command->callback([arguments] { run_kernel(*arguments); });
}

}  // namespace sketchntk::tools
