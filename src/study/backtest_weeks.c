/* backtest_weeks.c: firings by week and month, and the queue that a team of some
 * capacity would have had. */

#include "study/backtest_inner.h"

#include <math.h>
#include <stdlib.h>

enum { MONDAY = 4, WORKDAYS = 5 }; /* 1970-01-05 was one */

int64_t us_backtest_week(int64_t t)
{
    int64_t week = us_floor_div(us_day(t) - MONDAY, 7);
    return (week * 7 + MONDAY) * US_DAY_US;
}

int64_t us_backtest_month(int64_t t)
{
    us_date d = us_date_of(t);
    int64_t at = 0;
    us_date first = {.year = d.year, .month = d.month, .day = 1};
    return us_date_time(first, &at) ? at : t;
}

static int64_t week_after(int64_t week)
{
    return week + 7 * US_DAY_US;
}

static int64_t month_after(int64_t month)
{
    return us_add_months(month, 1);
}

/* The calendar's spans over the period. */
static struct us_backtest_span *spans_make(const struct us_backtesting *b,
    int64_t begins, int64_t (*after)(int64_t), size_t *count)
{
    size_t n = 0;
    for (int64_t at = begins; at <= b->q->to; at = after(at))
        n++;
    struct us_backtest_span *spans = us_new(b->a, struct us_backtest_span, n + 1);
    *count = n;
    n = 0;
    for (int64_t at = begins; at <= b->q->to; at = after(at))
        spans[n++] = (struct us_backtest_span){.from = at, .to = after(at)};
    if (n && spans[0].from < b->q->from) spans[0].from = b->q->from;
    if (n && spans[n - 1].to > b->q->to) spans[n - 1].to = b->q->to;
    return spans;
}

/* The place of the span that t is in, by the length of a week, or of the shortest
 * month. */
static size_t place(
    const struct us_backtest_span *spans, size_t count, int64_t begins, int64_t t)
{
    size_t at = (size_t)((t - begins) / (31 * US_DAY_US));
    if (count > 1 && spans[0].to - begins == 7 * US_DAY_US)
        at = (size_t)((t - begins) / (7 * US_DAY_US));
    while (at + 1 < count && spans[at + 1].from <= t)
        at++;
    return at;
}

static void fill(struct us_backtesting *b, struct us_backtest_span *spans, size_t count,
    int64_t begins)
{
    for (size_t i = 0; i < b->group_count; i++) {
        const struct us_backtest_entry *first = us_backtest_first(b, &b->groups[i]);
        if (!first) continue;
        struct us_backtest_span *span = &spans[place(spans, count, begins, first->t)];
        us_backtest_case is = us_backtest_case_of(b, first);
        span->fired++;
        span->rate.n += is == US_CASE_HIT || is == US_CASE_NONE;
        span->rate.hits += is == US_CASE_HIT;
        const struct us_backtest_entry *end = b->entries + b->groups[i].to;
        for (const struct us_backtest_entry *e = first + 1; e < end; e++)
            if (e->t <= b->q->to) spans[place(spans, count, begins, e->t)].again++;
    }
    for (size_t i = 0; i < count; i++)
        spans[i].rate = us_backtest_rate_of(spans[i].rate.hits, spans[i].rate.n);
}

void us_backtest_spans(struct us_backtesting *b, bool months)
{
    struct us_backtest *out = b->out;
    int64_t monday = us_backtest_week(b->q->from);
    int64_t month = us_backtest_month(b->q->from);
    out->weeks = spans_make(b, monday, week_after, &out->week_count);
    fill(b, out->weeks, out->week_count, monday);
    if (months) {
        out->months = spans_make(b, month, month_after, &out->month_count);
        fill(b, out->months, out->month_count, month);
    }
    for (size_t i = 0; i < out->week_count; i++) {
        int64_t in = out->weeks[i].fired + out->weeks[i].again;
        out->again += out->weeks[i].again;
        if (in > out->most_in_week) out->most_in_week = in;
    }
    double weeks = (double)(b->q->to - b->q->from) / (double)(7 * US_DAY_US);
    out->per_week = (double)(out->fired + out->again) / weeks;
}

/* ---- the queue ---- */

struct waiting {
    const struct us_backtest_entry *entry;
    size_t next_out; /* the next that leaves on the same day; SIZE_MAX: none */
    bool over;       /* worked, or gone */
};

struct line {
    struct us_backtesting *b;
    struct waiting *all;    /* by t */
    size_t count, in, turn; /* came so far; the oldest that may still wait */
    size_t *leaving;        /* by day: the first that leaves on it */
    int64_t first_day, waiting, tokens_used;
};

static int by_time(const void *a, const void *b)
{
    const struct us_backtest_entry *x = ((const struct waiting *)a)->entry;
    const struct us_backtest_entry *y = ((const struct waiting *)b)->entry;
    if (x->t != y->t) return x->t < y->t ? -1 : 1;
    return (x > y) - (x < y);
}

static void line_make(struct line *l, size_t days)
{
    struct us_backtesting *b = l->b;
    l->all = us_new(b->a, struct waiting, b->count + 1);
    for (size_t i = 0; i < b->count; i++)
        if (b->entries[i].t >= b->q->from && b->entries[i].t <= b->q->to)
            l->all[l->count++] = (struct waiting){&b->entries[i], SIZE_MAX, false};
    if (l->count) qsort(l->all, l->count, sizeof *l->all, by_time);
    l->leaving = us_new(b->a, size_t, days + 1);
    for (size_t d = 0; d < days; d++)
        l->leaving[d] = SIZE_MAX;
    for (size_t i = l->count; i-- > 0;) {
        int64_t left = l->all[i].entry->left;
        int64_t day = left == US_NEVER ? -1 : us_day(left) - l->first_day;
        if (day < 0 || day >= (int64_t)days) continue;
        l->all[i].next_out = l->leaving[day];
        l->leaving[day] = i;
    }
}

/* Tokens of a day: an even share of the week's, so that a week has all of them. */
static int64_t tokens(double capacity, int64_t day)
{
    int64_t of_week = day - MONDAY - 7 * us_floor_div(day - MONDAY, 7);
    if (of_week >= WORKDAYS) return 0;
    double share = capacity / WORKDAYS;
    return (int64_t)(floor(share * (double)(of_week + 1) + 1e-9) -
                     floor(share * (double)of_week + 1e-9));
}

static void day_of(struct line *l, int64_t day, struct us_backtest_span *week)
{
    while (l->in < l->count && us_day(l->all[l->in].entry->t) <= day) {
        l->in++;
        l->waiting++;
    }
    for (size_t i = l->leaving[day - l->first_day]; i != SIZE_MAX;
         i = l->all[i].next_out) {
        if (l->all[i].over) continue;
        l->all[i].over = true;
        l->waiting--;
        week->gone++;
    }
    for (int64_t n = tokens(l->b->q->capacity, day); n > 0 && l->waiting; n--) {
        while (l->all[l->turn].over)
            l->turn++;
        l->all[l->turn].over = true;
        l->waiting--;
        week->worked++;
    }
    week->waiting = l->waiting;
    if (l->waiting > l->b->out->waiting_most) l->b->out->waiting_most = l->waiting;
}

void us_backtest_queue(struct us_backtesting *b)
{
    struct us_backtest *out = b->out;
    if (b->q->capacity <= 0 || !out->week_count) return;
    struct line l = {.b = b, .first_day = us_day(b->q->from)};
    int64_t last = us_day(b->q->to);
    size_t at = 0;
    line_make(&l, (size_t)(last - l.first_day + 1));
    for (int64_t day = l.first_day; day <= last; day++) {
        while (at + 1 < out->week_count && us_day(out->weeks[at + 1].from) <= day)
            at++;
        day_of(&l, day, &out->weeks[at]);
    }
    out->waiting_at_end = l.waiting;
    for (size_t i = 0; i < out->week_count; i++) {
        out->worked += out->weeks[i].worked;
        out->gone += out->weeks[i].gone;
    }
    double weeks = (double)(b->q->to - b->q->from) / (double)(7 * US_DAY_US);
    out->worked_per_week = (double)out->worked / weeks;
    out->hits_per_week = out->worked_per_week * out->rate.rate;
    out->worth_per_week =
        out->hits_per_week * out->value_mean - out->worked_per_week * b->q->worked_cost;
}
