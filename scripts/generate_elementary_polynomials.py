#!/usr/bin/env python3
"""Prints the polynomials of lib/kernels/elementary_functions.hpp (needs mpmath).

atan(y) = y A(y^2) for 0 <= y^2 <= 1: analytic up to -1, so that Chebyshev interpolation gains a
factor 3 + sqrt(8) = 5.8 with each degree.
exp(r) - 1 = r E(r) for |r| <= ln(2) / 2, entire.
"""
import mpmath as mp

from generate_arc_cosine_polynomials import chebyshev_coefficients, report


def arctangent_factor(z):
    return mp.mpf(1) if z == 0 else mp.atan(mp.sqrt(z)) / mp.sqrt(z)


def exponential_factor(r):
    return mp.mpf(1) if r == 0 else mp.expm1(r) / r


if __name__ == "__main__":
    for degree, digits in ((8, 10), (20, 18)):
        report("arctangent", arctangent_factor, degree, digits)
    half = mp.log(2) / 2
    for degree, digits in ((5, 10), (10, 18)):
        report("exponential", exponential_factor, degree, digits, -half, half)
