#pragma once

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace sketchntk {

class PixelLearner;

/// What features the pixels of an image have between two layers: phi, whose inner products stand
/// for the covariances S of `TensorKernel`, and psi, for its T. A row counts as one pixel.
struct PixelShape {
    ImageShape pixels;
    Index phi = 0;
    Index psi = 0;  ///< 0 where no layer before is trained

    [[nodiscard]] Index count() const { return pixel_count(pixels); }
    [[nodiscard]] Index entries() const { return count() * (phi + psi); }
};

/// Features of one image.
struct PixelFeatures {
    PixelFeatures() = default;
    explicit PixelFeatures(const PixelShape& shape)
        : phi(shape.count(), shape.phi), psi(shape.count(), shape.psi) {}

    Matrix<float> phi;  ///< pixels x features
    Matrix<float> psi;
};

/// What a thread keeps for a step: its result, and room to work in.
struct StepMemory {
    explicit StepMemory(const PixelShape& shape) : output(shape) {}

    PixelFeatures output;
    std::vector<Matrix<float>> room;
    std::vector<std::vector<StepMemory>> chains;  ///< of steps made of others
};

/// One layer, or some that are computed at once, on the features of one image.
class PixelStep {
  public:
    explicit PixelStep(PixelShape output) : output_(std::move(output)) {}
    virtual ~PixelStep() = default;

    [[nodiscard]] const PixelShape& output() const { return output_; }

    /// Draws what is random; before anything is applied, and again when more has been learnt.
    virtual void draw() {}
    [[nodiscard]] virtual StepMemory memory() const { return StepMemory(output_); }
    /// Writes `memory.output`. The result depends on the image alone, to the bit.
    virtual void apply(const PixelFeatures& in, StepMemory& memory) const = 0;

    /// Floating-point operations an image.
    [[nodiscard]] virtual double flops() const { return 0; }
    /// Floats that all threads share.
    [[nodiscard]] virtual Index shared_floats() const { return 0; }
    /// Floats in `memory()`.
    [[nodiscard]] virtual Index memory_floats() const { return output_.entries(); }

    /// Calls `visit` for each part of this step that may learn, in the order of the layers.
    virtual void for_each_learner(const std::function<void(PixelLearner&)>&) {}
    /// The features that enter `target`, if it lies within this step; otherwise null.
    [[nodiscard]] virtual const PixelFeatures* entering(const PixelLearner&, const PixelFeatures&,
                                                        StepMemory&) const {
        return nullptr;
    }

  private:
    PixelShape output_;
};

/// A step whose pixels can be written some at a time, so that an activation behind it takes them as
/// they come and the whole is never in memory.
class PixelStripStep : public PixelStep {
  public:
    using PixelStep::PixelStep;

    /// Room to work in, without the result of `apply`.
    [[nodiscard]] virtual std::vector<Matrix<float>> strip_room() const = 0;
    [[nodiscard]] virtual Index strip_room_floats() const = 0;
    /// Before the first strip of an image.
    virtual void begin_strips(const PixelFeatures& in, std::vector<Matrix<float>>& room) const = 0;
    /// Writes the pixels from `first` on, one to each row of phi and psi.
    virtual void write_strip(const PixelFeatures& in, std::vector<Matrix<float>>& room, Index first,
                             MatrixView<float> phi, MatrixView<float> psi) const = 0;

    [[nodiscard]] StepMemory memory() const override;
    void apply(const PixelFeatures& in, StepMemory& memory) const override;
    [[nodiscard]] Index memory_floats() const override {
        return output().entries() + strip_room_floats();
    }
};

/// Steps one after the other.
class PixelChain {
  public:
    using Memory = std::vector<StepMemory>;

    explicit PixelChain(PixelShape input) : input_(std::move(input)) {}

    void add(std::unique_ptr<PixelStep> step) { steps_.push_back(std::move(step)); }

    [[nodiscard]] const PixelShape& output() const {
        return steps_.empty() ? input_ : steps_.back()->output();
    }
    void draw();
    [[nodiscard]] Memory memory() const;
    /// The features behind the last step: within `memory`, or `in` itself where there is no step.
    [[nodiscard]] const PixelFeatures& run(const PixelFeatures& in, Memory& memory) const;
    /// The features that enter `target`; null if it is not in this chain.
    [[nodiscard]] const PixelFeatures* entering(const PixelLearner& target, const PixelFeatures& in,
                                                Memory& memory) const;
    void for_each_learner(const std::function<void(PixelLearner&)>& visit) const;

    [[nodiscard]] double flops() const;
    [[nodiscard]] Index shared_floats() const;
    [[nodiscard]] Index memory_floats() const;

  private:
    PixelShape input_;
    std::vector<std::unique_ptr<PixelStep>> steps_;
};

}  // namespace sketchntk
