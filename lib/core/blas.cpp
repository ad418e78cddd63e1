#include "core/blas.hpp"

#ifdef SKETCHNTK_HAS_OPENBLAS
extern "C" {
void openblas_set_num_threads(int count);
char* openblas_get_corename();
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

const char* blas_kernel_name() {
    return openblas_get_corename();
}

#else

void use_blas_on_one_thread() {}

const char* blas_kernel_name() {
    return "Eigen";
}

#endif

}  // namespace sketchntk
