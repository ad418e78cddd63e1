"""Fits on partitions give the model of one process."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest
from distributed_cases import (
    CASES,
    CUTS,
    LABELS,
    NAMES,
    ROWS,
    TWO_TARGETS,
    WEIGHTS,
    Lists,
    X,
    Y,
    batches_of,
    expect_same_model,
    fitted_at_once,
    lists,
)
from sketchntk import NTKClassifier, NTKRegressor, StreamingRidge
from sketchntk.distributed import (
    Failure,
    fit_dask,
    fit_mpi,
    fit_partitions,
    fit_spark,
    merged,
)


@pytest.mark.parametrize("name", CASES)
def test_partitions_give_the_model_of_all_rows(name):
    make, y, weights = CASES[name]
    model = fit_partitions(make(), lists(y, weights))
    expect_same_model(model, fitted_at_once(name))


@pytest.mark.parametrize("name", ["learnt_from_a_sample", "classifier_weights", "columns"])
def test_several_batches_in_a_partition_are_its_rows(name):
    make, y, weights = CASES[name]
    first, second, *others = batches_of(y, weights)
    last = others.pop()
    engine = Lists([first, second], [], others, [last])
    expect_same_model(fit_partitions(make(), engine), fitted_at_once(name))


def test_a_random_state_gives_all_partitions_one_map():
    model = NTKRegressor(map="ntkrf", n_features=64, random_state=np.random.RandomState(5))
    seed = np.random.RandomState(5).randint(np.iinfo(np.int32).max)
    fit_partitions(model, lists(Y))
    expected = NTKRegressor(map="ntkrf", n_features=64, random_state=int(seed)).fit(X, Y)
    expect_same_model(model, expected)


def test_the_model_takes_more_rows_and_can_be_kept(tmp_path):
    make, y, _ = CASES["random_features"]
    half = Lists(*([batch] for batch in batches_of(y, None)[:3]))
    model = fit_partitions(make(), half)
    for k in (3, 4):
        model.partial_fit(X[CUTS[k] : CUTS[k + 1]], y[CUTS[k] : CUTS[k + 1]])
    same_columns = make().partial_fit(X[: CUTS[3]], y[: CUTS[3]])
    expected = same_columns.partial_fit(X[CUTS[3] :], y[CUTS[3] :])
    expect_same_model(model, expected)
    expect_same_model(pickle.loads(pickle.dumps(model)), expected)
    mean, std = model.predict(X, return_std=True)
    assert mean.shape == std.shape == (ROWS,)
    model.save(tmp_path / "model")
    assert (tmp_path / "model").stat().st_size > 0


def test_a_fit_replaces_an_earlier_one():
    pd = pytest.importorskip("pandas")
    make, y, _ = CASES["random_features"]
    model = make().fit(pd.DataFrame(X[:, :2], columns=["u", "v"]), y)
    fit_partitions(model, lists(y))
    assert not hasattr(model, "feature_names_in_")
    assert not hasattr(model, "fit_report_")
    expect_same_model(model, fitted_at_once("random_features"))


def test_classes_are_collected_or_given():
    make, _, _ = CASES["classifier"]
    by_class = np.argsort(LABELS, kind="stable")
    halves = np.array_split(by_class, 4)
    engine = Lists(*([(X[part], LABELS[part], None)] for part in halves))
    model = fit_partitions(make(), engine)
    assert model.classes_.tolist() == ["low", "middle", "top"]
    expect_same_model(model, make().fit(X[by_class], LABELS[by_class]))
    more = fit_partitions(make(), engine, classes=["top", "none", "low", "middle"])
    assert more.classes_.tolist() == ["low", "middle", "none", "top"]
    with pytest.raises(ValueError, match="partition 0: y: .*low.* is none of the known classes"):
        fit_partitions(make(), engine, classes=["middle", "top"])
    with pytest.raises(ValueError, match="only one class is present"):
        fit_partitions(make(), Lists([(X, LABELS == "none", None)]))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (NTKRegressor(alpha="loo"), "alpha='loo' takes a further pass"),
        (StreamingRidge(alpha="loo"), "alpha='loo' takes a further pass"),
        (NTKClassifier(class_weight="balanced"), "class_weight: expected a dict or None"),
        (NTKRegressor(alpha="best"), "alpha: expected"),
        (NTKRegressor(network="none_such"), "none_such"),
    ],
)
def test_parameters_are_refused_before_any_row_is_read(model, message):
    class Unread:
        lengths = None

    with pytest.raises(ValueError, match=message):
        fit_partitions(model, Unread())


def test_only_a_classifier_takes_classes():
    with pytest.raises(ValueError, match="classes: NTKRegressor has none"):
        fit_partitions(NTKRegressor(), lists(Y), classes=[0, 1])
    with pytest.raises(TypeError, match="expected an NTKRegressor.*got int"):
        fit_partitions(3, lists(Y))


@pytest.mark.parametrize("name", ["random_features", "classifier", "columns"])
@pytest.mark.parametrize(("where", "value"), [("X", np.nan), ("X", np.inf)])
def test_bad_values_are_named_with_their_place(name, where, value):
    make, y, _ = CASES[name]
    bad = X.copy()
    bad[CUTS[2] + 17, 2] = value
    batches = [[(bad[a:b], y[a:b], None)] for a, b in zip(CUTS, CUTS[1:])]
    model = make()
    place = r"partition 2: .*first in row 17, column 2, both counted from 0"
    with pytest.raises(ValueError, match=place):
        fit_partitions(model, Lists(*batches))
    assert vars(model) == vars(make())
    with pytest.raises(ValueError, match="partition 0, rows from 700 on: .*first in row 17"):
        fit_partitions(model, Lists([batches[0][0], batches[2][0]], batches[4]))


@pytest.mark.parametrize("name", ["random_features", "classifier", "columns"])
def test_columns_have_to_be_the_same_in_all_partitions(name):
    pd = pytest.importorskip("pandas")
    make, y, _ = CASES[name]
    with pytest.raises(ValueError, match=r"partition 1: .*\b[34]\b.*\b[34]\b"):
        fit_partitions(make(), Lists([(X, y, None)], [(X[:, :3], y, None)]))
    table = pd.DataFrame(X, columns=NAMES)
    other = table.rename(columns={"b": "z"})
    with pytest.raises(ValueError, match="(?s)partition 1: .*z"):
        fit_partitions(make(), Lists([(table, y, None)], [(other, y, None)]))
    halves = [[(table[part], y[part], None)] for part in (slice(900), slice(900, None))]
    model = fit_partitions(make(), Lists(*halves))
    assert model.feature_names_in_.tolist() == NAMES


def test_targets_have_to_be_as_many_in_all_partitions():
    make, _, _ = CASES["random_features"]
    with pytest.raises(ValueError, match="partition 1: y: expected 1 targets, got 2"):
        fit_partitions(make(), Lists([(X, Y, None)], [(X, TWO_TARGETS, None)]))
    with pytest.raises(ValueError, match="partition 1: .*inconsistent numbers of samples"):
        fit_partitions(make(), Lists([(X, Y, None)], [(X, Y[:-1], None)]))
    with pytest.raises(ValueError, match="partition 1: .*[Nn]egative"):
        fit_partitions(make(), Lists([(X, Y, WEIGHTS)], [(X, Y, -WEIGHTS)]))


@pytest.mark.parametrize("name", ["random_features", "classifier", "columns"])
def test_rows_have_to_be_there(name):
    make, y, _ = CASES[name]
    for few in (Lists(), Lists([]), Lists([(X[:1], y[:1], None)], [])):
        with pytest.raises(ValueError, match="expected at least 2 rows in all partitions"):
            fit_partitions(make(), few)


def test_partitions_that_change_between_passes_are_noticed():
    class Changing(Lists):
        def reduce(self, task):
            self.partitions = self.partitions[::-1]
            return super().reduce(task)

    make, y, _ = CASES["random_features"]
    with pytest.raises(ValueError, match="partition 0: expected the 700 rows.*got 699.*persist"):
        fit_partitions(make(), Changing(*([batch] for batch in batches_of(y, None))))


def test_a_failure_wins_over_parts():
    failed = Failure(ValueError("it"))
    assert merged(None, failed) is failed
    assert merged(failed, 3) is failed
    assert merged(None, None) is None
    assert merged(None, 3) == merged(3, None) == 3


@pytest.mark.parametrize(
    ("fit", "module", "package"),
    [
        (lambda: fit_dask(NTKRegressor(), X, Y), "dask", "dask"),
        (lambda: fit_spark(NTKRegressor(), X), "pyspark", "pyspark"),
        (lambda: fit_mpi(NTKRegressor(), X, Y), "mpi4py.MPI", "mpi4py"),
    ],
)
def test_a_missing_engine_is_named(monkeypatch, fit, module, package):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=f"needs {module}: pip install '?{package}"):
        fit()
