#!/usr/bin/env bash
# protocol.sh [FEATURES [NETWORK]]: the published protocol of NTK sketches and random features
# (docs/comparison.md) on the protein data, in its target's own units. Needs the release preset
# built; BUILD names another build directory, MAPS other maps. Results go to build/results.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

features=${1:-1024,2048,4096}
network=${2:-'fc(depth=1)'}
program=${BUILD:-build/release}/tools/sketchntk
directory=build/results
mkdir -p "$directory/data"

# Our file holds log(1 + RMSD) less its mean; the published RMSD begins at 0, where the logarithm is
# 0, too, so that the smallest value is minus that mean.
data=$directory/data/protein-rmsd.csv
zcat data/protein/data.csv.gz | awk -F, '
    { line[NR] = $0; target[NR] = $NF; if (NR == 1 || $NF < least) least = $NF }
    END {
        for (i = 1; i <= NR; ++i) {
            sub(/[^,]*$/, "", line[i])
            printf "%s%.8g\n", line[i], exp(target[i] - least) - 1
        }
    }' >"$data.partial"
mv "$data.partial" "$data"

"$program" compare --data "$data" --target -1 --network "$network" --maps "${MAPS:-linear,ntkrf}" \
    --features "$features" --protocol ntk-sketch-rf --json "$directory/protocol.json" \
    --csv "$directory/protocol.csv"
