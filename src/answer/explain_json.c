/* explain_json.c: the same for machines: {"account", "at", "mrr",
 * "payments_left_out", "definitions": [{…}]}. */

#include "answer/explain.h"
#include "answer/firings.h"
#include "answer/values.h"

enum { EVENTS_MAX = 20, WORDS_MAX = 64 << 10 };

static void event(struct us_explain *x, const struct us_log_event *ev)
{
    us_buf_put(x->out, US_S("{\"at\":\""));
    us_time_put(x->out, ev->at);
    us_buf_fmt(x->out, "\",\"seq\":%lld,\"event\":", (long long)ev->seq);
    us_buf_json(x->out, us_explain_name(x, ev));
    us_buf_put(x->out, US_S(",\"user\":"));
    us_buf_json(x->out, us_explain_person(x->log, ev->user));
    us_buf_char(x->out, '}');
}

static void fact(struct us_explain *x, const struct us_fact *f, uint32_t user)
{
    const struct us_plan *p = x->ask->rules->plan;
    us_buf_put(x->out, US_S("{\"measure\":"));
    struct us_buf text = us_buf_new(x->a, WORDS_MAX);
    us_plan_print(p, f->node, true, &text);
    us_buf_json(x->out, us_buf_str(&text));
    us_buf_put(x->out, US_S(",\"words\":"));
    struct us_buf words = us_buf_new(x->a, WORDS_MAX);
    us_fact_say(x->ask->rules, f, x->ask->lang, x->ask->at, &words);
    us_buf_json(x->out, us_buf_str(&words));
    us_buf_put(x->out, US_S(",\"value\":"));
    us_value_json(f->now, x->out);
    us_buf_put(x->out, US_S(",\"usual\":"));
    us_value_json(f->has_usual ? us_number(f->usual) : us_missing(), x->out);
    us_buf_fmt(x->out, ",\"events\":%lld,\"latest\":[", (long long)f->events);
    const struct us_log_event *events[EVENTS_MAX];
    size_t count = us_explain_events(x, user, f, events, EVENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_char(x->out, ',');
        event(x, events[i]);
    }
    us_buf_put(x->out, US_S("]}"));
}

static void judged(struct us_explain *x, const struct us_judged *j, uint32_t user)
{
    us_judged_json(x->ask->rules, j, x->out);
    us_buf_put(x->out, US_S(",\"inputs\":["));
    struct us_facts facts = {0};
    const struct us_fact_asked asked = us_explain_asked(x, user);
    us_fact_find(&asked, j->node, &facts);
    for (size_t i = 0; i < facts.count; i++) {
        if (i) us_buf_char(x->out, ',');
        fact(x, &facts.items[i], user);
    }
    us_buf_put(x->out, US_S("]}"));
}

static void moment(struct us_explain *x, const char *key, int64_t at)
{
    us_buf_fmt(x->out, ",\"%s\":", key);
    if (at == US_NEVER) {
        us_buf_put(x->out, US_S("null"));
        return;
    }
    us_buf_char(x->out, '"');
    us_time_put(x->out, at);
    us_buf_char(x->out, '"');
}

/* The machine's state; since and due are those of the phase, or of a running hold. */
static void standing(struct us_explain *x, const struct us_standing *s)
{
    us_buf_fmt(x->out,
        ",\"phase\":\"%.*s\",\"qualified\":%s,\"holding\":%s,\"must_reset\":%s,"
        "\"ordinal\":%u",
        US_ARG(us_phase_word(s->phase)), s->qualified ? "true" : "false",
        s->holding ? "true" : "false", s->must_reset ? "true" : "false", s->ordinal);
    moment(x, "since", s->since);
    moment(x, "due", s->due);
    moment(x, "entered", s->entered);
    moment(x, "left", s->left);
    us_buf_put(x->out, US_S(",\"left_by\":"));
    if (s->left_by == US_CHANGE_NONE)
        us_buf_put(x->out, US_S("null"));
    else
        us_buf_json(x->out, us_change_word(s->left_by));
}

static void one(
    struct us_explain *x, const struct us_definition *def, const struct us_standing *s)
{
    uint32_t user = s->user;
    static const char *const axes[] = {
        [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};
    struct us_verdict v;
    us_explain_judge(x, def, user, x->ask->at, &v);
    us_buf_put(x->out, US_S("{\"definition\":"));
    us_buf_json(x->out, def->name);
    us_buf_put(x->out, US_S(",\"version\":"));
    us_buf_json(x->out, def->version);
    us_buf_put(x->out, US_S(",\"user\":"));
    if (user == US_NOBODY)
        us_buf_put(x->out, US_S("null"));
    else
        us_buf_json(x->out, us_explain_person(x->log, user));
    standing(x, s);
    us_buf_fmt(x->out, ",\"eligible\":%s,\"hand_raised\":%s",
        v.eligible ? "true" : "false", v.hand_raised ? "true" : "false");
    for (int axis = 0; axis < US_AXES; axis++) {
        us_buf_fmt(x->out, ",\"%s\":{\"points\":", axes[axis]);
        us_buf_real(x->out, v.points[axis]);
        us_buf_fmt(x->out, ",\"grade\":\"%c\"}", v.grade[axis]);
    }
    us_buf_put(x->out, US_S(",\"lines\":["));
    for (size_t i = 0; i < v.judged_count; i++) {
        if (i) us_buf_put(x->out, US_S(",\n"));
        judged(x, &v.judged[i], v.judged[i].gate == US_GATE_EXCLUDE ? US_NOBODY : user);
    }
    us_buf_put(x->out, US_S("]}"));
}

void us_explain_json(struct us_explain *x)
{
    const struct us_rules *r = x->ask->rules;
    us_buf_put(x->out, US_S("{\"account\":"));
    us_buf_json(x->out, x->log->key);
    us_buf_put(x->out, US_S(",\"at\":\""));
    us_time_put(x->out, x->ask->at);
    us_buf_put(x->out, US_S("\",\"mrr\":"));
    us_value_json(us_money_mrr(x->log, x->ask->at), x->out);
    struct us_left_out left = us_explain_left_out(x);
    us_buf_fmt(x->out, ",\"payments_left_out\":{\"no_rate\":%lld,\"no_period\":%lld}",
        (long long)left.no_rate, (long long)left.no_period);
    us_buf_put(x->out, US_S(",\"definitions\":["));
    bool first = true;
    for (uint32_t i = 0; i < r->definition_count; i++) {
        if (x->definition != US_NODE_NONE && x->definition != i) continue;
        size_t count;
        const struct us_standing *all =
            us_explain_standings(x, &r->definitions[i], &count);
        for (size_t k = 0; k < count; k++) {
            us_buf_put(x->out, first ? US_S("\n") : US_S(",\n"));
            first = false;
            us_mark mark = us_arena_mark(x->a);
            one(x, &r->definitions[i], &all[k]);
            us_arena_pop(x->a, mark);
        }
    }
    us_buf_put(x->out, US_S("]}\n"));
}
