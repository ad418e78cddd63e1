"""Images as arrays: NTKClassifier with a convolutional network on the 8 x 8 digits that come with
scikit-learn, beside the same rows of pixels without their places."""

from __future__ import annotations

import time

import numpy as np
from sketchntk import NTKClassifier, NTKFeatures, kernel
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

CONVOLUTIONAL = "2*(conv(3) relu avg_pool(2)) flatten dense"
# Another kernel than the network's, which classifies better: docs/cntk-features.md.
PATCHES = "cntkrf(directions=patches,contrast=0.02,whiten=0.3)"


def main() -> None:
    digits = load_digits()
    # n x height x width x channels; a network with convolutions knows images by their axes.
    X = digits.data.reshape(-1, 8, 8, 1)
    X_train, X_test, y_train, y_test = train_test_split(
        X, digits.target, test_size=500, random_state=0, stratify=digits.target
    )
    print(f"{len(X_train)} images to learn from, {len(X_test)} to test on, of {X.shape[1:]}")

    models = {
        "convolutions, cntkrf": NTKClassifier(CONVOLUTIONAL, "cntkrf", 512, random_state=0),
        "convolutions, along patches": NTKClassifier(CONVOLUTIONAL, PATCHES, 512, random_state=0),
        "rows of pixels, nystrom": NTKClassifier("fc(depth=2)", "nystrom", 512, random_state=0),
    }
    for name, model in models.items():
        if name.startswith("rows"):
            X_train, X_test = X_train.reshape(-1, 64), X_test.reshape(-1, 64)
        start = time.perf_counter()
        accuracy = model.fit(X_train, y_train).score(X_test, y_test)
        seconds = time.perf_counter() - start
        print(f"{name}: accuracy {accuracy:.3f}, {seconds:.1f} s")

    # Rows of pixels are images, too, if their shape is said.
    few = X[:100].astype(np.float32)
    features = NTKFeatures(
        CONVOLUTIONAL, "cntkrf", 1024, random_state=0, image_shape=(8, 8, 1)
    ).fit_transform(few.reshape(100, -1))
    exact = kernel(CONVOLUTIONAL, few)
    error = np.linalg.norm(features @ features.T - exact) / np.linalg.norm(exact)
    print(f"kernel error of cntkrf on 100 images: {error:.4f}")


if __name__ == "__main__":
    main()
