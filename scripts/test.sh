#!/usr/bin/env bash
# test.sh: installs what is missing, builds the optimised preset with warnings as errors and runs
# the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install-packages.sh
scripts/build.sh release -DSKETCHNTK_WERROR=ON
ctest --preset release --parallel 2 --no-tests=error
