"""Grid search over networks and penalties with scikit-learn, in two ways: the feature map as a step
of a pipeline in front of scikit-learn's Ridge, and NTKRegressor, which finds its penalty itself."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from sketchntk import NTKFeatures, NTKRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

DATA = Path(__file__).resolve().parents[2] / "data" / "protein"
NETWORKS = ["fc(depth=1)", "fc(depth=3)", "fc(depth=3, b_std=0.3)"]


def main() -> None:
    table = np.loadtxt(DATA / "data.csv.gz", delimiter=",", max_rows=6000)
    X_train, X_test, y_train, y_test = train_test_split(
        table[:, :-1], table[:, -1], test_size=2000, random_state=0
    )

    pipeline = Pipeline(
        [
            ("scale", StandardScaler()),
            # Features of a map by name: 'auto' would choose anew in every fold.
            ("features", NTKFeatures(map="nystrom", n_features=256, random_state=0)),
            ("ridge", Ridge()),
        ]
    )
    grids = {
        "Pipeline with Ridge": (
            pipeline,
            # Ridge's alpha is absolute, NTKRegressor's in units of the features' mean squared
            # length, which is near 8 for depth 3.
            {"features__network": NETWORKS, "ridge__alpha": [0.001, 0.01, 0.1, 1.0]},
        ),
        "NTKRegressor": (
            NTKRegressor(map="nystrom", n_features=256, random_state=0, posterior=False),
            {"network": NETWORKS},
        ),
    }
    for name, (estimator, grid) in grids.items():
        start = time.perf_counter()
        search = GridSearchCV(estimator, grid, cv=3).fit(X_train, y_train)
        seconds = time.perf_counter() - start
        print(f"{name}: {len(search.cv_results_['params'])} candidates, {seconds:.1f} s")
        print(f"  best: {search.best_params_}")
        print(f"  R^2: {search.best_score_:.3f} in the folds, ", end="")
        print(f"{search.score(X_test, y_test):.3f} on {len(y_test)} test rows")
        if hasattr(search.best_estimator_, "alpha_"):
            print(f"  its own penalty: {search.best_estimator_.alpha_:.3g}")


if __name__ == "__main__":
    main()
