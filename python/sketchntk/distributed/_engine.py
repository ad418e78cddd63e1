"""What an engine has to do, and the parts that travel on it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Callable, Protocol

from .._batches import column, column_names, split_table

Batch = tuple[Any, Any, Any]
Task = Callable[[int, Iterable[Batch]], Any]


class Engine(Protocol):
    """Partitions of rows in a fixed order, and workers that read them.

    A task is a callable that can be pickled and is called with the number of a partition, counted
    from 0, and with its batches: triples (X, y, weights or None). It returns a part.
    """

    @property
    def lengths(self) -> list[int] | None:
        """Rows of each partition, where they are known without reading them."""

    def gather(self, task: Task, partitions: list[int] | None = None) -> list[Any]:
        """The parts of some partitions (None: of all) in their order, on the driver."""

    def reduce(self, task: Task) -> Any:
        """The parts of all partitions, put together by `merged` on the workers, on the driver."""


@dataclass(frozen=True)
class Failure:
    """A part that could not be made.

    Bad values are no reason to try again, as engines do after an exception, and each engine wraps
    exceptions in a way of its own: a value arrives as it is.
    """

    error: Exception


def merged(part: Any, other: Any) -> Any:
    """One part for the rows of two, in either order; the first may be changed.

    Parameters
    ----------
    part, other : object or None
        What a task returned, or `merged` itself; None stands for no rows.

    Returns
    -------
    object or None
        The part of all of the rows; a `Failure` if one of the two is, or if they do not match.
    """
    for failed in (part, other):
        if isinstance(failed, Failure):
            return failed
    if part is None or other is None:
        return other if part is None else part
    try:
        part.merge(other)
    except ValueError as error:
        return Failure(ValueError(str(error)))
    return part


def imported(module: str, user: str, packages: str) -> Any:
    """A module of an engine, which only those who use the engine have."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(f"{user} needs {module}: pip install {packages}") from error


def table_batch(table: Any, target: Any, weight: str | None) -> Batch:
    """X, y and weights out of the columns of a table."""
    if weight is None:
        return (*split_table(table, target), None)
    names = [str(name) for name in column_names(table)]
    if weight not in names:
        raise ValueError(f"sample_weight: the table has no column {weight!r}, only {names}")
    weights = column(table, weight)
    names.remove(weight)
    # Arrow tables, unlike pandas ones, have `select` for columns of different types.
    rest = table[names] if hasattr(table, "iloc") else table.select(names)
    return (*split_table(rest, target), weights)
