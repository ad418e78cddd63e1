#!/usr/bin/env bash
# demo.sh: installs what is missing, builds the program and runs its main job on the data in
# data/protein: ridge regression on NTK random features and on the features that auto chooses, of
# several sizes, beside linear ridge and the exact NTK on all training rows. A few minutes on two
# cores, ten at most.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/install-packages.sh
scripts/build.sh release -- sketchntk_program

echo
echo "Protein structures (UCI CASP): 41,157 training rows, 4,573 test rows, 9 columns."
echo "Network: three hidden ReLU layers of infinite width, trained by gradient descent (its NTK)."
echo "Methods: linear ridge; ridge on NTK random features (ntkrf); on the features that predict best"
echo "on a sample (auto; its choice is named as it runs); the exact NTK, all pairs of rows."
echo "Lambda: by generalised cross-validation; by leave-one-out for landmarks and the exact kernel."
echo
build/release/tools/sketchntk compare \
    --data data/protein/data.csv.gz --target -1 --test-mask data/protein/test_mask.csv.gz \
    --network 'fc(depth=3)' --maps linear,ntkrf,auto --features 512,1024,2048,4096 --exact "$@"
echo
echo "Next: build/release/tools/sketchntk fit --help"
