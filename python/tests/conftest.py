"""Data that several tests use."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def smooth() -> tuple[np.ndarray, np.ndarray]:
    """Rows and a smooth target of them with a little noise."""
    random = np.random.default_rng(0)
    X = random.normal(size=(600, 4))
    y = np.sin(X[:, 0]) + np.abs(X[:, 1]) + 0.1 * random.normal(size=600)
    return X, y


@pytest.fixture
def labelled() -> tuple[np.ndarray, np.ndarray]:
    """Rows of three classes with names."""
    random = np.random.default_rng(1)
    X = random.normal(size=(600, 3))
    names = np.asarray(["low", "middle", "high"])
    return X, names[np.digitize(X[:, 0] + 0.3 * X[:, 1] ** 2, [-0.3, 0.6])]
