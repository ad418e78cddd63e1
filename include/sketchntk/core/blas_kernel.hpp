#pragma once

namespace sketchntk {

/// Gives OpenBLAS kernels of this processor's vector level where it has taken its oldest ones
/// because it is older than the processor: products are then three to four times as fast. Does
/// nothing where the user has named kernels (OPENBLAS_CORETYPE) or there is nothing to gain. To be
/// called when a program or module begins, while nobody else uses OpenBLAS.
void use_better_blas_kernel();

}  // namespace sketchntk
