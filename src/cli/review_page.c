#include "cli/review_page.h"

#include "cli/backtest_page.h"
#include "cli/cells.h"
#include "cli/html.h"

#include <math.h>

enum { WORDS_MAX = 1 << 14 };

typedef const struct us_review_page page;

static void say(page *p, const char *key, const us_arg *args)
{
    us_str text = us_text(p->cli->arena, p->cli->lang, key, args);
    us_screen_say(p->cli, text, 0);
}

static void heading(page *p, const char *key, const us_arg *args)
{
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, key, args);
}

static us_str name_of(page *p, const struct us_review_definition *d)
{
    return p->r->rules->definitions[d->definition].name;
}

/* "3.6 to 20"; "–" where it cannot be told. */
static us_arg range(page *p, const char *name, double low, double high)
{
    us_arg none = US_NONE(name);
    if (!isfinite(low) || !isfinite(high)) return none;
    us_str text = us_text(p->cli->arena, p->cli->lang, "review.range",
        US_ARGS(us_cell_digits("low", low), us_cell_digits("high", high)));
    return (us_arg)US_TEXT(name, text);
}

static us_arg usual(page *p, const struct us_review_count *c)
{
    return range(p, "usual", ceil(c->low), floor(c->high));
}

static const char *news_word(const struct us_review_count *c)
{
    if (isnan(c->p)) return "review.news.unknown";
    return c->news ? "review.news.yes" : "review.news.no";
}

/* ---- volume ---- */

static us_str exits_of(page *p, const struct us_review_volume *v)
{
    static const char *const keys[] = {[US_EXIT_CONVERTED] = "review.exit_converted",
        [US_EXIT_EXCLUDED] = "review.exit_excluded",
        [US_EXIT_LEFT] = "review.exit_left",
        [US_EXIT_FADED] = "review.exit_faded",
        [US_EXIT_EXPIRED] = "review.exit_expired",
        [US_EXIT_REDEFINED] = "review.exit_redefined"};
    struct us_buf out = us_buf_new(p->cli->arena, WORDS_MAX);
    for (int i = US_EXIT_CONVERTED; i < US_EXITS; i++) {
        if (!v->exits[i]) continue;
        if (out.len) us_buf_put(&out, US_S(" · "));
        us_say(&out, p->cli->lang, keys[i], US_ARGS(US_WHOLE("n", v->exits[i])));
    }
    return us_buf_str(&out);
}

static void chart(page *p, const struct us_review_definition *d)
{
    const struct us_review_count *c = &d->volume.entries;
    size_t n = c->weeks + 1;
    us_str *labels = us_new(p->cli->arena, us_str, n);
    double *values = us_new(p->cli->arena, double, n);
    for (size_t i = 0; i < n; i++) {
        int64_t monday = p->r->of->monday - (int64_t)i * 7 * US_DAY_US;
        labels[n - 1 - i] = us_review_name(monday, p->cli->arena);
        values[n - 1 - i] = (double)(i ? c->before[i - 1] : c->now);
    }
    us_chart_put(
        p->cli, &(struct us_chart){.title = "review.chart",
                    .title_args = US_ARGS(US_TEXT("definition", name_of(p, d))),
                    .labels = labels,
                    .values = values,
                    .count = n,
                    .line = us_two_digits(c->mean),
                    .line_says = "review.chart_before"});
}

static us_code volume_table(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"definition", "cli.column_definition", US_LEFT},
        {"entries", "review.column_entries", US_RIGHT},
        {"before", "review.column_before", US_RIGHT},
        {"usual", "review.column_usual", US_LEFT},
        {"news", "review.column_news", US_LEFT},
        {"in", "review.column_in", US_RIGHT},
        {"exits", "review.column_exits", US_LEFT},
    };
    struct us_table table;
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < p->r->definition_count; i++) {
        const struct us_review_definition *d = &p->r->definitions[i];
        const struct us_review_volume *v = &d->volume;
        US_TRY(us_table_row(&table,
            US_ARGS(US_TEXT("definition", name_of(p, d)),
                US_WHOLE("entries", v->entries.now),
                us_cell_digits("before", v->entries.mean), usual(p, &v->entries),
                US_WORD("news", news_word(&v->entries)), US_WHOLE("in", v->in),
                US_TEXT("exits", exits_of(p, v))),
            e));
    }
    return us_table_end(&table, e);
}

static void news_say(page *p, const struct us_review_definition *d,
    const struct us_review_count *c, us_str gate)
{
    if (!c->news) return;
    say(p, gate.len ? "review.is_news_gate" : "review.is_news",
        US_ARGS(US_TEXT("definition", name_of(p, d)), US_TEXT("gate", gate),
            US_WHOLE("n", c->now), us_cell_digits("low", ceil(c->low)),
            us_cell_digits("high", floor(c->high)), us_cell_digits("mean", c->mean),
            us_cell_digits("q", c->q)));
}

static us_code volume(page *p, struct us_error *e)
{
    const struct us_reviewed *r = p->r;
    bool any = false;
    heading(p, "review.volume", NULL);
    US_TRY(volume_table(p, e));
    for (size_t i = 0; i < r->definition_count; i++)
        chart(p, &r->definitions[i]);
    for (size_t i = 0; i < r->definition_count; i++) {
        const struct us_review_definition *d = &r->definitions[i];
        const struct us_review_count *c = &d->volume.entries;
        any |= c->news;
        news_say(p, d, c, (us_str){0});
        if (r->of->capacity > 0 && (double)c->now > r->of->capacity)
            say(p, "review.over",
                US_ARGS(US_TEXT("definition", name_of(p, d)), US_WHOLE("n", c->now),
                    us_cell_digits("capacity", r->of->capacity)));
        for (size_t k = 0; k < d->gate_count; k++) {
            any |= d->gates[k].entries.news;
            news_say(p, d, &d->gates[k].entries, d->gates[k].text);
        }
    }
    bool few = r->week_count - 1 < US_REVIEW_WEEKS_LEAST;
    if (few)
        say(p, "review.weeks_none", NULL);
    else if (!any)
        say(p, "review.no_news", NULL);
    for (size_t i = 0; i < r->silent_count; i++)
        say(p, "review.silent",
            US_ARGS(US_TEXT("source", r->silent[i].source),
                US_TIME("from", r->silent[i].span.from),
                US_TIME("to", r->silent[i].span.to)));
    return US_OK;
}

/* ---- handoffs, and touches ---- */

static void touched(page *p, const struct us_review_definition *d)
{
    const struct us_review_touched *t = &d->volume.week;
    const struct us_review_touched *b = &d->volume.before;
    const struct us_backtest_rate *rate = &t->in_time;
    if (d->volume.in)
        say(p, "review.waiting",
            US_ARGS(US_TEXT("definition", name_of(p, d)), US_WHOLE("in", d->volume.in),
                US_WHOLE("n", d->volume.waiting)));
    say(p, rate->n ? "review.touched" : "review.touched_none",
        US_ARGS(US_TEXT("definition", name_of(p, d)), US_WHOLE("n", rate->n),
            US_WHOLE("hits", rate->hits), us_cell_share("rate", rate->rate),
            us_cell_share("low", rate->in.low), us_cell_share("high", rate->in.high),
            US_WHOLE("running", t->running)));
    if (b->in_time.n)
        say(p, "review.touched_before",
            US_ARGS(US_WHOLE("hits", b->in_time.hits), US_WHOLE("n", b->in_time.n),
                us_cell_share("rate", b->in_time.rate),
                us_cell_digits("days", b->median_days)));
}

static void handled(page *p)
{
    heading(p, "review.handled", NULL);
    say(p, "review.no_handoffs", NULL);
    if (!p->r->touches) {
        say(p, "review.no_touches", NULL);
        return;
    }
    for (size_t i = 0; i < p->r->definition_count; i++)
        touched(p, &p->r->definitions[i]);
}

/* ---- gates ---- */

static const char *const verdicts[] = {[US_REVIEW_EARNS] = "review.verdict.earns",
    [US_REVIEW_NOISY] = "review.verdict.noisy",
    [US_REVIEW_CANNOT_TELL] = "review.verdict.cannot_tell"};

static us_code gate_rows(page *p, struct us_table *table,
    const struct us_review_definition *d, struct us_error *e)
{
    for (size_t i = 0; i < d->gate_count; i++) {
        const struct us_review_gate *g = &d->gates[i];
        const struct us_backtest *b = &g->judged;
        const struct us_standard *s = &b->base;
        bool known = d->judged && b->rate.n > 0;
        US_TRY(us_table_row(table,
            US_ARGS(US_TEXT("definition", name_of(p, d)), US_TEXT("gate", g->text),
                US_WHOLE("entries", g->entries.now), usual(p, &g->entries),
                US_WHOLE("n", known ? b->rate.n : 0),
                us_cell_share("rate", known ? b->rate.rate : NAN),
                us_cell_share("base", known ? s->base : NAN),
                range(p, "lift", known ? s->ratio.in.low : NAN,
                    known ? s->ratio.in.high : NAN),
                US_WORD("verdict", verdicts[g->verdict])),
            e));
    }
    return US_OK;
}

static us_code gates(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"definition", "cli.column_definition", US_LEFT},
        {"gate", "review.column_gate", US_LEFT},
        {"entries", "review.column_entries", US_RIGHT},
        {"usual", "review.column_usual", US_LEFT},
        {"n", "cli.backtest_column_over", US_RIGHT},
        {"rate", "cli.backtest_column_rate", US_RIGHT},
        {"base", "review.column_base", US_RIGHT},
        {"lift", "cli.backtest_beside_lift", US_LEFT},
        {"verdict", "review.column_verdict", US_LEFT},
    };
    struct us_table table;
    size_t count = 0;
    for (size_t i = 0; i < p->r->definition_count; i++)
        count += p->r->definitions[i].gate_count;
    if (!count) return US_OK;
    heading(p, "review.gates", NULL);
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < p->r->definition_count; i++)
        US_TRY(gate_rows(p, &table, &p->r->definitions[i], e));
    US_TRY(us_table_end(&table, e));
    say(p, "review.gates_reading", NULL);
    return US_OK;
}

/* ---- missed ---- */

static us_str not_met(page *p, const struct us_review_missed *m)
{
    const struct us_reviewed *r = p->r;
    struct us_buf out = us_buf_new(p->cli->arena, WORDS_MAX);
    for (size_t i = 0; i < r->definition_count; i++) {
        const struct us_review_definition *d = &r->definitions[i];
        bool asked =
            d->outcome == m->outcome && !r->rules->definitions[d->definition].pql;
        if (!asked) continue;
        if (out.len) us_buf_put(&out, US_S(" / "));
        us_buf_put(&out, us_backtest_why_words(
                             p->cli, r->rules, d->definition, &d->why[m->account]));
    }
    return us_buf_str(&out);
}

static us_str did(page *p, const struct us_review_missed *m)
{
    struct us_buf out = us_buf_new(p->cli->arena, WORDS_MAX);
    for (size_t i = 0; i < m->did_count; i++) {
        if (i) us_buf_put(&out, US_S(" · "));
        us_say(&out, p->cli->lang, "review.did",
            US_ARGS(US_TEXT("event", m->did[i].event),
                US_WHOLE("times", m->did[i].times),
                US_WHOLE("others", m->did[i].others)));
    }
    return us_screen_clean(p->cli->arena, us_buf_str(&out));
}

static us_code missed(page *p, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"account", "cli.column_account", US_LEFT},
        {"outcome", "review.column_outcome", US_LEFT},
        {"at", "cli.column_at", US_LEFT},
        {"value", "cli.backtest_column_value", US_RIGHT},
        {"not_met", "cli.backtest_column_not_met", US_LEFT},
        {"did", "review.column_did", US_LEFT},
    };
    const struct us_reviewed *r = p->r;
    size_t most = r->missed_count < p->missed_shown ? r->missed_count : p->missed_shown;
    struct us_table table;
    us_buf_char(p->cli->out, '\n');
    if (!r->missed_count) {
        say(p, "review.missed_none", NULL);
        return US_OK;
    }
    us_screen_heading(p->cli, "review.missed",
        US_ARGS(US_WHOLE("shown", most), US_WHOLE("missed", r->missed_count)));
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < most; i++) {
        const struct us_review_missed *m = &r->missed[i];
        const struct us_backtest_account *account = us_review_account(r, m);
        double value = r->money ? account->value : NAN;
        US_TRY(us_table_row(&table,
            US_ARGS(US_TEXT("account", account->key),
                US_TEXT("outcome", r->rules->outcomes[m->outcome].name),
                US_DAY("at", account->outcome), us_cell_digits("value", value),
                US_TEXT("not_met", not_met(p, m)), US_TEXT("did", did(p, m))),
            e));
    }
    US_TRY(us_table_end(&table, e));
    say(p, "review.missed_reading", US_ARGS(US_WHOLE("n", r->others)));
    return US_OK;
}

/* ---- changes ---- */

static void proposed(page *p)
{
    static const char *const keys[] = {
        [US_REVIEW_OVER_CAPACITY] = "review.propose_over_capacity",
        [US_REVIEW_NOT_ABOVE_BASE] = "review.propose_not_above_base",
        [US_REVIEW_GATE_NOISY] = "review.propose_gate_noisy",
        [US_REVIEW_NEAR_MISS] = "review.propose_near_miss"};
    const struct us_reviewed *r = p->r;
    heading(p, "review.proposed", NULL);
    if (!r->proposed_count) say(p, "review.proposed_none", NULL);
    for (size_t i = 0; i < r->proposed_count; i++) {
        const struct us_review_proposed *one = &r->proposed[i];
        const struct us_review_definition *d = &r->definitions[one->definition];
        bool gated = one->gate != SIZE_MAX;
        const struct us_backtest *b = gated ? &d->gates[one->gate].judged : &d->life;
        say(p, keys[one->change],
            US_ARGS(US_TEXT("definition", name_of(p, d)),
                US_TEXT("gate", gated ? d->gates[one->gate].text : (us_str){0}),
                us_cell_digits("mean", one->mean), us_cell_digits("low", one->low),
                us_cell_digits("capacity", r->of->capacity), US_WHOLE("n", b->rate.n),
                US_WHOLE("hits", b->rate.hits), us_cell_share("rate", b->rate.rate),
                us_cell_share("base", b->base.base),
                us_cell_digits("high", b->base.ratio.in.high),
                US_WHOLE("by", d->near_most), US_WHOLE("missed", d->missed)));
        say(p, "review.try", US_ARGS(US_TEXT("command", one->command)));
        say(p, "review.owner", NULL);
    }
}

us_code us_review_page(page *p, struct us_error *e)
{
    const struct us_reviewed *r = p->r;
    if (!p->cli->html)
        us_screen_heading(p->cli, "review.title",
            US_ARGS(US_TEXT("week", us_review_name(r->of->monday, p->cli->arena)),
                US_DAY("from", r->of->monday),
                US_DAY("to", r->of->monday + 6 * US_DAY_US)));
    say(p, "review.span",
        US_ARGS(US_TIME("from", r->weeks[0].from), US_TIME("to", r->weeks[0].to),
            US_TEXT("zone", r->rules->config->time_zone),
            US_WHOLE("accounts", r->account_count)));
    US_TRY(volume(p, e));
    handled(p);
    US_TRY(gates(p, e));
    US_TRY(missed(p, e));
    proposed(p);
    return US_OK;
}
