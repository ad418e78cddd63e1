#include "catch2.hpp"
#include "image_files.hpp"
#include "program.hpp"
#include "report.hpp"

using namespace sketchntk_test;

namespace {

struct BlobImages {
    TemporaryDirectory directory;

    BlobImages() {
        const IdxContents contents = blob_idx_contents(60, 8);
        write_file(directory.file("images-idx3-ubyte"), contents.images);
        write_file(directory.file("labels-idx1-ubyte"), contents.labels);
    }
    [[nodiscard]] std::vector<std::string> compared(const std::string& maps) const {
        return {"compare",
                "--data",
                directory.file("images-idx3-ubyte"),
                "--network",
                "conv(3) relu gap dense",
                "--maps",
                maps,
                "--features",
                "32,1024",
                "--test-fraction",
                "0.25",
                "--sample-rows",
                "12",
                "--json",
                directory.file("results.json")};
    }
};

}  // namespace

TEST_CASE_METHOD(BlobImages, "compare on images measures the error against the exact kernel") {
    succeed(compared("cntkrf,cntkrf(flip=yes)"));
    const auto runs =
        nlohmann::ordered_json::parse(content_of(directory.file("results.json"))).at("runs");
    REQUIRE(runs.size() == 4);
    const auto error = [&](std::size_t k) { return runs.at(k).at("frobenius_error"); };
    // 32 times the features: the error falls with their root, at a given seed about.
    CHECK(error(0).get<double>() > 0.01);
    CHECK(error(1).get<double>() < error(0).get<double>() / 2);
    CHECK(error(1).get<double>() > 0);
    // Of mirrored images the kernel is another one.
    CHECK(error(2).is_null());
    CHECK(error(3).is_null());
    for (const auto& run : runs) CHECK(run.at("test_accuracy").get<double>() >= 0);
}

TEST_CASE_METHOD(BlobImages, "compare refuses the exact kernel of images and says the way out") {
    std::vector<std::string> command = compared("cntkrf");
    command.push_back("--exact");
    const Finished finished = run_sketchntk(command);
    CHECK(finished.status == 1);
    CHECK(contains(finished.messages, "is written by 'sketchntk kernel'"));
}
