#include "answer/firings.h"

#include "answer/values.h"

#include <stdlib.h>

struct gather {
    const struct us_ask *ask;
    const struct us_firings_asked *asked;
    struct us_firings *out;
    size_t cap;
    struct us_arena *a;
    us_str account; /* of the row before, kept once */
};

static us_str kept_account(struct gather *g, us_str account)
{
    if (!g->account.ptr || !us_str_eq(g->account, account))
        g->account = us_arena_str(g->a, account);
    return g->account;
}

static struct us_verdict kept_verdict(struct gather *g, const struct us_verdict *v)
{
    struct us_verdict kept = *v;
    kept.judged = NULL;
    kept.judged_count = 0;
    if (!g->asked->lines) return kept;
    kept.judged = us_new(g->a, struct us_judged, v->judged_count + 1);
    kept.judged_count = v->judged_count;
    for (size_t i = 0; i < v->judged_count; i++) {
        kept.judged[i] = v->judged[i];
        us_value *value = &kept.judged[i].value;
        if (value->kind == US_STRING) value->text = us_arena_str(g->a, value->text);
    }
    return kept;
}

static us_code take(void *ctx, const struct us_changes_row *row, struct us_error *e)
{
    struct gather *g = ctx;
    if (g->out->count == US_FIRINGS_MAX)
        return us_fail(e, US_LIMIT, "answer.firings_many",
            US_ARGS(US_WHOLE("max", US_FIRINGS_MAX)));
    *us_push(g->a, g->out->rows, g->out->count, g->cap) =
        (struct us_firings_row){.account = kept_account(g, row->account),
            .user = row->user.len ? us_arena_str(g->a, row->user) : (us_str){0},
            .definition = row->definition,
            .change = row->change,
            .verdict = kept_verdict(g, row->verdict)};
    return US_OK;
}

static int order(const void *a, const void *b)
{
    const struct us_firings_row *x = a;
    const struct us_firings_row *y = b;
    if (x->change.t != y->change.t) return x->change.t < y->change.t ? -1 : 1;
    if (x->definition != y->definition) return x->definition < y->definition ? -1 : 1;
    int by = us_str_cmp(x->account, y->account);
    return by ? by : us_str_cmp(x->user, y->user);
}

us_code us_firings_ask(const struct us_ask *ask, const struct us_firings_asked *asked,
    struct us_arena *a, struct us_firings *out, struct us_error *e)
{
    const struct us_rules *r = ask->rules;
    *out = (struct us_firings){0};
    for (uint32_t i = 0; i < r->definition_count; i++)
        if (asked->definition == US_NODE_NONE || asked->definition == i)
            out->people |= r->definitions[i].pql;
    struct us_changes_asked changes = {.whom = asked->whom,
        .definition = asked->definition,
        .from = asked->from,
        .to = asked->to,
        .judged = true};
    struct gather g = {.ask = ask, .asked = asked, .out = out, .a = a};
    US_TRY(us_engine_changes(ask, &changes, take, &g, e));
    if (out->count) qsort(out->rows, out->count, sizeof *out->rows, order);
    us_timing_lap(ask->timing, US_LAP_SORTING);
    return US_OK;
}

us_str us_firing_reason(const struct us_firings_row *row)
{
    if (row->change.change != US_CHANGE_ENTERED)
        return us_change_word(row->change.change);
    return row->verdict.hand_raised ? US_S("hand_raised") : US_S("eligible");
}

const char *us_firing_words(const struct us_firings_row *row)
{
    static const char *const keys[US_CHANGES] = {
        [US_CHANGE_CONVERTED] = "answer.exit.converted",
        [US_CHANGE_EXCLUDED] = "answer.exit.excluded",
        [US_CHANGE_LEFT] = "answer.exit.left",
        [US_CHANGE_FADED] = "answer.exit.faded",
        [US_CHANGE_EXPIRED] = "answer.exit.expired",
        [US_CHANGE_REDEFINED] = "answer.exit.redefined",
    };
    if (row->change.change != US_CHANGE_ENTERED) return keys[row->change.change];
    return row->verdict.hand_raised ? "answer.queue.hand_raised"
                                    : "answer.entry.eligible";
}

/* ---- as JSON ---- */

void us_axes_json(const struct us_verdict *v, struct us_buf *out)
{
    static const char *const names[] = {
        [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};
    for (int axis = 0; axis < US_AXES; axis++) {
        us_buf_fmt(out, ",\"%s\":{\"points\":", names[axis]);
        us_buf_real(out, v->points[axis]);
        us_buf_fmt(out, ",\"grade\":\"%c\"}", v->grade[axis]);
    }
}

void us_judged_json(
    const struct us_rules *r, const struct us_judged *j, struct us_buf *out)
{
    static const char *const gates[] = {[US_GATE_WHO] = "who",
        [US_GATE_EXCLUDE] = "exclude",
        [US_GATE_MUST] = "must",
        [US_GATE_SCORE] = "score",
        [US_GATE_STAY] = "stay"};
    static const char *const axes[] = {
        [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};
    us_buf_fmt(out, "{\"gate\":\"%s\"", gates[j->gate]);
    if (j->gate == US_GATE_SCORE) us_buf_fmt(out, ",\"axis\":\"%s\"", axes[j->axis]);
    us_buf_put(out, US_S(",\"expression\":"));
    us_buf_json(out, r->plan->nodes[j->node].source.text);
    us_buf_put(out, US_S(",\"value\":"));
    us_value_json(j->value, out);
    us_buf_fmt(out, ",\"passed\":%s,\"unknown\":%s", j->passed ? "true" : "false",
        j->unknown ? "true" : "false");
}

void us_verdict_json(
    const struct us_rules *r, const struct us_verdict *v, struct us_buf *out)
{
    us_buf_char(out, '[');
    for (size_t i = 0; i < v->judged_count; i++) {
        if (i) us_buf_char(out, ',');
        us_judged_json(r, &v->judged[i], out);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void text_field(struct us_buf *out, const char *key, us_str text)
{
    us_buf_fmt(out, ",\"%s\":", key);
    us_buf_json(out, text);
}

static void time_field(struct us_buf *out, const char *key, int64_t at)
{
    us_buf_fmt(out, ",\"%s\":\"", key);
    us_time_put(out, at);
    us_buf_char(out, '"');
}

void us_firings_json(const struct us_ask *ask, const struct us_firings *f,
    const struct us_firings_row *row, struct us_buf *out)
{
    const struct us_definition *def = &ask->rules->definitions[row->definition];
    bool entered = row->change.change == US_CHANGE_ENTERED;
    us_buf_put(out, US_S("{\"account\":"));
    us_buf_json(out, row->account);
    if (f->people && row->user.len) text_field(out, "user", row->user);
    if (f->people && !row->user.len) us_buf_put(out, US_S(",\"user\":null"));
    text_field(out, "definition", def->name);
    text_field(out, "what", entered ? US_S("entered") : US_S("exited"));
    text_field(out, "reason", us_firing_reason(row));
    time_field(out, "at", row->change.t);
    time_field(out, "since", row->change.since);
    us_buf_fmt(out, ",\"entry\":%u", row->change.ordinal);
    text_field(out, "version", def->version);
    us_axes_json(&row->verdict, out);
    us_buf_put(out, US_S(",\"lines\":"));
    us_verdict_json(ask->rules, &row->verdict, out);
    us_buf_put(out, US_S("}\n"));
}
