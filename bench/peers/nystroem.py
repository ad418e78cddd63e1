"""Nystrom features of the NTK against scikit-learn's Nystroem: time and error, in one run.

10,000 standardised rows of the protein data, depth 3, 512 and 1,024 landmarks. scikit-learn has no
NTK, so it gets one in numpy, in the two ways that it offers: as a precomputed matrix of all pairs
(the time of making it counts), and as a callable, which it calls for each pair of rows; that one is
timed on 200 rows and 64 landmarks, and given for each kernel entry. Ours is the whole program
`sketchntk features`, reading and writing files included, with landmarks chosen uniformly as
scikit-learn does and by k-means++. The error is (tr K - tr Z Z^T) / tr K, the mean over five seeds;
times are medians of the same five runs.

    python3 -m venv build/peers && build/peers/bin/pip install scikit-learn
    cmake --preset release && cmake --build --preset release
    build/peers/bin/python bench/peers/nystroem.py

BUILD names another build directory. Takes about two minutes and 3 GB of memory.
"""

import gzip
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.kernel_approximation import Nystroem

ROWS, DEPTH, SEEDS = 10_000, 3, 5
LANDMARKS = (512, 1024)
CALLABLE_ROWS, CALLABLE_LANDMARKS = 200, 64
PROGRAM = Path(os.environ.get("BUILD", "build/release")) / "tools" / "sketchntk"


def ntk(x, y):
    """The NTK of fc(depth=DEPTH) for the rows of x and y."""
    x, y = np.atleast_2d(x), np.atleast_2d(y)
    x_lengths, y_lengths = np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1)
    lengths = np.outer(x_lengths, y_lengths)
    cosine = np.clip(x @ y.T / lengths, -1, 1)
    tangent = cosine.copy()
    for _ in range(DEPTH):
        angle = np.arccos(cosine)
        after = (np.sqrt(1 - cosine**2) + cosine * (np.pi - angle)) / np.pi
        tangent = tangent * (np.pi - angle) / np.pi + after
        cosine = np.clip(after, -1, 1)
    return 2 * lengths / x.shape[1] * tangent


def protein_rows():
    with gzip.open("data/protein/data.csv.gz", "rt") as file:
        rows = np.loadtxt(file, delimiter=",")[:, :-1]
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    return rows[np.random.default_rng(0).permutation(len(rows))[:ROWS]]


def trace_error(features, diagonal):
    return 1 - np.sum(np.square(features.astype(np.float64))) / np.sum(diagonal)


def ours(directory, rule, landmarks, seed):
    out = directory / "features.npy"
    start = time.perf_counter()
    subprocess.run(
        [PROGRAM, "features", "--data", directory / "rows.npy", "--target", "none",
         "--network", f"fc(depth={DEPTH})", "--map", f"nystrom(landmarks={rule})",
         "--features", str(landmarks), "--seed", str(seed), "--out", out],
        check=True, capture_output=True)
    seconds = time.perf_counter() - start
    return seconds, np.load(out)


def theirs(rows, landmarks, seed):
    start = time.perf_counter()
    features = Nystroem(kernel="precomputed", n_components=landmarks, random_state=seed)
    result = features.fit_transform(ntk(rows, rows))
    return time.perf_counter() - start, result


def callable_seconds(rows):
    few = rows[:CALLABLE_ROWS]
    map_ = Nystroem(kernel=lambda a, b: float(ntk(a, b)[0, 0]), n_components=CALLABLE_LANDMARKS,
                    random_state=0)
    start = time.perf_counter()
    map_.fit_transform(few)
    entries = CALLABLE_LANDMARKS**2 + CALLABLE_ROWS * CALLABLE_LANDMARKS
    return (time.perf_counter() - start) / entries


def main():
    rows = protein_rows()
    diagonal = 2 * (DEPTH + 1) * np.sum(rows**2, axis=1) / rows.shape[1]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        np.save(directory / "rows.npy", rows.astype(np.float32))
        for landmarks in LANDMARKS:
            runs = {"uniform": [], "kmeans": [], "scikit-learn": []}
            for seed in range(SEEDS):
                for rule in ("uniform", "kmeans"):
                    runs[rule].append(ours(directory, rule, landmarks, seed))
                runs["scikit-learn"].append(theirs(rows, landmarks, seed))
            print(f"{landmarks} landmarks")
            for method, results in runs.items():
                seconds = statistics.median(r[0] for r in results)
                error = statistics.mean(trace_error(r[1], diagonal) for r in results)
                print(f"  {method:13s} {seconds:8.3f} s   trace error {error:.4f}")
    each = callable_seconds(rows)
    whole = each * LANDMARKS[-1] * (LANDMARKS[-1] + ROWS)
    print(f"scikit-learn with a callable: {1e6 * each:.1f} us an entry, "
          f"{whole:.0f} s for {LANDMARKS[-1]} landmarks")


if __name__ == "__main__":
    main()
