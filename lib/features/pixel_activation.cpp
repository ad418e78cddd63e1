#include "features/pixel_activation.hpp"

#include "core/dispatch.hpp"
#include "core/eigen.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

// Products of a strip of pixels with a block of directions, and what enters the strip, stay in the
// second-level cache.
constexpr Index most_strip_pixels = 256;
constexpr Index least_strip_pixels = 32;
constexpr Index strip_entries = Index{1} << 19;
constexpr Index block_directions = 512;

// What a thread keeps, by place in `StepMemory::room`.
enum Room : std::size_t { products_room, normalised_room, whitened_room, phi_room, psi_room };

SKETCHNTK_VECTOR_DISPATCH
void add_rectified(const float* in, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] += in[k] > 0 ? scale * in[k] : 0;
}

SKETCHNTK_VECTOR_DISPATCH
void add_gated(const float* in, const float* gates, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] += gates[k] > 0 ? scale * in[k] : 0;
}

PixelShape activation_output(const PixelShape& input, const PixelPooling& pooling, Index relu) {
    return {pooling.pixels, relu, input.psi};
}

void expect_shape(const Matrix<float>& matrix, Index rows, Index columns, const char* name) {
    if (matrix.rows() == rows && (rows == 0 || matrix.columns() == columns)) return;
    throw DimensionMismatch(std::string("cntkrf: learnt ") + name + ": expected " +
                            std::to_string(rows) + " x " + std::to_string(columns) + ", got " +
                            std::to_string(matrix.rows()) + " x " +
                            std::to_string(matrix.columns()));
}

}  // namespace

PixelActivation::PixelActivation(const PixelShape& input, std::unique_ptr<PixelStripStep> before,
                                 PixelPooling pooling, const PixelActivationRule& rule, Seed seed)
    : PixelStep(activation_output(input, pooling, rule.relu)),
      input_(input),
      before_(std::move(before)),
      pooling_(std::move(pooling)),
      rule_(rule),
      seed_(seed) {}

Index PixelActivation::dimension() const {
    return rule_.whitening.whitening > 0 ? std::min(rule_.whitening.rank, input_.phi) : input_.phi;
}

PixelActivation::Learnt PixelActivation::learn(Matrix<float> patches,
                                               const Execution& execution) const {
    PatchWhitening whitening = learn_patch_whitening(patches, rule_.whitening, execution);
    Learnt learnt;
    learnt[2] = patch_directions(patches, whitening, learnt_directions(), execution);
    learnt[0] = std::move(whitening.projection);
    learnt[1] = Matrix<float>(1, learnt[0].rows() + 1);
    std::copy_n(whitening.shift.data(), learnt[0].rows(), learnt[1].data());
    learnt[1](0, learnt[0].rows()) = whitening.contrast_floor;
    return learnt;
}

void PixelActivation::set_learnt(Learnt learnt) {
    const Index rank = rule_.whitening.whitening > 0 ? dimension() : 0;
    expect_shape(learnt[0], rank, input_.phi, "projection");
    expect_shape(learnt[1], 1, rank + 1, "shift");
    expect_shape(learnt[2], learnt_directions(), dimension(), "directions");
    whitening_.contrast = rule_.whitening.contrast > 0;
    whitening_.contrast_floor = learnt[1](0, rank);
    whitening_.projection = std::move(learnt[0]);
    whitening_.shift = Matrix<float>(1, rank);
    std::copy_n(learnt[1].data(), rank, whitening_.shift.data());
    along_patches_ = std::move(learnt[2]);
    as_eigen(along_patches_) *= std::sqrt(static_cast<float>(dimension()));
    learnt_ = true;
}

std::optional<RandomDirections> PixelActivation::random_directions(bool gates) const {
    const Index count = gates ? input_.psi : rule_.relu;
    if (!rule_.law || count == 0) return std::nullopt;
    return RandomDirections(*rule_.law, count, dimension(), seed_.child(gates ? 1 : 0));
}

void PixelActivation::draw() {
    if (before_) before_->draw();
    if (const auto relu = random_directions(false)) relu_.emplace(*relu);
    if (const auto gates = random_directions(true)) gates_.emplace(*gates);
}

Index PixelActivation::block_columns() const {
    const Index most = std::max(rule_.relu, input_.psi);
    return rule_.law ? most : std::min(most, block_directions);
}

Index PixelActivation::strip_pixels() const {
    const Index cached =
        std::max(least_strip_pixels, strip_entries / std::max<Index>(input_.phi, 1));
    return std::min({cached, most_strip_pixels, input_.count()});
}

StepMemory PixelActivation::memory() const {
    StepMemory memory(output());
    const Index strip = strip_pixels();
    memory.room.resize(psi_room + 1);
    memory.room[products_room] = Matrix<float>(strip, block_columns());
    if (rule_.whitening.contrast > 0)
        memory.room[normalised_room] = Matrix<float>(strip, input_.phi);
    if (rule_.learns()) memory.room[whitened_room] = Matrix<float>(strip, dimension());
    if (!before_) return memory;
    memory.room[phi_room] = Matrix<float>(strip, input_.phi);
    memory.room[psi_room] = Matrix<float>(strip, input_.psi);
    memory.chains.emplace_back().emplace_back(PixelShape{}).room = before_->strip_room();
    return memory;
}

Index PixelActivation::memory_floats() const {
    const Index entering = before_ ? input_.phi + input_.psi : 0;
    return output().entries() + (before_ ? before_->strip_room_floats() : 0) +
           strip_pixels() * (block_columns() + (rule_.whitening.contrast > 0 ? input_.phi : 0) +
                             (rule_.learns() ? dimension() : 0) + entering);
}

Index PixelActivation::shared_floats() const {
    Index sum = before_ ? before_->shared_floats() : 0;
    for (const bool gates : {false, true})
        if (const auto random = random_directions(gates))
            sum += static_cast<Index>(random->bytes() / static_cast<std::int64_t>(sizeof(float)));
    if (rule_.whitening.whitening > 0) sum += dimension() * (input_.phi + 1);
    return sum + learnt_directions() * dimension();
}

double PixelActivation::flops() const {
    const auto phi = static_cast<double>(input_.phi);
    double of_a_pixel = 3 * static_cast<double>(directions());
    if (rule_.whitening.contrast > 0) of_a_pixel += 5 * phi;
    if (rule_.whitening.whitening > 0) of_a_pixel += 2 * phi * static_cast<double>(dimension());
    of_a_pixel += 2.0 * static_cast<double>(learnt_directions() * dimension());
    for (const bool gates : {false, true})
        if (const auto random = random_directions(gates)) of_a_pixel += random->flops_per_row();
    return static_cast<double>(input_.count()) * of_a_pixel + (before_ ? before_->flops() : 0);
}

void PixelActivation::whiten(MatrixView<const float> phi, Matrix<float>& normalised,
                             MatrixView<float> whitened) const {
    MatrixView<const float> patches = phi;
    if (whitening_.contrast) {
        for (Index i = 0; i < phi.rows(); ++i) {
            std::copy_n(phi.row(i).data(), phi.columns(), normalised.row(i).data());
            whitening_.normalise(normalised.row(i));
        }
        patches = normalised.view().middle_rows(0, phi.rows());
    }
    if (whitening_.projection.empty()) {
        as_eigen(whitened) = as_eigen(patches);
        return;
    }
    as_eigen(whitened).noalias() = as_eigen(patches) * as_eigen(whitening_.projection).transpose();
    as_eigen(whitened).rowwise() -= as_eigen(whitening_.shift).row(0);
}

void PixelActivation::multiply(MatrixView<const float> z, bool gates, Index first,
                               MatrixView<float> out) const {
    if (rule_.law) {
        (gates ? gates_ : relu_)->multiply(z, out);
        return;
    }
    const Index from = (gates ? rule_.relu : 0) + first;
    as_eigen(out).noalias() =
        as_eigen(z) * as_eigen(along_patches_.view().middle_rows(from, out.columns())).transpose();
}

void PixelActivation::rectify(const Strip& strip, Index first, MatrixView<const float> products,
                              Matrix<float>& out) const {
    const float scale = pooling_.weight / std::sqrt(static_cast<float>(rule_.relu));
    for (Index i = 0; i < products.rows(); ++i)
        for (const Index window : pooling_.outputs[static_cast<std::size_t>(strip.first + i)])
            add_rectified(products.row(i).data(), scale, out.row(window).data() + first,
                          products.columns());
}

void PixelActivation::gate(const Strip& strip, Index first, MatrixView<const float> products,
                           Matrix<float>& out) const {
    for (Index i = 0; i < products.rows(); ++i)
        for (const Index window : pooling_.outputs[static_cast<std::size_t>(strip.first + i)])
            add_gated(strip.psi.row(i).data() + first, products.row(i).data(), pooling_.weight,
                      out.row(window).data() + first, products.columns());
}

PixelActivation::Strip PixelActivation::strip(const PixelFeatures& in, Index first,
                                              StepMemory& memory) const {
    const Index pixels = std::min(strip_pixels(), input_.count() - first);
    if (!before_)
        return {first, in.phi.view().middle_rows(first, pixels),
                in.psi.view().middle_rows(first, pixels)};
    const MatrixView<float> phi = memory.room[phi_room].view().middle_rows(0, pixels);
    const MatrixView<float> psi = memory.room[psi_room].view().middle_rows(0, pixels);
    before_->write_strip(in, memory.chains.front().front().room, first, phi, psi);
    return {first, phi, psi};
}

void PixelActivation::apply_to(const Strip& strip, StepMemory& memory) const {
    const Index pixels = strip.phi.rows();
    MatrixView<const float> z = strip.phi;
    if (rule_.learns()) {
        const MatrixView<float> whitened = memory.room[whitened_room].view().middle_rows(0, pixels);
        whiten(z, memory.room[normalised_room], whitened);
        z = whitened;
    }
    for (const bool gates : {false, true}) {
        const Index count = gates ? input_.psi : rule_.relu;
        for (Index first = 0; first < count; first += block_columns()) {
            const Index columns = std::min(block_columns(), count - first);
            const MatrixView<float> products =
                memory.room[products_room].view().middle_rows(0, pixels).middle_columns(0, columns);
            multiply(z, gates, first, products);
            if (gates)
                gate(strip, first, products, memory.output.psi);
            else
                rectify(strip, first, products, memory.output.phi);
        }
    }
}

void PixelActivation::apply(const PixelFeatures& in, StepMemory& memory) const {
    PixelFeatures& out = memory.output;
    std::fill_n(out.phi.data(), out.phi.rows() * out.phi.columns(), 0.0F);
    std::fill_n(out.psi.data(), out.psi.rows() * out.psi.columns(), 0.0F);
    if (before_) before_->begin_strips(in, memory.chains.front().front().room);
    for (Index pixel = 0; pixel < input_.count(); pixel += strip_pixels())
        apply_to(strip(in, pixel, memory), memory);
}

const PixelFeatures* PixelActivation::entering(const PixelActivation& target,
                                               const PixelFeatures& in, StepMemory& memory) const {
    if (&target != this) return nullptr;
    if (!before_) return &in;
    // All pixels at once are wanted while patches are gathered, and only then.
    constexpr std::size_t whole = 1;
    if (memory.chains.size() == whole) memory.chains.emplace_back().push_back(before_->memory());
    StepMemory& of_before = memory.chains[whole].front();
    before_->apply(in, of_before);
    return &of_before.output;
}

}  // namespace sketchntk
