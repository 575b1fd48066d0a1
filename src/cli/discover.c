/* discover.c: which behaviours go before an outcome. */

#include "study/discover.h"

#include "cli/study.h"

#include <math.h>
#include <stdlib.h>

enum { SHOWN = 20, JSON_MAX = 64 << 20 };

struct asking {
    struct us_asked a;
    struct us_studied s;
    struct us_discovered_all found;
};

/* ---- what is asked ---- */

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
    return us_studied_event(u, name, &out->event, e);
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

static us_code study(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    struct us_behaviour *rows = NULL;
    size_t count = 0;
    US_TRY(us_studied_read(cli, &x->a, &x->s, e));
    US_TRY(rows_read(cli, &x->s.units, &rows, &count, e));
    bool named = count > 0;
    US_TRY(us_studied_frame(cli, &x->s, e));
    if (!named)
        count = us_behaviours_all(&x->s.units, x->s.accounts, cli->arena, &rows);
    us_discover(&x->s.q, &x->s.frame, rows, count, cli->arena, &x->found);
    if (!named) us_discovered_keep(&x->found, cli->arena);
    return US_OK;
}

/* ---- for people ---- */

static const struct us_table_column columns[] = {
    {"behaviour", "cli.column_behaviour", US_LEFT}, {"n", "cli.column_units", US_RIGHT},
    {"rate", "cli.column_go_on", US_RIGHT}, {"low", "cli.column_rate_low", US_RIGHT},
    {"high", "cli.column_rate_high", US_RIGHT},
    {"later", "cli.column_later_half", US_RIGHT},
    {"without", "cli.column_without", US_RIGHT}, {"odds", "cli.column_odds", US_RIGHT},
    {"adjusted", "cli.column_adjusted", US_RIGHT}, {"q", "cli.column_q", US_RIGHT},
    {"lead", "cli.column_lead", US_RIGHT}, {"recall", "cli.column_recall", US_RIGHT},
    {"leak", NULL, US_LEFT}, /* people see them in a table of their own */
};
enum { COLUMNS = sizeof columns / sizeof *columns, READABLE = COLUMNS - 1 };

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
    us_str name = x->s.units.names[r->is.event];
    us_str what = us_arena_fmt(cli->arena,
        r->is.kind == US_BEHAVIOUR_USERS ? "users(%.*s) × %u" : "%.*s × %u",
        US_ARG(name), r->is.k);
    bool whole = cli->format != US_FORMAT_PEOPLE; /* numbers as they are */
    us_arg q = US_TEXT("q", us_arena_fmt(cli->arena, "%.*g", whole ? 17 : 2, r->q));
    if (isnan(r->q)) q.kind = US_ARG_NONE;
    double odds = r->odds_exact.value;
    double adjusted = r->adjusted.odds.value;
    const us_arg cells[] = {US_TEXT("behaviour", what),
        US_WHOLE("n", r->table.a + r->table.b), share_cell("rate", r->rate_exposed),
        share_cell("low", r->rate_in.low), share_cell("high", r->rate_in.high),
        share_cell("later", r->rate_late), share_cell("without", r->rate_unexposed),
        real_cell("odds", whole ? odds : rounded(odds)),
        real_cell("adjusted", whole ? adjusted : rounded(adjusted)), q,
        real_cell("lead", whole ? r->lead_median : round(r->lead_median)),
        share_cell("recall", r->recall), US_TEXT("leak", us_leak_word(r->leak)),
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

static us_code as_csv(struct us_cli *cli, const struct asking *x, struct us_error *e)
{
    struct us_table table;
    us_table_begin(&table, cli, columns, COLUMNS);
    for (size_t i = 0; i < x->found.count; i++)
        US_TRY(row_say(cli, x, &x->found.rows[i], &table, e));
    return us_table_end(&table, e);
}

/* The first rows, of those that leak or of the others. */
static us_code table_of(
    struct us_cli *cli, const struct asking *x, bool leaks, struct us_error *e)
{
    struct us_table table;
    size_t left = SHOWN;
    us_table_begin(&table, cli, columns, READABLE);
    for (size_t i = 0; i < x->found.count && left; i++) {
        const struct us_discovered *r = &x->found.rows[i];
        if ((r->leak != US_LEAK_NONE) != leaks) continue;
        left--;
        US_TRY(row_say(cli, x, r, &table, e));
    }
    return us_table_end(&table, e);
}

static us_code say_people(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    const struct us_landmark *f = &x->s.frame;
    size_t leaks = 0;
    for (size_t i = 0; i < x->found.count; i++)
        leaks += x->found.rows[i].leak != US_LEAK_NONE;
    if (x->found.count)
        qsort(x->found.rows, x->found.count, sizeof *x->found.rows, by_promise);
    us_cli_say(cli, x->s.accounts ? "cli.discover_accounts" : "cli.discover_users",
        US_ARGS(US_WHOLE("n", (int64_t)f->count), US_WHOLE("converted", f->converted),
            US_SHARE("rate", x->found.base_rate), US_TEXT("outcome", x->s.said),
            US_REAL("within", (double)x->s.q.within / (double)US_DAY_US),
            US_REAL("horizon", (double)x->s.q.horizon / (double)US_DAY_US)));
    us_cli_say(cli, "cli.discover_left_out",
        US_ARGS(US_WHOLE("before", f->converted_before),
            US_WHOLE("short", f->short_followup), US_WHOLE("early", f->before_from),
            US_WHOLE("seen", f->seen), US_WHOLE("started", f->started)));
    if (x->found.count == leaks) us_cli_say(cli, "cli.discover_nothing", NULL);
    us_buf_char(cli->out, '\n');
    if (x->found.count > leaks) US_TRY(table_of(cli, x, false, e));
    if (leaks) {
        us_buf_char(cli->out, '\n');
        us_screen_heading(cli, "cli.discover_leaks",
            US_ARGS(US_TEXT("outcome", x->s.outcome),
                US_WHOLE("minutes", US_LEAK_MINUTES)));
        US_TRY(table_of(cli, x, true, e));
    }
    us_buf_char(cli->out, '\n');
    us_cli_say(cli, "cli.discover_reading_it",
        US_ARGS(US_WHOLE("tested", (int64_t)x->found.count)));
    return US_OK;
}

static us_code answer(struct us_cli *cli, struct asking *x, struct us_error *e)
{
    US_TRY(study(cli, x, e));
    if (cli->format == US_FORMAT_JSON) {
        struct us_buf json = us_buf_new(cli->arena, JSON_MAX);
        struct us_discover_words words = {x->s.unit, x->s.start, x->s.outcome};
        us_discover_json(&x->s.q, &x->s.frame, &x->found, &words, &json);
        if (json.full)
            return us_fail(e, US_LIMIT, "cli.discover_many",
                US_ARGS(US_WHOLE("tested", (int64_t)x->found.count)));
        us_buf_put(cli->out, us_buf_str(&json));
        return us_cli_drain(cli, e);
    }
    if (cli->format == US_FORMAT_CSV) return as_csv(cli, x, e);
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
    US_STUDY_OPTIONS{"rows", 0, "EVENT:K,…", "cli.discover_option_rows"},
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
