#include "program.hpp"

#include "catch2.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace sketchntk_test {

namespace {

constexpr int not_started = 127;

void redirect(int stream, const std::string& path) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || dup2(file, stream) < 0) _exit(not_started);
}

}  // namespace

RunningProgram::RunningProgram(std::vector<std::string> command, const std::string& directory) {
    std::vector<char*> arguments;
    for (std::string& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    const std::string output = streams_.file("output");
    const std::string messages = streams_.file("messages");
    process_ = fork();
    REQUIRE(process_ >= 0);
    if (process_ > 0) return;
    redirect(STDOUT_FILENO, output);
    redirect(STDERR_FILENO, messages);
    if (!directory.empty() && chdir(directory.c_str()) != 0) _exit(not_started);
    execv(arguments.front(), arguments.data());
    _exit(not_started);
}

RunningProgram::~RunningProgram() {
    if (process_ < 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
}

void RunningProgram::send(int signal_number) const {
    kill(process_, signal_number);
}

Finished RunningProgram::wait() {
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            content_of(streams_.file("output")), content_of(streams_.file("messages"))};
}

std::vector<std::string> sketchntk_command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SKETCHNTK_PROGRAM);
    return arguments;
}

Finished run_sketchntk(const std::vector<std::string>& arguments) {
    return RunningProgram(sketchntk_command(arguments)).wait();
}

std::string succeed(const std::vector<std::string>& arguments) {
    Finished finished = run_sketchntk(arguments);
    INFO(finished.messages);
    REQUIRE(finished.status == 0);
    return std::move(finished.output);
}

}  // namespace sketchntk_test
