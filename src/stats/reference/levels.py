#!/usr/bin/python3
"""levels.py: writes ../levels_reference.inc, what others say of changes along levels.

Debian 12: python3-scipy 1.10.1, python3-statsmodels 0.13.5, python3-sklearn 1.2.1,
python3-numpy. Run from anywhere; the test only reads what it wrote.
"""
import math
import pathlib

import numpy as np
import statsmodels.api as sm
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

OUT = pathlib.Path(__file__).resolve().parent.parent / "levels_reference.inc"
lines = ["/* Written by reference/levels.py: numbers of scikit-learn, statsmodels, scipy and numpy.",
         " * Not to be changed by hand. */", "/* clang-format off */", ""]


def array(kind, name, values):
    lines.append(f"static const {kind} {name}[] = {{")
    for v in values:
        lines.append(f"    {v},")
    lines.extend(["};", ""])


def reals(name, values):
    array("double", name, [repr(float(v)) if math.isfinite(v) else "-INFINITY" for v in values])


rng = np.random.default_rng(29)

# ---- splitmix64, from its definition ----
state, drawn = 42, []
for _ in range(4):
    state = (state + 0x9e3779b97f4a7c15) % 2**64
    z = state
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9 % 2**64
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb % 2**64
    drawn.append(z ^ (z >> 31))
array("uint64_t", "draws_wanted", [f"UINT64_C({z})" for z in drawn])

# ---- a share that only falls ----
n = 40
weight = rng.integers(1, 30, n).astype(float)
share = np.clip(0.95 - 0.02 * np.arange(n) + rng.normal(0, 0.12, n), 0, 1).round(4)
fit = IsotonicRegression(increasing=False).fit(np.arange(n), share, sample_weight=weight)
reals("isotonic_y", share)
reals("isotonic_w", weight)
reals("isotonic_fit", fit.predict(np.arange(n)))

# ---- counts along a smooth curve, some bins left out ----
n, degree = 120, 4
x = np.linspace(-1, 1, n)
counts = rng.poisson(np.exp(3 - 1.5 * x - x**2)).astype(float) + 0.25 * rng.integers(0, 3, n)
counts[78:83] += 20
out = np.zeros(n, bool)
out[76:88] = True
basis = np.polynomial.chebyshev.chebvander(x, degree)
for name, kept in (("smooth_all", np.ones(n, bool)), ("smooth_without", ~out)):
    got = sm.GLM(counts[kept], basis[kept], family=sm.families.Poisson()).fit(tol=1e-14, maxiter=200)
    reals(name, np.exp(basis @ got.params))
reals("smooth_counts", counts)

# ---- where a rate, or a mean, leaves its level ----
n = 60
edges = np.log(1000) + 0.05 * np.arange(n)
middle = edges - 0.025
hinge, width = edges[34], 0.2
tries = rng.integers(0, 40, n)
truth = 0.03 + 0.5 * np.clip((middle - hinge) / width, 0, 1)
failed = rng.binomial(tries, truth)
steps = rng.integers(0, 25, n)
growth = np.array([rng.normal(0.2 - 0.18 * np.clip((m - hinge) / width, 0, 1), 0.25, k).sum() if k else 0.0
                   for m, k in zip(middle, steps)]).round(6)
squares = float((steps * 0.0625 + np.where(steps > 0, growth**2 / np.maximum(steps, 1), 0)).sum().round(6))
hinges, widths = list(range(20, 50, 3)), [0.0, 0.1, 0.2, 0.4]


def ramp(k, w):
    over = middle - edges[k]
    return np.where(np.arange(n) <= k, 0.0, 1.0 if w == 0 else np.clip(over / w, 0, 1))


def minus(levels, t):
    p = np.clip(levels[0] + t * (levels[1] - levels[0]), 1e-6, 1 - 1e-6)
    return -(failed * np.log(p) + (tries - failed) * np.log(1 - p)).sum()


def flat_rate():
    p = failed.sum() / tries.sum()
    return failed.sum() * math.log(p) + (tries - failed).sum() * math.log(1 - p)


rate_gains, mean_gains, levels = [], [], []
all_squares = squares - growth.sum()**2 / steps.sum()
for k in hinges:
    for w in widths:
        t = ramp(k, w)
        got = min((minimize(minus, start, (t,), method="Nelder-Mead", bounds=[(1e-6, 1 - 1e-6)] * 2,
                            options={"xatol": 1e-12, "fatol": 1e-13, "maxiter": 20000})
                   for start in ((0.05, 0.5), (0.3, 0.35))), key=lambda g: g.fun)
        gain = -got.fun - flat_rate()
        rate_gains.append(gain if got.x[1] > got.x[0] and gain > 0 else -math.inf)
        levels.append(tuple(got.x))
        design = np.column_stack([1 - t, t])
        normal = design.T @ (design * steps[:, None])
        b = np.linalg.solve(normal, design.T @ growth)
        left = squares - 2 * b @ (design.T @ growth) + b @ normal @ b
        mean_gains.append(steps.sum() / 2 * math.log(all_squares / left) if b[1] < b[0] and left < all_squares
                          else -math.inf)
best = int(np.argmax(rate_gains))
reals("ramp_edges", edges)
reals("ramp_x", middle)
reals("ramp_tries", tries)
reals("ramp_failed", failed)
reals("ramp_steps", steps)
reals("ramp_growth", growth)
reals("ramp_squares", [squares])
reals("ramp_widths", widths)
array("uint32_t", "ramp_hinges", hinges)
reals("ramp_rate_gains", rate_gains)
reals("ramp_mean_gains", mean_gains)
# hinge (index), width, below, above, gain of the best
reals("ramp_best", [best // len(widths), widths[best % len(widths)], *levels[best], rate_gains[best]])

OUT.write_text("\n".join(lines), encoding="utf-8")
