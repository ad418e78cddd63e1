#include "core/blas.hpp"

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/version.hpp>

#include <Eigen/Core>
#include <oneapi/tbb/version.h>

namespace sketchntk {

namespace {

std::string compiler() {
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "g++ " __VERSION__;
#else
    return "unknown";
#endif
}

std::string vector_level() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#if defined(__AVX512F__)
    return "AVX-512 (compiled for this machine only)";
#elif defined(__AVX2__)
    return "AVX2 (compiled for this machine only)";
#else
    if (__builtin_cpu_supports("avx512f")) return "AVX-512 (chosen at run time)";
    if (__builtin_cpu_supports("avx2")) return "AVX2 (chosen at run time)";
    return "SSE2";
#endif
#else
    return "the compiler's baseline";
#endif
}

std::string eigen_version() {
    return std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
           std::to_string(EIGEN_MINOR_VERSION);
}

std::string matrix_products() {
#ifdef SKETCHNTK_HAS_OPENBLAS
    return std::string("OpenBLAS, kernel ") + blas_kernel_name() +
           (blas_may_be_shared() ? ""
                                 : ", compiled without threads: ours are limited to one (install "
                                   "libopenblas-pthread-dev)");
#else
    return "Eigen";
#endif
}

std::string fourier_transforms() {
#ifdef SKETCHNTK_HAS_FFTW
    return "FFTW";
#else
    return "own mixed-radix transform";
#endif
}

}  // namespace

std::vector<std::pair<std::string, std::string>> build_information() {
    return {{"compiler", compiler()},
            {"vector level", vector_level()},
            {"matrix products", matrix_products()},
            {"Eigen", eigen_version()},
            {"Fourier transforms", fourier_transforms()},
            {"oneTBB", TBB_VERSION_STRING},
            {"threads", std::to_string(thread_count({}))}};
}

}  // namespace sketchntk
