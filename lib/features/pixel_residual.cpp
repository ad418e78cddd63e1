#include "features/pixel_residual.hpp"

#include <algorithm>

namespace sketchntk {

namespace {

bool adds_both(const PixelShape& branch, const PixelShape& shortcut, bool keeps_psi) {
    return keeps_psi && branch.psi > 0 && shortcut.psi > 0;
}

PixelShape sum_of(const PixelShape& branch, const PixelShape& shortcut, bool keeps_psi) {
    const bool adds = adds_both(branch, shortcut, keeps_psi);
    return {branch.pixels, branch.phi + shortcut.phi,
            adds ? branch.psi : branch.psi + shortcut.psi};
}

void put_beside(std::span<const float> left, std::span<const float> right, std::span<float> out) {
    std::copy(right.begin(), right.end(), std::copy(left.begin(), left.end(), out.begin()));
}

}  // namespace

PixelResidual::PixelResidual(PixelChain branch, PixelChain shortcut, bool keeps_psi, Seed seed)
    : PixelStep(sum_of(branch.output(), shortcut.output(), keeps_psi)),
      branch_(std::move(branch)),
      shortcut_(std::move(shortcut)),
      keeps_psi_(keeps_psi),
      seed_(seed) {}

bool PixelResidual::adds_psi() const {
    return adds_both(branch_.output(), shortcut_.output(), keeps_psi_);
}

void PixelResidual::draw() {
    branch_.draw();
    shortcut_.draw();
    if (!adds_psi()) return;
    signs_.resize(static_cast<std::size_t>(output().psi));
    RandomStream(seed_, 0).fill_signs(0, 0, signs_);
}

StepMemory PixelResidual::memory() const {
    StepMemory memory(output());
    memory.chains.push_back(branch_.memory());
    memory.chains.push_back(shortcut_.memory());
    return memory;
}

void PixelResidual::apply(const PixelFeatures& in, StepMemory& memory) const {
    const PixelFeatures& left = branch_.run(in, memory.chains[0]);
    const PixelFeatures& right = shortcut_.run(in, memory.chains[1]);
    for (Index i = 0; i < output().count(); ++i) {
        put_beside(left.phi.row(i), right.phi.row(i), memory.output.phi.row(i));
        const std::span<float> psi = memory.output.psi.row(i);
        if (!adds_psi()) {
            put_beside(left.psi.row(i), right.psi.row(i), psi);
            continue;
        }
        const std::span<const float> a = left.psi.row(i), b = right.psi.row(i);
        for (std::size_t k = 0; k < psi.size(); ++k) psi[k] = a[k] + signs_[k] * b[k];
    }
}

double PixelResidual::flops() const {
    return branch_.flops() + shortcut_.flops() +
           (adds_psi() ? 2.0 * static_cast<double>(output().count() * output().psi) : 0);
}

Index PixelResidual::shared_floats() const {
    return branch_.shared_floats() + shortcut_.shared_floats() + (adds_psi() ? output().psi : 0);
}

Index PixelResidual::memory_floats() const {
    return output().entries() + branch_.memory_floats() + shortcut_.memory_floats();
}

void PixelResidual::for_each_learner(const std::function<void(PixelLearner&)>& visit) {
    branch_.for_each_learner(visit);
    shortcut_.for_each_learner(visit);
}

const PixelFeatures* PixelResidual::entering(const PixelLearner& target, const PixelFeatures& in,
                                             StepMemory& memory) const {
    const PixelFeatures* found = branch_.entering(target, in, memory.chains[0]);
    return found != nullptr ? found : shortcut_.entering(target, in, memory.chains[1]);
}

}  // namespace sketchntk
