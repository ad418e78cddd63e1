"""Fits on Dask give the model of one process."""

from __future__ import annotations

import numpy as np
import pytest
from distributed_cases import (
    CASES,
    CUTS,
    NAMES,
    ROWS,
    X,
    expect_same_choice,
    expect_same_model,
    fitted_at_once,
)
from sketchntk.distributed import (
    fit_dask,
)


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    pytest.importorskip("dask.array")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as local,
        distributed.Client(local) as client,
    ):
        yield client


def dask_array(values):
    import dask.array as da

    if values is None:
        return None
    lengths = tuple(np.diff(CUTS).tolist())
    return da.from_array(values, chunks=(lengths, *([2] * (values.ndim - 1))))


def dask_fit(name):
    make, y, weights = CASES[name]
    return fit_dask(make(), dask_array(X), dask_array(y), dask_array(weights))


@pytest.mark.parametrize("name", CASES)
def test_dask_arrays_on_a_cluster(cluster, name):
    expect_same_model(dask_fit(name), fitted_at_once(name))


@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_dask_arrays_on_a_local_scheduler(scheduler):
    dask = pytest.importorskip("dask")
    pytest.importorskip("dask.array")
    with dask.config.set(scheduler=scheduler):
        expect_same_model(dask_fit("weights"), fitted_at_once("weights"))


def test_dask_cuts_targets_as_rows(cluster):
    import dask.array as da

    make, y, weights = CASES["weights"]
    model = fit_dask(make(), dask_array(X), da.from_array(y, chunks=600), weights)
    expect_same_model(model, fitted_at_once("weights"))


def test_dask_merges_many_partitions(cluster):
    import dask.array as da

    make, y, _ = CASES["learnt_from_a_sample"]
    many = da.from_array(X, chunks=(100, 4))
    expect_same_model(fit_dask(make(), many, y), fitted_at_once("learnt_from_a_sample"))


@pytest.mark.parametrize("name", ["weights", "classifier_weights"])
def test_dask_data_frames(cluster, name):
    pd = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    make, y, weights = CASES[name]
    table = pd.DataFrame(X, columns=NAMES).assign(y=y, w=weights)
    frame = dd.from_pandas(table, npartitions=3, sort=False)
    named = fit_dask(make(), frame, target="y", sample_weight="w")
    apart = fit_dask(make(), frame[NAMES], frame["y"], frame["w"])
    for model in (named, apart):
        expected = make().fit(table[NAMES], y, weights)
        assert model.feature_names_in_.tolist() == NAMES
        np.testing.assert_allclose(
            model._predictions(table[NAMES]), expected._predictions(table[NAMES]), atol=1e-9
        )
        expect_same_choice(model, expected)


def test_dask_reads_known_lengths_without_counting():
    dask = pytest.importorskip("dask")
    da = pytest.importorskip("dask.array")
    reads = []

    def noted(block):
        reads.append(len(block))
        return block

    make, y, _ = CASES["random_features"]
    noticed = da.from_array(X, chunks=(500, 4)).map_blocks(noted, dtype=X.dtype, meta=X[:0])
    with dask.config.set(scheduler="synchronous"):
        fit_dask(make(), noticed, y)
    assert len(reads) == 2 * 5 + 1


def test_dask_errors_name_the_place(cluster):
    import dask.array as da

    make, y, _ = CASES["random_features"]
    bad = X.copy()
    bad[CUTS[2] + 5, 1] = np.nan
    with pytest.raises(ValueError, match=r"partition 2: .*first in row 5, column 1"):
        fit_dask(make(), dask_array(bad), dask_array(y))
    with pytest.raises(ValueError, match=f"y: expected {ROWS} rows as in X, got {ROWS - 1}"):
        fit_dask(make(), dask_array(X), y[:-1])
    with pytest.raises(TypeError, match="X: expected a Dask array or data frame, got ndarray"):
        fit_dask(make(), X, y)
    with pytest.raises(ValueError, match="expected y, or the name of the target"):
        fit_dask(make(), dask_array(X))
    unknown = dask_array(X)[da.from_array(y > -100, chunks=700)]
    with pytest.raises(ValueError, match="y: expected a Dask collection"):
        fit_dask(make(), unknown, y)
