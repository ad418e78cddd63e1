"""Rows, estimators and comparisons of the tests of distributed fits."""

from __future__ import annotations

import pickle
from functools import reduce

import numpy as np
from sketchntk import NTKClassifier, NTKRegressor, StreamingRidge
from sketchntk.distributed import (
    merged,
)

ROWS = 2500
CUTS = [0, 700, 700, 1800, 1801, ROWS]  # one partition without rows, and one of a single row
NAMES = ["a", "b", "c", "d"]


def rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 4)) * [1, 10, 0.1, 3] + [0, 100, 1, -5]
    y = np.sin(X[:, 0]) + np.abs(X[:, 3] + 5) + 0.1 * rng.normal(size=ROWS)
    labels = np.asarray(["low", "middle", "top"])[np.digitize(y, [1.5, 3.0])]
    # Whole numbers, some 0: such rows are neither learnt from nor counted.
    weights = rng.integers(0, 4, size=ROWS).astype(np.float64)
    return X, y, labels, weights


X, Y, LABELS, WEIGHTS = rows()
TWO_TARGETS = np.column_stack([Y, X[:, 0]])

# name: estimator, targets, weights
CASES = {
    "random_features": (
        lambda: NTKRegressor(map="ntkrf", n_features=128, random_state=0, alpha="gcv"),
        Y,
        None,
    ),
    "learnt_from_a_sample": (
        lambda: NTKRegressor(map="nystrom", n_features=64, random_state=0, alpha="gcv"),
        Y,
        None,
    ),
    "weights": (
        lambda: NTKRegressor(map="nystrom", n_features=64, random_state=0, alpha="gcv"),
        Y,
        WEIGHTS,
    ),
    "two_targets": (
        lambda: NTKRegressor(map="ntkrf", n_features=64, random_state=3, alpha=[0.01, 0.1, 1.0]),
        TWO_TARGETS,
        None,
    ),
    "classifier": (
        lambda: NTKClassifier(map="ntkrf", n_features=128, random_state=0, alpha="gcv"),
        LABELS,
        None,
    ),
    "classifier_weights": (
        lambda: NTKClassifier(
            map="nystrom",
            n_features=64,
            random_state=0,
            alpha="gcv",
            class_weight={"top": 3.0, "low": 0.5},
        ),
        LABELS,
        WEIGHTS,
    ),
    "columns": (lambda: StreamingRidge(), Y, None),
}


def fitted_at_once(name):
    make, y, weights = CASES[name]
    return make().fit(X, y, weights)


def scores(model):
    return model.decision_function(X) if hasattr(model, "classes_") else model.predict(X)


def expect_same_model(model, expected):
    """Equal but for the order of the sums.

    Means, scales and sums that are merged in another order differ by some units of float64's last
    place. A map is then of the same bits: float32 swallows that. The solution of (G + lambda) c = b
    passes on relative errors in G and b times the condition number at most. 100 stands for the
    units, of which a sum of n numbers in k parts may have k + log n.
    """
    solution = expected._solved()
    solution = getattr(solution, "solution", solution)
    size = np.abs(scores(expected)).max()
    tolerance = 100 * solution.condition_number * np.finfo(np.float64).eps * size
    assert tolerance < 1e-6 * size  # another map or sample is off by far more
    np.testing.assert_allclose(scores(model), scores(expected), rtol=0, atol=tolerance)
    expect_same_choice(model, expected)
    assert model.n_features_in_ == expected.n_features_in_
    if hasattr(expected, "classes_"):
        assert model.classes_.tolist() == expected.classes_.tolist()
        assert (model.predict(X) == expected.predict(X)).all()


def expect_same_choice(model, expected):
    """The same penalty of the same grid, whose units may be a sum over the rows."""
    np.testing.assert_allclose(model.alpha_, expected.alpha_, rtol=1e-12)
    np.testing.assert_allclose(model.alphas_, expected.alphas_, rtol=1e-12)


def parts_of(values):
    return [None if values is None else values[a:b] for a, b in zip(CUTS, CUTS[1:])]


def batches_of(y, weights):
    return list(zip(parts_of(X), parts_of(y), parts_of(weights)))


class Lists:
    """An engine in this process, which pickles what engines pickle."""

    lengths = None

    def __init__(self, *partitions):
        self.partitions = partitions

    def gather(self, task, partitions=None):
        numbers = range(len(self.partitions)) if partitions is None else partitions
        sent = pickle.dumps(task)
        parts = [pickle.loads(sent)(k, self.partitions[k]) for k in numbers]
        return pickle.loads(pickle.dumps(parts))

    def reduce(self, task):
        return reduce(merged, self.gather(task), None)


def lists(y, weights=None):
    return Lists(*([batch] for batch in batches_of(y, weights)))
