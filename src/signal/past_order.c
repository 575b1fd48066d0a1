/* past_order.c: sums, comparisons and conditions over all days in single sweeps that
 * the compiler turns into vector instructions: of numbers that are never missing. */

#include "signal/past_inner.h"

#include <math.h>

static const double MODEST = 1e60;

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
        bool modest =
            n->constant.kind == US_NUMBER && fabs(n->constant.number) < MODEST;
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

static void pick(bool most, struct between w, size_t days)
{
    for (size_t d = 0; most && d < days; d++) {
        w.least[d] = most_of(w.a[d], w.b[d]);
        w.most[d] = most_of(w.A[d], w.B[d]);
    }
    for (size_t d = 0; !most && d < days; d++) {
        w.least[d] = least_of(w.a[d], w.b[d]);
        w.most[d] = least_of(w.A[d], w.B[d]);
    }
}

static void reals_make(struct us_past *s, struct us_vector *v)
{
    us_vector_reals(s, v);
    v->real_end_most = us_new(&s->work, double, s->days + US_DAY_PAD);
}

/* least and most; what they are of so far may be v itself. */
static bool picked(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    struct numbers a;
    struct numbers b;
    bool most = n->function->id == US_FN_most;
    if (!most && n->function->id != US_FN_least) return false;
    if (!numbers_of(s, us_node_arg(n, 0), &a)) return false;
    reals_make(s, v);
    for (uint32_t i = 1; i < n->arg_count; i++) {
        if (!numbers_of(s, us_node_arg(n, i), &b)) return false;
        pick(most,
            (struct between){
                a.least, a.most, b.least, b.most, v->real_least, v->real_most},
            s->days);
        pick(most,
            (struct between){
                a.end, a.end_most, b.end, b.end_most, v->real_end, v->real_end_most},
            s->days);
        a = (struct numbers){
            v->real_least, v->real_most, v->real_end, v->real_end_most};
    }
    return true;
}

static void choose(
    const uint8_t *can, double k, double *least, double *most, size_t days)
{
    for (size_t d = 0; d < days; d++) {
        double may = can[d] & US_CAN_YES ? k : 0;
        double must = can[d] == US_CAN_YES ? k : 0;
        least[d] = least_of(may, must);
        most[d] = most_of(may, must);
    }
}

/* A constant if some condition holds, else 0. */
static bool chosen(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    uint32_t value = us_past_through_signals(s, us_node_arg(n, 0));
    const struct us_node *of = &s->plan->nodes[value];
    bool number = of->op == US_OP_CONST && of->constant.kind == US_NUMBER;
    if (!number || !(fabs(of->constant.number) < MODEST)) return false;
    struct us_day_truth can = us_past_truth(s, us_node_arg(n, 1));
    double k = of->constant.number;
    reals_make(s, v);
    choose(can.in, k, v->real_least, v->real_most, s->days);
    choose(can.end, k, v->real_end, v->real_end_most, s->days);
    return true;
}

/* Sums, differences and products of what is never missing, the least and the most of
 * such; whatever could be infinite is left to ranges. */
bool us_vector_arithmetic(
    struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    struct numbers a;
    struct numbers b;
    bool here =
        n->op == US_OP_ADD || n->op == US_OP_SUBTRACT || n->op == US_OP_MULTIPLY;
    if (n->op == US_OP_IF) return chosen(s, n, v);
    if (n->op == US_OP_HELPER) return picked(s, n, v);
    if (!here || !numbers_of(s, us_node_arg(n, 0), &a)) return false;
    if (!numbers_of(s, us_node_arg(n, 1), &b)) return false;
    reals_make(s, v);
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

bool us_vector_points(
    struct us_past *s, const uint32_t *nodes, size_t count, struct us_vector *v)
{
    struct numbers a;
    reals_make(s, v);
    for (size_t i = 0; i < count; i++) {
        if (!numbers_of(s, nodes[i], &a)) return false;
        for (size_t d = 0; d < s->days; d++) {
            v->real_least[d] += a.least[d];
            v->real_most[d] += a.most[d];
            v->real_end[d] += a.end[d];
            v->real_end_most[d] += a.end_most[d];
        }
    }
    return true;
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

bool us_vector_compare(struct us_past *s, const struct us_node *n, struct us_vector *v)
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

bool us_vector_logic(struct us_past *s, const struct us_node *n, struct us_vector *v)
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
