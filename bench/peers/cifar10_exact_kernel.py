"""The exact CNTK with global average pooling on CIFAR-10: accuracy, time, neural-tangents' kernel.

1,000 training images (every 50th of 50,000, 100 of each class) and 1,000 test images (every 5th),
columns standardised by the training images; `sketchntk kernel` writes both Gram matrices and goes on
where it was interrupted. Ridge regression on the labels (one column a class, means removed), lambda by
the leave-one-out error. neural-tangents computes 50 training images in blocks of two with float64,
since its float32 is off by 6e-5 at depth 3 and more beyond (exact_kernels.py); differences are
relative to sqrt(K(x, x) K(y, y)).

    build/peers/bin/python bench/peers/cifar10_exact_kernel.py     # build/peers: exact_kernels.py

Hours on two cores: 1.5 million pairs for each depth, and neural-tangents' 100.
"""

import argparse
import json
import math
import resource
import subprocess
import tarfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
ARCHIVE = ROOT.parent / "shared/data/cifar10/cifar10_50k_5k_jpg.tar.xz"
CLASSES, PER_CLASS, COMPARED, BLOCK = 10, 100, 50, 2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--depths", type=int, nargs="+", default=[3, 11])
    parser.add_argument("--archive", type=Path, default=ARCHIVE)
    parser.add_argument("--directory", type=Path, default=ROOT / "build/cifar10", help="of all results")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/tools/sketchntk")
    parser.add_argument("--only", choices=["accuracy", "peer"], help="one half")
    return parser.parse_args()


def pixels(options, part, step):
    """Every `step`th image of a part as the program reads it, 0 to 255."""
    if not (options.directory / part).is_dir():
        with tarfile.open(options.archive) as files:
            files.extractall(options.directory)
    out = options.directory / f"{part}.features.npy"
    # The features of the linear kernel are the values themselves, but for a factor.
    subprocess.run([options.program, "features", "--data", options.directory / part, "--rows",
                    f"1::{step}", "--map", "linear", "--out", out], check=True, capture_output=True)
    features = np.load(out).astype(float)
    return np.rint(features * math.sqrt(features.shape[1] / 2))


def standardised_images(options):
    """Arguments of `kernel` for the training images, and for the test images as columns."""
    train, test = pixels(options, "train", 50), pixels(options, "test", 5)
    mean, scale = train.mean(axis=0), train.std(axis=0)
    for name, images in (("train", train), ("test", test)):
        array = ((images - mean) / scale).reshape(len(images), 32, 32, 3)
        np.save(options.directory / f"{name}.npy", array.astype(np.float32))
    return {"train": ["--data", options.directory / "train.npy", "--target", "none"],
            "test": ["--data2", options.directory / "test.npy"]}


def network(depth):
    return f"{depth}*(conv(3) relu) gap dense"


def pairs_done(array, pairs):
    state = Path(f"{array}.partial.json")
    if array.exists():
        return pairs
    return json.loads(state.read_text())["done"] if state.exists() else 0


def gram(options, depth, array, pairs, inputs):
    """The matrix, and what was measured of its computation, over all times it was continued."""
    log = array.with_suffix(".seconds.json")
    runs = json.loads(log.read_text()) if log.exists() else []
    if not array.exists():
        before = pairs_done(array, pairs)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            subprocess.run([options.program, "kernel", *inputs, "--network", network(depth), "--out",
                            array], check=True)
        finally:
            now = resource.getrusage(resource.RUSAGE_CHILDREN)
            runs.append({"pairs": pairs_done(array, pairs) - before,
                         "processor_seconds": now.ru_utime - used.ru_utime})
            log.write_text(json.dumps(runs))
    return np.load(array).astype(float), runs


def accuracy(train, cross):
    """Test accuracy of the ridge whose lambda has the least leave-one-out error, and that lambda."""
    targets = np.repeat(np.eye(CLASSES), PER_CLASS, axis=0) - 1 / CLASSES
    values, vectors = np.linalg.eigh(train)
    rotated = vectors.T @ targets
    best = (math.inf,)
    for fraction in 10.0 ** np.arange(-8, 1, 0.5):
        penalty = fraction * np.mean(np.diag(train))
        inverse = 1 / (np.maximum(values, 0) + penalty)
        coefficients = vectors @ (inverse[:, None] * rotated)
        left_out = coefficients / ((vectors * vectors) @ inverse)[:, None]
        best = min(best, (np.sum(left_out**2), fraction, coefficients), key=lambda choice: choice[0])
    predicted = np.argmax(cross.T @ best[2], axis=1)
    return np.mean(predicted == np.arange(len(predicted)) // PER_CLASS), best[1]


def report_accuracy(options, depth, inputs):
    count = CLASSES * PER_CLASS
    train, runs = gram(options, depth, options.directory / f"train{depth}.npy", count * (count + 1) // 2,
                       inputs["train"])
    cross, more = gram(options, depth, options.directory / f"cross{depth}.npy", count * count,
                       inputs["train"] + inputs["test"])
    correct, penalty = accuracy(train, cross)
    print(f"depth {depth:2d}: accuracy {100 * correct:.1f} %, lambda {penalty:.1e} of the mean diagonal")
    pairs = sum(run["pairs"] for run in runs + more)
    seconds = sum(run["processor_seconds"] for run in runs + more)
    print(f"          {1e3 * seconds / max(pairs, 1):.2f} ms of one processor a pair, {pairs} pairs")


def their_kernel(depth):
    # Only here: neural-tangents and jax are not needed for our half.
    import jax
    from exact_kernels import CONV, DENSE, kernel_function
    from neural_tangents import stax

    jax.config.update("jax_enable_x64", True)
    return kernel_function(depth * [CONV(), stax.Relu()] + [stax.GlobalAvgPool(), DENSE()])


def report_peer(options, depth):
    images = np.load(options.directory / "train.npy").astype(float)
    chosen = np.linspace(0, len(images) - 1, COMPARED).round().astype(int)
    images = images[chosen]
    ours = np.load(options.directory / f"train{depth}.npy").astype(float)[np.ix_(chosen, chosen)]
    theirs, seconds, worst = their_kernel(depth), 0.0, 0.0
    theirs(images[:BLOCK]).block_until_ready()
    for first in range(0, COMPARED, BLOCK):
        of = slice(first, first + BLOCK)
        start = time.perf_counter()
        expected = np.asarray(theirs(images[of]))
        seconds += time.perf_counter() - start
        scale = np.sqrt(np.diag(expected))
        worst = max(worst, np.max(np.abs(ours[of, of] - expected) / np.outer(scale, scale)))
    print(f"depth {depth:2d}: neural-tangents, float64, {COMPARED} images: difference {worst:.1e}, "
          f"{1e3 * seconds / (COMPARED * BLOCK):.0f} ms a pair")


def main():
    options = arguments()
    options.directory.mkdir(parents=True, exist_ok=True)
    inputs = standardised_images(options)
    for depth in options.depths:
        if options.only != "peer":
            report_accuracy(options, depth, inputs)
        if options.only != "accuracy":
            report_peer(options, depth)


if __name__ == "__main__":
    main()
