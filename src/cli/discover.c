/* discover.c: which behaviours go before an outcome. */

#include "study/discover.h"

#include "cli/asked.h"

#include <math.h>
#include <stdlib.h>

enum { SHOWN = 20, DAYS_MAX = 3660, NTH_MAX = 1000000, JSON_MAX = 64 << 20 };

struct asking {
    struct us_asked a;
    struct us_units units;
    struct us_landmark_asked q;
    struct us_landmark frame;
    struct us_discovered_all found;
    struct us_discover_words words;
    us_str said; /* the outcome, as people read it */
    bool people; /* behaviours by people too */
};

/* ---- what is asked ---- */

static us_code event_named(
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

static us_code events_asked(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    us_str outcome = us_cli_option(cli, "outcome-event");
    us_str start = us_cli_option(cli, "start");
    if (!outcome.ptr) return us_fail(e, US_USAGE, "cli.discover_outcome", NULL);
    US_TRY(event_named(&x->units, outcome, &x->q.outcome, e));
    x->q.start = US_ANY_EVENT;
    bool first = !start.ptr || us_str_eq(start, US_S("first"));
    if (!first) US_TRY(event_named(&x->units, start, &x->q.start, e));
    x->words.start = first ? US_S("first") : start;
    x->words.outcome = outcome;
    x->said = outcome;
    if (x->q.nth > 1)
        x->said = us_arena_fmt(cli->arena, "%.*s × %u", US_ARG(outcome), x->q.nth);
    return US_OK;
}

static us_code read_asked(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    us_units_of which;
    int64_t nth = 1;
    US_TRY(unit_asked(cli, &which, e));
    US_TRY(us_cli_option_whole(cli, "nth", 1, 1, NTH_MAX, &nth, e));
    US_TRY(option_span(cli, "within", 14, &x->q.within, e));
    US_TRY(option_span(cli, "horizon", 30, &x->q.horizon, e));
    us_progress_show(&x->a.w.progress, "cli.discover_reading", 0, 0);
    US_TRY(us_history_units(x->a.w.history, which, cli->arena, &x->units, e));
    us_progress_end(&x->a.w.progress);
    x->people = which == US_UNITS_ACCOUNTS;
    x->words.unit = x->people ? US_S("account") : US_S("user");
    x->q.units = &x->units;
    x->q.nth = (uint32_t)nth;
    US_TRY(events_asked(cli, x, e));
    US_TRY(us_cli_option_time(cli, "from", US_ALWAYS, &x->q.from, e));
    return us_cli_option_time(cli, "to", x->units.last_at, &x->q.to, e);
}

/* "Invite Sent:3,Seat Added:1,users(Invite Sent):2"; a name may itself have colons. */
static us_code row_read(
    const struct us_units *u, us_str text, struct us_behaviour *out, struct us_error *e)
{
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    int64_t k = 0;
    bool good = colon > 1 && us_str_int(us_str_slice(text, colon, text.len), &k);
    if (!good || k < 1 || k > UINT32_MAX)
        return us_fail(e, US_USAGE, "cli.discover_row", US_ARGS(US_TEXT("row", text)));
    us_str name = us_str_slice(text, 0, colon - 1);
    us_str by = US_S("users(");
    *out = (struct us_behaviour){US_BEHAVIOUR_COUNT, 0, (uint32_t)k};
    if (us_str_has_prefix(name, by) && name.ptr[name.len - 1] == ')') {
        out->kind = US_BEHAVIOUR_USERS;
        name = us_str_slice(name, by.len, name.len - 1);
    }
    return event_named(u, name, &out->event, e);
}

static us_code rows_read(struct us_cli *cli, const struct us_units *u,
    struct us_behaviour **out, size_t *count, struct us_error *e)
{
    size_t cap = 0;
    us_str rest = us_cli_option(cli, "rows");
    while (rest.len) {
        size_t end = 0;
        while (end < rest.len && rest.ptr[end] != ',')
            end++;
        struct us_behaviour row;
        US_TRY(row_read(u, us_str_slice(rest, 0, end), &row, e));
        *us_push(cli->arena, *out, *count, cap) = row;
        rest = us_str_slice(rest, end + (end < rest.len), rest.len);
    }
    return US_OK;
}

/* A question that history cannot answer is refused with the reason. */
static us_code answerable(const struct asking *x, struct us_error *e)
{
    const struct us_landmark *f = &x->frame;
    double asked = (double)(x->q.within + x->q.horizon) / (double)US_DAY_US;
    double there = (double)(x->q.to - x->units.first_at) / (double)US_DAY_US;
    if (f->count == 0 && f->short_followup > 0)
        return us_fail(e, US_INPUT, "cli.discover_short",
            US_ARGS(US_REAL("asked", asked), US_REAL("there", floor(there))));
    if (f->count == 0)
        return us_fail(e, US_INPUT, "cli.discover_nobody",
            US_ARGS(US_WHOLE("started", f->started), US_TEXT("start", x->words.start)));
    if (f->converted == 0)
        return us_fail(e, US_INPUT, "cli.discover_never",
            US_ARGS(US_TEXT("outcome", x->words.outcome),
                US_WHOLE("n", (int64_t)f->count),
                US_WHOLE("before", f->converted_before)));
    return US_OK;
}

static us_code study(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    struct us_behaviour *rows = NULL;
    size_t count = 0;
    US_TRY(rows_read(cli, &x->units, &rows, &count, e));
    bool named = count > 0;
    us_landmark_frame(&x->q, cli->arena, &x->frame);
    US_TRY(answerable(x, e));
    if (!named) count = us_behaviours_all(&x->units, x->people, cli->arena, &rows);
    us_discover(&x->q, &x->frame, rows, count, cli->arena, &x->found);
    if (!named) us_discovered_keep(&x->found, cli->arena);
    return US_OK;
}

/* ---- for people ---- */

static const struct us_table_column columns[] = {
    {"behaviour", "cli.column_behaviour", US_LEFT},
    {"n", "cli.column_units", US_RIGHT},
    {"rate", "cli.column_go_on", US_RIGHT},
    {"low", "cli.column_rate_low", US_RIGHT},
    {"high", "cli.column_rate_high", US_RIGHT},
    {"later", "cli.column_later_half", US_RIGHT},
    {"without", "cli.column_without", US_RIGHT},
    {"odds", "cli.column_odds", US_RIGHT},
    {"adjusted", "cli.column_adjusted", US_RIGHT},
    {"q", "cli.column_q", US_RIGHT},
    {"lead", "cli.column_lead", US_RIGHT},
    {"recall", "cli.column_recall", US_RIGHT},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static us_arg real_cell(const char *name, double value)
{
    us_arg arg = US_REAL(name, value);
    if (!isfinite(value)) arg.kind = US_ARG_NONE;
    return arg;
}

static us_arg share_cell(const char *name, double value)
{
    us_arg arg = US_SHARE(name, value);
    if (!isfinite(value)) arg.kind = US_ARG_NONE;
    return arg;
}

/* two digits that count: 0.034, 1.2, 17 */
static double rounded(double value)
{
    if (!isfinite(value) || value == 0) return value;
    double scale = pow(10, floor(log10(fabs(value))) - 1);
    return scale >= 1 ? round(value) : round(value / scale) * scale;
}

static us_code row_say(struct us_cli *cli, const struct asking *x,
    const struct us_discovered *r, struct us_table *table, struct us_error *e)
{
    us_str name = x->units.names[r->is.event];
    us_str what = us_arena_fmt(cli->arena,
        r->is.kind == US_BEHAVIOUR_USERS ? "users(%.*s) × %u" : "%.*s × %u",
        US_ARG(name), r->is.k);
    us_arg q = US_TEXT("q", us_arena_fmt(cli->arena, "%.2g", r->q));
    if (isnan(r->q)) q.kind = US_ARG_NONE;
    const us_arg cells[] = {US_TEXT("behaviour", what),
        US_WHOLE("n", r->table.a + r->table.b), share_cell("rate", r->rate_exposed),
        share_cell("low", r->rate_in.low), share_cell("high", r->rate_in.high),
        share_cell("later", r->rate_late), share_cell("without", r->rate_unexposed),
        real_cell("odds", rounded(r->odds_exact.value)),
        real_cell("adjusted", rounded(r->adjusted.odds.value)), q,
        real_cell("lead", round(r->lead_median)), share_cell("recall", r->recall),
        {.name = NULL}};
    return us_table_row(table, cells, e);
}

static int by_promise(const void *a, const void *b)
{
    const struct us_discovered *x = a;
    const struct us_discovered *y = b;
    if ((x->leak != US_LEAK_NONE) != (y->leak != US_LEAK_NONE))
        return x->leak != US_LEAK_NONE ? 1 : -1;
    return (x->rate_in.low < y->rate_in.low) - (x->rate_in.low > y->rate_in.low);
}

static us_code table_of(struct us_cli *cli, const struct asking *x, bool leaks,
    size_t most, struct us_error *e)
{
    struct us_table table;
    us_table_begin(&table, cli, columns, COLUMNS);
    for (size_t i = 0; i < x->found.count && most; i++) {
        const struct us_discovered *r = &x->found.rows[i];
        if ((r->leak != US_LEAK_NONE) != leaks) continue;
        most--;
        US_TRY(row_say(cli, x, r, &table, e));
    }
    return us_table_end(&table, e);
}

static us_code say_people(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    const struct us_landmark *f = &x->frame;
    size_t leaks = 0;
    for (size_t i = 0; i < x->found.count; i++)
        leaks += x->found.rows[i].leak != US_LEAK_NONE;
    if (x->found.count)
        qsort(x->found.rows, x->found.count, sizeof *x->found.rows, by_promise);
    us_cli_say(cli, x->people ? "cli.discover_accounts" : "cli.discover_users",
        US_ARGS(US_WHOLE("n", (int64_t)f->count), US_WHOLE("converted", f->converted),
            US_SHARE("rate", x->found.base_rate), US_TEXT("outcome", x->said),
            US_REAL("within", (double)x->q.within / (double)US_DAY_US),
            US_REAL("horizon", (double)x->q.horizon / (double)US_DAY_US)));
    us_cli_say(cli, "cli.discover_left_out",
        US_ARGS(US_WHOLE("before", f->converted_before),
            US_WHOLE("short", f->short_followup), US_WHOLE("early", f->before_from),
            US_WHOLE("seen", f->seen), US_WHOLE("started", f->started)));
    if (x->found.count == leaks) us_cli_say(cli, "cli.discover_nothing", NULL);
    us_buf_char(cli->out, '\n');
    if (x->found.count > leaks) US_TRY(table_of(cli, x, false, SHOWN, e));
    if (leaks) {
        us_screen_heading(cli, "cli.discover_leaks",
            US_ARGS(US_TEXT("outcome", x->words.outcome),
                US_WHOLE("minutes", US_LEAK_MINUTES)));
        US_TRY(table_of(cli, x, true, SHOWN, e));
    }
    us_buf_char(cli->out, '\n');
    us_cli_say(cli, "cli.discover_reading_it",
        US_ARGS(US_WHOLE("tested", (int64_t)x->found.count)));
    return US_OK;
}

static us_code answer(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    US_TRY(read_asked(cli, x, e));
    US_TRY(study(cli, x, e));
    if (cli->format == US_FORMAT_JSON) {
        struct us_buf json = us_buf_new(cli->arena, JSON_MAX);
        us_discover_json(&x->q, &x->frame, &x->found, &x->words, &json);
        us_buf_put(cli->out, us_buf_str(&json));
        return us_cli_drain(cli, e);
    }
    if (cli->format == US_FORMAT_CSV) return table_of(cli, x, false, SIZE_MAX, e);
    return say_people(cli, x, e);
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct asking x = {0};
    US_TRY(us_asked_open(cli, NULL, &x.a, e));
    us_code code = answer(cli, &x, e);
    us_asked_close(&x.a);
    return code;
}

static const struct us_option options[] = {
    {"outcome-event", 0, "EVENT", "cli.discover_option_outcome"},
    {"nth", 0, "N", "cli.discover_option_nth"},
    {"start", 0, "EVENT|first", "cli.discover_option_start"},
    {"unit", 0, "account|user", "cli.discover_option_unit"},
    {"within", 0, "14d", "cli.discover_option_within"},
    {"horizon", 0, "30d", "cli.discover_option_horizon"},
    {"from", 0, "TIME", "cli.discover_option_from"},
    {"to", 0, "TIME", "cli.discover_option_to"},
    {"rows", 0, "EVENT:K,…", "cli.discover_option_rows"},
    {0},
};

static const struct us_example examples[] = {
    {"usher discover --outcome-event 'Plan Upgraded'", "cli.discover_example"},
    {"usher discover --outcome-event 'Plan Upgraded' --within 7d --horizon 60d "
     "--rows 'Invite Sent:3,users(Report Viewed):2'",
        "cli.discover_example_rows"},
    {0},
};

const struct us_command us_command_discover = {
    .name = "discover",
    .group = US_GROUP_LOOK,
    .summary = "cli.discover_summary",
    .about = "cli.discover_about",
    .usage = "--outcome-event EVENT [--within 14d] [--horizon 30d]",
    .args_max = 0,
    .options = options,
    .examples = examples,
    .run = run,
};
