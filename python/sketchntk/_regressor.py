"""NTKRegressor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._alpha import takes_batches
from ._arrays import as_targets, thread_count
from ._batches import xy_batches
from ._errors import NotAvailable
from ._features import Callback, column_names
from ._network import Network
from ._ridge_on_features import RidgeOnFeatures, fit_batches
from ._sklearn import RegressorMixin, _check_sample_weight, available_if, check_is_fitted


class NTKRegressor(RegressorMixin, RidgeOnFeatures):
    """Ridge regression on NTK features, in two passes over the rows and memory for none of them.

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
    random_state : int, RandomState instance or None, default=None
        Seed of the map. An int is the seed itself: the same as ``--seed`` of the program.
    n_jobs : int or None, default=None
        Threads; None takes ``OMP_NUM_THREADS`` or else all processors, -1 all. Predictions have the
        same bits for any number.
    standardise : bool, default=True
        Shift and scale columns (channels of images) to mean 0 and deviation 1 first.
    normalise_rows : bool, default=False
        Scale each row to length sqrt(columns) first.
    image_shape : tuple of int or None, default=None
        Pixels along each axis and channels, where images come as rows.
    posterior : bool, default=True
        Keep what ``predict(X, return_std=True)`` needs, 8 `n_features`\\ :sup:`2` bytes.

    Attributes
    ----------
    coef_, intercept_ : ndarray or float
        The linear head.
    alpha_, alphas_, alpha_scores_ : float, ndarray, ndarray
        The penalty taken, those compared, and their scores.
    dof_ : float
        Degrees of freedom.
    noise_variance_ : ndarray or float
        Residual sum of squares over the residual degrees of freedom.
    map_, map_choice_ : str, dict or None
        The feature map, and what ``'auto'`` was decided by.
    n_features_in_, feature_names_in_ : int, ndarray of str
        Columns of X.

    Notes
    -----
    Memory of a fit: 8 `n_features`\\ :sup:`2` bytes for the sums and as many for some of the rules,
    the map's random matrices, and 4,096 rows and their features at a time; X is not copied if it is
    float32 or float64. A weight w counts like w equal rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sketchntk import NTKRegressor
    >>> X = np.random.default_rng(0).normal(size=(400, 3))
    >>> y = np.sin(X[:, 0]) + np.abs(X[:, 1])
    >>> model = NTKRegressor(n_features=256, random_state=0).fit(X[:300], y[:300])
    >>> bool(model.score(X[300:], y[300:]) > 0.8)
    True
    >>> mean, std = model.predict(X[300:], return_std=True)
    >>> mean.shape, std.shape
    ((100,), (100,))
    """

    def __init__(
        self,
        network: str | Network = "fc(depth=3)",
        map: str = "auto",
        n_features: int = 4096,
        kind: str = "ntk",
        alpha: Any = "auto",
        random_state: Any = None,
        n_jobs: int | None = None,
        *,
        standardise: bool = True,
        normalise_rows: bool = False,
        image_shape: tuple[int, ...] | None = None,
        posterior: bool = True,
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
        self.posterior = posterior

    def _encode(self, y: Any) -> dict[str, Any]:
        return {"targets": as_targets(y), "target_names": self._target_names}

    def _target_count(self) -> int:
        return len(self._target_names)

    def _checked_xy(self, X: Any, y: Any, weights: Any, *, reset: bool, least: int) -> Any:
        names = getattr(y, "columns", None)
        if names is None:
            names = [name] if isinstance(name := getattr(y, "name", None), str) else []
        X, y = self._check(
            X, y, reset=reset, multi_output=True, y_numeric=True, ensure_min_samples=least
        )
        y = np.asarray(y)
        if reset:
            count = 1 if y.ndim == 1 else y.shape[1]
            self._target_names = (
                [str(name) for name in names]
                if len(names) == count
                else self._unnamed_targets(X.shape[1], count)
            )
            self._one_dimensional = y.ndim == 1
        if weights is not None:
            weights = _check_sample_weight(weights, X, dtype=np.float64, ensure_non_negative=True)
        return X, y, weights

    def _unnamed_targets(self, columns: int, count: int) -> list[str]:
        # As in a file without names whose last columns they are: the program knows them there.
        if not column_names(self):
            return [str(columns + 1 + t) for t in range(count)]
        return ["y"] if count == 1 else [f"y{t + 1}" for t in range(count)]

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, callback: Callback | None = None
    ) -> NTKRegressor:
        """Fit to rows and targets.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            Rows, n x columns; or images, n x pixels along each axis x channels.
        y : array-like
            Targets, n or n x targets.
        sample_weight : array-like or None, default=None
            How often each row counts, 0 or more.
        callback : callable or None, default=None
            Called with (stage, done, total, unit) a few times a second.

        Returns
        -------
        NTKRegressor
            The fitted model.
        """
        X, y, weights = self._checked_xy(X, y, sample_weight, reset=True, least=2)
        self._fit(X, y, weights, callback)
        return self

    @available_if(takes_batches)
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, callback: Callback | None = None
    ) -> NTKRegressor:
        """Add rows. The first call's rows teach the columns' scales and the map.

        A first call that ends in an error, or by Ctrl-C, leaves the estimator unfitted; a later one
        keeps the batches (of 4,096 rows at most) that it had added until then.

        Parameters
        ----------
        X, y, sample_weight, callback
            As in `fit`. The first batch should be a fair sample, of some thousand rows.

        Returns
        -------
        NTKRegressor
            The model; it is solved when it is next used.
        """
        first = not hasattr(self, "_accumulator")
        X, y, weights = self._checked_xy(X, y, sample_weight, reset=first, least=2 if first else 1)
        if not first and (1 if y.ndim == 1 else y.shape[1]) != len(self._target_names):
            raise ValueError(f"y: expected {len(self._target_names)} targets, got {y.shape[1:]}")
        self._accumulate(X, y, weights, callback)
        return self

    @available_if(takes_batches)
    def fit_batches(
        self,
        batches: Iterable[Any],
        *,
        target: Any = None,
        learn_rows: int = 65536,
        callback: Callback | None = None,
    ) -> NTKRegressor:
        """Fit in one pass over batches, of which no more than the first are held.

        Parameters
        ----------
        batches : iterable
            Pairs (X, y), triples (X, y, sample_weight), or, with `target`, tables: data frames or
            record batches, for example ``pyarrow.parquet.ParquetFile(path).iter_batches()``.
        target : str, list of str or None, default=None
            The tables' columns that are targets.
        learn_rows : int, default=65536
            Rows from the front that teach the columns' scales and the map; they are held meanwhile
            and should be a fair sample.
        callback : callable or None, default=None
            As in `fit`.

        Returns
        -------
        NTKRegressor
            The fitted model.
        """
        self._forget()
        fit_batches(self, xy_batches(batches, target), learn_rows, callback)
        return self

    def _next_batch(self, batch: Any, reset: bool) -> Any:
        X, y, weights = batch
        return self._checked_xy(X, y, weights, reset=reset, least=1)

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predictions for rows.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            As in `fit`, with the same columns.
        return_std : bool, default=False
            Also return the standard deviation of the function's posterior. That of a new
            observation is ``sqrt(std**2 + noise_variance_)``.

        Returns
        -------
        ndarray or tuple of ndarray
            n or n x targets, as y was.
        """
        if not return_std:
            return self._shaped(self._predictions(X))
        check_is_fitted(self)
        rows, _ = self._new_rows(X)
        model = self._solved()
        posterior = self._require_posterior()
        mean, variance = model.predict_with_variances(rows, posterior, thread_count(self.n_jobs))
        std = np.sqrt(variance * np.atleast_1d(self._noise))
        return self._shaped(mean), self._shaped(std)

    def _shaped(self, predictions: NDArray[Any]) -> NDArray[Any]:
        return predictions[:, 0] if self._one_dimensional else predictions

    @property
    def _single_target(self) -> bool:
        return self._one_dimensional

    @property
    def noise_variance_(self) -> Any:
        """Residual sum of squares over the residual degrees of freedom, for each target."""
        self._solved()
        if getattr(self, "_noise", None) is None:
            raise AttributeError("the noise is known only to a model fitted with posterior=True")
        return float(self._noise[0]) if self._one_dimensional else self._noise

    def _keeps_path(self) -> bool:
        return bool(self.posterior)

    def _note_noise(self) -> None:
        self._noise = None
        if self._path is not None and self._model is not None:
            self._noise = self._path.noise_variances(self._model.solution.penalty)

    def _require_posterior(self) -> Any:
        if getattr(self, "_posterior", None) is None:
            path = getattr(self, "_path", None)
            if path is None:
                raise NotAvailable(
                    "return_std needs a model fitted with posterior=True, and not one read from a "
                    "file, which has predictions only"
                )
            self._posterior = _core.RidgePosterior(
                path, self._solved().solution.penalty, thread_count(self.n_jobs)
            )
            self._path = None
        return self._posterior

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
