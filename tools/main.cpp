#include "command.hpp"
#include "interrupt.hpp"

#include <sketchntk/core/blas_kernel.hpp>
#include <sketchntk/core/error.hpp>
#include <sketchntk/core/version.hpp>

#include <malloc.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <string>

namespace {

constexpr int failed = 1;
constexpr int bad_usage = 2;

std::string version_text() {
    std::string text = std::string("sketchntk ") + sketchntk::version();
    for (const auto& [name, value] : sketchntk::build_information())
        text += "\n  " + name + ": " + value;
    return text;
}

int run(int count, char** arguments) {
    CLI::App program("Neural tangent kernels on large data");
    program.name("sketchntk");
    // Not require_subcommand(1): that would hide the name of a misspelt one.
    program.require_subcommand(0, 1);
    program.set_version_flag("--version", version_text);
    sketchntk::tools::add_fit_command(program);
    sketchntk::tools::add_predict_command(program);
    sketchntk::tools::add_features_command(program);
    sketchntk::tools::add_kernel_command(program);
    sketchntk::tools::add_compare_command(program);
    sketchntk::tools::add_protocol_command(program);
    sketchntk::tools::add_plan_command(program);
    sketchntk::tools::add_info_command(program);
    sketchntk::tools::add_sketch_command(program);
    try {
        program.parse(count, arguments);
        if (program.get_subcommands().empty()) throw CLI::RequiredError("A subcommand");
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : bad_usage;
    }
    return 0;
}

// Results that nobody received (a full disk, a closed pipe) are a failure.
void check_results_written() {
    std::cout.flush();
    if (!std::cout) throw sketchntk::IoError("standard output: cannot be written");
}

// Blocks of a batch's size go back to the system when they are freed. By default the allocator
// stops doing so once it has seen one, and memory then depends on how many batches there were.
void return_large_blocks() {
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

}  // namespace

int main(int count, char** arguments) {
    sketchntk::use_better_blas_kernel();
    return_large_blocks();
    sketchntk::tools::catch_interrupts();
    try {
        const int status = run(count, arguments);
        check_results_written();
        return status;
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "sketchntk: out of memory\n");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sketchntk: %s\n", error.what());
    }
    return failed;
}
