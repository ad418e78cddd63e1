#include "sketches/walsh_hadamard_kernels.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

// The loops are written in vector registers, because a good transform keeps 8 or 16 of them busy
// between a load and a store, which no compiler finds in the plain loop. Function multiversioning
// would not do: GCC takes vectors apart for the baseline before it makes the versions.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__AVX2__)
#define SKETCHNTK_WALSH_HADAMARD_X86
#endif

namespace sketchntk::sketches {
namespace {

/// Half of what the smallest first-level data caches hold.
constexpr Index floats_in_nearest_cache = 4096;
/// Numbers that lie a large power of two apart have to share one set of a cache, of 8 lines: a pass
/// over more of them at a time than 2^3 would drive out what it is about to write.
constexpr int most_levels_across_lines = 3;

/// Of a power of two.
int logarithm(Index power) {
    return std::countr_zero(static_cast<std::size_t>(power));
}

/// How many of `levels` to do next if a pass does at most `most`: as few passes as possible, the
/// last two alike.
int levels_of_next_pass(int levels, int most) {
    if (levels > 2 * most) return most;
    return levels > most ? (levels + 1) / 2 : levels;
}

/// The plain loop, for rows that do not fill a register.
void transform_few(float* row, Index length) {
    for (Index stride = 1; stride < length; stride *= 2) {
        for (Index group = 0; group < length; group += 2 * stride) {
            for (Index i = group; i < group + stride; ++i) {
                const float u = row[i];
                const float v = row[i + stride];
                row[i] = u + v;
                row[i + stride] = u - v;
            }
        }
    }
}

/// What every machine has; registers may be wider where the whole program is compiled for one.
namespace baseline {
#if defined(__AVX512F__)
using Lanes [[gnu::vector_size(64)]] = float;
constexpr int most_levels = 4;
#elif defined(__AVX2__)
using Lanes [[gnu::vector_size(32)]] = float;
constexpr int most_levels = 3;
#else
using Lanes [[gnu::vector_size(16)]] = float;
constexpr int most_levels = 3;
#endif
#include "sketches/walsh_hadamard_lanes.inc"
}  // namespace baseline

#ifdef SKETCHNTK_WALSH_HADAMARD_X86

#pragma GCC push_options
#pragma GCC target("avx2")
namespace avx2 {
using Lanes [[gnu::vector_size(32)]] = float;
constexpr int most_levels = 3;
#include "sketches/walsh_hadamard_lanes.inc"
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f")
namespace avx512 {
using Lanes [[gnu::vector_size(64)]] = float;
constexpr int most_levels = 4;
#include "sketches/walsh_hadamard_lanes.inc"
}  // namespace avx512
#pragma GCC pop_options

#endif

struct Kernels {
    Kernels() {
#ifdef SKETCHNTK_WALSH_HADAMARD_X86
        if (__builtin_cpu_supports("avx512f")) add(avx512::kernel);
        if (__builtin_cpu_supports("avx2")) add(avx2::kernel);
#endif
        add(baseline::kernel);
    }
    void add(const WalshHadamardKernel& kernel) {
        all[static_cast<std::size_t>(count++)] = kernel;
    }

    std::array<WalshHadamardKernel, 3> all{};
    int count = 0;
};

}  // namespace

std::span<const WalshHadamardKernel> walsh_hadamard_kernels() {
    static const Kernels kernels;
    return {kernels.all.data(), static_cast<std::size_t>(kernels.count)};
}

}  // namespace sketchntk::sketches
