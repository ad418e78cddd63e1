#include "core/blas.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/execution.hpp>

#include <oneapi/tbb/info.h>

#include <string>

namespace sketchntk {

int thread_count(const Execution& execution) {
    if (execution.threads < 0)
        throw InvalidArgument("threads: expected 0 (all) or a positive number, got " +
                              std::to_string(execution.threads));
    if (!blas_may_be_shared()) return 1;
    return execution.threads > 0 ? execution.threads : oneapi::tbb::info::default_concurrency();
}

}  // namespace sketchntk
