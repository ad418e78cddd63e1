"""Randomised linear algebra: sketches of rows, which know nothing of networks.

Examples
--------
>>> import numpy as np
>>> from sketchntk import sketches
>>> S = sketches.Sketch('srht', inputs=100, outputs=64, seed=1)
>>> S(np.ones((2, 100), dtype=np.float32)).shape
(2, 64)
>>> 'tensor_sketch' in sketches.names()
True
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._arrays import as_array, is_sparse, thread_count

__all__ = ["Sketch", "names"]


def names() -> list[str]:
    """The names of all sketches.

    Examples
    --------
    >>> from sketchntk import sketches
    >>> 'count_sketch' in sketches.names()
    True
    """
    return _core.sketch_names()


class Sketch:
    """A random operator S on rows with E <S x, S y> = <x, y>, or that of tensor powers.

    Parameters
    ----------
    text : str
        Name and options, for example ``'count_sketch'`` or ``'tensor_sketch(degree=3)'``.
    inputs, outputs : int
        Columns of rows and of their sketches.
    seed : int, default=0
        Where its random numbers come from: equal seeds give equal operators.

    Examples
    --------
    >>> import numpy as np
    >>> from sketchntk.sketches import Sketch
    >>> S = Sketch('tensor_sketch(degree=2)', inputs=10, outputs=4096, seed=0)
    >>> x = np.ones((1, 10), dtype=np.float32)
    >>> bool(abs((S(x) @ S(x).T).item() - 100) < 20)
    True
    """

    def __init__(self, text: str, inputs: int, outputs: int, seed: int = 0) -> None:
        self._core: _core.Sketch = _core.Sketch(text, inputs, outputs, seed)

    @classmethod
    def from_json(cls, text: str) -> Sketch:
        """The sketch that `to_json` described."""
        sketch = cls.__new__(cls)
        sketch._core = _core.Sketch.from_json(text)
        return sketch

    def to_json(self) -> str:
        """Everything that determines the sketch."""
        return self._core.to_json()

    @property
    def inputs(self) -> int:
        """Columns of rows."""
        return self._core.inputs

    @property
    def outputs(self) -> int:
        """Columns of sketched rows."""
        return self._core.outputs

    @property
    def seed(self) -> int:
        """Where the random numbers come from."""
        return self._core.seed

    def variance(self, x: Any, y: Any) -> float:
        """Var <S x, S y>, where it is known in closed form (else NotImplementedError)."""
        return self._core.variance(
            np.ascontiguousarray(x, dtype=np.float32), np.ascontiguousarray(y, dtype=np.float32)
        )

    def __call__(self, X: Any, n_jobs: int | None = None) -> NDArray[Any]:
        """Sketch rows.

        Parameters
        ----------
        X : array-like or sparse matrix
            Rows, n x inputs; computed with as float32.
        n_jobs : int or None, default=None
            Threads, as for ``NTKFeatures``.

        Returns
        -------
        ndarray of float32
            n x outputs.
        """
        X = as_array(X)
        if is_sparse(X):
            X = X.tocsr()
            if not X.has_canonical_format:
                X = X.copy()
                X.sum_duplicates()
            return self._core.apply_compressed(
                np.ascontiguousarray(X.indptr, dtype=np.int64),
                np.ascontiguousarray(X.indices, dtype=np.int64),
                np.ascontiguousarray(X.data, dtype=np.float32),
                X.shape[1],
                thread_count(n_jobs),
            )
        rows = np.ascontiguousarray(X, dtype=np.float32)
        if rows.ndim != 2:
            raise ValueError(f"Expected 2D array, got {rows.ndim}D array instead")
        return self._core.apply(rows, thread_count(n_jobs))

    def __repr__(self) -> str:
        return (
            f"Sketch({self._core.to_text()!r}, inputs={self.inputs}, outputs={self.outputs}, "
            f"seed={self.seed})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __reduce__(self) -> Any:
        return Sketch.from_json, (self.to_json(),)
