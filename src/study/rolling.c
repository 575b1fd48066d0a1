/* rolling.c: which units are looked at on which Mondays. */

#include "study/rolling.h"

#include "base/time.h"

enum { WEEK_DAYS = 7, MONDAY = 4 /* 1970-01-05 is day 4 */ };
static const int64_t WEEK_US = WEEK_DAYS * US_DAY_US;
static const int64_t MONDAY_US = MONDAY * US_DAY_US;

struct life {
    int64_t start, outcome, touched, raised;
};

static struct life life_of(const struct us_landmark_asked *q, uint32_t unit)
{
    const struct us_units *u = q->units;
    struct life x = {US_NEVER, US_NEVER, US_NEVER, US_NEVER};
    uint32_t met = 0;
    if (q->outcome_at) x.outcome = q->outcome_at[unit];
    if (q->touched_at) x.touched = q->touched_at[unit];
    for (uint32_t row = u->from[unit]; row < u->from[unit + 1]; row++) {
        bool starts = q->start == US_ANY_EVENT || u->name[row] == q->start;
        if (starts && x.start == US_NEVER) x.start = u->at[row];
        bool counts = !q->outcome_at && u->name[row] == q->outcome;
        if (counts && ++met == q->nth) x.outcome = u->at[row];
        bool raises = q->raising && q->raising[u->name[row]];
        if (raises && x.raised == US_NEVER) x.raised = u->at[row];
    }
    return x;
}

/* The first Monday at or after. */
static int64_t monday(int64_t at)
{
    int64_t since = at - MONDAY_US;
    int64_t weeks = since / WEEK_US + (since % WEEK_US > 0);
    return weeks * WEEK_US + MONDAY_US;
}

/* Where a Monday of a unit goes: NULL, it is a row. */
static int64_t *why_not(const struct us_landmark_asked *q, const struct life *x,
    int64_t at, struct us_rolling *out)
{
    int64_t end = at + q->horizon;
    if (at < q->from || at - q->within < x->start) return &out->early;
    if (end > q->to) return &out->short_followup;
    if (x->outcome < at) return &out->left_converted;
    if (x->touched < at) return &out->left_touched;
    if (x->raised < at) return &out->left_raised;
    if (x->touched < (x->outcome < end ? x->outcome : end)) return &out->touched_next;
    return NULL;
}

struct taking {
    const struct us_landmark_asked *q;
    struct us_arena *a;
    struct us_rolling *out;
    size_t cap;
    uint32_t last; /* row of the unit before which all lie before the Monday */
};

static void monday_take(
    struct taking *k, uint32_t unit, const struct life *x, int64_t at)
{
    const struct us_units *u = k->q->units;
    const int64_t silent = US_ROLLING_SILENT_DAYS * US_DAY_US;
    struct us_rolling *out = k->out;
    while (k->last < u->from[unit + 1] && u->at[k->last] < at)
        k->last++;
    int64_t *why = why_not(k->q, x, at, out);
    bool away = k->last == u->from[unit] || u->at[k->last - 1] < at - silent;
    if (!why && away) why = &out->silent;
    if (why) {
        ++*why;
        return;
    }
    bool converted = x->outcome < at + k->q->horizon;
    out->converted += converted;
    *us_push(k->a, out->rows, out->count, k->cap) =
        (struct us_snapshot){unit, 0, at, x->outcome, converted};
}

/* Weeks numbered from the first that has rows; units and companies that have any. */
static void number(
    const struct us_landmark_asked *q, struct us_arena *a, struct us_rolling *out)
{
    int64_t first = US_NEVER;
    int64_t last = US_ALWAYS;
    bool *met = us_new(a, bool, q->units->company_count + 1);
    bool *came = us_new(a, bool, q->units->company_count + 1);
    bool hit = false; /* the unit at hand is counted */
    for (size_t i = 0; i < out->count; i++) {
        struct us_snapshot *row = &out->rows[i];
        bool fresh = i == 0 || row[-1].unit != row->unit;
        out->units += fresh;
        hit = hit && !fresh;
        out->converted_units += row->converted && !hit;
        hit = hit || row->converted;
        if (row->at < first) first = row->at;
        if (row->at > last) last = row->at;
        uint32_t company = q->units->company[row->unit];
        out->clusters += !met[company];
        met[company] = true;
        out->converted_clusters += row->converted && !came[company];
        came[company] |= row->converted;
    }
    for (size_t i = 0; i < out->count; i++)
        out->rows[i].week = (uint32_t)((out->rows[i].at - first) / WEEK_US);
    out->weeks = out->count ? (size_t)((last - first) / WEEK_US) + 1 : 0;
}

void us_rolling_frame(
    const struct us_landmark_asked *q, struct us_arena *a, struct us_rolling *out)
{
    *out = (struct us_rolling){0};
    struct taking k = {.q = q, .a = a, .out = out};
    for (uint32_t unit = 0; unit < q->units->count; unit++) {
        if (q->excluded && q->excluded[unit]) continue;
        struct life x = life_of(q, unit);
        if (x.start == US_NEVER) continue;
        k.last = q->units->from[unit];
        for (int64_t at = monday(x.start); at <= q->to; at += WEEK_US)
            monday_take(&k, unit, &x, at);
    }
    number(q, a, out);
}
