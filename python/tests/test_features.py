"""NTKFeatures: what scikit-learn's checks do not see."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sketchntk
from sketchntk import NTKFeatures, kernel


def test_inner_products_approximate_the_kernel() -> None:
    X = np.random.default_rng(0).normal(size=(100, 6))
    K = kernel("fc(depth=2)", X, precision="f64")
    errors = []
    for n_features in (512, 8192):
        Z = NTKFeatures("fc(depth=2)", "ntkrf", n_features, random_state=0).fit_transform(X)
        errors.append(np.linalg.norm(Z @ Z.T - K) / np.linalg.norm(K))
    # Random features converge like n_features^-1/2: sixteen times as many, a quarter of the error.
    assert errors[1] < 0.5 * errors[0] < 0.1


def test_bits_depend_neither_on_threads_nor_on_the_array() -> None:
    X = np.random.default_rng(0).normal(size=(5000, 5)).astype(np.float32)
    features = NTKFeatures(map="ntkrf", n_features=128, random_state=3).fit(X)
    Z = features.transform(X)
    assert Z.dtype == np.float32
    features.n_jobs = 1
    for other in (np.asfortranarray(X), X.astype(np.float64), X[::-1][::-1], X.tolist()):
        assert np.array_equal(features.transform(other), Z)
    assert np.array_equal(features.transform(X[4000:4010]), Z[4000:4010])


def test_nothing_of_the_input_is_copied() -> None:
    import tracemalloc

    X = np.random.default_rng(0).normal(size=(200_000, 20))
    features = NTKFeatures(map="ntkrf", n_features=8, random_state=0).fit(X[:100])
    tracemalloc.start()
    Z = features.transform(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < Z.nbytes + 1e6


def test_partial_fit_equals_one_fit() -> None:
    X = np.random.default_rng(0).normal(size=(700, 4))
    for name in ("ntkrf", "nystrom"):
        whole = NTKFeatures(map=name, n_features=64, random_state=1, standardise=True).fit(X)
        parts = NTKFeatures(map=name, n_features=64, random_state=1, standardise=True)
        for first in range(0, 700, 200):
            parts.partial_fit(X[first : first + 200])
        assert np.array_equal(parts.transform(X), whole.transform(X))


def test_auto_looks_at_targets_and_says_what_it_chose() -> None:
    X = np.random.default_rng(0).normal(size=(400, 3))
    features = NTKFeatures(n_features=64, random_state=0).fit(X, np.sin(X[:, 0]))
    assert features.map_choice_["map"] == features.map_
    assert features.map_ != "auto"
    assert len(features.map_choice_["evidence"]) > 1
    few = NTKFeatures(n_features=64, random_state=0).fit(X[:50])
    assert few.map_ == "ntkrf"


def test_pickle_and_file_have_the_same_features(tmp_path) -> None:
    X = np.random.default_rng(0).normal(size=(300, 3))
    features = NTKFeatures(map="nystrom", n_features=32, random_state=0).fit(X)
    Z = features.transform(X)
    assert np.array_equal(pickle.loads(pickle.dumps(features)).transform(X), Z)
    features.save(tmp_path / "features")
    assert np.array_equal(sketchntk.load(tmp_path / "features").transform(X), Z)


def test_images() -> None:
    images = np.random.default_rng(0).integers(0, 256, size=(40, 6, 6, 3), dtype=np.uint8)
    network = "conv(3) relu gap dense"
    features = NTKFeatures(network, "cntkrf", n_features=512, random_state=0)
    Z = features.fit_transform(images)
    K = kernel(network, images)
    assert np.linalg.norm(Z @ Z.T - K) < 0.2 * np.linalg.norm(K)
    flat = NTKFeatures(network, "cntkrf", n_features=512, random_state=0, image_shape=(6, 6, 3))
    assert np.array_equal(flat.fit_transform(images.reshape(40, -1).astype(float)), Z)
    with pytest.raises(ValueError, match=r"X holds images of \(4, 9, 3\)"):
        features.transform(images.reshape(40, 4, 9, 3))


def test_sparse_rows_stay_sparse() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    X = sparse.random(200, 1000, density=0.01, format="csr", random_state=0)
    features = NTKFeatures("fc(depth=1)", "ntksketch", 64, random_state=0).fit(X)
    dense = features.transform(X.toarray())
    np.testing.assert_allclose(features.transform(X), dense, rtol=1e-4, atol=1e-5)


def test_other_libraries_arrays() -> None:
    X = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    features = NTKFeatures(map="ntkrf", n_features=32, random_state=0).fit(X)
    Z = features.transform(X)

    class Tensor:
        """What torch and jax arrays offer."""

        def __dlpack__(self, **options: object) -> object:
            return X.__dlpack__()

        def __dlpack_device__(self) -> tuple[int, int]:
            return X.__dlpack_device__()

    assert np.array_equal(features.transform(Tensor()), Z)
    assert np.array_equal(features.transform(memoryview(X)), Z)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_data_frames_keep_names(library: str) -> None:
    frames = pytest.importorskip(library)
    X = np.random.default_rng(0).normal(size=(60, 2))
    frame = frames.DataFrame({"height": X[:, 0], "width": X[:, 1]})
    validation = pytest.importorskip("sklearn.utils.validation")
    if validation._get_feature_names(frame) is None:
        pytest.skip(f"this scikit-learn does not read the names of this {library}")
    features = NTKFeatures(map="ntkrf", n_features=8, random_state=0).fit(frame)
    assert features.feature_names_in_.tolist() == ["height", "width"]
    out = features.set_output(transform=library).transform(frame)
    assert list(out.columns) == features.get_feature_names_out().tolist()
    if library == "pandas":
        with pytest.raises(ValueError, match="feature names"):
            features.transform(frame[["width", "height"]])


def test_callback_is_told() -> None:
    stages: list[str] = []
    X = np.random.default_rng(0).normal(size=(300, 2))
    NTKFeatures(map="nystrom", n_features=8, random_state=0).fit(
        X, callback=lambda stage, done, total, unit: stages.append(stage)
    )
    assert "reading" in stages

    def refuse(stage: str, done: int, total: int, unit: str) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        NTKFeatures(map="nystrom", n_features=8).fit(X, callback=refuse)
