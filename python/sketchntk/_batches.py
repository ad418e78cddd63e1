"""Batches of rows from arrays, data frames and Arrow tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


def xy_batches(batches: Iterable[Any], target: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Triples (X, y, weights or None) from what users hand in."""
    for batch in batches:
        if target is not None:
            X, y = split_table(batch, target)
            yield X, y, None
        elif isinstance(batch, tuple) and len(batch) in (2, 3):
            X, y, *weights = batch
            yield X, y, weights[0] if weights else None
        else:
            raise ValueError(
                "fit_batches: expected pairs (X, y), triples (X, y, sample_weight), or tables and "
                f"the name of their target, got {type(batch).__name__}"
            )


def split_table(table: Any, target: Any) -> tuple[Any, Any]:
    """Columns and targets of a table; what comes out has the names of its columns, if it can."""
    targets = [target] if isinstance(target, str) else list(target)
    names = [str(name) for name in column_names(table)]
    missing = [name for name in targets if name not in names]
    if missing:
        raise ValueError(f"target: the table has no column {missing[0]!r}, only {names}")
    inputs = [name for name in names if name not in targets]
    y = np.column_stack([column(table, name) for name in targets])
    X = select(table, inputs)
    return X, y[:, 0] if isinstance(target, str) else y


def column_names(table: Any) -> list[Any]:
    """Names of the columns of a data frame or an Arrow table."""
    if hasattr(table, "column_names"):
        return list(table.column_names)
    if hasattr(table, "schema") and hasattr(table.schema, "names"):
        return list(table.schema.names)
    return list(table.columns)


def column(table: Any, name: str) -> NDArray[Any]:
    """One column as an array."""
    values = table.column(name) if hasattr(table, "column") else table[name]
    if hasattr(values, "to_numpy"):
        try:
            return np.asarray(values.to_numpy(zero_copy_only=False))
        except TypeError:
            return np.asarray(values.to_numpy())
    return np.asarray(values)


def select(table: Any, names: list[str]) -> Any:
    """Some columns: of a data frame as one, of an Arrow table as one of pandas if that is there."""
    if hasattr(table, "iloc") or type(table).__module__.startswith("polars"):
        return table[names]
    values = np.column_stack([column(table, name) for name in names])
    try:
        import pandas as pd
    except ModuleNotFoundError:
        return values
    return pd.DataFrame(values, columns=names, copy=False)
