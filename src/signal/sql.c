/* sql.c: the SELECT around it all: who is asked when, inputs, steps, columns. */

#include "signal/sql.h"

#include "signal/function.h"
#include "signal/sql_inner.h"

void us_sql_say(struct us_sql *s, us_str line)
{
    *us_push(s->arena, s->lines, s->line_count, s->line_cap) = line;
}

struct us_sql *us_sql_new(const struct us_sql_source *source,
    const struct us_sql_asked *asked, struct us_arena *a)
{
    const struct us_plan *p = source->plan;
    struct us_sql *s = us_new(a, struct us_sql, 1);
    *s = (struct us_sql){.of = source, .plan = p, .asked = *asked, .arena = a};
    s->values = (struct us_sql_frame){
        .alias = 'q', .refs = us_new(a, struct us_sql_ref, p->node_count + 1)};
    s->where = (struct us_sql_frame){
        .alias = 'e', .refs = us_new(a, struct us_sql_ref, p->node_count + 1)};
    for (size_t i = 0; i < asked->head_count; i++)
        us_sql_say(s, asked->head[i]);
    s->signals = us_new(a, us_str, p->node_count + 1);
    for (size_t i = p->signal_count; i > 0; i--) {
        uint32_t node = p->signals[i - 1].node;
        if (node != US_NODE_NONE) s->signals[node] = p->signals[i - 1].name;
    }
    return s;
}

static void column(struct us_sql *s, struct us_sql_column c)
{
    for (size_t i = 0; i < c.count; i++)
        us_sql_visit(s, &s->values, c.nodes[i]);
    *us_push(s->arena, s->columns, s->column_count, s->column_cap) = c;
}

static const uint32_t *one(struct us_sql *s, uint32_t node)
{
    uint32_t *nodes = us_new(s->arena, uint32_t, 1);
    *nodes = node;
    return nodes;
}

void us_sql_value(struct us_sql *s, us_str name, uint32_t node)
{
    column(s, (struct us_sql_column){US_SQL_VALUE, name, one(s, node), 1});
}

void us_sql_gate(struct us_sql *s, us_str name, uint32_t node)
{
    size_t count = node != US_NODE_NONE;
    column(s, (struct us_sql_column){US_SQL_GATE, name, one(s, node), count});
}

void us_sql_points(struct us_sql *s, us_str name, const uint32_t *nodes, size_t count)
{
    column(s, (struct us_sql_column){US_SQL_POINTS, name, nodes, count});
}

void us_sql_verdict(struct us_sql *s, us_str name, us_str text)
{
    s->verdict = name;
    s->verdict_text = text;
}

/* ---- who and when ---- */

static void text_list(const us_str *texts, size_t count, struct us_buf *out)
{
    us_buf_char(out, '(');
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_put(out, US_S(", "));
        us_sql_text(out, texts[i]);
    }
    us_buf_char(out, ')');
}

/* Rows of account and t: from_known and to_known. */
static void ends(us_str from, struct us_buf *out)
{
    us_buf_put(
        out, US_S("    UNION SELECT account, unnest([from_known, to_known]) AS t\n"
                  "    FROM "));
    us_buf_put(out, from);
    us_buf_char(out, '\n');
}

static us_str traits_of_people(struct us_sql *s, us_str until)
{
    const struct us_need *need = &s->plan->need;
    struct us_buf out = us_buf_new(s->arena, US_SQL_SCRATCH_BYTES);
    us_buf_put(&out, US_S("(SELECT p.account, greatest(r.from_known, p.from_known) AS "
                          "from_known,\n            least(r.to_known, p.to_known) AS "
                          "to_known\n"
                          "        FROM seen_user_traits r JOIN seen_members p "
                          "ON p.person = r.person\n        WHERE p.from_known <= "));
    us_buf_put(&out, until);
    us_buf_put(
        &out, US_S("\n            AND r.to_known > p.from_known AND r.from_known < "
                   "p.to_known\n            AND r.trait IN "));
    text_list(need->user_traits, need->user_trait_count, &out);
    us_buf_char(&out, ')');
    return us_buf_str(&out);
}

/* What holds for all time comes at no moment. */
static us_str traits_of_accounts(struct us_sql *s)
{
    const struct us_need *need = &s->plan->need;
    struct us_buf out = us_buf_new(s->arena, US_SQL_SCRATCH_BYTES);
    us_buf_put(&out, US_S("(SELECT account, from_known, to_known FROM "
                          "seen_account_traits\n        WHERE trait IN "));
    text_list(need->account_traits, need->account_trait_count, &out);
    if (s->of->fixed_count) {
        us_buf_put(&out, US_S("\n            AND NOT (undated AND to_known = TIMESTAMP "
                              "'infinity' AND trait IN "));
        text_list(s->of->fixed, s->of->fixed_count, &out);
        us_buf_char(&out, ')');
    }
    us_buf_char(&out, ')');
    return us_buf_str(&out);
}

/* Every moment at which a row of those the plan reads comes or goes. */
static void changes(struct us_sql *s, us_str until, struct us_buf *out)
{
    const struct us_need *need = &s->plan->need;
    us_sql_comment_key(s, out, "signal.sql_changes", NULL);
    us_buf_put(out, US_S("changes AS (\n    SELECT account, t FROM (\n    "
                         "SELECT account, unnest([from_known, to_known]) AS t FROM "
                         "seen_events\n"));
    if (need->account_trait_count) ends(traits_of_accounts(s), out);
    if (need->user_trait_count) ends(traits_of_people(s, until), out);
    if (need->payments) ends(US_S("seen_payments"), out);
    if (need->deals) ends(US_S("seen_deals"), out);
    us_buf_put(out, US_S("    )\n    WHERE t <= "));
    us_buf_put(out, until);
    us_buf_put(out, US_S("\n        AND account IN (SELECT account FROM seen_accounts)"
                         "\n),\n"));
}

/* The last microsecond of every day (or hour) from the first row on. */
static void each(struct us_sql *s, us_str until, struct us_buf *out)
{
    const char *unit = s->asked.hours ? "hour" : "day";
    changes(s, until, out);
    us_sql_comment_key(s, out, "signal.sql_each", NULL);
    us_buf_put(out, US_S("asked AS (\n    SELECT account, t FROM changes\n    UNION\n"
                         "    SELECT account, unnest(generate_series(\n        "));
    us_buf_fmt(out,
        "date_trunc('%s', min(t)) + INTERVAL 1 %s - INTERVAL 1 MICROSECOND,\n        ",
        unit, unit);
    us_buf_put(out, until);
    us_buf_fmt(
        out, ", INTERVAL 1 %s)) AS t\n    FROM changes GROUP BY account\n),\n", unit);
}

static void asked(struct us_sql *s, struct us_buf *out)
{
    const struct us_sql_asked *a = &s->asked;
    struct us_buf moment = us_buf_new(s->arena, 64);
    us_sql_moment(&moment, a->at[0]);
    if (a->each) {
        each(s, us_buf_str(&moment), out);
        return;
    }
    us_sql_comment_key(s, out, "signal.sql_asked", NULL);
    us_buf_put(
        out, US_S("asked AS (\n    SELECT a.account, q.t\n    FROM seen_accounts "
                  "a, (VALUES "));
    for (size_t i = 0; i < a->count; i++) {
        us_buf_put(out, i ? US_S(", (") : US_S("("));
        us_sql_moment(out, a->at[i]);
        us_buf_char(out, ')');
    }
    us_buf_put(out, US_S(") q(t)\n    WHERE "));
    us_buf_put(out, s->plan->need.deals ? US_S("least(a.from_known, a.deal_known)")
                                        : US_S("a.from_known"));
    us_buf_put(out, US_S(" <= q.t\n),\n"));
}

static void asked_people(struct us_sql *s, struct us_buf *out)
{
    if (s->asked.scope != US_PER_USER) return;
    us_sql_comment_key(s, out, "signal.sql_people", NULL);
    us_buf_put(out, US_S("asked_people AS (\n    SELECT q.account, p.person, q.t\n"
                         "    FROM asked q\n    JOIN seen_people p ON p.account = "
                         "q.account AND p.from_known <= q.t\n"));
    if (s->asked.identified) us_buf_put(out, US_S("    WHERE p.identified\n"));
    us_buf_put(out, US_S("),\n"));
}

/* ---- inputs ---- */

static bool wants_begun(const struct us_sql *s, us_scope scope)
{
    for (size_t i = 0; i < s->input_count; i++) {
        const struct us_node *n = &s->plan->nodes[s->inputs[i]];
        bool first = n->op == US_OP_CALL && n->function->id == US_FN_first;
        if ((first || n->op == US_OP_AGE) && n->scope == scope) return true;
    }
    return false;
}

static bool wants(const struct us_sql *s, us_op op)
{
    for (size_t i = 0; i < s->input_count; i++)
        if (s->plan->nodes[s->inputs[i]].op == op) return true;
    return false;
}

static bool wants_monthly(const struct us_sql *s)
{
    return wants(s, US_OP_MRR) || wants(s, US_OP_ARR);
}

static void inputs_below(struct us_sql *s, struct us_buf *out)
{
    if (wants_begun(s, US_PER_ACCOUNT)) us_sql_began(s, US_PER_ACCOUNT, out);
    if (wants_begun(s, US_PER_USER)) us_sql_began(s, US_PER_USER, out);
    if (wants_monthly(s) || wants(s, US_OP_PAID))
        us_sql_money(s, wants_monthly(s), out);
    for (size_t i = 0; i < s->input_count; i++) {
        uint32_t node = s->inputs[i];
        us_op op = s->plan->nodes[node].op;
        if (op == US_OP_CALL) us_sql_call(s, node, out);
        if (op == US_OP_TRAIT) us_sql_trait(s, node, out);
        if (op == US_OP_PAID) us_sql_paid(s, node, out);
    }
}

static void named(us_str name, struct us_buf *out)
{
    us_buf_put(out, US_S(" AS "));
    us_sql_label(out, name);
}

/* A trait's column of one kind, when anybody wants it. */
static void trait_columns(struct us_sql *s, uint32_t node, struct us_buf *out)
{
    const struct us_sql_ref *r = &s->values.refs[node];
    for (int kind = US_BOOL; kind <= US_STRING; kind++) {
        if (!(r->kinds & 1U << kind)) continue;
        const char *suffix = us_sql_kind_suffix((us_kind)kind);
        us_buf_put(out, US_S(",\n        "));
        us_sql_table(out, r->name);
        us_buf_fmt(out, ".%s", suffix + 1);
        named(us_arena_fmt(s->arena, "%.*s%s", US_ARG(r->name), suffix), out);
    }
}

static void input_column(struct us_sql *s, uint32_t node, struct us_buf *out)
{
    const struct us_node *n = &s->plan->nodes[node];
    const struct us_sql_ref *r = &s->values.refs[node];
    if (n->op == US_OP_TRAIT) {
        trait_columns(s, node, out);
        return;
    }
    us_buf_put(out, US_S(",\n        "));
    if (n->op == US_OP_CALL) us_sql_call_column(s, node, out);
    if (n->op == US_OP_MRR) us_buf_fmt(out, "recurring.%s", "mrr");
    if (n->op == US_OP_ARR) us_buf_fmt(out, "recurring.%s", "arr");
    if (n->op == US_OP_AGE)
        us_buf_fmt(out, "CAST(CAST(q.t AS DATE) - CAST(%s.began AS DATE) AS DOUBLE)",
            n->scope == US_PER_USER ? "began_of_people" : "began");
    if (n->op == US_OP_PAID) {
        us_buf_put(out, US_S("coalesce("));
        us_sql_table(out, r->name);
        us_buf_put(out, US_S(".value, 0)"));
    }
    named(r->name, out);
}

static void join(const char *table, us_scope scope, struct us_buf *out)
{
    us_buf_fmt(out, "\n    LEFT JOIN %s USING (%s)", table, us_sql_keys(scope));
}

static void inputs(struct us_sql *s, struct us_buf *out)
{
    us_scope scope = s->asked.scope;
    us_sql_comment_key(s, out, "signal.sql_inputs", NULL);
    us_buf_fmt(out, "inputs AS (\n    SELECT %s", us_sql_keys_of_q(scope));
    for (size_t i = 0; i < s->input_count; i++)
        input_column(s, s->inputs[i], out);
    us_buf_fmt(out, "\n    FROM %s q", scope == US_PER_USER ? "asked_people" : "asked");
    if (wants_begun(s, US_PER_ACCOUNT)) join("began", US_PER_ACCOUNT, out);
    if (wants_begun(s, US_PER_USER)) join("began_of_people", US_PER_USER, out);
    if (wants_monthly(s)) join("recurring", US_PER_ACCOUNT, out);
    for (size_t i = 0; i < s->input_count; i++) {
        uint32_t node = s->inputs[i];
        const struct us_node *n = &s->plan->nodes[node];
        if (n->op == US_OP_CALL) us_sql_call_joins(s, node, out);
        if (n->op != US_OP_TRAIT && n->op != US_OP_PAID) continue;
        us_buf_put(out, US_S("\n    LEFT JOIN "));
        us_sql_table(out, s->values.refs[node].name);
        us_buf_fmt(out, " USING (%s)", us_sql_keys(n->scope));
    }
    us_buf_put(out, US_S("\n)"));
}

/* ---- columns ---- */

/* A trait as text, whatever it is. */
static void any_kind(struct us_sql *s, uint32_t node, struct us_buf *out)
{
    us_buf_put(out, US_S("coalesce("));
    us_sql_write(s, &s->values, node, US_STRING, out);
    us_buf_put(out, US_S(", CAST("));
    us_sql_write(s, &s->values, node, US_BOOL, out);
    us_buf_put(out, US_S(" AS VARCHAR), regexp_replace(CAST("));
    us_sql_write(s, &s->values, node, US_NUMBER, out);
    us_buf_put(out, US_S(" AS VARCHAR), '[.]0$', ''))"));
}

static void maybe(struct us_sql *s, uint32_t node, us_kind kind, struct us_buf *out)
{
    bool miss = s->values.refs[node].extent.miss;
    if (miss) us_buf_put(out, US_S("coalesce("));
    us_sql_write(s, &s->values, node, kind, out);
    if (miss) us_buf_put(out, kind == US_BOOL ? US_S(", false)") : US_S(", 0)"));
}

static void points(struct us_sql *s, const struct us_sql_column *c, struct us_buf *out)
{
    us_buf_put(out, US_S("greatest(0, least(100, 0e0"));
    for (size_t i = 0; i < c->count; i++) {
        us_buf_put(out, US_S("\n            + "));
        maybe(s, c->nodes[i], US_NUMBER, out);
    }
    us_buf_put(out, US_S("))"));
}

static void columns(struct us_sql *s, struct us_buf *out, const char *line)
{
    for (size_t i = 0; i < s->column_count; i++) {
        const struct us_sql_column *c = &s->columns[i];
        us_buf_fmt(out, ",%s", line);
        if (c->how == US_SQL_POINTS) {
            points(s, c, out);
        } else if (c->count == 0) {
            us_buf_put(out, US_S("true"));
        } else if (c->how == US_SQL_GATE) {
            maybe(s, c->nodes[0], US_BOOL, out);
        } else if (s->plan->nodes[c->nodes[0]].kind == US_MISSING) {
            any_kind(s, c->nodes[0], out);
        } else {
            us_sql_write(
                s, &s->values, c->nodes[0], s->plan->nodes[c->nodes[0]].kind, out);
        }
        named(c->name, out);
    }
}

static void steps(struct us_sql *s, struct us_buf *out)
{
    for (uint32_t level = 1; level <= s->values.levels; level++) {
        us_buf_fmt(out, ",\nstep_%u AS (\n    SELECT q.*", level);
        us_sql_write_level(s, &s->values, level, out);
        us_buf_put(out, US_S("\n    FROM "));
        if (level == 1) us_buf_put(out, US_S("inputs q\n)"));
        if (level > 1) us_buf_fmt(out, "step_%u q\n)", level - 1);
    }
}

static void from_last_step(struct us_sql *s, struct us_buf *out)
{
    if (s->values.levels) {
        us_buf_fmt(out, "step_%u q", s->values.levels);
    } else {
        us_buf_put(out, US_S("inputs q"));
    }
}

/* Once into nothing, from above: so that each name knows as what kinds it is wanted. */
static void rehearse(struct us_sql *s)
{
    struct us_buf none = us_buf_new(s->arena, US_SQL_SCRATCH_BYTES);
    columns(s, &none, "");
    for (uint32_t level = s->values.levels; level > 0; level--)
        us_sql_write_level(s, &s->values, level, &none);
}

static void select(struct us_sql *s, struct us_buf *out)
{
    bool user = s->asked.scope == US_PER_USER;
    bool several = s->asked.each || s->asked.count > 1;
    us_buf_put(out, US_S("\nSELECT a.key AS account"));
    if (user) us_buf_put(out, US_S(", p.key AS person"));
    if (several) us_buf_put(out, US_S(", q.t"));
    if (s->verdict.len) {
        us_buf_put(out, US_S(",\n    "));
        us_buf_put(out, s->verdict_text);
        named(s->verdict, out);
        for (size_t i = 0; i < s->column_count; i++) {
            us_buf_put(out, i ? US_S(", q.") : US_S(",\n    q."));
            us_sql_label(out, s->columns[i].name);
        }
        us_buf_put(out, US_S("\nFROM judged q"));
    } else {
        columns(s, out, "\n    ");
        us_buf_put(out, US_S("\nFROM "));
        from_last_step(s, out);
    }
    us_buf_put(out, US_S("\nJOIN accounts a ON a.id = q.account"));
    if (user) us_buf_put(out, US_S("\nJOIN people p ON p.id = q.person"));
    us_buf_put(out, US_S("\nORDER BY a.key"));
    if (user) us_buf_put(out, US_S(", p.key, q.person"));
    if (several) us_buf_put(out, US_S(", q.t"));
    us_buf_char(out, '\n');
}

void us_sql_print(struct us_sql *s, struct us_buf *out)
{
    rehearse(s);
    us_buf_put(out, US_S("WITH\n"));
    for (size_t i = 0; i < s->line_count; i++)
        us_sql_comment(out, s->lines[i]);
    asked(s, out);
    asked_people(s, out);
    inputs_below(s, out);
    inputs(s, out);
    steps(s, out);
    if (s->verdict.len) {
        us_buf_fmt(
            out, ",\njudged AS (\n    SELECT %s", us_sql_keys_of_q(s->asked.scope));
        columns(s, out, "\n        ");
        us_buf_put(out, US_S("\n    FROM "));
        from_last_step(s, out);
        us_buf_put(out, US_S("\n)"));
    }
    select(s, out);
}
