/* quick_now.c: counts and sums over days that are over, or of which nothing more is to
 * come: from the last days back, so that the cost is that of the window. */

#include "base/err.h"
#include "signal/quick.h"

#include <math.h>

/* Days [first, last]. */
struct asked {
    struct us_past *s;
    int64_t first, last;
};

/* The only run of a pattern; false where rows have to be looked at. */
static bool run_of(const struct us_past *s, uint32_t pattern, const struct us_run **run)
{
    const struct us_pattern *p = &s->plan->patterns[pattern];
    if (p->where != US_NODE_NONE) return false;
    *run = NULL;
    if (p->name == US_ANY_NAME) return true;
    uint32_t from = s->name_runs[p->name];
    uint32_t to = s->name_runs[p->name + 1];
    if (to > from) *run = &s->runs->runs[from];
    return to - from <= 1;
}

static int64_t rows_of_any(const struct asked *q, bool days)
{
    const struct us_runs *r = q->s->runs;
    int64_t count = 0;
    int32_t last = INT32_MIN;
    for (size_t i = r->user_day_count; i > 0; i--) {
        const struct us_user_day *u = &r->user_days[i - 1];
        if (u->day < q->first) break;
        if (u->day > q->last) continue;
        count += days ? u->day != last : u->count;
        last = u->day;
    }
    return count;
}

static int64_t rows_of_run(const struct asked *q, const struct us_run *run, bool days)
{
    const struct us_run_day *list = q->s->runs->days;
    int64_t count = 0;
    for (uint32_t i = run->day_to; i > run->day_from; i--) {
        if (list[i - 1].day < q->first) break;
        if (list[i - 1].day > q->last) continue;
        count += days ? 1 : list[i - 1].count;
    }
    return count;
}

static int64_t people_of_any(const struct asked *q)
{
    const struct us_runs *r = q->s->runs;
    uint32_t stamp = us_past_stamp(q->s);
    uint32_t *stamps = q->s->stamps;
    int64_t count = 0;
    for (size_t i = r->user_day_count; i > 0; i--) {
        const struct us_user_day *u = &r->user_days[i - 1];
        if (u->day < q->first) break;
        if (u->day > q->last || u->user == US_NOBODY) continue;
        count += stamps[u->user] != stamp;
        stamps[u->user] = stamp;
    }
    return count;
}

static int64_t people_of_run(const struct asked *q, const struct us_run *run)
{
    const struct us_runs *r = q->s->runs;
    uint32_t stamp = us_past_stamp(q->s);
    uint32_t *stamps = q->s->stamps;
    int64_t from = q->first > INT32_MIN ? q->first * US_DAY_US : US_ALWAYS;
    int64_t to = (q->last + 1) * US_DAY_US;
    int64_t count = 0;
    for (uint32_t i = run->to; i > run->from && r->at[i - 1] >= from; i--) {
        uint32_t user = r->user[i - 1];
        if (r->at[i - 1] >= to || user == US_NOBODY) continue;
        count += stamps[user] != stamp;
        stamps[user] = stamp;
    }
    return count;
}

static bool count_of(
    struct us_past *s, struct us_quick_term t, int64_t day, double *out)
{
    const struct us_quick_row *row = &s->quick->rows[t.row];
    int64_t last = day - t.back;
    struct asked q = {s, t.n ? last - t.n + 1 : INT32_MIN, last};
    const struct us_run *run = NULL;
    if (!run_of(s, row->pattern, &run)) return false;
    bool any = s->plan->patterns[row->pattern].name == US_ANY_NAME;
    *out = 0;
    if (!any && !run) return true;
    if (row->of == US_ROW_USERS)
        *out = (double)(any ? people_of_any(&q) : people_of_run(&q, run));
    else if (any)
        *out = (double)rows_of_any(&q, row->of == US_ROW_DAYS);
    else
        *out = (double)rows_of_run(&q, run, row->of == US_ROW_DAYS);
    return true;
}

static bool sum_of(struct us_past *s, struct us_quick_term t, int64_t day, double *out)
{
    const struct us_quick_total *total = &s->quick->totals[t.row];
    const struct us_runs *r = s->runs;
    const struct us_run *run = NULL;
    __extension__ __int128 sum = 0;
    bool any = s->plan->patterns[total->pattern].name == US_ANY_NAME;
    if (!run_of(s, total->pattern, &run) || any) return false;
    *out = 0;
    if (!run) return true;
    int64_t from = t.n ? (day - t.n + 1) * US_DAY_US : US_ALWAYS;
    size_t which = (size_t)(run - r->runs);
    for (uint32_t i = run->to; i > run->from && r->at[i - 1] >= from; i--) {
        int64_t m = 0;
        us_value v = us_runs_value(r, which, i - 1, &s->plan->need, total->column);
        if (us_decimal(v, &m)) sum += m;
    }
    *out = (double)sum / US_MILLION;
    return true;
}

/* Whether all there is was known and over at t. */
static bool over(const struct us_past *s, int64_t t)
{
    const struct us_runs *r = s->runs;
    return !r->to && !r->swap_count && r->last_known <= t && r->last_at <= t;
}

bool us_quick_now(struct us_past *s, uint32_t node, int64_t t, us_value *out)
{
    const struct us_quick_node *n = &s->quick->nodes[node];
    int64_t day = us_day(t);
    double number = 0;
    bool good = false;
    if (n->kind < US_QUICK_COUNT || n->kind > US_QUICK_TREND || !over(s, t))
        return false;
    if (n->kind == US_QUICK_COUNT) good = count_of(s, n->x, day, &number);
    if (n->kind == US_QUICK_SUM) good = sum_of(s, n->x, day, &number);
    if (n->kind == US_QUICK_TREND) {
        struct us_quick_term then = n->x;
        double floor = s->plan->nodes[node].constant.number;
        double before = 0;
        then.back = 1 + n->x.n;
        good = count_of(s, n->x, day, &number) && count_of(s, then, day, &before);
        number /= fmax(floor, before);
    }
    if (good) *out = us_number(number);
    return good;
}

bool us_quick_short(const struct us_past *s, const struct us_quick_node *n)
{
    bool sums = n->kind == US_QUICK_SUMS && n->m > 0;
    if (n->kind != US_QUICK_ATOM && !sums) return false;
    if (n->op != US_OP_GE && n->op != US_OP_GT && n->op != US_OP_EQ) return false;
    uint32_t pattern =
        sums ? s->quick->totals[n->x.row].pattern : s->quick->rows[n->x.row].pattern;
    uint32_t name = s->plan->patterns[pattern].name;
    uint32_t rows = s->totals[name == US_ANY_NAME ? s->plan->need.name_count : name];
    if (sums) return rows == 0;
    return (int64_t)rows < n->k + (n->op == US_OP_GT);
}
