"""scikit-learn's own checks of every estimator."""

from __future__ import annotations

from typing import Any

import pytest
from sketchntk import (
    ExactNTKRegressor,
    NTKClassifier,
    NTKFeatures,
    NTKRegressor,
    StreamingRidge,
)

estimator_checks = pytest.importorskip("sklearn.utils.estimator_checks")

# As users get them, and with fewer features to go through the other maps and penalties.
ESTIMATORS = [
    NTKRegressor(),
    NTKClassifier(),
    NTKFeatures(),
    NTKFeatures(n_features=64),
    NTKFeatures(n_features=64, map="nystrom", standardise=True),
    NTKRegressor(n_features=64),
    NTKRegressor(n_features=64, map="ntksketch", alpha=[1e-3, 1e-1]),
    NTKRegressor(n_features=64, alpha="loo"),
    NTKClassifier(n_features=64),
    NTKClassifier(n_features=64, alpha=1e-2, kind="nngp"),
    StreamingRidge(),
    ExactNTKRegressor(),
]


def expected_to_fail(estimator: Any) -> dict[str, str]:
    """Docs: conventions, sample weights."""
    if getattr(estimator, "alpha", None) != "loo":
        return {}
    reason = "without a row of weight 2 both of its copies are gone, without a repeated row one is"
    return {
        f"check_sample_weight_equivalence_on_{kind}_data": reason for kind in ("dense", "sparse")
    }


@estimator_checks.parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_to_fail)
def test_estimator(estimator: Any, check: Any) -> None:
    check(estimator)
