#include "command.hpp"
#include "interrupt.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/version.hpp>

#include <cstdio>
#include <exception>
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
    program.require_subcommand(1);
    program.set_version_flag("--version", version_text);
    sketchntk::tools::add_fit_command(program);
    sketchntk::tools::add_predict_command(program);
    sketchntk::tools::add_features_command(program);
    sketchntk::tools::add_kernel_command(program);
    sketchntk::tools::add_compare_command(program);
    sketchntk::tools::add_plan_command(program);
    sketchntk::tools::add_info_command(program);
    try {
        program.parse(count, arguments);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : bad_usage;
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    sketchntk::tools::catch_interrupts();
    try {
        return run(count, arguments);
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "sketchntk: out of memory\n");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sketchntk: %s\n", error.what());
    }
    return failed;
}
