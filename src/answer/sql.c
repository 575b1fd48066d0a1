#include "answer/sql.h"

#include "qualify/sql.h"

us_code us_sql_source_of(const struct us_ask *ask, struct us_arena *a,
    struct us_sql_source *out, struct us_error *e)
{
    const struct us_config *c = ask->rules->config;
    const struct us_plan *plan = ask->rules->plan;
    const struct us_need *need = &plan->need;
    us_str *names = us_new(a, us_str, need->column_count + 1);
    US_TRY(us_history_column_names(
        ask->history, need->columns, need->column_count, names, e));
    *out = (struct us_sql_source){.plan = plan,
        .columns = names,
        .fixed = c->fixed,
        .fixed_count = c->fixed_count,
        .rates = c->rates,
        .rate_count = c->rate_count,
        .currency = c->currency,
        .lang = ask->lang};
    return US_OK;
}

static us_code no_such(
    const struct us_ask *ask, us_str name, struct us_arena *a, struct us_error *e)
{
    const struct us_rules *r = ask->rules;
    us_str *names = us_new(a, us_str, r->plan->signal_count + r->definition_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < r->plan->signal_count; i++)
        names[count++] = r->plan->signals[i].name;
    for (size_t i = 0; i < r->definition_count; i++)
        names[count++] = r->definitions[i].name;
    us_str nearest = us_nearest(name, names, count);
    return us_fail(e, US_NOT_FOUND,
        nearest.len ? "answer.sql_none_near" : "answer.sql_none",
        US_ARGS(US_TEXT("name", name), US_TEXT("nearest", nearest)));
}

static struct us_sql *of_signal(const struct us_ask *ask, uint32_t signal,
    const struct us_sql_source *source, const struct us_sql_asked *asked,
    struct us_arena *a)
{
    const struct us_plan_signal *of = &ask->rules->plan->signals[signal];
    struct us_sql_asked when = *asked;
    when.scope = of->scope;
    when.identified = of->scope == US_PER_USER;
    struct us_buf text = us_buf_new(a, US_SQL_BYTES_MAX);
    us_plan_print(ask->rules->plan, of->node, true, &text);
    struct us_sql *sql = us_sql_new(source, &when, a);
    us_sql_say(sql, us_buf_str(&text));
    us_sql_value(sql, US_S("value"), of->node);
    return sql;
}

us_code us_sql_answer(const struct us_ask *ask, us_str name, us_str title, bool moments,
    struct us_arena *a, struct us_buf *out, struct us_error *e)
{
    uint32_t signal = us_plan_signal_find(ask->rules->plan, name);
    uint32_t definition = us_rules_find(ask->rules, name);
    bool is_signal = signal != US_NODE_NONE;
    if (!is_signal && definition == US_NODE_NONE) return no_such(ask, name, a, e);
    struct us_sql_source source;
    US_TRY(us_sql_source_of(ask, a, &source, e));
    const char *what = is_signal ? "answer.sql_signal" : "answer.sql_definition";
    const char *when = moments ? "answer.sql_moments" : "answer.sql_at";
    const us_arg *args = US_ARGS(US_TEXT("name", title), US_TIME("at", ask->at));
    const us_str head[] = {
        us_text(a, ask->lang, what, args), us_text(a, ask->lang, when, args)};
    struct us_sql_asked asked = {
        .at = &ask->at, .count = 1, .each = moments, .head = head, .head_count = 2};
    struct us_sql *sql =
        is_signal ? of_signal(ask, signal, &source, &asked, a)
                  : us_definition_sql(ask->rules, definition, &source, &asked, a);
    us_sql_print(sql, out);
    if (!out->full) return US_OK;
    return us_fail(e, US_LIMIT, "answer.sql_long",
        US_ARGS(US_TEXT("name", title), US_BYTES("max", US_SQL_BYTES_MAX)));
}
