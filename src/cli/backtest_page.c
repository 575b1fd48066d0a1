#include "cli/backtest_page.h"

#include "cli/cells.h"

#include <math.h>

enum { WORDS_MAX = 1 << 14 };

typedef const struct us_backtest_page page;

static double day_count(int64_t us)
{
    return (double)us / (double)US_DAY_US;
}

static void say(page *p, const char *key, const us_arg *args)
{
    us_str text = us_text(p->cli->arena, p->cli->lang, key, args);
    us_screen_say(p->cli, text, 0);
}

/* Rounded for people; programs have numbers as they are. */
static us_arg number(page *p, const char *name, double value)
{
    us_arg arg = US_REAL(
        name, p->cli->format == US_FORMAT_PEOPLE ? us_two_digits(value) : value);
    if (!isfinite(value)) arg.kind = US_ARG_NONE;
    return arg;
}

static us_str outcome_of(page *p)
{
    return p->b->rules->outcomes[p->b->of->outcome].name;
}

static us_str definition_of(page *p)
{
    return p->b->rules->definitions[p->b->of->definition].name;
}

/* ---- the verdict ---- */

static void fired(page *p)
{
    const struct us_backtest *t = &p->b->main;
    say(p, "cli.backtest_fired",
        US_ARGS(US_TEXT("definition", definition_of(p)),
            US_DAY("from", p->b->asked.from), US_DAY("to", p->b->asked.to),
            US_WHOLE("fired", t->fired),
            US_WHOLE("accounts", p->b->asked.account_count),
            us_cell_digits("week", t->per_week), US_WHOLE("most", t->most_in_week)));
}

static void went_on(page *p)
{
    const struct us_backtest *t = &p->b->main;
    us_arg outcome = US_TEXT("outcome", outcome_of(p));
    us_arg days = US_REAL("days", day_count(p->b->asked.horizon));
    if (t->rate.n == 0) {
        say(p, "cli.backtest_no_rate", US_ARGS(days, US_WHOLE("open", t->open)));
        return;
    }
    say(p, "cli.backtest_rate",
        US_ARGS(US_WHOLE("n", t->rate.n), days, US_WHOLE("hits", t->rate.hits),
            US_SHARE("rate", t->rate.rate), US_SHARE("low", t->rate.in.low),
            US_SHARE("high", t->rate.in.high), outcome));
    bool told = isfinite(t->base.ratio.in.low);
    if (t->base.exposed == 0)
        say(p, "cli.backtest_no_base", NULL);
    else
        say(p, told ? "cli.backtest_base" : "cli.backtest_base_untold",
            US_ARGS(US_SHARE("base", t->base.base),
                us_cell_digits("lift", t->base.ratio.value),
                us_cell_digits("low", t->base.ratio.in.low),
                us_cell_digits("high", t->base.ratio.in.high)));
    if (t->rate.hits < US_BACKTEST_HITS_LEAST)
        say(p, "cli.backtest_few", US_ARGS(US_WHOLE("hits", t->rate.hits)));
}

static void found(page *p)
{
    const struct us_backtest *t = &p->b->main;
    us_arg outcome = US_TEXT("outcome", outcome_of(p));
    us_arg days = US_REAL("days", day_count(p->b->asked.horizon));
    if (t->outcomes)
        say(p, "cli.backtest_found",
            US_ARGS(US_WHOLE("found", t->found), US_WHOLE("outcomes", t->outcomes),
                outcome, days, US_WHOLE("missed", t->outcomes - t->found),
                US_WHOLE("early", t->early), US_WHOLE("late", t->late)));
    if (t->found)
        say(p, "cli.backtest_lead",
            US_ARGS(us_cell_digits("median", t->to_outcome.median),
                us_cell_digits("p25", t->to_outcome.p25),
                us_cell_digits("p75", t->to_outcome.p75)));
    if (t->at_once)
        say(p, "cli.backtest_at_once", US_ARGS(US_WHOLE("n", t->at_once), outcome));
}

/* ---- who was there ---- */

static void hands(page *p)
{
    const struct us_backtest *t = &p->b->main;
    if (t->hand_raised)
        say(p, "cli.backtest_hands",
            US_ARGS(US_WHOLE("raised", t->hand_raised), US_WHOLE("n", t->hands.n),
                US_WHOLE("hits", t->hands.hits), us_cell_share("rate", t->hands.rate)));
    if (t->already)
        say(p, "cli.backtest_already",
            US_ARGS(US_WHOLE("n", t->already), US_TEXT("outcome", outcome_of(p))));
}

static void bought(page *p)
{
    const struct us_backtest *t = &p->b->main;
    if (!p->b->touches) {
        say(p, "cli.backtest_no_crm", NULL);
        return;
    }
    int64_t alone = t->hits_by[US_BOUGHT_ALONE];
    if (t->rate.hits)
        say(p, "cli.backtest_bought",
            US_ARGS(US_WHOLE("hits", t->rate.hits), US_WHOLE("alone", alone),
                US_WHOLE("touched", t->hits_by[US_BOUGHT_TOUCHED]),
                US_WHOLE("sourced", t->hits_by[US_BOUGHT_SOURCED])));
    if (t->untouched.n && t->untouched.n < t->rate.n)
        say(p, "cli.backtest_untouched",
            US_ARGS(US_WHOLE("n", t->untouched.n), US_WHOLE("hits", t->untouched.hits),
                US_SHARE("rate", t->untouched.rate)));
    int64_t sales = t->outcomes - t->outcomes_by[US_BOUGHT_ALONE];
    if (sales)
        say(p, "cli.backtest_sales",
            US_ARGS(US_WHOLE("sales", sales),
                US_WHOLE("found", t->found - t->found_by[US_BOUGHT_ALONE]),
                US_WHOLE("before", t->touched_before), US_WHOLE("n", t->to_touch.n),
                us_cell_digits("touch", t->to_touch.median),
                us_cell_digits("deal", t->to_deal.median)));
}

static void worth(page *p)
{
    const struct us_backtest *t = &p->b->main;
    const struct us_config *c = p->b->rules->config;
    if (!p->b->money || !t->valued) return;
    say(p, "cli.backtest_value",
        US_ARGS(US_WHOLE("n", t->valued), us_cell_digits("sum", t->value_sum),
            us_cell_digits("median", t->value_median),
            US_TEXT("currency", c->currency)));
    if (isfinite(t->uplift_needed))
        say(p, "cli.backtest_uplift",
            US_ARGS(US_REAL("hour", c->rep_hour), US_REAL("hours", c->hours_per_deal),
                US_WHOLE("times", US_BACKTEST_RETURN),
                us_cell_digits("mean", t->value_mean),
                us_cell_digits("points", 100 * t->uplift_needed)));
}

/* ---- capacity, and what a holdout could show ---- */

static void capacity(page *p)
{
    const struct us_backtest *t = &p->b->main;
    if (p->b->asked.capacity <= 0) return;
    us_buf_char(p->cli->out, '\n');
    say(p,
        t->per_week > p->b->asked.capacity ? "cli.backtest_over"
                                           : "cli.backtest_within",
        US_ARGS(us_cell_digits("week", t->per_week),
            US_REAL("capacity", p->b->asked.capacity)));
    say(p, "cli.backtest_queue",
        US_ARGS(US_WHOLE("worked", t->worked), US_WHOLE("gone", t->gone),
            US_WHOLE("waiting", t->waiting_at_end), US_WHOLE("most", t->waiting_most)));
}

static void holdout(page *p)
{
    const struct us_backtest *t = &p->b->main;
    if (p->b->asked.held <= 0) return;
    bool told = isfinite(t->power_rate);
    say(p, told ? "cli.backtest_power" : "cli.backtest_no_power",
        US_ARGS(US_SHARE("held", p->b->asked.held),
            us_cell_digits("points", 100 * (t->power_rate - t->rate.rate)),
            US_WHOLE("weeks", US_BACKTEST_POWER_WEEKS),
            US_WHOLE("n", (int64_t)t->power_accounts),
            us_cell_share("rate", t->rate.rate)));
}

/* ---- tables ---- */

static us_code months(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"from", "cli.backtest_month", US_LEFT},
        {"fired", "cli.backtest_column_fired", US_RIGHT},
        {"bar", "cli.backtest_column_bar", US_LEFT},
        {"again", "cli.backtest_column_again", US_RIGHT},
        {"n", "cli.backtest_column_over", US_RIGHT},
        {"hits", "cli.backtest_column_hits", US_RIGHT},
        {"rate", "cli.backtest_column_rate", US_RIGHT},
        {"low", "cli.column_rate_low", US_RIGHT},
        {"high", "cli.column_rate_high", US_RIGHT},
    };
    const struct us_backtest *t = &p->b->main;
    struct us_table table;
    int64_t most = 1;
    for (size_t i = 0; i < t->month_count; i++)
        if (t->months[i].fired > most) most = t->months[i].fired;
    us_buf_char(p->cli->out, '\n');
    us_backtest_week_charts(p);
    us_backtest_month_chart(p);
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < t->month_count; i++) {
        const struct us_backtest_span *s = &t->months[i];
        US_TRY(us_table_row(&table,
            US_ARGS(US_DAY("from", s->from), US_WHOLE("fired", s->fired),
                US_TEXT("bar", us_cell_bar(p->cli, (double)s->fired / (double)most)),
                US_WHOLE("again", s->again), US_WHOLE("n", s->rate.n),
                US_WHOLE("hits", s->rate.hits), us_cell_share("rate", s->rate.rate),
                us_cell_share("low", s->rate.in.low),
                us_cell_share("high", s->rate.in.high)),
            e));
    }
    return us_table_end(&table, e);
}

static void value_put(struct us_buf *out, us_lang lang, us_value v)
{
    if (v.kind == US_NUMBER)
        us_say_real(out, lang, us_two_digits(v.number));
    else
        us_value_say(v, lang, out);
}

us_str us_backtest_why_words(struct us_cli *cli, const struct us_rules *r,
    uint32_t definition, const struct us_backtest_why *why)
{
    static const char *const axes[] = {[US_AXIS_USAGE] = "answer.usage",
        [US_AXIS_FIT] = "answer.fit",
        [US_AXIS_INTENT] = "answer.intent"};
    struct us_buf out = us_buf_new(cli->arena, WORDS_MAX);
    us_lang lang = cli->lang;
    if (why->excluded) us_say(&out, lang, "answer.exit.excluded", NULL);
    for (size_t i = 0; i < why->count; i++) {
        if (out.len) us_buf_put(&out, US_S(" · "));
        us_buf_put(&out, r->plan->nodes[why->gates[i].node].source.text);
        if (why->gates[i].now.kind == US_MISSING) continue;
        us_buf_put(&out, US_S(" ("));
        value_put(&out, lang, why->gates[i].now);
        us_buf_char(&out, ')');
    }
    for (int axis = 0; axis < US_AXES; axis++) {
        if (!why->axes[axis]) continue;
        if (out.len) us_buf_put(&out, US_S(" · "));
        us_say(&out, lang, axes[axis], NULL);
        us_buf_fmt(&out, " %.0f < %.0f", why->points[axis],
            r->definitions[definition].text->threshold[axis]);
    }
    return us_screen_clean(cli->arena, us_buf_str(&out));
}

static us_code missed(page *p, struct us_error *e)
{
    static const char *const by[] = {[US_BOUGHT_ALONE] = "cli.backtest_alone",
        [US_BOUGHT_TOUCHED] = "cli.backtest_touched",
        [US_BOUGHT_SOURCED] = "cli.backtest_sourced"};
    static const struct us_table_column columns[] = {
        {"account", "cli.column_account", US_LEFT},
        {"at", "cli.column_at", US_LEFT},
        {"by", "cli.backtest_column_by", US_LEFT},
        {"value", "cli.backtest_column_value", US_RIGHT},
        {"not_met", "cli.backtest_column_not_met", US_LEFT},
    };
    enum { COLUMNS = sizeof columns / sizeof *columns, BY = 2, VALUE = 3 };
    const struct us_backtest *t = &p->b->main;
    struct us_table_column shown[COLUMNS];
    struct us_table table;
    size_t count = 0;
    for (size_t i = 0; i < COLUMNS; i++)
        if ((i != BY || p->b->touches) && (i != VALUE || p->b->money))
            shown[count++] = columns[i];
    if (!t->missed_count) return US_OK;
    us_buf_char(p->cli->out, '\n');
    size_t most = t->missed_count < p->missed_shown ? t->missed_count : p->missed_shown;
    us_screen_heading(p->cli, "cli.backtest_missed",
        US_ARGS(US_WHOLE("shown", most), US_WHOLE("missed", t->missed_count)));
    us_table_begin(&table, p->cli, shown, count);
    for (size_t i = 0; i < most; i++) {
        const struct us_backtest_account *x = &p->b->asked.accounts[t->missed[i]];
        us_arg all[] = {US_TEXT("account", x->key), US_DAY("at", x->outcome),
            US_WORD("by", by[us_backtest_bought(x)]), us_cell_digits("value", x->value),
            US_TEXT("not_met", us_backtest_why_words(p->cli, p->b->rules,
                                   p->b->of->definition, &p->b->why[t->missed[i]]))};
        us_arg cells[COLUMNS + 1] = {{.name = NULL}};
        size_t put = 0;
        for (size_t k = 0; k < COLUMNS; k++)
            if ((k != BY || p->b->touches) && (k != VALUE || p->b->money))
                cells[put++] = all[k];
        cells[put] = (us_arg){.name = NULL};
        US_TRY(us_table_row(&table, cells, e));
    }
    return us_table_end(&table, e);
}

/* ---- two side by side ---- */

struct beside {
    const char *key;
    us_arg a, b;
};

static us_code against(page *p, struct us_error *e)
{
    const struct us_backtest *a = &p->b->main;
    const struct us_backtest *b = &p->against->main;
    const struct us_table_column columns[] = {
        {"what", "cli.backtest_column_what", US_LEFT},
        {"a", "cli.backtest_column_a", US_RIGHT},
        {"b", "cli.backtest_column_b", US_RIGHT},
    };
    const struct beside rows[] = {
        {"cli.backtest_beside_fired", US_WHOLE("a", a->fired), US_WHOLE("b", b->fired)},
        {"cli.backtest_beside_week", us_cell_digits("a", a->per_week),
            us_cell_digits("b", b->per_week)},
        {"cli.backtest_beside_n", US_WHOLE("a", a->rate.n), US_WHOLE("b", b->rate.n)},
        {"cli.backtest_beside_rate", us_cell_share("a", a->rate.rate),
            us_cell_share("b", b->rate.rate)},
        {"cli.column_rate_low", us_cell_share("a", a->rate.in.low),
            us_cell_share("b", b->rate.in.low)},
        {"cli.column_rate_high", us_cell_share("a", a->rate.in.high),
            us_cell_share("b", b->rate.in.high)},
        {"cli.backtest_beside_lift", us_cell_digits("a", a->base.ratio.value),
            us_cell_digits("b", b->base.ratio.value)},
        {"cli.backtest_beside_found", US_WHOLE("a", a->found), US_WHOLE("b", b->found)},
        {"cli.backtest_beside_recall", us_cell_share("a", a->recall.rate),
            us_cell_share("b", b->recall.rate)},
        {"cli.backtest_beside_lead", us_cell_digits("a", a->to_outcome.median),
            us_cell_digits("b", b->to_outcome.median)},
    };
    struct us_table table;
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "cli.backtest_against",
        US_ARGS(US_TEXT("a", definition_of(p)), US_TEXT("b", p->against_name)));
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        US_TRY(us_table_row(
            &table, US_ARGS(US_WORD("what", rows[i].key), rows[i].a, rows[i].b), e));
    return us_table_end(&table, e);
}

/* ---- a sweep ---- */

/* What needs a capacity, or money, is left out where there is none; never of CSV. */
static size_t sweep_columns(page *p, size_t all)
{
    enum { QUEUE = 3 };
    if (p->cli->format != US_FORMAT_PEOPLE) return all;
    if (p->b->asked.capacity <= 0) return all - QUEUE;
    return p->b->money ? all : all - 1;
}

us_code us_backtest_sweep_table(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"value", "cli.backtest_column_set", US_RIGHT},
        {"mark", "cli.backtest_column_mark", US_LEFT},
        {"fired", "cli.backtest_column_fired", US_RIGHT},
        {"per_week", "cli.backtest_column_week", US_RIGHT},
        {"n", "cli.backtest_column_over", US_RIGHT},
        {"rate", "cli.backtest_column_rate", US_RIGHT},
        {"low", "cli.column_rate_low", US_RIGHT},
        {"high", "cli.column_rate_high", US_RIGHT},
        {"found", "cli.backtest_column_found", US_RIGHT},
        {"recall", "cli.backtest_column_recall", US_RIGHT},
        {"lead", "cli.backtest_column_lead", US_RIGHT},
        {"worked_per_week", "cli.backtest_column_worked", US_RIGHT},
        {"hits_per_week", "cli.backtest_column_hits_week", US_RIGHT},
        {"worth_per_week", "cli.backtest_column_worth", US_RIGHT},
    };
    enum { COLUMNS = sizeof columns / sizeof *columns };
    bool queued = p->b->asked.capacity > 0;
    size_t best = us_backtest_best(p->b);
    struct us_table table;
    us_table_begin(&table, p->cli, columns, sweep_columns(p, COLUMNS));
    for (size_t i = 0; i < p->sweep->count; i++) {
        const struct us_backtest *t = &p->b->variants[i];
        const char *mark = "cli.backtest_mark.none";
        if (p->sweep->values[i] == p->now) mark = "cli.backtest_mark.now";
        if (queued && i == best) mark = "cli.backtest_mark.best";
        us_arg week = number(p, "per_week", t->per_week);
        us_arg cells[] = {US_REAL("value", p->sweep->values[i]), US_WORD("mark", mark),
            US_WHOLE("fired", t->fired), week, US_WHOLE("n", t->rate.n),
            us_cell_share("rate", t->rate.rate), us_cell_share("low", t->rate.in.low),
            us_cell_share("high", t->rate.in.high), US_WHOLE("found", t->found),
            us_cell_share("recall", t->recall.rate),
            number(p, "lead", t->to_outcome.median),
            number(p, "worked_per_week", queued ? t->worked_per_week : NAN),
            number(p, "hits_per_week", queued ? t->hits_per_week : NAN),
            number(p, "worth_per_week", queued ? t->worth_per_week : NAN),
            {.name = NULL}};
        cells[sweep_columns(p, COLUMNS)] = (us_arg){.name = NULL};
        US_TRY(us_table_row(&table, cells, e));
    }
    return us_table_end(&table, e);
}

static us_code sweep(page *p, struct us_error *e)
{
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(
        p->cli, "cli.backtest_sweep", US_ARGS(US_TEXT("what", p->sweep->what)));
    us_backtest_sweep_charts(p);
    US_TRY(us_backtest_sweep_table(p, e));
    if (p->b->asked.capacity <= 0) {
        say(p, "cli.backtest_sweep_capacity", NULL);
        return US_OK;
    }
    size_t best = us_backtest_best(p->b);
    if (best < p->sweep->count)
        say(p, "cli.backtest_best",
            US_ARGS(US_REAL("value", p->sweep->values[best]),
                US_TEXT("what", p->sweep->what),
                US_REAL("capacity", p->b->asked.capacity)));
    return US_OK;
}

us_code us_backtest_page(page *p, struct us_error *e)
{
    fired(p);
    went_on(p);
    found(p);
    bought(p);
    hands(p);
    worth(p);
    capacity(p);
    holdout(p);
    us_backtest_silent_say(p);
    us_buf_char(p->cli->out, '\n');
    say(p, "cli.backtest_reading", NULL);
    US_TRY(months(p, e));
    if (p->against) US_TRY(against(p, e));
    if (p->sweep) US_TRY(sweep(p, e));
    return missed(p, e);
}
