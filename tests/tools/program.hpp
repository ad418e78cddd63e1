#pragma once

#include "temporary_path.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace sketchntk_test {

/// What a program that has ended left behind.
struct Finished {
    int status = 0;        ///< exit status; 128 and the number of the signal that ended it
    std::string output;    ///< standard output
    std::string messages;  ///< standard error
};

/// A program of its own, started by the constructor.
class RunningProgram {
  public:
    /// @param command the program's file and its arguments
    /// @param directory where it runs; empty for the directory of the test
    explicit RunningProgram(std::vector<std::string> command, const std::string& directory = "");
    /// Ends it.
    ~RunningProgram();
    RunningProgram(const RunningProgram&) = delete;
    RunningProgram& operator=(const RunningProgram&) = delete;

    void send(int signal_number) const;
    /// Waits for its end.
    [[nodiscard]] Finished wait();

  private:
    TemporaryDirectory streams_;
    pid_t process_ = -1;
};

/// The command line of `sketchntk` with these arguments.
[[nodiscard]] std::vector<std::string> sketchntk_command(std::vector<std::string> arguments);

/// Runs `sketchntk` to its end.
[[nodiscard]] Finished run_sketchntk(const std::vector<std::string>& arguments);

/// Runs `sketchntk`, fails the test unless its exit status is 0, and gives its standard output.
std::string succeed(const std::vector<std::string>& arguments);

}  // namespace sketchntk_test
