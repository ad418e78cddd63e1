"""The passes over a partition: tasks for the workers, and what they return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _core
from .._arrays import thread_count
from .._classifier import NTKClassifier
from .._features import map_configuration
from ._engine import Batch, Failure

_OF_ALL_ROWS = ("classes_", "_accumulator", "_solution")


def blank(estimator: Any, **params: Any) -> Any:
    """A new estimator with the parameters of another, some of them replaced."""
    return type(estimator)(**{**estimator.get_params(deep=False), **params})


def _of_columns(estimator: Any) -> dict[str, Any]:
    """What an estimator keeps of the columns and targets of the first rows that it is given."""
    known = {*estimator.get_params(deep=False), *_OF_ALL_ROWS}
    return {name: value for name, value in vars(estimator).items() if name not in known}


def _same_columns(first: dict[str, Any], second: dict[str, Any]) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )


def _described(columns: dict[str, Any]) -> str:
    names = columns.get("feature_names_in_")
    text = f"{columns['n_features_in_']} columns"
    return text if names is None else f"{text} {list(names)}"


def _row_count(X: Any) -> int:
    if X is None:
        return 0
    return int(X.shape[0]) if hasattr(X, "shape") else len(X)


def _first_row(values: Any) -> Any:
    return values.iloc[:1] if hasattr(values, "iloc") else values[:1]


@dataclass
class Sums:
    """Sums over rows, and the columns that they are of."""

    accumulator: _core.RidgeAccumulator
    n_jobs: int | None
    partition: int
    columns: dict[str, Any]

    def merge(self, other: Sums) -> None:
        """Add the rows of other sums."""
        if not _same_columns(self.columns, other.columns):
            raise ValueError(
                f"partition {other.partition}: expected the columns and targets of partition "
                f"{self.partition}, {_described(self.columns)}, got {_described(other.columns)}"
            )
        self.accumulator.merge(other.accumulator, thread_count(self.n_jobs))


@dataclass(frozen=True)
class _Pass:
    """A task: starts from no part, and adds a batch at a time."""

    estimator: Any
    lengths: list[int] | None

    def __call__(self, partition: int, batches: Iterable[Batch]) -> Any:
        part, rows = None, 0
        try:
            for X, y, weights in batches:
                count = _row_count(X)
                if count > 0:
                    part = self.add(part, partition, rows, (X, y, weights))
                rows += count
        except ValueError as error:
            place = f", rows from {rows} on" if rows > 0 else ""
            return Failure(ValueError(f"partition {partition}{place}: {error}"))
        return self._as_counted(part, partition, rows)

    def add(self, part: Any, partition: int, row: int, batch: Batch) -> Any:
        """The part with a batch more, whose first row has this number in the partition."""
        raise NotImplementedError

    def _as_counted(self, part: Any, partition: int, rows: int) -> Any:
        if self.lengths is None:
            return part
        counted = self.lengths[partition] if partition < len(self.lengths) else 0
        if counted == rows:
            return part
        return Failure(
            ValueError(
                f"partition {partition}: expected the {counted} rows that were counted before, got "
                f"{rows}: the data have to be the same each time that they are read, so persist "
                "them first"
            )
        )


@dataclass
class Found:
    """What a partition holds."""

    partition: int
    rows: int
    columns: dict[str, Any]
    classes: list[Any]
    class_sums: list[float]


@dataclass(frozen=True)
class Survey(_Pass):
    """Counts rows; looks at the first one's columns and, if told, at all classes."""

    collect_classes: bool

    def add(self, part: Any, partition: int, row: int, batch: Batch) -> Any:
        X, y, weights = batch
        if part is None:
            part = Found(partition, 0, self._columns(X, y), [], [])
        part.rows += _row_count(X)
        if self.collect_classes:
            classes, sums = _class_sums(y, weights)
            part.classes.append(classes)
            part.class_sums.append(sums)
        return part

    def _columns(self, X: Any, y: Any) -> dict[str, Any]:
        taught = blank(self.estimator)
        # A classifier refuses fewer than two classes, and one row has one.
        options = {"classes": (0, 1)} if isinstance(taught, NTKClassifier) else {}
        taught._checked_xy(_first_row(X), _first_row(y), None, reset=True, least=1, **options)
        return _of_columns(taught)


def _class_sums(y: Any, weights: Any) -> tuple[Any, Any]:
    try:
        classes, codes = np.unique(np.asarray(y), return_inverse=True)
    except TypeError as error:
        raise ValueError(f"y: expected classes that can be sorted: {error}") from None
    return classes, np.bincount(codes.ravel(), weights=weights, minlength=len(classes))


@dataclass(frozen=True)
class _RowsPass(_Pass):
    """A pass over checked rows; classes count by a factor each."""

    class_factors: Any

    def rows_of(self, batch: Batch) -> _core.Rows:
        """A reader of a batch that has the columns of the others."""
        X, y, weights = self.estimator._checked_xy(*batch, reset=False, least=1)
        self._expect_same_targets(y)
        if self.class_factors is not None:
            plain = 1.0 if weights is None else weights
            weights = plain * self.class_factors[self.estimator._codes(y)]
        rows: _core.Rows = self.estimator._make_rows(X, y, weights)
        return rows

    def _expect_same_targets(self, y: Any) -> None:
        if isinstance(self.estimator, NTKClassifier):
            return
        count = 1 if y.ndim == 1 else y.shape[1]
        if count != len(self.estimator._target_names):
            expected = len(self.estimator._target_names)
            raise ValueError(f"y: expected {expected} targets, got {count}")


@dataclass(frozen=True)
class Learn(_RowsPass):
    """The first pass: columns, and a sample of the rows for maps that learn."""

    def add(self, part: Any, partition: int, row: int, batch: Batch) -> Any:
        rows = self.rows_of(batch)
        if part is None:
            configuration = map_configuration(self.estimator, self.estimator._checked_network())
            part = _core.FeatureLearner(rows, configuration, bool(self.estimator.standardise))
        # The sample depends on the numbers that rows have among all of them, and on nothing else.
        first = sum((self.lengths or [])[:partition]) + row
        part.add(rows, first, thread_count(self.estimator.n_jobs))
        return part


@dataclass(frozen=True)
class AddUp(_RowsPass):
    """The second pass: sums of products of features and targets."""

    extractor: _core.FeatureExtractor

    def add(self, part: Any, partition: int, row: int, batch: Batch) -> Any:
        estimator = self.estimator
        if part is None:
            features = self.extractor.features
            accumulator = _core.RidgeAccumulator(features, estimator._target_count())
            part = Sums(accumulator, estimator.n_jobs, partition, {})
        part.accumulator.add_mapped(
            self.extractor, self.rows_of(batch), thread_count(estimator.n_jobs)
        )
        return part


@dataclass(frozen=True)
class AddUpColumns(_Pass):
    """The only pass of a `StreamingRidge`."""

    def add(self, part: Any, partition: int, row: int, batch: Batch) -> Any:
        ridge = blank(self.estimator)
        if part is not None:
            vars(ridge).update(part.columns, _accumulator=part.accumulator)
        ridge._add(*batch, least=1)
        return Sums(ridge._accumulator, ridge.n_jobs, partition, _of_columns(ridge))
