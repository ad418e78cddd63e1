# The libraries the project stands on. scripts/packages.txt lists the Debian packages that hold them.
include_guard()

find_package(PkgConfig REQUIRED)
find_package(TBB REQUIRED)
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(libsvm REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(spng REQUIRED IMPORTED_TARGET spng)
pkg_check_modules(turbojpeg REQUIRED IMPORTED_TARGET libturbojpeg)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)

if(SKETCHNTK_OPENBLAS)
  pkg_check_modules(openblas REQUIRED IMPORTED_TARGET openblas)
endif()
if(SKETCHNTK_FFTW)
  pkg_check_modules(fftw3f REQUIRED IMPORTED_TARGET fftw3f)
endif()

# What each of our libraries links with, privately: no public header of ours needs any of it. The
# libraries name it themselves, so that it is part of what they export.
set(sketchntk_private_libraries TBB::tbb Threads::Threads)
if(SKETCHNTK_OPENBLAS)
  list(APPEND sketchntk_private_libraries PkgConfig::openblas)
endif()

# Header-only libraries that no public header of ours includes: as system headers, so that the
# project's warning set does not apply to them, and never part of the installed interface.
add_library(sketchntk_private_headers INTERFACE)
get_target_property(eigen_directories Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
get_target_property(json_directories nlohmann_json::nlohmann_json INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(sketchntk_private_headers SYSTEM INTERFACE
  ${eigen_directories} ${json_directories} ${RANDOM123_INCLUDE_DIR})
target_link_libraries(sketchntk_private_headers INTERFACE ${sketchntk_private_libraries})
# Parallelism is ours, by tiles, so that results do not depend on the number of threads.
target_compile_definitions(sketchntk_private_headers INTERFACE EIGEN_DONT_PARALLELIZE)
if(SKETCHNTK_OPENBLAS)
  target_compile_definitions(sketchntk_private_headers INTERFACE EIGEN_USE_BLAS SKETCHNTK_HAS_OPENBLAS)
endif()
if(SKETCHNTK_FFTW)
  target_compile_definitions(sketchntk_private_headers INTERFACE SKETCHNTK_HAS_FFTW)
endif()
