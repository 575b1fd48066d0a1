#!/usr/bin/python3
"""make.py: writes ../stats_reference.inc, numbers that others computed.

Debian 12: python3-scipy 1.10.1, python3-statsmodels 0.13.5, python3-sklearn 1.2.1,
python3-mpmath 1.2.1, r-base-core 4.2.2, r-cran-survival. Where two can answer, both are
asked and must agree. Run from anywhere; the tests only read what it wrote.
"""
import math
import pathlib
import subprocess

import mpmath
import numpy as np
import scipy.stats as st
import statsmodels.api as sm
from scipy.stats.contingency import odds_ratio
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

mpmath.mp.dps = 40
OUT = pathlib.Path(__file__).resolve().parent.parent / "stats_reference.inc"
lines = ["/* Written by reference/make.py: numbers of R, scipy, statsmodels, scikit-learn and exact",
         " * arithmetic. Not to be changed by hand. */", "/* clang-format off */", ""]


def c(x):
    """A number as C writes it."""
    if isinstance(x, (bool, np.bool_)):
        return "1" if x else "0"
    if isinstance(x, (int, np.integer)):
        return str(int(x))
    x = float(x)
    if math.isnan(x):
        return "NAN"
    if math.isinf(x):
        return "INFINITY" if x > 0 else "-INFINITY"
    return repr(x)


def array(kind, name, rows):
    lines.append(f"static const {kind} {name}[] = {{")
    for row in rows:
        lines.append("    " + ("{" + ", ".join(map(c, row)) + "}," if isinstance(row, (list, tuple)) else c(row) + ","))
    lines.extend(["};", ""])


def r(text):
    """Numbers that R prints, 17 digits each."""
    got = subprocess.run(["Rscript", "--vanilla", "-e", "options(digits=17);suppressMessages(library(survival));" + text],
                         check=True, capture_output=True, text=True).stdout
    return [float(x) if x not in ("NA", "NaN") else math.nan for x in got.split() if not x.startswith("[")]


def close(x, y, within):
    assert (math.isnan(x) and math.isnan(y)) or x == y or abs(x - y) <= within * max(abs(x), abs(y), 1e-6), (x, y)


# ---- tables ----

TABLES = [(20, 52, 26, 468), (3, 1, 1, 3), (0, 10, 12, 30), (7, 0, 5, 9), (0, 0, 4, 6), (1, 0, 0, 1), (1, 99, 0, 400),
          (12, 0, 8, 0), (0, 5, 0, 7), (10, 10, 10, 10), (2, 2, 2, 2), (34, 920, 1, 445), (707, 892, 217, 381),
          (900, 100, 100, 900), (3000, 10, 20, 5000), (25000, 75000, 20000, 380000), (500, 99500, 100, 899900),
          (1, 999999, 12, 8999988), (5, 4, 3, 200), (150, 850, 1500, 7500), (8, 2, 1, 5), (1, 1, 10000, 10000)]


def exact_p(a, b, cc, d):
    """Fisher's p with whole numbers: no rounding but the last."""
    row, col, n = a + b, a + cc, a + b + cc + d
    low, high = max(0, row + col - n), min(row, col)
    if n > 20000:
        return None
    weight = [math.comb(col, k) * math.comb(n - col, row - k) for k in range(low, high + 1)]
    own = weight[a - low]
    part = sum(w for w in weight if w <= own)
    with mpmath.workdps(60):
        return mpmath.mpf(part) / mpmath.mpf(sum(weight))


def log_p(a, b, cc, d):
    """The same from logarithms of the gamma function with 60 digits."""
    row, col, n = a + b, a + cc, a + b + cc + d
    low, high = max(0, row + col - n), min(row, col)
    with mpmath.workdps(60):
        def choose(m, k):
            return mpmath.loggamma(m + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(m - k + 1)

        def at(k):
            return choose(col, k) + choose(n - col, row - k) - choose(n, row)
        own, slack = at(a), mpmath.mpf(10) ** -30
        mode = (row + 1) * (col + 1) // (n + 2)
        # on each side of the mode the first that is no more likely, then outwards
        up, bound = mode, high + 1
        while up < bound:
            middle = (up + bound) // 2
            up, bound = (up, middle) if at(middle) <= own + slack else (middle + 1, bound)
        down, bound = mode - 1, low - 1
        while down > bound:
            middle = (down + bound + 1) // 2
            down, bound = (down, middle) if at(middle) <= own + slack else (middle - 1, bound)
        total = mpmath.mpf(0)
        for way in (range(up, high + 1), range(down, low - 1, -1)):
            for k in way:
                v = at(k) - own
                total += mpmath.exp(v)
                if v < -60:
                    break
        return (own + mpmath.log(total)) / mpmath.log(10)


def mp_odds(a, b, cc, d, level=0.95):
    """Conditional estimate and exact interval, by bisection with 40 digits."""
    row, col, n = a + b, a + cc, a + b + cc + d
    low, high = max(0, row + col - n), min(row, col)
    if low == high or n > 20000 or high - low > 300:
        return None
    w = [mpmath.mpf(math.comb(col, k) * math.comb(n - col, row - k)) for k in range(low, high + 1)]

    def tilted(theta):
        f, power, out = mpmath.e ** theta, mpmath.mpf(1), []
        for x in w:
            out.append(x * power)
            power *= f
        return out

    def part(theta, ks):
        t = tilted(theta)
        return sum(t[k - low] for k in ks), sum(t)

    def mean(theta):
        t = tilted(theta)
        return sum(k * x for k, x in zip(range(low, high + 1), t)) / sum(t)

    def find(rises, target):
        lo, hi = mpmath.mpf(-60), mpmath.mpf(60)
        for _ in range(110):
            mid = (lo + hi) / 2
            if rises(mid) < target:
                lo = mid
            else:
                hi = mid
        return float(mpmath.e ** lo)
    rest = (1 - level) / 2

    def upper(theta):
        x, y = part(theta, range(a, high + 1))
        return x / y

    def lower(theta):
        x, y = part(theta, range(low, a + 1))
        return -x / y
    value = 0.0 if a == low else math.inf if a == high else find(mean, a)
    return (value, 0.0 if a == low else find(upper, rest), math.inf if a == high else find(lower, -rest))


rows = []
for t in TABLES:
    a, b, cc, d = t
    p10 = log_p(*t)
    whole = exact_p(*t)
    if whole is not None:
        close(float(mpmath.log10(whole)), float(p10), 1e-12)
        if float(whole) > 1e-300:
            close(st.fisher_exact([[a, b], [cc, d]])[1], float(whole), 1e-9)
    p = float(mpmath.mpf(10) ** p10)
    woolf = [math.nan] * 3
    rr = [math.nan] * 3
    if min(t) > 0:
        s = sm.stats.Table2x2(np.array([[a, b], [cc, d]]))
        woolf = [s.oddsratio, *s.oddsratio_confint()]
        rr = [s.riskratio, *s.riskratio_confint()]
    odds = mp_odds(*t)
    known = odds is not None
    if known and a + b and cc + d and a + cc and b + d:
        got = odds_ratio([[a, b], [cc, d]], kind="conditional")
        ci = got.confidence_interval(0.95)
        for x, y in zip(odds, (got.statistic, ci.low, ci.high)):
            close(x, y, 1e-6)
    rows.append((a, b, cc, d, p, float(p10), *woolf, *rr, known, *(odds or (math.nan,) * 3)))
array("struct table_row", "table_rows", rows)

# R's own words on four of them; its roots stop at 1e-4
RT = [(20, 52, 26, 468), (3, 1, 1, 3), (0, 10, 12, 30), (7, 0, 5, 9)]
rows = []
for a, b, cc, d in RT:
    text = (f"f<-fisher.test(matrix(c({a},{cc},{b},{d}),2));"
            "write(c(f$p.value,f$estimate,f$conf.int),stdout(),ncolumns=1)")
    got = subprocess.run(["Rscript", "--vanilla", "-e", "options(digits=15);" + text], check=True, capture_output=True, text=True).stdout.split()
    rows.append((a, b, cc, d, *(math.inf if x == "Inf" else float(x) for x in got)))
array("struct r_fisher_row", "r_fisher_rows", rows)

# ---- rates ----
rows = []
for hits, n in [(0, 10), (10, 10), (1, 1), (5, 40), (46, 566), (924, 2197), (3, 100000), (1, 2), (0, 1)]:
    w = proportion_confint(hits, n, 0.05, "wilson")
    e = proportion_confint(hits, n, 0.05, "beta")
    e = (0.0 if hits == 0 else e[0], 1.0 if hits == n else e[1])
    rows.append((hits, n, max(0.0, w[0]), min(1.0, w[1]), *e))
array("struct rate_row", "rate_rows", rows)
rows = []
for x1, n1, x2, n2 in [(56, 70, 48, 80), (9, 10, 3, 10), (10, 10, 0, 20), (0, 10, 0, 20), (41, 180, 12, 900), (5, 40, 6, 35)]:
    rows.append((x1, n1, x2, n2, *confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff")))
array("struct newcombe_row", "newcombe_rows", rows)

rows = []
for events, time in [(0, 4), (1, 4), (2, 12.5), (7, 26), (15, 1), (40, 52), (123, 17), (1000, 52), (250000, 365.25)]:
    low, high = r(f"cat(poisson.test({events}, T={time})$conf.int)")
    want = (st.chi2.ppf(0.025, 2 * events) / 2 / time if events else 0.0, st.chi2.ppf(0.975, 2 * events + 2) / 2 / time)
    close(low, want[0], 1e-10)
    close(high, want[1], 1e-10)
    rows.append([events, float(time), low, high])
array("struct poisson_row", "poisson_rows", rows)

# ---- many tests ----
ps = [0.01, 0.8, 0.03, 0.03, 1e-9, 0.2, 0.049, 1.0, 0.5, 1e-300]
array("struct pq", "pq_rows", list(zip(ps, multipletests(ps, method="fdr_bh")[1])))

# ---- strata ----
STRATA = [(12, 30, 8, 60), (4, 9, 10, 40), (0, 12, 3, 20), (7, 2, 9, 11), (5, 0, 6, 0), (1, 20, 0, 35)]
s = StratifiedTable([np.array([[a, b], [cc, d]]) for a, b, cc, d in STRATA if a + cc and b + d])
test = s.test_null_odds(correction=False)
r_text = "a<-array(c(" + ",".join(f"{a},{cc},{b},{d}" for a, b, cc, d in STRATA if a + cc and b + d) + \
    f"),dim=c(2,2,{sum(1 for t in STRATA if t[0] + t[2] and t[1] + t[3])}));m<-mantelhaen.test(a,correct=FALSE);" \
    "write(c(m$estimate,m$conf.int,m$statistic,m$p.value),stdout(),ncolumns=1)"
mh = r(r_text)
close(mh[0], s.oddsratio_pooled, 1e-9)
for x, y in zip(mh[1:3], s.oddsratio_pooled_confint()):
    close(x, y, 1e-9)
close(mh[3], test.statistic, 1e-9)
array("struct us_fourfold", "strata_tables", STRATA)
array("double", "strata_wanted", [s.oddsratio_pooled, *s.oddsratio_pooled_confint(), test.statistic, test.pvalue])

# ---- clusters: log odds and its error, by leaving out nothing but numerically moving the weight of each ----
rng = np.random.default_rng(7)
units = []
for company in range(60):
    effect = rng.normal(0, 0.8)
    for _ in range(rng.integers(1, 9)):
        week = int(rng.integers(0, 6))
        x = int(rng.random() < 1 / (1 + math.exp(-effect)))
        y = int(rng.random() < 1 / (1 + math.exp(1.2 - effect - 0.7 * x - 0.1 * week)))
        units.append((week, company, x, y))
data = np.array(units)


def log_mh(weight):
    top = bottom = 0.0
    for week in range(6):
        m = data[:, 0] == week
        w, x, y = weight[m], data[m, 2], data[m, 3]
        cells = [w[(x == i) & (y == j)].sum() for i, j in ((1, 1), (1, 0), (0, 1), (0, 0))]
        if (cells[0] + cells[1]) * (cells[2] + cells[3]) * (cells[0] + cells[2]) * (cells[1] + cells[3]) == 0:
            continue
        total = sum(cells)
        top += cells[0] * cells[3] / total
        bottom += cells[1] * cells[2] / total
    return math.log(top / bottom)


moves = []
for company in range(60):
    h = 1e-5
    up, down = np.ones(len(data)), np.ones(len(data))
    up[data[:, 1] == company] += h
    down[data[:, 1] == company] -= h
    moves.append((log_mh(up) - log_mh(down)) / (2 * h))
error = math.sqrt(sum(m * m for m in moves) * 60 / 59)
value = log_mh(np.ones(len(data)))
t = st.t.ppf(0.975, 59)
array("struct us_clustered_row", "clustered_rows", units)
array("double", "clustered_wanted", [math.exp(value), math.exp(value - t * error), math.exp(value + t * error), error,
                                      2 * st.t.sf(abs(value) / error, 59)])

# ---- a rate against others' of the same strata: its logarithm's error in the same numerical way ----
def log_standard(weight):
    hits = expected = 0.0
    for week in range(6):
        m = data[:, 0] == week
        w, x, y = weight[m], data[m, 2], data[m, 3]
        if not (x == 1).any() or not (x == 0).any():
            continue
        hits += (w * y)[x == 1].sum()
        expected += w[x == 1].sum() * (w * y)[x == 0].sum() / w[x == 0].sum()
    return math.log(hits / expected)


moves = []
for company in range(60):
    up, down = np.ones(len(data)), np.ones(len(data))
    up[data[:, 1] == company] += h
    down[data[:, 1] == company] -= h
    moves.append((log_standard(up) - log_standard(down)) / (2 * h))
error = math.sqrt(sum(m * m for m in moves) * 60 / 59)
value = log_standard(np.ones(len(data)))
array("double", "standard_wanted", [math.exp(value), math.exp(value - t * error), math.exp(value + t * error), error])

# ---- survival ----
times = [1, 1, 2, 3, 3, 3, 4, 5.5, 6, 6, 7, 9, 9, 10, 12, 12.5, 14, 14, 20, 21]
hits = [1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1]
ask = [0.5, 1, 2.5, 3, 6, 8, 12, 14, 20.5, 25]
got = r(f"s<-survfit(Surv(c({','.join(map(str, times))}),c({','.join(map(str, hits))}))~1);"
        f"t<-summary(s,times=c({','.join(map(str, ask))}),extend=TRUE);"
        "write(rbind(t$surv,t$lower,t$upper,t$n.risk),stdout(),ncolumns=1)")
array("struct us_life", "lives", list(zip(map(float, times), hits)))
array("struct survival_row", "survival_rows",
      [(ask[i], 1 - got[4 * i], 1 - got[4 * i + 2], 1 - got[4 * i + 1], got[4 * i + 3]) for i in range(len(ask))])

# ---- scorecards and ranks ----
rng = np.random.default_rng(11)
n, k = 240, 4
x = np.round(rng.normal(size=(n, k)), 3)
x[:, 3] = np.round(np.log1p(rng.poisson(2, n)), 6)
cluster = rng.integers(0, 40, n)
y = (rng.random(n) < 1 / (1 + np.exp(1.0 - x @ np.array([0.9, -0.6, 0.0, 0.4])))).astype(int)
array("double", "logistic_x", [float(v) for v in x.ravel()])
array("uint8_t", "logistic_y", list(y))
array("uint32_t", "logistic_cluster", list(cluster))
design = sm.add_constant(x)
plain = sm.Logit(y, design).fit(disp=0, method="newton", tol=1e-14, maxiter=100)
robust = sm.Logit(y, design).fit(disp=0, method="newton", tol=1e-14, maxiter=100, cov_type="cluster", cov_kwds={"groups": cluster})
from_r = r("x<-matrix(c(" + ",".join(map(str, x.ravel())) + f"),ncol={k},byrow=TRUE);y<-c(" + ",".join(map(str, y)) +
           ");g<-glm(y~x,family=binomial,control=list(epsilon=1e-15));write(coef(g),stdout(),ncolumns=1)")
for u, v in zip(from_r, plain.params):
    close(u, v, 1e-8)
array("double", "logistic_plain", [*plain.params, *plain.bse, plain.llf])
array("double", "logistic_robust", list(robust.bse))
ridge = LogisticRegression(C=0.5, solver="newton-cg", tol=1e-11, max_iter=10000).fit(x, y)
array("double", "logistic_ridge", [ridge.intercept_[0], *ridge.coef_[0]])
score = np.round(x[:, 0] * 2) / 2
array("double", "auc_wanted", [roc_auc_score(y, score), roc_auc_score(y, ridge.predict_proba(x)[:, 1])])
array("double", "quantile_wanted", [float(np.quantile(x[:50, 0], q)) for q in (0, 0.1, 0.25, 0.5, 0.75, 0.999, 1)])

# ---- special functions ----
array("struct special_row", "special_rows", [
    (-8.0, st.norm.cdf(-8), st.norm.sf(-8), st.chi2.sf(8, 3), st.t.sf(-8, 5)),
    (-1.0, st.norm.cdf(-1), st.norm.sf(-1), st.chi2.sf(1, 3), st.t.sf(-1, 5)),
    (0.3, st.norm.cdf(0.3), st.norm.sf(0.3), st.chi2.sf(0.3, 3), st.t.sf(0.3, 5)),
    (37.0, st.norm.cdf(37), st.norm.sf(37), st.chi2.sf(37, 3), st.t.sf(37, 5))])
array("struct quantile_row", "quantile_rows", [(p, st.norm.ppf(p), st.t.ppf(p, 4), st.beta.ppf(p, 3, 40))
                                               for p in (1e-12, 0.001, 0.025, 0.5, 0.8, 0.975, 0.999999)])

# ---- how much data ----
rows = []
for p1, p2 in ((0.05, 0.10), (0.10, 0.15), (0.10, 0.20), (0.15, 0.25)):
    for held in (0.15, 0.2, 0.5):
        z = st.norm.ppf(0.975) + st.norm.ppf(0.8)
        rows.append((p1, p2, held, z * z * (p1 * (1 - p1) / held + p2 * (1 - p2) / (1 - held)) / (p1 - p2) ** 2))
array("struct power_row", "power_rows", rows)

OUT.write_text("\n".join(lines), encoding="utf-8")
