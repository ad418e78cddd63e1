#include "sketches/fourier_plan.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/sketches/fourier.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace sketchntk::sketches {
namespace {

constexpr Index longest_transform = Index{1} << 30;

std::unique_ptr<const FourierPlan> make_plan(Index length) {
#ifdef SKETCHNTK_HAS_FFTW
    return make_fourier_plan(length, make_fftw_plan);
#else
    return make_fourier_plan(length, make_mixed_radix_plan);
#endif
}

std::shared_ptr<const FourierPlan> cached_plan(Index length) {
    static std::mutex mutex;
    static std::map<Index, std::shared_ptr<const FourierPlan>> plans;
    const std::lock_guard lock(mutex);
    std::shared_ptr<const FourierPlan>& plan = plans[length];
    if (plan == nullptr) plan = make_plan(length);
    return plan;
}

Index checked_length(Index length) {
    if (length < 1 || length > longest_transform) {
        throw InvalidArgument("length: expected 1 to 2^30, got " + std::to_string(length));
    }
    return length;
}

bool is_aligned(const void* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer) % fourier_alignment == 0;
}

void check_size(const char* name, Index got, Index expected) {
    if (got != expected) {
        throw DimensionMismatch(std::string(name) + ": expected " + std::to_string(expected) +
                                " entries, got " + std::to_string(got));
    }
}

/// Calls `execute(in, out)` on aligned arrays. An algorithm for aligned data may round differently
/// from one for other data, so data that is not aligned is copied.
template <typename In, typename Out, typename Execute>
void execute_anywhere(std::span<const In> in, std::span<Out> out, const Execute& execute) {
    AlignedVector<In> aligned_in;
    if (!is_aligned(in.data())) aligned_in.assign(in.begin(), in.end());
    const In* from = is_aligned(in.data()) ? in.data() : aligned_in.data();
    if (is_aligned(out.data())) {
        execute(from, out.data());
        return;
    }
    AlignedVector<Out> aligned_out(out.size());
    execute(from, aligned_out.data());
    std::copy(aligned_out.begin(), aligned_out.end(), out.begin());
}

void forward_anywhere(const FourierPlan& plan, std::span<const float> in,
                      std::span<std::complex<float>> out) {
    execute_anywhere(in, out,
                     [&](const float* from, std::complex<float>* to) { plan.forward(from, to); });
}

bool has_small_factors(Index n) {
    for (const Index prime : {2, 3, 5, 7}) {
        while (n % prime == 0) n /= prime;
    }
    return n == 1;
}

}  // namespace

RealFourierTransform::RealFourierTransform(Index length)
    : length_(checked_length(length)), plan_(cached_plan(length)) {}

void RealFourierTransform::transform(std::span<const float> in,
                                     std::span<std::complex<float>> out) const {
    check_size("in", static_cast<Index>(in.size()), length_);
    check_size("out", static_cast<Index>(out.size()), frequencies());
    forward_anywhere(*plan_, in, out);
}

void RealFourierTransform::inverse(std::span<const std::complex<float>> in,
                                   std::span<float> out) const {
    check_size("in", static_cast<Index>(in.size()), frequencies());
    check_size("out", static_cast<Index>(out.size()), length_);
    execute_anywhere(
        in, out, [&](const std::complex<float>* from, float* to) { plan_->backward(from, to); });
}

void RealFourierTransform::transform_rows(MatrixView<const float> in,
                                          MatrixView<std::complex<float>> out) const {
    check_size("a row of in", in.columns(), length_);
    check_size("a row of out", out.columns(), frequencies());
    if (in.rows() != out.rows()) {
        throw DimensionMismatch("out: expected " + std::to_string(in.rows()) + " rows, got " +
                                std::to_string(out.rows()));
    }
    for (Index i = 0; i < in.rows(); ++i) forward_anywhere(*plan_, in.row(i), out.row(i));
}

Index RealFourierTransform::good_length(Index at_least) {
    if (at_least < 0 || at_least > longest_transform) {
        throw InvalidArgument("at_least: expected 0 to 2^30, got " + std::to_string(at_least));
    }
    Index length = std::max<Index>(2, at_least + at_least % 2);
    while (!has_small_factors(length)) length += 2;
    return length;
}

}  // namespace sketchntk::sketches
