// How fast this build multiplies matrices, and what choosing lambda from one spectrum costs. Run by
// build_options.sh for every build that was considered.

#include "bare_products.hpp"

#include <sketchntk/core/blas_kernel.hpp>
#include <sketchntk/core/version.hpp>

#include <cstdio>
#include <vector>

#ifdef SKETCHNTK_HAS_OPENBLAS
#include "solve/lapack.hpp"

extern "C" void dsyevd_(const char* jobz, const char* uplo, const int* n, double* a, const int* lda,
                        double* w, double* work, const int* lwork, int* iwork, const int* liwork,
                        int* info, std::size_t, std::size_t);
#endif

namespace sketchntk::bench {

namespace {

constexpr Index side = 2048;

void print_rates() {
    for (const int threads : {1, thread_count({})})
        std::printf("%d thread(s): float32 %.0f GF/s, float64 %.0f GF/s\n", threads,
                    product_rate<float>(side, {.threads = threads}) / 1e9,
                    product_rate<double>(side, {.threads = threads}) / 1e9);
}

#ifdef SKETCHNTK_HAS_OPENBLAS

Matrix<double> random_gram(int size) {
    const Matrix<double> z = widened(normal_matrix(size, size, 1));
    Matrix<double> gram(size, size);
    multiply_transposed<double>(z, z, gram);
    return gram;
}

double eigendecomposition_seconds(int size) {
    Matrix<double> matrix = random_gram(size);
    std::vector<double> eigenvalues(static_cast<std::size_t>(size));
    int work_size = 1 + 6 * size + 2 * size * size;
    int integer_work_size = 3 + 5 * size;
    std::vector<double> work(static_cast<std::size_t>(work_size));
    std::vector<int> integer_work(static_cast<std::size_t>(integer_work_size));
    int info = 0;
    return seconds_of([&] {
        dsyevd_("V", "U", &size, matrix.data(), &size, eigenvalues.data(), work.data(), &work_size,
                integer_work.data(), &integer_work_size, &info, 1, 1);
    });
}

double tridiagonalisation_seconds(int size) {
    Matrix<double> matrix = random_gram(size);
    std::vector<double> diagonal(static_cast<std::size_t>(size));
    std::vector<double> off_diagonal(static_cast<std::size_t>(size));
    std::vector<double> reflectors(static_cast<std::size_t>(size));
    int work_size = 64 * size;
    std::vector<double> work(static_cast<std::size_t>(work_size));
    int info = 0;
    return seconds_of([&] {
        dsytrd_("U", &size, matrix.data(), &size, diagonal.data(), off_diagonal.data(),
                reflectors.data(), work.data(), &work_size, &info, 1);
    });
}

void print_spectrum_times() {
    constexpr int size = 4096;
    std::printf("spectrum of a Gram of %d features, one thread: dsyevd %.1f s, dsytrd %.1f s\n",
                size, eigendecomposition_seconds(size), tridiagonalisation_seconds(size));
}

#else

void print_spectrum_times() {}

#endif

}  // namespace

}  // namespace sketchntk::bench

int main() {
    sketchntk::use_better_blas_kernel();
    for (const auto& [name, value] : sketchntk::build_information())
        std::printf("%s: %s\n", name.c_str(), value.c_str());
    sketchntk::bench::print_rates();
    sketchntk::bench::print_spectrum_times();
}
