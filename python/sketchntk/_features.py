"""Features whose inner products approximate neural tangent kernels, as a transformer."""

from __future__ import annotations

import os
from typing import Any, Callable

import numpy as np
from numpy.typing import NDArray

from . import _core
from ._arrays import (
    as_array,
    as_targets,
    checked,
    image_shape_of,
    make_rows,
    thread_count,
)
from ._network import Network
from ._sklearn import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    check_is_fitted,
    check_random_state,
)

Callback = Callable[[str, int, int, str], Any]


def seed_of(random_state: Any) -> int:
    """The seed that a `random_state` stands for: itself, if it is a number."""
    if isinstance(random_state, (int, np.integer)) and not isinstance(random_state, bool):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def map_configuration(
    estimator: Any, network: Network, image_shape: list[int] | None = None
) -> _core.MapConfiguration:
    """What the parameters of an estimator say about its feature map."""
    return _core.map_configuration(
        map=estimator.map,
        network=network._core,
        kind=estimator.kind,
        features=int(estimator.n_features),
        seed=seed_of(estimator.random_state),
        normalise_rows=bool(estimator.normalise_rows),
        layer_blocks=bool(getattr(estimator, "layer_blocks", False)),
        image=(image_shape or [])[:-1],
    )


def column_names(estimator: Any) -> list[str]:
    """Names of the columns of X, where it had any."""
    return [str(name) for name in getattr(estimator, "feature_names_in_", [])]


def mapped(
    extractor: _core.FeatureExtractor, rows: _core.Rows, count: int, n_jobs: int | None
) -> NDArray[Any]:
    """Features of all rows of a reader."""
    out = np.empty((count, extractor.features), dtype=np.float32)
    extractor.transform(rows, out, thread_count(n_jobs))
    return out


class InputMixin:
    """What all estimators share: rows or images, checked and handed to the library."""

    network: str | Network
    image_shape: tuple[int, ...] | None
    _images: list[int]

    def _checked_network(self) -> Network:
        return Network(self.network)

    def _check(self, X: Any, y: Any = "no_validation", *, reset: bool, **options: Any) -> Any:
        """X as rows, and y; images are remembered as such, or compared with those of the fit."""
        X = as_array(X)
        images = not self._checked_network().serves_rows
        shape = image_shape_of(X, self.image_shape) if images else []
        if not reset and shape != self._images:
            raise ValueError(
                f"X holds images of {tuple(shape)}, but {type(self).__name__} was fitted to images "
                f"of {tuple(self._images)}"
            )
        if images and getattr(X, "ndim", 2) > 2:
            X = X.reshape(X.shape[0], -1)
        result = checked(self, X, y, images=images, reset=reset, **options)
        self._images = shape
        return result

    def _new_rows(self, X: Any) -> tuple[_core.Rows, int]:
        """Rows to be mapped, as wide as those of the fit, and their number."""
        X = self._check(X, reset=False)
        return make_rows(X, image_shape=self._images), X.shape[0]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = False
        return tags


class NTKFeatures(InputMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Map rows or images to features z with <z(x), z(y)> near the network's kernel K(x, y).

    Parameters
    ----------
    network : str or Network, default='fc(depth=3)'
        The network; images where it has convolutions.
    map : str, default='auto'
        Method, with its options in brackets, for example ``'ntkrf'`` or
        ``'nystrom(landmarks=uniform)'``; ``sketchntk.feature_map_names()`` lists them. ``'auto'``
        compares several on a sample of the rows (and of `y`, if given) and takes the best.
    n_features : int, default=4096
        Columns of the result.
    kind : {'ntk', 'nngp'}, default='ntk'
        Kernel.
    random_state : int, RandomState instance or None, default=None
        Seed of the map. An int is the seed itself: the same as ``--seed`` of the program.
    n_jobs : int or None, default=None
        Threads; None takes ``OMP_NUM_THREADS`` or else all processors, -1 all. The result has the
        same bits for any number.
    standardise : bool, default=False
        Shift and scale columns (channels of images) to mean 0 and deviation 1 first. Without,
        ``Z @ Z.T`` approximates ``sketchntk.kernel(network, X)``, and sparse rows stay sparse.
    normalise_rows : bool, default=False
        Scale each row to length sqrt(columns) first.
    layer_blocks : bool, default=False
        Keep the features of each layer's part of the kernel apart, side by side.
    image_shape : tuple of int or None, default=None
        Pixels along each axis and channels, where images come as rows. Arrays of more than two
        axes say it themselves.

    Attributes
    ----------
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Their names, if X had any.
    map_ : str
        The map: what ``'auto'`` stood for.
    map_choice_ : dict or None
        What ``'auto'`` was decided by.

    See Also
    --------
    NTKRegressor : Features and a ridge regression.
    kernel : The exact kernel.

    Notes
    -----
    Memory: the result (4 bytes a feature and row), the random matrices, and 4,096 rows at a time;
    X is not copied if it is float32 or float64.

    Examples
    --------
    >>> import numpy as np
    >>> from sketchntk import NTKFeatures, kernel
    >>> X = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32)
    >>> features = NTKFeatures('fc(depth=2)', map='ntkrf', n_features=2048, random_state=0)
    >>> Z = features.fit_transform(X)
    >>> Z.shape, Z.dtype
    ((200, 2048), dtype('float32'))
    >>> K = kernel('fc(depth=2)', X)
    >>> bool(np.linalg.norm(Z @ Z.T - K) < 0.1 * np.linalg.norm(K))
    True
    """

    def __init__(
        self,
        network: str | Network = "fc(depth=3)",
        map: str = "auto",
        n_features: int = 4096,
        kind: str = "ntk",
        random_state: Any = None,
        n_jobs: int | None = None,
        *,
        standardise: bool = False,
        normalise_rows: bool = False,
        layer_blocks: bool = False,
        image_shape: tuple[int, ...] | None = None,
    ) -> None:
        self.network = network
        self.map = map
        self.n_features = n_features
        self.kind = kind
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.standardise = standardise
        self.normalise_rows = normalise_rows
        self.layer_blocks = layer_blocks
        self.image_shape = image_shape

    def fit(self, X: Any, y: Any = None, *, callback: Callback | None = None) -> NTKFeatures:
        """Learn the columns and the map from rows.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            Rows, n x columns; or images, n x pixels along each axis x channels.
        y : array-like or None, default=None
            Targets that ``'auto'`` may choose by.
        callback : callable or None, default=None
            Called with (stage, done, total, unit) a few times a second.

        Returns
        -------
        NTKFeatures
            The fitted transformer.
        """
        for name in ("_learner", "_extractor"):
            self.__dict__.pop(name, None)
        return self._learn(X, y, reset=True, callback=callback)

    def partial_fit(
        self, X: Any, y: Any = None, *, callback: Callback | None = None
    ) -> NTKFeatures:
        """Learn from more rows. After all of them the map is that of one fit to all of them.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            Some more rows.
        y : array-like or None, default=None
            Their targets; in all calls or in none.
        callback : callable or None, default=None
            As in `fit`.

        Returns
        -------
        NTKFeatures
            The transformer.
        """
        return self._learn(X, y, reset=not hasattr(self, "_learner"), callback=callback)

    def _learn(self, X: Any, y: Any, *, reset: bool, callback: Callback | None) -> NTKFeatures:
        X = self._check(X, reset=reset, ensure_min_samples=2 if reset and self.standardise else 1)
        targets = _targets_to_choose_by(y, X.shape[0])
        rows = make_rows(
            X, targets=targets, column_names=column_names(self), image_shape=self._images
        )
        if reset:
            configuration = map_configuration(self, self._checked_network())
            self._learner = _core.FeatureLearner(rows, configuration, bool(self.standardise))
            self._rows_seen = 0
        threads = thread_count(self.n_jobs)
        self._learner.add(rows, self._rows_seen, threads, callback)
        self._rows_seen += X.shape[0]
        self._extractor: _core.FeatureExtractor | None = None
        if reset:
            self._learnt(callback)
        return self

    def _learnt(self, callback: Callback | None = None) -> _core.FeatureExtractor:
        """The extractor of all rows so far: learnt when it is asked for."""
        check_is_fitted(self)
        if self._extractor is None:
            extractor, _, choice = self._learner.learnt(thread_count(self.n_jobs), callback)
            self._extractor = extractor
            self.map_choice_ = choice
        return self._extractor

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_extractor")

    @property
    def map_(self) -> str:
        """The map: what ``'auto'`` stood for."""
        return self._learnt().configuration.map

    @property
    def _n_features_out(self) -> int:
        return self._learnt().features

    def transform(self, X: Any) -> NDArray[Any]:
        """Features of rows.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or images
            As in `fit`, with the same columns.

        Returns
        -------
        ndarray of float32
            n x `n_features` (a map may have some fewer, or as many as it needs).
        """
        extractor = self._learnt()
        rows, count = self._new_rows(X)
        return mapped(extractor, rows, count, self.n_jobs)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the features' file, which ``sketchntk.load`` reads."""
        self._learnt().save(str(path))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _targets_to_choose_by(y: Any, rows: int) -> Any:
    """Targets as columns of numbers; classes as the numbers of classes, one column each."""
    if y is None:
        return None
    y = np.asarray(y)
    if len(y) != rows:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: [{rows}, {len(y)}]"
        )
    if y.dtype.kind in "fiub" and y.dtype.kind != "b":
        return as_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    return np.ascontiguousarray(codes.reshape(-1, 1) == np.arange(len(classes)), dtype=np.float64)
