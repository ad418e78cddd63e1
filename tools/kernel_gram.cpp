#include "kernel_gram.hpp"

#include "table.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/core/version.hpp>
#include <sketchntk/data/checksum.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/fully_connected.hpp>
#include <sketchntk/kernels/gram_file.hpp>
#include <sketchntk/kernels/image_memory.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <algorithm>
#include <sstream>

namespace sketchntk::tools {

namespace {

// "32 x 32 pixels, 3 channels" or "9 columns".
std::string size_of(const KernelInputs& inputs) {
    if (inputs.pixels().empty()) return std::to_string(inputs.width()) + " columns";
    const std::string channels = std::to_string(inputs.channels()) + " channels";
    return sketchntk::to_text(inputs.pixels()) + " pixels, " + channels;
}

/// How the kernel of a network is computed.
enum class Computation { of_rows, by_displacements, by_all_pixels };

// Dense layers and activations only.
bool is_fully_connected(const Network& network) {
    return std::all_of(network.layers.begin(), network.layers.end(), [](const Layer& layer) {
        return std::holds_alternative<Dense>(layer) || std::holds_alternative<Activation>(layer);
    });
}

/// A Gram matrix that is to be computed.
struct KernelGram {
    const KernelArguments& arguments;
    const Network& network;
    const KernelInputs& inputs;
    Computation computation = Computation::of_rows;
    /// Why displacements do not serve images, so that all pairs of pixels do; empty if they serve.
    std::string refusal;

    KernelGram(const KernelArguments& of_arguments, const Network& of_network,
               const KernelInputs& of_inputs)
        : arguments(of_arguments), network(of_network), inputs(of_inputs) {
        if (arguments.image.empty() && is_fully_connected(network)) return;
        refusal = displacement_refusal(network, inputs.pixels());
        computation = refusal.empty() ? Computation::by_displacements : Computation::by_all_pixels;
    }

    [[nodiscard]] bool by_tensors() const { return computation == Computation::by_all_pixels; }
    [[nodiscard]] KernelKind kind() const { return arguments.kernel.parsed_kind(); }
    [[nodiscard]] NpyScalar scalar() const {
        return arguments.wide() ? NpyScalar::float64 : NpyScalar::float32;
    }
    [[nodiscard]] Index pairs() const {
        return pair_count(inputs.rows(), inputs.columns(), inputs.symmetric());
    }
    [[nodiscard]] std::int64_t file_bytes() const {
        return inputs.rows() * inputs.columns() * (arguments.wide() ? 8 : 4);
    }
    // Rows stay until the kernel has made its own of them.
    [[nodiscard]] std::int64_t memory_bytes(const Execution& execution) const {
        const Index scalar_bytes = by_tensors() || arguments.wide() ? 8 : 4;
        const Index rows = inputs.rows() + inputs.other_rows();
        return rows * inputs.width() * scalar_bytes + kernel_bytes(rows, scalar_bytes) +
               thread_count(execution) * thread_bytes();
    }
    [[nodiscard]] std::string description() const {
        const std::string how = by_tensors() ? "all pairs of pixels"
                                : computation == Computation::by_displacements ? "displacements"
                                                                               : "rows";
        return how + (arguments.wide() || by_tensors() ? ", float64" : ", float32");
    }

  private:
    [[nodiscard]] std::int64_t kernel_bytes(Index rows, Index scalar_bytes) const {
        if (computation != Computation::of_rows)
            return image_kernel_bytes(network, inputs.pixels(), inputs.channels(), rows,
                                      scalar_bytes);
        return arguments.wide() ? FullyConnectedKernel<double>::bytes(network, rows, inputs.width())
                                : FullyConnectedKernel<float>::bytes(network, rows, inputs.width());
    }
    [[nodiscard]] std::int64_t thread_bytes() const {
        if (by_tensors()) return tensor_pair_bytes(network, inputs.pixels());
        if (computation == Computation::by_displacements)
            return displacement_thread_bytes(network, inputs.pixels());
        return 0;
    }
};

template <typename Kernel, typename T, typename Load, typename Use>
void use_image_kernel(const KernelGram& gram, const Load& load, const Use& use) {
    const auto kernel =
        load(T{}).template kernel<Kernel>(gram.network, gram.kind(), gram.inputs.pixels());
    use(*kernel);
}

template <typename T, typename Load, typename Use>
void use_kernel(const KernelGram& gram, const Load& load, const Use& use) {
    if (gram.computation == Computation::by_displacements)
        return use_image_kernel<DisplacementKernel<T>, T>(gram, load, use);
    const auto kernel =
        load(T{}).template kernel<FullyConnectedKernel<T>>(gram.network, gram.kind());
    use(*kernel);
}

// Calls `use` with the kernel of the rows that `load` gives for the type it computes in; the rows
// are gone by then.
template <typename Load, typename Use>
void visit_kernel(const KernelGram& gram, const Load& load, const Use& use) {
    if (gram.by_tensors())
        use_image_kernel<TensorKernel, double>(gram, load, use);
    else if (gram.arguments.wide())
        use_kernel<double>(gram, load, use);
    else
        use_kernel<float>(gram, load, use);
}

void check_memory(const KernelGram& gram, const Execution& execution) {
    const std::int64_t needed = gram.memory_bytes(execution);
    const std::int64_t available = available_memory_bytes();
    if (needed <= available) return;
    throw ResourceError("kernel: " + std::to_string(gram.inputs.rows()) + " x " +
                        std::to_string(gram.inputs.columns()) + " rows of " + size_of(gram.inputs) +
                        " need " + mebibytes(static_cast<double>(needed)) + " of memory" +
                        (gram.by_tensors() ? " (with all pairs of pixels for each thread)" : "") +
                        ", " + mebibytes(static_cast<double>(available)) +
                        " are available; take fewer rows with --rows" +
                        (gram.by_tensors() ? " or fewer --threads" : ""));
}

template <typename T>
RunDescription description_of(const KernelGram& gram, const KernelRows<T>& rows) {
    RunDescription description{{"program", std::string("sketchntk ") + version()},
                               {"network", sketchntk::to_text(gram.network)},
                               {"kind", std::string(sketchntk::to_text(gram.kind()))},
                               {"computed", gram.description()},
                               {"inputs", size_of(gram.inputs)},
                               {"data", checksum(rows.x.view())}};
    if (rows.y) description.emplace_back("data2", checksum(rows.y->view()));
    return description;
}

std::string plan_text(const KernelGram& gram, Index measured, double row_seconds,
                      double pair_seconds, const Execution& execution) {
    const KernelInputs& inputs = gram.inputs;
    const double rows = row_seconds * static_cast<double>(inputs.rows() + inputs.other_rows());
    const double pairs = pair_seconds * static_cast<double>(gram.pairs());
    const std::int64_t needed = gram.memory_bytes(execution);
    const std::int64_t available = available_memory_bytes();
    const auto memory = [](std::int64_t bytes) { return mebibytes(static_cast<double>(bytes)); };
    std::ostringstream text;
    text << "rows      " << inputs.rows() << " x " << inputs.columns() << " of " << size_of(inputs)
         << "\n"
         << "computed  by " << gram.description()
         << (gram.by_tensors() ? ": " + gram.refusal : std::string()) << "\n"
         << "pairs     " << gram.pairs() << ", " << significant(1e3 * pair_seconds)
         << " ms each on " << thread_count(execution) << " threads together, measured on "
         << measured << " rows\n"
         << "seconds   " << fixed(rows + pairs, 1) << " (rows " << fixed(rows, 1) << ", pairs "
         << fixed(pairs, 1) << ")\n"
         << "disk      " << memory(gram.file_bytes()) << "\n"
         << "memory    " << memory(needed) << ", " << memory(available) << " available"
         << (needed > available ? ": does not fit" : "") << "\n";
    return text.str();
}

}  // namespace

std::string write_kernel_gram(const KernelArguments& arguments, const Network& network,
                              const KernelInputs& inputs, const Execution& execution) {
    const KernelGram gram(arguments, network, inputs);
    check_memory(gram, execution);
    RunDescription description;
    const auto load = [&]<typename T>(T) {
        KernelRows<T> rows = inputs.load<T>();
        description = description_of(gram, rows);
        return rows;
    };
    Index resumed = 0;
    visit_kernel(gram, load, [&](const auto& kernel) {
        resumed = write_gram(kernel, arguments.out, gram.scalar(), description, execution);
    });
    if (resumed == 0) return {};
    return "continued after " + std::to_string(resumed) + " of " + std::to_string(gram.pairs()) +
           " pairs\n";
}

std::string kernel_plan_text(const KernelArguments& arguments, const Network& network,
                             const KernelInputs& inputs, const Execution& execution) {
    const KernelGram gram(arguments, network, inputs);
    // One tile (`shared_side`), which is known only when there is a kernel of some rows.
    const Index side = gram.computation == Computation::of_rows ? 512 : 16;
    const Index measured = std::min(side, inputs.rows());
    Stopwatch stopwatch;
    const auto load = [&]<typename T>(T) {
        KernelRows<T> rows = inputs.first_rows<T>(measured);
        stopwatch = Stopwatch();
        return rows;
    };
    double row_seconds = 0;
    double pair_seconds = 0;
    visit_kernel(gram, load, [&](const auto& kernel) {
        row_seconds = stopwatch.seconds() / static_cast<double>(measured);
        pair_seconds = seconds_a_pair(kernel, execution);
    });
    return plan_text(gram, measured, row_seconds, pair_seconds, execution);
}

}  // namespace sketchntk::tools
