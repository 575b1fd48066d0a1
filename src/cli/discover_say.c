/* discover_say.c: what was discovered, for people: cards first, then the rows. */

#include "cli/discover.h"
#include "cli/html.h"

#include <math.h>
#include <stdlib.h>

enum { SHOWN = 20, CARDS_MOST = 8, NAMES_MOST = 12, FEW_HITS = 10 };

/* ---- the rows ---- */

static const struct us_table_column columns[] = {
    {"behaviour", "cli.column_behaviour", US_LEFT},
    {"within_days", "cli.column_first_days", US_RIGHT},
    {"n", "cli.column_units", US_RIGHT}, {"rate", "cli.column_go_on", US_RIGHT},
    {"low", "cli.column_rate_low", US_RIGHT},
    {"high", "cli.column_rate_high", US_RIGHT},
    {"later", "cli.column_later_half", US_RIGHT},
    {"without", "cli.column_without", US_RIGHT}, {"odds", "cli.column_odds", US_RIGHT},
    {"adjusted", "cli.column_adjusted", US_RIGHT}, {"q", "cli.column_q", US_RIGHT},
    {"lead", "cli.column_lead", US_RIGHT}, {"recall", "cli.column_recall", US_RIGHT},
    {"leak", NULL, US_LEFT}, /* people see them in a table of their own */
};
enum { COLUMNS = sizeof columns / sizeof *columns, READABLE = COLUMNS - 1 };

us_str us_behaviour_text(
    struct us_cli *cli, const struct us_units *u, const struct us_behaviour *is)
{
    us_str name = u->names[is->event];
    us_str second = u->names[is->second];
    switch (is->kind) {
    case US_BEHAVIOUR_USERS:
        return us_arena_fmt(cli->arena, "users(%.*s) × %u", US_ARG(name), is->k);
    case US_BEHAVIOUR_PAIR:
        return us_arena_fmt(cli->arena, "%.*s → %.*s", US_ARG(name), US_ARG(second));
    case US_BEHAVIOUR_COUNT:
    case US_BEHAVIOUR_KINDS:
    default: return us_arena_fmt(cli->arena, "%.*s × %u", US_ARG(name), is->k);
    }
}

static us_code row_say(struct us_cli *cli, const struct us_discovering *x,
    const struct us_discovered *r, struct us_table *table, struct us_error *e)
{
    us_str what = us_behaviour_text(cli, &x->s.units, &r->is);
    double days = (double)x->q[r->window].within / (double)US_DAY_US;
    bool whole = cli->format != US_FORMAT_PEOPLE; /* numbers as they are */
    us_arg q = US_TEXT("q", us_arena_fmt(cli->arena, "%.*g", whole ? 17 : 2, r->q));
    if (isnan(r->q)) q.kind = US_ARG_NONE;
    double odds = r->odds_exact.value;
    double adjusted = r->adjusted.odds.value;
    const us_arg cells[] = {US_TEXT("behaviour", what), US_REAL("within_days", days),
        US_WHOLE("n", r->table.a + r->table.b), us_cell_share("rate", r->rate_exposed),
        us_cell_share("low", r->rate_in.low), us_cell_share("high", r->rate_in.high),
        us_cell_share("later", r->rate_late),
        us_cell_share("without", r->rate_unexposed),
        us_cell_real("odds", whole ? odds : us_two_digits(odds)),
        us_cell_real("adjusted", whole ? adjusted : us_two_digits(adjusted)), q,
        us_cell_real("lead", whole ? r->lead_median : round(r->lead_median)),
        us_cell_share("recall", r->recall), US_TEXT("leak", us_leak_word(r->leak)),
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

us_code us_discover_csv(
    struct us_cli *cli, const struct us_discovering *x, struct us_error *e)
{
    struct us_table table;
    us_table_begin(&table, cli, columns, COLUMNS);
    for (size_t i = 0; i < x->found.count; i++)
        US_TRY(row_say(cli, x, &x->found.rows[i], &table, e));
    return us_table_end(&table, e);
}

/* The first rows, of those that leak or of the others. */
static us_code table_of(struct us_cli *cli, const struct us_discovering *x,
    const struct us_discovered *rows, bool leaks, struct us_error *e)
{
    struct us_table table;
    size_t left = SHOWN;
    us_table_begin(&table, cli, columns, READABLE);
    for (size_t i = 0; i < x->found.count && left; i++) {
        const struct us_discovered *r = &rows[i];
        if ((r->leak != US_LEAK_NONE) != leaks) continue;
        left--;
        US_TRY(row_say(cli, x, r, &table, e));
    }
    return us_table_end(&table, e);
}

/* ---- cards ---- */

static const struct {
    const char *heading, *card;
} verdicts[US_CARD_VERDICTS] = {
    [US_CARD_GOES_BEFORE] = {"cli.cards_before", "cli.card_before"},
    [US_CARD_BUSY] = {"cli.cards_busy", "cli.card_busy"},
    [US_CARD_CANNOT_TELL] = {"cli.cards_cannot", NULL},
    [US_CARD_UNLIKELY] = {"cli.cards_unlikely", NULL},
    [US_CARD_LEAK] = {"cli.cards_leak", NULL},
};

static void line_say(struct us_cli *cli, us_str text)
{
    if (!cli->html) us_buf_put(cli->out, US_S("  "));
    if (cli->html)
        us_screen_say(cli, text, 0);
    else
        us_screen_wrap(cli->out, text, cli->width, 4, 2);
}

static us_arg days_cell(const char *name, double days)
{
    return us_cell_real(name, days < 10 ? round(days * 10) / 10 : round(days));
}

static us_str what_of(
    struct us_cli *cli, const struct us_discovering *x, const struct us_discovered *r)
{
    static const char *const keys[US_BEHAVIOUR_KINDS] = {
        [US_BEHAVIOUR_COUNT] = "cli.card_what_count",
        [US_BEHAVIOUR_USERS] = "cli.card_what_users",
        [US_BEHAVIOUR_PAIR] = "cli.card_what_pair"};
    const us_str *names = x->s.units.names;
    return us_text(cli->arena, cli->lang, keys[r->is.kind],
        US_ARGS(US_TEXT("event", names[r->is.event]),
            US_TEXT("second", names[r->is.second]), US_WHOLE("k", r->is.k)));
}

static void card_say(
    struct us_cli *cli, const struct us_discovering *x, const struct us_card *card)
{
    const struct us_discovered *r = card->row;
    const struct us_strata *s = &r->adjusted;
    us_str text = us_text(cli->arena, cli->lang, verdicts[card->verdict].card,
        US_ARGS(US_TEXT("what", what_of(cli, x, r)),
            days_cell("within", (double)x->q[r->window].within / (double)US_DAY_US),
            us_cell_share("rate", card->rate), us_cell_share("low", card->in.low),
            us_cell_share("high", card->in.high), us_cell_share("base", card->base),
            us_cell_share("all", r->rate_exposed),
            US_WHOLE("late", r->late.a + r->late.b),
            US_WHOLE("n", r->table.a + r->table.b), days_cell("lead", r->lead_median),
            us_cell_real("odds", us_two_digits(s->odds.value)),
            us_cell_real("odds_low", us_two_digits(s->odds.in.low)),
            us_cell_real("odds_high", us_two_digits(s->odds.in.high))));
    line_say(cli, text);
}

/* Those that can be told by their names. */
static void names_say(struct us_cli *cli, const struct us_discovering *x,
    us_card_verdict verdict, size_t count)
{
    struct us_buf names = us_buf_new(cli->arena, 1 << 16);
    size_t said = 0;
    const char *between = cli->lang == US_ZH ? "、" : ", ";
    for (size_t i = 0; i < x->card_count && said < NAMES_MOST; i++) {
        if (x->cards[i].verdict != verdict) continue;
        if (said++) us_buf_put(&names, us_str_c(between));
        us_buf_put(&names, what_of(cli, x, x->cards[i].row));
    }
    us_str text = us_buf_str(&names);
    if (count > said)
        text = us_text(cli->arena, cli->lang, "cli.cards_more",
            US_ARGS(US_TEXT("names", text), US_WHOLE("more", (int64_t)(count - said))));
    line_say(cli, text);
}

/* Of those that cannot be told: what the one that needs least still takes. */
static void need_say(struct us_cli *cli, const struct us_discovering *x)
{
    const struct us_card *least = NULL;
    for (size_t i = 0; i < x->card_count; i++) {
        const struct us_card *card = &x->cards[i];
        bool better = card->verdict == US_CARD_CANNOT_TELL && isfinite(card->units) &&
                      (!least || card->units < least->units);
        if (better) least = card;
    }
    if (!least) return;
    double weeks = least->weeks;
    us_str text = us_text(cli->arena, cli->lang,
        isfinite(weeks) ? "cli.cards_need_weeks" : "cli.cards_need",
        US_ARGS(US_TEXT("what", what_of(cli, x, least->row)),
            US_WHOLE("units", (int64_t)ceil(least->units)),
            US_WHOLE("n", (int64_t)x->frames[least->row->window].count),
            US_WHOLE("weeks", isfinite(weeks) ? (int64_t)ceil(weeks) : 0)));
    line_say(cli, text);
}

static void cards_say(struct us_cli *cli, const struct us_discovering *x)
{
    for (int v = 0; v < US_CARD_VERDICTS; v++) {
        size_t count = 0;
        for (size_t i = 0; i < x->card_count; i++)
            count += x->cards[i].verdict == (us_card_verdict)v;
        if (!count) continue;
        us_buf_char(cli->out, '\n');
        us_screen_heading(cli, verdicts[v].heading,
            US_ARGS(
                US_TEXT("outcome", x->s.said), US_WHOLE("minutes", US_LEAK_MINUTES)));
        size_t left = CARDS_MOST;
        for (size_t i = 0; i < x->card_count && left && verdicts[v].card; i++) {
            if (x->cards[i].verdict != (us_card_verdict)v) continue;
            card_say(cli, x, &x->cards[i]);
            left--;
        }
        if (!verdicts[v].card) names_say(cli, x, (us_card_verdict)v, count);
        if (v == US_CARD_CANNOT_TELL) need_say(cli, x);
    }
}

/* ---- charts, of pages alone ---- */

/* How many have it by when, over everybody that started. */
static void survival_chart(struct us_cli *cli, const struct us_discovering *x)
{
    static const double days[] = {1, 3, 7, 14, 30, 60, 90, 180, 365};
    enum { DAYS = sizeof days / sizeof *days };
    if (!cli->html) return;
    us_str labels[DAYS];
    double come[DAYS];
    double low[DAYS];
    double high[DAYS];
    size_t count = 0;
    for (size_t i = 0; i < DAYS; i++) {
        struct us_survival_at at =
            us_survival_at(&x->frames[0].survival, days[i], 0.95);
        if (at.at_risk == 0) continue;
        labels[count] = us_arena_fmt(cli->arena, "%g", days[i]);
        come[count] = at.happened;
        low[count] = at.in.low;
        high[count++] = at.in.high;
    }
    struct us_chart chart = {.title = "cli.discover_chart_days",
        .labels = labels,
        .values = come,
        .low = low,
        .high = high,
        .count = count,
        .share = true,
        .line = NAN};
    us_chart_put(cli, &chart);
}

/* The rate of the later half of each of the first cards, beside all of that half. */
static void cards_chart(struct us_cli *cli, const struct us_discovering *x)
{
    us_str labels[CARDS_MOST];
    double rate[CARDS_MOST];
    double low[CARDS_MOST];
    double high[CARDS_MOST];
    size_t count = 0;
    double base = NAN;
    if (!cli->html) return;
    for (size_t i = 0; i < x->card_count && count < CARDS_MOST; i++) {
        const struct us_card *card = &x->cards[i];
        if (!verdicts[card->verdict].card) continue;
        if (!count) base = card->base;
        labels[count] = us_arena_fmt(cli->arena, "%zu", count + 1); /* names are long */
        rate[count] = card->rate;
        low[count] = card->in.low;
        high[count++] = card->in.high;
    }
    if (!count) return;
    struct us_chart chart = {.title = "cli.discover_chart_cards",
        .labels = labels,
        .values = rate,
        .low = low,
        .high = high,
        .count = count,
        .share = true,
        .line = base,
        .line_says = "cli.discover_chart_base"};
    us_chart_put(cli, &chart);
}

/* ---- all of it ---- */

static void head_say(struct us_cli *cli, const struct us_discovering *x)
{
    const struct us_landmark *f = &x->frames[0];
    us_cli_say(cli, x->s.accounts ? "cli.discover_accounts" : "cli.discover_users",
        US_ARGS(US_WHOLE("n", (int64_t)f->count), US_WHOLE("converted", f->converted),
            US_SHARE("rate", x->found.base_rate), US_TEXT("outcome", x->s.said),
            US_REAL("within", (double)x->q[0].within / (double)US_DAY_US),
            US_REAL("horizon", (double)x->q[0].horizon / (double)US_DAY_US)));
    us_cli_say(cli, "cli.discover_left_out",
        US_ARGS(US_WHOLE("before", f->converted_before),
            US_WHOLE("short", f->short_followup), US_WHOLE("early", f->before_from),
            US_WHOLE("seen", f->seen), US_WHOLE("started", f->started)));
    if (f->excluded)
        us_cli_say(cli, "cli.discover_excluded",
            US_ARGS(US_WHOLE("n", f->excluded),
                US_TEXT("trait", us_cli_option(cli, "exclude-trait"))));
    if (f->raised)
        us_cli_say(cli, "cli.discover_raised",
            US_ARGS(US_WHOLE("n", f->raised),
                US_WHOLE("converted", f->raised_converted),
                US_SHARE("rate", (double)f->raised_converted / (double)f->raised)));
    if (x->touches && f->converted)
        us_cli_say(cli, "cli.discover_touched",
            US_ARGS(US_SHARE(
                "share", (double)f->converted_touched / (double)f->converted)));
    if (f->converted < FEW_HITS)
        us_cli_say(cli, "cli.discover_few", US_ARGS(US_WHOLE("hits", f->converted)));
}

us_code us_discover_say(
    struct us_cli *cli, struct us_discovering *x, struct us_error *e)
{
    size_t leaks = 0;
    head_say(cli, x);
    survival_chart(cli, x);
    cards_chart(cli, x);
    cards_say(cli, x);
    /* cards point at the rows as they are */
    struct us_discovered *rows =
        us_new(cli->arena, struct us_discovered, x->found.count + 1);
    for (size_t i = 0; i < x->found.count; i++) {
        rows[i] = x->found.rows[i];
        leaks += rows[i].leak != US_LEAK_NONE;
    }
    if (x->found.count) qsort(rows, x->found.count, sizeof *rows, by_promise);
    if (x->found.count == leaks) us_cli_say(cli, "cli.discover_nothing", NULL);
    us_buf_char(cli->out, '\n');
    if (x->found.count > leaks) US_TRY(table_of(cli, x, rows, false, e));
    if (leaks && x->named) {
        us_buf_char(cli->out, '\n');
        us_screen_heading(cli, "cli.cards_leak",
            US_ARGS(US_TEXT("outcome", x->s.outcome),
                US_WHOLE("minutes", US_LEAK_MINUTES)));
        US_TRY(table_of(cli, x, rows, true, e));
    }
    us_buf_char(cli->out, '\n');
    us_cli_say(cli, "cli.discover_reading_it",
        US_ARGS(US_WHOLE("tested", (int64_t)x->found.count)));
    return US_OK;
}
