/* past.c: one account made ready to be asked: the runs of each name, lanes, and what is
 * on one day. */

#include "base/err.h"
#include "signal/quick.h"

#include <stdlib.h>
#include <string.h>

static const size_t WORK_BYTES_MAX = (size_t)16 << 30;

/* ---- what a plan says once ---- */

/* Nodes stand after those they read. */
static void classify(struct us_past *s)
{
    const struct us_plan *p = s->plan;
    s->still = us_new(s->arena, bool, p->node_count + 1);
    for (uint32_t i = 0; i < p->node_count; i++) {
        const struct us_node *n = &p->nodes[i];
        s->still[i] = n->op != US_OP_CALL && n->op != US_OP_AGE &&
                      n->op != US_OP_PAID && n->op != US_OP_PROPERTY;
        for (uint32_t k = 0; k < n->arg_count; k++)
            s->still[i] = s->still[i] && s->still[us_node_arg(n, k)];
    }
}

struct us_past *us_past_new(const struct us_plan *p, struct us_arena *a)
{
    struct us_past *s = us_new(a, struct us_past, 1);
    s->plan = p;
    s->arena = a;
    us_arena_init(&s->work, WORK_BYTES_MAX);
    s->lanes = us_new(a, struct us_lane, p->pattern_count + 1);
    s->vectors = us_new(a, struct us_vector, p->node_count + 1);
    s->rises = us_new(a, struct us_rises, p->node_count + 1);
    s->visits = us_new(a, uint32_t, p->node_count + 1);
    s->sums = us_new(a, struct us_sums, p->node_count + 1);
    s->person_days = us_new(a, struct us_person_days, p->pattern_count + 1);
    s->name_runs = us_new(a, uint32_t, p->need.name_count + 2);
    s->totals = us_new(a, uint32_t, p->need.name_count + 2);
    s->quick = us_quick_new(p, a);
    s->kept = us_new(a, struct us_kept_value, p->node_count + 1);
    classify(s);
    return s;
}

void us_past_done(struct us_past *s)
{
    us_arena_done(&s->work);
}

/* ---- an account ---- */

static void runs_by_name(struct us_past *s)
{
    const struct us_runs *r = s->runs;
    uint32_t *first = s->name_runs;
    size_t names = s->plan->need.name_count;
    size_t run = 0;
    for (uint32_t name = 0; name <= names; name++) {
        uint32_t rows = 0;
        for (; run < r->run_count && r->runs[run].name < name; run++)
            rows += r->runs[run].to - r->runs[run].from;
        first[name] = (uint32_t)run;
        if (name) s->totals[name - 1] = rows;
    }
    s->totals[names] = (uint32_t)r->row_count;
    s->totals[names + 1] = (uint32_t)r->facts.person_count;
}

/* The days of [from, to] that are looked at, as indexes; false when none is. */
static bool days_between(
    const struct us_past *s, int64_t from, int64_t to, size_t *first, size_t *last)
{
    int64_t a = us_day(from) - s->first_day;
    int64_t b = to == US_NEVER ? (int64_t)s->days : us_day(to) - s->first_day;
    if (a < 0) a = 0;
    if (b >= (int64_t)s->days) b = (int64_t)s->days - 1;
    *first = (size_t)a;
    *last = (size_t)b;
    return a <= b;
}

/* Days on which an earlier row may come to be known, or one stops being seen. */
static void open_days(struct us_past *s)
{
    const struct us_runs *r = s->runs;
    size_t from = 0;
    size_t to = 0;
    s->open = NULL;
    s->prompt = r->known == r->at && !r->to;
    s->settled = !r->late_count;
    if (s->settled || !s->days) return;
    int32_t *open = us_new(&s->work, int32_t, s->days);
    for (size_t i = 0; i < r->late_count; i++) {
        uint32_t row = r->late[i];
        bool leaves = r->to && r->to[row] != US_NEVER;
        int64_t end = leaves ? r->to[row] : r->known[row];
        if (!days_between(s, r->at[row], end, &from, &to)) continue;
        for (; from <= to; from++)
            open[from]++;
    }
    s->open = open;
}

static void swapping_days(struct us_past *s)
{
    const struct us_runs *r = s->runs;
    size_t from = 0;
    size_t to = 0;
    s->swapping = NULL;
    if (!r->swap_count || !s->days) return;
    int32_t *swapping = us_new(&s->work, int32_t, s->days);
    for (size_t i = 0; i < r->swap_count; i++) {
        const struct us_swap *swap = &r->swaps[i];
        if (!days_between(s, r->at[swap->row], swap->until, &from, &to)) continue;
        for (; from <= to; from++)
            swapping[from]++;
    }
    s->swapping = swapping;
}

void us_past_take(struct us_past *s, const struct us_runs *runs, int64_t until)
{
    us_arena_reset(&s->work);
    s->runs = runs;
    s->turn++;
    s->todays = NULL;
    s->start = runs->first_known;
    int64_t first = s->start < runs->first_at ? s->start : runs->first_at;
    s->first_day = s->start == US_NEVER ? US_NEVER : us_day(first);
    s->days = 0;
    if (s->first_day != US_NEVER && us_day(until) >= s->first_day)
        s->days = (size_t)(us_day(until) - s->first_day + 1);
    for (size_t i = 0; i < s->plan->pattern_count; i++)
        s->lanes[i].made = false;
    size_t people = runs->facts.person_count;
    if (people > s->stamp_cap) {
        s->stamp_cap = 2 * people;
        s->stamps = us_new(s->arena, uint32_t, s->stamp_cap);
        s->stamp = 0;
    }
    runs_by_name(s);
    s->begun = runs->to ? US_NEVER : runs->first_at;
    for (size_t i = 0; runs->to && i < runs->row_count; i++)
        if (runs->to[i] == US_NEVER && runs->at[i] < s->begun) s->begun = runs->at[i];
    open_days(s);
    swapping_days(s);
}

int64_t us_past_start(const struct us_past *s)
{
    return s->start;
}

uint32_t us_past_stamp(struct us_past *s)
{
    if (++s->stamp == 0) { /* all used once */
        memset(s->stamps, 0, s->stamp_cap * sizeof *s->stamps);
        s->stamp = 1;
    }
    return s->stamp;
}

int64_t us_past_first_day(const struct us_past *s)
{
    return s->first_day;
}

size_t us_past_day_count(const struct us_past *s)
{
    return s->days;
}

/* ---- lanes ---- */

size_t us_first_at(const int64_t *at, size_t n, int64_t moment)
{
    const int64_t *from = at;
    while (n > 1) {
        size_t half = n / 2;
        from += from[half - 1] < moment ? half : 0;
        n -= half;
    }
    return (size_t)(from - at) + (n == 1 && *from < moment);
}

/* A row on its way into a gathered lane. */
struct gathered {
    int64_t at;
    uint32_t row, run;
};

static int gathered_order(const void *a, const void *b)
{
    const struct gathered *x = a;
    const struct gathered *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Most are a handful. */
static void sort(struct gathered *rows, size_t n)
{
    enum { FEW = 16 };
    if (n > FEW) {
        qsort(rows, n, sizeof *rows, gathered_order);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct gathered g = rows[i];
        size_t k = i;
        for (; k > 0 && gathered_order(&rows[k - 1], &g) > 0; k--)
            rows[k] = rows[k - 1];
        rows[k] = g;
    }
}

static void lane_of(
    struct us_past *s, struct gathered *rows, size_t n, struct us_lane *out)
{
    const struct us_runs *r = s->runs;
    sort(rows, n);
    int64_t *at = us_new(&s->work, int64_t, n + 1);
    int64_t *known = us_new(&s->work, int64_t, n + 1);
    int64_t *to = r->to ? us_new(&s->work, int64_t, n + 1) : NULL;
    uint32_t *user = us_new(&s->work, uint32_t, n + 1);
    uint32_t *row = us_new(&s->work, uint32_t, n + 1);
    uint32_t *run = us_new(&s->work, uint32_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        row[i] = rows[i].row;
        run[i] = rows[i].run;
        at[i] = rows[i].at;
        known[i] = r->known[rows[i].row];
        user[i] = r->user[rows[i].row];
        if (to) to[i] = r->to[rows[i].row];
    }
    *out = (struct us_lane){.at = at,
        .known = r->known == r->at ? NULL : known,
        .to = to,
        .user = user,
        .row = row,
        .run = run,
        .count = n,
        .made = true};
}

static bool where_holds(struct us_past *s, uint32_t where, uint32_t run, uint32_t row);

/* Rows of the runs [from, to) for which the where holds, from row to row of each. */
static void gather(
    struct us_past *s, uint32_t from, uint32_t to, uint32_t where, struct us_lane *out)
{
    const struct us_runs *r = s->runs;
    size_t most = 0;
    for (uint32_t k = from; k < to; k++)
        most += r->runs[k].to - r->runs[k].from;
    struct gathered *rows = us_new(&s->work, struct gathered, most + 1);
    size_t n = 0;
    for (uint32_t k = from; k < to; k++)
        for (uint32_t i = r->runs[k].from; i < r->runs[k].to; i++)
            if (where == US_NODE_NONE || where_holds(s, where, k, i))
                rows[n++] = (struct gathered){r->at[i], i, k};
    lane_of(s, rows, n, out);
}

const struct us_lane *us_past_lane(struct us_past *s, uint32_t pattern)
{
    struct us_lane *lane = &s->lanes[pattern];
    if (lane->made) return lane;
    const struct us_pattern *p = &s->plan->patterns[pattern];
    const struct us_runs *r = s->runs;
    bool any = p->name == US_ANY_NAME;
    uint32_t from = any ? 0 : s->name_runs[p->name];
    uint32_t to = any ? (uint32_t)r->run_count : s->name_runs[p->name + 1];
    if (to - from != 1 || p->where != US_NODE_NONE) {
        gather(s, from, to, p->where, lane);
        return lane;
    }
    const struct us_run *run = &r->runs[from];
    *lane = (struct us_lane){.at = r->at + run->from,
        .known = r->known == r->at ? NULL : r->known + run->from,
        .to = r->to ? r->to + run->from : NULL,
        .user = r->user + run->from,
        .base = run->from,
        .one = from,
        .count = run->to - run->from,
        .made = true};
    return lane;
}

us_value us_lane_value(
    const struct us_past *s, const struct us_lane *l, size_t i, uint32_t column)
{
    uint32_t row = l->row ? l->row[i] : l->base + (uint32_t)i;
    uint32_t run = l->run ? l->run[i] : l->one;
    return us_runs_value(s->runs, run, row, &s->plan->need, column);
}

struct us_rows us_past_rows(struct us_past *s, const struct us_lane *lane,
    struct us_span_of span, uint32_t user, int64_t t)
{
    struct us_rows r = {.lane = lane, .runs = s->runs, .t = t, .user = user};
    int64_t to = span.to;
    if (t < to) to = t + 1; /* nothing is known before it happens */
    r.from = us_first_at(lane->at, lane->count, span.from);
    r.to = us_first_at(lane->at, lane->count, to);
    r.check = user != US_NOBODY || !s->prompt;
    if (!r.check || user != US_NOBODY || s->runs->to) return r;
    if (!us_past_settled(s, us_day(t))) return r;
    /* What happened before today is known. */
    r.sure = us_first_at(lane->at, r.to, us_day(t) * US_DAY_US);
    return r;
}

/* ---- a day ---- */

/* The days of a run are in order. */
const struct us_run_day *us_past_run_day(
    const struct us_runs *r, const struct us_run *run, int64_t day)
{
    uint32_t from = run->day_from;
    uint32_t to = run->day_to;
    if (from == to || day > r->days[to - 1].day) return NULL;
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        if (r->days[mid].day < day)
            from = mid + 1;
        else
            to = mid;
    }
    bool found = from < run->day_to && r->days[from].day == day;
    return found ? &r->days[from] : NULL;
}

static void today_make(struct us_past *s, int64_t day, struct us_lane *out)
{
    const struct us_runs *r = s->runs;
    size_t most = 0;
    const struct us_run_day **found =
        us_new(&s->work, const struct us_run_day *, r->run_count + 1);
    for (size_t k = 0; k < r->run_count; k++) {
        found[k] = us_past_run_day(r, &r->runs[k], day);
        if (found[k]) most += found[k]->count;
    }
    struct gathered *rows = us_new(&s->work, struct gathered, most + 1);
    size_t n = 0;
    for (uint32_t k = 0; k < r->run_count; k++)
        for (uint32_t i = 0; found[k] && i < found[k]->count; i++)
            rows[n++] =
                (struct gathered){r->at[found[k]->from + i], found[k]->from + i, k};
    lane_of(s, rows, n, out);
}

const struct us_lane *us_past_today(struct us_past *s, int64_t day)
{
    static const struct us_lane none = {0};
    int64_t d = day - s->first_day;
    if (d < 0) return &none;
    if (d >= (int64_t)s->days) { /* beyond what was taken: not kept */
        struct us_lane *lane = us_new(&s->work, struct us_lane, 1);
        today_make(s, day, lane);
        return lane;
    }
    if (!s->todays) s->todays = us_new(&s->work, struct us_lane *, s->days);
    if (!s->todays[d]) {
        s->todays[d] = us_new(&s->work, struct us_lane, 1);
        today_make(s, day, s->todays[d]);
    }
    return s->todays[d];
}

/* ---- where ---- */

/* A where reads properties of one row and constants, nothing else: the referee's own
 * rules, by us_past_apply. */
static us_value where_value(
    struct us_past *s, uint32_t node, uint32_t run, uint32_t row)
{
    const struct us_node *n = &s->plan->nodes[node];
    if (n->op == US_OP_CONST) return n->constant;
    if (n->op == US_OP_PROPERTY)
        return us_runs_value(s->runs, run, row, &s->plan->need, n->column);
    us_value args[US_NODE_ARGS_MAX + 1];
    for (uint32_t i = 0; i < n->arg_count; i++)
        args[i] = where_value(s, us_node_arg(n, i), run, row);
    return us_node_apply(n, args);
}

static bool where_holds(struct us_past *s, uint32_t where, uint32_t run, uint32_t row)
{
    us_value v = where_value(s, where, run, row);
    return v.kind == US_BOOL && v.truth;
}
