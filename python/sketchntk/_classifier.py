"""NTKClassifier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._alpha import takes_batches
from ._batches import xy_batches
from ._features import Callback
from ._network import Network
from ._ridge_on_features import RidgeOnFeatures, fit_batches
from ._sklearn import (
    ClassifierMixin,
    _check_sample_weight,
    available_if,
    check_classification_targets,
)


class NTKClassifier(ClassifierMixin, RidgeOnFeatures):
    """Classification by ridge regression on the classes' indicators, on NTK features.

    Parameters
    ----------
    network : str or Network, default='fc(depth=3)'
        The network; images where it has convolutions.
    map : str, default='auto'
        Feature map, as for `NTKFeatures`.
    n_features : int, default=4096
        Features.
    kind : {'ntk', 'nngp'}, default='ntk'
        Kernel.
    alpha : {'auto', 'gcv', 'loo'}, float or list of float, default='auto'
        Ridge penalty in units of the kernel's mean diagonal: chosen by generalised
        cross-validation ('gcv', and for a list of values), by leave-one-out errors ('loo', a second
        pass over the rows), 'auto' (as 'gcv', but by leave-one-out errors of a sample for maps that
        learn rows by heart), or given.
    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, scaled so that they leave the sum of all rows' weights as it is;
        'balanced' makes them inversely proportional to how often classes occur.
    random_state : int, RandomState instance or None, default=None
        Seed of the map. An int is the seed itself: the same as ``--seed`` of the program.
    n_jobs : int or None, default=None
        Threads; None takes ``OMP_NUM_THREADS`` or else all processors, -1 all.
    standardise : bool, default=True
        Shift and scale columns (channels of images) to mean 0 and deviation 1 first.
    normalise_rows : bool, default=False
        Scale each row to length sqrt(columns) first.
    image_shape : tuple of int or None, default=None
        Pixels along each axis and channels, where images come as rows.

    Attributes
    ----------
    classes_ : ndarray
        The classes, sorted.
    coef_, intercept_ : ndarray
        The linear heads, one for each class.
    alpha_, alphas_, alpha_scores_, dof_ : float, ndarray, ndarray, float
        As of `NTKRegressor`.
    map_, map_choice_ : str, dict or None
        The feature map, and what ``'auto'`` was decided by.
    n_features_in_, feature_names_in_ : int, ndarray of str
        Columns of X.

    Notes
    -----
    Scores of a ridge regression are not probabilities; for these put the classifier into
    ``sklearn.calibration.CalibratedClassifierCV``.

    Examples
    --------
    >>> import numpy as np
    >>> from sketchntk import NTKClassifier
    >>> X = np.random.default_rng(0).normal(size=(400, 3))
    >>> y = np.where(X[:, 0] * X[:, 1] > 0, 'same', 'opposite')
    >>> model = NTKClassifier(n_features=256, random_state=0).fit(X[:300], y[:300])
    >>> bool(model.score(X[300:], y[300:]) > 0.85)
    True
    >>> model.classes_.tolist()
    ['opposite', 'same']
    """

    def __init__(
        self,
        network: str | Network = "fc(depth=3)",
        map: str = "auto",
        n_features: int = 4096,
        kind: str = "ntk",
        alpha: Any = "auto",
        class_weight: Any = None,
        random_state: Any = None,
        n_jobs: int | None = None,
        *,
        standardise: bool = True,
        normalise_rows: bool = False,
        image_shape: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__(
            network,
            map,
            n_features,
            kind,
            alpha,
            random_state,
            n_jobs,
            standardise=standardise,
            normalise_rows=normalise_rows,
            image_shape=image_shape,
        )
        self.class_weight = class_weight

    def _encode(self, y: Any) -> dict[str, Any]:
        numeric = self.classes_.dtype.kind in "iuf"
        values = self.classes_ if numeric else np.arange(len(self.classes_))
        return {
            "targets": self._codes(y),
            "target_names": [str(label) for label in self.classes_.tolist()],
            "class_values": values.astype(np.float64).tolist(),
        }

    def _target_count(self) -> int:
        return len(self.classes_)

    def _codes(self, y: Any) -> NDArray[Any]:
        codes = np.searchsorted(self.classes_, y)
        codes = np.clip(codes, 0, len(self.classes_) - 1)
        unknown = self.classes_[codes] != y
        if unknown.any():
            raise ValueError(
                f"y: {np.asarray(y)[unknown].tolist()[0]!r} is none of the known classes "
                f"{self.classes_.tolist()}"
            )
        return np.ascontiguousarray(codes, dtype=np.int64)

    def _checked_xy(
        self, X: Any, y: Any, weights: Any, *, reset: bool, classes: Any = None, least: int = 1
    ) -> Any:
        X, y = self._check(X, y, reset=reset, ensure_min_samples=least)
        check_classification_targets(y)
        y = np.asarray(y)
        if reset:
            self.classes_ = np.unique(y if classes is None else np.asarray(classes))
            if len(self.classes_) < 2:
                raise ValueError(
                    "Classifier can't train when only one class is present: "
                    f"{self.classes_.tolist()}"
                )
        if weights is not None:
            weights = _check_sample_weight(weights, X, dtype=np.float64, ensure_non_negative=True)
        return X, y, weights

    def _class_factors(self, codes: Any, weights: Any) -> NDArray[Any]:
        """What the weights of rows are multiplied by, for each class."""
        if not isinstance(self.class_weight, str):
            factors = [float(self.class_weight.get(c, 1.0)) for c in self.classes_.tolist()]
            return np.asarray(factors)
        if self.class_weight != "balanced":
            raise ValueError(
                f"class_weight: expected a dict, 'balanced' or None, got {self.class_weight!r}"
            )
        counts = np.bincount(codes, weights=weights, minlength=len(self.classes_))
        return np.divide(1.0, counts, out=np.zeros_like(counts), where=counts > 0)

    def _with_class_weight(self, y: Any, weights: Any) -> tuple[Any, float, float]:
        """Weights with those of the classes in them, and the sums of all without and with."""
        if self.class_weight is None:
            return weights, 1.0, 1.0
        codes = self._codes(y)
        plain = np.ones(len(codes)) if weights is None else weights
        counted = plain * self._class_factors(codes, plain)[codes]
        return counted, float(plain.sum()), float(counted.sum())

    def _scaled_class_weight(self, y: Any, weights: Any) -> Any:
        # Class weights say which classes matter more, not that there are more rows.
        counted, plain_sum, sum_with_classes = self._with_class_weight(y, weights)
        if self.class_weight is None or sum_with_classes == 0:
            return counted
        return counted * (plain_sum / sum_with_classes)

    def _part_weights(self, y: Any, weights: Any) -> Any:
        """The same for rows of which there will be more: the sums are scaled in the end."""
        counted, plain_sum, sum_with_classes = self._with_class_weight(y, weights)
        plain_before, sum_before = getattr(self, "_weight_sums", (0.0, 0.0))
        self._weight_sums = (plain_before + plain_sum, sum_before + sum_with_classes)
        return counted

    def _weight_scale(self) -> float:
        plain_sum, sum_with_classes = getattr(self, "_weight_sums", (1.0, 1.0))
        return plain_sum / sum_with_classes if sum_with_classes > 0 else 1.0

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, callback: Callback | None = None
    ) -> NTKClassifier:
        """Fit to rows and classes.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            Rows, n x columns; or images, n x pixels along each axis x channels.
        y : array-like
            Classes: numbers or strings.
        sample_weight : array-like or None, default=None
            How often each row counts, 0 or more.
        callback : callable or None, default=None
            Called with (stage, done, total, unit) a few times a second.

        Returns
        -------
        NTKClassifier
            The fitted model.
        """
        X, y, weights = self._checked_xy(X, y, sample_weight, reset=True, least=2)
        self._fit(X, y, self._scaled_class_weight(y, weights), callback)
        return self

    @available_if(takes_batches)
    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: Any = None,
        sample_weight: Any = None,
        *,
        callback: Callback | None = None,
    ) -> NTKClassifier:
        """Add rows. The first call's rows teach the columns' scales and the map.

        A first call that ends in an error, or by Ctrl-C, leaves the estimator unfitted; a later one
        keeps the batches (of 4,096 rows at most) that it had added until then.

        Parameters
        ----------
        X, y, sample_weight, callback
            As in `fit`. The first batch should be a fair sample, of some thousand rows.
        classes : array-like or None, default=None
            All classes; needed in the first call unless its `y` has them all.

        Returns
        -------
        NTKClassifier
            The model; it is solved when it is next used.
        """
        if self.class_weight == "balanced":
            raise ValueError("class_weight='balanced' needs all rows at once: give a dict")
        first = not hasattr(self, "_accumulator")
        X, y, weights = self._checked_xy(
            X, y, sample_weight, reset=first, classes=classes, least=2 if first else 1
        )
        self._accumulate(X, y, weights, callback)
        return self

    @available_if(takes_batches)
    def fit_batches(
        self,
        batches: Iterable[Any],
        *,
        classes: Any,
        target: Any = None,
        learn_rows: int = 65536,
        callback: Callback | None = None,
    ) -> NTKClassifier:
        """Fit in one pass over batches, of which no more than the first are held.

        Parameters
        ----------
        batches : iterable
            As for `NTKRegressor.fit_batches`.
        classes : array-like
            All classes.
        target : str or None, default=None
            The tables' column that holds the class.
        learn_rows : int, default=65536
            As for `NTKRegressor.fit_batches`.
        callback : callable or None, default=None
            As in `fit`.

        Returns
        -------
        NTKClassifier
            The fitted model.
        """
        if self.class_weight == "balanced":
            raise ValueError("class_weight='balanced' needs all rows at once: give a dict")
        self._forget()
        self._all_classes = np.asarray(classes)
        fit_batches(self, xy_batches(batches, target), learn_rows, callback)
        del self._all_classes
        return self

    def _next_batch(self, batch: Any, reset: bool) -> Any:
        X, y, weights = batch
        X, y, weights = self._checked_xy(X, y, weights, reset=reset, classes=self._all_classes)
        return X, y, self._part_weights(y, weights)

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Scores of the classes.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            As in `fit`, with the same columns.

        Returns
        -------
        ndarray
            n x classes; for two classes the second's score less the first's, n.
        """
        scores = self._predictions(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of the highest score.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            As in `fit`, with the same columns.

        Returns
        -------
        ndarray
            Classes, n.
        """
        scores = self.decision_function(X)
        numbers = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[numbers]
