#include "features/pixel_sketched_activation.hpp"

#include "features/row_length.hpp"
#include "features/sketch_bytes.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace sketchntk {

namespace {

// Pixels that are sketched at once.
constexpr Index strip_of_pixels = 128;

// The constant of p1 has a column of its own.
Index sketched_phi(Index wanted) {
    return wanted == 0 ? 0 : std::max<Index>(wanted, 2);
}

void scale_row(std::span<float> row, double scale) {
    for (float& value : row) value *= static_cast<float>(scale);
}

double length_of(std::span<const float> row) {
    return std::sqrt(sum_of_squares(row));
}

void write_unit_rows(MatrixView<const float> z, MatrixView<float> unit, std::span<double> lengths) {
    for (Index i = 0; i < z.rows(); ++i) {
        std::copy_n(z.row(i).data(), z.columns(), unit.row(i).data());
        const double length = length_of(z.row(i));
        if (length > 0) scale_row(unit.row(i), 1 / length);
        lengths[static_cast<std::size_t>(i)] = length;
    }
}

}  // namespace

PixelSketchedActivation::PixelSketchedActivation(PixelActivationPlace place,
                                                 const ActivationPolynomials& polynomials,
                                                 Seed seed)
    : PixelStep({place.pooling.pixels, sketched_phi(place.phi), place.psi}),
      input_(std::move(place.input)),
      pooling_(std::move(place.pooling)),
      activation_behind_(place.activation_behind) {
    if (output().phi > 0)
        phi_ = std::make_unique<const DrawnSketch<sketches::PolynomialSketch>>(
            sketches::PolynomialSketch(input_.phi, output().phi, polynomials.kappa1,
                                       seed.child(0)));
    if (output().psi > 0)
        psi_ = std::make_unique<const DrawnSketch<sketches::PolynomialProductSketch>>(
            sketches::PolynomialProductSketch(input_.phi, input_.psi, output().psi,
                                              polynomials.kappa0, seed.child(1)));
}

template <typename Use>
void PixelSketchedActivation::for_each_sketch(const Use& use) const {
    if (phi_) use(*phi_);
    if (psi_) use(*psi_);
}

Index PixelSketchedActivation::strip() const {
    return std::min(strip_of_pixels, input_.count());
}

void PixelSketchedActivation::draw() {
    for_each_sketch([](const auto& sketch) { static_cast<void>(sketch.plan()); });
}

StepMemory PixelSketchedActivation::memory() const {
    StepMemory memory(output());
    memory.room.emplace_back(strip(), input_.phi);
    memory.room.emplace_back(strip(), std::max(output().phi, output().psi));
    return memory;
}

Index PixelSketchedActivation::memory_floats() const {
    std::int64_t of_sketch = 0;
    for_each_sketch([&](const auto& sketch) {
        of_sketch = std::max(of_sketch, sketch_bytes(sketch.distribution()).of_thread);
    });
    return output().entries() + strip() * (input_.phi + std::max(output().phi, output().psi)) +
           static_cast<Index>(of_sketch / static_cast<std::int64_t>(sizeof(float)));
}

Index PixelSketchedActivation::shared_floats() const {
    std::int64_t bytes = 0;
    for_each_sketch(
        [&](const auto& sketch) { bytes += sketch_bytes(sketch.distribution()).shared; });
    return static_cast<Index>(bytes / static_cast<std::int64_t>(sizeof(float)));
}

double PixelSketchedActivation::flops() const {
    double of_a_pixel = 3.0 * static_cast<double>(input_.phi + output().phi + output().psi);
    for_each_sketch([&](const auto& sketch) { of_a_pixel += sketch.distribution().flops(1); });
    return static_cast<double>(input_.count()) * of_a_pixel;
}

void PixelSketchedActivation::scale_phi(std::span<float> phi, double length) const {
    double scale = length / std::sqrt(2.0);
    // Its length is known but for the errors of sketch and polynomial, which the next polynomial
    // would blow up.
    const double sketched = activation_behind_ ? length_of(phi) : 1;
    if (sketched > 0) scale /= sketched;
    scale_row(phi, scale);
}

void PixelSketchedActivation::apply(const PixelFeatures& in, StepMemory& memory) const {
    PixelFeatures& out = memory.output;
    std::fill_n(out.phi.data(), out.phi.rows() * out.phi.columns(), 0.0F);
    std::fill_n(out.psi.data(), out.psi.rows() * out.psi.columns(), 0.0F);
    std::array<double, strip_of_pixels> lengths{};
    for (Index first = 0; first < input_.count(); first += strip()) {
        const Index count = std::min(strip(), input_.count() - first);
        const MatrixView<float> unit = memory.room[0].view().middle_rows(0, count);
        write_unit_rows(in.phi.view().middle_rows(first, count), unit, lengths);
        const MatrixView<float> room = memory.room[1].view().middle_rows(0, count);
        if (phi_) {
            const MatrixView<float> phi = room.middle_columns(0, output().phi);
            phi_->plan().apply(MatrixView<const float>(unit), phi, {.threads = 1});
            for (Index i = 0; i < count; ++i)
                scale_phi(phi.row(i), lengths[static_cast<std::size_t>(i)]);
            pooling_.add(phi, first, out.phi);
        }
        if (psi_) {
            const MatrixView<float> psi = room.middle_columns(0, output().psi);
            psi_->plan().apply(MatrixView<const float>(unit),
                               in.psi.view().middle_rows(first, count), psi, {.threads = 1});
            for (Index i = 0; i < count; ++i) scale_row(psi.row(i), 1 / std::sqrt(2.0));
            pooling_.add(psi, first, out.psi);
        }
    }
}

}  // namespace sketchntk
