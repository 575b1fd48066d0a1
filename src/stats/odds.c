/* odds.c: the odds ratio given both margins.
 *
 * With odds ratio e^θ a table's cell has weights w(x)·e^(θx), w those of Fisher's test.
 * The estimate is where its mean is what was seen; the ends of the interval are where
 * what was seen or more, and what was seen or less, each have half of the level's rest.
 * All three rise with θ, and their slopes are known, so Newton's steps inside a bracket
 * find them.
 */

#include "stats/hypergeometric.h"

#include <math.h>

enum { STEPS_MAX = 200 };
static const double negligible = 1e-20;
static const double near_enough = 1e-14;

typedef enum side { MEAN, AT_LEAST, AT_MOST } side;

struct question {
    struct margins m;
    int64_t x;
    side side;
    double rest; /* probability outside, of a side */
};

struct point {
    double value, slope; /* value rises with θ and is wanted to be 0 */
};

/* Where the weights are largest. */
static int64_t top(const struct question *q, double factor)
{
    int64_t low = q->m.least;
    int64_t high = q->m.most;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (factor * us_margins_ratio(&q->m, middle) >= 1)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct sums {
    double all, first, second; /* of weights, and of weights times distance to x */
    double side, side_first;   /* of those on the side asked for */
};

static void count(struct sums *s, const struct question *q, int64_t k, double weight)
{
    double far = (double)(k - q->x);
    s->all += weight;
    s->first += weight * far;
    s->second += weight * far * far;
    bool in = q->side == AT_LEAST ? k >= q->x : k <= q->x;
    if (!in) return;
    s->side += weight;
    s->side_first += weight * far;
}

static struct point point_at(const struct question *q, double theta)
{
    double factor = exp(theta);
    int64_t mode = top(q, factor);
    struct sums s = {0};
    count(&s, q, mode, 1);
    double weight = 1;
    for (int64_t k = mode; k < q->m.most && weight > negligible * s.all;) {
        weight *= factor * us_margins_ratio(&q->m, k);
        count(&s, q, ++k, weight);
    }
    weight = 1;
    for (int64_t k = mode; k > q->m.least && weight > negligible * s.all;) {
        weight /= factor * us_margins_ratio(&q->m, k - 1);
        count(&s, q, --k, weight);
    }
    double mean = s.first / s.all;
    if (q->side == MEAN) return (struct point){mean, s.second / s.all - mean * mean};
    double off = log(s.side / s.all) - log(q->rest);
    double slope = s.side_first / s.side - mean;
    if (q->side == AT_LEAST) return (struct point){off, slope};
    return (struct point){-off, -slope};
}

static double solved(const struct question *q, double start)
{
    double low = -INFINITY;
    double high = INFINITY;
    double theta = start;
    double stride = 1;
    for (int i = 0; i < STEPS_MAX; i++) {
        struct point p = point_at(q, theta);
        if (p.value == 0) return theta;
        if (p.value < 0)
            low = theta;
        else
            high = theta;
        double next = theta - p.value / p.slope;
        bool inside = next > low && next < high; /* false for NaN */
        if (!inside || fabs(next - theta) > stride) {
            if (isinf(low) || isinf(high)) {
                next = theta + (p.value < 0 ? stride : -stride);
                stride *= 2;
            } else if (!inside) {
                next = low + (high - low) / 2;
            }
        }
        if (fabs(next - theta) <= near_enough * (1 + fabs(theta))) return next;
        theta = next;
    }
    return theta;
}

struct us_ratio us_odds_exact(struct us_fourfold t, double level)
{
    struct question q = {.m = us_margins_of(t), .x = t.a, .rest = (1 - level) / 2};
    struct us_ratio r = {NAN, {0, INFINITY}};
    if (q.m.least == q.m.most) return r;
    double start = log((double)t.a + 0.5) + log((double)t.d + 0.5) -
                   log((double)t.b + 0.5) - log((double)t.c + 0.5);
    r.value = q.x == q.m.least ? 0 : INFINITY;
    if (q.x > q.m.least && q.x < q.m.most) r.value = exp(solved(&q, start));
    q.side = AT_LEAST;
    if (q.x > q.m.least) r.in.low = exp(solved(&q, start));
    q.side = AT_MOST;
    if (q.x < q.m.most) r.in.high = exp(solved(&q, start));
    return r;
}
