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

// Pixels whose leading components are worked out at once.
constexpr Index strip_of_components = 32;

// What a thread keeps, by place in the room: psi + fold(phi) of each pixel that enters; its
// coordinates in the leading basis, and what it adds to leading components; those of some pixels.
enum LinearRoom : std::size_t { mixed_room, basis_room, added_room, components_room, linear_rooms };

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
                         const PixelWeights& weights, Index most_leading, Seed seed)
    : PixelStripStep(linear_output(input, std::move(pixels),
                                   static_cast<Index>(windows.front().size()), weights)),
      windows_(std::move(windows)),
      weights_(weights),
      input_pixels_(input.count()),
      phi_before_(input.phi),
      psi_before_(input.psi),
      seed_(seed),
      fold_(leading_fold(most_leading)) {}

// Where gradients neither begin nor are added to, and no pixels are summed, psi passes unchanged.
LeadingFold PixelLinear::leading_fold(Index most) const {
    if (psi_begins()) return {1, output().phi, output().psi, most};
    const bool sums = has_psi() && (adds_phi() || window() > 1);
    return {window(), psi_before_ + (adds_phi() ? phi_before_ : 0), psi_before_, sums ? most : 0};
}

bool PixelLinear::psi_begins() const {
    return weights_.gains && weights_.activation_behind && !has_psi();
}

bool PixelLinear::adds_phi() const {
    return weights_.gains && weights_.activation_behind && has_psi();
}

void PixelLinear::draw_signs() {
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

void PixelLinear::draw() {
    draw_signs();
    fold_.draw(
        [this](const Matrix<float>& patch, std::span<float> psi) { fold_by_signs(patch, psi); });
}

void PixelLinear::fold_by_signs(const Matrix<float>& patch, std::span<float> psi) const {
    std::fill(psi.begin(), psi.end(), 0.0F);
    if (psi_begins()) {
        add_folded(patch.row(0), fold_signs_, psi);
        return;
    }
    std::vector<float> mixed(psi.size());
    for (Index a = 0; a < patch.rows(); ++a) {
        const std::span<const float> pixel = patch.row(a);
        mix(pixel.first(psi.size()), pixel.subspan(psi.size()), mixed);
        add_offset(mixed, a, 1, psi);
    }
}

std::vector<Matrix<float>> PixelLinear::strip_room() const {
    const Index strip = std::min(strip_of_components, output().count());
    const Index components = fold_.components();
    std::vector<Matrix<float>> room(linear_rooms);
    room[mixed_room] = Matrix<float>(adds_phi() ? input_pixels_ : 0, psi_before_);
    if (components == 0) return room;
    room[basis_room] = Matrix<float>(psi_begins() ? strip : input_pixels_, fold_.basis_size());
    if (!psi_begins()) room[added_room] = Matrix<float>(input_pixels_, window() * components);
    room[components_room] = Matrix<float>(strip, components);
    return room;
}

Index PixelLinear::strip_room_floats() const {
    const Index strip = std::min(strip_of_components, output().count());
    const Index components = fold_.most_components();
    Index sum = adds_phi() ? input_pixels_ * psi_before_ : 0;
    if (components == 0) return sum;
    sum += (psi_begins() ? strip : input_pixels_) * fold_.most_basis() + strip * components;
    return sum + (psi_begins() ? 0 : input_pixels_ * window() * components);
}

Index PixelLinear::shared_floats() const {
    const Index psi = has_psi() ? psi_before_ : psi_begins() ? output().psi : 0;
    const Index phi = psi_begins() ? output().phi : adds_phi() ? phi_before_ : 0;
    return (has_psi() ? (window() + 1) * psi : 0) + std::max(psi, phi) + fold_.shared_floats();
}

double PixelLinear::flops() const {
    const auto pixels = static_cast<double>(output().count());
    double sum = pixels * static_cast<double>(output().phi);
    if (has_psi()) sum += 3 * pixels * static_cast<double>(window() * psi_before_);
    if (psi_begins()) sum += 2 * pixels * static_cast<double>(std::max(output().phi, output().psi));
    if (adds_phi())
        sum += 2.0 * static_cast<double>(input_pixels_ * std::max(phi_before_, psi_before_));
    const auto entering = static_cast<double>(psi_begins() ? output().count() : input_pixels_);
    return sum + entering * fold_.flops_entering() + pixels * fold_.flops_leaving();
}

void PixelLinear::write_phi(const Matrix<float>& in, Index pixel, std::span<float> out) const {
    write_patch(in, windows_[static_cast<std::size_t>(pixel)], weights_.scale(window()), out);
    if (weights_.b_std > 0) out.back() = static_cast<float>(weights_.b_std);
}

void PixelLinear::write_sample(const PixelFeatures& entering, Index pixel,
                               std::span<float> out) const {
    if (psi_begins()) {
        write_phi(entering.phi, pixel, out);
        return;
    }
    std::fill(out.begin(), out.end(), 0.0F);
    float* next = out.data();
    for (const Index seen : windows_[static_cast<std::size_t>(pixel)]) {
        if (seen >= 0) {
            std::copy_n(entering.psi.row(seen).data(), psi_before_, next);
            if (adds_phi())
                std::copy_n(entering.phi.row(seen).data(), phi_before_, next + psi_before_);
        }
        next += psi_before_ + (adds_phi() ? phi_before_ : 0);
    }
}

void PixelLinear::mix(std::span<const float> psi, std::span<const float> phi,
                      std::span<float> mixed) const {
    std::copy(psi.begin(), psi.end(), mixed.begin());
    if (!phi.empty()) add_folded(phi, fold_signs_, mixed);
}

void PixelLinear::add_offset(std::span<const float> mixed, Index offset, float scale,
                             std::span<float> out) const {
    const float* signs = window_signs_.row(offset).data();
    const Index rotation = rotations_[static_cast<std::size_t>(offset)];
    const Index head = psi_before_ - rotation;
    add_signed(mixed.data() + rotation, signs, scale, out.data(), head);
    add_signed(mixed.data(), signs + head, scale, out.data() + head, rotation);
}

void PixelLinear::write_psi(const Matrix<float>& mixed, Index pixel, std::span<float> out) const {
    std::copy(bias_.begin(), bias_.end(), out.begin());
    const auto& seen = windows_[static_cast<std::size_t>(pixel)];
    for (std::size_t a = 0; a < seen.size(); ++a)
        if (seen[a] >= 0)
            add_offset(mixed.row(seen[a]), static_cast<Index>(a), weights_.scale(window()), out);
}

void PixelLinear::begin_strips(const PixelFeatures& in, std::vector<Matrix<float>>& room) const {
    if (adds_phi())
        for (Index i = 0; i < input_pixels_; ++i)
            mix(in.psi.row(i), in.phi.row(i), room[mixed_room].row(i));
    if (fold_.components() == 0 || psi_begins()) return;
    const MatrixView<const float> phi =
        in.phi.view().middle_columns(0, adds_phi() ? phi_before_ : 0);
    fold_.project(in.psi.view(), phi, room[basis_room].view(), room[added_room].view());
}

void PixelLinear::gather_components(const Matrix<float>& of_pixels, Index pixel,
                                    std::span<float> out) const {
    std::fill(out.begin(), out.end(), 0.0F);
    const auto& seen = windows_[static_cast<std::size_t>(pixel)];
    for (std::size_t a = 0; a < seen.size(); ++a) {
        if (seen[a] < 0) continue;
        const float* added = of_pixels.row(seen[a]).data() + a * out.size();
        for (std::size_t j = 0; j < out.size(); ++j) out[j] += added[j];
    }
}

void PixelLinear::add_leading(std::vector<Matrix<float>>& room, Index first,
                              MatrixView<const float> phi, MatrixView<float> psi) const {
    for (Index from = 0; from < psi.rows(); from += strip_of_components) {
        const Index count = std::min(strip_of_components, psi.rows() - from);
        const MatrixView<float> components = room[components_room].view().middle_rows(0, count);
        if (psi_begins())
            fold_.project(phi.middle_rows(from, count), {},
                          room[basis_room].view().middle_rows(0, count), components);
        else
            for (Index i = 0; i < count; ++i)
                gather_components(room[added_room], first + from + i, components.row(i));
        fold_.add(components, psi_begins() ? 1 : weights_.scale(window()),
                  psi.middle_rows(from, count));
    }
}

void PixelLinear::write_strip(const PixelFeatures& in, std::vector<Matrix<float>>& room,
                              Index first, MatrixView<float> phi_out,
                              MatrixView<float> psi_out) const {
    const Index folded = psi_begins() ? psi_out.columns() : psi_before_;
    for (Index i = 0; i < phi_out.rows(); ++i) {
        const std::span<float> phi = phi_out.row(i);
        const std::span<float> psi = psi_out.row(i);
        write_phi(in.phi, first + i, phi);
        if (psi_begins()) {
            std::fill(psi.begin(), psi.end(), 0.0F);
            add_folded(phi, fold_signs_, psi);
        }
        if (has_psi())
            write_psi(adds_phi() ? room[mixed_room] : in.psi, first + i,
                      psi.first(static_cast<std::size_t>(psi_before_)));
        if (weights_.gains && !weights_.activation_behind)
            std::copy(phi.begin(), phi.end(), psi.begin() + psi_before_);
    }
    if (fold_.components() > 0)
        add_leading(room, first, phi_out, psi_out.middle_columns(0, folded));
}

}  // namespace sketchntk
