# For the scripts beside this one, which read it: networks, maps, and a fit as a line of a table.
# $train and $test name folders of images by class, $rows which of the training images, $features how
# many features; $program is the program.

one='conv(6, padding=valid) relu avg_pool(13) flatten dense'
two='conv(5, padding=valid) relu avg_pool(4, stride=2) conv(3, padding=valid) relu avg_pool(6, stride=5) flatten dense'
three='2*(conv(3) relu) avg_pool(2) conv(3) relu gap dense'
patches='directions=patches,contrast=0.02,whiten=0.3,hidden_whiten=3'

program=${SKETCHNTK:-build/release/tools/sketchntk}
accuracy=

header() {
    echo '| network | kind | map | features | test accuracy | seconds | of these |'
    echo '|---|---|---|---|---|---|---|'
}

# NETWORK KIND MAP: prints the line, and leaves the accuracy in $accuracy.
fit() {
    report=$("$program" fit --data "$train" --rows "$rows" --test-data "$test" \
        --features "$features" --network "$1" --kind "$2" --map "$3" 2>/dev/null)
    accuracy=$(echo "$report" | awk '/^test accuracy/ { print $3 }')
    echo "$report" | awk -v network="$1" -v kind="$2" -v map="$3" -v features="$features" '
        /^test accuracy/ { accuracy = $3 }
        /^seconds/ { seconds = $2; sub(/^[^(]*\(/, ""); sub(/\)$/, ""); parts = $0 }
        END { printf "| `%s` | %s | `%s` | %d | %.2f %% | %.0f | %s |\n",
                  network, kind, map, features, 100 * accuracy, seconds, parts }'
}
