#include "core/blas.hpp"

#include <sketchntk/core/blas_kernel.hpp>

#ifdef SKETCHNTK_HAS_OPENBLAS
#include <cstdlib>
#include <string>

extern "C" {
void openblas_set_num_threads(int count);
char* openblas_get_corename();
int openblas_get_parallel();
// Of builds that choose at run time: what they do when a process starts and ends.
[[gnu::weak]] void gotoblas_dynamic_init();
[[gnu::weak]] void gotoblas_dynamic_quit();
}
#endif

namespace sketchntk {

#ifdef SKETCHNTK_HAS_OPENBLAS

void use_blas_on_one_thread() {
    static const bool done = [] {
        openblas_set_num_threads(1);
        return true;
    }();
    static_cast<void>(done);
}

bool blas_may_be_shared() {
    constexpr int without_threads = 0;
    static const bool shared = openblas_get_parallel() != without_threads;
    return shared;
}

const char* blas_kernel_name() {
    return openblas_get_corename();
}

namespace {

// OpenBLAS's names of kernels for what this processor has, or null for a processor without.
const char* kernel_of_processor() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SKYLAKEX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "HASWELL";
#endif
    return nullptr;
}

}  // namespace

void use_better_blas_kernel() {
    constexpr const char* variable = "OPENBLAS_CORETYPE";
    const char* kernel = kernel_of_processor();
    // Prescott, of 2004, is what OpenBLAS takes for an Intel processor that it does not know.
    if (kernel == nullptr || std::string(blas_kernel_name()) != "Prescott" ||
        std::getenv(variable) != nullptr || gotoblas_dynamic_init == nullptr ||
        gotoblas_dynamic_quit == nullptr || setenv(variable, kernel, 1) != 0)
        return;
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    // Child processes ask for themselves.
    unsetenv(variable);
}

#else

void use_blas_on_one_thread() {}

bool blas_may_be_shared() {
    return true;
}

const char* blas_kernel_name() {
    return "Eigen";
}

void use_better_blas_kernel() {}

#endif

}  // namespace sketchntk
