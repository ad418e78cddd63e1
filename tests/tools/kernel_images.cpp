#include "catch2.hpp"
#include "image_files.hpp"
#include "program.hpp"
#include "refusal.hpp"
#include "repetitions.hpp"

#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/data/npy.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <thread>

using namespace sketchntk_test;

namespace {

/// Files of images and the commands on them.
struct ImageData {
    TemporaryDirectory directory;

    [[nodiscard]] std::string path(const std::string& name) const { return directory.file(name); }
    void write_idx(int count, int side) const {
        const IdxContents contents = blob_idx_contents(count, side);
        write_file(path("images-idx3-ubyte"), contents.images);
        write_file(path("labels-idx1-ubyte"), contents.labels);
    }
    [[nodiscard]] std::vector<std::string> kernel_of(const std::string& data,
                                                     const std::string& network,
                                                     const std::string& out,
                                                     const std::string& threads = "2") const {
        return {"kernel",    "--data", path(data), "--network", network,
                "--threads", threads,  "--out",    path(out)};
    }
};

std::vector<std::string> with_options(std::vector<std::string> arguments,
                                      const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

const std::string flat_network = "conv(3) relu flatten dense";
const std::string slow_network = "3*(conv(3) relu) gap dense";

sketchntk::Index pairs_done(const std::string& journal) {
    const std::string text = content_of(journal);
    return text.empty() ? 0 : nlohmann::json::parse(text).at("done").get<sketchntk::Index>();
}

}  // namespace

TEST_CASE_METHOD(ImageData, "kernels of one set of images are the same from every format") {
    write_file(path("x.bin"), cifar_content({{1}, {2}, {3}}));
    sketchntk::NpyWriter rows(path("rows.npy"), 3, 3072, sketchntk::NpyScalar::float32);
    sketchntk::Matrix<float> values(3, 3072);
    for (int i = 0; i < 3; ++i)
        for (int k = 0; k < 3072; ++k)
            values(i, k) = static_cast<float>(test_value(i, k / 96, k / 3 % 32, k % 3));
    rows.append(std::as_const(values).view());
    rows.commit();
    succeed(kernel_of("x.bin", flat_network, "a.npy"));
    succeed(with_options(kernel_of("rows.npy", flat_network, "b.npy", "1"), {"--image", "32x32"}));
    CHECK(content_of(path("a.npy")) == content_of(path("b.npy")));

    // Rows and columns of a part: entries of the whole.
    const auto whole = sketchntk::read_npy(path("a.npy"));
    succeed(with_options(kernel_of("x.bin", flat_network, "part.npy"),
                         {"--rows", "2:", "--data2", path("x.bin"), "--rows2", "1:2"}));
    const auto part = sketchntk::read_npy(path("part.npy"));
    CHECK(part.rows() == 2);
    CHECK(part.columns() == 2);
    CHECK(part(0, 0) == whole(1, 0));
    CHECK(part(1, 1) == whole(2, 1));
}

TEST_CASE_METHOD(ImageData, "a killed kernel goes on with the same command, to the same bits") {
    // Long enough to be killed on the way.
    write_idx(20, sketchntk_test::size_of_test(28, 14));
    succeed(kernel_of("images-idx3-ubyte", slow_network, "whole.npy"));
    const auto command = kernel_of("images-idx3-ubyte", slow_network, "killed.npy");
    const std::string journal = path("killed.npy.partial.json");
    RunningProgram program(sketchntk_command(command));
    const sketchntk::Stopwatch stopwatch;
    while (pairs_done(journal) == 0 && stopwatch.seconds() < 60)
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
    program.send(SIGKILL);
    CHECK(program.wait().status == 128 + SIGKILL);
    const auto done = pairs_done(journal);
    REQUIRE(done > 0);
    REQUIRE(done < 20 * 21 / 2);

    const std::string partial = content_of(path("killed.npy.partial"));
    check_refused(with_options(command, {"--kind", "nngp"}),
                  {"killed.npy.partial is of another run", "kind is 'ntk' there and 'nngp' here"},
                  directory);
    check_refused(with_options(command, {"--rows", "2:"}), {"data is", "20 x 20", "19 x 19"},
                  directory);
    check_refused(with_options(command, {"--precision", "f64"}), {"computed is", "float64"},
                  directory);
    CHECK(content_of(path("killed.npy.partial")) == partial);

    const std::string output =
        succeed(kernel_of("images-idx3-ubyte", slow_network, "killed.npy", "1"));
    CHECK(contains(output, "continued after " + std::to_string(done) + " of 210 pairs"));
    CHECK(content_of(path("killed.npy")) == content_of(path("whole.npy")));
    CHECK_FALSE(std::filesystem::exists(journal));
    CHECK_FALSE(std::filesystem::exists(path("killed.npy.partial")));
}

TEST_CASE_METHOD(ImageData, "kernel --plan measures pairs and writes nothing") {
    write_idx(40, 8);
    const auto entries = directory.entries();
    const std::string text =
        succeed({"kernel", "--data", path("images-idx3-ubyte"), "--network", flat_network, "--plan",
                 "--data2", path("images-idx3-ubyte"), "--rows2", "1:10"});
    CHECK(contains(text, "rows      40 x 10 of 8 x 8 pixels, 1 channels"));
    CHECK(contains(text, "pairs     400, "));
    CHECK(contains(text, "by displacements"));
    const std::string circular =
        succeed({"kernel", "--data", path("images-idx3-ubyte"), "--network",
                 "conv(3, padding=circular) relu gap dense", "--plan"});
    CHECK(contains(circular, "pairs     820, "));
    CHECK(contains(circular, "by all pairs of pixels, float64: network, layer 1"));
    const std::string of_rows = succeed({"kernel", "--data", path("images-idx3-ubyte"), "--plan"});
    CHECK(contains(of_rows, "pairs     820, "));
    CHECK(contains(of_rows, "by rows, float32"));
    CHECK(directory.entries() == entries);
}

TEST_CASE_METHOD(ImageData, "models are fitted to images and their labels") {
    write_idx(40, 8);
    const std::string images = path("images-idx3-ubyte");
    succeed({"fit", "--data", images, "--rows", "1:30", "--test-data", images, "--test-rows",
             "31:40", "--features", "64", "--model", path("model")});
    CHECK(contains(succeed({"info", path("model")}), "targets        0 1 (classes of label)"));
    const std::string result = succeed({"predict", "--model", path("model"), "--data", images,
                                        "--rows", "31:", "--out", path("p.csv")});
    CHECK(contains(result, "accuracy"));
    CHECK(content_of(path("p.csv")).starts_with("label,0,1\n"));
    check_refused({"fit", "--data", images, "--target", "none"}, {"target"}, directory);
}

TEST_CASE_METHOD(ImageData, "images that cannot be are refused before the kernel is begun") {
    write_idx(3, 8);
    const std::string images = path("images-idx3-ubyte");
    write_file(path("labels-idx1-ubyte"), idx_content({2}, {0, 1}));
    const auto refuse = [&](const std::string& data, const std::vector<std::string>& parts,
                            const std::string& network = flat_network) {
        check_refused(kernel_of(data, network, "k.npy"), parts, directory);
    };
    refuse("images-idx3-ubyte", {"has 3 images", "labels-idx1-ubyte are 2"});
    std::filesystem::remove(path("labels-idx1-ubyte"));
    check_refused({"fit", "--data", images}, {"target"}, directory);
    refuse("images-idx3-ubyte", {"layer 1", "9 pixels"}, "avg_pool(9) flatten dense");
    check_refused(
        with_options(kernel_of("images-idx3-ubyte", flat_network, "k.npy"), {"--rows", "2:4"}),
        {"2:4 of " + images + ", which has 3"}, directory);
    // 250 million images of 8 x 8 pixels, as a header may promise.
    write_file(images, byte_text({0, 0, 8, 3, 15, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 8}));
    refuse("images-idx3-ubyte", {"of memory", "are available", "--rows"});
    write_file(images, idx_content({2, 8, 8}, std::vector<int>(100)));
    refuse("images-idx3-ubyte", {"images-idx3-ubyte: truncated in image 2 of 2"});
    std::filesystem::create_directory(path("empty"));
    refuse("empty", {"empty: no PNG or JPEG image"});
}
