#pragma once

#ifdef SKETCHNTK_HAS_OPENBLAS

#include <cstddef>

// The Fortran routines of LAPACK that are used, as OpenBLAS exports them: every argument by
// address, and the length of each character argument at the end. Matrices are column-major.
extern "C" {
void dsytrd_(const char* uplo, const int* n, double* a, const int* lda, double* d, double* e,
             double* tau, double* work, const int* lwork, int* info, std::size_t);
void dsterf_(const int* n, double* d, double* e, int* info);
void spotrf_(const char* uplo, const int* n, float* a, const int* lda, int* info, std::size_t);
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t);
}

#endif
