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

static us_code span_read(
    const char *option, us_str text, int64_t *out, struct us_error *e)
{
    int64_t count = 0;
    char unit = 0;
    bool good = us_span_read(text, &count, &unit) && count > 0;
    if (good) *out = us_span_us(count, unit);
    if (good && *out <= DAYS_MAX * US_DAY_US) return US_OK;
    return us_fail(e, US_USAGE, "cli.discover_span",
        US_ARGS(US_TEXT("option", us_str_c(option)), US_TEXT("value", text)));
}

static us_code windows_read(
    struct us_cli *cli, struct us_studied *s, struct us_error *e)
{
    us_str rest = us_cli_option(cli, "within");
    if (!rest.ptr) rest = US_S("14d");
    do {
        us_str one = us_str_trim(us_str_cut(rest, ',', &rest));
        if (s->window_count == US_STUDY_WINDOWS_MAX)
            return us_fail(e, US_USAGE, "cli.discover_windows",
                US_ARGS(US_WHOLE("most", US_STUDY_WINDOWS_MAX)));
        US_TRY(span_read("within", one, &s->windows[s->window_count++], e));
    } while (rest.len);
    s->q.within = s->windows[0];
    us_str horizon = us_cli_option(cli, "horizon");
    if (!horizon.ptr) horizon = US_S("30d");
    return span_read("horizon", horizon, &s->q.horizon, e);
}

static us_code unit_asked(struct us_cli *cli, struct us_studied *s, struct us_error *e)
{
    static const us_str words[] = {[US_UNITS_ACCOUNTS] = US_S_INIT("account"),
        [US_UNITS_USERS] = US_S_INIT("user"),
        [US_UNITS_COMPANIES] = US_S_INIT("company")};
    us_str unit = us_cli_option(cli, "unit");
    if (!unit.ptr) unit = words[US_UNITS_ACCOUNTS];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (us_str_eq(unit, words[i])) {
            s->which = (us_units_of)i;
            s->unit = words[i];
            s->accounts = s->which != US_UNITS_USERS;
            return US_OK;
        }
    return us_fail(e, US_USAGE, "cli.discover_unit", US_ARGS(US_TEXT("unit", unit)));
}

static us_code start_asked(struct us_cli *cli, struct us_studied *s, struct us_error *e)
{
    us_str start = us_cli_option(cli, "start");
    bool first = !start.ptr || us_str_eq(start, US_S("first"));
    s->q.start = US_ANY_EVENT;
    s->start = first ? US_S("first") : start;
    return first ? US_OK : us_studied_event(&s->units, start, &s->q.start, e);
}

static us_code outcome_event(
    struct us_cli *cli, struct us_studied *s, struct us_error *e)
{
    us_str outcome = us_cli_option(cli, "outcome-event");
    int64_t nth = 1;
    US_TRY(us_cli_option_whole(cli, "nth", 1, 1, NTH_MAX, &nth, e));
    US_TRY(us_studied_event(&s->units, outcome, &s->q.outcome, e));
    s->q.nth = (uint32_t)nth;
    s->outcome = outcome;
    s->said = outcome;
    if (nth > 1)
        s->said = us_arena_fmt(cli->arena, "%.*s × %u", US_ARG(outcome), s->q.nth);
    return US_OK;
}

/* ---- an outcome of usher.yml ---- */

static us_code outcome_find(struct us_cli *cli, const struct us_rules *r, us_str name,
    uint32_t *out, struct us_error *e)
{
    us_str *names = us_new(cli->arena, us_str, r->outcome_count + 1);
    for (uint32_t i = 0; i < r->outcome_count; i++) {
        names[i] = r->outcomes[i].name;
        if (!us_str_eq(names[i], name)) continue;
        *out = i;
        return US_OK;
    }
    us_str nearest = us_nearest(name, names, r->outcome_count);
    const char *key = nearest.len ? "cli.no_outcome_near" : "cli.no_outcome";
    return us_fail(e, US_NOT_FOUND, r->outcome_count ? key : "cli.no_outcomes",
        US_ARGS(US_TEXT("name", name), US_TEXT("nearest", nearest)));
}

/* Whether an event of history goes by that name, or by another spelling of it. */
static bool named_so(const struct us_config *c, us_str event, us_str name)
{
    if (us_str_eq(event, name)) return true;
    for (size_t i = 0; i < c->alias_count; i++) {
        if (!us_str_eq(c->aliases[i].name.text, name)) continue;
        for (size_t k = 0; k < c->aliases[i].count; k++)
            if (us_str_eq(c->aliases[i].others[k].text, event)) return true;
    }
    return false;
}

static us_code outcome_counted(struct us_cli *cli, const struct us_config *c,
    const struct us_outcome_text *text, struct us_studied *s, struct us_error *e)
{
    const struct us_units *u = &s->units;
    bool *counts = us_new(cli->arena, bool, u->name_count + 1);
    int64_t *at = us_new(cli->arena, int64_t, u->count + 1);
    uint32_t named = US_NO_EVENT;
    for (uint32_t i = 0; i < u->name_count; i++) {
        counts[i] = named_so(c, u->names[i], text->event.text);
        if (counts[i]) named = i;
    }
    if (named == US_NO_EVENT) return us_studied_event(u, text->event.text, &named, e);
    for (size_t i = 0; i < u->count; i++) {
        int64_t met = 0;
        at[i] = US_NEVER;
        for (uint32_t row = u->from[i]; row < u->from[i + 1]; row++)
            if (counts[u->name[row]] && ++met == text->nth) {
                at[i] = u->at[row];
                break;
            }
    }
    s->q.outcome = named;
    s->q.outcome_at = at;
    return US_OK;
}

struct watching {
    struct us_cli *cli;
    const struct us_rules *rules;
    const struct us_outcome *outcome;
    const struct us_units *units;
    int64_t *at;
};

static us_code facts_take(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct watching *w = ctx;
    uint32_t unit = w->units->unit_of[log->account];
    if (unit == US_NOBODY) return US_OK;
    int64_t when = us_outcome_when(w->rules, w->outcome, log, w->cli->arena);
    if (when < w->at[unit]) w->at[unit] = when;
    return US_OK;
}

static us_code outcome_of_facts(struct us_cli *cli, struct us_asked *a,
    const struct us_outcome *outcome, struct us_studied *s, struct us_error *e)
{
    static const struct us_need need = {.payments = true, .deals = true};
    if (!s->accounts)
        return us_fail(e, US_USAGE, "cli.discover_outcome_user",
            US_ARGS(US_TEXT("outcome", outcome->name)));
    int64_t *at = us_new(cli->arena, int64_t, s->units.count + 1);
    for (size_t i = 0; i < s->units.count; i++)
        at[i] = US_NEVER;
    struct watching w = {cli, a->w.rules, outcome, &s->units, at};
    s->q.outcome = US_NO_EVENT;
    s->q.outcome_at = at;
    return us_history_logs(
        a->w.history, &need, (us_str){"", 0}, US_NEVER, facts_take, &w, e);
}

static us_code outcome_named(
    struct us_cli *cli, struct us_asked *a, struct us_studied *s, struct us_error *e)
{
    uint32_t which = 0;
    us_str name = us_cli_option(cli, "outcome");
    US_TRY(outcome_find(cli, a->w.rules, name, &which, e));
    const struct us_outcome_text *text = &a->w.config->outcomes[which];
    s->outcome = s->said = name;
    s->q.nth = 1;
    if (text->event.text.len == 0)
        return outcome_of_facts(cli, a, &a->w.rules->outcomes[which], s, e);
    s->q.nth = (uint32_t)text->nth;
    return outcome_counted(cli, a->w.config, text, s, e);
}

/* ---- all of it ---- */

/* Nobody has it: which they have that is written nearly so. */
static us_code trait_nearest(
    struct us_cli *cli, struct us_asked *a, us_str name, struct us_error *e)
{
    struct us_history_trait *traits;
    size_t count;
    US_TRY(us_history_traits(a->w.history, cli->arena, &traits, &count, e));
    us_str *names = us_new(cli->arena, us_str, count + 1);
    for (size_t i = 0; i < count; i++)
        names[i] = traits[i].key;
    us_str nearest = us_nearest(name, names, count);
    if (!nearest.len || us_str_eq(nearest, name)) return US_NOT_FOUND;
    *e = (struct us_error){0};
    return us_fail(e, US_NOT_FOUND, "cli.no_unit_trait_near",
        US_ARGS(US_TEXT("trait", name), US_TEXT("nearest", nearest)));
}

static us_code excluded_read(
    struct us_cli *cli, struct us_asked *a, struct us_studied *s, struct us_error *e)
{
    const struct us_unit_trait asked = {s->which, us_cli_option(cli, "exclude-trait")};
    bool *excluded;
    if (!asked.key.ptr) return US_OK;
    us_code code = us_history_unit_trait(
        a->w.history, &asked, &s->units, cli->arena, &excluded, e);
    if (code == US_NOT_FOUND) return trait_nearest(cli, a, asked.key, e);
    if (code != US_OK) return code;
    s->q.excluded = excluded;
    return US_OK;
}

us_code us_studied_read(
    struct us_cli *cli, struct us_asked *a, struct us_studied *s, struct us_error *e)
{
    bool named = us_cli_has(cli, "outcome");
    if (named == us_cli_has(cli, "outcome-event"))
        return us_fail(e, US_USAGE,
            named ? "cli.discover_outcome_twice" : "cli.discover_outcome",
            US_ARGS(US_TEXT("command", us_str_c(cli->command->name))));
    US_TRY(unit_asked(cli, s, e));
    US_TRY(windows_read(cli, s, e));
    us_progress_show(&a->w.progress, "cli.discover_reading", 0, 0);
    US_TRY(us_history_units(a->w.history, s->which, cli->arena, &s->units, e));
    s->q.units = &s->units;
    US_TRY(named ? outcome_named(cli, a, s, e) : outcome_event(cli, s, e));
    US_TRY(start_asked(cli, s, e));
    US_TRY(excluded_read(cli, a, s, e));
    us_progress_end(&a->w.progress);
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
