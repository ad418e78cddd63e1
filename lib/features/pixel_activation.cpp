#include "features/pixel_activation.hpp"

#include "core/dispatch.hpp"
#include "core/eigen.hpp"
#include "features/leading_subspace.hpp"

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
enum Room : std::size_t {
    products_room,
    coordinates_room,
    normalised_room,
    whitened_room,
    phi_room,
    psi_room
};

// Patches from which directions and covariances come: at most so many, in so many numbers; and
// those from which leading directions come.
constexpr Index most_patches = 100'000;
constexpr Index most_patch_entries = Index{1} << 26;
constexpr Index most_leading_patches = 20'000;
constexpr Index most_leading_entries = Index{1} << 25;

SKETCHNTK_VECTOR_DISPATCH
void add_rectified(const float* in, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] += in[k] > 0 ? scale * in[k] : 0;
}

SKETCHNTK_VECTOR_DISPATCH
void add_rectified_opposite(const float* in, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] += in[k] < 0 ? -scale * in[k] : 0;
}

SKETCHNTK_VECTOR_DISPATCH
void add_gated(const float* in, const float* gates, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] += gates[k] > 0 ? scale * in[k] : 0;
}

SKETCHNTK_VECTOR_DISPATCH
void add_gated_opposite(const float* in, const float* gates, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] += gates[k] < 0 ? scale * in[k] : 0;
}

PixelShape activation_output(const PixelShape& input, const PixelPooling& pooling, Index relu) {
    return {pooling.pixels, relu, input.psi};
}

}  // namespace

PixelActivation::PixelActivation(const PixelShape& input, std::unique_ptr<PixelStripStep> before,
                                 PixelPooling pooling, const PixelActivationRule& rule, Seed seed)
    : PixelStep(activation_output(input, pooling, rule.relu)),
      input_(input),
      before_(std::move(before)),
      pooling_(std::move(pooling)),
      rule_(rule),
      seed_(seed) {
    if (rule_.law && rule_.relu + input_.psi > 0)
        random_.emplace(*rule_.law, rule_.whitens() ? 0 : rule_.leading, rule_.relu, input_.psi,
                        dimension(), seed_);
}

Index PixelActivation::dimension() const {
    return rule_.whitening.whitening > 0 ? std::min(rule_.whitening.rank, input_.phi) : input_.phi;
}

Index PixelActivation::wanted_samples() const {
    if (rule_.law && !rule_.whitens())
        return std::clamp<Index>(most_leading_entries / input_.phi, 1, most_leading_patches);
    return std::max(std::min(most_patches, most_patch_entries / input_.phi),
                    2 * learnt_directions());
}

Index PixelActivation::learning_floats(int threads) const {
    // Patches, the same whitened, and covariance, eigenvectors and what finds them; what comes
    // strip by strip is whole while samples are gathered.
    const Index whole = before_ ? threads * input_.count() * (input_.phi + input_.psi) : 0;
    return 2 * wanted_samples() * input_.phi + 4 * input_.phi * input_.phi + whole;
}

void PixelActivation::write_sample(const PixelFeatures& entering, Index pixel,
                                   std::span<float> out) const {
    std::copy_n(entering.phi.row(pixel).data(), input_.phi, out.begin());
}

std::vector<Matrix<float>> PixelActivation::learn(Matrix<float> patches,
                                                  const Execution& execution) const {
    PatchWhitening whitening = learn_patch_whitening(patches, rule_.whitening, execution);
    std::vector<Matrix<float>> learnt(learnt_matrices());
    learnt[2] = patch_directions(patches, whitening, learnt_directions(), execution);
    learnt[0] = std::move(whitening.projection);
    learnt[1] = Matrix<float>(1, learnt[0].rows() + 1);
    std::copy_n(whitening.shift.data(), learnt[0].rows(), learnt[1].data());
    learnt[1](0, learnt[0].rows()) = whitening.contrast_floor;
    if (leading() == 0) return learnt;
    const Matrix<float> vectors = principal_components(patches, leading(), execution).vectors;
    learnt[3] = Matrix<float>(leading(), input_.phi);
    // Patches that are all zero have no leading directions, and need none.
    for (Index k = 0; k < vectors.columns(); ++k)
        as_eigen(learnt[3]).row(k) = as_eigen(vectors).col(k).transpose();
    return learnt;
}

void PixelActivation::set_learnt(std::span<const Matrix<float>> learnt) {
    const Index rank = rule_.whitening.whitening > 0 ? dimension() : 0;
    expect_learnt_shape(learnt[0], rank, input_.phi, "projection");
    expect_learnt_shape(learnt[1], 1, rank + 1, "shift");
    expect_learnt_shape(learnt[2], learnt_directions(), dimension(), "directions");
    expect_learnt_shape(learnt[3], leading(), dimension(), "leading directions");
    whitening_.contrast = rule_.whitening.contrast > 0;
    whitening_.contrast_floor = learnt[1](0, rank);
    whitening_.projection = learnt[0];
    whitening_.shift = Matrix<float>(1, rank);
    std::copy_n(learnt[1].data(), rank, whitening_.shift.data());
    along_patches_ = learnt[2];
    as_eigen(along_patches_) *= std::sqrt(static_cast<float>(dimension()));
    leading_basis_ = learnt[3];
    learnt_ = true;
}

void PixelActivation::draw() {
    if (before_) before_->draw();
    if (random_ && ready()) random_->draw(leading_basis_);
}

Index PixelActivation::products() const {
    return random_ ? random_->count() : learnt_directions();
}

Index PixelActivation::rectifiers() const {
    return random_ ? random_->rectifiers() : rule_.relu;
}

Index PixelActivation::block_columns() const {
    return random_ ? products() : std::min(std::max(rule_.relu, input_.psi), block_directions);
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
    memory.room[coordinates_room] = Matrix<float>(strip, leading());
    if (rule_.whitening.contrast > 0)
        memory.room[normalised_room] = Matrix<float>(strip, input_.phi);
    if (rule_.whitens()) memory.room[whitened_room] = Matrix<float>(strip, dimension());
    if (!before_) return memory;
    memory.room[phi_room] = Matrix<float>(strip, input_.phi);
    memory.room[psi_room] = Matrix<float>(strip, input_.psi);
    memory.chains.emplace_back().emplace_back(PixelShape{}).room = before_->strip_room();
    return memory;
}

Index PixelActivation::memory_floats() const {
    const Index entering = before_ ? input_.phi + input_.psi : 0;
    return output().entries() + (before_ ? before_->strip_room_floats() : 0) +
           strip_pixels() *
               (block_columns() + leading() + (rule_.whitening.contrast > 0 ? input_.phi : 0) +
                (rule_.whitens() ? dimension() : 0) + entering);
}

Index PixelActivation::shared_floats() const {
    Index sum = before_ ? before_->shared_floats() : 0;
    if (random_) sum += random_->shared_floats();
    if (rule_.whitening.whitening > 0) sum += dimension() * (input_.phi + 1);
    return sum + learnt_directions() * dimension();
}

double PixelActivation::flops() const {
    const auto phi = static_cast<double>(input_.phi);
    double of_a_pixel = 3 * static_cast<double>(rule_.relu + input_.psi);
    if (rule_.whitening.contrast > 0) of_a_pixel += 5 * phi;
    if (rule_.whitening.whitening > 0) of_a_pixel += 2 * phi * static_cast<double>(dimension());
    of_a_pixel += 2.0 * static_cast<double>(learnt_directions() * dimension());
    if (random_) of_a_pixel += random_->flops_per_row();
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

void PixelActivation::multiply(MatrixView<const float> z, Index first,
                               MatrixView<float> coordinates, MatrixView<float> out) const {
    if (random_) {
        random_->multiply(z, coordinates, out);
        return;
    }
    as_eigen(out).noalias() =
        as_eigen(z) * as_eigen(along_patches_.view().middle_rows(first, out.columns())).transpose();
}

void PixelActivation::rectify(const Strip& strip, Index first, MatrixView<const float> products,
                              Matrix<float>& out) const {
    const float scale = pooling_.weight / std::sqrt(static_cast<float>(rule_.relu));
    const Index pairs = rule_.relu - rectifiers();
    for (Index i = 0; i < products.rows(); ++i)
        for (const Index window : pooling_.outputs[static_cast<std::size_t>(strip.first + i)]) {
            const float* in = products.row(i).data();
            float* to = out.row(window).data();
            add_rectified(in, scale, to + first, products.columns());
            add_rectified_opposite(in, scale, to + rectifiers(), pairs);
        }
}

void PixelActivation::gate(const Strip& strip, Index first, MatrixView<const float> products,
                           Matrix<float>& out) const {
    const Index gates = this->products() - rectifiers();
    const Index pairs = input_.psi - gates;
    for (Index i = 0; i < products.rows(); ++i)
        for (const Index window : pooling_.outputs[static_cast<std::size_t>(strip.first + i)]) {
            const float* in = products.row(i).data();
            const float* psi = strip.psi.row(i).data();
            float* to = out.row(window).data();
            add_gated(psi + first, in, pooling_.weight, to + first, products.columns());
            add_gated_opposite(psi + gates, in, pooling_.weight, to + gates, pairs);
        }
}

// What the products with some directions give: those of rectifiers stand before those of gates.
void PixelActivation::use(const Strip& strip, Index first, MatrixView<const float> products,
                          PixelFeatures& out) const {
    const Index of_rectifiers = std::clamp<Index>(rectifiers() - first, 0, products.columns());
    const Index of_gates = products.columns() - of_rectifiers;
    if (of_rectifiers > 0)
        rectify(strip, first, products.middle_columns(0, of_rectifiers), out.phi);
    if (of_gates > 0)
        gate(strip, first + of_rectifiers - rectifiers(),
             products.middle_columns(of_rectifiers, of_gates), out.psi);
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
    if (rule_.whitens()) {
        const MatrixView<float> whitened = memory.room[whitened_room].view().middle_rows(0, pixels);
        whiten(z, memory.room[normalised_room], whitened);
        z = whitened;
    }
    for (Index first = 0; first < products(); first += block_columns()) {
        const MatrixView<float> block =
            memory.room[products_room].view().middle_rows(0, pixels).middle_columns(
                0, std::min(block_columns(), products() - first));
        multiply(z, first, memory.room[coordinates_room].view().middle_rows(0, pixels), block);
        use(strip, first, block, memory.output);
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

const PixelFeatures* PixelActivation::entering(const PixelLearner& target, const PixelFeatures& in,
                                               StepMemory& memory) const {
    if (&target != this) return before_ ? before_->entering(target, in, memory) : nullptr;
    if (!before_) return &in;
    // All pixels at once are wanted while patches are gathered, and only then.
    constexpr std::size_t whole = 1;
    if (memory.chains.size() == whole) memory.chains.emplace_back().push_back(before_->memory());
    StepMemory& of_before = memory.chains[whole].front();
    before_->apply(in, of_before);
    return &of_before.output;
}

}  // namespace sketchntk
