"""Files of the command-line program."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from . import _core
from ._classifier import NTKClassifier
from ._errors import FormatError
from ._features import NTKFeatures
from ._network import Network
from ._regressor import NTKRegressor


def load(path: str | os.PathLike[str]) -> NTKRegressor | NTKClassifier | NTKFeatures:
    """Read a model or feature file: one of the program, or of ``save``.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    NTKRegressor, NTKClassifier or NTKFeatures
        A fitted estimator. Columns of text, which the program expands, have a column for each
        value: ``feature_names_in_`` has their names.

    Raises
    ------
    OSError, ValueError
        If the file cannot be read, or is damaged or something else.

    Examples
    --------
    >>> import numpy as np, os, tempfile
    >>> from sketchntk import NTKRegressor, load
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> model = NTKRegressor(n_features=32, random_state=0).fit(X, X[:, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(os.path.join(folder, 'model'))
    ...     again = load(os.path.join(folder, 'model'))
    >>> bool((again.predict(X) == model.predict(X)).all())
    True
    """
    try:
        model = _core.Model.load(str(path))
    except FormatError as error:
        if "'feature extractor'" not in str(error):
            raise
        return _transformer(_core.FeatureExtractor.load(str(path)))
    return _classifier(model) if model.class_values is not None else _regressor(model)


def _parameters(extractor: _core.FeatureExtractor) -> dict[str, Any]:
    configuration = extractor.configuration
    return {
        "network": Network(configuration.network.to_text()),
        "map": configuration.map,
        "n_features": configuration.features,
        "kind": configuration.kind,
        "random_state": configuration.seed,
        "standardise": not extractor.keeps_rows,
        "normalise_rows": configuration.normalise_rows,
        "image_shape": tuple(extractor.image_shape) or None,
    }


def _with_columns(estimator: Any, extractor: _core.FeatureExtractor) -> Any:
    estimator.n_features_in_ = extractor.inputs
    if extractor.column_names:
        estimator.feature_names_in_ = np.asarray(extractor.column_names, dtype=object)
    estimator._extractor = extractor
    estimator._images = list(extractor.image_shape)
    estimator.map_choice_ = None
    return estimator


def _with_model(estimator: Any, model: _core.Model) -> Any:
    estimator._model = model
    estimator._path = None
    estimator._choice = ([], [])
    return _with_columns(estimator, model.extractor)


def _regressor(model: _core.Model) -> NTKRegressor:
    estimator = NTKRegressor(alpha=model.solution.penalty, **_parameters(model.extractor))
    estimator._target_names = model.target_names
    estimator._one_dimensional = len(model.target_names) == 1
    estimator._noise = None
    return _with_model(estimator, model)


def _classifier(model: _core.Model) -> NTKClassifier:
    estimator = NTKClassifier(alpha=model.solution.penalty, **_parameters(model.extractor))
    values = np.asarray(model.class_values)
    numbers = values.astype(np.int64) if (values == np.round(values)).all() else values
    named = any(_number(name) != value for name, value in zip(model.target_names, values.tolist()))
    estimator.classes_ = np.asarray(model.target_names) if named else numbers
    return _with_model(estimator, model)


def _number(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return float("nan")


def _transformer(extractor: _core.FeatureExtractor) -> NTKFeatures:
    parameters = _parameters(extractor)
    return _with_columns(NTKFeatures(**parameters), extractor)
