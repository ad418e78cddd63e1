"""Fits on Spark's RDDs and data frames."""

from __future__ import annotations

import importlib
import math
import pickle
from collections.abc import Iterable, Iterator
from typing import Any

from .._batches import xy_batches
from ._engine import Task, imported, merged, table_batch
from ._fit import Estimator, fit_partitions


def fit_spark(
    estimator: Estimator,
    data: Any,
    target: str | list[str] | None = None,
    *,
    sample_weight: str | None = None,
    classes: Any = None,
) -> Estimator:
    """Fit to an RDD of batches or to a data frame, on the executors.

    Parameters
    ----------
    estimator : NTKRegressor, NTKClassifier or StreamingRidge
        The estimator; it is changed only if the fit succeeds.
    data : pyspark.RDD or pyspark.sql.DataFrame
        Batches, (X, y) or (X, y, sample_weight), of NumPy arrays; or, with `target`, rows of
        numbers in columns.
    target : str, list of str or None, default=None
        The columns of the data frame that are targets; all others are X.
    sample_weight : str or None, default=None
        The column of the data frame that says how often each row counts, 0 or more.
    classes : array-like or None, default=None
        All classes of a classifier; None collects them from the rows.

    Returns
    -------
    NTKRegressor, NTKClassifier or StreamingRidge
        The fitted estimator.

    Raises
    ------
    ImportError
        If PySpark, or for data frames PyArrow, is not installed.
    ValueError
        For ``alpha='loo'`` or ``class_weight='balanced'``, and for bad values; the message names
        the partition, and the row in it.

    Notes
    -----
    The data are read three times (once for a `StreamingRidge`), and rows have to come in the same
    partitions each time: persist what was shuffled or is expensive to make. The sums of a partition
    take 8 `n_features`\\ :sup:`2` bytes on an executor, and twice that when two are merged; Spark
    passes on no object of more than 2 GiB.

    Examples
    --------
    >>> from pyspark.sql import SparkSession  # doctest: +SKIP
    >>> from sketchntk import NTKRegressor
    >>> from sketchntk.distributed import fit_spark
    >>> spark = SparkSession.builder.getOrCreate()  # doctest: +SKIP
    >>> table = spark.read.parquet('houses')  # doctest: +SKIP
    >>> model = fit_spark(NTKRegressor(random_state=0), table, 'price')  # doctest: +SKIP
    """
    imported("pyspark", "fit_spark", "pyspark pyarrow")
    if target is not None:
        imported("pyarrow", "fit_spark", "pyspark pyarrow")
    if target is None and (hasattr(data, "mapInArrow") or sample_weight is not None):
        raise ValueError("fit_spark: expected the name of the target for a data frame")
    if target is not None and not hasattr(data, "mapInArrow"):
        raise ValueError("fit_spark: expected no target for an RDD of batches (X, y)")
    return fit_partitions(estimator, _SparkPartitions(data, target, sample_weight), classes)


class _SparkPartitions:
    """The partitions of an RDD or of a data frame."""

    lengths: list[int] | None = None

    def __init__(self, data: Any, target: Any, sample_weight: str | None) -> None:
        self._data = data
        self._target = target
        self._sample_weight = sample_weight
        self._context = data.context if target is None else data.sparkSession.sparkContext

    def gather(self, task: Task, partitions: list[int] | None = None) -> list[Any]:
        """The parts of some partitions."""
        return list(self._context.runJob(self._parts(task), list, partitions))

    def reduce(self, task: Task) -> Any:
        """The parts of all partitions, merged."""
        parts = self._parts(task)
        # Spark merges about count^(1 / depth) parts at a time, and the last ones on the driver.
        depth = max(2, math.ceil(math.log(max(2, parts.getNumPartitions()), 4)))
        return parts.treeReduce(merged, depth)

    def _parts(self, task: Task) -> Any:
        """An RDD with one part in each partition."""
        shared = self._context.broadcast(task)
        if self._target is None:
            return self._data.mapPartitionsWithIndex(
                lambda number, batches: [shared.value(number, xy_batches(batches, None))]
            )
        run = _ArrowTask(shared, self._target, self._sample_weight)
        return self._data.mapInArrow(run, "part binary").rdd.map(lambda row: pickle.loads(row.part))


class _ArrowTask:
    """A task on the record batches of a partition; its part comes as one binary value."""

    def __init__(self, shared: Any, target: Any, sample_weight: str | None) -> None:
        self._shared = shared
        self._target = target
        self._sample_weight = sample_weight

    def __call__(self, tables: Iterable[Any]) -> Iterator[Any]:
        pyarrow: Any = importlib.import_module("pyarrow")
        context: Any = importlib.import_module("pyspark").TaskContext.get()
        batches = (table_batch(table, self._target, self._sample_weight) for table in tables)
        part = self._shared.value(context.partitionId(), batches)
        yield pyarrow.RecordBatch.from_arrays(
            [pyarrow.array([pickle.dumps(part)], type=pyarrow.binary())], names=["part"]
        )
