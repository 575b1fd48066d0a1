/* replay_sweep.c: one gate's number moved, all else as it is: how far it may go before
 * an account would not enter any more.
 *
 * It enters if at some evaluation moment all else holds and the number is far enough,
 * so the farthest the number ever is while all else holds says it for every threshold.
 * Of counts that is most often found from ends of days, without a moment looked at.
 */

#include "qualify/replay_inner.h"

#include <math.h>

struct us_sweep {
    const struct us_rules *rules;
    struct us_definition rest; /* without the gate */
    uint32_t definition, number;
    us_op op;                      /* number op threshold */
    bool alone;                    /* nothing else is asked */
    struct us_moments_asked asked; /* for moments at which anything of it changes */
    const double *thresholds;
    size_t count;
    size_t *farthest; /* by threshold: accounts for which it is the last that holds */
    size_t *entered;
};

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

static uint32_t through(const struct us_plan *p, uint32_t node)
{
    while (p->nodes[node].op == US_OP_SIGNAL)
        node = us_node_arg(&p->nodes[node], 0);
    return node;
}

bool us_replay_gate_read(
    const struct us_plan *p, uint32_t gate, struct us_replay_gate *out)
{
    const struct us_node *n = &p->nodes[through(p, gate)];
    if (n->op < US_OP_LT || n->op > US_OP_GE) return false;
    uint32_t left = through(p, us_node_arg(n, 0));
    uint32_t right = through(p, us_node_arg(n, 1));
    bool swap = p->nodes[left].op == US_OP_CONST;
    const struct us_node *constant = &p->nodes[swap ? left : right];
    out->number = swap ? right : left;
    out->op = swap ? mirrored(n->op) : n->op;
    if (constant->op != US_OP_CONST || constant->constant.kind != US_NUMBER)
        return false;
    out->constant = constant->constant.number;
    return true;
}

static bool gates_else(const struct us_sweep *s)
{
    const struct us_definition *def = &s->rest;
    bool more = def->must_count > 0 || def->who != US_NODE_NONE ||
                s->rules->exclude != US_NODE_NONE ||
                s->rules->hand_raise != US_NODE_NONE;
    for (int axis = 0; axis < US_AXES; axis++)
        more = more || def->text->threshold[axis] > 0;
    return more;
}

static void node_put(uint32_t *nodes, size_t *count, uint32_t node)
{
    if (node != US_NODE_NONE) nodes[(*count)++] = node;
}

static void moments_set(struct us_sweep *s, struct us_arena *a)
{
    const struct us_definition *def = &s->rest;
    size_t most = def->must_count + 4;
    size_t count = 0;
    for (int axis = 0; axis < US_AXES; axis++)
        most += def->score_count[axis];
    uint32_t *nodes = us_new(a, uint32_t, most);
    node_put(nodes, &count, s->number);
    node_put(nodes, &count, def->who);
    node_put(nodes, &count, s->rules->exclude);
    node_put(nodes, &count, s->rules->hand_raise);
    for (size_t i = 0; i < def->must_count; i++)
        node_put(nodes, &count, def->must[i]);
    for (int axis = 0; axis < US_AXES; axis++)
        for (size_t i = 0; i < def->score_count[axis]; i++)
            node_put(nodes, &count, def->score[axis][i]);
    s->asked = (struct us_moments_asked){
        .nodes = nodes, .count = count, .hours = def->times.hour_ticks, .first = true};
}

struct us_sweep *us_sweep_new(
    const struct us_rules *r, const struct us_sweep_asked *asked, struct us_arena *a)
{
    const struct us_definition *def = &r->definitions[asked->definition];
    struct us_sweep *s = us_new(a, struct us_sweep, 1);
    *s = (struct us_sweep){.rules = r,
        .rest = *def,
        .definition = asked->definition,
        .thresholds = asked->thresholds,
        .count = asked->count};
    if (def->pql || def->times.hold || asked->gate >= def->must_count) return NULL;
    struct us_replay_gate gate;
    if (!us_replay_gate_read(r->plan, def->must[asked->gate], &gate)) return NULL;
    s->number = gate.number;
    s->op = gate.op;
    s->rest.must = us_new(a, uint32_t, def->must_count);
    s->rest.must_count = 0;
    for (size_t i = 0; i < def->must_count; i++)
        if (i != asked->gate) s->rest.must[s->rest.must_count++] = def->must[i];
    s->alone = !gates_else(s);
    moments_set(s, a);
    s->farthest = us_new(a, size_t, s->count + 1);
    s->entered = us_new(a, size_t, s->count + 1);
    return s;
}

/* ---- an account ---- */

struct looking {
    const struct us_sweep *s;
    struct us_replay *p;
    struct us_replay_run run; /* of all else */
    bool high;                /* the greater the farther */
    bool found;
    double farthest;
};

static void reach(struct looking *l, double number)
{
    bool farther = l->high ? number > l->farthest : number < l->farthest;
    if (!l->found || farther) l->farthest = number;
    l->found = true;
}

static bool asked_for(const struct looking *l, int64_t t)
{
    uint32_t hand = l->s->rules->hand_raise;
    return hand != US_NODE_NONE && us_replay_holds(&l->run, hand, t);
}

/* Every moment of a day at which something it rests on changes. */
static void moments_of(struct looking *l, int64_t day)
{
    struct us_replay *p = l->p;
    struct us_moments m = us_past_moments(p->past, &l->s->asked, day);
    for (size_t i = 0; i < m.count; i++) {
        int64_t t = m.at[i];
        if (t < p->start || t > p->until) continue;
        if (!us_replay_eligible(&l->run, t)) continue;
        us_value v = us_past_value(p->past, l->s->number, US_NOBODY, t);
        if (asked_for(l, t)) reach(l, l->high ? INFINITY : -INFINITY);
        if (v.kind == US_NUMBER) reach(l, v.number);
    }
}

/* Days on which all else holds all day count by what they end with; the others are
 * looked at. */
static void days_of(struct looking *l)
{
    struct us_replay *p = l->p;
    struct us_replay_sieve *sieve = &l->run.sieve;
    if (!us_replay_sieve_make(&l->run)) return;
    size_t words = us_past_words(p->past);
    bool whole = l->high && l->s->rules->hand_raise == US_NODE_NONE &&
                 (p->until + 1) % US_DAY_US == 0;
    size_t start = (size_t)(us_day(p->start) - p->first_day);
    uint64_t *good = us_new(&p->work, uint64_t, words + 1);
    double most = -1;
    for (size_t d = start; whole && d < p->days; d++) {
        uint64_t bit = (uint64_t)1 << (d % 64);
        if (sieve->eligible.in_yes[d / 64] & ~sieve->eligible.in_no[d / 64] & bit)
            good[d / 64] |= bit;
    }
    whole = whole && us_past_peak(p->past, l->s->number, good, &most);
    if (whole && most >= 0) reach(l, most);
    for (size_t d = start; d < p->days; d++) {
        uint64_t bit = (uint64_t)1 << (d % 64);
        if (!(sieve->eligible.in_yes[d / 64] & bit)) continue;
        if (whole && (good[d / 64] & bit)) continue;
        moments_of(l, p->first_day + (int64_t)d);
    }
}

/* The last threshold, from the near end, that a number satisfies; count: none. */
static size_t last_held(const struct us_sweep *s, double number, bool high)
{
    size_t from = 0;
    size_t to = s->count;
    while (from < to) { /* the first that is beyond it (high), or not (low) */
        size_t mid = from + (to - from) / 2;
        double k = s->thresholds[mid];
        bool below = s->op == US_OP_GE || s->op == US_OP_LT ? k <= number : k < number;
        if (below)
            from = mid + 1;
        else
            to = mid;
    }
    if (high) return from ? from - 1 : s->count;
    return from;
}

void us_sweep_take(struct us_sweep *s, struct us_replay *p)
{
    struct looking l = {.s = s, .p = p};
    l.high = s->op == US_OP_GE || s->op == US_OP_GT;
    if (p->start == US_NEVER || p->start > p->until || p->days == 0) return;
    bool ends = (p->until + 1) % US_DAY_US == 0 && us_day(p->start) == p->first_day;
    bool easy = s->alone && l.high && ends;
    if (easy && us_past_peak(p->past, s->number, NULL, &l.farthest)) {
        l.found = true;
    } else {
        l.run = us_replay_run_of(p, s->definition);
        l.run.def = &s->rest;
        days_of(&l);
    }
    if (!l.found) return;
    size_t last = last_held(s, l.farthest, l.high);
    if (last < s->count) s->farthest[last]++;
}

const size_t *us_sweep_entered(struct us_sweep *s)
{
    bool high = s->op == US_OP_GE || s->op == US_OP_GT;
    size_t sum = 0;
    for (size_t i = 0; i < s->count; i++) {
        size_t at = high ? s->count - 1 - i : i;
        s->entered[at] = sum += s->farthest[at];
    }
    return s->entered;
}
