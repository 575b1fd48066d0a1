/* discover.c: which behaviours go before an outcome. */

#include "cli/discover.h"

#include "cli/html.h"

#include <math.h>
#include <stdlib.h>

enum { JSON_MAX = 256 << 20 };

/* ---- what is asked ---- */

/* "Invite Sent:3,users(Invite Sent):2,Invite Sent->Seat Added:1"; a name may itself
 * have colons. */
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
    *out = (struct us_behaviour){US_BEHAVIOUR_COUNT, 0, (uint32_t)k, 0};
    size_t arrow = us_str_find(name, US_S("->"));
    if (arrow < name.len && k == 1) {
        us_str first = us_str_trim(us_str_slice(name, 0, arrow));
        us_str second = us_str_trim(us_str_slice(name, arrow + 2, name.len));
        out->kind = US_BEHAVIOUR_PAIR;
        US_TRY(us_studied_event(u, first, &out->event, e));
        return us_studied_event(u, second, &out->second, e);
    }
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
    us_str write = us_cli_option(cli, "write");
    us_str rest = write.ptr ? write : us_cli_option(cli, "rows");
    if (write.ptr && us_cli_has(cli, "rows"))
        return us_fail(e, US_USAGE, "cli.discover_write_rows", NULL);
    while (rest.len) {
        size_t end = 0;
        while (end < rest.len && rest.ptr[end] != ',')
            end++;
        struct us_behaviour row;
        US_TRY(row_read(u, us_str_slice(rest, 0, end), &row, e));
        *us_push(cli->arena, *out, *count, cap) = row;
        rest = us_str_slice(rest, end + (end < rest.len), rest.len);
    }
    if (write.ptr && *count != 1)
        return us_fail(e, US_USAGE, "cli.discover_row", US_ARGS(US_TEXT("row", write)));
    return US_OK;
}

/* Whose doing asks for a person, by name; NULL when no event is said to. */
static const bool *raising_of(struct us_cli *cli, const struct us_discovering *x)
{
    const struct us_config *c = x->a.w.config;
    const struct us_units *u = &x->s.units;
    size_t count = c->role_count[US_ROLE_HAND_RAISE];
    if (!count) return NULL;
    bool *raising = us_new(cli->arena, bool, u->name_count + 1);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < u->name_count; k++)
            raising[k] |= us_str_eq(u->names[k], c->roles[US_ROLE_HAND_RAISE][i].text);
    return raising;
}

static us_code facts_read(
    struct us_cli *cli, struct us_discovering *x, struct us_error *e)
{
    int64_t *touched;
    US_TRY(us_history_touches(
        x->a.w.history, x->s.which, &x->s.units, cli->arena, &touched, e));
    for (size_t i = 0; i < x->s.units.count; i++)
        x->touches += touched[i] != US_NEVER;
    if (x->touches) x->s.q.touched_at = touched;
    if (!x->named) x->s.q.raising = raising_of(cli, x);
    return us_history_traits_unseen(
        x->a.w.history, x->s.which, cli->arena, &x->unseen, &x->unseen_count, e);
}

/* The frame of each window; without --within those of other lengths too, as far as
 * history answers them. */
static us_code frames_read(
    struct us_cli *cli, struct us_discovering *x, struct us_error *e)
{
    static const int64_t others[] = {3 * US_DAY_US, 7 * US_DAY_US, 30 * US_DAY_US};
    struct us_studied *s = &x->s;
    size_t asked = s->window_count;
    if (!us_cli_has(cli, "within") && !x->named)
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            s->windows[s->window_count++] = others[i];
    for (size_t i = 0; i < s->window_count; i++) {
        s->q.within = s->windows[i];
        us_code code = us_studied_frame(cli, s, i < asked ? e : &(struct us_error){0});
        if (code != US_OK && i < asked) return code;
        if (code != US_OK) continue;
        s->q.split = s->frame.split; /* one for all windows */
        x->q[x->windows] = s->q;
        x->frames[x->windows++] = s->frame;
    }
    s->q.within = s->windows[0];
    return US_OK;
}

static us_code design_asked(
    struct us_cli *cli, struct us_discovering *x, struct us_error *e)
{
    us_str design = us_cli_option(cli, "design");
    x->rolling = design.ptr && us_str_eq(design, US_S("rolling"));
    if (x->rolling || !design.ptr || us_str_eq(design, US_S("landmark"))) return US_OK;
    return us_fail(
        e, US_USAGE, "cli.discover_design", US_ARGS(US_TEXT("design", design)));
}

/* ---- week by week ---- */

static us_code mondays_read(
    struct us_cli *cli, struct us_discovering *x, size_t i, struct us_error *e)
{
    struct us_rolling *f = &x->mondays[i];
    x->q[i] = x->s.q;
    x->q[i].within = x->s.windows[i];
    us_rolling_frame(&x->q[i], cli->arena, f);
    double asked = (double)(x->q[i].within + x->q[i].horizon) / (double)US_DAY_US;
    double there = (double)(x->q[i].to - x->s.units.first_at) / (double)US_DAY_US;
    if (f->count == 0 && f->short_followup > 0)
        return us_fail(e, US_INPUT, "cli.discover_short",
            US_ARGS(US_REAL("asked", asked), US_REAL("there", floor(there))));
    if (f->count == 0) return us_fail(e, US_INPUT, "cli.discover_no_weeks", NULL);
    if (f->converted == 0)
        return us_fail(e, US_INPUT, "cli.discover_never_weeks",
            US_ARGS(
                US_TEXT("outcome", x->s.outcome), US_WHOLE("n", (int64_t)f->count)));
    return US_OK;
}

static us_code study_weeks(struct us_cli *cli, struct us_discovering *x,
    const struct us_behaviour *named, size_t named_count, struct us_error *e)
{
    struct us_rolled_all each[US_STUDY_WINDOWS_MAX];
    x->windows = x->s.window_count;
    for (size_t i = 0; i < x->windows; i++) {
        US_TRY(mondays_read(cli, x, i, e));
        struct us_behaviour *all = NULL;
        size_t count = named_count;
        if (!x->named)
            count = us_behaviours_counted(&x->s.units, x->s.accounts, cli->arena, &all);
        us_roll(&x->q[i], &x->mondays[i], x->named ? named : all, count, cli->arena,
            &each[i]);
        if (!x->named) us_rolled_keep(&each[i], cli->arena);
    }
    us_rolled_join(each, x->windows, cli->arena, &x->rolled);
    return US_OK;
}

/* ---- the first days ---- */

static us_code study(struct us_cli *cli, struct us_discovering *x, struct us_error *e)
{
    struct us_behaviour *named = NULL;
    size_t named_count = 0;
    struct us_discovered_all each[US_STUDY_WINDOWS_MAX];
    US_TRY(us_studied_read(cli, &x->a, &x->s, e));
    US_TRY(rows_read(cli, &x->s.units, &named, &named_count, e));
    x->named = named_count > 0;
    x->named_rows = named;
    bool write = us_cli_has(cli, "write");
    if (write && x->s.window_count > 1)
        return us_fail(e, US_USAGE, "cli.discover_write_window", NULL);
    US_TRY(design_asked(cli, x, e));
    US_TRY(facts_read(cli, x, e));
    for (size_t i = 0; i < named_count && x->rolling; i++)
        if (named[i].kind == US_BEHAVIOUR_PAIR)
            return us_fail(e, US_USAGE, "cli.discover_weeks_pair", NULL);
    if (x->rolling) return study_weeks(cli, x, named, named_count, e);
    US_TRY(frames_read(cli, x, e));
    for (size_t i = 0; i < x->windows; i++) {
        struct us_behaviour *rows = named;
        size_t count = named_count;
        if (!x->named)
            count = us_behaviours_all(
                &x->q[i], &x->frames[i], x->s.accounts, cli->arena, &rows);
        us_discover(&x->q[i], &x->frames[i], rows, count, cli->arena, &each[i]);
        if (!x->named) us_discovered_keep(&each[i], cli->arena);
    }
    us_discovered_join(each, x->windows, cli->arena, &x->found);
    if (!x->named)
        x->card_count = us_cards(&x->found, x->frames, cli->arena, &x->cards);
    return US_OK;
}

static us_code as_json(struct us_cli *cli, struct us_discovering *x, struct us_error *e)
{
    struct us_buf json = us_buf_new(cli->arena, JSON_MAX);
    struct us_discover_told told = {.unit = x->s.unit,
        .start = x->s.start,
        .outcome = x->s.outcome,
        .asked = x->q,
        .frames = x->frames,
        .windows = x->windows,
        .unseen = x->unseen,
        .unseen_count = x->unseen_count,
        .cards = x->cards,
        .card_count = x->card_count,
        .has_cards = !x->named,
        .wrote = x->wrote,
        .wrote_into = x->wrote_into,
        .wrote_file = x->wrote_file};
    if (x->rolling)
        us_rolling_json(&told, x->mondays, &x->rolled, &json);
    else
        us_discover_json(&told, &x->found, &json);
    if (json.full)
        return us_fail(e, US_LIMIT, "cli.discover_many",
            US_ARGS(US_WHOLE("tested", (int64_t)x->found.count)));
    us_buf_put(cli->out, us_buf_str(&json));
    return us_cli_drain(cli, e);
}

struct saying {
    struct us_cli *cli;
    struct us_discovering *x;
};

static us_code say(void *ctx, struct us_error *e)
{
    const struct saying *s = ctx;
    return s->x->rolling ? us_discover_weeks_say(s->cli, s->x, e)
                         : us_discover_say(s->cli, s->x, e);
}

static us_code answer(struct us_cli *cli, struct us_discovering *x, struct us_error *e)
{
    US_TRY(study(cli, x, e));
    if (us_cli_has(cli, "write")) US_TRY(us_discover_write(cli, x, e));
    if (cli->format == US_FORMAT_JSON) return as_json(cli, x, e);
    bool csv = cli->format == US_FORMAT_CSV;
    if (x->rolling && csv) return us_discover_weeks_csv(cli, x, e);
    if (csv) return us_discover_csv(cli, x, e);
    struct saying saying = {cli, x};
    if (us_cli_has(cli, "html"))
        US_TRY(us_html_page(cli, "cli.discover_title",
            US_ARGS(US_TEXT("outcome", x->s.said)), say, &saying, e));
    else
        US_TRY(say(&saying, e));
    if (x->wrote.len)
        us_cli_say(cli, "cli.discover_wrote",
            US_ARGS(US_TEXT("gate", x->wrote), US_TEXT("definition", x->wrote_into),
                US_TEXT("file", x->wrote_file)));
    return US_OK;
}

static us_code run(struct us_cli *cli, struct us_error *e)
{
    struct us_discovering *x = us_new(cli->arena, struct us_discovering, 1);
    US_TRY(us_asked_open(cli, NULL, &x->a, e));
    us_code code = answer(cli, x, e);
    us_asked_close(&x->a);
    return code;
}

static const struct us_option options[] = {
    US_STUDY_OPTIONS{"rows", 0, "EVENT:K,…", "cli.discover_option_rows"},
    {"write", 0, "EVENT:K", "cli.discover_option_write"},
    {"into", 0, "DEFINITION", "cli.discover_option_into"},
    US_OPTION_HTML,
    {"design", 0, "landmark|rolling", "cli.discover_option_design"},
    {0},
};

static const struct us_example examples[] = {
    {"usher discover --outcome-event 'Plan Upgraded'", "cli.discover_example"},
    {"usher discover --outcome-event 'Plan Upgraded' --within 3d,7d --horizon 60d "
     "--rows 'Invite Sent:3,users(Report Viewed):2'",
        "cli.discover_example_rows"},
    {"usher discover --outcome paid --design rolling", "cli.discover_example_weeks"},
    {"usher discover --outcome-event 'Plan Upgraded' --within 14d --write 'Invite "
     "Sent:3'",
        "cli.discover_example_write"},
    {0},
};

const struct us_command us_command_discover = {
    .name = "discover",
    .group = US_GROUP_LOOK,
    .summary = "cli.discover_summary",
    .about = "cli.discover_about",
    .usage = "--outcome-event EVENT|--outcome NAME [--within 14d] [--horizon 30d]",
    .args_max = 0,
    .options = options,
    .examples = examples,
    .run = run,
    .asks = US_ASKS,
};
