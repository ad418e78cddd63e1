#include "core/philox_batch.hpp"

#include <Random123/philox.h>

#include <cstring>

// The loops are written in vector registers because GCC 12 makes three multiplications and several
// permutations of what is one instruction, the product of the lower halves of 64-bit lanes: a
// quarter of the speed. Other compilers and machines get the same loop in plain integers.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SKETCHNTK_PHILOX_X86
#include <immintrin.h>
#endif

namespace sketchntk {
namespace {

#ifdef SKETCHNTK_PHILOX_X86

namespace sse2 {
using Lanes [[gnu::vector_size(16)]] = std::uint64_t;
inline Lanes multiply(Lanes a, Lanes b) {
    return reinterpret_cast<Lanes>(
        _mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
}
#include "core/philox_lanes.inc"
}  // namespace sse2

#pragma GCC push_options
#pragma GCC target("avx2")
namespace avx2 {
using Lanes [[gnu::vector_size(32)]] = std::uint64_t;
inline Lanes multiply(Lanes a, Lanes b) {
    return reinterpret_cast<Lanes>(
        _mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
}
#include "core/philox_lanes.inc"
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f")
namespace avx512 {
using Lanes [[gnu::vector_size(64)]] = std::uint64_t;
inline Lanes multiply(Lanes a, Lanes b) {
    // Under a full mask: the form without one makes GCC 12 warn of its own header.
    return reinterpret_cast<Lanes>(
        _mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
}
#include "core/philox_lanes.inc"
}  // namespace avx512
#pragma GCC pop_options

#endif

namespace plain {
using Lanes = std::uint64_t;
inline Lanes multiply(Lanes a, Lanes b) {
    return (a & 0xffffffffU) * (b & 0xffffffffU);
}
#include "core/philox_lanes.inc"
}  // namespace plain

struct Kernels {
    Kernels() {
#ifdef SKETCHNTK_PHILOX_X86
        if (__builtin_cpu_supports("avx512f")) add(avx512::make_blocks);
        if (__builtin_cpu_supports("avx2")) add(avx2::make_blocks);
        add(sse2::make_blocks);
#endif
        add(plain::make_blocks);
    }
    void add(PhiloxKernel kernel) {
        all[static_cast<std::size_t>(count++)] = kernel;
    }

    std::array<PhiloxKernel, 4> all{};
    int count = 0;
};

}  // namespace

std::span<const PhiloxKernel> philox_kernels() {
    static const Kernels kernels;
    return {kernels.all.data(), static_cast<std::size_t>(kernels.count)};
}

}  // namespace sketchntk
