"""Ridge regression from sums over the rows, for features of any kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._alpha import parse_alpha, takes_batches
from ._arrays import as_targets, checked, is_sparse, thread_count
from ._batches import xy_batches
from ._sklearn import (
    BaseEstimator,
    RegressorMixin,
    _check_sample_weight,
    available_if,
    check_is_fitted,
)

_ROWS_AT_ONCE = 4096


class StreamingRidge(RegressorMixin, BaseEstimator):
    """Ridge regression that keeps sums over the rows only, for features of any kind.

    Parameters
    ----------
    alpha : {'gcv', 'loo'}, float or list of float, default='gcv'
        Penalty in units of the rows' mean squared distance from their mean (without an intercept
        their mean squared length): chosen by generalised
        cross-validation ('gcv', and for a list of values) or leave-one-out errors ('loo', a second
        pass over the rows), or given.
    fit_intercept : bool, default=True
        Fit a constant term, which is not penalised.
    n_jobs : int or None, default=None
        Threads, as for `NTKFeatures`.

    Attributes
    ----------
    coef_, intercept_ : ndarray, ndarray or float
        Coefficients (targets x columns; a vector for one target) and constant terms.
    alpha_, alphas_, alpha_scores_ : float, ndarray, ndarray
        The penalty taken, those compared, and their scores.
    dof_ : float
        Degrees of freedom: the trace of the hat matrix, intercept included.
    n_features_in_, feature_names_in_ : int, ndarray of str
        Columns of X.

    Notes
    -----
    Memory 8 (columns\\ :sup:`2` + 1024 columns) bytes, twice that while it is solved. Sums of
    float64 columns are taken in float64. Fitted parts can be merged (`merge`) and pickled.

    Examples
    --------
    >>> import numpy as np
    >>> from sketchntk import StreamingRidge
    >>> X = np.random.default_rng(0).normal(size=(1000, 4))
    >>> y = X @ [1., 2., 0., -1.] + 3
    >>> model = StreamingRidge()
    >>> for part in range(0, 1000, 250):
    ...     _ = model.partial_fit(X[part:part + 250], y[part:part + 250])
    >>> bool(np.abs(model.coef_ - [1., 2., 0., -1.]).max() < 1e-3)
    True
    >>> round(model.intercept_, 3)
    3.0
    """

    _solution: _core.RidgeSolution | None
    _choice: tuple[Any, Any]

    def __init__(
        self, alpha: Any = "gcv", fit_intercept: bool = True, n_jobs: int | None = None
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> StreamingRidge:
        """Fit to rows and targets.

        Parameters
        ----------
        X : array-like or sparse matrix
            Rows, n x columns.
        y : array-like
            Targets, n or n x targets.
        sample_weight : array-like or None, default=None
            How often each row counts, 0 or more.

        Returns
        -------
        StreamingRidge
            The fitted model.
        """
        self.__dict__.pop("_accumulator", None)
        X, y, weights = self._add(X, y, sample_weight, least=2)
        rule, alphas = parse_alpha(self.alpha)
        if rule == _core.LambdaRule.loo:
            threads = thread_count(self.n_jobs)
            path = _core.RidgePath(self._accumulator, bool(self.fit_intercept), threads)
            leave_one_out = _core.LeaveOneOut(path, _lambdas(path, alphas), threads)
            for rows, targets, their_weights in _parts(X, y, weights):
                leave_one_out.add(rows, targets, their_weights, threads)
            self._solve(path, leave_one_out.choose(threads))
        self._solved()
        return self

    @available_if(takes_batches)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> StreamingRidge:
        """Add rows; the model is solved when it is next used.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        StreamingRidge
            The model.
        """
        self._add(X, y, sample_weight, least=1)
        return self

    @available_if(takes_batches)
    def fit_batches(self, batches: Iterable[Any], *, target: Any = None) -> StreamingRidge:
        """Fit in one pass over batches.

        Parameters
        ----------
        batches : iterable
            As for `NTKRegressor.fit_batches`.
        target : str, list of str or None, default=None
            The tables' columns that are targets.

        Returns
        -------
        StreamingRidge
            The fitted model.
        """
        self.__dict__.pop("_accumulator", None)
        for X, y, weights in xy_batches(batches, target):
            self.partial_fit(X, y, weights)
        if not hasattr(self, "_accumulator"):
            raise ValueError("fit_batches: expected at least one batch, got none")
        return self

    def merge(self, other: StreamingRidge) -> StreamingRidge:
        """Add the rows of another one that was fitted to other rows of the same columns.

        Parameters
        ----------
        other : StreamingRidge
            The other model; it stays as it is.

        Returns
        -------
        StreamingRidge
            This model.
        """
        check_is_fitted(self)
        check_is_fitted(other)
        self._accumulator.merge(other._accumulator, thread_count(self.n_jobs))
        self._solution = None
        return self

    def _add(self, X: Any, y: Any, weights: Any, least: int) -> Any:
        first = not hasattr(self, "_accumulator")
        X, y = checked(
            self,
            X,
            y,
            reset=first,
            multi_output=True,
            y_numeric=True,
            ensure_min_samples=least if first else 1,
        )
        y = np.asarray(y)
        targets = as_targets(y)
        if weights is not None:
            weights = np.ascontiguousarray(
                _check_sample_weight(weights, X, dtype=np.float64, ensure_non_negative=True)
            )
        if first:
            self._one_dimensional = y.ndim == 1
            self._accumulator = _core.RidgeAccumulator(X.shape[1], targets.shape[1])
        for rows, of_rows, their_weights in _parts(X, targets, weights):
            self._accumulator.add(rows, of_rows, their_weights, thread_count(self.n_jobs))
        self._solution = None
        return X, targets, weights

    def _solve(self, path: _core.RidgePath, choice: _core.LambdaChoice) -> None:
        self._solution = path.solve(choice.penalty)
        self._unit = path.centred_share
        self._choice = (choice.lambdas, choice.scores)

    def _solved(self) -> _core.RidgeSolution:
        check_is_fitted(self)
        if self._solution is None:
            rule, alphas = parse_alpha(self.alpha)
            path = _core.RidgePath(
                self._accumulator, bool(self.fit_intercept), thread_count(self.n_jobs)
            )
            lambdas = _lambdas(path, alphas)
            if rule == _core.LambdaRule.given:
                self._solution = path.solve(lambdas[0])
                self._unit = path.centred_share
                self._choice = ([], [])
            else:
                self._solve(path, path.choose_by_gcv(lambdas))
        assert self._solution is not None
        return self._solution

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_accumulator")

    def __getstate__(self) -> dict[str, Any]:
        self_state: dict[str, Any] = dict(super().__getstate__())
        if self_state.get("_solution") is not None:
            solution = self_state["_solution"]
            self_state["_solution"] = None
            self_state["_chosen"] = solution.penalty
        return self_state

    def __setstate__(self, state: dict[str, Any]) -> None:
        chosen = state.pop("_chosen", None)
        super().__setstate__(state)
        if chosen is not None:
            path = _core.RidgePath(
                self._accumulator, bool(self.fit_intercept), thread_count(self.n_jobs)
            )
            self._solution = path.solve(chosen)

    def predict(self, X: Any) -> NDArray[Any]:
        """Predictions for rows.

        Parameters
        ----------
        X : array-like or sparse matrix
            As in `fit`, with the same columns.

        Returns
        -------
        ndarray
            n or n x targets, as y was.
        """
        check_is_fitted(self)
        X = checked(self, X, reset=False)
        solution = self._solved()
        predictions = X @ solution.coefficients + solution.intercept
        return predictions[:, 0] if self._one_dimensional else np.asarray(predictions)

    @property
    def coef_(self) -> NDArray[Any]:
        """Coefficients, targets x columns; a vector for one target."""
        coefficients = self._solved().coefficients.T
        return coefficients[0] if self._one_dimensional else coefficients

    @property
    def intercept_(self) -> Any:
        """Constant terms of the targets; a number for one target."""
        intercept = self._solved().intercept
        return float(intercept[0]) if self._one_dimensional else intercept

    @property
    def alpha_(self) -> float:
        """The penalty taken, in units of the rows' mean squared distance from their mean."""
        return self._solved().penalty / self._unit

    @property
    def alphas_(self) -> NDArray[Any]:
        """The penalties that were compared; empty for a given one."""
        self._solved()
        return np.asarray(self._choice[0]) / self._unit

    @property
    def alpha_scores_(self) -> NDArray[Any]:
        """The score of each of `alphas_`, the lowest being the best."""
        self._solved()
        return np.asarray(self._choice[1])

    @property
    def dof_(self) -> float:
        """Degrees of freedom: the trace of the hat matrix, intercept included."""
        return self._solved().degrees_of_freedom

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags


def _lambdas(path: _core.RidgePath, alphas: list[float]) -> list[float]:
    """Penalties in the path's own unit, the mean squared length of the rows."""
    share = path.centred_share
    return [alpha * share for alpha in alphas or _core.default_lambda_grid()]


def _parts(X: Any, targets: Any, weights: Any) -> Iterable[tuple[Any, Any, Any]]:
    """Some rows at a time, as contiguous arrays."""
    for first in range(0, X.shape[0], _ROWS_AT_ONCE):
        part = slice(first, first + _ROWS_AT_ONCE)
        rows = X[part].toarray() if is_sparse(X) else X[part]
        yield (
            np.ascontiguousarray(rows),
            targets[part],
            None if weights is None else weights[part],
        )
