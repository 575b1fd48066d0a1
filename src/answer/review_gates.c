/* review_gates.c: each gate and score line of a definition as a definition of its own,
 * so that it is replayed and judged like one.
 */

#include "answer/review_inner.h"

#include <string.h>

/* "40 if active_users >= 10" → "active_users >= 10"; empty: it has no condition. */
static us_str condition_of(us_str line)
{
    us_str mark = US_S(" if ");
    size_t at = us_str_find(line, mark);
    if (at == line.len) return (us_str){0};
    us_str rest = us_str_slice(line, at + mark.len, line.len);
    bool again = us_str_find(rest, mark) < rest.len ||
                 us_str_find(rest, US_S(" else ")) < rest.len;
    bool quoted = us_str_find(us_str_slice(line, 0, at), US_S("\"")) < at;
    return again || quoted ? (us_str){0} : rest;
}

/* "invites >= 3" → invites, when it is a signal of accounts. */
static us_str signal_of(const struct us_config *c, us_str gate)
{
    size_t at = us_str_find(gate, US_S(" "));
    us_str name = us_str_slice(gate, 0, at);
    us_str rest = us_str_slice(gate, at, gate.len);
    bool compares =
        us_str_has_prefix(rest, US_S(" <")) || us_str_has_prefix(rest, US_S(" >"));
    double number = 0;
    size_t last = rest.len;
    while (last > 0 && rest.ptr[last - 1] != ' ')
        last--;
    if (!compares || !us_str_real(us_str_slice(rest, last, rest.len), &number))
        return (us_str){0};
    for (size_t i = 0; i < c->signal_count; i++)
        if (us_str_eq(c->signals[i].name.text, name)) return name;
    return (us_str){0};
}

static bool is_there(const struct us_review_definition *d, us_str text)
{
    for (size_t i = 0; i < d->gate_count; i++)
        if (us_str_eq(d->gates[i].text, text)) return true;
    return false;
}

struct making {
    const struct us_config *c;
    struct us_config *more;
    struct us_arena *a;
    size_t most;
};

/* Asked of the same accounts, for as long as the definition's own entries last. */
static void gate_put(struct making *m, const struct us_definition_text *def,
    us_source gate, bool line, struct us_review_definition *d)
{
    if (!gate.text.len || is_there(d, gate.text)) return;
    us_assert(m->more->definition_count < m->most);
    us_source *must = us_new(m->a, us_source, 1);
    *must = gate;
    struct us_definition_text *one = &m->more->definitions[m->more->definition_count++];
    *one = (struct us_definition_text){.name = def->name,
        .aim = def->aim,
        .horizon_days = def->horizon_days,
        .who = def->who,
        .must = must,
        .must_count = 1,
        .rank_count = def->rank_count,
        .hold_us = def->hold_us,
        .cooldown_us = def->cooldown_us,
        .expires_us = def->expires_us};
    memcpy(one->rank, def->rank, sizeof one->rank);
    memcpy(one->grades, def->grades, sizeof one->grades);
    d->gates[d->gate_count++] = (struct us_review_gate){
        .text = gate.text, .signal = signal_of(m->c, gate.text), .line = line};
}

static void gates_of(struct making *m, struct us_review_definition *d)
{
    const struct us_definition_text *def = &m->c->definitions[d->definition];
    size_t most = def->must_count + 1;
    for (int axis = 0; axis < US_AXES; axis++)
        most += def->score_count[axis];
    d->gates = us_new(m->a, struct us_review_gate, most);
    if (def->pql || d->outcome == US_NODE_NONE) return;
    for (size_t i = 0; i < def->must_count; i++)
        gate_put(m, def, def->must[i], false, d);
    for (int axis = 0; axis < US_AXES; axis++)
        for (size_t i = 0; i < def->score_count[axis]; i++) {
            us_source line = def->score[axis][i];
            line.text = condition_of(line.text);
            gate_put(m, def, line, true, d);
        }
}

/* What does not compile alone is left out, and the others are those of before. */
static bool compiles(const struct us_rules *r, uint32_t at)
{
    const struct us_definition *def = &r->definitions[at];
    return def->must_count == 1 && def->must[0] != US_NODE_NONE;
}

const struct us_rules *us_review_gates(const struct us_rules *r,
    struct us_review_definition *all, size_t count, struct us_arena *a)
{
    struct making m = {.c = r->config, .more = us_new(a, struct us_config, 1), .a = a};
    m.most = count;
    for (size_t i = 0; i < count; i++) {
        const struct us_definition_text *def = &m.c->definitions[all[i].definition];
        m.most += def->must_count;
        for (int axis = 0; axis < US_AXES; axis++)
            m.most += def->score_count[axis];
    }
    *m.more = *m.c;
    m.more->definitions = us_new(a, struct us_definition_text, m.most + 1);
    memcpy(m.more->definitions, m.c->definitions,
        m.c->definition_count * sizeof *m.c->definitions);
    uint32_t next = (uint32_t)m.c->definition_count;
    for (size_t i = 0; i < count; i++)
        gates_of(&m, &all[i]);
    struct us_diags diags = {.arena = a}; /* of who asks for no usage, say */
    struct us_rules *out = NULL;
    us_rules_compile(m.more, a, &diags, &out);
    for (size_t i = 0; i < count; i++) {
        size_t kept = 0;
        for (size_t k = 0; k < all[i].gate_count; k++, next++) {
            if (!compiles(out, next)) continue;
            all[i].gates[kept] = all[i].gates[k];
            all[i].gates[kept++].definition = next;
        }
        all[i].gate_count = kept;
    }
    return out;
}
