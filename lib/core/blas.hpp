#pragma once

namespace sketchntk {

/// Keeps BLAS on the calling thread from now on: its sums would otherwise depend on the number of
/// threads, and its threads would fight with ours. Cheap; called by everything that multiplies
/// matrices.
void use_blas_on_one_thread();

/// Whether several threads may call BLAS at once. OpenBLAS compiled without threads (Debian's
/// libopenblas-serial) takes no locks, and gives wrong products then; which OpenBLAS a process gets
/// is decided when it starts, whatever was linked.
[[nodiscard]] bool blas_may_be_shared();

/// The name of the kernel that the matrix product library chose for this machine.
[[nodiscard]] const char* blas_kernel_name();

}  // namespace sketchntk
