"""Kernel ridge regression with the exact kernel: the reference for features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._alpha import parse_alpha
from ._arrays import as_targets, make_rows, thread_count
from ._features import Callback, InputMixin, column_names, map_configuration
from ._kernel import kernel_of_rows
from ._network import Network
from ._sklearn import BaseEstimator, RegressorMixin, check_is_fitted

_ROWS_AT_ONCE = 2048
# Below that a float32 factor of the kernel resolves nothing.
_LEAST_ALPHA = 1e-7


class ExactNTKRegressor(RegressorMixin, InputMixin, BaseEstimator):
    """Kernel ridge regression with the exact kernel of a network, for some thousand rows.

    Parameters
    ----------
    network : str or Network, default='fc(depth=3)'
        The network; images where it has convolutions.
    kind : {'ntk', 'nngp'}, default='ntk'
        Kernel.
    alpha : {'loo'}, float or list of float, default='loo'
        Ridge penalty in units of the kernel's mean diagonal: chosen by the leave-one-out error (of
        a list of values, too) of at most 4,096 rows, or given.
    n_jobs : int or None, default=None
        Threads, as for `NTKFeatures`.
    standardise : bool, default=True
        Shift and scale columns (channels of images) to mean 0 and deviation 1 first.
    image_shape : tuple of int or None, default=None
        Pixels along each axis and channels, where images come as rows.

    Attributes
    ----------
    X_fit_ : ndarray of float32
        The standardised training rows.
    dual_coef_ : ndarray
        Their coefficients.
    intercept_ : ndarray or float
        Constant terms.
    alpha_, alphas_, alpha_scores_ : float, ndarray, ndarray
        The penalty taken, those compared, and their scores.
    solver_ : str
        How the equations were solved, and why so.
    n_features_in_, feature_names_in_ : int, ndarray of str
        Columns of X.

    Notes
    -----
    Time n\\ :sup:`2` kernel entries and a Cholesky factor (or conjugate gradients, where that does
    not fit into memory); memory 4 n\\ :sup:`2` bytes and more.

    Examples
    --------
    >>> import numpy as np
    >>> from sketchntk import ExactNTKRegressor
    >>> X = np.random.default_rng(0).normal(size=(300, 3))
    >>> y = np.sin(X[:, 0]) + np.abs(X[:, 1])
    >>> bool(ExactNTKRegressor().fit(X[:200], y[:200]).score(X[200:], y[200:]) > 0.9)
    True
    """

    map = "linear"
    n_features = 1
    random_state = 0
    normalise_rows = False

    def __init__(
        self,
        network: str | Network = "fc(depth=3)",
        kind: str = "ntk",
        alpha: Any = "loo",
        n_jobs: int | None = None,
        *,
        standardise: bool = True,
        image_shape: tuple[int, ...] | None = None,
    ) -> None:
        self.network = network
        self.kind = kind
        self.alpha = alpha
        self.n_jobs = n_jobs
        self.standardise = standardise
        self.image_shape = image_shape

    def fit(self, X: Any, y: Any, *, callback: Callback | None = None) -> ExactNTKRegressor:
        """Fit to rows and targets.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            Rows, n x columns; or images, n x pixels along each axis x channels.
        y : array-like
            Targets, n or n x targets.
        callback : callable or None, default=None
            Called with (stage, done, total, unit) a few times a second.

        Returns
        -------
        ExactNTKRegressor
            The fitted model.
        """
        X, y = self._check(
            X, y, reset=True, multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        y = np.asarray(y)
        self._one_dimensional = y.ndim == 1
        rule, alphas = parse_alpha(self.alpha)
        rows = make_rows(X, column_names=column_names(self), image_shape=self._images)
        learner = _core.FeatureLearner(
            rows, map_configuration(self, Network("dense")), bool(self.standardise)
        )
        learner.add(rows)
        self._standardiser = learner.learnt()[0]
        self.X_fit_ = self._standardiser.standardise(rows)
        result = _core.fit_exactly(
            self._checked_network()._core,
            self.kind,
            self._images[:-1],
            self.X_fit_,
            as_targets(y),
            alphas or [a for a in _core.default_lambda_grid() if a >= _LEAST_ALPHA],
            thread_count(self.n_jobs),
            callback,
        )
        self.dual_coef_ = result["dual_coefficients"]
        self._intercept = np.asarray(result["intercept"])
        self.alpha_ = result["lambda"]
        self.alphas_ = np.asarray(result["lambdas"])
        self.alpha_scores_ = np.asarray(result["scores"])
        self.solver_ = result["solver"]
        return self

    @property
    def intercept_(self) -> Any:
        """Constant terms of the targets; a number for one target."""
        check_is_fitted(self)
        return float(self._intercept[0]) if self._one_dimensional else self._intercept

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "dual_coef_")

    def predict(self, X: Any) -> NDArray[Any]:
        """Predictions for rows.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            As in `fit`, with the same columns.

        Returns
        -------
        ndarray
            n or n x targets, as y was.
        """
        check_is_fitted(self)
        rows, count = self._new_rows(X)
        x = self._standardiser.standardise(rows)
        predictions = np.empty((count, self.dual_coef_.shape[1]))
        for first in range(0, count, _ROWS_AT_ONCE):
            part = slice(first, first + _ROWS_AT_ONCE)
            cross = kernel_of_rows(
                self._checked_network(),
                x[part],
                self.X_fit_,
                self.kind,
                self._images[:-1],
                self.n_jobs,
            )
            predictions[part] = cross @ self.dual_coef_ + self._intercept
        return predictions[:, 0] if self._one_dimensional else predictions

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
