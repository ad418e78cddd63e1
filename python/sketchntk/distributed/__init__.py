"""Fits on the engines that hold large data: Dask, Spark and MPI.

Each of `fit_dask`, `fit_spark` and `fit_mpi` fits an `NTKRegressor`, an `NTKClassifier` or a
`StreamingRidge` where the rows are. Only sums over the rows, a sample of them and the model travel.
`fit_partitions` is what they share, for any other engine.
"""

from __future__ import annotations

from ._dask import fit_dask
from ._engine import Engine, Failure, merged
from ._fit import fit_partitions
from ._mpi import fit_mpi
from ._spark import fit_spark

__all__ = [
    "Engine",
    "Failure",
    "fit_dask",
    "fit_mpi",
    "fit_partitions",
    "fit_spark",
    "merged",
]
