# Every switch of the build, one sentence each.
include_guard()

option(SKETCHNTK_OPENBLAS "Matrix products and LAPACK from OpenBLAS, which picks its kernels at run time" ON)
option(SKETCHNTK_FFTW "Fourier transforms from FFTW (GPL); OFF uses the project's own mixed-radix transform" ON)
option(SKETCHNTK_NATIVE "Compile for this machine's instruction set only (-march=native)" OFF)
option(SKETCHNTK_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
option(SKETCHNTK_WERROR "Treat warnings as errors" OFF)
option(SKETCHNTK_TOOLS "Build the command line program" ${PROJECT_IS_TOP_LEVEL})
option(SKETCHNTK_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(SKETCHNTK_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(SKETCHNTK_BENCH "Build the benchmarks" ${PROJECT_IS_TOP_LEVEL})
option(SKETCHNTK_PYTHON "Build the extension module of the Python package (what `pip install .` asks for)" OFF)
option(SKETCHNTK_INSTALL "Rules for cmake --install" ${PROJECT_IS_TOP_LEVEL})

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES AND PROJECT_IS_TOP_LEVEL)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# What every target of the project is compiled with, and nobody else.
add_library(sketchntk_build_flags INTERFACE)
target_compile_features(sketchntk_build_flags INTERFACE cxx_std_20)
target_compile_options(sketchntk_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  # Contraction to fused multiply-add would make the bits depend on the instruction set; errno and
  # floating-point traps are never read, and without them sqrt vectorises.
  -ffp-contract=off -fno-math-errno -fno-trapping-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in "literal" + std::string (GCC bug 105651).
  target_compile_options(sketchntk_build_flags INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC looks for garbage of its own whenever its heap has grown. Without: 5 % less time for the
  # largest groups of sources, and up to 900 MiB of memory instead of 720.
  target_compile_options(sketchntk_build_flags INTERFACE --param=ggc-min-heapsize=1000000)
endif()
if(SKETCHNTK_WERROR)
  target_compile_options(sketchntk_build_flags INTERFACE -Werror)
endif()
if(SKETCHNTK_NATIVE)
  target_compile_options(sketchntk_build_flags INTERFACE -march=native)
endif()
if(SKETCHNTK_SANITIZE)
  # Instrumented code hides from GCC what is initialised. A null pointer faults by itself, and no
  # processor that we build for minds alignment: without these two checks it compiles in two thirds
  # of the time. Targets with the property SKETCHNTK_NOT_SANITIZED stay without.
  set(sanitizers -fsanitize=address,undefined -fno-sanitize=null,alignment
    -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  target_compile_options(sketchntk_build_flags INTERFACE
    "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:SKETCHNTK_NOT_SANITIZED>>>:${sanitizers}>")
  # Eigen adds its own alignment to malloc's where it sees the sanitizer: files with and without it
  # would free each other's memory wrongly. glibc's malloc aligns to the 16 bytes asked for.
  target_compile_definitions(sketchntk_build_flags INTERFACE EIGEN_MALLOC_ALREADY_ALIGNED=1)
  target_link_options(sketchntk_build_flags INTERFACE -fsanitize=address,undefined)
endif()
