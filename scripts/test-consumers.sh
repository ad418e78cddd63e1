#!/usr/bin/env bash
# test-consumers.sh: proves that another project can use the library, installed (find_package) and
# embedded (add_subdirectory). Needs the release preset built. The embedded one has neither FFTW nor
# OpenBLAS, and the tests that this concerns run in it too: a second library build is enough for both,
# and little optimisation, since it is about whether it works.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

prefix=$PWD/build/consumer-prefix
log=build/consumers.log
rm -rf "$prefix"
: >"$log"

# use NAME SOURCE [CMAKE_OPTION ...]
use() {
    local name=$1 source=$2 build=build/consumer-$1
    shift 2
    if ! {
        cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@" &&
            cmake --build "$build" --parallel "$(nproc)" --target consumer && "$build/consumer"
    } >>"$log" 2>&1; then
        tail -n 60 "$log" >&2
        echo "Consumer, $name: failed; everything is in $log" >&2
        exit 1
    fi
    echo "Consumer, $name: works"
}

cmake --install build/release --prefix "$prefix" >>"$log" 2>&1
use installed tests/consumer --fresh -DCMAKE_PREFIX_PATH="$prefix"
use embedded tests/consumer/subdirectory \
    -DSKETCHNTK_TESTS=ON -DSKETCHNTK_FFTW=OFF -DSKETCHNTK_OPENBLAS=OFF \
    -DCMAKE_CXX_FLAGS_RELEASE='-O1 -DNDEBUG'
cmake --build build/consumer-embedded --parallel "$(nproc)" \
    --target test_sketches test_solve >>"$log" 2>&1 || {
    tail -n 60 "$log" >&2
    exit 1
}
ctest --test-dir build/consumer-embedded/sketchntk --parallel 2 --no-tests=error \
    --label-exclude slow --tests-regex '^(sketches|solve):'
