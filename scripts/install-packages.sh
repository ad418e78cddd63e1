#!/usr/bin/env bash
# install-packages.sh [LIST ...]
# Installs those Debian packages of the lists (without one: scripts/packages.txt) that are missing,
# as root or through sudo. Where neither is to be had it names them and stops with status 1.
set -euo pipefail

lists=("$@")
if ((${#lists[@]} == 0)); then
    lists=("$(dirname "${BASH_SOURCE[0]}")/packages.txt")
fi

if ! command -v dpkg-query >/dev/null; then
    echo "Not a Debian system: install by hand what ${lists[*]} names." >&2
    exit 0
fi

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status} ' "$1" 2>/dev/null) == *installed* ]]
}

wanted=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "${lists[@]}")
missing=()
while read -r package; do
    is_installed "$package" || missing+=("$package")
done <<<"$wanted"

if ((${#missing[@]} == 0)); then
    echo "Packages: all there."
    exit 0
fi

as_root=()
if ((EUID != 0)); then
    if command -v sudo >/dev/null && { [[ -t 0 ]] || sudo --non-interactive true 2>/dev/null; }; then
        as_root=(sudo)
    else
        echo "Packages missing: ${missing[*]}" >&2
        echo "Neither root nor sudo here. An administrator would run" >&2
        echo "    apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
fi

echo "Packages: installing ${missing[*]}"
apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
"${apt_get[@]}" update >&2
"${apt_get[@]}" install --yes --no-install-recommends "${missing[@]}" >&2
