#include "qualify/sql.h"

enum { TEXT_BYTES_MAX = 1 << 20 };

static const us_str axis_names[US_AXES] = {
    [US_AXIS_USAGE] = US_S_INIT("usage"),
    [US_AXIS_FIT] = US_S_INIT("fit"),
    [US_AXIS_INTENT] = US_S_INIT("intent"),
};

/* A column, and what it is among the comments at the head. */
struct making {
    const struct us_rules *rules;
    const struct us_definition *def;
    struct us_sql *sql;
    struct us_arena *arena;
};

static void explain(const struct making *m, us_str name, uint32_t node)
{
    struct us_buf text = us_buf_new(m->arena, TEXT_BYTES_MAX);
    us_buf_put(&text, name);
    us_buf_put(&text, US_S(": "));
    us_plan_print(m->rules->plan, node, true, &text);
    us_sql_say(m->sql, us_buf_str(&text));
}

static void gate(const struct making *m, us_str name, uint32_t node)
{
    us_sql_gate(m->sql, name, node);
    explain(m, name, node);
}

static us_str must_name(const struct making *m, size_t i)
{
    return us_arena_fmt(m->arena, "must_%zu", i + 1);
}

static bool asks_for_people(const struct making *m)
{
    return m->rules->hand_raise != US_NODE_NONE && !m->def->pql;
}

/* As us_judge puts it together. */
static us_str verdict(const struct making *m)
{
    const struct us_definition *def = m->def;
    struct us_buf all = us_buf_new(m->arena, TEXT_BYTES_MAX);
    for (size_t i = 0; i < def->must_count; i++)
        us_buf_fmt(&all, "%sq.must_%zu", all.len ? " AND " : "", i + 1);
    for (int axis = 0; axis < US_AXES; axis++) {
        double threshold = def->text->threshold[axis];
        if (threshold <= 0) continue; /* points are never below 0 */
        us_buf_fmt(
            &all, "%sq.%.*s >= ", all.len ? " AND " : "", US_ARG(axis_names[axis]));
        us_buf_real(&all, threshold);
    }
    if (!all.len) us_buf_put(&all, US_S("true"));
    struct us_buf text = us_buf_new(m->arena, 2 * TEXT_BYTES_MAX);
    if (def->who != US_NODE_NONE) us_buf_put(&text, US_S("q.who AND "));
    if (m->rules->exclude != US_NODE_NONE)
        us_buf_put(&text, US_S("NOT q.excluded AND "));
    us_buf_char(&text, '(');
    us_buf_put(&text, us_buf_str(&all));
    if (asks_for_people(m)) us_buf_put(&text, US_S(" OR q.hand_raised"));
    us_buf_char(&text, ')');
    return us_buf_str(&text);
}

static void columns(const struct making *m)
{
    const struct us_definition *def = m->def;
    if (def->who != US_NODE_NONE) gate(m, US_S("who"), def->who);
    if (m->rules->exclude != US_NODE_NONE) gate(m, US_S("excluded"), m->rules->exclude);
    if (asks_for_people(m)) gate(m, US_S("hand_raised"), m->rules->hand_raise);
    for (size_t i = 0; i < def->must_count; i++)
        gate(m, must_name(m, i), def->must[i]);
    for (int axis = 0; axis < US_AXES; axis++) {
        us_sql_points(
            m->sql, axis_names[axis], def->score[axis], def->score_count[axis]);
        for (size_t i = 0; i < def->score_count[axis]; i++)
            explain(m, axis_names[axis], def->score[axis][i]);
    }
    us_sql_verdict(m->sql, US_S("eligible"), verdict(m));
}

struct us_sql *us_definition_sql(const struct us_rules *r, uint32_t definition,
    const struct us_sql_source *source, const struct us_sql_asked *asked,
    struct us_arena *a)
{
    const struct us_definition *def = &r->definitions[definition];
    struct us_sql_asked of = *asked;
    of.scope = def->pql ? US_PER_USER : US_PER_ACCOUNT;
    of.identified = def->pql;
    of.hours = asked->each && def->times.hour_ticks;
    struct making m = {r, def, us_sql_new(source, &of, a), a};
    columns(&m);
    return m.sql;
}
