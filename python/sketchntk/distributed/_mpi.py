"""Fits on the ranks of an MPI program."""

from __future__ import annotations

import pickle
from typing import Any, Callable

from ._engine import Batch, Failure, Task, imported, merged
from ._fit import Estimator, fit_partitions


def fit_mpi(
    estimator: Estimator,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    classes: Any = None,
    comm: Any = None,
) -> Estimator:
    """Fit to the rows of all ranks; every rank has to call it.

    Parameters
    ----------
    estimator : NTKRegressor, NTKClassifier or StreamingRidge
        The estimator, with the same parameters on each rank; those of rank 0 count. It is changed
        only if the fit succeeds.
    X : array-like, sparse matrix, data frame, images or None
        The rows of this rank; they follow those of the ranks below. None stands for no rows.
    y : array-like or None
        Their targets or classes.
    sample_weight : array-like or None, default=None
        How often each row counts, 0 or more.
    classes : array-like or None, default=None
        All classes of a classifier; None collects them from all ranks. That of rank 0 counts.
    comm : mpi4py.MPI.Intracomm or None, default=None
        The ranks; None takes ``MPI.COMM_WORLD``.

    Returns
    -------
    NTKRegressor, NTKClassifier or StreamingRidge
        The fitted estimator, on each rank.

    Raises
    ------
    ImportError
        If mpi4py is not installed.
    ValueError, RuntimeError
        On each rank alike: for ``alpha='loo'`` or ``class_weight='balanced'``, for bad values (the
        message names the rank as a partition, and the row in it), and if a rank failed otherwise.

    Notes
    -----
    A rank holds twice the sums, 2 x 8 `n_features`\\ :sup:`2` bytes, when it merges. Ranks on one
    machine share its processors: give each its share by `n_jobs` or ``OMP_NUM_THREADS``.

    Examples
    --------
    In a program that ``mpiexec -n 4 python program.py`` starts:

    >>> from mpi4py import MPI  # doctest: +SKIP
    >>> from sketchntk import NTKRegressor
    >>> from sketchntk.distributed import fit_mpi
    >>> X, y = read_rows(part=MPI.COMM_WORLD.rank)  # doctest: +SKIP
    >>> model = fit_mpi(NTKRegressor(random_state=0, n_jobs=1), X, y)  # doctest: +SKIP
    """
    mpi = imported("mpi4py.MPI", "fit_mpi", "'mpi4py>=4'")
    pkl5 = imported("mpi4py.util.pkl5", "fit_mpi", "'mpi4py>=4'")
    # Messages of the program and of the fit must not mix, and parts may be larger than 2 GiB.
    own = pkl5.Intracomm((mpi.COMM_WORLD if comm is None else comm).Dup())
    try:
        ranks = _Ranks(own, [(X, y, sample_weight)])
        if own.rank == 0:
            return ranks.drive(estimator, classes)
        return ranks.follow(estimator)
    finally:
        own.Free()


class _Ranks:
    """One partition on each rank. Rank 0 is the driver: it says what all ranks do next."""

    lengths: list[int] | None = None

    def __init__(self, comm: Any, batches: list[Batch]) -> None:
        self._comm = comm
        self._batches = batches

    def drive(self, estimator: Estimator, classes: Any) -> Estimator:
        """Fit, and give all ranks the outcome."""
        try:
            fitted = pickle.dumps(fit_partitions(estimator, self, classes))
        except BaseException as error:
            self._comm.bcast(("end", Failure(_portable(error))))
            raise
        self._comm.bcast(("end", fitted))
        return estimator

    def follow(self, estimator: Estimator) -> Estimator:
        """Do what rank 0 says, until there is an outcome."""
        while True:
            order, content = self._comm.bcast(None)
            if order == "end":
                break
            if order == "gather":
                self._gathered(content)
            else:
                self._reduced(content)
        if isinstance(content, Failure):
            raise content.error
        parameters = estimator.get_params(deep=False)
        estimator.__dict__ = {**vars(pickle.loads(content)), **parameters}
        return estimator

    def gather(self, task: Task, partitions: list[int] | None = None) -> list[Any]:
        """The parts of some ranks, on rank 0."""
        self._comm.bcast(("gather", task))
        parts: list[Any] = self._gathered(task)
        return parts if partitions is None else [parts[rank] for rank in partitions]

    def reduce(self, task: Task) -> Any:
        """The parts of all ranks, merged, on rank 0."""
        self._comm.bcast(("reduce", task))
        return self._reduced(task)

    def _gathered(self, task: Task) -> Any:
        return self._comm.gather(self._attempt(task, self._comm.rank, self._batches))

    def _reduced(self, task: Task) -> Any:
        rank, size = self._comm.rank, self._comm.size
        part = self._attempt(task, rank, self._batches)
        step = 1
        while step < size:
            if rank % (2 * step) == step:
                self._comm.send(part, rank - step)
                return None
            if rank + step < size:
                part = self._attempt(merged, part, self._comm.recv(source=rank + step))
            step *= 2
        return part

    def _attempt(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The result, or a `Failure`: a rank that went away would leave the others waiting."""
        try:
            return function(*arguments)
        except Exception as error:
            return Failure(_portable(error, f"rank {self._comm.rank}: "))


def _portable(error: BaseException, place: str = "") -> Exception:
    """An exception for other ranks: not all of them can be pickled."""
    for kind in (ValueError, RuntimeError):
        if isinstance(error, kind):
            return kind(f"{place}{error}")
    return RuntimeError(f"{place}{type(error).__name__}: {error}")
