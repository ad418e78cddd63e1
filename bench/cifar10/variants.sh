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

# The whitening that the map had when the table was made; table.sh has what won since.
. "$(dirname "$0")/fit.sh"
two='conv(5, padding=valid) relu avg_pool(2) conv(3, padding=valid) relu avg_pool(6) flatten dense'
patches='directions=patches,contrast=0.02,whiten=0.1'

header
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
