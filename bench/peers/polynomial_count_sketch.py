"""TensorSketch against scikit-learn's PolynomialCountSketch: time and error, in turns, in one run.

10,000 rows of 100 numbers, degrees 2 and 4, 1,024 and 4,096 outputs. Times are medians of five
turns on the same two processors: the program's benchmark `tensor_sketch_rows` with one and with two
threads, and scikit-learn's `transform`, whole and in batches of 500 rows, of which the faster one
counts (it uses one processor either way). The error is that of the kernel: |Z Z^T - K|_F / |K|_F
with K = (<x, y>^degree) for 500 of the rows, scaled to length 1; the mean over twenty seeds.

    python3 -m venv build/peers && build/peers/bin/pip install scikit-learn
    cmake --preset release && cmake --build --preset release
    build/peers/bin/python bench/peers/polynomial_count_sketch.py

BUILD names another build directory. Takes about two minutes and 3 GB of memory.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.kernel_approximation import PolynomialCountSketch

ROWS, INPUTS, ERROR_ROWS = 10_000, 100, 500
DEGREES, OUTPUTS = (2, 4), (1024, 4096)
TURNS, SEEDS, BATCH = 5, 20, 500
BUILD = Path(os.environ.get("BUILD", "build/release"))


def seconds_of(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def our_seconds(outputs, degree, threads):
    name = f"tensor_sketch_rows/outputs:{outputs}/degree:{degree}/threads:{threads}/"
    command = [BUILD / "bench/bench_sketchntk", f"--benchmark_filter=^{name}",
               "--benchmark_format=json"]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    (benchmark,) = json.loads(result.stdout)["benchmarks"]
    return 1e-3 * benchmark["real_time"]


def in_batches(peer, x):
    for first in range(0, len(x), BATCH):
        peer.transform(x[first:first + BATCH])


def times(x, degree, outputs):
    """Medians: ours with one thread, with two, scikit-learn's."""
    peer = PolynomialCountSketch(degree=degree, n_components=outputs, random_state=1).fit(x)
    turns = [
        (our_seconds(outputs, degree, 1), our_seconds(outputs, degree, 2),
         seconds_of(lambda: peer.transform(x)), seconds_of(lambda: in_batches(peer, x)))
        for _ in range(TURNS)
    ]
    one, two, whole, batches = (statistics.median(column) for column in zip(*turns))
    return one, two, min(whole, batches)


def our_sketch(data, directory, degree, outputs, seed):
    out = directory / "sketch.npy"
    subprocess.run(
        [BUILD / "tools/sketchntk", "sketch", "--operator", f"tensor_sketch(degree={degree})",
         "--outputs", str(outputs), "--seed", str(seed), "--data", data, "--out", out],
        check=True, capture_output=True)
    return np.load(out).astype(np.float64)


def error(z, kernel):
    return np.linalg.norm(z @ z.T - kernel) / np.linalg.norm(kernel)


def errors(x, degree, outputs):
    """Means over the seeds: ours, scikit-learn's."""
    kernel = (x.astype(np.float64) @ x.T.astype(np.float64)) ** degree
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        np.save(directory / "rows.npy", x)
        for seed in range(1, SEEDS + 1):
            z = our_sketch(directory / "rows.npy", directory, degree, outputs, seed)
            ours.append(error(z, kernel))
            peer = PolynomialCountSketch(degree=degree, n_components=outputs, random_state=seed)
            theirs.append(error(peer.fit_transform(x), kernel))
    return statistics.mean(ours), statistics.mean(theirs)


def main():
    processors = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, processors)
    x = np.random.default_rng(1).standard_normal((ROWS, INPUTS)).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    print(f"{'':14}| seconds: ours, ours on {len(processors)}, sklearn | ratios        | "
          "error: ours, sklearn")
    for degree in DEGREES:
        for outputs in OUTPUTS:
            one, two, peer = times(x, degree, outputs)
            ours, theirs = errors(x[:ERROR_ROWS], degree, outputs)
            print(f"q={degree} m={outputs:<7}| {one:8.4f} {two:8.4f} {peer:8.3f}          | "
                  f"{peer / one:6.1f} {peer / two:6.1f} | {ours:.4f} {theirs:.4f}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
