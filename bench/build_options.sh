#!/usr/bin/env bash
# build_options.sh: the comparison behind the choice of the default build (docs/performance.md).
# Compiles the core and one program for each choice, in a temporary folder, and runs them in turn.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# build NAME CMAKE_OPTION ...
build() {
    local name=$1
    shift
    if ! {
        cmake -S . -B "$directory/$name" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSKETCHNTK_TOOLS=OFF \
            -DSKETCHNTK_TESTS=OFF -DSKETCHNTK_EXAMPLES=OFF "$@" &&
            cmake --build "$directory/$name" --target bench_build_options
    } >"$directory/log" 2>&1; then
        cat "$directory/log" >&2
        exit 1
    fi
}

build portable-openblas
build native-openblas -DSKETCHNTK_NATIVE=ON
build native-eigen -DSKETCHNTK_NATIVE=ON -DSKETCHNTK_OPENBLAS=OFF
build x86-64-v3-eigen -DCMAKE_CXX_FLAGS=-march=x86-64-v3 -DSKETCHNTK_OPENBLAS=OFF
build portable-eigen -DSKETCHNTK_OPENBLAS=OFF

for name in portable-openblas native-openblas native-eigen x86-64-v3-eigen portable-eigen; do
    echo "== $name"
    "$directory/$name/bench/bench_build_options"
done
