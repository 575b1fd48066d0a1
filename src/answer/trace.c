#include "answer/trace.h"

struct build {
    const struct us_ask *ask;
    const struct us_trace_asked *asked;
    struct us_trace *out;
    const uint32_t *nodes; /* of the signals */
    struct us_arena *a;
    struct us_measures measures;
};

int64_t us_trace_moment(const struct us_trace *t, size_t day)
{
    int64_t end = (t->first_day + (int64_t)day + 1) * US_DAY_US - 1;
    return end < t->at ? end : t->at;
}

static us_value kept(us_value v, struct us_arena *a)
{
    if (v.kind == US_STRING) v.text = us_arena_str(a, v.text);
    return v;
}

static us_str text_now(const struct build *b, const struct us_view *v, uint32_t node)
{
    if (node == US_NODE_NONE) return (us_str){0};
    us_value value = us_view_value(v, node, US_NOBODY, b->out->at);
    return value.kind == US_STRING ? us_arena_str(b->a, value.text) : (us_str){0};
}

static us_code days_choose(struct build *b, const struct us_view *v, struct us_error *e)
{
    struct us_trace *t = b->out;
    int64_t from = b->asked->from;
    t->at = b->ask->at;
    t->known = us_view_start(v);
    if (from == US_ALWAYS) from = t->at - (US_TRACE_DAYS_DEFAULT - 1) * US_DAY_US;
    if (from < t->known) from = t->known;
    if (from > t->at) from = t->at;
    t->first_day = us_day(from);
    t->days = (size_t)(us_day(t->at) - t->first_day + 1);
    if (t->days <= US_TRACE_DAYS_MAX) return US_OK;
    return us_fail(e, US_LIMIT, "answer.trace_long",
        US_ARGS(US_WHOLE("n", t->days), US_WHOLE("max", US_TRACE_DAYS_MAX)));
}

static void signal_days(
    struct build *b, const struct us_view *v, uint32_t node, const us_value **out)
{
    us_value *days = us_new(b->a, us_value, b->out->days);
    for (size_t d = 0; d < b->out->days; d++)
        days[d] =
            kept(us_view_value(v, node, US_NOBODY, us_trace_moment(b->out, d)), b->a);
    *out = days;
}

/* ---- definitions ---- */

static struct us_verdict judged(
    struct build *b, const struct us_view *v, const struct us_view_asked *asked)
{
    struct us_verdict verdict;
    us_view_judge(v, asked, b->a, &verdict);
    for (size_t i = 0; i < verdict.judged_count; i++)
        verdict.judged[i].value = kept(verdict.judged[i].value, b->a);
    return verdict;
}

static void course_grades(
    struct build *b, const struct us_view *v, struct us_trace_course *c, uint32_t user)
{
    size_t days = b->out->days;
    double *points[US_AXES];
    char *grades[US_AXES];
    for (int axis = 0; axis < US_AXES; axis++) {
        c->points[axis] = points[axis] = us_new(b->a, double, days);
        c->grades[axis] = grades[axis] = us_new(b->a, char, days);
    }
    for (size_t d = 0; d < days; d++) {
        us_mark mark = us_arena_mark(b->a);
        struct us_view_asked asked = {c->definition, user, us_trace_moment(b->out, d)};
        struct us_verdict verdict;
        us_view_judge(v, &asked, b->a, &verdict);
        for (int axis = 0; axis < US_AXES; axis++) {
            points[axis][d] = verdict.points[axis];
            grades[axis][d] = verdict.grade[axis];
        }
        us_arena_pop(b->a, mark);
    }
}

/* The state after the changes so far, of which last is the last: a cooling is over at
 * the moment the machine says. */
static us_phase phase_at(
    const struct us_machine_times *times, const struct us_transition *last, int64_t t)
{
    if (!last) return US_PHASE_NONE;
    if (last->change == US_CHANGE_ENTERED) return US_PHASE_QUALIFIED;
    struct us_machine m = {.phase = US_PHASE_COOLING,
        .left = last->t,
        .left_by = (uint8_t)last->change,
        .entered = last->since,
        .entries = last->ordinal};
    return t < us_machine_due(times, &m) ? US_PHASE_COOLING : US_PHASE_NONE;
}

static void course_phases(struct build *b, struct us_trace_course *c,
    const struct us_view_change *changes, size_t count)
{
    const struct us_definition *def = &b->ask->rules->definitions[c->definition];
    us_phase *phases = us_new(b->a, us_phase, b->out->days);
    const struct us_transition *last = NULL;
    size_t next = 0;
    for (size_t d = 0; d < b->out->days; d++) {
        int64_t t = us_trace_moment(b->out, d);
        for (; next < count && changes[next].change.t <= t; next++)
            last = &changes[next].change;
        phases[d] = phase_at(&def->times, last, t);
    }
    c->phases = phases;
}

/* What who, must and stay looked at. */
static void numbers(struct build *b, const struct us_view *v,
    const struct us_view_asked *asked, struct us_trace_change *out)
{
    const struct us_definition *def = &b->ask->rules->definitions[asked->definition];
    const struct us_plan *p = b->ask->rules->plan;
    struct us_measures *m = &b->measures;
    us_measures_begin(m, p);
    if (def->who != US_NODE_NONE) us_measures_find(p, def->who, b->a, m);
    for (size_t i = 0; i < def->must_count; i++)
        us_measures_find(p, def->must[i], b->a, m);
    if (def->stay != US_NODE_NONE) us_measures_find(p, def->stay, b->a, m);
    out->numbers = us_new(b->a, struct us_trace_number, m->count + 1);
    out->number_count = m->count;
    for (size_t i = 0; i < m->count; i++)
        out->numbers[i] = (struct us_trace_number){m->items[i].name,
            kept(us_view_value(v, m->items[i].node, asked->user, asked->t), b->a)};
}

static void course_changes(struct build *b, const struct us_view *v,
    struct us_trace_course *c, const struct us_view_change *changes, size_t count)
{
    int64_t begin = b->out->first_day * US_DAY_US;
    c->changes = us_new(b->a, struct us_trace_change, count + 1);
    c->since = US_NEVER;
    for (size_t i = 0; i < count; i++) {
        const struct us_transition *t = &changes[i].change;
        if (t->t < begin) {
            c->since = t->change == US_CHANGE_ENTERED ? t->t : US_NEVER;
            continue;
        }
        struct us_view_asked asked = {c->definition, changes[i].user, t->t};
        struct us_trace_change *change = &c->changes[c->change_count++];
        change->row = (struct us_firings_row){.account = b->out->account,
            .user = c->user,
            .definition = c->definition,
            .change = *t,
            .verdict = judged(b, v, &asked)};
        numbers(b, v, &asked, change);
    }
}

/* One of a definition; changes are its own. */
static void course(struct build *b, const struct us_view *v, uint32_t definition,
    const struct us_view_change *changes, size_t count)
{
    struct us_trace_course *c = &b->out->courses[b->out->course_count++];
    uint32_t user = US_NOBODY;
    c->definition = definition;
    if (b->ask->rules->definitions[definition].pql) {
        const struct us_log_person *people;
        size_t person_count = us_view_people(v, &people);
        user = changes[0].user;
        for (size_t i = 0; i < person_count; i++)
            if (people[i].id == user) c->user = us_arena_str(b->a, people[i].key);
    }
    course_phases(b, c, changes, count);
    course_changes(b, v, c, changes, count);
    course_grades(b, v, c, user);
}

static void courses(struct build *b, const struct us_view *v)
{
    const struct us_rules *r = b->ask->rules;
    const struct us_log_person *people;
    size_t most = r->definition_count * (us_view_people(v, &people) + 1);
    b->out->courses = us_new(b->a, struct us_trace_course, most + 1);
    for (uint32_t d = 0; d < r->definition_count; d++) {
        if (b->asked->definition != US_NODE_NONE && b->asked->definition != d) continue;
        struct us_view_change *changes;
        size_t count = us_view_changes(v, d, b->a, &changes);
        if (!r->definitions[d].pql) {
            course(b, v, d, changes, count);
            continue;
        }
        for (size_t from = 0, to = 0; from < count; from = to) {
            while (to < count && changes[to].user == changes[from].user)
                to++;
            course(b, v, d, changes + from, to - from);
        }
    }
}

static us_code look(void *ctx, const struct us_view *v, struct us_error *e)
{
    struct build *b = ctx;
    struct us_trace *t = b->out;
    t->account = us_arena_str(b->a, us_view_account(v));
    US_TRY(days_choose(b, v, e));
    t->name = text_now(b, v, b->ask->rules->shown.name);
    t->plan = text_now(b, v, b->ask->rules->shown.plan);
    for (size_t i = 0; i < t->signal_count; i++)
        signal_days(b, v, b->nodes[i], &t->signals[i].days);
    courses(b, v);
    return US_OK;
}

/* ---- which signals ---- */

static bool reads(const struct us_rules *r, uint32_t definition, uint32_t signal)
{
    if (definition == US_NODE_NONE) return true;
    const struct us_definition *def = &r->definitions[definition];
    for (size_t i = 0; i < def->reach_count; i++) {
        const struct us_node *n = &r->plan->nodes[def->reach[i]];
        if (n->op == US_OP_SIGNAL && n->signal == signal) return true;
    }
    return false;
}

/* must: NAME >= 3 */
static bool gate_of(const struct us_plan *p, uint32_t node, uint32_t signal,
    struct us_trace_signal *out)
{
    const struct us_node *n = &p->nodes[node];
    bool compares = n->op >= US_OP_LT && n->op <= US_OP_GE;
    if (!compares) return false;
    const struct us_node *left = &p->nodes[us_node_arg(n, 0)];
    const struct us_node *right = &p->nodes[us_node_arg(n, 1)];
    if (left->op != US_OP_SIGNAL || left->signal != signal) return false;
    if (right->op != US_OP_CONST || right->kind != US_NUMBER) return false;
    out->gate = node;
    out->op = n->op;
    out->need = right->constant.number;
    return true;
}

static void signal_add(struct build *b, uint32_t *nodes, us_str name, uint32_t node)
{
    const struct us_rules *r = b->ask->rules;
    uint32_t signal = us_plan_signal_find(r->plan, name);
    struct us_trace_signal *s = &b->out->signals[b->out->signal_count];
    nodes[b->out->signal_count++] = node;
    s->name = name;
    s->gate = US_NODE_NONE;
    for (uint32_t d = 0; d < r->definition_count; d++) {
        if (b->asked->definition != US_NODE_NONE && b->asked->definition != d) continue;
        const struct us_definition *def = &r->definitions[d];
        for (size_t i = 0; i < def->must_count && s->gate == US_NODE_NONE; i++)
            gate_of(r->plan, def->must[i], signal, s);
    }
}

bool us_trace_passes(const struct us_trace_signal *s, size_t day)
{
    if (s->gate == US_NODE_NONE || s->days[day].kind != US_NUMBER) return false;
    double n = s->days[day].number;
    switch ((int)s->op) {
    case US_OP_LT: return n < s->need;
    case US_OP_LE: return n <= s->need;
    case US_OP_GT: return n > s->need;
    default: return n >= s->need;
    }
}

static us_code signals_choose(struct build *b, struct us_error *e)
{
    const struct us_plan *p = b->ask->rules->plan;
    struct us_values all;
    size_t most = p->signal_count + b->asked->signal_count;
    uint32_t *nodes = us_new(b->a, uint32_t, most + 1);
    b->nodes = nodes;
    b->out->signals = us_new(b->a, struct us_trace_signal, most + 1);
    if (b->asked->signal_count) {
        US_TRY(us_values_choose(
            b->ask, b->asked->signals, b->asked->signal_count, false, b->a, &all, e));
        if (all.people) return us_fail(e, US_USAGE, "answer.trace_people", NULL);
        for (size_t i = 0; i < all.count; i++)
            signal_add(b, nodes, all.columns[i].name, all.columns[i].node);
        return US_OK;
    }
    for (uint32_t i = 0; i < p->signal_count; i++) {
        if (p->signals[i].scope != US_PER_ACCOUNT) continue;
        if (!reads(b->ask->rules, b->asked->definition, i)) continue;
        signal_add(b, nodes, p->signals[i].name, p->signals[i].node);
    }
    return US_OK;
}

us_code us_trace_ask(const struct us_ask *ask, const struct us_trace_asked *asked,
    struct us_arena *a, struct us_trace *out, struct us_error *e)
{
    *out = (struct us_trace){0};
    struct build b = {.ask = ask, .asked = asked, .out = out, .a = a};
    US_TRY(signals_choose(&b, e));
    struct us_look_asked one = {.whom = {&asked->account, 1}, .until = ask->at};
    return us_engine_look(ask, &one, look, &b, e);
}
