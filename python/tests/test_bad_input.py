"""Bad input gets an error that names the culprit, in scikit-learn's words where it has some."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sketchntk
from sketchntk import (
    ExactNTKRegressor,
    Network,
    NTKClassifier,
    NTKFeatures,
    NTKRegressor,
    kernel,
    sketches,
)

X = np.random.default_rng(0).normal(size=(40, 3))
Y = X[:, 0]


def small(**options: Any) -> NTKRegressor:
    return NTKRegressor(n_features=16, **options)


def refusal(action: Any, error: type[Exception] = ValueError) -> str:
    with pytest.raises(error) as caught:
        action()
    return str(caught.value)


def with_value(value: float, row: int = 7, column: int = 2) -> np.ndarray:
    bad = X.copy()
    bad[row, column] = value
    return bad


def test_values_that_are_not_finite_are_named() -> None:
    for value, name in ((np.nan, "NaN"), (np.inf, "infinity")):
        message = refusal(lambda: small().fit(with_value(value), Y))
        assert f"Input X contains {name}" in message
        assert "row 7, column 2" in message
    model = small().fit(X, Y)
    assert "row 7, column 2" in refusal(lambda: model.predict(with_value(np.nan)))
    y = Y.copy()
    y[5] = np.nan
    assert "row 5" in refusal(lambda: small().fit(X, y))


def test_shapes_and_types() -> None:
    model = small().fit(X, Y)
    assert "X has 2 features, but NTKRegressor is expecting 3" in refusal(
        lambda: model.predict(X[:, :2])
    )
    assert "Expected 2D array, got 1D array" in refusal(lambda: model.predict(X[0]))
    assert "inconsistent numbers of samples" in refusal(lambda: small().fit(X, Y[:-1]))
    text = np.asarray([["a", "b", "c"]] * 40)
    assert "could not convert string to float" in refusal(lambda: small().fit(text, Y))
    assert "sample_weight" in refusal(lambda: small().fit(X, Y, sample_weight=np.ones(3)))
    assert "egative" in refusal(lambda: small().fit(X, Y, sample_weight=-np.ones(40)))
    assert "weight" in refusal(lambda: small().fit(X, Y, sample_weight=np.zeros(40)))
    assert "Complex data not supported" in refusal(lambda: small().fit(X + 1j, Y))


def test_unfitted_use() -> None:
    for action in (
        lambda: small().predict(X),
        lambda: small().coef_,
        lambda: small().save("nowhere"),
        lambda: NTKFeatures().transform(X),
        lambda: ExactNTKRegressor().predict(X),
    ):
        with pytest.raises(Exception, match="not fitted yet") as caught:
            action()
        assert type(caught.value).__name__ == "NotFittedError"


def test_parameters() -> None:
    assert "did you mean 'relu'" in refusal(lambda: small(network="dense rellu dense").fit(X, Y))
    assert "ntkrf" in refusal(lambda: small(map="ntkrff").fit(X, Y))
    assert "kind" in refusal(lambda: small(kind="ntkk").fit(X, Y))
    assert "alpha" in refusal(lambda: small(alpha="best").fit(X, Y))
    assert "alpha" in refusal(lambda: small(alpha=-1.0).fit(X, Y))
    assert "alpha" in refusal(lambda: small(alpha=[]).fit(X, Y))
    assert "features" in refusal(lambda: NTKRegressor(n_features=0).fit(X, Y))
    assert "n_jobs" in refusal(lambda: small(n_jobs=0).fit(X, Y))
    assert "precision" in refusal(lambda: kernel("fc(depth=1)", X, precision="f16"))
    assert "image_shape" in refusal(
        lambda: NTKFeatures("conv(3) relu gap dense", image_shape=(2, 2, 1)).fit(X)
    )
    assert "unknown layer 'Dence'" in refusal(lambda: Network.from_layers(["Dence"]))


def test_too_much_memory_is_refused_before_it_is_taken() -> None:
    message = refusal(
        lambda: NTKRegressor(map="ntkrf", n_features=3_000_000).fit(X, Y), MemoryError
    )
    assert "features would fit" in message


def test_classes() -> None:
    labels = np.where(Y > 0, "up", "down")
    model = NTKClassifier(n_features=16)
    assert "only one class" in refusal(lambda: model.fit(X, ["up"] * 40))
    assert "Unknown label type" in refusal(lambda: model.fit(X, Y))
    model.partial_fit(X, labels)
    assert "'left' is none of the known classes" in refusal(
        lambda: model.partial_fit(X, ["left"] * 40)
    )
    assert "class_weight" in refusal(
        lambda: NTKClassifier(n_features=16, class_weight="much").fit(X, labels)
    )


def test_files(tmp_path) -> None:
    path = tmp_path / "model"
    assert str(path) in refusal(lambda: sketchntk.load(path), OSError)
    path.write_bytes(b"something else")
    assert str(path) in refusal(lambda: sketchntk.load(path))
    small().fit(X, Y).save(path)
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    assert "checksum" in refusal(lambda: sketchntk.load(path))
    assert isinstance(sketchntk.FormatError("x"), ValueError)


def test_sketches() -> None:
    assert "count_sketch" in refusal(lambda: sketches.Sketch("cuont_sketch", 3, 8))
    assert "columns" in refusal(lambda: sketches.Sketch("gaussian", 3, 8)(X[:, :2]))
    assert "2D array" in refusal(lambda: sketches.Sketch("gaussian", 3, 8)(X[0]))


def test_a_damaged_sparse_matrix_is_refused() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_matrix(X)
    sketch = sketches.Sketch("count_sketch", 3, 8)
    matrix.indices[0] = 7
    matrix.has_canonical_format = True
    assert "damaged" in refusal(lambda: sketch(matrix))
