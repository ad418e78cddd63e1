#!/usr/bin/env python3
"""|Z Z^T - K| / |K| in the Frobenius norm on 200 images of CIFAR-10, K being the exact kernel.

    bench/cifar10/gram_error.py DIR/train [--network N] [--kind ntk] [--maps M;M] [--features 1024,4096]

DIR is where ../shared/data/cifar10/cifar10_50k_5k_jpg.tar.xz was unpacked. Prints the root mean square over
seeds, the standard error of their mean, and the slope of log error against log features. Needs numpy.
"""

import argparse
import pathlib
import subprocess
import tempfile

import numpy


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("images")
    parser.add_argument("--program", default="build/release/tools/sketchntk")
    parser.add_argument("--rows", default="1::250")
    parser.add_argument("--network", default="conv(3) relu gap dense")
    parser.add_argument("--kind", default="ntk")
    parser.add_argument("--maps", default="cntkrf;cntksketch", help="separated by semicolons")
    parser.add_argument("--features", default="1024,4096,16384")
    parser.add_argument("--seeds", type=int, default=3)
    return parser.parse_args()


def written(arguments, command, more, path):
    subprocess.run(
        [arguments.program, command, "--data", arguments.images, "--rows", arguments.rows,
         "--standardise", "--network", arguments.network, "--kind", arguments.kind, "--out", path, *more],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return numpy.load(path).astype(numpy.float64)


def main():
    arguments = parse_arguments()
    counts = [int(text) for text in arguments.features.split(",")]
    with tempfile.TemporaryDirectory() as directory:
        path = str(pathlib.Path(directory) / "array.npy")
        kernel = written(arguments, "kernel", [], path)
        norm = numpy.linalg.norm(kernel)
        print(f"{arguments.network}, {arguments.kind}, {len(kernel)} images, {arguments.seeds} seeds", flush=True)
        for name in arguments.maps.split(";"):
            typical = []
            for count in counts:
                errors = []
                for seed in range(1, arguments.seeds + 1):
                    features = written(
                        arguments, "features",
                        ["--map", name, "--features", str(count), "--seed", str(seed)], path)
                    errors.append(numpy.linalg.norm(features @ features.T - kernel) / norm)
                typical.append(numpy.mean(numpy.square(errors)) ** 0.5)
                error_of_mean = numpy.std(errors, ddof=1) / len(errors) ** 0.5
                print(f"{name:40s} {count:6d}  {typical[-1]:.4f} +- {error_of_mean:.4f}", flush=True)
            if len(counts) > 1:
                print(f"{name:40s} slope {numpy.polyfit(numpy.log(counts), numpy.log(typical), 1)[0]:.3f}")


if __name__ == "__main__":
    main()
