"""From everybody's arrays to what the C++ library reads, without a copy where that is possible."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._sklearn import validate_data

_DTYPES = [np.float64, np.float32]


def as_array(X: Any) -> Any:
    """NumPy's view of an array of another library (DLPack, buffer protocol); others unchanged."""
    if isinstance(X, (np.ndarray, list, tuple)) or hasattr(X, "iloc") or is_sparse(X):
        return X
    if hasattr(X, "__dlpack__"):
        return np.from_dlpack(X)
    if isinstance(X, (memoryview, bytearray)) or hasattr(X, "__array_interface__"):
        return np.asarray(X)
    return X


def is_sparse(X: Any) -> bool:
    """Whether X is a sparse matrix or array of SciPy."""
    return hasattr(X, "tocsr") and hasattr(X, "nnz")


def thread_count(n_jobs: int | None) -> int:
    """Worker threads for `n_jobs`; 0 takes all processors that the process may use."""
    if n_jobs is None:
        limit = os.environ.get("OMP_NUM_THREADS", "")
        return int(limit) if limit.isdigit() else 0
    if n_jobs == 0:
        raise ValueError("n_jobs == 0 has no meaning")
    if n_jobs < 0:
        return max(1, available_processors() + 1 + n_jobs)
    return int(n_jobs)


def available_processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def image_shape_of(X: Any, image_shape: tuple[int, ...] | None) -> list[int]:
    """Pixels along each axis and channels of the images in X; empty for rows."""
    if getattr(X, "ndim", 2) > 2:
        shape = [int(length) for length in X.shape[1:]]
        if image_shape is not None and list(image_shape) != shape:
            raise ValueError(f"X holds images of {tuple(shape)}, image_shape is {image_shape}")
        return shape
    if image_shape is None:
        return []
    shape = [int(length) for length in image_shape]
    columns = X.shape[1] if hasattr(X, "shape") else len(X[0])
    if int(np.prod(shape)) != columns:
        raise ValueError(
            f"image_shape {tuple(shape)} has {int(np.prod(shape))} values, X has {columns} columns"
        )
    return shape


def _first_bad(X: Any) -> str:
    """Where the first value that is not finite stands."""
    try:
        values = np.asarray(X, dtype=np.float64)
        row, *column = np.argwhere(~np.isfinite(values))[0]
    except (TypeError, ValueError, IndexError):
        return ""
    if not column:
        return f" (first in row {row}, counted from 0)"
    return f" (first in row {row}, column {column[0]}, both counted from 0)"


def checked(
    estimator: Any, X: Any, y: Any = "no_validation", *, images: bool = False, **options: Any
) -> Any:
    """scikit-learn's checks, with the place of the first value that is not finite."""
    X = as_array(X)
    try:
        dtype = [*_DTYPES, np.uint8] if images else _DTYPES
        return validate_data(estimator, X, y, accept_sparse="csr", dtype=dtype, **options)
    except ValueError as error:
        message = str(error)
        if "contains NaN" in message or "contains infinity" in message:
            culprit = y if "Input y" in message else X
            first, _, rest = message.partition("\n")
            raise ValueError(first.rstrip(".") + _first_bad(culprit) + "." + rest) from None
        raise


def make_rows(
    X: Any,
    *,
    targets: Any = None,
    weights: Any = None,
    column_names: list[str] | None = None,
    target_names: list[str] | None = None,
    class_values: list[float] | None = None,
    image_shape: list[int] | None = None,
) -> _core.Rows:
    """A reader of checked arrays: rows, targets and weights of a data set."""
    if weights is not None:
        weights = np.ascontiguousarray(weights, dtype=np.float64)
    common = {
        "targets": targets,
        "weights": weights,
        "column_names": column_names or [],
        "target_names": target_names or [],
        "class_values": class_values or [],
    }
    if is_sparse(X):
        if not X.has_canonical_format:
            X = X.copy()
            X.sum_duplicates()
        return _core.compressed_rows(
            np.ascontiguousarray(X.indptr, dtype=np.int64),
            np.ascontiguousarray(X.indices, dtype=np.int64),
            np.ascontiguousarray(X.data, dtype=np.float64),
            X.shape[1],
            **common,
        )
    if not X.dtype.isnative or any(s % X.itemsize for s in X.strides):
        X = np.ascontiguousarray(X, dtype=X.dtype.newbyteorder("="))
    return _core.dense_rows(X, image_shape=image_shape or [], **common)


def as_targets(y: Any) -> NDArray[Any]:
    """Targets as rows x targets, float64."""
    y = np.asarray(y, dtype=np.float64)
    return np.ascontiguousarray(y.reshape(len(y), -1))
