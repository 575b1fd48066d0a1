/* quick_peak.c: the most that a count ever is, and when it first is so many: along the
 * days with any row, without the days between. */

#include "signal/quick.h"

/* The greatest sum over n days in a row, of days with something, in order. */
struct sliding {
    int64_t sum, most;
    size_t from;
};

static void slide(struct sliding *w, int64_t more)
{
    w->sum += more;
    if (w->sum > w->most) w->most = w->sum;
}

static int64_t of_run(const struct us_past *s, const struct us_run *run, int32_t n)
{
    const struct us_run_day *list = s->runs->days;
    int64_t last = s->first_day + (int64_t)s->days - 1;
    struct sliding w = {.from = run->day_from};
    for (size_t i = run->day_from; i < run->day_to && list[i].day <= last; i++) {
        for (; n && list[w.from].day + n <= list[i].day; w.from++)
            w.sum -= list[w.from].count;
        slide(&w, list[i].count);
    }
    return w.most;
}

static int64_t of_any(const struct us_past *s, int32_t n)
{
    const struct us_runs *r = s->runs;
    int64_t last = s->first_day + (int64_t)s->days - 1;
    struct sliding w = {0};
    for (size_t i = 0; i < r->user_day_count && r->user_days[i].day <= last; i++) {
        for (; n && r->user_days[w.from].day + n <= r->user_days[i].day; w.from++)
            w.sum -= r->user_days[w.from].count;
        slide(&w, r->user_days[i].count);
    }
    return w.most;
}

static int64_t of_rows(struct us_past *s, struct us_quick_term t, const uint64_t *among)
{
    struct us_quick_view v = us_quick_view(s, t);
    int64_t most = -1;
    for (size_t d = 0; d < s->days; d++) {
        bool asked = !among || (among[d / 64] >> (d % 64) & 1);
        int64_t end = v.end[d] - v.end_less[d];
        if (asked && end > most) most = end;
    }
    return most;
}

/* Where none takes away, the most of a day is what it ends with. */
static bool of_sums(
    struct us_past *s, struct us_quick_term t, const uint64_t *among, double *most)
{
    const int64_t *total = us_quick_total(s, t.row);
    int64_t sum = -1;
    if (!total) return false;
    for (size_t d = 0; d < s->days; d++) {
        bool asked = !among || (among[d / 64] >> (d % 64) & 1);
        int64_t end = total[d] - (t.n ? total[(int64_t)d - t.n] : 0);
        if (asked && end > sum) sum = end;
    }
    *most = sum < 0 ? -1 : (double)sum / US_MILLION;
    return true;
}

bool us_past_peak(struct us_past *s, uint32_t node, const uint64_t *among, double *most)
{
    node = us_past_through_signals(s, node);
    const struct us_quick_node *n = &s->quick->nodes[node];
    if (!us_quick_here(s) || s->quick->blurred) return false;
    if (n->kind == US_QUICK_SUM) return of_sums(s, n->x, among, most);
    if (n->kind != US_QUICK_COUNT) return false;
    const struct us_quick_row *row = &s->quick->rows[n->x.row];
    const struct us_pattern *p = &s->plan->patterns[row->pattern];
    bool any = p->name == US_ANY_NAME;
    bool sparse =
        !among && !n->x.back && row->of == US_ROW_COUNT && p->where == US_NODE_NONE;
    uint32_t from = any ? 0 : s->name_runs[p->name];
    uint32_t to = any ? 0 : s->name_runs[p->name + 1];
    if (sparse && any)
        *most = (double)of_any(s, n->x.n);
    else if (sparse && to == from)
        *most = 0;
    else if (sparse && to == from + 1)
        *most = (double)of_run(s, &s->runs->runs[from], n->x.n);
    else
        *most = (double)of_rows(s, n->x, among);
    return true;
}

/* Of the rows of a run on one day, when the nth came to be known. */
static int64_t nth_known(struct us_past *s, const struct us_run_day *of, size_t nth)
{
    const struct us_runs *r = s->runs;
    if (r->known == r->at) return r->at[of->from + nth - 1];
    int64_t *known = us_new(&s->work, int64_t, of->count);
    for (uint32_t i = 0; i < of->count; i++)
        known[i] = r->known[of->from + i];
    us_sort_moments(known, of->count);
    return known[nth - 1];
}

static int64_t first_of_run(
    struct us_past *s, const struct us_run *run, int32_t n, int64_t k)
{
    const struct us_run_day *list = s->runs->days;
    int64_t last = s->first_day + (int64_t)s->days - 1;
    int64_t sum = 0;
    uint32_t from = run->day_from;
    for (uint32_t i = from; i < run->day_to && list[i].day <= last; i++) {
        for (; n && list[from].day + n <= list[i].day; from++)
            sum -= list[from].count;
        if (sum + list[i].count >= k) return nth_known(s, &list[i], (size_t)(k - sum));
        sum += list[i].count;
    }
    return US_NEVER;
}

bool us_past_first_reach(struct us_past *s, uint32_t node, int64_t *t)
{
    const struct us_quick_node *n = &s->quick->nodes[node];
    if (n->kind != US_QUICK_ATOM || n->two || n->x.back) return false;
    if (n->op != US_OP_GE && n->op != US_OP_GT) return false;
    const struct us_quick_row *row = &s->quick->rows[n->x.row];
    const struct us_pattern *p = &s->plan->patterns[row->pattern];
    bool plain = row->of == US_ROW_COUNT && p->where == US_NODE_NONE;
    int64_t k = n->k + (n->op == US_OP_GT);
    if (!plain || p->name == US_ANY_NAME || k < 1) return false;
    if (s->runs->to || !us_quick_here(s) || s->quick->blurred) return false;
    uint32_t from = s->name_runs[p->name];
    uint32_t runs = s->name_runs[p->name + 1] - from;
    *t = US_NEVER;
    if (runs == 1) *t = first_of_run(s, &s->runs->runs[from], n->x.n, k);
    return runs <= 1;
}
