"""Five minutes on Protein: fit, predict with a standard deviation, save, and predict once more with
the command-line program from the same model file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sketchntk import NTKRegressor, load

DATA = Path(__file__).resolve().parents[2] / "data" / "protein"
# pip puts programs beside the interpreter, whose folder need not be on the PATH.
PLACES = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])


def read_protein() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Inputs, target, and which rows the first of the ten splits tests on."""
    table = np.loadtxt(DATA / "data.csv.gz", delimiter=",")
    test = np.loadtxt(DATA / "test_mask.csv.gz", delimiter=",", usecols=0) == 1
    return table[:, :-1], table[:, -1], test


def main() -> None:
    # [data]
    X, y, test = read_protein()
    X_train, y_train, X_test, y_test = X[~test], y[~test], X[test], y[test]
    print(f"rows: {len(y_train)} to learn from, {len(y_test)} to test on, {X.shape[1]} columns")

    # [fit]
    model = NTKRegressor("fc(depth=3)", n_features=1024, random_state=0)
    model.fit(X_train, y_train)
    print(f"map: {model.map_}, features: {len(model.coef_)}, alpha: {model.alpha_:.3g}")
    print(f"R^2 on the training rows: {model.score(X_train, y_train):.3f}")
    print(f"R^2 on the test rows:     {model.score(X_test, y_test):.3f}")

    # [std]
    mean, std = model.predict(X_test, return_std=True)
    error = np.abs(y_test - mean)
    of_observation = np.sqrt(std**2 + model.noise_variance_)
    print(f"test RMSE: {np.sqrt(np.mean(error**2)):.4f}")
    print(f"std of the function: {std.min():.3f} to {std.max():.3f}, median {np.median(std):.3f}")
    print(f"within two deviations of an observation: {np.mean(error < 2 * of_observation):.3f}")

    # [save]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "protein.model")
        model.save(str(file))
        again = load(file)
        print(f"model file: {file.stat().st_size} bytes")
        print(f"the same predictions: {np.array_equal(again.predict(X_test), mean)}")

        # [program]
        program = shutil.which("sketchntk", path=PLACES)
        if program is None:
            print("no program sketchntk: not installed by pip, and not on the PATH")
            return
        rows, out = Path(folder, "rows.npy"), Path(folder, "predictions.npy")
        np.save(rows, X_test)
        files = ["--model", str(file), "--data", str(rows), "--out", str(out)]
        subprocess.run([program, "predict", *files], check=True, stdout=subprocess.DEVNULL)
        same = np.allclose(np.load(out).ravel(), mean, rtol=0, atol=1e-3)
        print(f"the program's agree to 0.001: {same}")
        # [end]


if __name__ == "__main__":
    main()
