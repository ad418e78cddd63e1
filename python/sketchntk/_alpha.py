"""The ridge penalty: what users may say about it."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np

from . import _core

_RULES = {
    "auto": _core.LambdaRule.automatic,
    "gcv": _core.LambdaRule.gcv,
    "loo": _core.LambdaRule.loo,
}


def parse_alpha(alpha: Any) -> tuple[_core.LambdaRule, list[float]]:
    """The rule, and the values that it is given or searches (none: the default grid)."""
    if isinstance(alpha, str):
        if alpha not in _RULES:
            raise ValueError(
                f"alpha: expected 'auto', 'gcv', 'loo', a number or a list, got {alpha!r}"
            )
        return _RULES[alpha], []
    if isinstance(alpha, Real):
        value = float(alpha)
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"alpha: expected a finite number, 0 or more, got {alpha!r}")
        return _core.LambdaRule.given, [value]
    values = np.unique(np.asarray(alpha, dtype=np.float64))
    if values.size == 0 or not np.isfinite(values).all() or values[0] < 0:
        raise ValueError(f"alpha: expected finite numbers, 0 or more, got {alpha!r}")
    if values.size == 1:
        return _core.LambdaRule.given, [float(values[0])]
    return _core.LambdaRule.gcv, values.tolist()


def takes_batches(estimator: Any) -> bool:
    """Whether one pass over the rows is enough: leave-one-out errors take another one."""
    if isinstance(estimator.alpha, str) and estimator.alpha == "loo":
        raise AttributeError(
            "alpha='loo' takes a second pass over the rows: take 'gcv', or fit to all at once"
        )
    return True


def without_share(lam: float, share: float) -> float:
    """A penalty in units of the features' diagonal in units of the kernel's.

    The share of the diagonal that a map leaves out is part of the first.
    """
    return lam * (1 - share) - share
