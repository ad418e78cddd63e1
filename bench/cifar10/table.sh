#!/bin/sh
# CIFAR-10 on this machine: the tables of docs/cntk-features.md.
#
#   bench/cifar10/table.sh whole|small|variants [ARCHIVE]
#
# whole: all 50,000 training images, 16,384 and 32,768 features; hours. small: every tenth and 2,048
# features, within three minutes of two cores; fails if the accuracy is below what it has been.
# variants: every tenth and 2,048 features, what each choice of the map cntkrf gives. ARCHIVE is
# ../shared/data/cifar10/cifar10_50k_5k_jpg.tar.xz if left out; exit status 77 says that it is not
# there. SKETCHNTK names the program if it is another than that of build/release.
set -eu
mode=$1
archive=${2:-$(dirname "$0")/../../../shared/data/cifar10/cifar10_50k_5k_jpg.tar.xz}
program=${SKETCHNTK:-build/release/tools/sketchntk}
[ -f "$archive" ] || { echo "$archive: not there" >&2; exit 77; }
images=$(mktemp -d)
trap 'rm -rf "$images"' EXIT
tar -xf "$archive" -C "$images"

one='conv(6, padding=valid) relu avg_pool(13) flatten dense'
two='conv(5, padding=valid) relu avg_pool(4, stride=2) conv(3, padding=valid) relu avg_pool(6, stride=5) flatten dense'
deep='conv(5, padding=valid) relu avg_pool(4, stride=2) conv(3, padding=valid) relu conv(3, padding=valid) relu avg_pool(5, stride=4) flatten dense'
three='2*(conv(3) relu) avg_pool(2) conv(3) relu gap dense'
patches='directions=patches,contrast=0.02,whiten=0.3,hidden_whiten=3'

accuracy=

header() {
    echo '| network | kind | map | features | test accuracy | seconds | of these |'
    echo '|---|---|---|---|---|---|---|'
}

# NETWORK KIND MAP: prints the line, and leaves the accuracy in $accuracy.
fit() {
    report=$("$program" fit --data "$images/train" --rows "$rows" --test-data "$images/test" \
        --features "$features" --network "$1" --kind "$2" --map "$3" 2>/dev/null)
    accuracy=$(echo "$report" | awk '/^test accuracy/ { print $3 }')
    echo "$report" | awk -v network="$1" -v kind="$2" -v map="$3" -v features="$features" '
        /^test accuracy/ { accuracy = $3 }
        /^seconds/ { seconds = $2; sub(/^[^(]*\(/, ""); sub(/\)$/, ""); parts = $0 }
        END { printf "| `%s` | %s | `%s` | %d | %.2f %% | %.0f | %s |\n",
                  network, kind, map, features, 100 * accuracy, seconds, parts }'
}

at_least() {
    awk -v accuracy="$accuracy" -v least="$1" 'BEGIN { exit !(accuracy >= least) }' ||
        { echo "accuracy $accuracy, expected at least $1" >&2; exit 1; }
}

header
case $mode in
small)
    # What was measured, less three standard errors of a share of 5,000 test images (.0067).
    rows=1::10 features=2048
    fit "$one" nngp "cntkrf($patches,flip=yes)"
    at_least 0.631
    fit "$two" nngp "cntkrf($patches,flip=yes)"
    at_least 0.651
    ;;
whole)
    rows=1::1 features=16384
    fit "$one" nngp "cntkrf($patches)"
    fit "$one" nngp "cntkrf($patches,flip=yes)"
    fit "$two" nngp "cntkrf($patches,flip=yes)"
    fit "$deep" nngp "cntkrf($patches,flip=yes)"
    features=32768
    fit "$two" nngp "cntkrf($patches,flip=yes)"
    ;;
variants)
    # The pools and the whitening that the map had when the table was made.
    two='conv(5, padding=valid) relu avg_pool(2) conv(3, padding=valid) relu avg_pool(6) flatten dense'
    patches='directions=patches,contrast=0.02,whiten=0.1'
    rows=1::10 features=2048
    fit "$one" nngp cntkrf
    fit "$one" ntk cntkrf
    fit "$one" nngp 'cntkrf(directions=patches)'
    fit "$one" nngp 'cntkrf(directions=patches,contrast=0.02)'
    fit "$one" nngp "cntkrf(contrast=0.02,whiten=0.1)"
    fit "$one" nngp "cntkrf($patches)"
    fit "$one" ntk "cntkrf($patches)"
    fit "$one" nngp "cntkrf($patches,rank=108)"
    fit "$one" nngp "cntkrf($patches,rank=32)"
    fit "$one" nngp "cntkrf($patches,flip=yes)"
    fit "$two" nngp cntkrf
    fit "$two" ntk cntkrf
    fit "$two" nngp "cntkrf($patches)"
    fit "$two" nngp "cntkrf($patches,hidden_whiten=1)"
    fit "$two" nngp "cntkrf($patches,hidden_whiten=1,hidden_rank=512)"
    fit "$two" nngp "cntkrf($patches,hidden_whiten=1,width=128)"
    fit "$two" nngp "cntkrf($patches,hidden_whiten=1,flip=yes)"
    fit "$two" ntk "cntkrf($patches,hidden_whiten=1,flip=yes)"
    fit "$three" nngp cntkrf
    fit "$three" nngp "cntkrf($patches,hidden_whiten=1,flip=yes)"
    ;;
*)
    echo "expected whole, small or variants, got '$mode'" >&2
    exit 2
    ;;
esac
