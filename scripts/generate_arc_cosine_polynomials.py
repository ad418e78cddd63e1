#!/usr/bin/env python3
"""Prints the polynomials of lib/kernels/arc_cosine.hpp (needs mpmath).

With w = 1 - cos(theta), 0 <= w <= 1 (theta from 0 to pi / 2):
    theta / pi                               = sqrt(w) * P(w)
    (sin(theta) - theta cos(theta)) / pi     = w * sqrt(w) * S(w)
P and S are analytic up to w = 2, so Chebyshev interpolation on [0, 1] gains a factor
3 + sqrt(8) = 5.8 with each degree.
"""
import mpmath as mp

mp.mp.dps = 60


def angle_factor(w):
    return mp.mpf(1) * mp.sqrt(2) / mp.pi if w == 0 else mp.acos(1 - w) / mp.sqrt(w) / mp.pi


def deficit_factor(w):
    if w == 0:
        return 2 * mp.sqrt(2) / (3 * mp.pi)
    theta = mp.acos(1 - w)
    return (mp.sin(theta) - theta * mp.cos(theta)) / (w * mp.sqrt(w)) / mp.pi


def chebyshev_coefficients(function, degree):
    """Monomial coefficients in w of the interpolant at the Chebyshev nodes of [0, 1]."""
    count = degree + 1
    nodes = [mp.cos((2 * k + 1) * mp.pi / (2 * count)) for k in range(count)]
    values = [function((x + 1) / 2) for x in nodes]
    series = [mp.mpf(2) / count * mp.fsum(values[k] * mp.cos(j * (2 * k + 1) * mp.pi / (2 * count))
                                          for k in range(count)) for j in range(count)]
    series[0] /= 2
    shifted = [[mp.mpf(1)], [mp.mpf(-1), mp.mpf(2)]]  # T_j(2 w - 1)
    for j in range(2, count):
        twice = [mp.mpf(0)] * (j + 1)
        for power, c in enumerate(shifted[-1]):
            twice[power] -= 2 * c
            twice[power + 1] += 4 * c
        for power, c in enumerate(shifted[-2]):
            twice[power] -= c
        shifted.append(twice)
    total = [mp.mpf(0)] * count
    for weight, polynomial in zip(series, shifted):
        for power, c in enumerate(polynomial):
            total[power] += weight * c
    return total


def report(name, function, degree, digits):
    coefficients = chebyshev_coefficients(function, degree)
    error = max(abs(mp.polyval(coefficients[::-1], mp.mpf(i) / 400) / function(mp.mpf(i) / 400) - 1)
                for i in range(401))
    print(f"// {name}, degree {degree}: largest relative error {mp.nstr(error, 3)}")
    print(",\n".join(mp.nstr(c, digits) for c in coefficients))


for angle_degree, deficit_degree, digits in ((7, 6, 10), (18, 17, 18)):
    report("angle", angle_factor, angle_degree, digits)
    report("deficit", deficit_factor, deficit_degree, digits)
