"""Exact kernel matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._arrays import as_array, image_shape_of, thread_count
from ._features import Callback
from ._network import Network


def kernel(
    network: str | Network,
    X: Any,
    Y: Any = None,
    kind: str = "ntk",
    precision: str = "f32",
    *,
    image_shape: tuple[int, ...] | None = None,
    n_jobs: int | None = None,
    callback: Callback | None = None,
) -> NDArray[Any]:
    """The exact NNGP or NTK of a network, between rows or images.

    Parameters
    ----------
    network : str or Network
        The network.
    X : array-like
        Rows, n x columns; or images, n x pixels along each axis x channels.
    Y : array-like or None, default=None
        Other rows or images; None takes X again.
    kind : {'ntk', 'nngp'}, default='ntk'
        Kernel.
    precision : {'f32', 'f64'}, default='f32'
        Arithmetic, and scalars of the result.
    image_shape : tuple of int or None, default=None
        Pixels along each axis and channels, where images come as rows.
    n_jobs : int or None, default=None
        Threads, as for `NTKFeatures`.
    callback : callable or None, default=None
        Called with (stage, done, total, unit) a few times a second.

    Returns
    -------
    ndarray
        n x m, in the scale convention of neural-tangents.

    Examples
    --------
    >>> import numpy as np
    >>> from sketchntk import kernel
    >>> K = kernel('fc(depth=1)', np.eye(2), precision='f64')
    >>> K.round(4)
    array([[2.    , 0.3183],
           [0.3183, 2.    ]])
    """
    if precision not in ("f32", "f64"):
        raise ValueError(f"precision: expected 'f32' or 'f64', got {precision!r}")
    dtype = np.float32 if precision == "f32" else np.float64
    network = Network(network)
    x, image = _rows(X, image_shape, dtype, "X")
    y = None
    if Y is not None:
        y, y_image = _rows(Y, image_shape, dtype, "Y")
        if y_image != image:
            raise ValueError(f"X holds images of {tuple(image)}, Y of {tuple(y_image)}")
    return kernel_of_rows(network, x, y, kind, image[:-1], n_jobs, callback)


def kernel_of_rows(
    network: Network,
    x: NDArray[Any],
    y: NDArray[Any] | None,
    kind: str,
    pixels: list[int],
    n_jobs: int | None,
    callback: Callback | None = None,
) -> NDArray[Any]:
    """The kernel matrix of checked rows, in their own precision."""
    out = np.empty((len(x), len(x if y is None else y)), dtype=x.dtype)
    compute: Any = _core.kernel_f32 if x.dtype == np.float32 else _core.kernel_f64
    compute(network._core, kind, pixels, x, y, out, thread_count(n_jobs), callback)
    return out


def _rows(X: Any, image_shape: Any, dtype: Any, name: str) -> tuple[NDArray[Any], list[int]]:
    X = np.asarray(as_array(X))
    if X.ndim < 2:
        raise ValueError(f"{name}: Expected 2D array, got {X.ndim}D array instead")
    shape = image_shape_of(X, image_shape)
    return np.ascontiguousarray(X.reshape(X.shape[0], -1), dtype=dtype), shape
