/* past_days.c: what nodes can be on each day, by their forms.
 *
 * Numbers that are never missing go by single sweeps (past_order.c); all else goes day
 * by day through the ranges of bounds.c.
 */

#include "base/err.h"
#include "signal/past_inner.h"

#include <math.h>
#include <stdlib.h>

/* ---- forms into one another ---- */

static uint8_t can_of(struct us_range r)
{
    bool other = r.missing || r.text || us_range_has_number(r);
    return (uint8_t)((r.yes ? US_CAN_YES : 0) | (r.no ? US_CAN_NO : 0) |
                     (other ? US_CAN_MISS : 0));
}

static struct us_range range_of_can(uint8_t can)
{
    struct us_range r = us_range_none();
    r.yes = can & US_CAN_YES;
    r.no = can & US_CAN_NO;
    r.missing = can & US_CAN_MISS;
    return r;
}

struct us_range us_vector_in(const struct us_vector *v, size_t day)
{
    if (v->form == US_FORM_TRUTH) return range_of_can(v->in[day]);
    if (v->form == US_FORM_RANGE) return v->range_in[day];
    if (v->form == US_FORM_REAL)
        return us_range_number(v->real_least[day], v->real_most[day]);
    return us_range_number(v->whole_least[day], v->whole_most[day]);
}

struct us_range us_vector_end(const struct us_vector *v, size_t day)
{
    if (v->form == US_FORM_TRUTH) return range_of_can(v->end[day]);
    if (v->form == US_FORM_RANGE) return v->range_end[day];
    if (v->form == US_FORM_REAL)
        return us_range_number(v->real_end[day], v->real_end_most[day]);
    return us_range_number(v->whole_end[day], v->whole_end_most[day]);
}

void us_vector_ranges(struct us_past *s, struct us_vector *v)
{
    v->form = US_FORM_RANGE;
    v->range_in = us_new(&s->work, struct us_range, s->days + 1);
    v->range_end = us_new(&s->work, struct us_range, s->days + 1);
}

void us_vector_truths(struct us_past *s, struct us_vector *v)
{
    v->form = US_FORM_TRUTH;
    v->in = us_new(&s->work, uint8_t, s->days + US_DAY_PAD);
    v->end = us_new(&s->work, uint8_t, s->days + US_DAY_PAD);
}

/* What is known of earlier rows may change on open days: nothing is said of them. */
static void open_up(struct us_past *s, struct us_vector *v)
{
    if (!s->open) return;
    for (size_t d = 0; d < s->days; d++) {
        if (!s->open[d]) continue;
        if (v->form == US_FORM_TRUTH) v->in[d] = v->end[d] = US_CAN_ALL;
        if (v->form == US_FORM_RANGE) v->range_in[d] = v->range_end[d] = us_range_all();
    }
}

/* ---- what changes at known moments only: traits and money ---- */

struct changes {
    int64_t *at;
    size_t count;
};

static int moment_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Every moment at which a trait of the account or its money can change, in order. */
static struct changes changes_of(struct us_past *s, bool daily)
{
    const struct us_log *f = &s->runs->facts;
    size_t most = 2 * f->trait_count + 6 * f->payment_count + (daily ? s->days : 0);
    struct changes c = {us_new(&s->work, int64_t, most + 1), 0};
    for (size_t i = 0; i < f->trait_count; i++) {
        if (f->traits[i].user != US_NOBODY) continue;
        c.at[c.count++] = f->traits[i].from;
        c.at[c.count++] = f->traits[i].to;
    }
    for (size_t i = 0; i < f->payment_count; i++) {
        const struct us_log_payment *p = &f->payments[i];
        c.at[c.count++] = p->from;
        c.at[c.count++] = p->to;
        c.at[c.count++] = p->at;
        c.at[c.count++] = p->start;
        c.at[c.count++] = p->end;
        bool months = p->months > 0 && p->months <= US_PERIOD_MONTHS_MAX;
        if (months) c.at[c.count++] = us_add_months(p->end, (int)p->months);
    }
    for (size_t d = 0; daily && f->payment_count && d < s->days; d++)
        c.at[c.count++] = (s->first_day + (int64_t)d) * US_DAY_US;
    if (c.count) qsort(c.at, c.count, sizeof *c.at, moment_order);
    return c;
}

static struct us_range range_of_value(us_value v)
{
    struct us_range r = us_range_none();
    if (v.kind == US_NUMBER) return us_range_number(v.number, v.number);
    r.missing = v.kind == US_MISSING;
    r.text = v.kind == US_STRING;
    r.yes = v.kind == US_BOOL && v.truth;
    r.no = v.kind == US_BOOL && !v.truth;
    return r;
}

/* Exact, piece by piece between the moments of change. */
static void by_changes(struct us_past *s, uint32_t node, struct us_vector *v)
{
    bool daily = s->plan->nodes[node].op == US_OP_PAID;
    struct changes c = changes_of(s, daily);
    bool truth = s->plan->nodes[node].kind == US_BOOL;
    if (truth)
        us_vector_truths(s, v);
    else
        us_vector_ranges(s, v);
    size_t next = 0;
    int64_t start = s->first_day * US_DAY_US;
    struct us_range now = range_of_value(us_past_value(s, node, US_NOBODY, start));
    while (next < c.count && c.at[next] <= start)
        next++;
    for (size_t d = 0; d < s->days; d++) {
        int64_t end = (s->first_day + (int64_t)d + 1) * US_DAY_US;
        struct us_range in = now;
        for (; next < c.count && c.at[next] < end; next++) {
            now = range_of_value(us_past_value(s, node, US_NOBODY, c.at[next]));
            in = us_range_or(in, now);
        }
        if (truth) {
            v->in[d] = can_of(in);
            v->end[d] = can_of(now);
        } else {
            v->range_in[d] = in;
            v->range_end[d] = now;
        }
    }
}

/* ---- anything else ---- */

static void anything(struct us_past *s, struct us_vector *v)
{
    us_vector_ranges(s, v);
    for (size_t d = 0; d < s->days; d++)
        v->range_in[d] = v->range_end[d] = us_range_all();
}

static void by_ranges(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    const struct us_vector *of[US_NODE_ARGS_MAX + 1];
    struct us_range args[US_NODE_ARGS_MAX + 1];
    for (uint32_t i = 0; i < n->arg_count; i++)
        of[i] = us_past_vector(s, us_node_arg(n, i));
    us_vector_ranges(s, v);
    for (size_t d = 0; d < s->days; d++) {
        for (uint32_t i = 0; i < n->arg_count; i++)
            args[i] = us_vector_in(of[i], d);
        v->range_in[d] = us_range_apply(n, args);
        for (uint32_t i = 0; i < n->arg_count; i++)
            args[i] = us_vector_end(of[i], d);
        v->range_end[d] = us_range_apply(n, args);
    }
}

/* Days since the account was first seen. */
static void age(struct us_past *s, struct us_vector *v)
{
    int64_t first = s->begun == US_NEVER ? US_NEVER : us_day(s->begun);
    us_vector_ranges(s, v);
    for (size_t d = 0; d < s->days; d++) {
        int64_t day = s->first_day + (int64_t)d;
        struct us_range r = us_range_missing();
        if (day >= first)
            r = us_range_number((double)(day - first), (double)(day - first));
        v->range_end[d] = r;
        if (day == first) r.missing = true; /* before the first event of that day */
        v->range_in[d] = r;
    }
}

/* Whether what was made of a node holds on open days too: a number that may change then
 * was loosened, or all it is made of holds. */
static bool stands(const struct us_past *s, const struct us_node *n)
{
    if (!s->open) return true;
    if (n->op == US_OP_CALL) return n->function->loose;
    if (n->op == US_OP_AGE) return false;
    for (uint32_t i = 0; i < n->arg_count; i++) {
        uint32_t arg = us_past_through_signals(s, us_node_arg(n, i));
        const struct us_node *of = &s->plan->nodes[arg];
        bool numbers = s->vectors[arg].turn == s->turn &&
                       (s->vectors[arg].form == US_FORM_REAL ||
                           s->vectors[arg].form == US_FORM_WHOLE);
        if (numbers && !(of->op == US_OP_CALL ? of->function->loose : stands(s, of)))
            return false;
    }
    return true;
}

static void make(struct us_past *s, uint32_t node, struct us_vector *v)
{
    const struct us_node *n = &s->plan->nodes[node];
    if (n->op == US_OP_SIGNAL) {
        *v = *us_past_vector(s, us_node_arg(n, 0));
        return;
    }
    if (n->scope == US_PER_USER) {
        anything(s, v);
        return;
    }
    if (s->still[node] || n->op == US_OP_PAID) {
        by_changes(s, node, v);
        return;
    }
    if (n->op == US_OP_AGE) {
        age(s, v);
    } else if (n->op == US_OP_CALL) {
        bool sieve = n->function->sieve && n->function->sieve(s, n, v);
        if (!sieve) anything(s, v);
    } else if (!us_vector_compare(s, n, v) && !us_vector_logic(s, n, v) &&
               !us_vector_arithmetic(s, n, v)) {
        *v = (struct us_vector){0};
        by_ranges(s, n, v);
    }
    if (!stands(s, n)) open_up(s, v);
}

const struct us_vector *us_past_vector(struct us_past *s, uint32_t node)
{
    struct us_vector *v = &s->vectors[node];
    if (v->turn == s->turn) return v;
    struct us_vector made = {0};
    make(s, node, &made);
    made.turn = s->turn;
    *v = made;
    return v;
}

struct us_day_truth us_past_truth(struct us_past *s, uint32_t node)
{
    struct us_vector *v = &s->vectors[node];
    us_past_vector(s, node);
    if (v->form != US_FORM_TRUTH) {
        struct us_vector as = {.turn = s->turn};
        us_vector_truths(s, &as);
        for (size_t d = 0; d < s->days; d++) {
            as.in[d] = can_of(us_vector_in(v, d));
            as.end[d] = can_of(us_vector_end(v, d));
        }
        return (struct us_day_truth){as.in, as.end};
    }
    return (struct us_day_truth){v->in, v->end};
}

bool us_past_day_value(struct us_past *s, uint32_t node, size_t day, us_value *v)
{
    const struct us_vector *of = us_past_vector(s, node);
    bool open = s->open && s->open[day] &&
                (of->form == US_FORM_REAL || of->form == US_FORM_WHOLE);
    struct us_range r = us_vector_in(of, day);
    bool number = us_range_has_number(r);
    if (open || r.text || number + r.missing + r.yes + r.no != 1) return false;
    if (number && r.least != r.most) return false;
    *v = number ? us_number(r.least) : r.missing ? us_missing() : us_bool(r.yes);
    return true;
}

/* ---- points ---- */

static struct us_range as_points(struct us_range r)
{
    bool other = us_range_has_other(r);
    if (!us_range_has_number(r)) return us_range_number(0, 0);
    if (!other) return r;
    return us_range_number(fmin(r.least, 0), fmax(r.most, 0));
}

static uint8_t reached(double least, double most, double threshold)
{
    bool yes = most >= threshold || threshold <= 0;
    bool no = least < threshold && threshold > 0;
    bool never = threshold > 100; /* what they are clamped to */
    return (uint8_t)((yes && !never ? US_CAN_YES : 0) | (no || never ? US_CAN_NO : 0));
}

/* Whether numbers that may change on open days were loosened there already. */
static bool all_stand(const struct us_past *s, const uint32_t *nodes, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        uint32_t node = us_past_through_signals(s, nodes[i]);
        const struct us_vector *v = &s->vectors[node];
        bool number = v->form == US_FORM_REAL || v->form == US_FORM_WHOLE;
        bool made = v->turn == s->turn; /* a constant needs none */
        all = all && (!made || !number || stands(s, &s->plan->nodes[node]));
    }
    return all;
}

static struct us_range sum_of(struct us_range a, struct us_range b)
{
    b = as_points(b);
    return us_range_number(a.least + b.least, a.most + b.most);
}

/* The sum, not clamped yet, added in the judge's order: the ends of a range are sums of
 * the ends, so an exact end of day is exact here too. */
static struct us_vector points_of(
    struct us_past *s, const uint32_t *nodes, size_t count)
{
    struct us_vector v = {0};
    if (us_vector_points(s, nodes, count, &v)) return v;
    us_vector_ranges(s, &v);
    const struct us_vector **of = us_new(&s->work, const struct us_vector *, count + 1);
    for (size_t i = 0; i < count; i++)
        of[i] = us_past_vector(s, nodes[i]);
    for (size_t d = 0; d < s->days; d++) {
        v.range_in[d] = v.range_end[d] = us_range_number(0, 0);
        for (size_t i = 0; i < count; i++) {
            v.range_in[d] = sum_of(v.range_in[d], us_vector_in(of[i], d));
            v.range_end[d] = sum_of(v.range_end[d], us_vector_end(of[i], d));
        }
    }
    return v;
}

struct us_day_truth us_past_reaches(
    struct us_past *s, const uint32_t *nodes, size_t count, double threshold)
{
    struct us_vector v = {0};
    struct us_vector points = points_of(s, nodes, count);
    us_vector_truths(s, &v);
    bool real = points.form == US_FORM_REAL;
    for (size_t d = 0; real && d < s->days; d++) {
        v.in[d] = reached(points.real_least[d], points.real_most[d], threshold);
        v.end[d] = reached(points.real_end[d], points.real_end_most[d], threshold);
    }
    for (size_t d = 0; !real && d < s->days; d++) {
        struct us_range in = points.range_in[d];
        struct us_range end = points.range_end[d];
        v.in[d] = reached(in.least, in.most, threshold);
        v.end[d] = reached(end.least, end.most, threshold);
    }
    if (!all_stand(s, nodes, count)) open_up(s, &v);
    return (struct us_day_truth){v.in, v.end};
}

/* ---- levels ---- */

static struct us_range clamped(struct us_range r)
{
    r.least = r.least < 0 ? 0 : r.least > 100 ? 100 : r.least;
    r.most = r.most < 0 ? 0 : r.most > 100 ? 100 : r.most;
    return r;
}

/* Turned round where less is more; not a number is less than any. */
static void level_put(const struct us_levels_asked *asked, const struct us_range *r,
    double *least, double *most)
{
    bool number = us_range_has_number(*r);
    *most = !number ? -INFINITY : asked->low ? -r->least : r->most;
    bool sure = number && !us_range_has_other(*r);
    *least = !sure ? -INFINITY : asked->low ? -r->most : r->least;
}

struct us_day_levels us_past_levels(
    struct us_past *s, const struct us_levels_asked *asked)
{
    struct us_day_levels out;
    out.least = us_new(&s->work, double, s->days + 1);
    out.most = us_new(&s->work, double, s->days + 1);
    out.end_least = us_new(&s->work, double, s->days + 1);
    out.end_most = us_new(&s->work, double, s->days + 1);
    struct us_vector v = {0};
    if (asked->points)
        v = points_of(s, asked->nodes, asked->count);
    else
        v = *us_past_vector(s, asked->nodes[0]);
    bool stand = all_stand(s, asked->nodes, asked->count);
    for (size_t d = 0; d < s->days; d++) {
        struct us_range in = us_vector_in(&v, d);
        struct us_range end = us_vector_end(&v, d);
        if (!stand && s->open && s->open[d]) in = end = us_range_all();
        if (asked->points) {
            in = clamped(in);
            end = clamped(end);
        }
        level_put(asked, &in, &out.least[d], &out.most[d]);
        level_put(asked, &end, &out.end_least[d], &out.end_most[d]);
    }
    return out;
}
