#pragma once

namespace sketchntk {

/// Starts the program anew with OPENBLAS_CORETYPE set, where OpenBLAS has taken its oldest kernel
/// because it is older than the processor: products are then three to four times as fast. Does
/// nothing where the variable is set already, and returns if there is nothing to gain. Call it
/// first in main, and only there: which kernel OpenBLAS takes is decided when a process starts.
/// @param arguments as main has them
void restart_with_better_blas_kernel(char** arguments);

}  // namespace sketchntk
