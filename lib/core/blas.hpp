#pragma once

namespace sketchntk {

/// Keeps BLAS on the calling thread from now on. A process may be given a threaded OpenBLAS at run
/// time whatever was linked at build time; its sums would then depend on the number of threads, and
/// its threads would fight with ours. Cheap; called by everything that multiplies matrices.
void use_blas_on_one_thread();

/// The name of the kernel that the matrix product library chose for this machine.
const char* blas_kernel_name();

}  // namespace sketchntk
