#include <sketchntk/core/blas_kernel.hpp>

#include <benchmark/benchmark.h>

int main(int count, char** arguments) {
    sketchntk::use_better_blas_kernel();
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
