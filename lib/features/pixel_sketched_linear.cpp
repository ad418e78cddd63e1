#include "features/pixel_sketched_linear.hpp"

#include <algorithm>

namespace sketchntk {

namespace {

// Patches of psi that are written out at once.
constexpr Index strip_of_patches = 128;

struct PsiColumns {
    Index patch;     ///< what enters the SRHT
    Index sketched;  ///< what leaves it
};

PsiColumns psi_columns(Index psi_before, Index window, Index phi, const PixelWeights& weights) {
    Index patch = window * psi_before;
    if (!weights.activation_behind) return {patch, psi_before};
    if (weights.gains) patch += phi;
    return {patch, std::min(patch, weights.psi)};
}

PixelShape sketched_output(const PixelShape& input, ImageShape pixels, Index window,
                           const PixelWeights& weights) {
    const Index phi = window * input.phi + (weights.b_std > 0 ? 1 : 0);
    Index psi = psi_columns(input.psi, window, phi, weights).sketched;
    if (weights.gains && !weights.activation_behind) psi += phi;
    return {std::move(pixels), phi, psi};
}

}  // namespace

PixelSketchedLinear::PixelSketchedLinear(const PixelShape& input, ImageShape pixels,
                                         LayerWindows windows, const PixelWeights& weights,
                                         Seed seed)
    : PixelStep(sketched_output(input, std::move(pixels),
                                static_cast<Index>(windows.front().size()), weights)),
      windows_(std::move(windows)),
      weights_(weights),
      psi_before_(input.psi) {
    if (patch_columns() > sketched_columns())
        srht_ = std::make_unique<const DrawnSketch<sketches::FourierSrht>>(
            sketches::FourierSrht(patch_columns(), sketched_columns(), seed));
}

bool PixelSketchedLinear::phi_is_sketched() const {
    return weights_.gains && weights_.activation_behind;
}

bool PixelSketchedLinear::phi_is_beside() const {
    return weights_.gains && !weights_.activation_behind;
}

Index PixelSketchedLinear::patch_columns() const {
    return psi_columns(psi_before_, window(), output().phi, weights_).patch;
}

Index PixelSketchedLinear::sketched_columns() const {
    return psi_columns(psi_before_, window(), output().phi, weights_).sketched;
}

Index PixelSketchedLinear::strip() const {
    return srht_ ? std::min(strip_of_patches, output().count()) : 0;
}

void PixelSketchedLinear::draw() {
    if (srht_) static_cast<void>(srht_->plan());
}

StepMemory PixelSketchedLinear::memory() const {
    StepMemory memory(output());
    memory.room.emplace_back(strip(), patch_columns());
    return memory;
}

Index PixelSketchedLinear::memory_floats() const {
    // The SRHT pads a row and transforms it.
    const Index of_srht = srht_ ? 2 * srht_->distribution().padded_dimension() + 2 : 0;
    return output().entries() + strip() * patch_columns() + of_srht;
}

Index PixelSketchedLinear::shared_floats() const {
    return srht_ ? static_cast<Index>(srht_->distribution().bytes() /
                                      static_cast<std::int64_t>(sizeof(float)))
                 : 0;
}

double PixelSketchedLinear::flops() const {
    const Index of_phi = output().phi * (phi_is_beside() ? 2 : 1);
    double of_a_pixel = static_cast<double>(of_phi + patch_columns());
    if (srht_) of_a_pixel += srht_->distribution().flops(1);
    return static_cast<double>(output().count()) * of_a_pixel;
}

void PixelSketchedLinear::write_phi(const Matrix<float>& in, Index pixel,
                                    std::span<float> out) const {
    write_patch(in, windows_[static_cast<std::size_t>(pixel)], weights_.scale(window()), out);
    if (weights_.b_std > 0) out.back() = static_cast<float>(weights_.b_std);
}

void PixelSketchedLinear::write_psi(const PixelFeatures& in, Index pixel,
                                    std::span<const float> phi, std::span<float> out) const {
    write_patch(in.psi, windows_[static_cast<std::size_t>(pixel)], weights_.scale(window()), out);
    if (phi_is_sketched()) std::copy(phi.begin(), phi.end(), out.end() - output().phi);
}

void PixelSketchedLinear::apply(const PixelFeatures& in, StepMemory& memory) const {
    PixelFeatures& out = memory.output;
    const Index pixels = output().count();
    for (Index i = 0; i < pixels; ++i) write_phi(in.phi, i, out.phi.row(i));
    if (srht_) {
        for (Index first = 0; first < pixels; first += strip()) {
            const Index count = std::min(strip(), pixels - first);
            const MatrixView<float> patches = memory.room.front().view().middle_rows(0, count);
            for (Index i = 0; i < count; ++i)
                write_psi(in, first + i, out.phi.row(first + i), patches.row(i));
            const MatrixView<float> psi = out.psi.view().middle_rows(first, count);
            srht_->plan().apply(MatrixView<const float>(patches),
                                psi.middle_columns(0, sketched_columns()), {.threads = 1});
        }
    } else {
        const auto columns = static_cast<std::size_t>(sketched_columns());
        for (Index i = 0; i < pixels; ++i)
            write_psi(in, i, out.phi.row(i), out.psi.row(i).first(columns));
    }
    if (!phi_is_beside()) return;
    for (Index i = 0; i < pixels; ++i)
        std::copy_n(out.phi.row(i).data(), output().phi,
                    out.psi.row(i).data() + sketched_columns());
}

}  // namespace sketchntk
