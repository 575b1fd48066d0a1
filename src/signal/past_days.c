/* past_days.c: what nodes can be on each day, by their forms.
 *
 * The numbers of count, users and days are whole and never missing; a comparison of one
 * with a constant, and and, or, not over conditions, are single sweeps that the
 * compiler turns into vector instructions. All else goes day by day through the ranges
 * of bounds.c.
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

/* ---- numbers ---- */

/* A number of every day as three plain rows: least and most within it, at its end. */
struct numbers {
    const double *least, *most, *end, *end_most;
};

static double *as_reals(struct us_past *s, const int32_t *whole)
{
    double *out = us_new(&s->work, double, s->days + US_DAY_PAD);
    for (size_t d = 0; d < s->days; d++)
        out[d] = whole[d];
    return out;
}

static const double *constant_row(struct us_past *s, double k)
{
    double *out = us_new(&s->work, double, s->days + US_DAY_PAD);
    for (size_t d = 0; d < s->days; d++)
        out[d] = k;
    return out;
}

uint32_t us_past_through_signals(const struct us_past *s, uint32_t node)
{
    while (s->plan->nodes[node].op == US_OP_SIGNAL)
        node = us_node_arg(&s->plan->nodes[node], 0);
    return node;
}

/* False when it may be missing or no number. */
static bool numbers_of(struct us_past *s, uint32_t node, struct numbers *out)
{
    node = us_past_through_signals(s, node);
    const struct us_node *n = &s->plan->nodes[node];
    if (n->op == US_OP_CONST) {
        bool modest = n->constant.kind == US_NUMBER && fabs(n->constant.number) < 1e60;
        if (!modest) return false;
        const double *row = constant_row(s, n->constant.number);
        *out = (struct numbers){row, row, row, row};
        return true;
    }
    struct us_vector *v = &s->vectors[node];
    us_past_vector(s, node);
    if (v->form == US_FORM_REAL) {
        *out = (struct numbers){
            v->real_least, v->real_most, v->real_end, v->real_end_most};
        return true;
    }
    if (v->form != US_FORM_WHOLE) return false;
    if (!v->real_end) {
        v->real_least = as_reals(s, v->whole_least);
        v->real_end = as_reals(s, v->whole_end);
        v->real_end_most = v->real_end;
        if (v->whole_end_most != v->whole_end)
            v->real_end_most = as_reals(s, v->whole_end_most);
        v->real_most = v->real_end_most;
    }
    *out = (struct numbers){v->real_least, v->real_most, v->real_end, v->real_end_most};
    return true;
}

static double least_of(double a, double b)
{
    return a < b ? a : b;
}

static double most_of(double a, double b)
{
    return a > b ? a : b;
}

/* The outcome of an operator between what lies in [a, A] and what lies in [b, B]. */
struct between {
    const double *a, *A, *b, *B;
    double *least, *most;
};

static void combine(us_op op, struct between w, size_t days)
{
    for (size_t d = 0; op == US_OP_ADD && d < days; d++) {
        w.least[d] = w.a[d] + w.b[d];
        w.most[d] = w.A[d] + w.B[d];
    }
    for (size_t d = 0; op == US_OP_SUBTRACT && d < days; d++) {
        w.least[d] = w.a[d] - w.B[d];
        w.most[d] = w.A[d] - w.b[d];
    }
    for (size_t d = 0; op == US_OP_MULTIPLY && d < days; d++) {
        double x = least_of(w.a[d] * w.b[d], w.a[d] * w.B[d]);
        double y = least_of(w.A[d] * w.b[d], w.A[d] * w.B[d]);
        double z = most_of(w.a[d] * w.b[d], w.a[d] * w.B[d]);
        double u = most_of(w.A[d] * w.b[d], w.A[d] * w.B[d]);
        w.least[d] = least_of(x, y);
        w.most[d] = most_of(z, u);
    }
}

/* Sums, differences and products of what is never missing; whatever of it could be
 * infinite is left to ranges. */
static bool arithmetic(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    struct numbers a;
    struct numbers b;
    bool here =
        n->op == US_OP_ADD || n->op == US_OP_SUBTRACT || n->op == US_OP_MULTIPLY;
    if (!here || !numbers_of(s, us_node_arg(n, 0), &a)) return false;
    if (!numbers_of(s, us_node_arg(n, 1), &b)) return false;
    us_vector_reals(s, v);
    v->real_end_most = us_new(&s->work, double, s->days + US_DAY_PAD);
    combine(n->op,
        (struct between){a.least, a.most, b.least, b.most, v->real_least, v->real_most},
        s->days);
    combine(n->op,
        (struct between){
            a.end, a.end_most, b.end, b.end_most, v->real_end, v->real_end_most},
        s->days);
    double worst = 0;
    for (size_t d = 0; d < s->days; d++)
        worst = most_of(worst, most_of(fabs(v->real_least[d]), fabs(v->real_most[d])));
    return worst < 1e120; /* two of these multiplied are still finite */
}

/* ---- comparisons of numbers ---- */

#define EACH(may, may_not)            \
    for (size_t d = 0; d < days; d++) \
    out[d] = (uint8_t)((may) | (may_not) << 1)

#define SWEEP(name, type, right)                                           \
    static void name(us_op op, const type *least, const type *most, right, \
        uint8_t *out, size_t days)                                         \
    {                                                                      \
        switch ((int)op) {                                                 \
        case US_OP_GE: EACH(most[d] >= LOW, least[d] < HIGH); break;       \
        case US_OP_GT: EACH(most[d] > LOW, least[d] <= HIGH); break;       \
        case US_OP_LE: EACH(least[d] <= HIGH, most[d] > LOW); break;       \
        case US_OP_LT: EACH(least[d] < HIGH, most[d] >= LOW); break;       \
        case US_OP_EQ:                                                     \
            EACH((least[d] <= HIGH) & (LOW <= most[d]),                    \
                (least[d] != HIGH) | (most[d] != LOW));                    \
            break;                                                         \
        default:                                                           \
            EACH((least[d] != HIGH) | (most[d] != LOW),                    \
                (least[d] <= HIGH) & (LOW <= most[d]));                    \
            break;                                                         \
        }                                                                  \
    }
#define LOW  k
#define HIGH k
SWEEP(sweep_whole, int32_t, int32_t k)
#undef LOW
#undef HIGH
#define LOW  low[d]
#define HIGH high[d]
#define PAIR const double *low, const double *high
SWEEP(sweep_real, double, PAIR)
#undef LOW
#undef HIGH

static us_op mirrored(us_op op)
{
    switch ((int)op) {
    case US_OP_LT: return US_OP_GT;
    case US_OP_LE: return US_OP_GE;
    case US_OP_GT: return US_OP_LT;
    case US_OP_GE: return US_OP_LE;
    default: return op;
    }
}

/* Whole numbers against a constant that is none: x >= 2.5 is x >= 3. */
static bool whole_constant(us_op *op, double *k)
{
    if (!(fabs(*k) < 1e9)) return false;
    if (floor(*k) == *k) return true;
    switch ((int)*op) {
    case US_OP_GE:
    case US_OP_GT:
        *op = US_OP_GE;
        *k = ceil(*k);
        return true;
    case US_OP_LE:
    case US_OP_LT:
        *op = US_OP_LE;
        *k = floor(*k);
        return true;
    default: return false;
    }
}

/* Whole numbers against a constant. */
static bool compare_whole(
    struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    uint32_t left = us_past_through_signals(s, us_node_arg(n, 0));
    uint32_t right = us_past_through_signals(s, us_node_arg(n, 1));
    us_op op = n->op;
    if (s->plan->nodes[left].op == US_OP_CONST) {
        uint32_t swap = left;
        left = right;
        right = swap;
        op = mirrored(op);
    }
    us_value constant = s->plan->nodes[right].constant;
    if (s->plan->nodes[right].op != US_OP_CONST || constant.kind != US_NUMBER)
        return false;
    const struct us_vector *of = us_past_vector(s, left);
    if (of->form != US_FORM_WHOLE || !whole_constant(&op, &constant.number))
        return false;
    int32_t k = (int32_t)constant.number;
    us_vector_truths(s, v);
    sweep_whole(op, of->whole_least, of->whole_most, k, v->in, s->days);
    sweep_whole(op, of->whole_end, of->whole_end_most, k, v->end, s->days);
    return true;
}

static bool compare(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    struct numbers a;
    struct numbers b;
    bool order = n->op >= US_OP_EQ && n->op <= US_OP_GE;
    if (!order) return false;
    if (compare_whole(s, n, v)) return true;
    if (!numbers_of(s, us_node_arg(n, 0), &a)) return false;
    if (!numbers_of(s, us_node_arg(n, 1), &b)) return false;
    us_vector_truths(s, v);
    sweep_real(n->op, a.least, a.most, b.least, b.most, v->in, s->days);
    sweep_real(n->op, a.end, a.end_most, b.end, b.end_most, v->end, s->days);
    return true;
}

/* ---- and, or, not ---- */

static uint8_t not_can(uint8_t a)
{
    return (uint8_t)((a & US_CAN_MISS) | (a & US_CAN_YES) << 1 | (a & US_CAN_NO) >> 1);
}

static uint8_t and_can(uint8_t a, uint8_t b)
{
    uint8_t yes = a & b & US_CAN_YES;
    uint8_t no = (uint8_t)((a | b) & US_CAN_NO);
    uint8_t am = (uint8_t)(a >> 2 & 1);
    uint8_t bm = (uint8_t)(b >> 2 & 1);
    uint8_t miss = (uint8_t)((am & (bm | b)) | (bm & a));
    return (uint8_t)(yes | no | (miss & 1) << 2);
}

static void fold(
    us_op op, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t days)
{
    if (op == US_OP_AND)
        for (size_t d = 0; d < days; d++)
            out[d] = and_can(a[d], b[d]);
    else
        for (size_t d = 0; d < days; d++)
            out[d] = not_can(and_can(not_can(a[d]), not_can(b[d])));
}

static bool logic(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    bool two = n->op == US_OP_AND || n->op == US_OP_OR;
    if (!two && n->op != US_OP_NOT) return false;
    struct us_day_truth a = us_past_truth(s, us_node_arg(n, 0));
    us_vector_truths(s, v);
    if (!two) {
        for (size_t d = 0; d < s->days; d++) {
            v->in[d] = not_can(a.in[d]);
            v->end[d] = not_can(a.end[d]);
        }
        return true;
    }
    struct us_day_truth b = us_past_truth(s, us_node_arg(n, 1));
    fold(n->op, a.in, b.in, v->in, s->days);
    fold(n->op, a.end, b.end, v->end, s->days);
    return true;
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
    } else if (!compare(s, n, v) && !logic(s, n, v) && !arithmetic(s, n, v)) {
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

/* ---- points ---- */

static struct us_range as_points(struct us_range r)
{
    bool other = us_range_has_other(r);
    if (!us_range_has_number(r)) return us_range_number(0, 0);
    if (!other) return r;
    return us_range_number(fmin(r.least, 0), fmax(r.most, 0));
}

/* Adding in the judge's order: the ends of a range are sums of the ends, so an exact
 * end of day is exact here too. */
static uint8_t reached(const struct us_range *r, double threshold)
{
    double least = r->least < 0 ? 0 : r->least > 100 ? 100 : r->least;
    double most = r->most < 0 ? 0 : r->most > 100 ? 100 : r->most;
    return (uint8_t)((most >= threshold ? US_CAN_YES : 0) |
                     (least < threshold ? US_CAN_NO : 0));
}

struct us_day_truth us_past_reaches(
    struct us_past *s, const uint32_t *nodes, size_t count, double threshold)
{
    struct us_vector v = {0};
    us_vector_truths(s, &v);
    const struct us_vector **of = us_new(&s->work, const struct us_vector *, count + 1);
    for (size_t i = 0; i < count; i++)
        of[i] = us_past_vector(s, nodes[i]);
    for (size_t d = 0; d < s->days; d++) {
        struct us_range in = us_range_number(0, 0);
        struct us_range end = in;
        for (size_t i = 0; i < count; i++) {
            struct us_range a = as_points(us_vector_in(of[i], d));
            struct us_range b = as_points(us_vector_end(of[i], d));
            in = us_range_number(in.least + a.least, in.most + a.most);
            end = us_range_number(end.least + b.least, end.most + b.most);
        }
        v.in[d] = reached(&in, threshold);
        v.end[d] = reached(&end, threshold);
    }
    bool real = false;
    for (size_t i = 0; i < count; i++)
        real |= (of[i]->form == US_FORM_REAL || of[i]->form == US_FORM_WHOLE) &&
                !stands(s, &s->plan->nodes[us_past_through_signals(s, nodes[i])]);
    if (real) open_up(s, &v);
    return (struct us_day_truth){v.in, v.end};
}
