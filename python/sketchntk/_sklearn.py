"""The parts of scikit-learn that the estimators stand on, or small ones where it is absent.

With scikit-learn (1.6 or later) the estimators are scikit-learn estimators. Without it they have
the same methods, check their input for shape, type and finiteness, and nothing more.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

try:
    import sklearn
    from sklearn.base import (
        BaseEstimator,
        ClassifierMixin,
        ClassNamePrefixFeaturesOutMixin,
        RegressorMixin,
        TransformerMixin,
    )
    from sklearn.exceptions import NotFittedError
    from sklearn.utils import check_random_state
    from sklearn.utils.metaestimators import available_if
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

    if tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 6):
        raise ImportError(
            f"sketchntk: expected scikit-learn 1.6 or later, got {sklearn.__version__}"
        )
except ModuleNotFoundError:

    class NotFittedError(ValueError, AttributeError):  # type: ignore[no-redef]
        """An estimator was used before it was fitted."""

    class BaseEstimator:  # type: ignore[no-redef]
        """Parameters by the names of the constructor's arguments."""

        @classmethod
        def _names(cls) -> list[str]:
            signature = inspect.signature(cls.__init__)
            return [name for name in signature.parameters if name != "self"]

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            """The constructor's arguments."""
            return {name: getattr(self, name) for name in self._names()}

        def set_params(self, **params: Any) -> BaseEstimator:
            """Set some of the constructor's arguments."""
            for name, value in params.items():
                if name not in self._names():
                    raise ValueError(
                        f"Invalid parameter {name!r} for estimator {self!r}. "
                        f"Valid parameters are: {self._names()!r}."
                    )
                setattr(self, name, value)
            return self

        def __repr__(self) -> str:
            arguments = ", ".join(f"{k}={v!r}" for k, v in self.get_params().items())
            return f"{type(self).__name__}({arguments})"

        def __getstate__(self) -> dict[str, Any]:
            return self.__dict__.copy()

        def __setstate__(self, state: dict[str, Any]) -> None:
            self.__dict__.update(state)

        def __sklearn_tags__(self) -> Any:
            raise NotImplementedError("scikit-learn is not installed")

    class TransformerMixin:  # type: ignore[no-redef]
        """fit_transform by fit and transform."""

        def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
            """Fit to X and return its features."""
            return self.fit(X, y, **fit_params).transform(X)  # type: ignore[attr-defined]

    class ClassNamePrefixFeaturesOutMixin:  # type: ignore[no-redef]
        """Names of features: the class in small letters, and numbers."""

        def get_feature_names_out(self, input_features: Any = None) -> Any:
            """Names of the features."""
            check_is_fitted(self)
            prefix = type(self).__name__.lower()
            count = self._n_features_out  # type: ignore[attr-defined]
            return np.asarray([f"{prefix}{i}" for i in range(count)], dtype=object)

    class RegressorMixin:  # type: ignore[no-redef]
        """The coefficient of determination as the score."""

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
            """R^2 of the predictions, averaged over the targets."""
            y = np.asarray(y, dtype=float)
            residuals = y - self.predict(X)  # type: ignore[attr-defined]
            mean = np.average(y, axis=0, weights=sample_weight)
            unexplained = np.average(residuals**2, axis=0, weights=sample_weight)
            total = np.average((y - mean) ** 2, axis=0, weights=sample_weight)
            return float(np.mean(1 - unexplained / total))

    class ClassifierMixin:  # type: ignore[no-redef]
        """The accuracy as the score."""

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
            """Share of the rows whose class is predicted."""
            hits = np.asarray(y) == self.predict(X)  # type: ignore[attr-defined]
            return float(np.average(hits, weights=sample_weight))

    def available_if(check: Any) -> Any:
        """A method that refuses to run unless the check allows it."""

        def decorate(method: Any) -> Any:
            @functools.wraps(method)
            def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
                check(self)
                return method(self, *args, **kwargs)

            return checked

        return decorate

    def check_random_state(seed: Any) -> Any:
        """A generator of random numbers."""
        if isinstance(seed, np.random.RandomState):
            return seed
        return np.random.RandomState(seed)

    def check_classification_targets(y: Any) -> None:
        """Refuse targets that are no classes."""
        y = np.asarray(y)
        if y.dtype.kind == "f" and np.any(y != y.astype(int)):
            raise ValueError("Unknown label type: continuous.")

    def check_is_fitted(estimator: Any) -> None:
        """Refuse an estimator that has not been fitted."""
        if not estimator.__sklearn_is_fitted__():
            raise NotFittedError(
                f"This {type(estimator).__name__} instance is not fitted yet. Call 'fit' with "
                "appropriate arguments before using this estimator."
            )

    def _check_sample_weight(
        sample_weight: Any, X: Any, *, dtype: Any = None, ensure_non_negative: bool = False
    ) -> Any:
        weights = np.ascontiguousarray(sample_weight, dtype=np.float64)
        if weights.shape != (X.shape[0],):
            raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(X.shape[0],)}!")
        if ensure_non_negative and np.any(weights < 0):
            raise ValueError("Negative values in data passed to `sample_weight`")
        return weights

    def validate_data(  # noqa: C901
        estimator: Any,
        X: Any,
        y: Any = "no_validation",
        *,
        reset: bool = True,
        dtype: Any = None,
        ensure_min_samples: int = 1,
        **_: Any,
    ) -> Any:
        """Arrays of numbers, and the number of columns kept or compared."""
        X = np.asarray(X)
        if X.dtype.kind not in "fiub":
            X = X.astype(np.float64)
        if dtype is not None and X.dtype not in dtype:
            X = X.astype(dtype[0])
        if X.ndim != 2:
            raise ValueError(f"Expected 2D array, got {X.ndim}D array instead.")
        if X.shape[0] < ensure_min_samples:
            raise ValueError(
                f"Found array with {X.shape[0]} sample(s) (shape={X.shape}) while a minimum of "
                f"{ensure_min_samples} is required."
            )
        if X.dtype.kind == "f" and not np.isfinite(X).all():
            what = "NaN" if np.isnan(X).any() else "infinity"
            raise ValueError(f"Input X contains {what}.")
        if reset:
            estimator.n_features_in_ = X.shape[1]
        elif X.shape[1] != estimator.n_features_in_:
            raise ValueError(
                f"X has {X.shape[1]} features, but {type(estimator).__name__} is expecting "
                f"{estimator.n_features_in_} features as input."
            )
        if isinstance(y, str) and y == "no_validation":
            return X
        y = np.asarray(y)
        if y.shape[0] != X.shape[0]:
            raise ValueError(
                "Found input variables with inconsistent numbers of samples: "
                f"[{X.shape[0]}, {y.shape[0]}]"
            )
        if y.dtype.kind == "f" and not np.isfinite(y).all():
            raise ValueError("Input y contains NaN or infinity.")
        return X, y


__all__ = [
    "BaseEstimator",
    "ClassNamePrefixFeaturesOutMixin",
    "ClassifierMixin",
    "NotFittedError",
    "RegressorMixin",
    "TransformerMixin",
    "_check_sample_weight",
    "available_if",
    "check_classification_targets",
    "check_is_fitted",
    "check_random_state",
    "validate_data",
]
