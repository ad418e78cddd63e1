"""Fits on Dask collections."""

from __future__ import annotations

import copy
import importlib
from typing import Any

from ._engine import Batch, Task, imported, merged, table_batch
from ._fit import Estimator, fit_partitions

_MERGED_AT_ONCE = 4


def fit_dask(
    estimator: Estimator,
    X: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    target: str | list[str] | None = None,
    classes: Any = None,
) -> Estimator:
    """Fit to Dask arrays or data frames, on the active cluster or the local scheduler.

    Parameters
    ----------
    estimator : NTKRegressor, NTKClassifier or StreamingRidge
        The estimator; it is changed only if the fit succeeds.
    X : dask.array.Array or dask.dataframe.DataFrame
        Rows in chunks, n x columns, or images. Chunks along other axes than the first are joined.
    y : dask array, dask series or array-like, default=None
        Targets, n or n x targets, or classes. An array is cut as X is.
    sample_weight : dask array, dask series, array-like, str or None, default=None
        How often each row counts, 0 or more; with `target` the name of its column in X.
    target : str, list of str or None, default=None
        The columns of the data frame X that are targets, in place of `y`.
    classes : array-like or None, default=None
        All classes of a classifier; None collects them from `y`.

    Returns
    -------
    NTKRegressor, NTKClassifier or StreamingRidge
        The fitted estimator.

    Raises
    ------
    ImportError
        If Dask is not installed.
    ValueError
        For ``alpha='loo'`` or ``class_weight='balanced'``, for X and y that are cut differently,
        and for bad values; the message names the partition, and the row in it.

    Notes
    -----
    X is read twice (a `StreamingRidge` reads it once), and once more before that where the lengths
    of its chunks are not known, as of data frames, or classes are collected: persist what is
    expensive to make. The sums of a partition take 8 `n_features`\\ :sup:`2` bytes; a worker holds
    those of up to five at a time while it merges four.

    Examples
    --------
    >>> import dask.array as da  # doctest: +SKIP
    >>> from sketchntk import NTKRegressor
    >>> from sketchntk.distributed import fit_dask
    >>> X = da.random.default_rng(0).normal(size=(10000, 3), chunks=(2500, 3))  # doctest: +SKIP
    >>> y = da.sin(X[:, 0]) + abs(X[:, 1])  # doctest: +SKIP
    >>> model = fit_dask(NTKRegressor(n_features=256, random_state=0), X, y)  # doctest: +SKIP
    """
    dask = imported("dask", "fit_dask", "'dask[array,dataframe,distributed]'")
    if (y is None) == (target is None):
        raise ValueError("fit_dask: expected y, or the name of the target, and not both")
    return fit_partitions(estimator, _DaskPartitions(dask, X, y, sample_weight, target), classes)


class _DaskPartitions:
    """The chunks of collections as partitions."""

    def __init__(self, dask: Any, X: Any, y: Any, sample_weight: Any, target: Any) -> None:
        if not hasattr(X, "to_delayed"):
            raise TypeError(f"X: expected a Dask array or data frame, got {type(X).__name__}")
        self._dask = dask
        self.lengths = _known_lengths(X)
        rows = _blocks(X)
        if target is not None:
            cut = dask.delayed(_of_table, pure=False)
            self._partitions = [cut(block, target, sample_weight) for block in rows]
            return
        targets = _aligned("y", y, X, len(rows))
        weights: list[Any] = [None] * len(rows)
        if sample_weight is not None:
            weights = _aligned("sample_weight", sample_weight, X, len(rows))
        bundle = dask.delayed(_of_arrays, pure=False)
        self._partitions = [bundle(*blocks) for blocks in zip(rows, targets, weights)]

    def gather(self, task: Task, partitions: list[int] | None = None) -> list[Any]:
        """The parts of some partitions."""
        numbers = range(len(self._partitions)) if partitions is None else partitions
        return list(self._dask.compute(*self._parts(task, list(numbers))))

    def reduce(self, task: Task) -> Any:
        """The parts of all partitions, merged."""
        parts = self._parts(task, list(range(len(self._partitions))))
        merge = self._dask.delayed(_merged_parts, pure=False)
        while len(parts) > 1:
            groups = range(0, len(parts), _MERGED_AT_ONCE)
            parts = [merge(parts[first : first + _MERGED_AT_ONCE]) for first in groups]
        return self._dask.compute(parts[0])[0]

    def _parts(self, task: Task, numbers: list[int]) -> list[Any]:
        run = self._dask.delayed(_part, pure=False)
        shared = self._sent_once(task)
        return [run(shared, number, self._partitions[number]) for number in numbers]

    def _sent_once(self, task: Task) -> Any:
        """The task, in the memory of all workers where there are some."""
        # The scheduler of an active client is a method of the client; local ones are functions.
        client: Any = getattr(self._dask.base.get_scheduler(), "__self__", None)
        if hasattr(client, "scatter"):
            return client.scatter(task, broadcast=True, hash=False)
        return self._dask.delayed(task, pure=False, traverse=False)


def _known_lengths(X: Any) -> list[int] | None:
    chunks = X.chunks[0] if hasattr(X, "chunks") else (float("nan"),)
    # A length that is not known is NaN, which differs from itself.
    return None if any(rows != rows for rows in chunks) else [int(rows) for rows in chunks]


def _blocks(collection: Any) -> list[Any]:
    """One delayed piece for each chunk of rows."""
    if not hasattr(collection, "chunks"):
        return list(collection.to_delayed())
    whole = collection.rechunk({axis: -1 for axis in range(1, collection.ndim)})
    return list(whole.to_delayed().ravel())


def _aligned(name: str, values: Any, X: Any, count: int) -> list[Any]:
    """Pieces of the same rows as those of X."""
    lengths = _known_lengths(X)
    if lengths is not None:
        values = importlib.import_module("dask.array").asarray(values)
        if values.shape[0] == values.shape[0]:
            if values.shape[0] != sum(lengths):
                raise ValueError(
                    f"{name}: expected {sum(lengths)} rows as in X, got {values.shape[0]}"
                )
            values = values.rechunk({0: tuple(lengths)})
    if not hasattr(values, "to_delayed"):
        raise ValueError(
            f"{name}: expected a Dask collection for an X whose chunks have unknown lengths, got "
            f"{type(values).__name__}"
        )
    blocks = _blocks(values)
    if len(blocks) != count:
        raise ValueError(f"{name}: expected {count} chunks as in X, got {len(blocks)}")
    return blocks


def _of_arrays(X: Any, y: Any, weights: Any) -> list[Batch]:
    return [(X, y, weights)]


def _of_table(table: Any, target: Any, weight: str | None) -> list[Batch]:
    return [table_batch(table, target, weight)]


def _part(task: Task, number: int, batches: list[Batch]) -> Any:
    return task(number, batches)


def _merged_parts(parts: list[Any]) -> Any:
    # Dask may run a task a second time on the same input, so it has to stay as it is.
    total = None
    for part in parts:
        total = merged(total, copy.deepcopy(part) if total is None else part)
    return total
