#!/usr/bin/python3
"""Counts of weeks against the weeks before, by scipy: run from anywhere; the test only reads what it wrote

Rows of {now, {before, the last week first}, weeks, mean, low, high, p}.
"""
import math
import pathlib

import numpy
import scipy
from scipy import stats


def row(now, before):
    z = 2 * numpy.sqrt(numpy.array(before) + 3 / 8)
    k = len(z)
    wide = max(1, z.std(ddof=1)) * math.sqrt(1 + 1 / k)
    low, high = stats.t.interval(0.95, k - 1, z.mean(), wide)
    p = 2 * stats.t.sf(abs(2 * math.sqrt(now + 3 / 8) - z.mean()) / wide, k - 1)
    counts = [max(0, max(0, x) ** 2 / 4 - 3 / 8) for x in (low, high)]
    lines.append("    {%d, {%s}, %d, %.17g, %.17g, %.17g, %.17g}," % (
        now, ", ".join(map(str, before)), k, numpy.mean(before), *counts, p))


OUT = pathlib.Path(__file__).resolve().parent.parent / "review_reference.inc"
lines = [f"/* Written by reference/review.py with scipy {scipy.__version__}. Not to be changed by hand. */",
         "/* clang-format off */"]
draw = numpy.random.default_rng(7)
row(12, [10, 11, 9, 12, 10, 8, 11, 10])
row(40, [10, 11, 9, 12, 10, 8, 11, 10])
row(0, [0, 0, 0, 0, 0, 0, 0, 0])
row(3, [0, 0, 0, 0, 0, 0, 0, 0])
row(0, [30, 28, 35, 31, 29, 33, 30, 27])
row(9, [2, 1, 40, 0, 3, 25, 1, 2])
row(5, [4, 6, 5, 3])
for mean in (1, 5, 30, 200, 5000):
    for weeks in (4, 6, 8):
        row(int(draw.poisson(mean * 1.5)), [int(x) for x in draw.negative_binomial(4, 4 / (4 + mean), weeks)])
OUT.write_text("\n".join(lines) + "\n")
