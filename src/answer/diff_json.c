/* diff_json.c: a difference as programs read it. */

#include "answer/diff.h"

static const char *const axes[] = {
    [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};

us_str us_diff_why_word(us_diff_why why)
{
    static const us_str words[] = {[US_DIFF_UNKNOWN] = US_S_INIT("unknown"),
        [US_DIFF_GATES] = US_S_INIT("gates"),
        [US_DIFF_HOLDING] = US_S_INIT("holding"),
        [US_DIFF_COOLING] = US_S_INIT("cooling"),
        [US_DIFF_RESET] = US_S_INIT("must_reset"),
        [US_DIFF_OUTSIDE] = US_S_INIT("outside"),
        [US_DIFF_NOT_SEEN] = US_S_INIT("not_evaluated")};
    return words[why];
}

static void text_field(struct us_buf *out, const char *key, us_str text)
{
    us_buf_fmt(out, ",\"%s\":", key);
    if (text.len)
        us_buf_json(out, text);
    else
        us_buf_put(out, US_S("null"));
}

static void moment_field(struct us_buf *out, const char *key, int64_t at)
{
    us_buf_fmt(out, ",\"%s\":", key);
    if (at == US_NEVER) {
        us_buf_put(out, US_S("null"));
        return;
    }
    us_buf_char(out, '"');
    us_time_put(out, at);
    us_buf_char(out, '"');
}

static void side(struct us_buf *out, const char *key, const struct us_diff_side *s,
    us_str name, size_t in)
{
    const struct us_definition *def = &s->ask->rules->definitions[s->definition];
    us_buf_fmt(out, "\"%s\":{\"asked\":", key);
    us_buf_json(out, name);
    text_field(out, "definition", def->name);
    text_field(out, "version", def->version);
    moment_field(out, "at", s->ask->at);
    us_buf_fmt(out, ",\"qualified\":%zu}", in);
}

static void gate(const struct us_diff_gate *g, struct us_buf *out)
{
    static const char *const gates[] = {[US_GATE_WHO] = "who",
        [US_GATE_EXCLUDE] = "exclude",
        [US_GATE_MUST] = "must",
        [US_GATE_SCORE] = "score",
        [US_GATE_STAY] = "stay"};
    us_buf_fmt(out, "{\"gate\":\"%s\"", gates[g->gate]);
    text_field(out, "expression", g->text);
    us_buf_put(out, US_S(",\"numbers\":["));
    for (size_t i = 0; i < g->number_count; i++) {
        us_buf_put(out, i ? US_S(",{\"name\":") : US_S("{\"name\":"));
        us_buf_json(out, g->numbers[i].name);
        us_buf_put(out, US_S(",\"a\":"));
        us_value_json(g->numbers[i].a, out);
        us_buf_put(out, US_S(",\"b\":"));
        us_value_json(g->numbers[i].b, out);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}"));
}

static void row(const struct us_diff_row *r, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"account\":"));
    us_buf_json(out, r->account);
    text_field(out, "user", r->user);
    text_field(out, "name", r->name);
    moment_field(out, "since", r->since);
    text_field(out, "why", us_diff_why_word(r->why));
    moment_field(out, "left", r->left);
    text_field(out, "left_by",
        r->left_by == US_CHANGE_NONE ? (us_str){0} : us_change_word(r->left_by));
    us_buf_put(out, US_S(",\"gates\":["));
    for (size_t i = 0; i < r->gate_count; i++) {
        if (i) us_buf_char(out, ',');
        gate(&r->gates[i], out);
    }
    us_buf_put(out, US_S("],\"thresholds\":["));
    for (size_t i = 0; i < r->axis_count; i++) {
        const struct us_diff_axis *x = &r->axes[i];
        us_buf_fmt(out, "%s{\"axis\":\"%s\",\"a\":", i ? "," : "", axes[x->axis]);
        us_buf_real(out, x->a);
        us_buf_put(out, US_S(",\"b\":"));
        us_buf_real(out, x->b);
        us_buf_put(out, US_S(",\"threshold\":"));
        us_buf_real(out, x->threshold);
        us_buf_char(out, '}');
    }
    us_buf_put(out, US_S("]}"));
}

static void rows(
    struct us_buf *out, const char *key, const struct us_diff_row *list, size_t count)
{
    us_buf_fmt(out, ",\n\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        us_buf_put(out, i ? US_S(",\n") : US_S("\n"));
        row(&list[i], out);
    }
    us_buf_char(out, ']');
}

static void lines(struct us_buf *out, const char *key, const us_str *list, size_t count)
{
    us_buf_fmt(out, ",\n\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_json(out, list[i]);
    }
    us_buf_char(out, ']');
}

void us_diff_json(
    const struct us_diff *d, us_str name_a, us_str name_b, struct us_buf *out)
{
    us_buf_char(out, '{');
    side(out, "a", &d->a, name_a, d->in_a);
    us_buf_put(out, US_S(",\n"));
    side(out, "b", &d->b, name_b, d->in_b);
    us_buf_fmt(out, ",\n\"change\":%lld,\"both\":%zu",
        (long long)d->in_b - (long long)d->in_a, d->both);
    lines(out, "lines_only_a", d->gone, d->gone_count);
    lines(out, "lines_only_b", d->come, d->come_count);
    rows(out, "only_a", d->rows, d->only_a);
    rows(out, "only_b", d->rows + d->only_a, d->count - d->only_a);
    us_buf_put(out, US_S("}\n"));
}
