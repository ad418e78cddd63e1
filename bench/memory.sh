#!/usr/bin/env bash
# memory.sh [FEATURES]: the peak memory of `fit` on the protein data, on the same rows ten times
# over, and what `plan` said. Needs the release preset built; BUILD names another build directory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

features=${1:-2048}
program=${BUILD:-build/release}/tools/sketchntk
data=data/protein/data.csv.gz
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# peak SUBCOMMAND DATA: the bytes that the subcommand reports
peak() {
    if ! "$program" "$1" --data "$2" --target -1 --network 'fc(depth=3)' --features "$features" \
        --json "$directory/report.json" >"$directory/output" 2>&1; then
        cat "$directory/output" >&2
        exit 1
    fi
    sed -n 's/.*"peak_bytes": \([0-9]*\).*/\1/p' "$directory/report.json"
}

# A sequence of gzip files is a gzip file.
for _ in {1..10}; do cat "$data"; done >"$directory/ten-times.csv.gz"

planned=$(peak plan "$data")
once=$(peak fit "$data")
ten_times=$(peak fit "$directory/ten-times.csv.gz")
awk -v planned="$planned" -v once="$once" -v ten_times="$ten_times" -v features="$features" 'BEGIN {
    mebibyte = 1048576
    printf "peak memory of fit, %d features\n", features
    printf "planned          %8.1f MiB\n", planned / mebibyte
    printf "45,730 rows      %8.1f MiB   %.3f of planned\n", once / mebibyte, once / planned
    printf "457,300 rows     %8.1f MiB   %.3f of planned\n", ten_times / mebibyte, ten_times / planned
    printf "ten times / once %8.3f\n", ten_times / once
}'
