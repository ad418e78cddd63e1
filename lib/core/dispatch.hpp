#pragma once

/// Put before the definition of an elementwise loop: the compiler makes one version for each
/// instruction set and the loader picks the widest that the machine has. Without contraction of
/// multiply-adds (see cmake/options.cmake) all versions give the same bits. Sanitizers instrument
/// code that runs before the loader's choice is made, so their builds have the baseline only.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__AVX2__)
#define SKETCHNTK_VECTOR_DISPATCH \
    __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define SKETCHNTK_VECTOR_DISPATCH
#endif
