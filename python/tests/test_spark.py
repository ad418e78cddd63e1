"""Fits on Spark give the model of one process."""

from __future__ import annotations

import os
import shutil
import sys

import numpy as np
import pytest
from distributed_cases import (
    CASES,
    CUTS,
    NAMES,
    ROWS,
    X,
    batches_of,
    expect_same_choice,
    expect_same_model,
    fitted_at_once,
)
from sketchntk.distributed import (
    fit_spark,
)


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
