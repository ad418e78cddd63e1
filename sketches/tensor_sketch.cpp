#include "core/dispatch.hpp"
#include "core/parallel.hpp"
#include "sketches/checks.hpp"
#include "sketches/hashed_columns.hpp"
#include "sketches/stream_numbers.hpp"
#include "sketches/variance_terms.hpp"

#include <sketchntk/sketches/tensor_sketch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

namespace sketchntk::sketches {
namespace {

static_assert(SparseRowSketch<TensorSketch>);
static_assert(KnownVariance<TensorSketch>);

constexpr const char* tensor_sketch_name = "tensor_sketch";

/// Columns that are hashed together.
constexpr Index chunk = 1024;

/// Rows that share the hashing of a column: few enough for what belongs to them to stay in the
/// cache.
Index rows_of_tile(Index outputs) {
    constexpr Index numbers_in_cache = Index{1} << 16;
    return std::clamp<Index>(numbers_in_cache / outputs, 4, 16);
}

/// A matrix with rows on 64-byte boundaries whose entries are not set.
template <typename T>
class Scratch {
  public:
    Scratch(Index rows, Index columns) : stride_(padded(columns)) {
        const auto count = static_cast<std::size_t>(rows * stride_);
        entries_.reset(CacheAlignedAllocator<T>().allocate(count));
        view_ = {entries_.get(), rows, columns, stride_};
    }
    [[nodiscard]] MatrixView<T> view() const { return view_; }
    [[nodiscard]] std::span<T> row(Index i) const { return view_.row(i); }

  private:
    struct Release {
        void operator()(T* entries) const { CacheAlignedAllocator<T>().deallocate(entries, 0); }
    };
    static Index padded(Index columns) {
        constexpr auto in_line = static_cast<Index>(64 / sizeof(T));
        return (columns + in_line - 1) / in_line * in_line;
    }

    Index stride_;
    std::unique_ptr<T, Release> entries_;
    MatrixView<T> view_;
};

/// Bucket and sign of up to `chunk` columns under one hash.
class HashedChunk {
  public:
    HashedChunk(const TensorSketch& sketch, Index factor)
        : columns_(RandomStream(sketch.seed(), stream_number::sparse_sign_columns), factor,
                   sketch.output_dimension()) {}

    void fill(Index first_column, Index count) {
        columns_.fill(first_column, first(buckets_, count), first(signs_, count));
    }
    void gather(std::span<const std::int64_t> columns) {
        const auto count = static_cast<Index>(columns.size());
        columns_.gather(columns, first(buckets_, count), first(signs_, count));
    }
    /// Adds the values of the leading columns, with their signs, to their buckets.
    void add(std::span<const float> values, std::span<float> sums) const {
        for (std::size_t c = 0; c < values.size(); ++c) {
            sums[static_cast<std::size_t>(buckets_[c])] += signs_[c] * values[c];
        }
    }

  private:
    static constexpr auto size = static_cast<std::size_t>(chunk);

    template <typename T>
    static std::span<T> first(std::array<T, size>& entries, Index count) {
        return std::span(entries).first(static_cast<std::size_t>(count));
    }

    HashedColumns columns_;
    std::array<std::int32_t, size> buckets_;
    std::array<float, size> signs_;
};

void add_rows(HashedChunk& hashed, MatrixView<const float> x, MatrixView<float> sums) {
    for (Index first = 0; first < x.columns(); first += chunk) {
        const Index count = std::min(chunk, x.columns() - first);
        hashed.fill(first, count);
        const MatrixView<const float> columns = x.middle_columns(first, count);
        for (Index i = 0; i < x.rows(); ++i) hashed.add(columns.row(i), sums.row(i));
    }
}

void add_rows(HashedChunk& hashed, const SparseRowsView& x, MatrixView<float> sums) {
    for (Index i = 0; i < x.rows(); ++i) {
        const SparseRowsView::Row row = x.row(i);
        for (std::size_t first = 0; first < row.values.size(); first += chunk) {
            const std::size_t count =
                std::min(static_cast<std::size_t>(chunk), row.values.size() - first);
            hashed.gather(row.columns.subspan(first, count));
            hashed.add(row.values.subspan(first, count), sums.row(i));
        }
    }
}

/// What a tile of rows needs besides its results.
struct Workspace {
    Workspace(Index rows, const RealFourierTransform& transform)
        : sums(rows, transform.length()),
          products(rows, transform.frequencies()),
          spectrum(1, transform.frequencies()) {}

    Scratch<float> sums;
    Scratch<std::complex<float>> products;
    Scratch<std::complex<float>> spectrum;
};

/// Workspaces that tiles hand on to one another, as many as there are threads: memory fresh from
/// the system for each tile can cost more time than the transforms.
class WorkspacePool {
  public:
    [[nodiscard]] std::unique_ptr<Workspace> take(Index rows,
                                                  const RealFourierTransform& transform) {
        {
            const std::lock_guard lock(mutex_);
            if (!free_.empty()) {
                std::unique_ptr<Workspace> workspace = std::move(free_.back());
                free_.pop_back();
                return workspace;
            }
        }
        return std::make_unique<Workspace>(rows, transform);
    }
    void give_back(std::unique_ptr<Workspace> workspace) {
        const std::lock_guard lock(mutex_);
        free_.push_back(std::move(workspace));
    }

  private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<Workspace>> free_;
};

/// product[k] *= scale spectrum[k], complex numbers as pairs.
SKETCHNTK_VECTOR_DISPATCH
void multiply(const float* spectrum, float scale, Index count, float* product) {
    for (Index k = 0; k < count; ++k) {
        const float real = scale * spectrum[2 * k];
        const float imaginary = scale * spectrum[2 * k + 1];
        const float a = product[2 * k];
        const float b = product[2 * k + 1];
        product[2 * k] = a * real - b * imaginary;
        product[2 * k + 1] = a * imaginary + b * real;
    }
}

void multiply(std::span<const std::complex<float>> spectrum, float scale,
              std::span<std::complex<float>> product) {
    multiply(reinterpret_cast<const float*>(spectrum.data()), scale,
             static_cast<Index>(product.size()), reinterpret_cast<float*>(product.data()));
}

template <typename Rows>
void count_sketch(const TensorSketch& sketch, Index factor, const Rows& x, MatrixView<float> out) {
    for (Index i = 0; i < x.rows(); ++i) std::fill(out.row(i).begin(), out.row(i).end(), 0.0F);
    HashedChunk hashed(sketch, factor);
    add_rows(hashed, x, out);
}

template <typename Rows>
void convolve(const TensorSketch& sketch, const RealFourierTransform& transform, const Rows& x,
              Workspace& workspace, MatrixView<float> out) {
    const auto& [sums, products, spectrum] = workspace;
    count_sketch(sketch, 0, x, sums.view());
    for (Index i = 0; i < x.rows(); ++i) transform.transform(sums.row(i), products.row(i));
    for (Index factor = 1; factor < sketch.degree(); ++factor) {
        count_sketch(sketch, factor, x, sums.view());
        // What the inverse transform leaves to do.
        const float scale = factor == 1 ? 1.0F / static_cast<float>(out.columns()) : 1.0F;
        for (Index i = 0; i < x.rows(); ++i) {
            transform.transform(sums.row(i), spectrum.row(0));
            multiply(spectrum.row(0), scale, products.row(i));
        }
    }
    for (Index i = 0; i < x.rows(); ++i) {
        transform.inverse(products.row(i), sums.row(i));
        std::copy(sums.row(i).begin(), sums.row(i).end(), out.row(i).begin());
    }
}

}  // namespace

TensorSketch::TensorSketch(Index inputs, Index outputs, Index degree, Seed seed)
    : inputs_(checked_dimension("inputs", inputs, 1, largest_sparse_dimension)),
      outputs_(checked_dimension("outputs", outputs)),
      degree_(checked_dimension("degree", degree, 1, largest_degree)),
      seed_(seed) {}

double TensorSketch::flops(Index rows) const {
    const auto n = static_cast<double>(rows), q = static_cast<double>(degree_);
    const auto d = static_cast<double>(inputs_), m = static_cast<double>(outputs_);
    const double sums = 2 * q * d;
    if (degree_ == 1) return n * sums;
    const double transforms = (q + 1) * 2.5 * m * std::log2(m);
    const double products = (q - 1) * 4 * m;
    return n * (sums + transforms + products);
}

OperatorDescription TensorSketch::description() const {
    return {.name = tensor_sketch_name,
            .inputs = inputs_,
            .outputs = outputs_,
            .options = {{"degree", degree_}},
            .seed = seed_};
}

TensorSketch TensorSketch::from_description(const OperatorDescription& description) {
    OptionReader options(description, tensor_sketch_name);
    const Index degree = options.integer("degree", 2, 1, largest_degree);
    options.finish();
    return {description.inputs, description.outputs, degree, description.seed};
}

double TensorSketch::variance(std::span<const float> x, std::span<const float> y) const {
    const VarianceTerms terms = variance_terms(x, y, inputs_);
    const double a = terms.inner();
    const double b = terms.lengths - terms.common;
    const double c = terms.inner() - terms.common;
    const auto power = [&](double base) { return std::pow(base, static_cast<double>(degree_)); };
    const auto m = static_cast<double>(outputs_);
    const auto solutions = static_cast<double>(std::gcd(Index{2}, outputs_));
    const double one_kind = power(a + b) + power(a + c) - 2 * power(a);
    const double both_kinds = power(a + b + c) - power(a + b) - power(a + c) + power(a);
    return one_kind / m + solutions * both_kinds / (m * m);
}

TensorSketch::Plan::Plan(const TensorSketch& distribution) : distribution_(distribution) {
    if (distribution.degree() > 1) transform_.emplace(distribution.output_dimension());
}

template <typename Rows>
void TensorSketch::Plan::apply_rows(const Rows& x, MatrixView<float> out,
                                    const Execution& execution) const {
    check_shapes(x.rows(), x.columns(), out, distribution_.input_dimension(),
                 distribution_.output_dimension());
    const Index tile = std::min(rows_of_tile(out.columns()), x.rows());
    if (tile == 0) return;
    WorkspacePool pool;
    parallel_for(execution, (x.rows() + tile - 1) / tile, [&](Index t) {
        const Index first = t * tile;
        const Index count = std::min(tile, x.rows() - first);
        const Rows rows = x.middle_rows(first, count);
        const MatrixView<float> result = out.middle_rows(first, count);
        check_rows(rows, first);
        if (transform_) {
            std::unique_ptr<Workspace> workspace = pool.take(tile, *transform_);
            convolve(distribution_, *transform_, rows, *workspace, result);
            pool.give_back(std::move(workspace));
        } else {
            count_sketch(distribution_, 0, rows, result);
        }
        check_powers(result, first, distribution_.degree());
    });
}

void TensorSketch::Plan::apply(MatrixView<const float> x, MatrixView<float> out,
                               const Execution& execution) const {
    apply_rows(x, out, execution);
}

void TensorSketch::Plan::apply(SparseRowsView x, MatrixView<float> out,
                               const Execution& execution) const {
    apply_rows(x, out, execution);
}

}  // namespace sketchntk::sketches
