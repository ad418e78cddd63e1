"""Fits on MPI ranks give the model of one process."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from distributed_cases import CASES, ROWS, X, Y, expect_same_model, fitted_at_once, scores
from sketchntk.distributed import (
    fit_mpi,
)


def run_ranks(folder):
    """What each rank does: fits all cases, and keeps the models beside those of other ranks."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    mine = slice(*[ROWS * part // (3 * comm.size) for part in (3 * comm.rank, 3 * comm.rank + 3)])
    models = {}
    for name, (make, y, weights) in CASES.items():
        own_weights = None if weights is None else weights[mine]
        models[name] = fit_mpi(make(), X[mine], y[mine], own_weights)
    last = comm.rank == comm.size - 1
    if comm.size == 2:
        all_or_none = (None, None) if last else (X, Y)
        models["no_rows"] = fit_mpi(CASES["random_features"][0](), *all_or_none, comm=comm)
    bad = X[mine].copy()
    if last:
        bad[5, 1] = np.nan
    for name, arguments in {"bad_value": (bad, Y[mine]), "no_array": (object(), object())}.items():
        try:
            fit_mpi(CASES["random_features"][0](), *arguments)
        except (ValueError, RuntimeError) as error:
            models[name] = error
    Path(folder, f"rank{comm.rank}").write_bytes(pickle.dumps(models))


@pytest.fixture(scope="module", params=[2, 3])
def ranks(request, tmp_path_factory):
    pytest.importorskip("mpi4py.MPI", exc_type=(ImportError, RuntimeError))
    mpiexec = shutil.which("mpiexec")
    if mpiexec is None:
        pytest.skip("MPI needs mpiexec")
    folder = tmp_path_factory.mktemp("ranks")
    here = str(Path(__file__).parent)
    program = f"import sys; sys.path.insert(0, {here!r}); import test_mpi as t; "
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }
    program += f"t.run_ranks({str(folder)!r})"
    command = [mpiexec, "-n", str(request.param), sys.executable, "-c", program]
    subprocess.run(command, check=True, env=environment, timeout=120)
    return [pickle.loads((folder / f"rank{k}").read_bytes()) for k in range(request.param)]


@pytest.mark.parametrize("name", CASES)
def test_each_rank_has_the_model_of_all_rows(ranks, name):
    for models in ranks:
        expect_same_model(models[name], fitted_at_once(name))
        first = ranks[0][name]
        np.testing.assert_array_equal(scores(models[name]), scores(first))


def test_a_rank_may_have_no_rows(ranks):
    if len(ranks) != 2:
        pytest.skip("run with two ranks")
    for models in ranks:
        expect_same_model(models["no_rows"], fitted_at_once("random_features"))


def test_all_ranks_raise_the_error_of_one(ranks):
    for models in ranks:
        assert isinstance(models["bad_value"], ValueError)
        assert f"partition {len(ranks) - 1}: " in str(models["bad_value"])
        assert "first in row 5, column 1" in str(models["bad_value"])
        assert isinstance(models["no_array"], RuntimeError)
        assert "rank 0: TypeError: " in str(models["no_array"])
