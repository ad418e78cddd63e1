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


def chebyshev_coefficients(function, degree, first, last):
    """Monomial coefficients of the interpolant at the Chebyshev nodes of [first, last]."""
    count = degree + 1
    middle, half = (first + last) / mp.mpf(2), (last - first) / mp.mpf(2)
    nodes = [mp.cos((2 * k + 1) * mp.pi / (2 * count)) for k in range(count)]
    values = [function(middle + half * x) for x in nodes]
    series = [mp.mpf(2) / count * mp.fsum(values[k] * mp.cos(j * (2 * k + 1) * mp.pi / (2 * count))
                                          for k in range(count)) for j in range(count)]
    series[0] /= 2
    shifted = [[mp.mpf(1)], [-middle / half, 1 / half]]  # T_j((w - middle) / half)
    for j in range(2, count):
        twice = [mp.mpf(0)] * (j + 1)
        for power, c in enumerate(shifted[-1]):
            twice[power] -= 2 * c * middle / half
            twice[power + 1] += 2 * c / half
        for power, c in enumerate(shifted[-2]):
            twice[power] -= c
        shifted.append(twice)
    total = [mp.mpf(0)] * count
    for weight, polynomial in zip(series, shifted):
        for power, c in enumerate(polynomial):
            total[power] += weight * c
    return total


def report(name, function, degree, digits, first=0, last=1):
    coefficients = chebyshev_coefficients(function, degree, first, last)
    points = [first + (last - first) * mp.mpf(i) / 400 for i in range(401)]
    error = max(abs(mp.polyval(coefficients[::-1], w) / function(w) - 1) for w in points)
    print(f"// {name}, degree {degree}: largest relative error {mp.nstr(error, 3)}")
    print(",\n".join(mp.nstr(c, digits) for c in coefficients))


if __name__ == "__main__":
    for angle_degree, deficit_degree, digits in ((6, 5, 10), (18, 17, 18)):
        report("angle", angle_factor, angle_degree, digits)
        report("deficit", deficit_factor, deficit_degree, digits)
