// headers under test: sketchntk/features/ntk_polynomial_sketch.hpp,
// sketchntk/features/ntk_layer_sketch.hpp
#include "catch2.hpp"
#include "features/kernel_moments.hpp"
#include "features/nonnegative_polynomial.hpp"
#include "features/normal_rows.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/features/ntk_layer_sketch.hpp>
#include <sketchntk/features/ntk_polynomial_sketch.hpp>
#include <sketchntk/kernels/gram.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace sketchntk;

namespace {

FeatureMapConfiguration configuration(const std::string& map, const Network& network,
                                      Index features, Seed seed = Seed{1}) {
    FeatureMapConfiguration result;
    set_map(result, map);
    result.network = network;
    result.features = features;
    result.seed = seed;
    return result;
}

// Sigma_0 = <x~, y~>.
Matrix<double> first_products(const Dense& first, const Matrix<float>& x) {
    Matrix<double> products(x.rows(), x.rows());
    const double scale = first.w_std * first.w_std / static_cast<double>(x.columns());
    for (Index i = 0; i < x.rows(); ++i)
        for (Index j = 0; j < x.rows(); ++j)
            products(i, j) = scale * inner_product(x.row(i), x.row(j)) + first.b_std * first.b_std;
    return products;
}

// The first layer's correlation; zero rows have none.
double correlation(const Matrix<double>& products, Index i, Index j) {
    const double lengths = std::sqrt(products(i, i) * products(j, j));
    return lengths > 0 ? products(i, j) / lengths : 0;
}

// |x~| |y~| p(u).
Matrix<double> polynomial_kernel(const Dense& first, const std::vector<double>& coefficients,
                                 const Matrix<float>& x) {
    const Matrix<double> products = first_products(first, x);
    Matrix<double> kernel(x.rows(), x.rows());
    for (Index i = 0; i < x.rows(); ++i)
        for (Index j = 0; j < x.rows(); ++j)
            kernel(i, j) = std::sqrt(products(i, i) * products(j, j)) *
                           evaluate_polynomial(coefficients, correlation(products, i, j));
    return kernel;
}

// Every third entry of normal rows, in sparse form; row 1 is empty.
struct SparseExample {
    std::vector<Index> row_starts{0};
    std::vector<std::int64_t> columns;
    std::vector<float> values;
    Matrix<float> dense;

    SparseExample(Index rows, Index inputs) : dense(rows, inputs) {
        const Matrix<float> normal = normal_rows(rows, inputs, 4);
        for (Index i = 0; i < rows; ++i) {
            for (Index j = i % 3; j < inputs && i != 1; j += 3) {
                dense(i, j) = normal(i, j);
                columns.push_back(j);
                values.push_back(normal(i, j));
            }
            row_starts.push_back(static_cast<Index>(values.size()));
        }
    }

    SparseRowsView view() const { return {dense.columns(), row_starts, columns, values}; }
};

const std::vector<std::string>& both_forms() {
    static const std::vector<std::string> forms{"ntksketch", "ntksketch(linear=sketched)",
                                                "ntksketch(form=layers,degree=4)"};
    return forms;
}

}  // namespace

TEST_CASE("the sketch of a kernel's polynomial is unbiased for any depth, kind and row") {
    const Matrix<float> x = rows_of_all_kinds();
    for (const Network& network :
         {fully_connected_network(1), fully_connected_network(3, {1.3, 0}),
          parse_network("dense(w_std=1.2,b_std=0.5) relu dense relu dense(trained=0)")}) {
        for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
            for (const LinearTerm linear : {LinearTerm::exact, LinearTerm::sketched}) {
                CAPTURE(to_text(network), to_text(kind));
                const NtkPolynomialSketchOptions options{.degree = 4, .linear = linear};
                const auto make = [&](Seed seed) {
                    return std::make_unique<NtkPolynomialSketch>(network, kind, false, options, 32,
                                                                 seed, x.columns());
                };
                const auto one = make(Seed{0});
                CHECK(one->features() == 32);
                const Dense first = dense_layers(network).front();
                CHECK(one->linear_columns() == (linear == LinearTerm::sketched ? 0
                                                : first.b_std > 0              ? 6
                                                                               : 5));
                check_mean(kernel_moments(make, x, 200),
                           polynomial_kernel(first, one->coefficients(), x));
            }
        }
    }
}

TEST_CASE("what the polynomial lacks of the diagonal is the missing share") {
    const Network network = fully_connected_network(2);
    for (const Index degree : {1, 2, 5, 16}) {
        const auto map = make_feature_map(
            configuration("ntksketch(degree=" + std::to_string(degree) + ")", network, 64), 3);
        double sum = 0;
        for (const double b : dynamic_cast<const NtkPolynomialSketch&>(*map).coefficients())
            sum += b;
        CHECK(map->missing_share() == Approx(1 - sum / 3));
        CHECK(map->missing_share() >= 0);
    }
}

TEST_CASE("constant and linear terms are exact") {
    // Degree 1: nothing is left to sketch.
    const Network network = fully_connected_network(2, {1.4, 0});
    const Matrix<float> x = rows_of_all_kinds();
    const auto map = make_feature_map(configuration("ntksketch(degree=1)", network, 16), 5);
    const Matrix<double> expected =
        polynomial_kernel(dense_layers(network).front(),
                          dynamic_cast<const NtkPolynomialSketch&>(*map).coefficients(), x);
    Matrix<float> z(x.rows(), map->features());
    map->transform(x, z);
    for (Index i = 0; i < x.rows(); ++i)
        for (Index j = 0; j < x.rows(); ++j)
            CHECK(inner_product(z.row(i), z.row(j)) ==
                  Approx(expected(i, j)).margin(1e-6 * std::sqrt(expected(i, i) * expected(j, j))));
}

TEST_CASE("biases after the first layer need rows of one length") {
    const Network network = fully_connected_network(2, {1.3, 0.4});
    try {
        static_cast<void>(make_feature_map(configuration("ntksketch", network, 64), 4));
        FAIL("accepted");
    } catch (const InvalidArgument& error) {
        CHECK(std::string(error.what()).find("--normalise rows") != std::string::npos);
    }
    Matrix<float> x = normal_rows(40, 4, 2);
    for (Index i = 0; i < x.rows(); ++i) {
        float squares = 0;
        for (const float value : x.row(i)) squares += value * value;
        for (float& value : x.row(i)) value *= 2 / std::sqrt(squares);
    }
    FeatureMapConfiguration normalised = configuration("ntksketch(degree=16)", network, 8192);
    normalised.normalise_rows = true;
    CHECK(relative_error(*make_feature_map(normalised, 4),
                         fully_connected_gram(network, KernelKind::ntk, x), x) < 0.02);
    normalised.layer_blocks = true;
    CHECK(relative_error(*make_feature_map(normalised, 4),
                         fully_connected_gram(network, KernelKind::ntk, x), x) < 0.03);
}

TEST_CASE("layer by layer, one hidden layer is unbiased but for its polynomials") {
    const Matrix<float> x = rows_of_all_kinds();
    for (const std::string series : {"fitted", "taylor"}) {
        for (const std::string text :
             {"dense relu dense", "dense(w_std=1.2,b_std=0.5) relu dense(w_std=1.1,b_std=0.3)",
              "dense(trained=0) relu dense(b_std=0.3)", "dense relu dense(b_std=0.3,trained=0)"}) {
            CAPTURE(series, text);
            const Network network = parse_network(text);
            const std::vector<Dense> dense = dense_layers(network);
            const std::vector<double> kappa1 = series == "taylor"
                                                   ? arc_cosine_1_taylor(5)
                                                   : nonnegative_polynomial(arc_cosine_1, 5);
            const std::vector<double> kappa0 = series == "taylor"
                                                   ? arc_cosine_0_taylor(4)
                                                   : nonnegative_polynomial(arc_cosine_0, 4);
            const Matrix<double> products = first_products(dense[0], x);
            Matrix<double> expected(x.rows(), x.rows());
            const double half = dense[1].w_std * dense[1].w_std / 2;
            for (Index i = 0; i < x.rows(); ++i) {
                for (Index j = 0; j < x.rows(); ++j) {
                    const double u = correlation(products, i, j);
                    const double lengths = std::sqrt(products(i, i) * products(j, j));
                    if (dense[0].trained)
                        expected(i, j) += half * products(i, j) * evaluate_polynomial(kappa0, u);
                    if (dense[1].trained)
                        expected(i, j) += half * lengths * evaluate_polynomial(kappa1, u) +
                                          dense[1].b_std * dense[1].b_std;
                }
            }
            const auto make = [&](Seed seed) {
                return make_feature_map(
                    configuration("ntksketch(form=layers,degree=5,series=" + series + ")", network,
                                  31, seed),
                    x.columns());
            };
            check_mean(kernel_moments(make, x, 500), expected);
        }
    }
}

TEST_CASE("layer by layer, deep networks are approached with biases, frozen layers and any rows") {
    const Matrix<float> x = rows_of_all_kinds();
    for (const std::string text : {"fc(depth=2)", "fc(depth=3,w_std=1.3,b_std=0.3)",
                                   "dense(trained=0) relu dense(trained=0) relu dense(b_std=0.2)",
                                   "dense relu dense(trained=0) relu dense(trained=0)"}) {
        const Network network = parse_network(text);
        for (const KernelKind kind : {KernelKind::ntk, KernelKind::nngp}) {
            CAPTURE(text, to_text(kind));
            double share = 0;
            double previous = 1;
            for (const Index width : {64, 512, 4096}) {
                double error = 0;
                constexpr std::uint64_t seeds = 6;
                for (std::uint64_t seed = 0; seed < seeds; ++seed) {
                    FeatureMapConfiguration wide = configuration("ntksketch(form=layers,degree=16)",
                                                                 network, width, Seed{seed});
                    wide.kind = kind;
                    const auto map = make_feature_map(wide, x.columns());
                    CHECK(map->features() == width);
                    error +=
                        relative_error(*map, fully_connected_gram(network, kind, x), x) / seeds;
                    share = map->missing_share();
                }
                CHECK(error < previous);
                previous = error;
            }
            CHECK(previous < 0.1);
            CHECK(share > 0);
            CHECK(share < 0.2);
        }
    }
}

TEST_CASE("zero rows have zero features where no layer has a bias") {
    const Matrix<float> x(2, 5);
    for (const std::string& form : both_forms()) {
        const auto map = make_feature_map(configuration(form, fully_connected_network(2), 64), 5);
        Matrix<float> z(2, map->features());
        map->transform(x, z);
        for (const float value : z.row(1)) CHECK(value == 0);
    }
}

TEST_CASE("sparse rows have the features of the rows written out") {
    for (const Index inputs : {20, 3000}) {
        const SparseExample rows(40, inputs);
        for (const std::string& form : both_forms()) {
            for (const Dense first : {Dense{1.4, 0}, Dense{1.4, 0.3}}) {
                Network network = fully_connected_network(2);
                network.layers.front() = first;
                const auto map = make_feature_map(configuration(form, network, 128), inputs);
                CHECK(map->keeps_sparse_rows());
                Matrix<float> dense(40, map->features());
                Matrix<float> sparse(40, map->features());
                map->transform(rows.dense, dense, {.threads = 1});
                map->transform(rows.view(), sparse, {.threads = 1});
                for (Index i = 0; i < 40; ++i) {
                    const double length = std::sqrt(inner_product(dense.row(i), dense.row(i)));
                    for (Index j = 0; j < map->features(); ++j)
                        REQUIRE(std::abs(dense(i, j) - sparse(i, j)) <= 1e-5 * length);
                }
            }
        }
    }
}

TEST_CASE("the features of sketches have the same bits for any threads and batches") {
    const Matrix<float> x = normal_rows(700, 7, 3);
    const SparseExample sparse(700, 300);
    for (const std::string& form : both_forms()) {
        const auto map = make_feature_map(configuration(form, fully_connected_network(2), 65), 7);
        Matrix<float> whole(x.rows(), map->features());
        map->transform(x, whole, {.threads = 1});
        for (const Index batch : {1, 17, 256, 700}) {
            Matrix<float> again(x.rows(), map->features());
            for (Index first = 0; first < x.rows(); first += batch) {
                const Index count = std::min(batch, x.rows() - first);
                map->transform(x.view().middle_rows(first, count),
                               again.view().middle_rows(first, count), {.threads = 3});
            }
            CHECK(again == whole);
        }
        const auto of_sparse =
            make_feature_map(configuration(form, fully_connected_network(2), 65), 300);
        Matrix<float> first(700, 65);
        Matrix<float> second(700, 65);
        of_sparse->transform(sparse.view(), first, {.threads = 1});
        for (const Index start : {0, 300})
            of_sparse->transform(sparse.view().middle_rows(start, start == 0 ? 300 : 400),
                                 second.view().middle_rows(start, start == 0 ? 300 : 400),
                                 {.threads = 2});
        CHECK(first == second);
    }
}

TEST_CASE("sketches refuse what they cannot serve") {
    const Network network = fully_connected_network(2);
    const auto make = [&](const std::string& map, const Network& of, Index features) {
        return make_feature_map(configuration(map, of, features), 5);
    };
    for (const std::string map : {"ntksketch", "ntksketch(form=layers)"}) {
        REQUIRE_THROWS_AS(make(map, fully_connected_network(0), 64), InvalidArgument);
        REQUIRE_THROWS_AS(make(map, network, 1), InvalidArgument);
        REQUIRE_THROWS_AS(make(map, parse_network("fc(depth=1,trained=0)"), 64), InvalidArgument);
    }
    REQUIRE_THROWS_AS(make("ntksketch(degree=0)", network, 64), InvalidArgument);
    REQUIRE_THROWS_AS(make("ntksketch(degree=65)", network, 64), InvalidArgument);
    REQUIRE_THROWS_AS(make("ntksketch(linear=exact)", network, 5), InvalidArgument);
    REQUIRE_THROWS_AS(make("ntksketch(series=taylor)", network, 64), InvalidArgument);
    REQUIRE_THROWS_AS(make("ntksketch(form=layers,linear=exact)", network, 64), InvalidArgument);
    REQUIRE_THROWS_AS(make("ntksketch(form=rows)", network, 64), InvalidArgument);
}
