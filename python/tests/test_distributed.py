"""Fits on partitions give the model of one process, on Dask, Spark and MPI."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from sketchntk import NTKClassifier, NTKRegressor, StreamingRidge
from sketchntk.distributed import (
    Failure,
    fit_dask,
    fit_mpi,
    fit_partitions,
    fit_spark,
    merged,
)

ROWS = 2500
CUTS = [0, 700, 700, 1800, 1801, ROWS]  # one partition without rows, and one of a single row
NAMES = ["a", "b", "c", "d"]


def rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 4)) * [1, 10, 0.1, 3] + [0, 100, 1, -5]
    y = np.sin(X[:, 0]) + np.abs(X[:, 3] + 5) + 0.1 * rng.normal(size=ROWS)
    labels = np.asarray(["low", "middle", "top"])[np.digitize(y, [1.5, 3.0])]
    # Whole numbers, some 0: such rows are neither learnt from nor counted.
    weights = rng.integers(0, 4, size=ROWS).astype(np.float64)
    return X, y, labels, weights


X, Y, LABELS, WEIGHTS = rows()
TWO_TARGETS = np.column_stack([Y, X[:, 0]])

# name: estimator, targets, weights
CASES = {
    "random_features": (
        lambda: NTKRegressor(map="ntkrf", n_features=128, random_state=0, alpha="gcv"),
        Y,
        None,
    ),
    "learnt_from_a_sample": (
        lambda: NTKRegressor(map="nystrom", n_features=64, random_state=0, alpha="gcv"),
        Y,
        None,
    ),
    "weights": (
        lambda: NTKRegressor(map="nystrom", n_features=64, random_state=0, alpha="gcv"),
        Y,
        WEIGHTS,
    ),
    "two_targets": (
        lambda: NTKRegressor(map="ntkrf", n_features=64, random_state=3, alpha=[0.01, 0.1, 1.0]),
        TWO_TARGETS,
        None,
    ),
    "classifier": (
        lambda: NTKClassifier(map="ntkrf", n_features=128, random_state=0, alpha="gcv"),
        LABELS,
        None,
    ),
    "classifier_weights": (
        lambda: NTKClassifier(
            map="nystrom",
            n_features=64,
            random_state=0,
            alpha="gcv",
            class_weight={"top": 3.0, "low": 0.5},
        ),
        LABELS,
        WEIGHTS,
    ),
    "columns": (lambda: StreamingRidge(), Y, None),
}


def fitted_at_once(name):
    make, y, weights = CASES[name]
    return make().fit(X, y, weights)


def scores(model):
    return model.decision_function(X) if hasattr(model, "classes_") else model.predict(X)


def expect_same_model(model, expected):
    """Equal but for the order of the sums.

    Means, scales and sums that are merged in another order differ by some units of float64's last
    place. A map is then of the same bits: float32 swallows that. The solution of (G + lambda) c = b
    passes on relative errors in G and b times the condition number at most. 100 stands for the
    units, of which a sum of n numbers in k parts may have k + log n.
    """
    solution = expected._solved()
    solution = getattr(solution, "solution", solution)
    size = np.abs(scores(expected)).max()
    tolerance = 100 * solution.condition_number * np.finfo(np.float64).eps * size
    assert tolerance < 1e-6 * size  # another map or sample is off by far more
    np.testing.assert_allclose(scores(model), scores(expected), rtol=0, atol=tolerance)
    expect_same_choice(model, expected)
    assert model.n_features_in_ == expected.n_features_in_
    if hasattr(expected, "classes_"):
        assert model.classes_.tolist() == expected.classes_.tolist()
        assert (model.predict(X) == expected.predict(X)).all()


def expect_same_choice(model, expected):
    """The same penalty of the same grid, whose units may be a sum over the rows."""
    np.testing.assert_allclose(model.alpha_, expected.alpha_, rtol=1e-12)
    np.testing.assert_allclose(model.alphas_, expected.alphas_, rtol=1e-12)


def parts_of(values):
    return [None if values is None else values[a:b] for a, b in zip(CUTS, CUTS[1:])]


def batches_of(y, weights):
    return list(zip(parts_of(X), parts_of(y), parts_of(weights)))


class Lists:
    """An engine in this process, which pickles what engines pickle."""

    lengths = None

    def __init__(self, *partitions):
        self.partitions = partitions

    def gather(self, task, partitions=None):
        numbers = range(len(self.partitions)) if partitions is None else partitions
        sent = pickle.dumps(task)
        parts = [pickle.loads(sent)(k, self.partitions[k]) for k in numbers]
        return pickle.loads(pickle.dumps(parts))

    def reduce(self, task):
        return reduce(merged, self.gather(task), None)


def lists(y, weights=None):
    return Lists(*([batch] for batch in batches_of(y, weights)))


# ---- What all engines share ---------------------------------------------------------------------


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


# ---- Dask ---------------------------------------------------------------------------------------


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


# ---- Spark --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs Java")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "400")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.mark.parametrize("name", CASES)
def test_spark_rdds(spark, name):
    make, y, weights = CASES[name]
    batches = [batch if weights is not None else batch[:2] for batch in batches_of(y, weights)]
    data = spark.sparkContext.parallelize(batches, len(batches))
    expect_same_model(fit_spark(make(), data), fitted_at_once(name))


def test_spark_merges_many_partitions(spark):
    make, y, _ = CASES["learnt_from_a_sample"]
    cuts = range(0, ROWS, 100)
    data = spark.sparkContext.parallelize([(X[k : k + 100], y[k : k + 100]) for k in cuts], 20)
    expect_same_model(fit_spark(make(), data), fitted_at_once("learnt_from_a_sample"))


@pytest.mark.parametrize("name", ["weights", "classifier_weights"])
def test_spark_data_frames(spark, name):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    make, y, weights = CASES[name]
    table = pd.DataFrame(X, columns=NAMES).assign(y=y, w=weights)
    data = spark.createDataFrame(table)
    model = fit_spark(make(), data, "y", sample_weight="w")
    expected = make().fit(table[NAMES], y, weights)
    assert model.feature_names_in_.tolist() == NAMES
    np.testing.assert_allclose(
        model._predictions(table[NAMES]), expected._predictions(table[NAMES]), atol=1e-9
    )
    expect_same_choice(model, expected)
    none = spark.createDataFrame(table).filter("a > 1e9")
    with pytest.raises(ValueError, match="expected at least 2 rows"):
        fit_spark(make(), none, "y", sample_weight="w")


def test_spark_errors_name_the_place(spark):
    make, y, _ = CASES["random_features"]
    bad = X.copy()
    bad[CUTS[2] + 5, 1] = np.nan
    batches = [(bad[a:b], y[a:b]) for a, b in zip(CUTS, CUTS[1:])]
    data = spark.sparkContext.parallelize(batches, len(batches))
    with pytest.raises(ValueError, match=r"partition 2: .*first in row 5, column 1"):
        fit_spark(make(), data)
    with pytest.raises(ValueError, match="expected no target for an RDD"):
        fit_spark(make(), data, "y")
    table = spark.range(10)
    with pytest.raises(ValueError, match="expected the name of the target"):
        fit_spark(make(), table)
    with pytest.raises(ValueError, match="partition 0: target: the table has no column 'y'"):
        fit_spark(make(), table, "y")
    with pytest.raises(ValueError, match="partition 0: sample_weight: .* no column 'w'"):
        fit_spark(make(), table, "id", sample_weight="w")


# ---- MPI ----------------------------------------------------------------------------------------


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
    program = f"import sys; sys.path.insert(0, {here!r}); import test_distributed as t; "
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
