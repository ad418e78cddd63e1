"""Fits to partitions of rows, on any engine."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from .. import _core
from .._alpha import parse_alpha
from .._arrays import thread_count
from .._classifier import NTKClassifier
from .._features import map_configuration, seed_of
from .._regressor import NTKRegressor
from .._streaming_ridge import StreamingRidge
from ._engine import Engine, Failure
from ._passes import AddUp, AddUpColumns, Found, Learn, Survey, blank

Estimator = TypeVar("Estimator", bound="NTKRegressor | NTKClassifier | StreamingRidge")


def fit_partitions(estimator: Estimator, engine: Engine, classes: Any = None) -> Estimator:
    """Fit to the partitions of an engine.

    Parameters
    ----------
    estimator : NTKRegressor, NTKClassifier or StreamingRidge
        The estimator; it is changed only if the fit succeeds.
    engine : Engine
        What holds the rows.
    classes : array-like or None, default=None
        All classes of a classifier; None collects them from the rows.

    Returns
    -------
    NTKRegressor, NTKClassifier or StreamingRidge
        The estimator, as ``partial_fit`` leaves it, and solved.

    Raises
    ------
    ValueError
        If a parameter asks for what partitions cannot give, or for bad values in the rows; the
        message names the partition.

    Notes
    -----
    `StreamingRidge` takes one pass. The others take one that learns the columns and the map and
    one that adds up products of features, and before them count rows and collect classes, unless
    the engine knows the lengths of its partitions and the classes are given or not needed.

    Examples
    --------
    Lists as an engine:

    >>> import numpy as np
    >>> from functools import reduce
    >>> from sketchntk import NTKRegressor
    >>> from sketchntk.distributed import fit_partitions, merged
    >>> class Lists:
    ...     lengths = None
    ...     def __init__(self, *partitions):
    ...         self.partitions = partitions
    ...     def gather(self, task, partitions=None):
    ...         return [task(k, batches) for k, batches in enumerate(self.partitions)]
    ...     def reduce(self, task):
    ...         return reduce(merged, self.gather(task))
    >>> X = np.random.default_rng(0).normal(size=(400, 3))
    >>> y = np.sin(X[:, 0]) + np.abs(X[:, 1])
    >>> engine = Lists([(X[:150], y[:150], None)], [(X[150:300], y[150:300], None)])
    >>> model = fit_partitions(NTKRegressor(n_features=256, random_state=0), engine)
    >>> bool(model.score(X[300:], y[300:]) > 0.8)
    True
    """
    _refuse_what_partitions_cannot_give(estimator, classes)
    if isinstance(estimator, StreamingRidge):
        _fit_columns(estimator, engine)
    else:
        _fit_features(estimator, engine, classes)
    return estimator


def _refuse_what_partitions_cannot_give(estimator: Any, classes: Any) -> None:
    if not isinstance(estimator, (NTKRegressor, NTKClassifier, StreamingRidge)):
        raise TypeError(
            "estimator: expected an NTKRegressor, NTKClassifier or StreamingRidge, got "
            f"{type(estimator).__name__}"
        )
    rule, _ = parse_alpha(estimator.alpha)
    if rule == _core.LambdaRule.loo:
        raise ValueError(
            "alpha='loo' takes a further pass over the rows, which partitions are not read for: "
            "take 'gcv'"
        )
    class_weight = getattr(estimator, "class_weight", None)
    if isinstance(class_weight, str):
        raise ValueError(
            f"class_weight: expected a dict or None for rows in partitions, got {class_weight!r}"
        )
    if classes is not None and not isinstance(estimator, NTKClassifier):
        raise ValueError(f"classes: {type(estimator).__name__} has none")


def _fit_columns(estimator: Any, engine: Engine) -> None:
    sums = _raised(engine.reduce(AddUpColumns(blank(estimator), None)))
    _expect_rows(0 if sums is None else sums.accumulator.rows)
    _take_columns(estimator, sums.columns)
    estimator._accumulator = sums.accumulator
    estimator._solution = None
    estimator._solved()


def _fit_features(estimator: Any, engine: Engine, classes: Any) -> None:
    # Each worker makes the map from the seed by itself: all have to get the same one.
    template = blank(estimator, random_state=seed_of(estimator.random_state))
    map_configuration(template, template._checked_network())
    lengths, found = _surveyed(template, engine, classes)
    vars(template).update(found[0].columns)
    factors = None
    if isinstance(template, NTKClassifier):
        template.classes_ = _all_classes(found, classes)
        factors = _class_factors(template)
    threads = thread_count(estimator.n_jobs)
    learner = _raised(engine.reduce(Learn(template, lengths, factors)))
    extractor, lambda_rows, choice = learner.learnt(threads)
    sums = _raised(engine.reduce(AddUp(template, lengths, factors, extractor)))
    estimator._forget()
    vars(estimator).pop("fit_report_", None)
    _take_columns(estimator, found[0].columns)
    if isinstance(template, NTKClassifier):
        estimator.classes_ = template.classes_
        estimator._weight_sums = _weight_sums(template, found, factors)
    estimator._extractor = extractor
    estimator._lambda_rows = lambda_rows
    estimator.map_choice_ = choice
    estimator._accumulator = sums.accumulator
    estimator._model = None
    estimator._solved()


def _surveyed(template: Any, engine: Engine, classes: Any) -> tuple[list[int], list[Found]]:
    """Lengths of the partitions, and what was found in those that have rows."""
    collect = isinstance(template, NTKClassifier) and (
        classes is None or template.class_weight is not None
    )
    known = engine.lengths
    partitions = None
    if known is not None and not collect:
        partitions = [k for k, rows in enumerate(known) if rows > 0][:1]
    parts = engine.gather(Survey(template, None, collect), partitions)
    found = [_raised(part) for part in parts if part is not None]
    lengths = known
    if lengths is None:
        lengths = [0] * (1 + max((part.partition for part in found), default=0))
        for part in found:
            lengths[part.partition] = part.rows
    _expect_rows(sum(lengths))
    return lengths, found


def _all_classes(found: list[Found], classes: Any) -> Any:
    if classes is None:
        classes = np.concatenate([some for part in found for some in part.classes])
    classes = np.unique(np.asarray(classes))
    if len(classes) < 2:
        raise ValueError(
            f"Classifier can't train when only one class is present: {classes.tolist()}"
        )
    return classes


def _class_factors(template: Any) -> Any:
    """What the weights of rows are multiplied by, for each class."""
    return None if template.class_weight is None else template._class_factors(None, None)


def _weight_sums(template: Any, found: list[Found], factors: Any) -> tuple[float, float]:
    """The sums of all weights, without and with those of the classes."""
    if factors is None:
        return 1.0, 1.0
    classes = np.concatenate([some for part in found for some in part.classes])
    sums = np.concatenate([some for part in found for some in part.class_sums])
    return float(sums.sum()), float(sums @ factors[template._codes(classes)])


def _raised(part: Any) -> Any:
    if isinstance(part, Failure):
        raise part.error
    return part


def _expect_rows(rows: int) -> None:
    if rows < 2:
        raise ValueError(f"X: expected at least 2 rows in all partitions together, got {rows}")


def _take_columns(estimator: Any, columns: dict[str, Any]) -> None:
    # Columns have no names unless these rows gave them some; all else is always there.
    vars(estimator).pop("feature_names_in_", None)
    vars(estimator).update(columns)
