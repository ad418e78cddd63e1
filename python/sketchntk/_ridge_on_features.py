"""Ridge regression on NTK features, streamed over the rows: what regressor and classifier share."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._alpha import parse_alpha, without_share
from ._arrays import make_rows, thread_count
from ._features import Callback, InputMixin, column_names, map_configuration
from ._network import Network
from ._sklearn import BaseEstimator, check_is_fitted


class RidgeOnFeatures(InputMixin, BaseEstimator):
    """What regressor and classifier share: features, sums over the rows, and a linear head."""

    _model: _core.Model | None
    _path: _core.RidgePath | None
    _posterior: _core.RidgePosterior | None
    _extractor: _core.FeatureExtractor
    _choice: tuple[Any, Any]
    _noise: Any

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
    ) -> None:
        self.network = network
        self.map = map
        self.n_features = n_features
        self.kind = kind
        self.alpha = alpha
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.standardise = standardise
        self.normalise_rows = normalise_rows
        self.image_shape = image_shape

    # What the two make of targets.
    def _encode(self, y: Any) -> dict[str, Any]:
        raise NotImplementedError

    def _make_rows(self, X: Any, y: Any, weights: Any) -> _core.Rows:
        return make_rows(
            X,
            weights=weights,
            column_names=column_names(self),
            image_shape=self._images,
            **self._encode(y),
        )

    def _forget(self) -> None:
        for name in (
            *("_model", "_path", "_posterior", "_accumulator", "_extractor", "_choice"),
            *("_weight_sums", "fit_report_"),
        ):
            self.__dict__.pop(name, None)

    def fit_bytes(self, n_columns: int, n_targets: int = 1) -> int:
        """Bytes that a fit holds at most, beside X, y and what the process holds before.

        Parameters
        ----------
        n_columns : int
            Columns of X; pixels times channels of images, for which `image_shape` is needed.
        n_targets : int, default=1
            Targets, or classes.

        Returns
        -------
        int
            Bytes: random matrices, sums over the rows, the solver's work space, and the rows and
            features of one batch.
        """
        return _core.fit_bytes(
            self._options(list(self.image_shape or [])),
            n_columns,
            n_targets,
            thread_count(self.n_jobs),
        )

    def _options(self, image_shape: list[int]) -> _core.FitOptions:
        rule, lambdas = parse_alpha(self.alpha)
        return _core.fit_options(
            map_configuration(self, self._checked_network(), image_shape),
            bool(self.standardise),
            rule,
            lambdas,
            self._keeps_path(),
        )

    def _fit(self, X: Any, y: Any, weights: Any, callback: Callback | None) -> None:
        self._forget()
        options = self._options(self._images)
        self._model, report, self._path = _core.fit(
            self._make_rows(X, y, weights), options, thread_count(self.n_jobs), callback
        )
        self._extractor = self._model.extractor
        self._choice = (report["lambdas"], report["scores"])
        self.fit_report_ = report
        self.map_choice_ = report["map_choice"]
        self._note_noise()

    def _keeps_path(self) -> bool:
        return False

    def _note_noise(self) -> None:
        """Keep what the path says of the noise, before it is let go."""

    def _accumulate(self, X: Any, y: Any, weights: Any, callback: Callback | None) -> None:
        """Add rows; the first ones teach the columns and the map."""
        first = not hasattr(self, "_accumulator")
        if first:
            self._forget()
        rows = self._make_rows(X, y, self._part_weights(y, weights))
        self._model = None
        try:
            if first:
                self._begin(rows, [rows], callback)
            self._accumulator.add_mapped(self._extractor, rows, thread_count(self.n_jobs), callback)
        except BaseException:
            if first:
                self._forget()
            raise

    def _part_weights(self, y: Any, weights: Any) -> Any:
        """Weights of rows of which there will be more."""
        return weights

    def _begin(self, like: _core.Rows, teachers: list[Any], callback: Callback | None) -> None:
        threads = thread_count(self.n_jobs)
        learner = _core.FeatureLearner(
            like, map_configuration(self, self._checked_network()), bool(self.standardise)
        )
        first = 0
        for rows in teachers:
            learner.add(rows, first, threads, callback)
            first += rows.count
        self._extractor, self._lambda_rows, self.map_choice_ = learner.learnt(threads, callback)
        self._accumulator = _core.RidgeAccumulator(self._extractor.features, self._target_count())

    def _target_count(self) -> int:
        raise NotImplementedError

    def _solved(self) -> _core.Model:
        """The model of all rows so far; solved when it is asked for."""
        check_is_fitted(self)
        if self._model is None:
            rule, lambdas = parse_alpha(self.alpha)
            threads = thread_count(self.n_jobs)
            scale = self._weight_scale()
            path = _core.RidgePath(self._accumulator, True, threads, None, scale)
            choice = path.choose(rule, lambdas, self._extractor, self._lambda_rows, threads, scale)
            self._model = _core.Model(self._extractor, path.solve(choice.penalty), path.rows)
            self._choice = (choice.lambdas, choice.scores)
            self._path = path if self._keeps_path() else None
            self._posterior = None
            self._note_noise()
        return self._model

    def _weight_scale(self) -> float:
        """What the weights of the accumulated rows are multiplied by in the end."""
        return 1.0

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")

    def _predictions(self, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        rows, _ = self._new_rows(X)
        return self._solved().predict(rows, thread_count(self.n_jobs))

    @property
    def map_(self) -> str:
        """The map: what ``'auto'`` stood for."""
        check_is_fitted(self)
        return self._extractor.configuration.map

    @property
    def coef_(self) -> NDArray[Any]:
        """Coefficients of the features, targets x features; a vector for one target."""
        coefficients = self._solved().solution.coefficients.T
        return coefficients[0] if self._single_target else coefficients

    @property
    def intercept_(self) -> Any:
        """Constant terms of the targets; a number for one target."""
        intercept = self._solved().solution.intercept
        return float(intercept[0]) if self._single_target else intercept

    @property
    def alpha_(self) -> float:
        """The penalty taken, in units of the kernel's mean diagonal."""
        solution = self._solved().solution
        return without_share(solution.penalty, self._extractor.missing_share)

    @property
    def alphas_(self) -> NDArray[Any]:
        """The penalties that were compared; empty for a given one."""
        self._solved()
        share = self._extractor.missing_share
        return np.asarray([without_share(value, share) for value in self._choice[0]])

    @property
    def alpha_scores_(self) -> NDArray[Any]:
        """The score of each of `alphas_`, the lowest being the best."""
        self._solved()
        return np.asarray(self._choice[1])

    @property
    def dof_(self) -> float:
        """Degrees of freedom: the trace of the hat matrix, intercept included."""
        return self._solved().solution.degrees_of_freedom

    @property
    def _single_target(self) -> bool:
        return False

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a model file: the same that the program writes and reads."""
        self._solved().save(str(path))

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        state = dict(state)
        if state.get("_path") is not None:
            self._require_posterior()
            state["_posterior"] = self._posterior
            state["_path"] = None
        return state

    def _require_posterior(self) -> Any:
        raise NotImplementedError


def fit_batches(
    model: Any, batches: Iterable[Any], learn_rows: int, callback: Callback | None
) -> None:
    """Learn from the first rows, then add all of them, holding no more than these."""
    iterator = iter(batches)
    teachers: list[Any] = []
    seen = 0
    for batch in iterator:
        checked_batch = model._next_batch(batch, reset=not teachers)
        teachers.append(model._make_rows(*checked_batch))
        seen += checked_batch[0].shape[0]
        if seen >= learn_rows:
            break
    if seen < 2:
        raise ValueError(f"fit_batches: expected at least 2 rows, got {seen}")
    model._begin(teachers[0], teachers, callback)
    threads = thread_count(model.n_jobs)
    rest = (model._make_rows(*model._next_batch(batch, reset=False)) for batch in iterator)
    for rows in chain(_emptied(teachers), rest):
        model._accumulator.add_mapped(model._extractor, rows, threads, callback)
    model._model = None


def _emptied(items: list[Any]) -> Iterable[Any]:
    """The items, each let go when the next is asked for."""
    while items:
        yield items.pop(0)
