/* trace_json.c: a trace as programs read it. */

#include "answer/trace.h"
#include "answer/values.h"

static void day_put(struct us_buf *out, int64_t day)
{
    us_date d = us_date_of(day * US_DAY_US);
    us_buf_fmt(out, "\"%04d-%02d-%02d\"", d.year, d.month, d.day);
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

static void signals(const struct us_trace *t, struct us_buf *out)
{
    us_buf_put(out, US_S(",\n\"signals\":["));
    for (size_t i = 0; i < t->signal_count; i++) {
        us_buf_put(out, i ? US_S(",\n{\"signal\":") : US_S("\n{\"signal\":"));
        us_buf_json(out, t->signals[i].name);
        us_buf_put(out, US_S(",\"values\":["));
        for (size_t d = 0; d < t->days; d++) {
            if (d) us_buf_char(out, ',');
            us_value_json(t->signals[i].days[d], out);
        }
        us_buf_put(out, US_S("]}"));
    }
    us_buf_char(out, ']');
}

static void axes(const struct us_ask *ask, const struct us_trace *t,
    const struct us_trace_course *c, struct us_buf *out)
{
    static const char *const names[] = {
        [US_AXIS_USAGE] = "usage", [US_AXIS_FIT] = "fit", [US_AXIS_INTENT] = "intent"};
    const struct us_definition *def = &ask->rules->definitions[c->definition];
    for (int axis = 0; axis < US_AXES; axis++) {
        us_buf_fmt(out, ",\n\"%s\":{\"threshold\":", names[axis]);
        us_buf_real(out, def->text->threshold[axis]);
        us_buf_put(out, US_S(",\"points\":["));
        for (size_t d = 0; d < t->days; d++) {
            if (d) us_buf_char(out, ',');
            us_buf_real(out, c->points[axis][d]);
        }
        us_buf_put(out, US_S("],\"grades\":["));
        for (size_t d = 0; d < t->days; d++)
            us_buf_fmt(out, d ? ",\"%c\"" : "\"%c\"", c->grades[axis][d]);
        us_buf_put(out, US_S("]}"));
    }
}

static void change(
    const struct us_ask *ask, const struct us_trace_change *c, struct us_buf *out)
{
    const struct us_firings_row *row = &c->row;
    bool entered = row->change.change == US_CHANGE_ENTERED;
    us_buf_fmt(out, "{\"what\":\"%s\"", entered ? "entered" : "exited");
    text_field(out, "reason", us_firing_reason(row));
    moment_field(out, "at", row->change.t);
    moment_field(out, "since", row->change.since);
    us_buf_fmt(out, ",\"entry\":%u", row->change.ordinal);
    us_axes_json(&row->verdict, out);
    us_buf_put(out, US_S(",\"numbers\":{"));
    for (size_t i = 0; i < c->number_count; i++) {
        if (i) us_buf_char(out, ',');
        us_buf_json(out, c->numbers[i].name);
        us_buf_char(out, ':');
        us_value_json(c->numbers[i].value, out);
    }
    us_buf_put(out, US_S("},\"lines\":"));
    us_verdict_json(ask->rules, &row->verdict, out);
    us_buf_char(out, '}');
}

static void course(const struct us_ask *ask, const struct us_trace *t,
    const struct us_trace_course *c, struct us_buf *out)
{
    const struct us_definition *def = &ask->rules->definitions[c->definition];
    us_buf_put(out, US_S("{\"definition\":"));
    us_buf_json(out, def->name);
    text_field(out, "version", def->version);
    text_field(out, "user", c->user);
    moment_field(out, "since", c->since);
    us_buf_put(out, US_S(",\n\"states\":["));
    for (size_t d = 0; d < t->days; d++)
        us_buf_fmt(
            out, d ? ",\"%.*s\"" : "\"%.*s\"", US_ARG(us_phase_word(c->phases[d])));
    us_buf_char(out, ']');
    axes(ask, t, c, out);
    us_buf_put(out, US_S(",\n\"changes\":["));
    for (size_t i = 0; i < c->change_count; i++) {
        us_buf_put(out, i ? US_S(",\n") : US_S("\n"));
        change(ask, &c->changes[i], out);
    }
    us_buf_put(out, US_S("]}"));
}

void us_trace_json(
    const struct us_ask *ask, const struct us_trace *t, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"account\":"));
    us_buf_json(out, t->account);
    text_field(out, "name", t->name);
    text_field(out, "plan", t->plan);
    moment_field(out, "known", t->known);
    moment_field(out, "at", t->at);
    us_buf_put(out, US_S(",\n\"days\":["));
    for (size_t d = 0; d < t->days; d++) {
        if (d) us_buf_char(out, ',');
        day_put(out, t->first_day + (int64_t)d);
    }
    us_buf_char(out, ']');
    signals(t, out);
    us_buf_put(out, US_S(",\n\"definitions\":["));
    for (size_t i = 0; i < t->course_count; i++) {
        us_buf_put(out, i ? US_S(",\n") : US_S("\n"));
        course(ask, t, &t->courses[i], out);
    }
    us_buf_put(out, US_S("]}\n"));
}
