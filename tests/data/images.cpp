#include "catch2.hpp"
#include "image_files.hpp"
#include "rows.hpp"

#include <sketchntk/core/error.hpp>

#include <zlib.h>

#include <cstring>
#include <limits>

using namespace sketchntk;
using namespace sketchntk_test;

namespace {

std::string big_endian(std::uint32_t number) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 255U);
    return bytes;
}

std::string png_chunk(const std::string& name_and_data) {
    const auto* bytes = reinterpret_cast<const Bytef*>(name_and_data.data());
    const auto size = static_cast<uInt>(name_and_data.size());
    return big_endian(size - 4) + name_and_data +
           big_endian(static_cast<std::uint32_t>(crc32(0, bytes, size)));
}

/// A PNG file made by hand (RFC 2083): `lines` are the bytes of each line of pixels.
std::string png_content(int width, int bit_depth, int colour_type,
                        const std::vector<std::vector<int>>& lines,
                        const std::string& chunks = "") {
    std::string unpacked;
    for (const std::vector<int>& line : lines) unpacked += '\0' + byte_text(line);
    std::string packed(compressBound(static_cast<uLong>(unpacked.size())), '\0');
    uLongf size = packed.size();
    compress(reinterpret_cast<Bytef*>(packed.data()), &size,
             reinterpret_cast<const Bytef*>(unpacked.data()), static_cast<uLong>(unpacked.size()));
    packed.resize(size);
    return "\x89PNG\r\n\x1a\n" +
           png_chunk("IHDR" + big_endian(static_cast<std::uint32_t>(width)) +
                     big_endian(static_cast<std::uint32_t>(lines.size())) +
                     byte_text({bit_depth, colour_type, 0, 0, 0})) +
           chunks + png_chunk("IDAT" + packed) + png_chunk("IEND");
}

constexpr int grey = 0, coloured = 2, palette = 3, with_alpha = 6;

/// Files below a directory, made with their folders.
struct ImageFiles {
    TemporaryDirectory directory;

    [[nodiscard]] std::string path(const std::string& name) const { return directory.file(name); }
    void write(const std::string& name, const std::string& content) const {
        std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
        write_file(path(name), content);
    }
    /// The error of opening and reading.
    [[nodiscard]] std::string error_of(const DataSource& source) const {
        return message_of<Error>([&] { (void)read_all(source); });
    }
    [[nodiscard]] std::string error_of(const std::string& name) const {
        return error_of(DataSource{.path = path(name)});
    }
};

using Names = std::vector<std::string>;
using Shape = std::vector<Index>;

std::vector<double> test_image(int number) {
    std::vector<double> values;
    for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 32; ++x)
            for (int c = 0; c < 3; ++c) values.push_back(test_value(number, y, x, c));
    return values;
}

}  // namespace

TEST_CASE_METHOD(ImageFiles, "idx files are rows of images, and the labels beside them targets") {
    write("train-images-idx3-ubyte", idx_content({3, 1, 2}, {1, 2, 3, 255, 5, 6}));
    const DataSource source{.path = path("train-images-idx3-ubyte")};
    CHECK(open_rows(source)->schema().targets.empty());
    write_gzip(path("train-labels-idx1-ubyte.gz"), idx_content({3}, {7, 0, 9}));
    const auto reader = open_rows(source);
    CHECK(reader->image_shape() == Shape{1, 2, 1});
    CHECK(reader->row_count() == 3);
    CHECK(reader->schema().input_names() == Names{"1", "2"});
    CHECK(reader->schema().targets == Names{"label"});
    const Rows rows = read_all(*reader, 2);
    CHECK(rows.inputs == Table{{1, 2}, {3, 255}, {5, 6}});
    CHECK(rows.targets == Table{{7}, {0}, {9}});
    reader->rewind();
    CHECK(read_all(*reader, 1) == rows);

    CHECK(reader->schema().classes == Names{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
    DataSource of_classes = source;
    of_classes.class_target = DataSource::ClassTarget::of_images;
    CHECK(read_all(of_classes).targets == Table{{0, 0, 0, 0, 0, 0, 0, 1, 0, 0},
                                                {1, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                                                {0, 0, 0, 0, 0, 0, 0, 0, 0, 1}});

    CHECK(read_all({.path = source.path, .targets = {"none"}}).targets == Table{{}, {}, {}});
    write("others", idx_content({3}, {1, 2, 3}));
    CHECK(read_all({.path = source.path, .targets = {path("others")}}).targets ==
          Table{{1}, {2}, {3}});
    CHECK(contains(error_of({.path = source.path, .targets = {"-1"}}), "expected 'label'"));

    // Told by content: a name without a hint, compressed, four dimensions.
    write_gzip(path("pixels"), idx_content({1, 1, 2, 2}, {1, 2, 3, 4}));
    CHECK(open_rows({.path = path("pixels")})->image_shape() == Shape{1, 2, 2});
    CHECK(read_all({.path = path("pixels")}).inputs == Table{{1, 2, 3, 4}});
}

TEST_CASE_METHOD(ImageFiles, "damaged idx files are refused with the number of the image") {
    const std::string images = "a-images-idx3-ubyte";
    write(images, idx_content({3, 1, 2}, {1, 2, 3, 4, 5}));
    CHECK(contains(error_of(images), images + ": truncated in image 3 of 3"));
    write(images, idx_content({3, 1, 2}, {1, 2, 3, 4, 5, 6, 7}));
    CHECK(contains(error_of(images), "longer file"));
    write(images, "1,2\n3,4\n");
    CHECK(contains(error_of(images), "expected an idx file"));
    write(images, byte_text({0, 0, 13, 3}));
    CHECK(contains(error_of(images), "got the bytes 0, 0, 13, 3"));
    write(images, byte_text({0, 0, 8, 3, 0, 0}));
    CHECK(contains(error_of(images), "truncated idx header"));
    write(images, idx_content({3}, {1, 2, 3}));
    CHECK(contains(error_of(images), "these are labels"));
    write(images, byte_text({0, 0, 8, 3, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255, 255, 255}));
    CHECK(contains(error_of(images), "expected images of 1 to 4194304 values"));
    write(images, idx_content({0, 1, 2}, {}));
    CHECK(contains(error_of(images), "without items"));

    write(images, idx_content({2, 1, 2}, {1, 2, 3, 4}));
    write("a-labels-idx1-ubyte", idx_content({3}, {1, 2, 3}));
    const std::string counts = error_of(images);
    CHECK(contains(counts, "has 2 images"));
    CHECK(contains(counts, "a-labels-idx1-ubyte are 3"));
    write("a-labels-idx1-ubyte", idx_content({2}, {1}));
    CHECK(contains(error_of(images), "truncated in label 2 of 2"));

    std::vector<int> values(20'000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int>(i * i % 251);
    write_gzip(path("b-images-idx3-ubyte.gz"), idx_content({200, 10, 10}, values));
    const std::string whole = content_of(path("b-images-idx3-ubyte.gz"));
    write("b-images-idx3-ubyte.gz", whole.substr(0, whole.size() / 2));
    CHECK(
        contains(error_of("b-images-idx3-ubyte.gz"), "b-images-idx3-ubyte.gz: expected complete"));
    CHECK(contains(error_of("b-images-idx3-ubyte.gz"), "in image "));
}

TEST_CASE_METHOD(ImageFiles, "CIFAR's batches become pixels with their channels") {
    write("batch.bin", cifar_content({{3}, {9}}));
    const auto reader = open_rows({.path = path("batch.bin")});
    CHECK(reader->image_shape() == Shape{32, 32, 3});
    CHECK(reader->schema().targets == Names{"label"});
    const Rows rows = read_all(*reader);
    CHECK(rows.inputs == Table{test_image(0), test_image(1)});
    CHECK(rows.targets == Table{{3}, {9}});

    write("hundred.bin", cifar_content({{19, 99}, {0, 42}}));
    const Rows fine = read_all({.path = path("hundred.bin")});
    CHECK(fine.inputs == rows.inputs);
    CHECK(fine.targets == Table{{99}, {42}});

    write("folder/data_batch_10.bin", cifar_content({{3}}, 2));
    write("folder/data_batch_2.bin", cifar_content({{2}}, 1));
    write("folder/data_batch_1.bin", cifar_content({{1}}, 0));
    write("folder/test_batch.bin", cifar_content({{1}}, 7));
    const Rows batches = read_all({.path = path("folder")}, 2);
    CHECK(batches.inputs == Table{test_image(0), test_image(1), test_image(2)});
    CHECK(batches.targets == Table{{1}, {2}, {3}});
}

TEST_CASE_METHOD(ImageFiles, "damaged CIFAR batches are refused") {
    write("cut.bin", cifar_content({{1}, {2}}).substr(0, 6000));
    CHECK(contains(error_of("cut.bin"), "cut.bin: expected whole CIFAR records"));
    CHECK(contains(error_of("cut.bin"), "got 6000 bytes: image 2 would be cut off"));
    write("label.bin", cifar_content({{1}, {10}}));
    CHECK(contains(error_of("label.bin"),
                   "label.bin: image 2 of 2: expected a label of 0 to 9, got 10"));
    write("empty.bin", "");
    CHECK(contains(error_of("empty.bin"), "got 0 bytes"));
    CHECK(contains(error_of({.path = path("cut.bin"), .ignored = {"1"}}), "not available"));
}

TEST_CASE_METHOD(ImageFiles, "folders are classes of PNG and JPEG images") {
    const JpegExample jpeg = coloured_jpeg();
    std::vector<std::vector<int>> lines(4);
    for (int i = 0; i < 4 * 18; ++i) lines[static_cast<std::size_t>(i / 18)].push_back(i);
    std::vector<double> png_values(4 * 18);
    for (std::size_t i = 0; i < png_values.size(); ++i) png_values[i] = static_cast<double>(i);
    write("set/dog/2.JPG", jpeg.content);
    write("set/dog/10.png", png_content(6, 8, coloured, lines));
    write("set/cat/a.jpeg", jpeg.content);
    write("set/cat/notes.txt", "no image");
    write("set/cat/.hidden.png", "no image");
    const auto reader = open_rows({.path = path("set")});
    CHECK(reader->image_shape() == Shape{4, 6, 3});
    CHECK(reader->schema().classes == Names{"cat", "dog"});
    const Rows rows = read_all(*reader, 2);
    CHECK(rows.inputs == Table{jpeg.values, png_values, jpeg.values});
    CHECK(rows.targets == Table{{0}, {1}, {1}});

    // Another folder of the same classes, one of which it lacks: numbers stay.
    write("test/dog/1.png", png_content(6, 8, coloured, lines));
    const auto test = open_rows({.path = path("test")}, reader->schema());
    CHECK(read_all(*test).targets == Table{{1}});
    CHECK(test->schema() == reader->schema());
    write("more/fox/1.png", png_content(6, 8, coloured, lines));
    CHECK(contains(
        message_of<FormatError>([&] { (void)open_rows({.path = path("more")}, reader->schema()); }),
        "fox: expected one of the 2 known classes"));

    write("flat/1.jpg", grey_jpeg().content);
    const auto flat = open_rows({.path = path("flat")});
    CHECK(flat->image_shape() == Shape{4, 6, 1});
    CHECK(flat->schema().targets.empty());
    CHECK(read_all(*flat).inputs == Table{grey_jpeg().values});
    CHECK(contains(
        message_of<FormatError>([&] { (void)open_rows({.path = path("flat")}, reader->schema()); }),
        "expected 72 input columns"));
    CHECK(contains(error_of({.path = path("flat"), .targets = {"label"}}), "have no labels"));
}

TEST_CASE_METHOD(ImageFiles, "PNG images of few bits and with a palette are written out") {
    write("bits/1.png", png_content(4, 2, grey, {{0b00011011}}));
    CHECK(read_all({.path = path("bits")}).inputs == Table{{0, 85, 170, 255}});
    write("palette/1.png", png_content(2, 8, palette, {{1, 0}},
                                       png_chunk("PLTE" + byte_text({10, 20, 30, 40, 50, 60}))));
    CHECK(read_all({.path = path("palette")}).inputs == Table{{40, 50, 60, 10, 20, 30}});
    // Values are those in the file whatever it says of its gamma.
    write("gamma/1.png",
          png_content(2, 8, grey, {{1, 100}}, png_chunk("gAMA" + big_endian(100'000))));
    CHECK(read_all({.path = path("gamma")}).inputs == Table{{1, 100}});
}

TEST_CASE_METHOD(ImageFiles, "folders that are no data are refused, naming file and image") {
    const std::string png = png_content(2, 8, grey, {{1, 2}});
    std::filesystem::create_directory(path("empty"));
    CHECK(contains(error_of("empty"), "empty: no PNG or JPEG image in this folder"));
    write("void/a/1.png", png);
    std::filesystem::create_directory(path("void/b"));
    CHECK(contains(error_of("void"), "void/b: no PNG or JPEG image in the folder of this class"));
    write("deep/train/a/1.png", png);
    CHECK(contains(error_of("deep"), "train: expected the images of a class, got the folder a/"));
    write("mixed/1.png", png);
    write("mixed/a/1.png", png);
    CHECK(contains(error_of("mixed"), "got both: 1.png and a/"));
    write("other/1.webp", png);
    CHECK(contains(error_of("other"), "1.webp: expected PNG or JPEG"));

    write("sizes/a/1.png", png);
    write("sizes/b/2.png", png_content(3, 8, grey, {{1, 2, 3}}));
    const std::string sizes = error_of("sizes");
    CHECK(contains(sizes, "b/2.png: image 2 of 2: expected images of one size"));
    CHECK(contains(sizes, "got 1 x 3 x 1 here and 1 x 2 x 1 in " + path("sizes/a/1.png")));

    const auto refusal = [&](const std::string& content) {
        write("bad/1.png", png);
        write("bad/2.jpg", content);
        const std::string error = error_of("bad");
        CHECK(contains(error, "bad/2.jpg: image 2 of 2: "));
        return error;
    };
    const std::string jpeg = grey_jpeg().content;
    CHECK(contains(refusal(jpeg.substr(0, jpeg.size() - 6)), "unreadable JPEG"));
    CHECK(contains(refusal(jpeg.substr(0, 40)), "unreadable JPEG"));
    CHECK(contains(refusal(png.substr(0, png.size() - 20)), "unreadable PNG"));
    std::string flipped = png;
    flipped[png.find("IDAT") + 8] ^= 1;
    CHECK(contains(refusal(flipped), "unreadable PNG"));
    CHECK(contains(refusal("GIF89a"), "neither a PNG nor a JPEG"));
    CHECK(contains(refusal(""), "it is empty"));
    CHECK(contains(refusal(png_content(1, 16, grey, {{1, 2}})), "at most 8 bits"));
    CHECK(contains(refusal(png_content(1, 8, with_alpha, {{1, 2, 3, 4}})), "transparency"));
}

TEST_CASE_METHOD(ImageFiles, "bad images of a folder are left out where that is asked for") {
    const std::string png = png_content(2, 8, grey, {{1, 2}});
    write("set/a/1.png", png_content(3, 8, grey, {{1, 2, 3}}));
    write("set/a/2.png", png.substr(0, png.size() - 20));
    write("set/a/3.png", png);
    write("set/b/4.png", png_content(2, 8, grey, {{3, 4}}));
    std::vector<std::string> told;
    DataSource source{.path = path("set")};
    source.on_bad_image = [&](const std::string& what) { told.push_back(what); };
    const Rows rows = read_all(source);
    CHECK(rows.inputs == Table{{1, 2}, {3, 4}});
    CHECK(rows.targets == Table{{0}, {1}});
    REQUIRE(told.size() == 2);
    CHECK(contains(told[0], "a/2.png: image 2 of 4: unreadable PNG"));
    CHECK(contains(told[1], "a/1.png: image 1 of 4: is 1 x 3 x 1, most images are 1 x 2 x 1"));

    write("bad/1.png", "");
    source.path = path("bad");
    CHECK(contains(error_of(source), "bad: none of the 1 images can be decoded"));
    write("table.csv", "1,2\n");
    source.path = path("table.csv");
    CHECK(contains(error_of(source), "folders of PNG and JPEG files only"));
}

TEST_CASE_METHOD(ImageFiles, "a NaN in an array of images is refused with image and pixel") {
    // 3 images of 2 x 2 pixels with 2 channels; number 2 has it in row 2, column 1, channel 2.
    std::string numbers(3 * 8 * 4, '\0');
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(numbers.data() + (8 + 5) * 4, &nan, 4);
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 2, 2), }";
    header.resize(117, ' ');
    header += '\n';
    write("x.npy", "\x93NUMPY" + byte_text({1, 0, 118, 0}) + header + numbers);
    CHECK(open_rows({.path = path("x.npy")})->image_shape() == Shape{2, 2, 2});
    CHECK(contains(error_of("x.npy"), "image 2, pixel 2, 1, channel 2 is nan"));
}

TEST_CASE("MNIST is read as it is known") {
    const std::string folder = SKETCHNTK_SOURCE_DIRECTORY "/../shared/data/mnist/";
    if (!std::filesystem::exists(folder)) {
        WARN("skipped: no data at " << folder);
        return;
    }
    const auto reader = open_rows({.path = folder + "t10k-images-idx3-ubyte.gz"});
    CHECK(reader->row_count() == 10'000);
    CHECK(reader->image_shape() == Shape{28, 28, 1});
    Batch batch;
    std::vector<Index> of_class(10);
    double sum = 0;
    while (reader->read(500, batch)) {
        const Matrix<double> inputs = batch.dense_inputs();
        for (Index i = 0; i < batch.rows(); ++i) {
            ++of_class[static_cast<std::size_t>(batch.targets(i, 0))];
            for (const double value : inputs.row(i)) sum += value;
        }
    }
    // The classes' sizes and the mean pixel are published with the data.
    CHECK(of_class == std::vector<Index>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
    CHECK(sum / (10'000.0 * 784) == Approx(33.791224).margin(1e-6));
}
