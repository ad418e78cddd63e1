#!/usr/bin/env bash
# protein.sh [SPLITS [DIRECTORY]]: test errors on the protein data, mean and standard error over its
# ten given splits (or the first SPLITS), for linear ridge, NTK random features, Nystrom
# features and the exact NTK.
# Needs the release preset built; BUILD names another build directory. Some minutes for each split:
# results go to DIRECTORY (build/protein), and what is there already is not computed again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

splits=${1:-10}
program=${BUILD:-build/release}/tools/sketchntk
directory=${2:-build/protein}
mkdir -p "$directory"

for ((split = 1; split <= splits; ++split)); do
    if [[ -e $directory/$split.csv ]]; then continue; fi
    echo "split $split of $splits" >&2
    if ! "$program" compare --data data/protein/data.csv.gz --target -1 --network 'fc(depth=3)' \
        --test-mask data/protein/test_mask.csv.gz --split "$split" --seed "$split" \
        --maps linear,ntkrf,nystrom --features 1024,4096 --exact \
        --csv "$directory/$split.csv" >"$directory/output" 2>&1; then
        cat "$directory/output" >&2
        exit 1
    fi
done

# R^2 = 1 - (RMSE / standard deviation of the test target)^2, which gives the standardised RMSE.
awk -F, '
    FNR == 1 { for (i = 1; i <= NF; ++i) column[$i] = i; next }
    {
        method = $column["method"] " " $column["features"]
        if (!(method in count)) order[++methods] = method
        ++count[method]
        r2 = $column["test_r2"]
        add(method, "rmse", $column["test_rmse"])
        add(method, "r2", r2)
        add(method, "relative", sqrt(1 - r2))
    }
    function add(method, figure, value) {
        sum[method, figure] += value
        square[method, figure] += value * value
    }
    function text(method, figure,    n, mean, variance) {
        n = count[method]
        mean = sum[method, figure] / n
        if (n < 2) return sprintf("%.4f         ", mean)
        variance = (square[method, figure] - n * mean * mean) / (n - 1)
        return sprintf("%.4f +- %.4f", mean, sqrt(variance > 0 ? variance / n : 0))
    }
    END {
        printf "%-8s %8s   %-16s   %-16s   %-16s\n", "method", "features", "test RMSE", "test R^2",
               "RMSE / deviation"
        for (i = 1; i <= methods; ++i) {
            split(order[i], name, " ")
            printf "%-8s %8s   %s   %s   %s\n", name[1], (name[2] > 0 ? name[2] : "-"),
                   text(order[i], "rmse"), text(order[i], "r2"), text(order[i], "relative")
        }
    }' $(seq --format "$directory/%g.csv" "$splits")
