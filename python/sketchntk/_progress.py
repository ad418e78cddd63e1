"""Progress of long calls, on the terminal."""

from __future__ import annotations

import sys
from typing import Any, Callable


def progress_bar(file: Any = None) -> Callable[[str, int, int, str], None]:
    """A callback that shows how far a call has come: tqdm's bars, or a line without tqdm.

    Parameters
    ----------
    file : file object or None, default=None
        Where to write; None takes the standard error output.

    Returns
    -------
    callable
        For the `callback` of ``fit`` and others.

    Examples
    --------
    >>> import io, numpy as np
    >>> from sketchntk import NTKFeatures, progress_bar
    >>> shown = io.StringIO()
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> _ = NTKFeatures(map='nystrom', n_features=8).fit(X, callback=progress_bar(shown))
    >>> 'reading' in shown.getvalue()
    True
    """
    output = sys.stderr if file is None else file
    try:
        from tqdm.auto import tqdm
    except ModuleNotFoundError:
        return _Line(output)
    return _Bars(output, tqdm)


class _Line:
    def __init__(self, output: Any) -> None:
        self._output = output

    def __call__(self, stage: str, done: int, total: int, unit: str) -> None:
        of_total = f" of {total}" if total else ""
        ended = "\n" if total and done >= total else ""
        self._output.write(f"\r{stage}: {done}{of_total} {unit}{ended}")
        self._output.flush()


class _Bars:
    def __init__(self, output: Any, tqdm: Any) -> None:
        self._output = output
        self._tqdm = tqdm
        self._stage = ""
        self._bar: Any = None

    def __call__(self, stage: str, done: int, total: int, unit: str) -> None:
        if self._bar is None or stage != self._stage:
            self._close()
            self._stage = stage
            self._bar = self._tqdm(total=total or None, desc=stage, unit=unit, file=self._output)
        self._bar.update(done - self._bar.n)
        if total and done >= total:
            self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
