"""NTKRegressor, NTKClassifier, StreamingRidge and ExactNTKRegressor."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sketchntk
from sketchntk import (
    ExactNTKRegressor,
    NTKClassifier,
    NTKFeatures,
    NTKRegressor,
    StreamingRidge,
    kernel,
)

Data = tuple[np.ndarray, np.ndarray]


def regressor(**options: Any) -> NTKRegressor:
    return NTKRegressor(**{"map": "ntkrf", "n_features": 128, "random_state": 0, **options})


def test_regression_is_ridge_on_the_features(smooth: Data) -> None:
    X, y = smooth
    model = regressor(alpha=0.01).fit(X, y)
    Z = NTKFeatures(map="ntkrf", n_features=128, random_state=0, standardise=True).fit_transform(X)
    Z = Z.astype(np.float64)
    centred = Z - Z.mean(axis=0)
    penalty = 0.01 * (Z**2).sum(axis=1).mean()
    gram = centred.T @ centred + penalty * np.eye(128)
    beta = np.linalg.solve(gram, centred.T @ (y - y.mean()))
    np.testing.assert_allclose(model.coef_, beta, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(model.predict(X), centred @ beta + y.mean(), rtol=1e-6, atol=1e-7)
    hat = np.trace(np.linalg.solve(gram, centred.T @ centred)) + 1
    assert model.dof_ == pytest.approx(hat, rel=1e-6)
    assert model.alpha_ == pytest.approx(0.01)


def test_the_posterior_is_that_of_the_normal_equations(smooth: Data) -> None:
    X, y = smooth
    model = regressor(alpha=0.01).fit(X[:500], y[:500])
    Z = NTKFeatures(map="ntkrf", n_features=128, random_state=0, standardise=True).fit(X[:500])
    train = Z.transform(X[:500]).astype(np.float64)
    new = Z.transform(X[500:]).astype(np.float64) - train.mean(axis=0)
    penalty = 0.01 * (train**2).sum(axis=1).mean()
    centred = train - train.mean(axis=0)
    gram = centred.T @ centred + penalty * np.eye(128)
    variance = 1 / 500 + np.einsum("ij,ij->i", new, np.linalg.solve(gram, new.T).T)
    residuals = y[:500] - model.predict(X[:500])
    noise = (residuals**2).sum() / (500 - model.dof_)
    assert model.noise_variance_ == pytest.approx(noise, rel=1e-6)
    mean, std = model.predict(X[500:], return_std=True)
    assert np.array_equal(mean, model.predict(X[500:]))
    np.testing.assert_allclose(std, np.sqrt(noise * variance), rtol=1e-6)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(X[500:], return_std=True)[1], std)
    with pytest.raises(NotImplementedError, match="posterior=True"):
        regressor(posterior=False).fit(X, y).predict(X, return_std=True)


def test_every_rule_finds_a_good_penalty(smooth: Data) -> None:
    X, y = smooth
    scores = {}
    for alpha in ("auto", "gcv", "loo", [1e-4, 1e-2, 1.0], 1e3):
        model = regressor(alpha=alpha).fit(X[:400], y[:400])
        scores[str(alpha)] = model.score(X[400:], y[400:])
        assert len(model.alphas_) == len(model.alpha_scores_)
        if len(model.alphas_):
            assert model.alpha_ in model.alphas_
            assert (
                model.alpha_scores_.min()
                == model.alpha_scores_[np.searchsorted(model.alphas_, model.alpha_)]
            )
    worst = scores.pop(str(1e3))
    assert min(scores.values()) > 0.8 > worst


def test_several_targets_keep_their_shape(smooth: Data) -> None:
    X, y = smooth
    both = np.column_stack([y, -2 * y])
    model = regressor(alpha=0.1).fit(X, both)
    predictions = model.predict(X)
    assert predictions.shape == (600, 2)
    np.testing.assert_allclose(predictions[:, 1], -2 * predictions[:, 0], rtol=1e-6, atol=1e-8)
    assert model.predict(X, return_std=True)[1].shape == (600, 2)
    assert model.coef_.shape == (2, 128)
    column = regressor(alpha=0.1).fit(X, y.reshape(-1, 1))
    assert column.predict(X).shape == (600, 1)


def test_weights_count_rows(smooth: Data) -> None:
    X, y = smooth
    weights = np.arange(600) % 3
    weighted = regressor().fit(X, y, sample_weight=weights)
    repeated = regressor().fit(X.repeat(weights, axis=0), y.repeat(weights))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-6, atol=1e-7)
    assert weighted.alpha_ == repeated.alpha_


def test_partial_fit_adds_rows(smooth: Data) -> None:
    X, y = smooth
    whole = regressor(standardise=False).fit(X, y)
    parts = regressor(standardise=False)
    for first in range(0, 600, 150):
        parts.partial_fit(X[first : first + 150], y[first : first + 150])
        parts.predict(X[:5])
    np.testing.assert_allclose(parts.predict(X), whole.predict(X), rtol=1e-9)
    assert parts.alpha_ == whole.alpha_
    assert parts.predict(X, return_std=True)[1].shape == (600,)
    again = pickle.loads(pickle.dumps(parts))
    again.partial_fit(X[:10], y[:10])
    parts.partial_fit(X[:10], y[:10])
    assert np.array_equal(again.predict(X), parts.predict(X))
    assert not hasattr(regressor(alpha="loo"), "partial_fit")


def test_one_pass_over_batches(smooth: Data, tmp_path: Any) -> None:
    X, y = smooth
    pandas = pytest.importorskip("pandas")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pandas.DataFrame(X, columns=list("abcd"))
    table["y"] = y
    table.to_parquet(tmp_path / "rows.parquet")

    def batches() -> Iterator[Any]:
        return parquet.ParquetFile(tmp_path / "rows.parquet").iter_batches(batch_size=100)

    whole = regressor().fit(table[list("abcd")], y)
    of_300 = regressor().partial_fit(table[list("abcd")][:300], y[:300])
    of_300.partial_fit(table[list("abcd")][300:], y[300:])
    for learn_rows, expected in ((65536, whole), (300, of_300)):
        model = regressor().fit_batches(batches(), target="y", learn_rows=learn_rows)
        assert model.feature_names_in_.tolist() == list("abcd")
        np.testing.assert_allclose(
            model.predict(table[list("abcd")]), expected.predict(table[list("abcd")]), rtol=1e-9
        )
    pairs = regressor().fit_batches((X[i : i + 100], y[i : i + 100]) for i in range(0, 600, 100))
    np.testing.assert_allclose(pairs.predict(X), model_of_arrays(X, y).predict(X), rtol=1e-9)
    with pytest.raises(ValueError, match="no column 'z'"):
        regressor().fit_batches(batches(), target="z")
    with pytest.raises(ValueError, match="at least 2 rows"):
        regressor().fit_batches([])


def test_a_first_batch_that_is_not_finished_is_forgotten(smooth: Data) -> None:
    X, y = smooth

    def refuse(*_: Any) -> None:
        raise RuntimeError("enough")

    model = regressor()
    with pytest.raises(RuntimeError, match="enough"):
        model.partial_fit(X, y, callback=refuse)
    with pytest.raises(ValueError, match="not fitted yet"):
        model.predict(X)
    model.partial_fit(X, y)
    np.testing.assert_array_equal(model.predict(X), regressor().partial_fit(X, y).predict(X))


def model_of_arrays(X: np.ndarray, y: np.ndarray) -> NTKRegressor:
    return regressor().fit(X, y)


def test_classification(labelled: Data) -> None:
    X, y = labelled
    model = NTKClassifier(n_features=128, map="ntkrf", random_state=0).fit(X[:400], y[:400])
    assert model.classes_.tolist() == ["high", "low", "middle"]
    assert model.score(X[400:], y[400:]) > 0.85
    scores = model.decision_function(X)
    assert scores.shape == (600, 3)
    assert np.array_equal(model.classes_[scores.argmax(axis=1)], model.predict(X))
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-9)
    two = NTKClassifier(n_features=64, map="ntkrf", random_state=0).fit(X, y == "low")
    assert two.decision_function(X).shape == (600,)
    assert two.predict(X).dtype == bool


def test_class_weights(labelled: Data) -> None:
    X, y = labelled
    plain = NTKClassifier(n_features=64, map="ntkrf", random_state=0, alpha=1.0)
    favoured = NTKClassifier(
        n_features=64, map="ntkrf", random_state=0, alpha=1.0, class_weight={"middle": 20}
    )
    count = [int((m.fit(X, y).predict(X) == "middle").sum()) for m in (plain, favoured)]
    assert count[1] > count[0]
    balanced = NTKClassifier(n_features=64, random_state=0, class_weight="balanced", map="ntkrf")
    weights = (600 / (3 * np.unique(y, return_counts=True)[1]))[
        np.unique(y, return_inverse=True)[1]
    ]
    weighted = NTKClassifier(n_features=64, random_state=0, map="ntkrf").fit(X, y, weights)
    np.testing.assert_allclose(
        balanced.fit(X, y).decision_function(X), weighted.decision_function(X), atol=1e-9
    )


def test_weights_of_classes_do_not_depend_on_the_parts(labelled: Data) -> None:
    X, y = labelled
    weights = {"low": 5.0, "high": 0.2}
    options = {"n_features": 64, "map": "ntkrf", "random_state": 0, "standardise": False}
    whole = NTKClassifier(class_weight=weights, **options).fit(X, y)
    parts = NTKClassifier(class_weight=weights, **options)
    order = np.argsort(y, kind="stable")
    for first in range(0, 600, 200):
        part = order[first : first + 200]
        parts.partial_fit(X[part], y[part], classes=np.unique(y))
    np.testing.assert_allclose(parts.decision_function(X), whole.decision_function(X), atol=1e-8)


def test_rows_of_no_weight_do_not_shift_the_sample(smooth: Data) -> None:
    X, y = smooth
    weights = (np.arange(600) % 2).astype(float)
    whole = regressor(map="nystrom", n_features=32).fit(X, y, weights)
    halves = [(X[:300], y[:300], weights[:300]), (X[300:], y[300:], weights[300:])]
    parts = regressor(map="nystrom", n_features=32).fit_batches(halves)
    np.testing.assert_allclose(parts.predict(X), whole.predict(X), rtol=1e-6)


def test_classifier_in_parts(labelled: Data) -> None:
    X, y = labelled
    whole = NTKClassifier(n_features=64, map="ntkrf", random_state=0, standardise=False).fit(X, y)
    parts = NTKClassifier(n_features=64, map="ntkrf", random_state=0, standardise=False)
    parts.partial_fit(X[:50], y[:50], classes=["low", "middle", "high"])
    parts.partial_fit(X[50:], y[50:])
    np.testing.assert_allclose(parts.decision_function(X), whole.decision_function(X), atol=1e-8)
    batches = [(X[:300], y[:300]), (X[300:], y[300:])]
    one_pass = NTKClassifier(n_features=64, map="ntkrf", random_state=0, standardise=False)
    one_pass.fit_batches(batches, classes=np.unique(y))
    np.testing.assert_allclose(one_pass.decision_function(X), whole.decision_function(X), atol=1e-8)


def test_streaming_ridge_keeps_float64_digits() -> None:
    random = np.random.default_rng(0)
    X = np.column_stack([random.normal(size=3000), 1e3 + random.normal(size=3000)])
    y = X @ [1.0, 2.0]
    model = StreamingRidge().fit(X, y)
    np.testing.assert_allclose(model.coef_, [1.0, 2.0], rtol=1e-4)
    assert abs(model.intercept_) < 0.1
    whole = StreamingRidge(alpha=1e-6).fit(X, y)
    left = StreamingRidge(alpha=1e-6).fit(X[:1000], y[:1000])
    right = StreamingRidge(alpha=1e-6).fit(X[1000:], y[1000:])
    left.merge(pickle.loads(pickle.dumps(right)))
    np.testing.assert_allclose(left.predict(X), whole.predict(X), rtol=1e-9)
    loo = StreamingRidge(alpha="loo").fit(X, y + 0.1 * random.normal(size=3000))
    np.testing.assert_allclose(loo.coef_, [1.0, 2.0], atol=0.02)
    none = StreamingRidge(alpha=1e-9, fit_intercept=False).fit(X[:, :1], 3 * X[:, 0])
    assert none.intercept_ == 0


def test_exact_regression_is_the_dual_solution(smooth: Data) -> None:
    X, y = smooth
    exact = ExactNTKRegressor("fc(depth=2)", alpha=0.01).fit(X[:300], y[:300])
    mean, deviation = X[:300].mean(axis=0), X[:300].std(axis=0)
    train, new = (X[:300] - mean) / deviation, (X[300:] - mean) / deviation
    K = kernel("fc(depth=2)", train, precision="f64")
    expected = dual_predictions(
        K, kernel("fc(depth=2)", new, train, precision="f64"), y[:300], 0.01
    )
    np.testing.assert_allclose(exact.predict(X[300:]), expected, rtol=1e-4, atol=1e-4)
    assert ExactNTKRegressor().fit(X[:300], y[:300]).score(X[300:], y[300:]) > 0.8


def dual_predictions(K: np.ndarray, of_new: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    n = len(K)
    system = np.block(
        [[K + alpha * np.diag(K).mean() * np.eye(n), np.ones((n, 1))], [np.ones((1, n)), 0]]
    )
    solution = np.linalg.solve(system, np.append(y, 0))
    return of_new @ solution[:n] + solution[n]


@pytest.mark.parametrize("n_features", [256, 8192])
def test_regression_on_features_is_the_dual_solution_of_their_kernel(
    smooth: Data, n_features: int
) -> None:
    X, y = smooth
    arguments = ("fc(depth=2)", "ntkrf", n_features)
    model = NTKRegressor(*arguments, alpha=0.01, random_state=0).fit(X[:300], y[:300])
    features = NTKFeatures(*arguments, random_state=0, standardise=True).fit(X[:300])
    train, new = (features.transform(part).astype(float) for part in (X[:300], X[300:]))
    expected = dual_predictions(train @ train.T, new @ train.T, y[:300], 0.01)
    # What the weights of the dual lose to rounding, about the condition number 1 / alpha.
    np.testing.assert_allclose(model.predict(X[300:]), expected, rtol=1e-9, atol=1e-9)


def test_images_in_and_out() -> None:
    random = np.random.default_rng(0)
    images = random.random((120, 5, 5, 2))
    y = images[:, 2, 2, 0] + images.mean(axis=(1, 2, 3))
    network = "conv(3) relu flatten dense"
    model = NTKRegressor(network, "cntkrf", 512, random_state=0).fit(images, y)
    exact = ExactNTKRegressor(network).fit(images, y)
    assert np.corrcoef(model.predict(images), y)[0, 1] > 0.9
    assert np.corrcoef(exact.predict(images), y)[0, 1] > 0.9
    assert np.array_equal(pickle.loads(pickle.dumps(exact)).predict(images), exact.predict(images))
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(images), model.predict(images))


def test_files_are_those_of_the_program(smooth: Data, labelled: Data, tmp_path: Any) -> None:
    X, y = smooth
    model = regressor().fit(X, y)
    model.save(tmp_path / "model")
    again = sketchntk.load(tmp_path / "model")
    assert isinstance(again, NTKRegressor)
    assert np.array_equal(again.predict(X), model.predict(X))
    assert again.alpha_ == model.alpha_
    assert again.get_params()["n_features"] == 128
    X, y = labelled
    for labels in (y, np.searchsorted(np.unique(y), y), np.where(y == "low", -3.0, 4.0)):
        classifier = NTKClassifier(n_features=32, map="ntkrf", random_state=0).fit(X, labels)
        classifier.save(tmp_path / "classes")
        loaded = sketchntk.load(tmp_path / "classes")
        assert isinstance(loaded, NTKClassifier)
        assert np.array_equal(loaded.predict(X), classifier.predict(X))
