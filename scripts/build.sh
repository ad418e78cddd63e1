#!/usr/bin/env bash
# build.sh PRESET [CMAKE_OPTION ...] [-- TARGET ...]
# Configures and builds a preset of CMakePresets.json, all of it or the targets named. One line a
# step; everything else goes to build/PRESET/build.log, whose end is shown if a step fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh

if (($# == 0)) || [[ $1 == -* ]]; then
    sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
preset=$1
shift

options=()
while (($# > 0)) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
done
targets=()
if (($# > 1)); then
    targets=(--target "${@:2}")
fi

log=build/$preset/build.log
mkdir -p "build/$preset"
: >"$log"

step "Configured ($preset)" cmake --preset "$preset" "${options[@]}"
step "Built ($preset)" cmake --build --preset "$preset" --parallel "$(nproc)" "${targets[@]}"
