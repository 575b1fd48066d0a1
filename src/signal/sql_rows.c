/* sql_rows.c: functions over events, each a CTE of one row for whoever had any such
 * event; who had none is given what the function is over nothing.
 *
 * An event happens before it is known, so what ends now needs no end.
 */

#include "signal/function.h"
#include "signal/sql_inner.h"

/* Which events: of a pattern, in a stretch of time whose ends are SQL (empty: open),
 * of those whom a CTE of account, person and t has. */
struct rows {
    const struct us_node *n;
    uint32_t pattern;
    us_str from, to;
    us_str asked;
};

static const char *asked_of(us_scope scope)
{
    return scope == US_PER_USER ? "asked_people" : "asked";
}

static const char *began_of(us_scope scope)
{
    return scope == US_PER_USER ? "began_of_people" : "began";
}

const char *us_sql_keys(us_scope scope)
{
    return scope == US_PER_USER ? "account, person, t" : "account, t";
}

const char *us_sql_keys_of_q(us_scope scope)
{
    return scope == US_PER_USER ? "q.account, q.person, q.t" : "q.account, q.t";
}

us_str us_sql_bucket(struct us_arena *a, us_window w, int64_t before)
{
    bool hours = w.unit == US_HOURS;
    us_str start = us_arena_fmt(a, "date_trunc('%s', q.t)", hours ? "hour" : "day");
    if (before == 0) return start;
    return us_arena_fmt(a, "%.*s %c INTERVAL %lld %s", US_ARG(start),
        before > 0 ? '-' : '+', (long long)(before > 0 ? before : -before),
        hours ? "HOUR" : "DAY");
}

static us_str length_of(struct us_arena *a, us_window w)
{
    return us_arena_fmt(
        a, "INTERVAL %lld %s", (long long)w.n, w.unit == US_HOURS ? "HOUR" : "DAY");
}

/* Events with the parts of a where that have names, up to those of a level. */
static void events(struct us_sql *s, uint32_t level, struct us_buf *out)
{
    if (level == 0) {
        us_buf_put(out, US_S("seen_events"));
        return;
    }
    us_buf_put(out, US_S("(SELECT e.*"));
    us_sql_write_level(s, &s->where, level, out);
    us_buf_put(out, US_S(" FROM "));
    events(s, level - 1, out);
    us_buf_put(out, US_S(" e)"));
}

static void from_events(
    struct us_sql *s, us_str asked, us_scope scope, uint32_t level, struct us_buf *out)
{
    us_buf_put(out, US_S("\n    FROM "));
    us_buf_put(out, asked);
    us_buf_put(out, US_S(" q\n    JOIN "));
    events(s, level, out);
    us_buf_put(out, US_S(" e ON e.account = q.account"));
    if (scope == US_PER_USER) us_buf_put(out, US_S(" AND e.person = q.person"));
    us_buf_put(out, US_S("\n        AND e.from_known <= q.t AND q.t < e.to_known"));
}

void us_sql_began(struct us_sql *s, us_scope scope, struct us_buf *out)
{
    bool user = scope == US_PER_USER;
    us_sql_comment_key(
        s, out, user ? "signal.sql_began_user" : "signal.sql_began", NULL);
    us_buf_fmt(out, "%s AS (\n    SELECT %s, min(e.happened) AS began", began_of(scope),
        us_sql_keys_of_q(scope));
    from_events(s, us_str_c(asked_of(scope)), scope, 0, out);
    us_buf_fmt(out, "\n    GROUP BY %s\n),\n", us_sql_keys_of_q(scope));
}

static bool is_needed(const struct us_need *need, us_str name)
{
    for (size_t i = 0; i < need->name_count; i++)
        if (us_str_eq(need->names[i], name)) return true;
    return false;
}

/* e.event = 'Invite Sent', or one of its names. */
static void named(struct us_sql *s, uint32_t name, struct us_buf *out)
{
    const struct us_need *need = &s->plan->need;
    struct us_buf list = us_buf_new(s->arena, US_SQL_SCRATCH_BYTES);
    us_sql_text(&list, need->names[name]);
    bool more = false;
    for (size_t i = 0; i < need->other_count; i++) {
        us_str other = need->others[i].other;
        if (need->others[i].name != name || is_needed(need, other)) continue;
        us_buf_put(&list, US_S(", "));
        us_sql_text(&list, other);
        more = true;
    }
    us_buf_put(out, more ? US_S("e.event IN (") : US_S("e.event = "));
    us_buf_put(out, us_buf_str(&list));
    if (more) us_buf_char(out, ')');
}

static void condition(struct us_buf *out, size_t *count)
{
    us_buf_put(out, (*count)++ ? US_S("\n        AND ") : US_S("\n    WHERE "));
}

static void bound(struct us_buf *out, size_t *count, const char *op, us_str moment)
{
    if (!moment.len) return;
    condition(out, count);
    us_buf_fmt(out, "e.happened %s ", op);
    us_buf_put(out, moment);
}

/* FROM … JOIN … WHERE. */
static void matching(struct us_sql *s, const struct rows *r, struct us_buf *out)
{
    const struct us_pattern *p = &s->plan->patterns[r->pattern];
    size_t count = 0;
    uint32_t level = 0;
    if (p->where != US_NODE_NONE) {
        us_sql_visit(s, &s->where, p->where);
        level = s->where.refs[p->where].level;
    }
    from_events(s, r->asked, r->n->scope, level, out);
    if (p->name != US_ANY_NAME) {
        condition(out, &count);
        named(s, p->name, out);
    }
    bound(out, &count, ">=", r->from);
    bound(out, &count, "<", r->to);
    if (p->where == US_NODE_NONE) return;
    condition(out, &count);
    us_buf_char(out, '(');
    us_sql_write(s, &s->where, p->where, US_BOOL, out);
    us_buf_char(out, ')');
}

static us_str column_of(struct us_sql *s, uint32_t column)
{
    if (column == US_NODE_NONE) return (us_str){"", 0};
    struct us_buf out = us_buf_new(s->arena, US_SQL_SCRATCH_BYTES);
    us_buf_put(&out, US_S("e."));
    us_sql_label(&out, s->of->columns[column]);
    return us_buf_str(&out);
}

static void value_of_rows(struct us_sql *s, const struct us_node *n, struct us_buf *out)
{
    us_sql_fill(out, us_str_c(n->function->sql),
        (const struct us_sql_hole[]){{"p", column_of(s, n->column)},
            {"number", column_of(s, n->columns[0])},
            {"text", column_of(s, n->columns[1])},
            {"truth", column_of(s, n->columns[2])}, {0}});
}

static void cte(struct us_sql *s, us_str name, const struct rows *r, struct us_buf *out)
{
    const char *keys = us_sql_keys_of_q(r->n->scope);
    us_sql_table(out, name);
    us_buf_fmt(out, " AS (\n    SELECT %s, ", keys);
    value_of_rows(s, r->n, out);
    us_buf_put(out, US_S(" AS value"));
    matching(s, r, out);
    us_buf_fmt(out, "\n    GROUP BY %s\n),\n", keys);
}

static us_str suffixed(struct us_sql *s, us_str name, const char *suffix)
{
    return us_arena_fmt(s->arena, "%.*s%s", US_ARG(name), suffix);
}

static us_str step_name(struct us_sql *s, us_str name, uint32_t step)
{
    return us_arena_fmt(s->arena, "%.*s_%u", US_ARG(name), step + 1);
}

/* Each step the earliest there is after the one before. */
static void seq(struct us_sql *s, us_str name, struct rows r, struct us_buf *out)
{
    const char *keys = us_sql_keys_of_q(r.n->scope);
    for (uint32_t i = 0; i < r.n->step_count; i++) {
        us_str step = step_name(s, name, i);
        us_sql_table(out, step);
        us_buf_fmt(out, " AS (\n    SELECT %s, min(e.happened) AS value", keys);
        r.pattern = r.n->steps[i];
        matching(s, &r, out);
        if (i) us_buf_put(out, US_S("\n        AND e.happened > q.value"));
        us_buf_fmt(out, "\n    GROUP BY %s\n),\n", keys);
        struct us_buf table = us_buf_new(s->arena, US_SQL_SCRATCH_BYTES);
        us_sql_table(&table, step);
        r.asked = us_buf_str(&table);
    }
}

/* Its days (of weeks the Mondays) from the last backwards: each is as far from it as
 * its place says until there is a gap. */
static void streak(
    struct us_sql *s, us_str name, const struct rows *r, struct us_buf *out)
{
    bool weeks = r->n->function->id == US_FN_streak_weeks;
    const char *keys = us_sql_keys_of_q(r->n->scope);
    us_sql_table(out, name);
    us_buf_fmt(out, " AS (\n    SELECT %s, ", keys);
    value_of_rows(s, r->n, out);
    us_buf_fmt(out,
        " AS value\n    FROM (SELECT q.*, max(day) OVER (PARTITION BY %s) AS last,\n"
        "            row_number() OVER (PARTITION BY %s ORDER BY day DESC) AS place\n"
        "        FROM (SELECT DISTINCT %s, CAST(%s AS DATE) AS day",
        keys, keys, keys, weeks ? "date_trunc('week', e.happened)" : "e.happened");
    matching(s, r, out);
    us_buf_fmt(out, ") q) q\n    WHERE q.last >= CAST(%s AS DATE) - %d\n",
        weeks ? "date_trunc('week', q.t)" : "q.t", weeks ? 7 : 1);
    us_buf_fmt(out, "    GROUP BY %s\n),\n", keys);
}

/* The stretch of n's buckets from `from` before that of now to `to` before it. */
static void buckets(struct us_sql *s, struct rows *r, int64_t from, int64_t to)
{
    us_window w = r->n->window;
    r->from = us_sql_bucket(s->arena, w, from);
    r->to = us_sql_bucket(s->arena, w, to - 1);
}

/* The account's or person's own beginning, which q has. */
static void first(struct us_sql *s, us_str name, struct rows r, struct us_buf *out)
{
    us_str length = length_of(s->arena, r.n->window);
    r.asked = us_str_c(began_of(r.n->scope));
    r.from = us_arena_fmt(s->arena, "q.%s", "began");
    r.to = us_arena_fmt(s->arena, "q.began + %.*s", US_ARG(length));
    cte(s, name, &r, out);
}

static void trend(struct us_sql *s, us_str name, struct rows r, struct us_buf *out)
{
    int64_t width = r.n->window.n;
    buckets(s, &r, width, 1);
    cte(s, suffixed(s, name, "_now"), &r, out);
    buckets(s, &r, 2 * width, width + 1);
    cte(s, suffixed(s, name, "_before"), &r, out);
}

void us_sql_call(struct us_sql *s, uint32_t node, struct us_buf *out)
{
    const struct us_node *n = &s->plan->nodes[node];
    us_str name = s->values.refs[node].name;
    const struct us_node *in = n->function->inside ? &s->plan->nodes[n->args[0]] : n;
    us_function_id id = n->function->id;
    struct rows r = {
        .n = in, .pattern = in->pattern, .asked = us_str_c(asked_of(n->scope))};
    us_sql_comment_node(s, out, node);
    if (n->function->window && n->window.unit != US_ALL)
        r.from = us_sql_bucket(s->arena, n->window, n->window.n - 1);
    if (id == US_FN_prior) buckets(s, &r, 2 * in->window.n - 1, in->window.n);
    if (id == US_FN_trend) {
        trend(s, name, r, out);
    } else if (id == US_FN_first) {
        first(s, name, r, out);
    } else if (id == US_FN_streak || id == US_FN_streak_weeks) {
        streak(s, name, &r, out);
    } else if (id == US_FN_seq) {
        seq(s, name, r, out);
    } else {
        cte(s, name, &r, out);
    }
}

/* The value of a CTE in `inputs`, where it may have no row. */
static us_str value_of(struct us_sql *s, us_str name, const struct us_function *f)
{
    struct us_buf out = us_buf_new(s->arena, US_SQL_SCRATCH_BYTES);
    us_kind none = f->none.kind;
    if (none) us_buf_put(&out, US_S("coalesce("));
    us_sql_table(&out, name);
    us_buf_put(&out, US_S(".value"));
    if (none == US_BOOL) us_buf_put(&out, US_S(", false)"));
    if (none == US_NUMBER) us_buf_put(&out, US_S(", 0)"));
    return us_buf_str(&out);
}

static us_str floor_of(struct us_sql *s, const struct us_node *n)
{
    struct us_buf out = us_buf_new(s->arena, US_SQL_SCRATCH_BYTES);
    if (n->function->floor) us_sql_number(&out, n->constant.number, false);
    return us_buf_str(&out);
}

void us_sql_call_column(struct us_sql *s, uint32_t node, struct us_buf *out)
{
    const struct us_node *n = &s->plan->nodes[node];
    us_str name = s->values.refs[node].name;
    us_function_id id = n->function->id;
    bool outer = n->function->inside || n->function->steps;
    if (!outer) {
        us_buf_put(out, value_of(s, name, n->function));
        return;
    }
    const struct us_node *in = n->function->inside ? &s->plan->nodes[n->args[0]] : n;
    struct us_sql_hole holes[] = {{"f", {0}}, {"now", {0}}, {"before", {0}},
        {"floor", floor_of(s, n)}, {"end", {0}}, {"last", {0}}, {0}};
    holes[0].text = value_of(s, name, in->function);
    holes[1].text = value_of(s, suffixed(s, name, "_now"), in->function);
    holes[2].text = value_of(s, suffixed(s, name, "_before"), in->function);
    if (id == US_FN_first)
        holes[4].text = us_arena_fmt(s->arena, "%s.began + %.*s", began_of(n->scope),
            US_ARG(length_of(s->arena, in->window)));
    if (id == US_FN_seq)
        holes[5].text = value_of(
            s, step_name(s, name, n->step_count - 1), us_function_of(US_FN_since));
    us_sql_fill(out, us_str_c(n->function->sql), holes);
}

static void join(us_str name, us_scope scope, struct us_buf *out)
{
    us_buf_put(out, US_S("\n    LEFT JOIN "));
    us_sql_table(out, name);
    us_buf_fmt(out, " USING (%s)", us_sql_keys(scope));
}

void us_sql_call_joins(struct us_sql *s, uint32_t node, struct us_buf *out)
{
    const struct us_node *n = &s->plan->nodes[node];
    us_str name = s->values.refs[node].name;
    if (n->function->id == US_FN_trend) {
        join(suffixed(s, name, "_now"), n->scope, out);
        name = suffixed(s, name, "_before");
    }
    if (n->function->steps) name = step_name(s, name, n->step_count - 1);
    join(name, n->scope, out);
}
