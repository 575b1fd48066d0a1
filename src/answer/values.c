#include "answer/values.h"

static us_code unknown(
    const struct us_plan *p, us_str name, struct us_arena *a, struct us_error *e)
{
    us_str *names = us_new(a, us_str, p->signal_count + 1);
    for (size_t i = 0; i < p->signal_count; i++)
        names[i] = p->signals[i].name;
    us_str nearest = us_nearest(name, names, p->signal_count);
    return us_fail(e, US_NOT_FOUND,
        nearest.len ? "answer.no_signal_near" : "answer.no_signal",
        US_ARGS(US_TEXT("name", name), US_TEXT("nearest", nearest)));
}

static void take_signal(struct us_values *v, const struct us_plan *p, uint32_t signal)
{
    const struct us_plan_signal *s = &p->signals[signal];
    v->columns[v->count++] = (struct us_values_column){s->name, s->node};
    v->people |= s->scope == US_PER_USER;
}

us_code us_values_choose(const struct us_ask *ask, const us_str *names, size_t count,
    bool people, struct us_arena *a, struct us_values *out, struct us_error *e)
{
    const struct us_plan *p = ask->rules->plan;
    us_scope scope = people ? US_PER_USER : US_PER_ACCOUNT;
    *out = (struct us_values){.people = people};
    out->columns = us_new(a, struct us_values_column, count + p->signal_count + 1);
    for (size_t i = 0; i < count; i++) {
        uint32_t signal = us_plan_signal_find(p, names[i]);
        if (signal == US_NODE_NONE) return unknown(p, names[i], a, e);
        take_signal(out, p, signal);
    }
    for (uint32_t i = 0; i < p->signal_count && count == 0; i++)
        if (p->signals[i].scope == scope) take_signal(out, p, i);
    if (out->count) return US_OK;
    return us_fail(
        e, US_INPUT, people ? "answer.no_user_signals" : "answer.no_signals", NULL);
}

us_code us_values_ask(const struct us_ask *ask, const struct us_values *v,
    struct us_whom whom, us_values_take *take, void *ctx, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, v->count * sizeof(uint32_t) + 64);
    uint32_t *nodes = us_new(&a, uint32_t, v->count + 1);
    for (size_t i = 0; i < v->count; i++)
        nodes[i] = v->columns[i].node;
    struct us_values_asked asked = {.whom = whom,
        .nodes = nodes,
        .node_count = v->count,
        .moments = &ask->at,
        .moment_count = 1,
        .people = v->people};
    us_code code = us_engine_values(ask, &asked, take, ctx, e);
    us_arena_done(&a);
    return code;
}

void us_values_csv_head(const struct us_values *v, struct us_buf *out)
{
    us_buf_put(out, v->people ? US_S("account,user") : US_S("account"));
    for (size_t i = 0; i < v->count; i++) {
        us_buf_char(out, ',');
        us_buf_csv(out, v->columns[i].name);
    }
    us_buf_char(out, '\n');
}

static void csv_value(us_value v, struct us_buf *out)
{
    switch (v.kind) {
    case US_MISSING: break;
    case US_BOOL: us_buf_put(out, v.truth ? US_S("true") : US_S("false")); break;
    case US_NUMBER: us_buf_real(out, v.number); break;
    case US_STRING:
    default: us_buf_csv(out, v.text); break;
    }
}

void us_values_csv(
    const struct us_values *v, const struct us_values_row *row, struct us_buf *out)
{
    us_buf_csv(out, row->account);
    if (v->people) {
        us_buf_char(out, ',');
        us_buf_csv(out, row->user);
    }
    for (size_t i = 0; i < v->count; i++) {
        us_buf_char(out, ',');
        csv_value(row->values[i], out);
    }
    us_buf_char(out, '\n');
}

void us_value_json(us_value v, struct us_buf *out)
{
    if (v.kind == US_MISSING)
        us_buf_put(out, US_S("null"));
    else if (v.kind == US_STRING)
        us_buf_json(out, v.text);
    else
        csv_value(v, out);
}

void us_values_json(const struct us_ask *ask, const struct us_values *v,
    const struct us_values_row *row, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"account\":"));
    us_buf_json(out, row->account);
    if (v->people) {
        us_buf_put(out, US_S(",\"user\":"));
        us_buf_json(out, row->user);
    }
    us_buf_put(out, US_S(",\"at\":\""));
    us_time_put(out, ask->at);
    us_buf_put(out, US_S("\",\"values\":{"));
    for (size_t i = 0; i < v->count; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_json(out, v->columns[i].name);
        us_buf_char(out, ':');
        us_value_json(row->values[i], out);
    }
    us_buf_put(out, US_S("}}\n"));
}
