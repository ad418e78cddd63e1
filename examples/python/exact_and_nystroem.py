"""What features lose and gain on Protein: NTKRegressor beside ridge regression with the exact
kernel, and beside scikit-learn's Nystroem with a Gaussian kernel in front of its Ridge."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from sketchntk import ExactNTKRegressor, NTKRegressor
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

DATA = Path(__file__).resolve().parents[2] / "data" / "protein"
TRAINING_ROWS = 3000
FEATURES = 512


def models() -> dict[str, Any]:
    """What is compared, by the names in the table."""
    return {
        "linear ridge": make_pipeline(StandardScaler(), Ridge()),
        "Nystroem (rbf) + RidgeCV": make_pipeline(
            StandardScaler(),
            Nystroem(gamma=1 / 9, n_components=FEATURES, random_state=0),
            RidgeCV(alphas=10.0 ** np.arange(-4, 3)),
        ),
        "NTKRegressor, ntkrf": NTKRegressor(map="ntkrf", n_features=FEATURES, random_state=0),
        "NTKRegressor, zonal": NTKRegressor(map="zonal", n_features=FEATURES, random_state=0),
        "NTKRegressor, nystrom": NTKRegressor(map="nystrom", n_features=FEATURES, random_state=0),
        "ExactNTKRegressor": ExactNTKRegressor(),
    }


def main() -> None:
    table = np.loadtxt(DATA / "data.csv.gz", delimiter=",")
    test = np.loadtxt(DATA / "test_mask.csv.gz", delimiter=",", usecols=0) == 1
    training = np.random.default_rng(0).permutation(np.flatnonzero(~test))[:TRAINING_ROWS]
    X, y = table[:, :-1], table[:, -1]

    print(f"{TRAINING_ROWS} training rows, {test.sum()} test rows, {FEATURES} features")
    print(f"{'model':<26}{'test RMSE':>10}{'fit s':>8}{'predict s':>11}")
    for name, model in models().items():
        start = time.perf_counter()
        model.fit(X[training], y[training])
        fitted = time.perf_counter()
        error = np.sqrt(np.mean((model.predict(X[test]) - y[test]) ** 2))
        predicted = time.perf_counter()
        print(f"{name:<26}{error:>10.4f}{fitted - start:>8.2f}{predicted - fitted:>11.2f}")


if __name__ == "__main__":
    main()
