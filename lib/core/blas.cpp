#include "core/blas.hpp"

#ifdef SKETCHNTK_HAS_OPENBLAS
extern "C" {
void openblas_set_num_threads(int count);
char* openblas_get_corename();
int openblas_get_parallel();
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

#else

void use_blas_on_one_thread() {}

bool blas_may_be_shared() {
    return true;
}

const char* blas_kernel_name() {
    return "Eigen";
}

#endif

}  // namespace sketchntk
