/* fisher.c: the hypergeometric distribution and Fisher's exact test. */

#include "stats/hypergeometric.h"

#include <math.h>

enum { FACTORIALS_MAX = 15 }; /* to here n! is exact in a double */

/* Terms so small beside their sum change nothing. */
static const double negligible = 1e-18;
/* Tables whose probabilities differ by less are equally likely (R: relErr). */
static const double tie = 1e-7;

#define LOG_2PI 1.8378770664093454836

/* log n! less what Stirling's formula says (Loader 2000, 2.). n >= 1. */
static double stirling_error(double n)
{
    if (n <= FACTORIALS_MAX) {
        double factorial = 1;
        for (int i = 2; i <= (int)n; i++)
            factorial *= i;
        return log(factorial) - (n + 0.5) * log(n) + n - 0.5 * LOG_2PI;
    }
    double n2 = n * n;
    double s = 691.0 / 360360;
    s = 1.0 / 1188 - s / n2;
    s = 1.0 / 1680 - s / n2;
    s = 1.0 / 1260 - s / n2;
    s = 1.0 / 360 - s / n2;
    return (1.0 / 12 - s / n2) / n;
}

/* x·log(x/m) + m − x, precise when x is near m (Loader 2000, 3.). */
static double deviance(double x, double m)
{
    if (fabs(x - m) >= 0.1 * (x + m)) return x * log(x / m) + m - x;
    double v = (x - m) / (x + m);
    double sum = (x - m) * v;
    double term = 2 * x * v;
    v *= v;
    for (int j = 3;; j += 2) {
        term *= v;
        double next = sum + term / j;
        if (next == sum) return sum;
        sum = next;
    }
}

/* log P(x of n) with chance p, and q = 1 − p given by itself. */
static double binomial_log(double x, double n, double p, double q)
{
    if (n == 0) return 0;
    if (x == 0) return p < 0.1 ? -deviance(n, n * q) - n * p : n * log(q);
    if (x == n) return q < 0.1 ? -deviance(n, n * p) - n * q : n * log(p);
    double exponent = stirling_error(n) - stirling_error(x) - stirling_error(n - x) -
                      deviance(x, n * p) - deviance(n - x, n * q);
    return exponent - 0.5 * (LOG_2PI + log(x) + log1p(-x / n));
}

double us_hypergeometric_log(int64_t x, int64_t drawn, int64_t marked, int64_t all)
{
    bool possible = x >= 0 && x <= drawn && x <= marked && drawn <= all &&
                    marked <= all && drawn - x <= all - marked;
    if (!possible) return -INFINITY;
    if (drawn == 0 || drawn == all) return 0;
    double p = (double)drawn / (double)all;
    double q = (double)(all - drawn) / (double)all;
    return binomial_log((double)x, (double)marked, p, q) +
           binomial_log((double)(drawn - x), (double)(all - marked), p, q) -
           binomial_log((double)drawn, (double)all, p, q);
}

struct margins us_margins_of(struct us_fourfold t)
{
    struct margins m = {
        .row = t.a + t.b, .column = t.a + t.c, .all = t.a + t.b + t.c + t.d};
    m.least = m.row + m.column > m.all ? m.row + m.column - m.all : 0;
    m.most = m.row < m.column ? m.row : m.column;
    return m;
}

double us_margins_ratio(const struct margins *m, int64_t x)
{
    double up = (double)(m->row - x) * (double)(m->column - x);
    double down = (double)(x + 1) * (double)(m->all - m->row - m->column + x + 1);
    return up / down;
}

static double log_of(const struct margins *m, int64_t x)
{
    return us_hypergeometric_log(x, m->row, m->column, m->all);
}

/* All from x on, away from the middle, x itself being 1. */
static double tail(const struct margins *m, int64_t x, bool upwards)
{
    double sum = 1;
    double term = 1;
    while (x != (upwards ? m->most : m->least)) {
        term *= upwards ? us_margins_ratio(m, x) : 1 / us_margins_ratio(m, x - 1);
        x += upwards ? 1 : -1;
        sum += term;
        if (term < sum * negligible) break;
    }
    return sum;
}

/* The nearest on the other side of the mode that is no more likely than `limit`;
 * beyond the last when there is none. */
static int64_t mirror(const struct margins *m, int64_t mode, bool above, double limit)
{
    int64_t inner = mode;
    int64_t outer = above ? m->most + 1 : m->least - 1;
    if (log_of(m, mode) <= limit) return mode;
    while (outer - inner > 1 || inner - outer > 1) {
        int64_t middle = inner + (outer - inner) / 2;
        if (log_of(m, middle) <= limit)
            outer = middle;
        else
            inner = middle;
    }
    return outer;
}

struct us_p us_fisher(struct us_fourfold t)
{
    struct margins m = us_margins_of(t);
    double middle = (double)(m.row + 1) * (double)(m.column + 1) / (double)(m.all + 2);
    int64_t mode = (int64_t)middle;
    if (mode < m.least) mode = m.least;
    if (mode > m.most) mode = m.most;
    if (t.a == mode) return (struct us_p){1, 0};
    double own = log_of(&m, t.a);
    bool below = t.a < mode;
    double sum = tail(&m, t.a, !below);
    int64_t other = mirror(&m, mode, below, own + tie);
    if (other >= m.least && other <= m.most)
        sum += exp(log_of(&m, other) - own) * tail(&m, other, below);
    double log_p = own + log(sum);
    if (log_p > 0) log_p = 0;
    return (struct us_p){exp(log_p), log_p / log(10)};
}
