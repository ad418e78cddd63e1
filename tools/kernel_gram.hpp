#pragma once

#include "kernel_inputs.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/kernels/network.hpp>

namespace sketchntk::tools {

/// Writes the Gram matrix of rows or images, or goes on with one that was begun.
/// @returns a line about what earlier runs had done; empty if this one did all.
/// @throws ResourceError before anything is loaded if memory would not do.
[[nodiscard]] std::string write_kernel_gram(const KernelArguments& arguments,
                                            const Network& network, const KernelInputs& inputs,
                                            const Execution& execution);

/// What that would need: pairs, time by some pairs that are measured, disk and memory.
[[nodiscard]] std::string kernel_plan_text(const KernelArguments& arguments, const Network& network,
                                           const KernelInputs& inputs, const Execution& execution);

}  // namespace sketchntk::tools
