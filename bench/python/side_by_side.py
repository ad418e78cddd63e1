"""This package beside scikit-learn's own means, in one run: test error, seconds, memory.

    python bench/python/side_by_side.py [--letter LetterRecognition.csv.gz] [--methods NAME ...]

Protein is in the repository; letter is UCI's Letter Recognition (a column `lettr` of classes), the
last 4,000 of whose 20,000 rows are tested on. Every method runs in a process of its own and chooses
its parameters from the training rows: that is part of its seconds. Memory is the largest resident
set less that of a process which has only read the data.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pandas as pd

PROTEIN = Path(__file__).parents[2] / "data" / "protein"
FEATURES = 2048


def protein() -> tuple[Any, Any, Any, Any]:
    """Rows and targets, for training and test."""
    table = pd.read_csv(PROTEIN / "data.csv.gz", header=None).to_numpy(dtype=np.float64)
    # The first of ten splits.
    test = np.loadtxt(PROTEIN / "test_mask.csv.gz", delimiter=",", usecols=0).astype(bool)
    X, y = table[:, :-1], table[:, -1]
    return X[~test], y[~test], X[test], y[test]


def letter(path: str) -> tuple[Any, Any, Any, Any]:
    """Rows and classes, for training and test."""
    table = pd.read_csv(path)
    X = table.drop(columns="lettr").to_numpy(dtype=np.float64)
    y = table["lettr"].to_numpy(dtype=str)
    return X[:16000], y[:16000], X[16000:], y[16000:]


def standardised_kernel_approximation(make: Callable[[float], Any], classify: bool) -> Any:
    """A pipeline whose width is chosen on a fifth of 10,000 rows, and its penalty by RidgeCV."""
    from sklearn.base import BaseEstimator
    from sklearn.linear_model import RidgeClassifierCV, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    penalties = np.logspace(-6, 3, 19)

    def pipeline(gamma: float) -> Any:
        head = RidgeClassifierCV(penalties) if classify else RidgeCV(penalties)
        return make_pipeline(StandardScaler(), make(gamma), head)

    class Chosen(BaseEstimator):
        def fit(self, X: Any, y: Any) -> Any:
            rows = np.random.default_rng(0).permutation(len(X))[:10000]
            learn, judge = rows[2000:], rows[:2000]
            gammas = np.asarray([0.1, 0.3, 1.0, 3.0, 10.0]) / X.shape[1]
            scores = [pipeline(g).fit(X[learn], y[learn]).score(X[judge], y[judge]) for g in gammas]
            self.model = pipeline(gammas[int(np.argmax(scores))]).fit(X, y)
            return self

        def predict(self, X: Any) -> Any:
            return self.model.predict(X)

    return Chosen()


def nystroem(gamma: float) -> Any:
    """Landmarks drawn uniformly."""
    from sklearn.kernel_approximation import Nystroem

    return Nystroem(gamma=gamma, n_components=FEATURES, random_state=0)


def rbf_sampler(gamma: float) -> Any:
    """Random Fourier features."""
    from sklearn.kernel_approximation import RBFSampler

    return RBFSampler(gamma=gamma, n_components=FEATURES, random_state=0)


def boosting(classify: bool) -> Any:
    """Trees, with the number of iterations by early stopping."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    make = HistGradientBoostingClassifier if classify else HistGradientBoostingRegressor
    return make(max_iter=1000, early_stopping=True, random_state=0)


def ours(classify: bool, features: int) -> Any:
    """Ridge on NTK features; map and penalty are chosen."""
    from sketchntk import NTKClassifier, NTKRegressor

    return (NTKClassifier if classify else NTKRegressor)(n_features=features, random_state=0)


class Exact:
    """The exact kernel on all rows; classes by the largest of several targets."""

    def __init__(self, classify: bool) -> None:
        self.classify = classify

    def fit(self, X: Any, y: Any) -> Any:
        from sketchntk import ExactNTKRegressor

        if self.classify:
            self.classes = np.unique(y)
            y = (y[:, None] == self.classes).astype(float)
        self.model = ExactNTKRegressor().fit(X, y)
        return self

    def predict(self, X: Any) -> Any:
        predictions = self.model.predict(X)
        return self.classes[predictions.argmax(axis=1)] if self.classify else predictions


METHODS: dict[str, Callable[[bool], Any]] = {
    f"sketchntk, {FEATURES} features": lambda classify: ours(classify, FEATURES),
    f"sketchntk, {2 * FEATURES} features": lambda classify: ours(classify, 2 * FEATURES),
    "exact NTK": Exact,
    f"Nystroem (RBF), {FEATURES}, and ridge": lambda classify: standardised_kernel_approximation(
        nystroem, classify
    ),
    f"RBFSampler, {FEATURES}, and ridge": lambda classify: standardised_kernel_approximation(
        rbf_sampler, classify
    ),
    "HistGradientBoosting": boosting,
}


def resident() -> float:
    """The largest resident set so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_one(name: str, data: str) -> dict[str, float]:
    """One method on one data set, in this process."""
    X, y, X_test, y_test = protein() if data == "protein" else letter(data)
    classify = data != "protein"
    before = resident()
    model = METHODS[name](classify)
    begin = time.perf_counter()
    model.fit(X, y)
    fitted = time.perf_counter()
    predictions = model.predict(X_test)
    ended = time.perf_counter()
    error = (
        float(np.mean(predictions != y_test))
        if classify
        else float(np.sqrt(np.mean((predictions - y_test) ** 2)))
    )
    return {
        "error": error,
        "fit_seconds": fitted - begin,
        "predict_seconds": ended - fitted,
        "mib": resident() - before,
    }


def main() -> None:
    """Print a table for each data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letter", help="LetterRecognition.csv.gz")
    parser.add_argument("--methods", nargs="*", default=list(METHODS))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(run_one(*arguments.one)))
        return
    data_sets = {"protein": "RMSE"}
    if arguments.letter:
        data_sets[arguments.letter] = "error rate"
    for data, measure in data_sets.items():
        print(
            f"\n| {Path(data).name}: method | test {measure} | fit, s | predict, s | memory, MiB |"
        )
        print("|---|---|---|---|---|")
        for name in arguments.methods:
            command = [sys.executable, __file__, "--one", name, data]
            result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            print(
                f"| {name} | {result['error']:.4f} | {result['fit_seconds']:.1f} "
                f"| {result['predict_seconds']:.2f} | {result['mib']:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
