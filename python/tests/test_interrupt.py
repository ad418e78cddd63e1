"""Ctrl-C ends a call that is computing, and the process goes on."""

from __future__ import annotations

import subprocess
import sys

import pytest

# In a process of its own: test runners and engines have signal handlers of theirs.
PROGRAM = """
import os, signal, sys, threading
import numpy as np
from sketchntk import NTKFeatures, NTKRegressor, kernel

signal.signal(signal.SIGINT, signal.default_int_handler)
X = np.random.default_rng(0).normal(size=(400_000, 9)).astype(np.float32)
images = np.random.default_rng(0).random((400, 32, 32, 3))
actions = {
    "fit": lambda: NTKRegressor(map="ntkrf", n_features=2048).fit(X, X[:, 0]),
    "kernel": lambda: kernel("3*(conv(3) relu) gap dense", images),
}
features = NTKFeatures(map="ntkrf", n_features=512, random_state=0).fit(X[:100])
reference = features.transform(X[:10])
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    actions[sys.argv[1]]()
except KeyboardInterrupt:
    assert np.array_equal(features.transform(X[:10]), reference)
    print("interrupted")
"""


@pytest.mark.parametrize("action", ["fit", "kernel"])
def test_long_calls_are_interrupted(action: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, action], capture_output=True, text=True, check=False
    )
    assert result.stdout == "interrupted\n", result.stderr
