"""Exact kernels against neural-tangents on the same processors: time and agreement, in one run.

Fully connected: the NTK of 4,096 (theirs) and 8,192 (ours) normal rows, depth 3, float32, as entries
a second; ours is the figure of `bench_sketchntk`, theirs a jitted kernel function after its first
call. Convolutional: normal images of 32 x 32 x 3; theirs is jitted on a block of images with itself,
in float32 and in float64, which is faster with global average pooling; ours is the whole program
`sketchntk kernel` (float32), its start and files included, both as seconds a pair, where theirs counts
all pairs of the block and ours each pair once. Medians of three runs. The first block of both is
compared, relative to sqrt(K(x, x) K(y, y)).

    python3 -m venv build/peers
    build/peers/bin/pip install jax==0.4.30 jaxlib==0.4.30 neural-tangents==0.6.5 'numpy<2' 'scipy<1.13'
    cmake --preset release && cmake --build --preset release
    build/peers/bin/python bench/peers/exact_kernels.py

BUILD names another build directory.
"""

import json
import math
import os
import statistics
import subprocess
import tempfile
import time
from functools import partial
from pathlib import Path

import jax
import numpy as np
from jax.experimental import enable_x64
from neural_tangents import stax

BUILD = Path(os.environ.get("BUILD", "build/release"))
REPETITIONS = 3
DENSE = partial(stax.Dense, 1, W_std=math.sqrt(2))
CONV = partial(stax.Conv, 1, (3, 3), W_std=math.sqrt(2), padding="SAME")


def kernel_function(layers):
    function = stax.serial(*layers)[2]
    return jax.jit(lambda x: function(x, None, "ntk"))


def median_seconds(run):
    run()
    seconds = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def fully_connected(inputs):
    rows = np.random.default_rng(0).standard_normal((4096, inputs)).astype(np.float32)
    theirs = kernel_function(3 * [DENSE(), stax.Relu()] + [DENSE()])
    their_rate = len(rows) ** 2 / median_seconds(lambda: theirs(rows).block_until_ready())
    output = subprocess.run(
        [BUILD / "bench" / "bench_sketchntk", "--benchmark_format=json",
         f"--benchmark_filter=^exact_gram/d:{inputs}/depth:3/bias:0/"],
        check=True, capture_output=True, text=True).stdout
    our_rate = json.loads(output)["benchmarks"][0]["entries_per_second"]
    print(f"fc, d = {inputs:3d}, depth 3: ours {our_rate / 1e6:7.1f}, theirs {their_rate / 1e6:6.1f} "
          f"million entries a second: {our_rate / their_rate:.1f} times", flush=True)


def ours_on_images(images, network):
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        np.save(directory / "images.npy", images)

        def run():
            subprocess.run(
                [BUILD / "tools" / "sketchntk", "kernel", "--data", directory / "images.npy",
                 "--target", "none", "--network", network, "--out", directory / "k.npy"],
                check=True, capture_output=True)

        seconds = median_seconds(run)
        return seconds / (len(images) * (len(images) + 1) / 2), np.load(directory / "k.npy")


def convolutional(depth, end, our_images, their_images):
    images = np.random.default_rng(0).standard_normal((our_images, 32, 32, 3)).astype(np.float32)
    block = images[:their_images]
    last = stax.GlobalAvgPool() if end == "gap" else stax.Flatten()
    theirs = kernel_function(depth * [CONV(), stax.Relu()] + [last, DENSE()])
    our_seconds, kernel = ours_on_images(images, f"{depth}*(conv(3) relu) {end} dense")
    print(f"conv, {depth:2d} layers, {end:7s}: ours {1e3 * our_seconds:.4f} ms a pair", flush=True)
    for precision in np.float32, np.float64:
        with enable_x64(precision == np.float64):
            x = block.astype(precision)
            their_seconds = median_seconds(lambda: theirs(x).block_until_ready()) / their_images**2
            expected = np.asarray(theirs(x), dtype=np.float64)
        scale = np.sqrt(np.diag(expected))
        difference = np.max(np.abs(kernel[:their_images, :their_images] - expected)
                            / np.outer(scale, scale))
        print(f"    theirs, {precision.__name__}: {1e3 * their_seconds:9.3f} ms a pair, "
              f"{their_seconds / our_seconds:.0f} times, difference {difference:.1e}", flush=True)


def main():
    fully_connected(9)
    fully_connected(784)
    convolutional(3, "gap", our_images=96, their_images=2)
    convolutional(21, "gap", our_images=48, their_images=2)
    convolutional(21, "flatten", our_images=400, their_images=40)


if __name__ == "__main__":
    main()
