#include "core/finite.hpp"
#include "core/parallel.hpp"
#include "sketches/checks.hpp"
#include "sketches/tensor_factor.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/operator.hpp>
#include <sketchntk/sketches/tensor_srht.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sketchntk::sketches {
namespace {

static_assert(RandomOperator<TensorSrht>);

constexpr const char* tensor_srht_name = "tensor_srht";
constexpr Index largest_hadamard_dimension = Index{1} << 24;
constexpr Index rows_in_tile = 32;

Index checked_factor(const char* argument, Index dimension, TensorTransform transform) {
    return checked_dimension(
        argument, dimension, 1,
        transform == TensorTransform::fourier ? largest_dimension : largest_hadamard_dimension);
}

void check_shape(const char* argument, Index got, Index expected, const char* what) {
    if (got != expected) {
        throw DimensionMismatch(std::string(argument) + ": expected " + std::to_string(expected) +
                                " " + what + ", got " + std::to_string(got));
    }
}

}  // namespace

TensorSrht::TensorSrht(Index first_dimension, Index second_dimension, Index outputs,
                       const TensorSrhtOptions& options, Seed seed)
    : first_dimension_(checked_factor("first_dimension", first_dimension, options.transform)),
      second_dimension_(checked_factor("second_dimension", second_dimension, options.transform)),
      outputs_(checked_dimension("outputs", outputs)),
      options_(options),
      seed_(seed) {}

TensorSrht::TensorSrht(Index first_dimension, Index second_dimension, Index outputs, Seed seed)
    : TensorSrht(first_dimension, second_dimension, outputs, TensorSrhtOptions{}, seed) {}

std::int64_t TensorSrht::bytes() const {
    constexpr auto bytes_of_entry = static_cast<Index>(sizeof(std::int32_t) + sizeof(float));
    return (first_dimension_ + second_dimension_) * static_cast<Index>(sizeof(float)) +
           2 * products_for(outputs_, options_.transform) * bytes_of_entry;
}

double TensorSrht::flops(Index rows) const {
    const auto products = static_cast<double>(products_for(outputs_, options_.transform));
    const double flops_of_product = options_.transform == TensorTransform::fourier ? 10 : 2;
    return static_cast<double>(rows) *
           (transform_flops(first_dimension_, options_.transform) +
            transform_flops(second_dimension_, options_.transform) + flops_of_product * products);
}

OperatorDescription TensorSrht::description() const {
    const bool fourier = options_.transform == TensorTransform::fourier;
    const bool independent = options_.sampling == TensorSampling::independent;
    return {.name = tensor_srht_name,
            .inputs = first_dimension_,
            .outputs = outputs_,
            .options = {{"second", second_dimension_},
                        {"transform", std::string(fourier ? "fourier" : "hadamard")},
                        {"sampling", std::string(independent ? "independent" : "balanced")}},
            .seed = seed_};
}

TensorSrht TensorSrht::from_description(const OperatorDescription& description) {
    OptionReader reader(description, tensor_srht_name);
    const Index second = reader.integer("second", description.inputs, 1, largest_dimension);
    TensorSrhtOptions options;
    if (reader.word("transform", {"fourier", "hadamard"}) == "hadamard") {
        options.transform = TensorTransform::hadamard;
    }
    if (reader.word("sampling", {"independent", "balanced"}) == "balanced") {
        options.sampling = TensorSampling::balanced;
    }
    reader.finish();
    return {description.inputs, second, description.outputs, options, description.seed};
}

struct TensorSrht::Plan::Drawn {
    explicit Drawn(const TensorSrht& distribution)
        : products(products_for(distribution.output_dimension(), distribution.options().transform)),
          first(distribution.first_dimension(), products, distribution.options(),
                distribution.seed(), 0),
          second(distribution.second_dimension(), products, distribution.options(),
                 distribution.seed(), 1),
          last_is_imaginary(draw_last_is_imaginary(distribution.seed())) {}

    Index products;
    TensorFactor first;
    TensorFactor second;
    bool last_is_imaginary;
};

struct TensorSrht::Workspace::Factors {
    TensorFactor::Transformed first;
    TensorFactor::Transformed second;
};

TensorSrht::Workspace::Workspace(std::unique_ptr<Factors> factors) : factors_(std::move(factors)) {}
TensorSrht::Workspace::~Workspace() = default;
TensorSrht::Workspace::Workspace(Workspace&&) noexcept = default;
TensorSrht::Workspace& TensorSrht::Workspace::operator=(Workspace&&) noexcept = default;

TensorSrht::Plan::Plan(const TensorSrht& distribution)
    : distribution_(distribution), drawn_(std::make_shared<const Drawn>(distribution)) {}

TensorSrht::Workspace TensorSrht::Plan::workspace() const {
    return Workspace(std::make_unique<Workspace::Factors>(
        Workspace::Factors{drawn_->first.transformed(), drawn_->second.transformed()}));
}

void TensorSrht::Plan::check_shapes(MatrixView<const float> x, MatrixView<const float> y,
                                    MatrixView<float> out) const {
    check_shape("x", x.columns(), distribution_.first_dimension(), "columns");
    check_shape("y", y.columns(), distribution_.second_dimension(), "columns");
    check_shape("out", out.columns(), distribution_.output_dimension(), "columns");
    check_shape("y", y.rows(), x.rows(), "rows");
    check_shape("out", out.rows(), x.rows(), "rows");
}

void TensorSrht::Plan::apply(MatrixView<const float> x, MatrixView<const float> y,
                             MatrixView<float> out, float scale, Workspace& workspace) const {
    check_shapes(x, y, out);
    const auto factor = static_cast<float>(
        static_cast<double>(scale) *
        tensor_scale(distribution_.output_dimension(), distribution_.options().transform));
    Workspace::Factors& scratch = *workspace.factors_;
    for (Index r = 0; r < x.rows(); ++r) {
        drawn_->first.transform(x.row(r), scratch.first);
        drawn_->second.transform(y.row(r), scratch.second);
        TensorFactor::multiply(drawn_->first, scratch.first, drawn_->second, scratch.second,
                               drawn_->last_is_imaginary, factor, out.row(r));
    }
}

void TensorSrht::Plan::apply(MatrixView<const float> x, MatrixView<const float> y,
                             MatrixView<float> out, float scale, const Execution& execution) const {
    check_shapes(x, y, out);
    const Index tiles = (x.rows() + rows_in_tile - 1) / rows_in_tile;
    parallel_for(execution, tiles, [&](Index tile) {
        const Index first = tile * rows_in_tile;
        const Index count = std::min(rows_in_tile, x.rows() - first);
        const MatrixView<const float> x_rows = x.middle_rows(first, count);
        const MatrixView<const float> y_rows = y.middle_rows(first, count);
        refuse_not_finite("x", x_rows, first);
        refuse_not_finite("y", y_rows, first);
        Workspace scratch = workspace();
        apply(x_rows, y_rows, out.middle_rows(first, count), scale, scratch);
    });
}

void TensorSrht::Plan::apply(MatrixView<const float> x, MatrixView<const float> y,
                             MatrixView<float> out, const Execution& execution) const {
    apply(x, y, out, 1.0F, execution);
}

}  // namespace sketchntk::sketches
