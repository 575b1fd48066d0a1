#include "answer/diff.h"

#include <stdlib.h>

/* Somebody who was ever in, on one side. */
struct member {
    us_str account, user;
    int64_t since; /* US_NEVER: out */
    int64_t left;  /* the last exit; US_NEVER without one */
    us_change left_by;
};

struct members {
    struct member *items;
    size_t count, cap;
    size_t account_from; /* where those of the account at hand begin */
    size_t in;
};

struct build {
    struct us_diff *out;
    struct us_arena *a;
    struct members sides[2];
    size_t row_cap;
};

/* A scan of one side, or of both when they have the same rules. */
struct gather {
    struct build *b;
    bool side[2];
    int64_t at[2];
    struct us_error *e;
};

/* ---- who is in ---- */

static struct member *member_of(
    struct build *b, struct members *m, const struct us_changes_row *row)
{
    bool same = m->count > m->account_from &&
                us_str_eq(m->items[m->account_from].account, row->account);
    if (!same) m->account_from = m->count;
    for (size_t i = m->account_from; i < m->count; i++)
        if (us_str_eq(m->items[i].user, row->user)) return &m->items[i];
    struct member *fresh = us_push(b->a, m->items, m->count, m->cap);
    *fresh = (struct member){.account = us_arena_str(b->a, row->account),
        .user = row->user.len ? us_arena_str(b->a, row->user) : (us_str){0},
        .since = US_NEVER,
        .left = US_NEVER};
    return fresh;
}

static us_code take(void *ctx, const struct us_changes_row *row, struct us_error *e)
{
    struct gather *g = ctx;
    for (int side = 0; side < 2; side++) {
        struct members *m = &g->b->sides[side];
        if (!g->side[side] || row->change.t > g->at[side]) continue;
        if (m->count == US_DIFF_ROWS_MAX)
            return us_fail(e, US_LIMIT, "answer.diff_many",
                US_ARGS(US_WHOLE("max", US_DIFF_ROWS_MAX)));
        struct member *one = member_of(g->b, m, row);
        if (row->change.change == US_CHANGE_ENTERED) {
            one->since = row->change.t;
            continue;
        }
        one->since = US_NEVER;
        one->left = row->change.t;
        one->left_by = row->change.change;
    }
    return US_OK;
}

static us_code scan(struct build *b, bool in_a, bool in_b, struct us_error *e)
{
    const struct us_diff *d = b->out;
    struct gather g = {
        .b = b, .side = {in_a, in_b}, .at = {d->a.ask->at, d->b.ask->at}};
    const struct us_diff_side *side = in_a ? &d->a : &d->b;
    int64_t to = side->ask->at;
    if (in_a && in_b && d->b.ask->at > to) to = d->b.ask->at;
    struct us_changes_asked asked = {
        .definition = side->definition, .from = US_ALWAYS, .to = to};
    return us_engine_changes(side->ask, &asked, take, &g, e);
}

static int member_order(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    int by = us_str_cmp(x->account, y->account);
    return by ? by : us_str_cmp(x->user, y->user);
}

static us_code gather(struct build *b, struct us_error *e)
{
    const struct us_diff *d = b->out;
    bool same =
        d->a.ask->rules == d->b.ask->rules && d->a.definition == d->b.definition;
    US_TRY(scan(b, true, same, e));
    if (!same) US_TRY(scan(b, false, true, e));
    for (int side = 0; side < 2; side++) {
        struct members *m = &b->sides[side];
        if (m->count) qsort(m->items, m->count, sizeof *m->items, member_order);
        for (size_t i = 0; i < m->count; i++)
            m->in += m->items[i].since != US_NEVER;
    }
    return US_OK;
}

/* ---- who is in one alone ---- */

static const struct member *find(const struct members *m, const struct member *who)
{
    if (!m->count) return NULL;
    return bsearch(who, m->items, m->count, sizeof *m->items, member_order);
}

static void rows_of(struct build *b, int in)
{
    struct us_diff *d = b->out;
    const struct members *m = &b->sides[in];
    for (size_t i = 0; i < m->count; i++) {
        const struct member *one = &m->items[i];
        if (one->since == US_NEVER) continue;
        const struct member *other = find(&b->sides[!in], one);
        if (other && other->since != US_NEVER) {
            d->both += in == 0;
            continue;
        }
        *us_push(b->a, d->rows, d->count, b->row_cap) =
            (struct us_diff_row){.account = one->account,
                .user = one->user,
                .in_b = in == 1,
                .since = one->since,
                .left = other ? other->left : US_NEVER,
                .left_by = other ? other->left_by : US_CHANGE_NONE};
    }
}

/* ---- why ---- */

struct why {
    struct build *b;
    const struct us_diff_side *side; /* where they are out */
    struct us_diff_row *rows;        /* by account, then user */
    size_t count;
    struct us_measures measures;
};

static us_value kept(us_value v, struct us_arena *a)
{
    if (v.kind == US_STRING) v.text = us_arena_str(a, v.text);
    return v;
}

static void gate_numbers(struct why *y, const struct us_view *v, uint32_t user,
    uint32_t node, struct us_diff_gate *out)
{
    const struct us_diff *d = y->b->out;
    const struct us_plan *p = y->side->ask->rules->plan;
    struct us_measures *m = &y->measures;
    us_measures_begin(m, p);
    us_measures_find(p, node, y->b->a, m);
    out->numbers = us_new(y->b->a, struct us_diff_number, m->count + 1);
    out->number_count = m->count;
    for (size_t i = 0; i < m->count; i++)
        out->numbers[i] = (struct us_diff_number){m->items[i].name,
            kept(us_view_value(v, m->items[i].node, user, d->a.ask->at), y->b->a),
            kept(us_view_value(v, m->items[i].node, user, d->b.ask->at), y->b->a)};
}

/* Gates that fail where it is out. What it must keep is no reason not to enter. */
static void gates(struct why *y, const struct us_view *v, uint32_t user,
    const struct us_verdict *verdict, struct us_diff_row *row)
{
    row->gates = us_new(y->b->a, struct us_diff_gate, verdict->judged_count + 1);
    for (size_t i = 0; i < verdict->judged_count; i++) {
        const struct us_judged *j = &verdict->judged[i];
        if (j->passed || j->gate == US_GATE_SCORE || j->gate == US_GATE_STAY) continue;
        struct us_diff_gate *gate = &row->gates[row->gate_count++];
        const struct us_plan *p = y->side->ask->rules->plan;
        gate->gate = j->gate;
        gate->text = p->nodes[j->node].source.text;
        gate_numbers(y, v, user, j->node, gate);
    }
}

static void axes(const struct why *y, const struct us_view *v, uint32_t user,
    const struct us_verdict *out, struct us_diff_row *row)
{
    const struct us_diff *d = y->b->out;
    const struct us_definition *def =
        &y->side->ask->rules->definitions[y->side->definition];
    int64_t other_at = row->in_b ? d->b.ask->at : d->a.ask->at;
    struct us_view_asked asked = {y->side->definition, user, other_at};
    struct us_verdict other;
    us_view_judge(v, &asked, y->b->a, &other);
    for (int axis = 0; axis < US_AXES; axis++) {
        if (out->reached[axis]) continue;
        row->axes[row->axis_count++] = (struct us_diff_axis){.axis = (us_axis)axis,
            .a = row->in_b ? out->points[axis] : other.points[axis],
            .b = row->in_b ? other.points[axis] : out->points[axis],
            .threshold = def->text->threshold[axis]};
    }
}

static us_diff_why reason(
    const struct us_standing *s, const struct us_verdict *verdict, bool inside)
{
    if (!verdict->eligible) return US_DIFF_GATES;
    if (!inside) return US_DIFF_OUTSIDE;
    if (s->holding) return US_DIFF_HOLDING;
    if (s->phase == US_PHASE_COOLING) return US_DIFF_COOLING;
    return s->must_reset ? US_DIFF_RESET : US_DIFF_NOT_SEEN;
}

static bool inside(const struct why *y, const struct us_view *v)
{
    const struct us_rules *r = y->side->ask->rules;
    uint32_t within = r->definitions[y->side->definition].within;
    if (within == US_NODE_NONE) return true;
    struct us_view_asked asked = {within, US_NOBODY, y->side->ask->at};
    return us_view_standing(v, &asked).qualified;
}

/* US_NOBODY: not known by then. */
static uint32_t person_of(const struct us_view *v, us_str key, int64_t t)
{
    const struct us_log_person *people;
    size_t count = us_view_people(v, &people);
    for (size_t i = 0; i < count; i++)
        if (people[i].identified && us_str_eq(people[i].key, key))
            return us_view_knows(v, people[i].id, t) ? people[i].id : US_NOBODY;
    return US_NOBODY;
}

static void explain(struct why *y, const struct us_view *v, struct us_diff_row *row)
{
    const struct us_rules *r = y->side->ask->rules;
    bool pql = r->definitions[y->side->definition].pql;
    uint32_t user =
        row->user.len ? person_of(v, row->user, y->side->ask->at) : US_NOBODY;
    struct us_view_asked asked = {y->side->definition, user, y->side->ask->at};
    if (r->shown.name != US_NODE_NONE) {
        us_value name = us_view_value(v, r->shown.name, US_NOBODY, asked.t);
        if (name.kind == US_STRING) row->name = us_arena_str(y->b->a, name.text);
    }
    row->why = US_DIFF_UNKNOWN;
    if (us_view_start(v) > asked.t || pql != (user != US_NOBODY)) return;
    struct us_verdict verdict;
    us_view_judge(v, &asked, y->b->a, &verdict);
    struct us_standing s = us_view_standing(v, &asked);
    row->why = reason(&s, &verdict, inside(y, v));
    if (row->why != US_DIFF_GATES) return;
    gates(y, v, user, &verdict, row);
    axes(y, v, user, &verdict, row);
}

static us_code look(void *ctx, const struct us_view *v, struct us_error *e)
{
    (void)e;
    struct why *y = ctx;
    us_str account = us_view_account(v);
    size_t from = 0;
    size_t to = y->count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (us_str_cmp(y->rows[mid].account, account) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    for (; from < y->count && us_str_eq(y->rows[from].account, account); from++)
        explain(y, v, &y->rows[from]);
    return US_OK;
}

static us_code explain_all(struct build *b, const struct us_diff_side *side,
    struct us_diff_row *rows, size_t count, struct us_error *e)
{
    if (!count) return US_OK;
    const struct us_diff *d = b->out;
    us_str *accounts = us_new(b->a, us_str, count);
    for (size_t i = 0; i < count; i++)
        accounts[i] = rows[i].account;
    struct us_look_asked asked = {.whom = {accounts, count}, .until = d->a.ask->at};
    if (d->b.ask->at > asked.until) asked.until = d->b.ask->at;
    struct why y = {.b = b, .side = side, .rows = rows, .count = count};
    return us_engine_look(side->ask, &asked, look, &y, e);
}

/* ---- the definitions themselves ---- */

static bool has_line(us_str text, us_str line)
{
    while (text.len)
        if (us_str_eq(us_str_cut(text, '\n', &text), line)) return true;
    return false;
}

static size_t lines_only(us_str text, us_str other, struct us_arena *a, us_str **out)
{
    size_t count = 0;
    size_t cap = 0;
    *out = NULL;
    while (text.len) {
        us_str line = us_str_cut(text, '\n', &text);
        if (line.len && !has_line(other, line)) *us_push(a, *out, count, cap) = line;
    }
    return count;
}

static us_str canon_of(const struct us_diff_side *side)
{
    return side->ask->rules->definitions[side->definition].canon;
}

us_code us_diff_ask(const struct us_diff_side *a, const struct us_diff_side *b,
    struct us_arena *arena, struct us_diff *out, struct us_error *e)
{
    *out = (struct us_diff){.a = *a, .b = *b};
    struct build build = {.out = out, .a = arena};
    US_TRY(gather(&build, e));
    out->in_a = build.sides[0].in;
    out->in_b = build.sides[1].in;
    rows_of(&build, 0);
    out->only_a = out->count;
    rows_of(&build, 1);
    us_timing_lap(a->ask->timing, US_LAP_SORTING);
    out->gone_count = lines_only(canon_of(a), canon_of(b), arena, &out->gone);
    out->come_count = lines_only(canon_of(b), canon_of(a), arena, &out->come);
    US_TRY(explain_all(&build, b, out->rows, out->only_a, e));
    return explain_all(&build, a, out->rows + out->only_a, out->count - out->only_a, e);
}
