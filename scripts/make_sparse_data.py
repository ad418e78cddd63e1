#!/usr/bin/env python3
"""Writes sparse rows with a planted target as svmlight text, to try `sketchntk fit` on.

    scripts/make_sparse_data.py --rows 200000 --out /tmp/sparse.svm

Each row has `--nonzeros` different columns out of `--columns`. Column k (from 1) is drawn with a
probability proportional to k^-1.5, as words of a text are: a few columns stand in most rows, the
others in hardly any. Values are normal, with standard deviation 3 in the 16 commonest columns and 1
in the others. With x those of the 16, zero where the row does not have them, and 4 groups of 4,

    y = sum_k beta_k x_k / (3 * 4)  +  sum_g gamma_g (s_g^2 - 1) / 8^(1/2)  +  0.3 * normal noise,
    s_g = sum of x_k / (3 * 2) over the columns of group g,

beta_k and gamma_g being 1 or -1: half of it (before the noise) linear, half quadratic, and all else
in the row a distraction. A linear model cannot explain more than the first half.

The file depends on the arguments alone. Streams: memory does not grow with the rows. A name that
ends in .gz is compressed.
"""

import argparse
import gzip
import itertools
import math
import random

COMMON = 16
GROUPS = 4
VALUES = 4096  # different values of a normal variable, so that their text is made once
NOISE = 0.3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--columns", type=int, default=1_000_000)
    parser.add_argument("--nonzeros", type=int, default=100, help="of each row")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True)
    given = parser.parse_args()
    if not COMMON <= given.nonzeros <= given.columns // 2:
        parser.error(f"--nonzeros: expected {COMMON} to half the columns, got {given.nonzeros}")
    return given


def value_table(rng, deviation):
    values = [deviation * rng.gauss(0, 1) for _ in range(VALUES)]
    return [(round(value, 3), f":{value:.3f}") for value in values]


def draw_columns(rng, cumulative, count):
    """Different columns, ascending, from 0."""
    population = range(len(cumulative))
    drawn = set()
    while len(drawn) < count:
        for column in rng.choices(population, cum_weights=cumulative, k=2 * count):
            drawn.add(column)
            if len(drawn) == count:
                break
    return sorted(drawn)


def planted_target(common, beta, gamma, rng):
    linear = sum(b * x for b, x in zip(beta, common)) / (3 * math.sqrt(COMMON))
    size = COMMON // GROUPS
    quadratic = 0.0
    for group in range(GROUPS):
        total = sum(common[group * size : (group + 1) * size]) / (3 * math.sqrt(size))
        quadratic += gamma[group] * (total * total - 1) / math.sqrt(2 * GROUPS)
    return linear + quadratic + NOISE * rng.gauss(0, 1)


def main():
    given = arguments()
    rng = random.Random(given.seed)
    cumulative = list(itertools.accumulate((k + 1) ** -1.5 for k in range(given.columns)))
    common_values, other_values = value_table(rng, 3.0), value_table(rng, 1.0)
    beta = [rng.choice((-1, 1)) for _ in range(COMMON)]
    gamma = [rng.choice((-1, 1)) for _ in range(GROUPS)]
    opened = gzip.open if given.out.endswith(".gz") else open
    with opened(given.out, "wt", encoding="ascii") as out:
        for _ in range(given.rows):
            common = [0.0] * COMMON
            entries = []
            for column in draw_columns(rng, cumulative, given.nonzeros):
                table = common_values if column < COMMON else other_values
                value, text = table[rng.getrandbits(12)]
                if column < COMMON:
                    common[column] = value
                entries.append(f"{column + 1}{text}")
            target = planted_target(common, beta, gamma, rng)
            out.write(f"{target:.5f} {' '.join(entries)}\n")


if __name__ == "__main__":
    main()
