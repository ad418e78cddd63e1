# Sourced by the scripts that build.
# shellcheck shell=bash disable=SC2154

# step NAME COMMAND [ARGUMENT ...]
# Runs a command and says in one line how long it took. What it prints goes to the file $log, whose
# end is shown if it fails.
step() {
    local name=$1 start=$SECONDS
    shift
    if ! "$@" >>"$log" 2>&1; then
        tail -n 60 "$log" >&2
        echo "$name: failed; everything is in $log" >&2
        exit 1
    fi
    echo "$name: $((SECONDS - start)) s"
}
