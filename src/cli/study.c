/* study.c: the options of studies of behaviours, read. */

#include "cli/study.h"

#include <math.h>

enum { DAYS_MAX = 3660, NTH_MAX = 1000000 };

us_code us_studied_event(
    const struct us_units *u, us_str name, uint32_t *out, struct us_error *e)
{
    for (uint32_t i = 0; i < u->name_count; i++)
        if (us_str_eq(u->names[i], name)) {
            *out = i;
            return US_OK;
        }
    us_str nearest = us_nearest(name, u->names, u->name_count);
    return us_fail(e, US_NOT_FOUND, nearest.len ? "cli.no_event_near" : "cli.no_event",
        US_ARGS(US_TEXT("name", name), US_TEXT("nearest", nearest)));
}

static us_code option_span(struct us_cli *cli, const char *name, int64_t preset,
    int64_t *out, struct us_error *e)
{
    int64_t count = 0;
    char unit = 0;
    us_str text = us_cli_option(cli, name);
    *out = preset * US_DAY_US;
    if (!us_cli_has(cli, name)) return US_OK;
    bool good = us_span_read(text, &count, &unit) && count > 0;
    if (good) *out = us_span_us(count, unit);
    if (good && *out <= DAYS_MAX * US_DAY_US) return US_OK;
    return us_fail(e, US_USAGE, "cli.discover_span",
        US_ARGS(US_TEXT("option", us_str_c(name)), US_TEXT("value", text)));
}

static us_code unit_asked(struct us_cli *cli, us_units_of *out, struct us_error *e)
{
    us_str unit = us_cli_option(cli, "unit");
    *out = US_UNITS_ACCOUNTS;
    if (!unit.ptr || us_str_eq(unit, US_S("account"))) return US_OK;
    *out = US_UNITS_USERS;
    if (us_str_eq(unit, US_S("user"))) return US_OK;
    return us_fail(e, US_USAGE, "cli.discover_unit", US_ARGS(US_TEXT("unit", unit)));
}

static us_code events_asked(
    struct us_cli *cli, struct us_studied *s, struct us_error *e)
{
    us_str outcome = us_cli_option(cli, "outcome-event");
    us_str start = us_cli_option(cli, "start");
    US_TRY(us_studied_event(&s->units, outcome, &s->q.outcome, e));
    s->q.start = US_ANY_EVENT;
    bool first = !start.ptr || us_str_eq(start, US_S("first"));
    if (!first) US_TRY(us_studied_event(&s->units, start, &s->q.start, e));
    s->start = first ? US_S("first") : start;
    s->outcome = outcome;
    s->said = outcome;
    if (s->q.nth > 1)
        s->said = us_arena_fmt(cli->arena, "%.*s × %u", US_ARG(outcome), s->q.nth);
    return US_OK;
}

us_code us_studied_read(
    struct us_cli *cli, struct us_asked *a, struct us_studied *s, struct us_error *e)
{
    us_units_of which;
    int64_t nth = 1;
    if (!us_cli_has(cli, "outcome-event"))
        return us_fail(e, US_USAGE, "cli.discover_outcome",
            US_ARGS(US_TEXT("command", us_str_c(cli->command->name))));
    US_TRY(unit_asked(cli, &which, e));
    US_TRY(us_cli_option_whole(cli, "nth", 1, 1, NTH_MAX, &nth, e));
    US_TRY(option_span(cli, "within", 14, &s->q.within, e));
    US_TRY(option_span(cli, "horizon", 30, &s->q.horizon, e));
    us_progress_show(&a->w.progress, "cli.discover_reading", 0, 0);
    US_TRY(us_history_units(a->w.history, which, cli->arena, &s->units, e));
    us_progress_end(&a->w.progress);
    s->accounts = which == US_UNITS_ACCOUNTS;
    s->unit = s->accounts ? US_S("account") : US_S("user");
    s->q.units = &s->units;
    s->q.nth = (uint32_t)nth;
    US_TRY(events_asked(cli, s, e));
    US_TRY(us_cli_option_time(cli, "from", US_ALWAYS, &s->q.from, e));
    return us_cli_option_time(cli, "to", s->units.last_at, &s->q.to, e);
}

/* A question that history cannot answer is refused with the reason. */
static us_code answerable(const struct us_studied *s, struct us_error *e)
{
    const struct us_landmark *f = &s->frame;
    double asked = (double)(s->q.within + s->q.horizon) / (double)US_DAY_US;
    double there = (double)(s->q.to - s->units.first_at) / (double)US_DAY_US;
    if (f->count == 0 && f->short_followup > 0)
        return us_fail(e, US_INPUT, "cli.discover_short",
            US_ARGS(US_REAL("asked", asked), US_REAL("there", floor(there))));
    if (f->count == 0)
        return us_fail(e, US_INPUT, "cli.discover_nobody",
            US_ARGS(US_WHOLE("started", f->started), US_TEXT("start", s->start)));
    if (f->converted == 0)
        return us_fail(e, US_INPUT, "cli.discover_never",
            US_ARGS(US_TEXT("outcome", s->outcome), US_WHOLE("n", (int64_t)f->count),
                US_WHOLE("before", f->converted_before)));
    return US_OK;
}

us_code us_studied_frame(struct us_cli *cli, struct us_studied *s, struct us_error *e)
{
    us_landmark_frame(&s->q, cli->arena, &s->frame);
    return answerable(s, e);
}
