#pragma once

#include <sketchntk/sketches/operator.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sketchntk::sketches {

/// A row sketch of whatever kind: for sketches that are chosen at run time, by name or from a file.
/// A value like the sketch it holds; a sketch of one's own may be put in as well.
///
/// It takes sparse rows even if the sketch inside does not: those are written out, a few rows at a
/// time.
class AnySketch {
  public:
    class Plan;

    // The cheap questions first: whether other types are sketches may depend on whether they
    // convert to this one.
    template <typename Sketch>
    requires(requires { typename Sketch::Plan; } && !std::same_as<Sketch, AnySketch> &&
             RowSketch<Sketch>) AnySketch(const Sketch& sketch)
        : held_(std::make_shared<const Held<Sketch>>(sketch)) {}

    /// The sketch that is described.
    /// @throws InvalidArgument for an unknown name (with the nearest known one) and for whatever
    ///   the sketch does not accept.
    [[nodiscard]] static AnySketch from_description(const OperatorDescription& description);

    [[nodiscard]] Index input_dimension() const { return held_->input_dimension(); }
    [[nodiscard]] Index output_dimension() const { return held_->output_dimension(); }
    [[nodiscard]] Seed seed() const { return held_->description().seed; }
    [[nodiscard]] std::int64_t bytes() const { return held_->bytes(); }
    [[nodiscard]] double flops(Index rows) const { return held_->flops(rows); }
    [[nodiscard]] OperatorDescription description() const { return held_->description(); }

    /// Whether the sketch inside has a closed-form variance.
    [[nodiscard]] bool has_known_variance() const { return held_->has_known_variance(); }
    /// Var <S x, S y>.
    /// @throws NotAvailable if it is not known in closed form.
    [[nodiscard]] double variance(std::span<const float> x, std::span<const float> y) const {
        return held_->variance(x, y);
    }

    /// Two are equal if their descriptions are: a description determines the operator.
    bool operator==(const AnySketch& other) const { return description() == other.description(); }

  private:
    class DrawnSketch {
      public:
        virtual ~DrawnSketch() = default;
        virtual void apply(MatrixView<const float> x, MatrixView<float> out,
                           const Execution& execution) const = 0;
        virtual void apply(SparseRowsView x, MatrixView<float> out,
                           const Execution& execution) const = 0;
    };

    class HeldSketch {
      public:
        virtual ~HeldSketch() = default;
        [[nodiscard]] virtual Index input_dimension() const = 0;
        [[nodiscard]] virtual Index output_dimension() const = 0;
        [[nodiscard]] virtual std::int64_t bytes() const = 0;
        [[nodiscard]] virtual double flops(Index rows) const = 0;
        [[nodiscard]] virtual OperatorDescription description() const = 0;
        [[nodiscard]] virtual bool has_known_variance() const = 0;
        [[nodiscard]] virtual double variance(std::span<const float> x,
                                              std::span<const float> y) const = 0;
        [[nodiscard]] virtual std::shared_ptr<const DrawnSketch> draw() const = 0;
    };

    template <RowSketch Sketch>
    class Drawn;
    template <RowSketch Sketch>
    class Held;

    [[noreturn]] static void throw_unknown_variance(const OperatorDescription& description);
    static void write_out_and_apply(const DrawnSketch& drawn, SparseRowsView x,
                                    MatrixView<float> out, const Execution& execution);

    std::shared_ptr<const HeldSketch> held_;
};

template <RowSketch Sketch>
class AnySketch::Drawn final : public DrawnSketch {
  public:
    explicit Drawn(const Sketch& sketch) : plan_(sketch) {}

    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution) const override {
        plan_.apply(x, out, execution);
    }
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution) const override {
        if constexpr (SparseRowSketch<Sketch>) {
            plan_.apply(x, out, execution);
        } else {
            write_out_and_apply(*this, x, out, execution);
        }
    }

  private:
    typename Sketch::Plan plan_;
};

template <RowSketch Sketch>
class AnySketch::Held final : public HeldSketch {
  public:
    explicit Held(const Sketch& sketch) : sketch_(sketch) {}

    [[nodiscard]] Index input_dimension() const override { return sketch_.input_dimension(); }
    [[nodiscard]] Index output_dimension() const override { return sketch_.output_dimension(); }
    [[nodiscard]] std::int64_t bytes() const override { return sketch_.bytes(); }
    [[nodiscard]] double flops(Index rows) const override { return sketch_.flops(rows); }
    [[nodiscard]] OperatorDescription description() const override { return sketch_.description(); }
    [[nodiscard]] bool has_known_variance() const override { return KnownVariance<Sketch>; }
    [[nodiscard]] double variance(std::span<const float> x,
                                  std::span<const float> y) const override {
        if constexpr (KnownVariance<Sketch>) {
            return sketch_.variance(x, y);
        } else {
            throw_unknown_variance(sketch_.description());
        }
    }
    [[nodiscard]] std::shared_ptr<const DrawnSketch> draw() const override {
        return std::make_shared<const Drawn<Sketch>>(sketch_);
    }

  private:
    Sketch sketch_;
};

/// The drawn form of the sketch inside; a handle, cheap to copy.
class AnySketch::Plan {
  public:
    /// A template, so that no sketch is converted on the way: whether a Plan is a sketch would
    /// otherwise depend on itself.
    template <std::same_as<AnySketch> Sketch>
    explicit Plan(const Sketch& sketch) : distribution_(sketch), drawn_(sketch.held_->draw()) {}

    [[nodiscard]] const AnySketch& distribution() const { return distribution_; }

    void apply(MatrixView<const float> x, MatrixView<float> out,
               const Execution& execution = {}) const {
        drawn_->apply(x, out, execution);
    }
    void apply(SparseRowsView x, MatrixView<float> out, const Execution& execution = {}) const {
        drawn_->apply(x, out, execution);
    }

  private:
    AnySketch distribution_;
    std::shared_ptr<const DrawnSketch> drawn_;
};

/// The names of the sketches of this library, sorted: what `AnySketch::from_description` knows.
[[nodiscard]] std::vector<std::string> sketch_names();

}  // namespace sketchntk::sketches
