#include "catch2.hpp"
#include "image_files.hpp"
#include "program.hpp"
#include "protein.hpp"

#include <cstdlib>
#include <filesystem>

using namespace sketchntk_test;

namespace {

/// The commands that stand under "Example:" in the help of a subcommand.
std::string example_of(const std::string& subcommand) {
    const std::string help = succeed({subcommand, "--help"});
    const std::string heading = "Example:\n";
    const std::size_t position = help.find(heading);
    REQUIRE(position != std::string::npos);
    return help.substr(position + heading.size());
}

void replace(std::string& text, const std::string& old_part, const std::string& new_part) {
    const std::size_t position = text.find(old_part);
    REQUIRE(position != std::string::npos);
    text.replace(position, old_part.size(), new_part);
}

/// A directory like the source root, with the first rows of the data and the program on the path.
class SmallSourceRoot {
  public:
    SmallSourceRoot() {
        namespace fs = std::filesystem;
        constexpr std::size_t rows = 500;
        const std::string folder = SKETCHNTK_SOURCE_DIRECTORY "/data/protein/";
        fs::create_directories(directory_.file("data/protein"));
        for (const char* name : {"data.csv.gz", "test_mask.csv.gz"})
            write_file(directory_.file(std::string("data/protein/") + name),
                       text_of(first_lines(folder + name, rows)));
        for (const char* name : {"bird", "cat"}) {
            const std::string of_class = std::string("cifar10/train/") + name;
            fs::create_directories(directory_.file(of_class));
            write_file(directory_.file(of_class + "/0000.jpg"), coloured_jpeg().content);
        }
        fs::create_symlink(SKETCHNTK_PROGRAM, directory_.file("sketchntk"));
    }

    void run(const std::string& command) const {
        INFO(command);
        const Finished finished =
            RunningProgram({"/bin/sh", "-c", "PATH=.:$PATH\n" + command}, directory_.file(""))
                .wait();
        INFO(finished.messages);
        CHECK(finished.status == 0);
        CHECK(!finished.output.empty());
    }

    [[nodiscard]] bool has(const std::string& name) const {
        return std::filesystem::exists(directory_.file(name));
    }

  private:
    TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("the version names compiler, vector level and matrix products") {
    const std::string text = succeed({"--version"});
    CHECK(text.starts_with("sketchntk "));
    for (const char* name : {"compiler: ", "vector level: ", "matrix products: "})
        CHECK(contains(text, name));
}

TEST_CASE("the help lists every subcommand") {
    const std::string help = succeed({"--help"});
    for (const char* name :
         {"fit", "predict", "features", "kernel", "compare", "protocol", "plan", "info", "sketch"})
        CHECK(contains(help, std::string("\n  ") + name + " "));
}

TEST_CASE("the examples of fit, predict and info work, one after the other") {
    const SmallSourceRoot root;
    root.run(example_of("fit"));
    CHECK(root.has("protein.model"));
    root.run(example_of("predict"));
    CHECK(root.has("predictions.csv"));
    root.run(example_of("info"));
}

TEST_CASE("the examples of features, kernel, sketch and plan work") {
    const SmallSourceRoot root;
    root.run(example_of("features"));
    CHECK(root.has("features.npy"));
    root.run(example_of("kernel"));
    CHECK(root.has("kernel.npy"));
    CHECK(root.has("cntk.npy"));
    root.run(example_of("sketch"));
    CHECK(root.has("sketch.npy"));
    root.run(example_of("plan"));
}

TEST_CASE("the example of compare works") {
    std::string example = example_of("compare");
    // The eigenvalue problem at 4,096 features takes too long here.
    replace(example, "512,1024,2048,4096", "32,64");
    SmallSourceRoot().run(example);
}

TEST_CASE("OpenBLAS gets a kernel of this processor, unless the user names one") {
    const auto products = [](const char* wanted) {
        if (wanted == nullptr)
            unsetenv("OPENBLAS_CORETYPE");
        else
            setenv("OPENBLAS_CORETYPE", wanted, 1);
        const std::string version = succeed({"--version"});
        return version.substr(version.find("matrix products: "));
    };
    const char* variable = std::getenv("OPENBLAS_CORETYPE");
    const std::string before = variable == nullptr ? "" : variable;
    const std::string named = products("Prescott"), chosen = products(nullptr);
    if (!before.empty()) setenv("OPENBLAS_CORETYPE", before.c_str(), 1);
    // Eigen, or an OpenBLAS with one kernel: there is no choice.
    if (named.find("kernel Prescott") == std::string::npos || !__builtin_cpu_supports("avx2"))
        return;
    CHECK(chosen.find("kernel Prescott") == std::string::npos);
}
