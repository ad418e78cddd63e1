#include "catch2.hpp"
#include "core/eigen.hpp"
#include "support.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/solve/classification_task.hpp>
#include <sketchntk/solve/kernel_ridge_classifier.hpp>
#include <sketchntk/solve/support_vector_machine.hpp>

#include <Eigen/Dense>
#include <svm.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

using namespace sketchntk;
using sketchntk::testing::contains;
using sketchntk::testing::message_of;

namespace {

using PlanePoints = std::vector<std::vector<double>>;

double gaussian_of_points(const std::vector<double>& x, const std::vector<double>& y,
                          double gamma) {
    double distance = 0;
    for (std::size_t k = 0; k < x.size(); ++k) distance += (x[k] - y[k]) * (x[k] - y[k]);
    return std::exp(-gamma * distance);
}

Matrix<double> gaussian_gram(const PlanePoints& points, double gamma, std::size_t columns) {
    Matrix<double> gram(static_cast<Index>(points.size()), static_cast<Index>(columns));
    for (std::size_t i = 0; i < points.size(); ++i)
        for (std::size_t j = 0; j < columns; ++j)
            gram(static_cast<Index>(i), static_cast<Index>(j)) =
                gaussian_of_points(points[i], points[j], gamma);
    return gram;
}

std::vector<Index> row_numbers(Index first, Index count) {
    std::vector<Index> result(static_cast<std::size_t>(count));
    std::iota(result.begin(), result.end(), first);
    return result;
}

/// Three overlapping clouds in the plane, their classes 5, 2 and 9 in turn.
struct Clouds {
    PlanePoints points;
    std::vector<int> classes;

    explicit Clouds(int count) {
        std::mt19937_64 generator(11);
        std::normal_distribution<double> normal;
        constexpr int names[] = {5, 2, 9};
        constexpr double centres[][2] = {{0, 0}, {2, 0}, {1, 2}};
        for (int i = 0; i < count; ++i) {
            const auto& centre = centres[i % 3];
            points.push_back({centre[0] + normal(generator), centre[1] + normal(generator)});
            classes.push_back(names[i % 3]);
        }
    }
};

constexpr double gamma_of_clouds = 0.5;

/// libsvm's own Gaussian kernel on the points themselves, the classes of training rows ascending.
class LibsvmOnPoints {
  public:
    LibsvmOnPoints(const Clouds& clouds, std::size_t training_rows, double cost) {
        for (const std::vector<double>& point : clouds.points)
            nodes_.push_back({{1, point[0]}, {2, point[1]}, {-1, 0}});
        for (const int wanted : {2, 5, 9})
            for (std::size_t i = 0; i < training_rows; ++i)
                if (clouds.classes[i] == wanted) {
                    labels_.push_back(wanted);
                    rows_.push_back(nodes_[i].data());
                }
        svm_parameter parameter{};
        parameter.svm_type = C_SVC;
        parameter.kernel_type = RBF;
        parameter.gamma = gamma_of_clouds;
        parameter.C = cost;
        parameter.eps = 1e-3;
        parameter.shrinking = 1;
        parameter.cache_size = 10;
        problem_ = {static_cast<int>(rows_.size()), labels_.data(), rows_.data()};
        model_ = svm_train(&problem_, &parameter);
    }
    ~LibsvmOnPoints() { svm_free_and_destroy_model(&model_); }
    LibsvmOnPoints(const LibsvmOnPoints&) = delete;
    LibsvmOnPoints& operator=(const LibsvmOnPoints&) = delete;

    [[nodiscard]] int predict(std::size_t row, std::vector<double>& decisions) const {
        decisions.resize(3);
        return static_cast<int>(svm_predict_values(model_, nodes_[row].data(), decisions.data()));
    }

  private:
    std::vector<std::vector<svm_node>> nodes_;
    std::vector<double> labels_;
    std::vector<svm_node*> rows_;
    svm_problem problem_{};
    svm_model* model_ = nullptr;
};

}  // namespace

TEST_CASE("a support vector machine on two points is the line between them") {
    Matrix<double> gram(3, 2);  // x = -1 and 1, and a new x = 0.25
    for (Index j = 0; j < 2; ++j) {
        const double x = j == 0 ? -1 : 1;
        gram(0, j) = -x;
        gram(1, j) = x;
        gram(2, j) = 0.25 * x;
    }
    const SupportVectorMachine machine(SupportVectorGram(gram), std::vector<Index>{0, 1},
                                       std::vector<int>{3, 7}, 10);
    CHECK(machine.classes() == std::vector<int>{3, 7});
    CHECK(machine.support_vector_count() == 2);
    const Matrix<double> f = machine.decision_values(std::vector<Index>{0, 1, 2});
    CHECK(f(0, 0) == Approx(1));
    CHECK(f(1, 0) == Approx(-1));
    CHECK(f(2, 0) == Approx(-0.25));
    CHECK(machine.predict(std::vector<Index>{0, 1, 2}) == std::vector<int>{3, 7, 7});
}

TEST_CASE("exclusive or by a Gaussian kernel: multipliers by symmetry, with and without slack") {
    const double gamma = 0.3;
    const PlanePoints points{{-1, -1}, {1, 1}, {-1, 1}, {1, -1}, {0.5, 0.25}};
    const std::vector<int> classes{0, 0, 1, 1};
    const SupportVectorGram gram(gaussian_gram(points, gamma, 4).view());
    // All four multipliers are equal, so that y_i f(x_i) = a (1 - 2 k(2) + k(sqrt 8)).
    const double margin_of_one = 1 - 2 * std::exp(-4 * gamma) + std::exp(-8 * gamma);
    double at_new_point = 0;
    for (std::size_t i = 0; i < 4; ++i)
        at_new_point += (i < 2 ? 1 : -1) * gaussian_of_points(points[4], points[i], gamma);
    for (const double cost : {100.0, 0.5}) {
        const SupportVectorMachine machine(gram, row_numbers(0, 4), classes, cost);
        const double multiplier = std::min(cost, 1 / margin_of_one);
        const Matrix<double> f = machine.decision_values(row_numbers(0, 5));
        for (Index i = 0; i < 4; ++i)
            CHECK(f(i, 0) == Approx((i < 2 ? 1 : -1) * multiplier * margin_of_one).epsilon(2e-3));
        CHECK(f(4, 0) == Approx(multiplier * at_new_point).epsilon(2e-3));
        CHECK(machine.predict(row_numbers(0, 4)) == classes);
        CHECK(machine.support_vector_count() == 4);
    }
}

TEST_CASE("machines on a given kernel decide as libsvm does with its own, three classes by votes") {
    constexpr Index training = 120;
    const Clouds clouds(240);
    const SupportVectorGram gram(gaussian_gram(clouds.points, gamma_of_clouds, training).view());
    const std::vector<int> classes(clouds.classes.begin(), clouds.classes.begin() + training);
    for (const double cost : {0.1, 10.0}) {
        const SupportVectorMachine machine(gram, row_numbers(0, training), classes, cost);
        CHECK(machine.classes() == std::vector<int>{2, 5, 9});
        const LibsvmOnPoints peer(clouds, training, cost);
        const std::vector<Index> tested = row_numbers(training, 120);
        const std::vector<int> predicted = machine.predict(tested);
        const Matrix<double> f = machine.decision_values(tested);
        // Both stop within 1e-3 of the optimality conditions, by paths that rounding parts.
        std::vector<double> decisions;
        for (Index i = 0; i < 120; ++i) {
            const auto k = static_cast<std::size_t>(i);
            const int expected = peer.predict(static_cast<std::size_t>(tested[k]), decisions);
            double narrowest = std::numeric_limits<double>::infinity();
            for (Index pair = 0; pair < 3; ++pair) {
                CHECK(f(i, pair) == Approx(decisions[static_cast<std::size_t>(pair)]).margin(1e-2));
                narrowest = std::min(narrowest, std::abs(f(i, pair)));
            }
            if (narrowest > 1e-2) CHECK(predicted[k] == expected);
            const int votes[] = {(f(i, 0) > 0) + (f(i, 1) > 0), (f(i, 0) <= 0) + (f(i, 2) > 0),
                                 (f(i, 1) <= 0) + (f(i, 2) <= 0)};
            CHECK(predicted[k] ==
                  machine.classes()[static_cast<std::size_t>(
                      std::max_element(std::begin(votes), std::end(votes)) - std::begin(votes))]);
        }
    }
}

TEST_CASE("a machine depends on the kernel of its rows alone, and on the order within a class") {
    const Clouds clouds(60);
    const Matrix<double> kernel = gaussian_gram(clouds.points, gamma_of_clouds, 60);
    std::vector<Index> rows;  // every other one
    std::vector<int> classes;
    PlanePoints chosen;
    for (std::size_t i = 0; i < 60; i += 2) {
        rows.push_back(static_cast<Index>(i));
        classes.push_back(clouds.classes[i]);
        chosen.push_back(clouds.points[i]);
    }
    const SupportVectorMachine machine(SupportVectorGram(kernel), rows, classes, 3);
    const Matrix<double> f = machine.decision_values(rows);

    const Matrix<double> small = gaussian_gram(chosen, gamma_of_clouds, 30);
    const SupportVectorMachine extracted(SupportVectorGram(small), row_numbers(0, 30), classes, 3);
    CHECK(extracted.decision_values(row_numbers(0, 30)) == f);

    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return classes[a] % 3 < classes[b] % 3;  // 9 before 2 and 5
    });
    std::vector<Index> other_rows;
    std::vector<int> other_classes;
    for (const std::size_t k : order) {
        other_rows.push_back(rows[k]);
        other_classes.push_back(classes[k]);
    }
    const SupportVectorMachine reordered(SupportVectorGram(kernel), other_rows, other_classes, 3);
    CHECK(reordered.decision_values(rows) == f);
}

TEST_CASE("training rows of one class predict it") {
    const Clouds clouds(6);
    const Matrix<double> kernel = gaussian_gram(clouds.points, gamma_of_clouds, 6);
    const std::vector<Index> rows{0, 3};
    const std::vector<int> classes{5, 5};
    const SupportVectorMachine machine(SupportVectorGram(kernel), rows, classes, 1);
    CHECK(machine.predict(std::vector<Index>{1, 2}) == std::vector<int>{5, 5});
    const KernelRidgeClassifier ridge(kernel, rows, classes, 1);
    CHECK(ridge.predict(kernel, std::vector<Index>{1, 2}) == std::vector<int>{5, 5});
}

TEST_CASE("kernel ridge classification solves its bordered system") {
    const Clouds clouds(80);
    const Matrix<double> kernel = gaussian_gram(clouds.points, gamma_of_clouds, 80);
    const std::vector<Index> training = row_numbers(10, 50);
    const std::vector<int> classes(clouds.classes.begin() + 10, clouds.classes.begin() + 60);
    const double cost = 4;
    Eigen::MatrixXd bordered = Eigen::MatrixXd::Ones(51, 51);
    bordered(50, 50) = 0;
    bordered.topLeftCorner(50, 50) = as_eigen(kernel).block(10, 10, 50, 50);
    bordered.topLeftCorner(50, 50).diagonal().array() += 1 / cost;
    Eigen::MatrixXd targets = Eigen::MatrixXd::Zero(51, 3);
    constexpr int ascending[] = {2, 5, 9};
    for (Index i = 0; i < 50; ++i)
        for (Index c = 0; c < 3; ++c)
            targets(i, c) = classes[static_cast<std::size_t>(i)] == ascending[c] ? 1 : -1;
    const Eigen::MatrixXd solution = bordered.fullPivLu().solve(targets);
    const std::vector<Index> tested = row_numbers(60, 20);
    const Eigen::MatrixXd expected =
        (as_eigen(kernel).block(60, 10, 20, 50) * solution.topRows(50)).rowwise() +
        solution.row(50);

    const KernelRidgeClassifier ridge(kernel, training, classes, cost);
    const Matrix<double> scores = ridge.scores(kernel, tested);
    CHECK((as_eigen(scores) - expected).cwiseAbs().maxCoeff() < 1e-10);
    const std::vector<int> predicted = ridge.predict(kernel, tested);
    for (Index i = 0; i < 20; ++i) {
        Index best = 0;
        expected.row(i).maxCoeff(&best);
        CHECK(predicted[static_cast<std::size_t>(i)] == ascending[best]);
    }
}

TEST_CASE("classifiers refuse what cannot be trained on, naming it") {
    Matrix<double> kernel = gaussian_gram(Clouds(6).points, gamma_of_clouds, 6);
    const SupportVectorGram gram(kernel);
    const std::vector<Index> rows{0, 1};
    const std::vector<int> classes{2, 5};
    const auto refusal = [&](const std::vector<Index>& of_rows, double cost) {
        const auto message =
            message_of([&] { SupportVectorMachine(gram, of_rows, classes, cost); });
        CHECK(message ==
              message_of([&] { KernelRidgeClassifier(kernel, of_rows, classes, cost); }));
        return message;
    };
    CHECK(contains(refusal({0, 6}, 1), "0 to 5, got 6"));
    CHECK(contains(refusal({0, -1}, 1), "got -1"));
    CHECK(contains(refusal(rows, 0), "cost"));
    CHECK(contains(refusal(rows, std::numeric_limits<double>::infinity()), "cost"));
    CHECK(contains(message_of([&] { SupportVectorMachine(gram, {}, {}, 1); }), "none"));
    CHECK(contains(message_of([&] { SupportVectorMachine(gram, rows, std::vector<int>{1}, 1); }),
                   "2 training rows, got 1"));
    kernel(3, 4) = std::numeric_limits<double>::quiet_NaN();
    CHECK(contains(message_of([&] { SupportVectorGram{kernel}; }), "row 3, column 4"));
    CHECK(contains(message_of([&] { SupportVectorGram{kernel.view().middle_rows(0, 5)}; }),
                   "5 rows of 6 columns"));
    for (Index i = 0; i < 2; ++i)
        for (Index j = 0; j < 2; ++j) kernel(i, j) = i == j ? 0 : 1;
    CHECK_FALSE(message_of([&] { KernelRidgeClassifier(kernel, rows, classes, 10); }).empty());
}

TEST_CASE("many trainings on one Gram: each as alone, for any number of threads") {
    const Clouds clouds(90);
    const Matrix<double> kernel = gaussian_gram(clouds.points, gamma_of_clouds, 90);
    const SupportVectorGram gram(kernel);
    const std::vector<Index> front = row_numbers(0, 45);
    const std::vector<Index> back = row_numbers(45, 45);
    const std::vector<ClassificationTask> tasks{
        {front, back, 0.1}, {front, back, 10}, {back, front, 10}};
    const auto by_votes = predict_by_support_vectors(gram, clouds.classes, tasks, {.threads = 1});
    const auto by_squares = predict_by_kernel_ridge(kernel, clouds.classes, tasks, {.threads = 1});
    CHECK(predict_by_support_vectors(gram, clouds.classes, tasks, {.threads = 3}) == by_votes);
    CHECK(predict_by_kernel_ridge(kernel, clouds.classes, tasks, {.threads = 3}) == by_squares);
    const std::vector<int> of_back(clouds.classes.begin() + 45, clouds.classes.end());
    CHECK(by_votes.at(2) == SupportVectorMachine(gram, back, of_back, 10).predict(front));
    CHECK(by_squares.at(2) ==
          KernelRidgeClassifier(kernel, back, of_back, 10).predict(kernel, front));
    CHECK(by_votes.at(0) != by_votes.at(1));
    CHECK(contains(
        message_of([&] { static_cast<void>(predict_by_support_vectors(gram, of_back, tasks)); }),
        "90 rows, got 45"));
}
