#include "image_gram.hpp"

#include "table.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/memory.hpp>
#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/core/version.hpp>
#include <sketchntk/data/checksum.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/gram_file.hpp>
#include <sketchntk/kernels/image_memory.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <sstream>

namespace sketchntk::tools {

namespace {

// "32 x 32 pixels, 3 channels".
std::string size_of(const KernelInputs& inputs) {
    const std::string channels = std::to_string(inputs.channels()) + " channels";
    if (inputs.pixels().empty()) return channels;
    return sketchntk::to_text(inputs.pixels()) + " pixels, " + channels;
}

/// A Gram matrix of images that is to be computed.
struct ImageGram {
    const KernelArguments& arguments;
    const Network& network;
    const KernelInputs& inputs;
    /// Why displacements do not serve, so that all pairs of pixels do; empty if they serve.
    std::string refusal = displacement_refusal(network, inputs.pixels());

    [[nodiscard]] bool by_tensors() const { return !refusal.empty(); }
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
        const Index images = inputs.rows() + inputs.other_rows();
        const std::int64_t held =
            images * inputs.width() * scalar_bytes +
            image_kernel_bytes(network, inputs.pixels(), inputs.channels(), images, scalar_bytes);
        const std::int64_t of_thread = by_tensors()
                                           ? tensor_pair_bytes(network, inputs.pixels())
                                           : displacement_thread_bytes(network, inputs.pixels());
        return held + thread_count(execution) * of_thread;
    }
};

template <typename Kernel, typename T, typename Load, typename Use>
void use_kernel(const ImageGram& gram, const Load& load, const Use& use) {
    const auto kernel =
        load(T{}).template kernel<Kernel>(gram.network, gram.kind(), gram.inputs.pixels());
    use(*kernel);
}

// Calls `use` with the kernel of the rows that `load` gives for the type it computes in; the rows
// are gone by then.
template <typename Load, typename Use>
void visit_kernel(const ImageGram& gram, const Load& load, const Use& use) {
    if (gram.by_tensors())
        use_kernel<TensorKernel, double>(gram, load, use);
    else if (gram.arguments.wide())
        use_kernel<DisplacementKernel<double>, double>(gram, load, use);
    else
        use_kernel<DisplacementKernel<float>, float>(gram, load, use);
}

void check_memory(const ImageGram& gram, const Execution& execution) {
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
RunDescription description_of(const ImageGram& gram, const KernelRows<T>& rows) {
    RunDescription description{
        {"program", std::string("sketchntk ") + version()},
        {"network", sketchntk::to_text(gram.network)},
        {"kind", std::string(sketchntk::to_text(gram.kind()))},
        {"computed", std::string(gram.by_tensors() ? "all pairs of pixels" : "displacements") +
                         (sizeof(T) == 4 ? ", float32" : ", float64")},
        {"inputs", size_of(gram.inputs)},
        {"data", checksum(rows.x.view())}};
    if (rows.y) description.emplace_back("data2", checksum(rows.y->view()));
    return description;
}

std::string plan_text(const ImageGram& gram, Index measured, double image_seconds,
                      double pair_seconds, const Execution& execution) {
    const KernelInputs& inputs = gram.inputs;
    const double images = image_seconds * static_cast<double>(inputs.rows() + inputs.other_rows());
    const double pairs = pair_seconds * static_cast<double>(gram.pairs());
    const std::int64_t needed = gram.memory_bytes(execution);
    const std::int64_t available = available_memory_bytes();
    const auto memory = [](std::int64_t bytes) { return mebibytes(static_cast<double>(bytes)); };
    std::ostringstream text;
    text << "images    " << inputs.rows() << " x " << inputs.columns() << " of " << size_of(inputs)
         << "\n"
         << "computed  by "
         << (gram.by_tensors() ? "all pairs of pixels: " + gram.refusal
                               : std::string("displacements"))
         << "\n"
         << "pairs     " << gram.pairs() << ", " << significant(1e3 * pair_seconds)
         << " ms each on " << thread_count(execution) << " threads together, measured on "
         << measured << " images\n"
         << "seconds   " << fixed(images + pairs, 1) << " (images " << fixed(images, 1)
         << ", pairs " << fixed(pairs, 1) << ")\n"
         << "disk      " << memory(gram.file_bytes()) << "\n"
         << "memory    " << memory(needed) << ", " << memory(available) << " available"
         << (needed > available ? ": does not fit" : "") << "\n";
    return text.str();
}

}  // namespace

std::string write_image_gram(const KernelArguments& arguments, const Network& network,
                             const KernelInputs& inputs, const Execution& execution) {
    const ImageGram gram{arguments, network, inputs};
    check_memory(gram, execution);
    RunDescription description;
    const auto load = [&]<typename T>(T) {
        KernelRows<T> rows = inputs.load<T>();
        description = description_of(gram, rows);
        return rows;
    };
    Index resumed = 0;
    visit_kernel(gram, load, [&](const auto& kernel) {
        resumed = write_gram_by_pairs(kernel, arguments.out, gram.scalar(), description, execution);
    });
    if (resumed == 0) return {};
    return "continued after " + std::to_string(resumed) + " of " + std::to_string(gram.pairs()) +
           " pairs\n";
}

std::string image_plan_text(const KernelArguments& arguments, const Network& network,
                            const KernelInputs& inputs, const Execution& execution) {
    const ImageGram gram{arguments, network, inputs};
    const Index measured = std::min(Index{16}, inputs.rows());
    Stopwatch stopwatch;
    const auto load = [&]<typename T>(T) {
        KernelRows<T> rows = inputs.first_rows<T>(measured);
        stopwatch = Stopwatch();
        return rows;
    };
    double image_seconds = 0;
    double pair_seconds = 0;
    visit_kernel(gram, load, [&](const auto& kernel) {
        image_seconds = stopwatch.seconds() / static_cast<double>(measured);
        pair_seconds = seconds_a_pair(kernel, execution);
    });
    return plan_text(gram, measured, image_seconds, pair_seconds, execution);
}

}  // namespace sketchntk::tools
