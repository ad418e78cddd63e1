"""NTK random features against the authors' PyTorch code: time and error, in one run.

Rows of normal numbers, two threads each side. Theirs is `NtkFeatureMapOps` of insuhan/ntk-sketch-rf
(NeurIPS 2021) with the features divided as in its README (7,500 of 8,192 for the tensor sketch at one
hidden layer, 5,000 beyond) and in halves, without its leverage-weighted directions, whose sampler
alone takes minutes. Ours are the same features as published, our default and `zonal`; the seconds are
those of mapping that `features` reports, of many rows less those of few, so that neither side counts files or drawing random numbers.
The error is |Z Z^T - K| / |K| on 1,000 rows, K in float64 by the recursion below, from which our
scale differs by 2 / columns. Times are medians of five runs, errors means.

    python3 -m venv build/peers && build/peers/bin/pip install torch numpy scipy pandas
    git clone https://github.com/insuhan/ntk-sketch-rf build/ntk-sketch-rf
    scripts/build.sh release
    build/peers/bin/python bench/peers/ntk_sketch_rf.py build/ntk-sketch-rf

BUILD names another build directory.
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
import torch

sys.path.insert(0, sys.argv[1])
from ntk_random_features import NtkFeatureMapOps  # noqa: E402

ROWS, FEW_ROWS, ERROR_ROWS, BATCH, RUNS, THREADS = 16_384, 4_096, 1_000, 1_024, 5, 2
CASES = [(9, 1, 8192), (9, 3, 4096), (384, 1, 8192)]  # columns, hidden layers, features
PUBLISHED = "ntkrf(directions=gaussian,sampling=independent,split=published)"
MAPS = [PUBLISHED, "ntkrf", "zonal"]
PROGRAM = Path(os.environ.get("BUILD", "build/release")) / "tools" / "sketchntk"


def ntk(rows, depth):
    """K of the published scale: x y^T in the first layer, ReLU of mean square one half doubled."""
    products = rows.astype(np.float64) @ rows.T.astype(np.float64)
    lengths = np.sqrt(np.outer(np.diag(products), np.diag(products)))
    cosine = np.clip(products / lengths, -1, 1)
    tangent = cosine.copy()
    for _ in range(depth):
        angle = np.arccos(cosine)
        slope = (np.pi - angle) / np.pi
        cosine = np.clip((np.sin(angle) + cosine * (np.pi - angle)) / np.pi, -1, 1)
        tangent = tangent * slope + cosine
    return lengths * tangent


def relative_error(features, kernel):
    features = features.astype(np.float64)
    return np.linalg.norm(features @ features.T - kernel) / np.linalg.norm(kernel)


def theirs(rows, depth, features, share, seed):
    torch.manual_seed(seed)
    of_kernel = features - round(share * features)
    map_of_rows = NtkFeatureMapOps(
        depth, rows.shape[1], m1=of_kernel, m0=of_kernel, ms=features - of_kernel
    )
    tensor = torch.from_numpy(rows)
    with torch.no_grad():
        map_of_rows(tensor[:BATCH])
        begin = time.perf_counter()
        for first in range(0, len(rows), BATCH):
            map_of_rows(tensor[first : first + BATCH])
        seconds = time.perf_counter() - begin
        mapped = map_of_rows(tensor[:ERROR_ROWS])[1].numpy()
    return seconds, mapped


def ours(directory, method, depth, features, seed):
    common = ["--network", f"fc(depth={depth})", "--map", method, "--features", str(features)]
    common += ["--seed", str(seed), "--threads", str(THREADS)]
    report, out = directory / "report.json", directory / "features.npy"

    def seconds(data):
        command = ["features", "--data", directory / data, "--target", "none", "--out", out]
        command += ["--json", report, *common]
        subprocess.run([PROGRAM, *command], check=True, capture_output=True)
        return json.loads(report.read_text())["feature_seconds"]

    many = seconds("rows.npy")
    few = seconds("few.npy")
    return many - few, np.load(out)[:ERROR_ROWS]


def print_line(name, runs, reference):
    seconds = statistics.median(run[0] for run in runs)
    error = statistics.mean(run[1] for run in runs)
    print(
        f"  {name:<70} {1e6 * seconds / ROWS:8.2f} us a row  {reference / seconds:6.1f} times as fast"
        f"  error {error:.4f}"
    )


def run_case(directory, columns, depth, features):
    rows = np.random.default_rng(0).standard_normal((ROWS, columns)).astype(np.float32)
    np.save(directory / "rows.npy", np.vstack([rows[:FEW_ROWS], rows]))
    np.save(directory / "few.npy", rows[:FEW_ROWS])
    kernel = ntk(rows[:ERROR_ROWS], depth)
    shares = {
        "ntk-sketch-rf, split of its README": (7_500 if depth == 1 else 5_000) / 8_192,
        "ntk-sketch-rf, halves": 0.5,
    }
    runs = {method: [] for method in [*shares, *MAPS]}
    for seed in range(RUNS):
        for name, share in shares.items():
            seconds, mapped = theirs(rows, depth, features, share, seed)
            runs[name].append((seconds, relative_error(mapped, kernel)))
        for method in MAPS:
            seconds, mapped = ours(directory, method, depth, features, seed)
            error = relative_error(mapped * np.sqrt(columns / 2), kernel)
            runs[method].append((seconds, error))
    print(f"{columns} columns, {depth} hidden layers, {features} features")
    reference = min(statistics.median(run[0] for run in runs[name]) for name in shares)
    for method, of_method in runs.items():
        print_line(method, of_method, reference)


def main():
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as name:
        for case in CASES:
            run_case(Path(name), *case)


if __name__ == "__main__":
    main()
