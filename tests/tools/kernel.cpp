#include "catch2.hpp"
#include "program.hpp"
#include "protein.hpp"
#include "refusal.hpp"

#include <sketchntk/data/npy.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

using namespace sketchntk_test;
using sketchntk::Index;
using sketchntk::Matrix;
using sketchntk::read_npy;

namespace {

constexpr std::size_t kernel_row_count = 300;

/// The first rows of the protein data in a file, and kernels of them that the program writes.
class KernelRows {
  public:
    KernelRows() : lines_(protein_lines(kernel_row_count)) { write("data.csv", lines_); }

    [[nodiscard]] const Lines& lines() const { return lines_; }
    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
    [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }
    void write(const std::string& name, const Lines& lines) const {
        write_file(path(name), text_of(lines));
    }

    [[nodiscard]] Matrix<double> kernel(const std::vector<std::string>& options,
                                        const std::string& data = "data.csv") const {
        std::vector<std::string> arguments = {"kernel", "--data", path(data),        "--target",
                                              "-1",     "--out",  path("kernel.npy")};
        arguments.insert(arguments.end(), options.begin(), options.end());
        succeed(arguments);
        return read_npy(path("kernel.npy"));
    }

  private:
    TemporaryDirectory directory_;
    Lines lines_;
};

struct Kernels {
    double nngp;
    double ntk;
};

/// One hidden layer, in closed form (Cho and Saul 2009; Jacot et al. 2018): with s = 2 |x|^2 / d,
/// NNGP = sqrt(s s') (sin t + (pi - t) cos t) / pi and NTK = NNGP + 2 <x, x'> / d (pi - t) / pi,
/// where t is the angle between x and x'.
Kernels one_hidden_layer(const std::vector<double>& x, const std::vector<double>& y) {
    const auto inputs = static_cast<long double>(x.size() - 1);  // the last one is the target
    long double xx = 0;
    long double yy = 0;
    long double xy = 0;
    for (std::size_t k = 0; k + 1 < x.size(); ++k) {
        xx += static_cast<long double>(x[k]) * x[k];
        yy += static_cast<long double>(y[k]) * y[k];
        xy += static_cast<long double>(x[k]) * y[k];
    }
    long double minus = 0;
    long double plus = 0;
    for (std::size_t k = 0; k + 1 < x.size(); ++k) {
        minus += std::pow(x[k] / std::sqrt(xx) - y[k] / std::sqrt(yy), 2);
        plus += std::pow(x[k] / std::sqrt(xx) + y[k] / std::sqrt(yy), 2);
    }
    constexpr long double pi = std::numbers::pi_v<long double>;
    const long double angle = 2 * std::atan2(std::sqrt(minus), std::sqrt(plus));
    const long double nngp =
        2 * std::sqrt(xx * yy) / inputs * (std::sin(angle) + (pi - angle) * std::cos(angle)) / pi;
    const long double ntk = nngp + 2 * xy / inputs * (pi - angle) / pi;
    return {static_cast<double>(nngp), static_cast<double>(ntk)};
}

/// The largest difference of two kernels of the same rows, in units of sqrt(K(x, x) K(x', x')).
double largest_difference(const Matrix<double>& a, const Matrix<double>& b) {
    REQUIRE(a.rows() == b.rows());
    REQUIRE(a.columns() == b.columns());
    double largest = 0;
    for (Index i = 0; i < a.rows(); ++i)
        for (Index j = 0; j < a.columns(); ++j)
            largest = std::max(largest, std::abs(a(i, j) - b(i, j)) / std::sqrt(b(i, i) * b(j, j)));
    return largest;
}

Matrix<double> by_hand(const Lines& lines, double Kernels::*kind) {
    const Numbers rows = numbers_of(lines);
    const auto count = static_cast<Index>(rows.size());
    Matrix<double> kernel(count, count);
    for (Index i = 0; i < count; ++i)
        for (Index j = 0; j < count; ++j)
            kernel(i, j) = one_hidden_layer(rows[static_cast<std::size_t>(i)],
                                            rows[static_cast<std::size_t>(j)]).*
                           kind;
    return kernel;
}

}  // namespace

TEST_CASE("kernels of one hidden layer are those of the closed form") {
    const KernelRows rows;
    CHECK(largest_difference(rows.kernel({"--kind", "ntk", "--precision", "f64"}),
                             by_hand(rows.lines(), &Kernels::ntk)) < 1e-12);
    CHECK(largest_difference(rows.kernel({"--kind", "nngp", "--precision", "f64"}),
                             by_hand(rows.lines(), &Kernels::nngp)) < 1e-13);
}

TEST_CASE("float32 and float64 kernels agree to rounding") {
    const KernelRows rows;
    for (const char* kind : {"ntk", "nngp"}) {
        for (const bool standardise : {false, true}) {
            std::vector<std::string> options = {"--network", "fc(depth=3, b_std=0.1)", "--kind",
                                                kind};
            if (standardise) options.emplace_back("--standardise");
            options.insert(options.end(), {"--precision", "f64"});
            const Matrix<double> reference = rows.kernel(options);
            CHECK(contains(content_of(rows.path("kernel.npy")), "'<f8'"));
            options.back() = "f32";
            const Matrix<double> fast = rows.kernel(options);
            CHECK(contains(content_of(rows.path("kernel.npy")), "'<f4'"));
            INFO(kind << (standardise ? ", standardised" : ""));
            CHECK(largest_difference(fast, reference) < 3e-6);
        }
    }
}

TEST_CASE("a second file gives the cross matrix") {
    const KernelRows rows;
    const auto middle = rows.lines().begin() + 100;
    rows.write("a.csv", {rows.lines().begin(), middle});
    rows.write("b.csv", {middle, rows.lines().end()});
    for (const char* kind : {"ntk", "nngp"}) {
        const std::vector<std::string> options = {"--kind", kind,        "--precision",
                                                  "f64",    "--network", "fc(depth=2)"};
        const Matrix<double> all = rows.kernel(options);
        std::vector<std::string> cross_options = options;
        cross_options.insert(cross_options.end(), {"--data2", rows.path("b.csv")});
        const Matrix<double> cross = rows.kernel(cross_options, "a.csv");
        REQUIRE(cross.rows() == 100);
        REQUIRE(cross.columns() == 200);
        double largest = 0;
        for (Index i = 0; i < cross.rows(); ++i)
            for (Index j = 0; j < cross.columns(); ++j)
                largest = std::max(largest, std::abs(cross(i, j) - all(i, 100 + j)) /
                                                std::sqrt(all(i, i) * all(100 + j, 100 + j)));
        INFO(kind);
        CHECK(largest < 1e-12);
    }
}

TEST_CASE("a second file is standardised by the rows of the first") {
    const KernelRows rows;
    rows.write("one.csv", {rows.lines().front()});
    const std::vector<std::string> options = {"--standardise", "--precision", "f64"};
    const Matrix<double> square = rows.kernel(options);
    std::vector<std::string> cross_options = options;
    cross_options.insert(cross_options.end(), {"--data2", rows.path("one.csv")});
    const Matrix<double> cross = rows.kernel(cross_options);
    REQUIRE(cross.columns() == 1);
    double largest = 0;
    for (Index i = 1; i < cross.rows(); ++i)
        largest = std::max(
            largest, std::abs(cross(i, 0) - square(i, 0)) / std::sqrt(square(i, i) * square(0, 0)));
    CHECK(largest < 1e-12);
}

TEST_CASE("rows are images where the command says so") {
    const KernelRows rows;  // nine inputs: images of 3 x 3 pixels
    const std::vector<std::string> as_image{"--image", "3x3", "--precision", "f64", "--network"};
    const auto kernel = [&](const std::string& network) {
        std::vector<std::string> options = as_image;
        options.push_back(network);
        return rows.kernel(options);
    };
    // A filter as large as the image is a dense layer on its nine columns, up to the square root
    // of the rounding of nearly parallel rows.
    CHECK(largest_difference(kernel("conv(3, padding=valid) relu flatten dense"),
                             by_hand(rows.lines(), &Kernels::ntk)) < 1e-7);
    CHECK(largest_difference(kernel("flatten dense"),
                             rows.kernel({"--network", "dense", "--precision", "f64"})) < 1e-14);
    const Matrix<double> of_means = kernel("avg_pool(3) flatten dense");
    const Numbers values = numbers_of(rows.lines());
    const auto mean = [&](std::size_t i) {
        return std::accumulate(values[i].begin(), values[i].begin() + 9, 0.0) / 9;
    };
    CHECK(of_means(4, 7) == Approx(2 * mean(4) * mean(7)).epsilon(1e-12));
    check_refused({"kernel", "--data", rows.path("data.csv"), "--target", "-1", "--image", "4x4",
                   "--network", "conv(3) gap dense", "--out", rows.path("refused.npy")},
                  {"9 columns are no multiple of 16 pixels"}, rows.directory());
    for (const std::string text : {"3x", "x3", "0x9", "3x3x1x1", "three", "3.0x3", "-3x3"})
        check_refused(
            {"kernel", "--data", rows.path("data.csv"), "--target", "-1", "--image=" + text,
             "--network", "conv(3) gap dense", "--out", rows.path("refused.npy")},
            {"image: expected pixels", "got '" + text + "'"}, rows.directory());
}
