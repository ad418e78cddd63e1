#!/bin/sh
# What each choice of the map cntkrf gives on CIFAR-10: the table of docs/cntk-features.md.
#
#   tar -xf ../shared/data/cifar10/cifar10_50k_5k_jpg.tar.xz -C DIR
#   bench/cifar10/variants.sh DIR/train DIR/test [ROWS [FEATURES]]
#
# ROWS of the training images: 1::10 (every tenth, 5,000 of them) if left out; FEATURES: 2048.
set -eu
train=$1
test=$2
rows=${3:-1::10}
features=${4:-2048}
program=${SKETCHNTK:-build/release/tools/sketchntk}

one='conv(6, padding=valid) relu avg_pool(13) flatten dense'
two='conv(5, padding=valid) relu avg_pool(2) conv(3, padding=valid) relu avg_pool(6) flatten dense'
three='2*(conv(3) relu) avg_pool(2) conv(3) relu gap dense'
patches='directions=patches,contrast=0.02,whiten=0.1'

run() {
    printf '| `%s` | %s | `%s` |' "$1" "$2" "$3"
    "$program" fit --data "$train" --rows "$rows" --test-data "$test" --features "$features" \
        --network "$1" --kind "$2" --map "$3" 2>/dev/null |
        awk '/^test accuracy/ { accuracy = $3 }
             /^seconds/ { sub(/^[^(]*\(/, ""); sub(/\)$/, ""); seconds = $0 }
             END { printf " %.2f %% | %s |\n", 100 * accuracy, seconds }'
}

echo '| network | kind | map | test accuracy | seconds |'
echo '|---|---|---|---|---|'
run "$one" nngp cntkrf
run "$one" ntk cntkrf
run "$one" nngp 'cntkrf(directions=patches)'
run "$one" nngp 'cntkrf(directions=patches,contrast=0.02)'
run "$one" nngp "cntkrf(contrast=0.02,whiten=0.1)"
run "$one" nngp "cntkrf($patches)"
run "$one" ntk "cntkrf($patches)"
run "$one" nngp "cntkrf($patches,rank=108)"
run "$one" nngp "cntkrf($patches,rank=32)"
run "$one" nngp "cntkrf($patches,flip=yes)"
run "$two" nngp cntkrf
run "$two" ntk cntkrf
run "$two" nngp "cntkrf($patches)"
run "$two" nngp "cntkrf($patches,hidden_whiten=1)"
run "$two" nngp "cntkrf($patches,hidden_whiten=1,hidden_rank=512)"
run "$two" nngp "cntkrf($patches,hidden_whiten=1,width=128)"
run "$two" nngp "cntkrf($patches,hidden_whiten=1,flip=yes)"
run "$two" ntk "cntkrf($patches,hidden_whiten=1,flip=yes)"
run "$three" nngp cntkrf
run "$three" nngp "cntkrf($patches,hidden_whiten=1,flip=yes)"
