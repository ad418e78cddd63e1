"""The program that the package brings along, and that its models are ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import sketchntk
from sketchntk import NTKRegressor

PROGRAM = Path(sketchntk.__file__).parent / "bin" / "sketchntk"


def run(*arguments: Any) -> str:
    command = [sys.executable, "-m", "sketchntk"]
    return subprocess.run(
        [*command, *map(str, arguments)], check=True, capture_output=True, text=True
    ).stdout


def test_version_is_that_of_the_library() -> None:
    assert run("--version").split()[1] == sketchntk.__version__


def test_models_of_program_and_package_are_the_same(smooth: Any, tmp_path: Path) -> None:
    X, y = smooth
    np.savetxt(tmp_path / "rows.csv", np.column_stack([X, y]), fmt="%.17g", delimiter=",")
    run(
        *("fit", "--data", tmp_path / "rows.csv", "--target", "-1", "--network", "fc(depth=3)"),
        *("--map", "ntkrf", "--features", "128", "--seed", "7", "--model", tmp_path / "program"),
    )
    model = NTKRegressor(map="ntkrf", n_features=128, random_state=7).fit(X, y)
    of_program = sketchntk.load(tmp_path / "program")
    assert np.array_equal(of_program.predict(X), model.predict(X))
    assert of_program.alpha_ == model.alpha_

    model.save(tmp_path / "package")
    run(
        *("predict", "--model", tmp_path / "package", "--data", tmp_path / "rows.csv"),
        *("--out", tmp_path / "predictions.csv"),
    )
    predictions = np.genfromtxt(tmp_path / "predictions.csv", delimiter=",", skip_header=1)
    np.testing.assert_allclose(predictions, model.predict(X), rtol=1e-6)
