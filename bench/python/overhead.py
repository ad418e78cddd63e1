"""Seconds of `NTKFeatures.transform` over those of the same C++ call, in turns on one machine.

    python bench/python/overhead.py build/release/bench/bench_sketchntk

40,000 rows of 9 columns, 1,024 features of ntkrf, all threads; the median of the ratios of
neighbouring runs, and their range.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

import numpy as np
from sketchntk import NTKFeatures

REPETITIONS = 15


def of_cpp(bench: str) -> float:
    """Seconds of one call from C++: the fastest of a few."""
    command = [
        bench,
        "--benchmark_filter=extractor_transform",
        "--benchmark_format=json",
        "--benchmark_min_time=0.5",
    ]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    milliseconds: float = json.loads(output)["benchmarks"][0]["real_time"]
    return milliseconds / 1000


def of_python(features: NTKFeatures, X: np.ndarray) -> float:
    """Seconds of one call from Python, as many as fit into half a second."""
    begin = time.perf_counter()
    count = 0
    while time.perf_counter() - begin < 0.5:
        features.transform(X)
        count += 1
    return (time.perf_counter() - begin) / count


def main() -> None:
    """Print the ratio."""
    X = np.sin(np.arange(40_000 * 9, dtype=np.float64)).reshape(-1, 9)
    features = NTKFeatures("fc(depth=3)", "ntkrf", 1024, random_state=0).fit(X)
    features.transform(X)
    ratios = []
    for _ in range(REPETITIONS):
        cpp = of_cpp(sys.argv[1])
        ratios.append(of_python(features, X) / cpp)
    print(
        f"Python over C++: median {statistics.median(ratios):.3f}, "
        f"from {min(ratios):.3f} to {max(ratios):.3f}, {REPETITIONS} pairs"
    )


if __name__ == "__main__":
    main()
