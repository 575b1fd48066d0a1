#include "study/review.h"

#include "base/err.h"
#include "stats/special.h"

#include <math.h>

#define MONDAY INT64_C(4) /* of the days since 1970-01-01 */
enum { WORKDAYS = 5 };

us_str us_review_word(us_review_verdict verdict)
{
    static const us_str words[] = {[US_REVIEW_EARNS] = US_S_INIT("earns"),
        [US_REVIEW_NOISY] = US_S_INIT("noisy"),
        [US_REVIEW_CANNOT_TELL] = US_S_INIT("cannot_tell")};
    return words[verdict];
}

us_review_verdict us_review_worth(const struct us_backtest *b)
{
    struct us_interval in = b->base.ratio.in;
    bool known = isfinite(in.low) && isfinite(in.high);
    if (!known || b->rate.n < US_REVIEW_ENTRIES_LEAST) return US_REVIEW_CANNOT_TELL;
    if (in.low > 1) return US_REVIEW_EARNS;
    return in.high < 2 ? US_REVIEW_NOISY : US_REVIEW_CANNOT_TELL;
}

/* ---- counts ---- */

static double calm(double count)
{
    return 2 * sqrt(count + 0.375);
}

static double count_of(double z)
{
    double y = z > 0 ? z * z / 4 - 0.375 : 0;
    return y > 0 ? y : 0;
}

struct us_review_count us_review_counted(
    int64_t now, const int64_t *before, size_t weeks)
{
    struct us_review_count c = {.now = now,
        .weeks = weeks,
        .mean = NAN,
        .low = NAN,
        .high = NAN,
        .p = NAN,
        .q = NAN};
    double z[US_REVIEW_WEEKS];
    double sum = 0;
    us_assert(weeks <= US_REVIEW_WEEKS);
    for (size_t i = 0; i < weeks; i++) {
        c.before[i] = before[i];
        sum += (double)before[i];
        z[i] = calm((double)before[i]);
    }
    if (weeks) c.mean = sum / (double)weeks;
    if (weeks < US_REVIEW_WEEKS_LEAST) return c;
    double degrees = (double)weeks - 1;
    double mean = us_mean(z, weeks);
    double s = us_deviation(z, weeks, mean) * sqrt((double)weeks / degrees);
    double wide = (s > 1 ? s : 1) * sqrt(1 + 1 / (double)weeks);
    double t = us_t_quantile(0.975, degrees);
    c.low = count_of(mean - t * wide);
    c.high = count_of(mean + t * wide);
    c.p = 2 * us_t_above(fabs(calm((double)now) - mean) / wide, degrees);
    return c;
}

void us_review_judged(struct us_review_count *const *all, size_t n, struct us_arena *a)
{
    double *p = us_new(a, double, 2 * n + 1);
    double *q = p + n;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(all[i]->p)) p[count++] = all[i]->p;
    us_bh(p, count, q, a);
    count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(all[i]->p)) continue;
        all[i]->q = q[count++];
        all[i]->news = all[i]->q < US_REVIEW_NEWS;
    }
}

static bool within(const struct us_review_week *w, int64_t t)
{
    return t >= w->from && t < w->to;
}

static void counts(const struct us_review_asked *q, struct us_review_volume *out)
{
    int64_t n[US_REVIEW_WEEKS + 1] = {0};
    us_assert(q->week_count >= 1 && q->week_count <= US_REVIEW_WEEKS + 1);
    const struct us_review_week *now = &q->weeks[0];
    for (size_t i = 0; i < q->list->count; i++) {
        const struct us_backtest_entry *e = &q->list->entries[i];
        for (size_t w = 0; w < q->week_count; w++)
            n[w] += within(&q->weeks[w], e->t);
        if (within(now, e->left)) out->exits[e->exit]++;
        out->in_before += e->t < now->from && e->left >= now->from;
        out->in += e->t < now->to && e->left >= now->to;
    }
    out->entries = us_review_counted(n[0], n + 1, q->week_count - 1);
}

/* ---- touches ---- */

int64_t us_review_deadline(const struct us_review_asked *q, int64_t t)
{
    size_t w = q->week_count - 1;
    for (size_t i = 0; i < q->week_count; i++)
        if (within(&q->weeks[i], t)) w = i;
    int64_t offset = q->weeks[w].offset;
    int64_t at = t + offset;
    int64_t left = US_REVIEW_CLOCK_HOURS * US_HOUR_US;
    for (;;) {
        int64_t day = us_day(at);
        int64_t of_week = day - MONDAY - 7 * us_floor_div(day - MONDAY, 7);
        int64_t end = (day + 1) * US_DAY_US;
        if (of_week < WORKDAYS) {
            if (at + left <= end) return at + left - offset;
            left -= end - at;
        }
        at = end;
    }
}

struct touching {
    int64_t n, in_time, running, touched;
    double *days;
};

/* The first touch at or after the entry; US_NEVER. */
static int64_t touch_after(
    const struct us_review_asked *q, const struct us_backtest_entry *e)
{
    for (size_t i = q->touch_from[e->account]; i < q->touch_from[e->account + 1]; i++)
        if (q->touches[i] >= e->t) return q->touches[i];
    return US_NEVER;
}

static void touch(const struct us_review_asked *q, const struct us_backtest_entry *e,
    struct touching *to)
{
    int64_t at = touch_after(q, e);
    int64_t due = us_review_deadline(q, e->t);
    bool touched = at <= q->until;
    bool over = due <= q->until;
    if (touched) to->days[to->touched++] = (double)(at - e->t) / (double)US_DAY_US;
    if (!over && !touched) {
        to->running++;
        return;
    }
    to->n++;
    to->in_time += touched && at <= due;
}

static struct us_review_touched touched_of(struct touching *t)
{
    if (t->touched) us_sort(t->days, (size_t)t->touched);
    return (struct us_review_touched){us_backtest_rate_of(t->in_time, t->n), t->running,
        t->touched, us_quantile(t->days, (size_t)t->touched, 0.5)};
}

static void touches(
    const struct us_review_asked *q, struct us_arena *a, struct us_review_volume *out)
{
    struct touching now = {.days = us_new(a, double, q->list->count + 1)};
    struct touching before = {.days = us_new(a, double, q->list->count + 1)};
    int64_t first = q->weeks[q->week_count - 1].from;
    for (size_t i = 0; i < q->list->count && q->touch_from; i++) {
        const struct us_backtest_entry *e = &q->list->entries[i];
        bool in = e->t < q->weeks[0].to && e->left >= q->weeks[0].to;
        out->waiting += in && touch_after(q, e) > q->until;
        if (within(&q->weeks[0], e->t))
            touch(q, e, &now);
        else if (e->t >= first && e->t < q->weeks[0].from)
            touch(q, e, &before);
    }
    out->week = touched_of(&now);
    out->before = touched_of(&before);
}

void us_review_of(
    const struct us_review_asked *q, struct us_arena *a, struct us_review_volume *out)
{
    *out = (struct us_review_volume){.in = 0};
    counts(q, out);
    touches(q, a, out);
}
