"""A fit holds no more than it says."""

from __future__ import annotations

import subprocess
import sys

import pytest

FIT = """
import resource, sys
import numpy as np
from sketchntk import NTKRegressor

def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

X = np.random.default_rng(0).normal(size=(300_000, 40))
y = X[:, 0].copy()
small = NTKRegressor(map="ntkrf", n_features=16, random_state=0).fit(X[:5000], y[:5000])
model = NTKRegressor(map=sys.argv[1], n_features=512, random_state=0)
before = resident()
model.fit(X, y)
print(resident() - before, model.fit_bytes(40), X.nbytes)
"""


@pytest.mark.parametrize("name", ["ntkrf", "nystrom"])
def test_peak_of_a_fit_is_within_what_it_says(name: str) -> None:
    output = subprocess.run(
        [sys.executable, "-c", FIT, name], check=True, capture_output=True, text=True
    ).stdout
    grown, promised, of_rows = map(int, output.split())
    assert grown < promised
    # A copy of the rows would not fit into the promise.
    assert promised < of_rows / 2
