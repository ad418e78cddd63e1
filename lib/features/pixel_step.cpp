#include "features/pixel_step.hpp"

#include "features/pixel_learner.hpp"

namespace sketchntk {

StepMemory PixelStripStep::memory() const {
    StepMemory memory(output());
    memory.room = strip_room();
    return memory;
}

void PixelStripStep::apply(const PixelFeatures& in, StepMemory& memory) const {
    begin_strips(in, memory.room);
    write_strip(in, memory.room, 0, memory.output.phi, memory.output.psi);
}

void PixelChain::draw() {
    for (const auto& step : steps_) step->draw();
}

PixelChain::Memory PixelChain::memory() const {
    Memory memory;
    for (const auto& step : steps_) memory.push_back(step->memory());
    return memory;
}

const PixelFeatures& PixelChain::run(const PixelFeatures& in, Memory& memory) const {
    const PixelFeatures* features = &in;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        steps_[i]->apply(*features, memory[i]);
        features = &memory[i].output;
    }
    return *features;
}

const PixelFeatures* PixelChain::entering(const PixelLearner& target, const PixelFeatures& in,
                                          Memory& memory) const {
    const PixelFeatures* features = &in;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        const PixelFeatures* found = steps_[i]->entering(target, *features, memory[i]);
        if (found != nullptr) return found;
        steps_[i]->apply(*features, memory[i]);
        features = &memory[i].output;
    }
    return nullptr;
}

void PixelChain::for_each_learner(const std::function<void(PixelLearner&)>& visit) const {
    for (const auto& step : steps_) step->for_each_learner(visit);
}

double PixelChain::flops() const {
    double sum = 0;
    for (const auto& step : steps_) sum += step->flops();
    return sum;
}

Index PixelChain::shared_floats() const {
    Index sum = 0;
    for (const auto& step : steps_) sum += step->shared_floats();
    return sum;
}

Index PixelChain::memory_floats() const {
    Index sum = 0;
    for (const auto& step : steps_) sum += step->memory_floats();
    return sum;
}

}  // namespace sketchntk
