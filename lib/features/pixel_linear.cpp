#include "features/pixel_linear.hpp"

#include "core/dispatch.hpp"

#include <algorithm>
#include <cmath>

namespace sketchntk {

namespace {

// Rows of the stream from which the signs come.
constexpr Index fold_row = 0;
constexpr Index bias_row = 1;
constexpr Index rotation_row = 2;
constexpr Index first_window_row = 3;

PixelShape linear_output(const PixelShape& input, ImageShape pixels, Index window,
                         const PixelWeights& weights) {
    PixelShape output{std::move(pixels), window * input.phi + (weights.b_std > 0 ? 1 : 0),
                      input.psi};
    if (!weights.gains) return output;
    if (!weights.activation_behind)
        output.psi += output.phi;
    else if (input.psi == 0)
        output.psi = weights.psi;
    return output;
}

SKETCHNTK_VECTOR_DISPATCH
void add_signed(const float* in, const float* signs, float scale, float* out, Index count) {
    for (Index k = 0; k < count; ++k) out[k] += scale * signs[k] * in[k];
}

// out += the row brought to the dimension of out; an unbiased stand-in for it.
void add_folded(std::span<const float> row, const std::vector<float>& signs, std::span<float> out) {
    const auto from = static_cast<Index>(row.size());
    const auto to = static_cast<Index>(out.size());
    if (from > to) {
        for (Index first = 0; first < from; first += to)
            add_signed(row.data() + first, signs.data() + first, 1, out.data(),
                       std::min(to, from - first));
        return;
    }
    for (Index first = 0; first < to; first += from) {
        // Coordinate j has this many copies; those of the first coordinates one more.
        const Index copies = to / from;
        const Index with_one_more = to % from;
        const Index count = std::min(from, to - first);
        const Index more = std::min(with_one_more, count);
        const auto scale = [](Index of) { return 1 / std::sqrt(static_cast<float>(of)); };
        add_signed(row.data(), signs.data() + first, scale(copies + 1), out.data() + first, more);
        add_signed(row.data() + more, signs.data() + first + more, scale(copies),
                   out.data() + first + more, count - more);
    }
}

}  // namespace

float PixelWeights::scale(Index window) const {
    return static_cast<float>(w_std / std::sqrt(static_cast<double>(window)));
}

void write_patch(const Matrix<float>& in, const std::vector<Index>& window, float scale,
                 std::span<float> out) {
    float* next = out.data();
    for (const Index seen : window) {
        if (seen < 0) {
            std::fill_n(next, in.columns(), 0.0F);
        } else {
            const float* row = in.row(seen).data();
            for (Index j = 0; j < in.columns(); ++j) next[j] = scale * row[j];
        }
        next += in.columns();
    }
}

PixelLinear::PixelLinear(const PixelShape& input, ImageShape pixels, LayerWindows windows,
                         const PixelWeights& weights, Seed seed)
    : PixelStripStep(linear_output(input, std::move(pixels),
                                   static_cast<Index>(windows.front().size()), weights)),
      windows_(std::move(windows)),
      weights_(weights),
      input_pixels_(input.count()),
      phi_before_(input.phi),
      psi_before_(input.psi),
      seed_(seed) {}

bool PixelLinear::psi_begins() const {
    return weights_.gains && weights_.activation_behind && !has_psi();
}

bool PixelLinear::adds_phi() const {
    return weights_.gains && weights_.activation_behind && has_psi();
}

void PixelLinear::draw() {
    const RandomStream stream(seed_, 0);
    const auto signs = [&stream](Index row, Index count) {
        std::vector<float> result(static_cast<std::size_t>(count));
        stream.fill_signs(row, 0, result);
        return result;
    };
    const Index psi = psi_begins() ? output().psi : psi_before_;
    if (psi_begins() || adds_phi())
        fold_signs_ = signs(fold_row, std::max(psi, psi_begins() ? output().phi : phi_before_));
    if (!has_psi()) return;
    bias_.assign(static_cast<std::size_t>(psi), 0.0F);
    if (adds_phi() && weights_.b_std > 0) {
        bias_ = signs(bias_row, psi);
        for (float& entry : bias_)
            entry *= static_cast<float>(weights_.b_std / std::sqrt(static_cast<double>(psi)));
    }
    if (window() == 1) {
        // Nothing is added up: neither signs nor rotations have a task.
        window_signs_ = Matrix<float>(1, psi);
        std::fill_n(window_signs_.data(), psi, 1.0F);
        rotations_ = {0};
        return;
    }
    window_signs_ = Matrix<float>(window(), psi);
    rotations_.clear();
    for (Index a = 0; a < window(); ++a) {
        stream.fill_signs(first_window_row + a, 0, window_signs_.row(a));
        rotations_.push_back(stream.uniform_index(rotation_row, a, psi));
    }
}

std::vector<Matrix<float>> PixelLinear::strip_room() const {
    std::vector<Matrix<float>> room;
    room.emplace_back(adds_phi() ? input_pixels_ : 0, psi_before_);
    return room;
}

Index PixelLinear::strip_room_floats() const {
    return adds_phi() ? input_pixels_ * psi_before_ : 0;
}

Index PixelLinear::shared_floats() const {
    const Index psi = has_psi() ? psi_before_ : psi_begins() ? output().psi : 0;
    const Index phi = psi_begins() ? output().phi : adds_phi() ? phi_before_ : 0;
    return (has_psi() ? (window() + 1) * psi : 0) + std::max(psi, phi);
}

double PixelLinear::flops() const {
    const auto pixels = static_cast<double>(output().count());
    double sum = pixels * static_cast<double>(output().phi);
    if (has_psi()) sum += 3 * pixels * static_cast<double>(window() * psi_before_);
    if (psi_begins()) sum += 2 * pixels * static_cast<double>(std::max(output().phi, output().psi));
    if (adds_phi())
        sum += 2.0 * static_cast<double>(input_pixels_ * std::max(phi_before_, psi_before_));
    return sum;
}

void PixelLinear::write_phi(const Matrix<float>& in, Index pixel, std::span<float> out) const {
    write_patch(in, windows_[static_cast<std::size_t>(pixel)], weights_.scale(window()), out);
    if (weights_.b_std > 0) out.back() = static_cast<float>(weights_.b_std);
}

void PixelLinear::mix(const PixelFeatures& in, Matrix<float>& mixed) const {
    for (Index i = 0; i < input_pixels_; ++i) {
        std::copy_n(in.psi.row(i).data(), psi_before_, mixed.row(i).data());
        add_folded(in.phi.row(i), fold_signs_, mixed.row(i));
    }
}

void PixelLinear::write_psi(const Matrix<float>& mixed, Index pixel, std::span<float> out) const {
    const float scale = weights_.scale(window());
    std::copy(bias_.begin(), bias_.end(), out.begin());
    const auto& seen = windows_[static_cast<std::size_t>(pixel)];
    for (std::size_t a = 0; a < seen.size(); ++a) {
        if (seen[a] < 0) continue;
        const float* row = mixed.row(seen[a]).data();
        const float* signs = window_signs_.row(static_cast<Index>(a)).data();
        const Index rotation = rotations_[a];
        const Index head = psi_before_ - rotation;
        add_signed(row + rotation, signs, scale, out.data(), head);
        add_signed(row, signs + head, scale, out.data() + head, rotation);
    }
}

void PixelLinear::begin_strips(const PixelFeatures& in, std::vector<Matrix<float>>& room) const {
    if (adds_phi()) mix(in, room.front());
}

void PixelLinear::write_strip(const PixelFeatures& in, const std::vector<Matrix<float>>& room,
                              Index first, MatrixView<float> phi_out,
                              MatrixView<float> psi_out) const {
    for (Index i = 0; i < phi_out.rows(); ++i) {
        const std::span<float> phi = phi_out.row(i);
        const std::span<float> psi = psi_out.row(i);
        write_phi(in.phi, first + i, phi);
        if (psi_begins()) {
            std::fill(psi.begin(), psi.end(), 0.0F);
            add_folded(phi, fold_signs_, psi);
        }
        if (has_psi())
            write_psi(adds_phi() ? room.front() : in.psi, first + i,
                      psi.first(static_cast<std::size_t>(psi_before_)));
        if (weights_.gains && !weights_.activation_behind)
            std::copy(phi.begin(), phi.end(), psi.begin() + psi_before_);
    }
}

}  // namespace sketchntk
