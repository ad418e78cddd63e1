"""Nystrom features of the NTK against scikit-learn's Nystroem: time and error, in one run.

2,000 standardised rows of the protein data, depth 3, 256 landmarks. scikit-learn has no NTK, so it
gets one as a callable, which it calls for each pair of rows: in plain Python arithmetic, since numpy
is slower for single numbers. (A precomputed kernel is no way round: Nystroem asks for a square matrix
of the landmarks alone and reorders its rows only.) Ours is the whole program `sketchntk features`,
reading and writing files included, with landmarks chosen uniformly as scikit-learn does and by
k-means++. The error is (tr K - tr Z Z^T) / tr K, the mean over five seeds; times are medians of the
same five runs.

    python3 -m venv build/peers && build/peers/bin/pip install scikit-learn
    cmake --preset release && cmake --build --preset release
    build/peers/bin/python bench/peers/nystroem.py

BUILD names another build directory.
"""

import gzip
import math
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.kernel_approximation import Nystroem

ROWS, LANDMARKS, DEPTH, SEEDS = 2_000, 256, 3, 5
PROGRAM = Path(os.environ.get("BUILD", "build/release")) / "tools" / "sketchntk"


def ntk(x, y):
    """The NTK of fc(depth=DEPTH) for two rows."""
    lengths = math.sqrt(float(x @ x) * float(y @ y))
    cosine = min(1.0, max(-1.0, float(x @ y) / lengths))
    tangent = cosine
    for _ in range(DEPTH):
        angle = math.acos(cosine)
        cosine_after = (math.sqrt(1 - cosine * cosine) + cosine * (math.pi - angle)) / math.pi
        tangent = tangent * (math.pi - angle) / math.pi + cosine_after
        cosine = min(1.0, cosine_after)
    return 2 * lengths / len(x) * tangent


def protein_rows():
    with gzip.open("data/protein/data.csv.gz", "rt") as file:
        rows = np.loadtxt(file, delimiter=",")[:, :-1]
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    return rows[np.random.default_rng(0).permutation(len(rows))[:ROWS]]


def trace_error(features, diagonal):
    return 1 - np.sum(np.square(features.astype(np.float64))) / np.sum(diagonal)


def ours(directory, rule, seed):
    out = directory / "features.npy"
    start = time.perf_counter()
    subprocess.run(
        [PROGRAM, "features", "--data", directory / "rows.npy", "--target", "none",
         "--network", f"fc(depth={DEPTH})", "--map", f"nystrom(landmarks={rule})",
         "--features", str(LANDMARKS), "--seed", str(seed), "--out", out],
        check=True, capture_output=True)
    seconds = time.perf_counter() - start
    return seconds, np.load(out)


def theirs(rows, seed):
    start = time.perf_counter()
    features = Nystroem(kernel=ntk, n_components=LANDMARKS, random_state=seed)
    result = features.fit_transform(rows)
    return time.perf_counter() - start, result


def main():
    rows = protein_rows()
    diagonal = 2 * (DEPTH + 1) * np.sum(rows**2, axis=1) / rows.shape[1]
    runs = {"ours, uniform": [], "ours, kmeans": [], "scikit-learn": []}
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        np.save(directory / "rows.npy", rows.astype(np.float32))
        for seed in range(SEEDS):
            runs["ours, uniform"].append(ours(directory, "uniform", seed))
            runs["ours, kmeans"].append(ours(directory, "kmeans", seed))
            runs["scikit-learn"].append(theirs(rows, seed))
    for method, results in runs.items():
        seconds = statistics.median(r[0] for r in results)
        error = statistics.mean(trace_error(r[1], diagonal) for r in results)
        print(f"{method:13s} {seconds:8.3f} s   trace error {error:.4f}")


if __name__ == "__main__":
    main()
