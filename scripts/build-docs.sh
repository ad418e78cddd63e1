#!/usr/bin/env bash
# build-docs.sh [PYTHON]
# Builds the documentation site into build/docs; warnings are errors. PYTHON (or the variable of
# that name; python3 without either) is an interpreter that can import sketchntk; nothing is
# installed there, Sphinx goes to build/docs-venv. Needs Doxygen; the network only where pip has
# something to install.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh

python=${1:-${PYTHON:-python3}}
environment=build/docs-venv
log=build/docs.log
mkdir -p build
: >"$log"

fail() {
    echo "build-docs.sh: $1" >&2
    exit 1
}

"$python" -c 'import sketchntk' 2>>"$log" ||
    fail "$python cannot import sketchntk: pip install '.[sklearn]' there, or give another PYTHON"
command -v doxygen >/dev/null ||
    fail "no doxygen: apt-get install --no-install-recommends doxygen"

# The extension module fits one version of Python: an environment of another one is made anew.
version() { "$1" -c 'import sys; print(sys.version_info[:2], sys.base_prefix)' 2>/dev/null; }
if [[ $(version "$environment/bin/python") != "$(version "$python")" ]]; then
    rm -rf "$environment"
    step "Virtual environment" "$python" -m venv "$environment"
fi
if ! cmp --silent scripts/requirements-docs.txt "$environment/requirements"; then
    step "Sphinx installed" "$environment/bin/python" -m pip install \
        --requirement scripts/requirements-docs.txt
    cp scripts/requirements-docs.txt "$environment/requirements"
fi

# Behind Sphinx's own packages, what PYTHON imports: sketchntk, NumPy and scikit-learn.
packages=$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$python" -c 'import sys
for path in filter(None, sys.path):
    print(f"import site; site.addsitedir({path!r})")' >"$packages/sketchntk-docs.pth"

rm -rf build/docs build/doxygen
mkdir -p build/doxygen
step Doxygen doxygen docs/site/Doxyfile
# Without the pages of the last run, whose warnings would not be repeated.
step Sphinx "$environment/bin/python" -m sphinx --fresh-env --jobs auto --fail-on-warning \
    --keep-going --conf-dir docs/site --doctree-dir build/docs-doctrees docs build/docs
echo "Documentation: $PWD/build/docs/index.html"
