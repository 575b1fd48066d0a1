#include "cli/ceiling_page.h"

#include "cli/cells.h"

#include <math.h>

enum { WORDS_MAX = 1 << 12, DIGITS = 3 };

typedef const struct us_ceiling_page page;

/* Three digits that count: more would promise too much. */
static double rounded(double n)
{
    if (!isfinite(n) || n == 0) return n;
    double scale = pow(10, floor(log10(fabs(n))) - DIGITS + 1);
    return scale >= 1 ? round(n / scale) * scale : round(n / scale) / round(1 / scale);
}

static us_arg money(const char *name, double n)
{
    us_arg arg = US_REAL(name, rounded(n));
    if (!isfinite(n)) arg.kind = US_ARG_NONE;
    return arg;
}

static us_arg day(const char *name, int64_t t)
{
    us_arg arg = US_DAY(name, t);
    if (t == US_NEVER) arg.kind = US_ARG_NONE;
    return arg;
}

static void say(page *p, const char *key, const us_arg *args)
{
    us_screen_say(p->cli, us_text(p->cli->arena, p->cli->lang, key, args), 0);
}

static us_arg currency(page *p)
{
    us_arg arg = US_TEXT("currency", p->c->rules->config->currency);
    return arg;
}

/* ---- the verdict ---- */

static void left_out(page *p)
{
    const struct us_ceiled *c = p->c;
    const struct {
        const char *key;
        int64_t n;
    } why[] = {{"cli.ceiling_left.never_paid", c->never_paid},
        {"cli.ceiling_left.no_rate", c->no_rate},
        {"cli.ceiling_left.no_period", c->no_period},
        {"cli.ceiling_left.kept_nothing", c->kept_nothing},
        {"cli.ceiling_left.ended_before", c->ended_before}};
    struct us_buf reasons = us_buf_new(p->cli->arena, WORDS_MAX);
    us_lang lang = p->cli->lang;
    int64_t n = 0;
    for (size_t i = 0; i < sizeof why / sizeof *why; i++) {
        if (!why[i].n) continue;
        if (n) us_buf_put(&reasons, lang == US_ZH ? US_S("，") : US_S(", "));
        us_say(&reasons, lang, why[i].key, US_ARGS(US_WHOLE("n", why[i].n)));
        n += why[i].n;
    }
    if (n)
        say(p, "cli.ceiling_left",
            US_ARGS(US_WHOLE("n", n), US_TEXT("reasons", us_buf_str(&reasons))));
}

static void who(page *p)
{
    const struct us_ceiled *c = p->c;
    int64_t cards = 0;
    for (size_t i = 0; i < c->method_count; i++)
        if (us_str_eq_nocase(c->methods[i].method, US_S("card")))
            cards += c->methods[i].accounts;
    say(p, "cli.ceiling_who",
        US_ARGS(US_WHOLE("n", c->accounts), US_DAY("from", c->from),
            US_DAY("to", c->of->to), US_WHOLE("cards", cards),
            US_WHOLE("sales", c->sales)));
    left_out(p);
}

static void top(page *p)
{
    static const char *const keys[] = {[US_CEILING_BY_ROWS] = "cli.ceiling_by_rows",
        [US_CEILING_BY_ONE] = "cli.ceiling_by_one",
        [US_CEILING_BY_RANGE] = "cli.ceiling_by_range",
        [US_CEILING_BY_PRESET] = "cli.ceiling_by_preset",
        [US_CEILING_BY_NOTHING] = "cli.ceiling_by_nothing"};
    const struct us_ceiling *f = &p->c->found;
    int64_t found = 0;
    int64_t from = 0;
    for (int i = 0; i < US_CEILING_EVIDENCES; i++) {
        found += f->rows[i].verdict == US_CEILING_FOUND;
        from += f->top.from[i];
    }
    say(p, keys[f->top.by],
        US_ARGS(money("value", f->top.value), money("low", f->top.in.low),
            money("high", f->top.in.high), money("up_to", f->top.up_to),
            US_WHOLE("n", from), currency(p)));
    if (f->top.by == US_CEILING_BY_ROWS && from < found)
        say(p, "cli.ceiling_elsewhere", US_ARGS(US_WHOLE("n", found - from)));
    if (f->rows[US_CEILING_BUNCHING].verdict == US_CEILING_FOUND && found == 1)
        say(p, "cli.ceiling_package",
            US_ARGS(
                money("value", f->rows[US_CEILING_BUNCHING].estimate), currency(p)));
}

static void floor_and_band(page *p)
{
    const struct us_ceiling *f = &p->c->found;
    const struct us_ceiling_costs *costs = &p->c->asked.costs;
    say(p, f->floor.preset ? "cli.ceiling_floor_preset" : "cli.ceiling_floor",
        US_ARGS(money("value", f->floor.value), us_cell_real("hour", costs->rep_hour),
            us_cell_real("hours", costs->hours_per_deal),
            US_SHARE("win", costs->win_rate), US_WHOLE("times", US_CEILING_RETURN),
            currency(p)));
    if (f->order == US_CEILING_NO_BAND) return;
    say(p,
        f->order == US_CEILING_BELOW_FLOOR ? "cli.ceiling_band_gap"
                                           : "cli.ceiling_band_both",
        US_ARGS(money("low", f->band.low), money("high", f->band.high), currency(p)));
}

/* ---- the four signs ---- */

static const char *const evidence_keys[] = {
    [US_CEILING_CARDS] = "cli.ceiling_row.card_share",
    [US_CEILING_BUNCHING] = "cli.ceiling_row.bunching",
    [US_CEILING_DECLINES] = "cli.ceiling_row.declines",
    [US_CEILING_GROWTH] = "cli.ceiling_row.growth"};

/* "89 %", "+24 %", "38 of 5.7" */
static us_str side(page *p, us_ceiling_evidence evidence, double value, double expected)
{
    struct us_buf out = us_buf_new(p->cli->arena, WORDS_MAX);
    us_lang lang = p->cli->lang;
    if (isnan(value)) return US_S("–");
    if (evidence == US_CEILING_BUNCHING) {
        us_say(&out, lang, "cli.ceiling_of_expected",
            US_ARGS(US_WHOLE("n", llround(value)), money("expected", expected)));
    } else if (evidence == US_CEILING_GROWTH) {
        double share = expm1(value);
        us_buf_put(&out, share >= 0 ? US_S("+") : US_S("−"));
        us_say_share(&out, lang, fabs(share));
    } else {
        us_say_share(&out, lang, value);
    }
    return us_buf_str(&out);
}

static us_str p_words(page *p, double value)
{
    struct us_buf out = us_buf_new(p->cli->arena, WORDS_MAX);
    if (isnan(value)) return US_S("–");
    us_buf_fmt(&out, "%.3g", rounded(value));
    return us_buf_str(&out);
}

static us_code rows(page *p, struct us_error *e)
{
    static const char *const verdicts[] = {
        [US_CEILING_FOUND] = "cli.ceiling_verdict.found",
        [US_CEILING_NONE] = "cli.ceiling_verdict.none",
        [US_CEILING_CANNOT_TELL] = "cli.ceiling_verdict.cannot_tell"};
    static const struct us_table_column columns[] = {
        {"evidence", "cli.ceiling_column_evidence", US_LEFT},
        {"verdict", "cli.ceiling_column_verdict", US_LEFT},
        {"at", "cli.ceiling_column_at", US_RIGHT},
        {"low", "cli.column_rate_low", US_RIGHT},
        {"high", "cli.column_rate_high", US_RIGHT},
        {"below", "cli.ceiling_column_below", US_RIGHT},
        {"above", "cli.ceiling_column_above", US_RIGHT},
        {"p", "cli.ceiling_column_p", US_RIGHT},
        {"n", "cli.ceiling_column_n", US_RIGHT},
    };
    struct us_table table;
    us_buf_char(p->cli->out, '\n');
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (int i = 0; i < US_CEILING_EVIDENCES; i++) {
        const struct us_ceiling_row *r = &p->c->found.rows[i];
        us_ceiling_evidence evidence = (us_ceiling_evidence)i;
        US_TRY(us_table_row(&table,
            US_ARGS(US_WORD("evidence", evidence_keys[i]),
                US_WORD("verdict", verdicts[r->verdict]), money("at", r->estimate),
                money("low", r->in.low), money("high", r->in.high),
                US_TEXT("below", side(p, evidence, r->below, r->expected_below)),
                US_TEXT("above", side(p, evidence, r->above, r->expected_above)),
                US_TEXT("p", p_words(p, r->p_adjusted)), US_WHOLE("n", r->n)),
            e));
    }
    return us_table_end(&table, e);
}

/* What a row lacks, and what more it takes. */
static void lacks(page *p)
{
    static const char *const keys[] = {
        [US_CEILING_LACKS_ACCOUNTS] = "cli.ceiling_lacks.accounts",
        [US_CEILING_LACKS_OTHERS] = "cli.ceiling_lacks.one_method",
        [US_CEILING_LACKS_TRIES] = "cli.ceiling_lacks.card_tries",
        [US_CEILING_LACKS_DECLINES] = "cli.ceiling_lacks.declines",
        [US_CEILING_LACKS_STEPS] = "cli.ceiling_lacks.quarters",
        [US_CEILING_LACKS_SPREAD] = "cli.ceiling_lacks.spread",
        [US_CEILING_LACKS_POWER] = "cli.ceiling_lacks.power",
        [US_CEILING_LACKS_PLACE] = "cli.ceiling_lacks.place"};
    for (int i = 0; i < US_CEILING_EVIDENCES; i++) {
        const struct us_ceiling_row *r = &p->c->found.rows[i];
        if (r->lack == US_CEILING_LACKS_NOTHING) continue;
        struct us_buf out = us_buf_new(p->cli->arena, WORDS_MAX);
        us_lang lang = p->cli->lang;
        us_say(&out, lang, "cli.ceiling_lacks",
            US_ARGS(
                US_WORD("evidence", evidence_keys[i]), US_WORD("why", keys[r->lack])));
        if (r->more) {
            us_buf_put(&out, lang == US_ZH ? US_S("") : US_S(" "));
            us_say(
                &out, lang, "cli.ceiling_more", US_ARGS(money("n", (double)r->more)));
        }
        us_screen_say(p->cli, us_buf_str(&out), 0);
    }
}

/* ---- accounts ---- */

static us_code inside(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"account", "cli.column_account", US_LEFT},
        {"value", "cli.ceiling_column_value", US_RIGHT},
        {"bar", "cli.ceiling_column_bar", US_LEFT},
        {"method", "cli.ceiling_column_method", US_LEFT},
        {"channel", "cli.ceiling_column_channel", US_LEFT},
    };
    static const char *const methods[] = {[US_PAID_BY_CARD] = "cli.ceiling_method.card",
        [US_PAID_OTHERWISE] = "cli.ceiling_method.other",
        [US_PAID_UNKNOWN] = "cli.ceiling_method.unknown"};
    const struct us_ceiling *f = &p->c->found;
    size_t most = f->inside_count < p->shown ? f->inside_count : p->shown;
    struct us_table table;
    if (f->order == US_CEILING_NO_BAND) return US_OK;
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "cli.ceiling_inside",
        US_ARGS(US_WHOLE("shown", most), US_WHOLE("n", f->inside_count)));
    if (!most) return US_OK;
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < most; i++) {
        const struct us_ceiling_account *x = &p->c->asked.accounts[f->inside[i]];
        double part = (x->now - f->band.low) / (f->band.high - f->band.low);
        US_TRY(us_table_row(&table,
            US_ARGS(US_TEXT("account", x->key), money("value", x->now),
                US_TEXT("bar", us_cell_bar(p->cli, part)),
                US_WORD("method", methods[x->method]),
                US_WORD("channel", x->sales ? "cli.ceiling_channel.sales"
                                            : "cli.ceiling_channel.self_serve")),
            e));
    }
    return us_table_end(&table, e);
}

static us_code coming(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"account", "cli.column_account", US_LEFT},
        {"value", "cli.ceiling_column_value", US_RIGHT},
        {"growth", "cli.ceiling_column_growth", US_RIGHT},
        {"date", "cli.ceiling_column_date", US_RIGHT},
        {"soonest", "cli.ceiling_column_soonest", US_RIGHT},
        {"latest", "cli.ceiling_column_latest", US_RIGHT},
    };
    const struct us_ceiling *f = &p->c->found;
    size_t most = f->coming_count < p->shown ? f->coming_count : p->shown;
    struct us_table table;
    if (f->order == US_CEILING_NO_BAND) return US_OK;
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "cli.ceiling_coming",
        US_ARGS(US_WHOLE("shown", most), US_WHOLE("n", f->coming_count),
            US_WHOLE("months", US_CEILING_MONTHS), money("low", f->band.low),
            currency(p)));
    if (!most) return US_OK;
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < most; i++) {
        const struct us_ceiling_coming *x = &f->coming[i];
        const struct us_ceiling_account *account = &p->c->asked.accounts[x->account];
        US_TRY(us_table_row(&table,
            US_ARGS(US_TEXT("account", account->key), money("value", account->now),
                US_SHARE("growth", x->growth), day("date", x->at),
                day("soonest", x->soonest), day("latest", x->latest)),
            e));
    }
    US_TRY(us_table_end(&table, e));
    if (f->were_coming)
        say(p, "cli.ceiling_record",
            US_ARGS(US_WHOLE("months", US_CEILING_RECORD),
                US_WHOLE("n", f->were_coming), US_WHOLE("came", f->came)));
    say(p, "cli.ceiling_coming_reading", NULL);
    return US_OK;
}

us_code us_ceiling_page(page *p, struct us_error *e)
{
    top(p);
    floor_and_band(p);
    who(p);
    US_TRY(rows(p, e));
    us_buf_char(p->cli->out, '\n');
    lacks(p);
    say(p, "cli.ceiling_reading", NULL);
    us_ceiling_charts(p);
    US_TRY(inside(p, e));
    return coming(p, e);
}

us_code us_ceiling_bins_table(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"from", NULL, US_RIGHT},
        {"to", NULL, US_RIGHT},
        {"accounts", NULL, US_RIGHT},
        {"by_card", NULL, US_RIGHT},
        {"share_falling", NULL, US_RIGHT},
        {"unlisted", NULL, US_RIGHT},
        {"expected", NULL, US_RIGHT},
        {"tries", NULL, US_RIGHT},
        {"failed", NULL, US_RIGHT},
        {"quarters", NULL, US_RIGHT},
        {"growth_sum", NULL, US_RIGHT},
    };
    struct us_table table;
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < p->c->found.bin_count; i++) {
        const struct us_ceiling_bin *b = &p->c->found.bins[i];
        US_TRY(us_table_row(&table,
            US_ARGS(us_cell_real("from", b->from), us_cell_real("to", b->to),
                US_WHOLE("accounts", b->accounts), US_WHOLE("by_card", b->cards),
                us_cell_real("share_falling", b->share),
                us_cell_real("unlisted", b->listed),
                us_cell_real("expected", b->expected), US_WHOLE("tries", b->tries),
                US_WHOLE("failed", b->failed), US_WHOLE("quarters", b->steps),
                us_cell_real("growth_sum", b->growth)),
            e));
    }
    return us_table_end(&table, e);
}
