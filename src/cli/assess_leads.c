/* assess_leads.c: who asks by themselves, who qualifies, and what becomes of them
 * beside marketing's leads. */

#include "cli/assess_page.h"
#include "cli/cells.h"

#include <math.h>

typedef const struct us_assess_page page;

static void say(page *p, const char *key, const us_arg *args)
{
    us_screen_say(p->cli, us_text(p->cli->arena, p->cli->lang, key, args), 0);
}

/* ---- asking ---- */

static void pricing(page *p)
{
    const struct us_backtest_rate *r = &p->x->study.pricing;
    if (p->x->pricing_by == US_PRICING_UNKNOWN || !r->n) {
        say(p, "assess.pricing_unknown", NULL);
        return;
    }
    bool activated = p->x->known[US_STAGE_ACTIVATED];
    say(p, activated ? "assess.pricing" : "assess.pricing_of_seen",
        US_ARGS(US_WHOLE("n", r->n), US_WHOLE("hits", r->hits),
            US_SHARE("rate", r->rate), US_SHARE("low", r->in.low),
            US_SHARE("high", r->in.high),
            US_SHARE("often", p->x->study.pricing_often.rate)));
    say(p,
        p->x->pricing_by == US_PRICING_PAGE ? "assess.pricing_by_page"
                                            : "assess.pricing_by_event",
        NULL);
}

static void hands(page *p)
{
    const struct us_hands *h = &p->x->hands;
    if (!p->x->asks) {
        say(p, "assess.hands_unknown", NULL);
        return;
    }
    if (!h->week_count) {
        say(p, "assess.hands_short", NULL);
        return;
    }
    say(p, "assess.hands",
        US_ARGS(US_WHOLE("hands", h->hands), US_WHOLE("weeks", h->week_count),
            us_cell_digits("rate", h->per_week), us_cell_digits("low", h->in.low),
            us_cell_digits("high", h->in.high)));
}

/* ---- PQA rate ---- */

static us_code months(page *p, const struct us_assess_definition *d, struct us_error *e)
{
    static const struct us_table_column columns[] = {
        {"from", "cli.backtest_month", US_LEFT},
        {"active", "assess.column_active", US_RIGHT},
        {"new", "assess.column_new", US_RIGHT},
        {"rate", "assess.column_pqa_rate", US_RIGHT},
        {"bar", "assess.column_of_all", US_LEFT},
        {"low", "cli.column_rate_low", US_RIGHT},
        {"high", "cli.column_rate_high", US_RIGHT},
        {"again", "cli.backtest_column_again", US_RIGHT},
        {"raised", "assess.column_raised", US_RIGHT},
        {"whole", "assess.column_whole", US_LEFT},
    };
    struct us_table table;
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < p->x->month_count; i++) {
        const struct us_pqa_month *m = &d->months[i];
        double rate = m->rate.rate;
        US_TRY(us_table_row(&table,
            US_ARGS(US_DAY("from", m->month.from), US_WHOLE("active", m->rate.n),
                US_WHOLE("new", m->rate.hits), us_cell_share("rate", rate),
                US_TEXT("bar", isnan(rate) ? (us_str){0} : us_cell_bar(p->cli, rate)),
                us_cell_share("low", m->rate.in.low),
                us_cell_share("high", m->rate.in.high), US_WHOLE("again", m->again),
                US_WHOLE("raised", m->raised),
                US_WORD("whole", m->month.whole ? "assess.whole" : "assess.part")),
            e));
    }
    return us_table_end(&table, e);
}

/* ---- PQA beside MQL ---- */

static us_code groups(page *p, const struct us_leads *l, struct us_error *e)
{
    static const char *const keys[] = {[US_LEAD_PQA] = "assess.lead.pqa",
        [US_LEAD_MQL] = "assess.lead.mql",
        [US_LEAD_BOTH] = "assess.lead.both",
        [US_LEAD_NEITHER] = "assess.lead.neither"};
    static const struct us_table_column columns[] = {
        {"group", "assess.column_group", US_LEFT},
        {"accounts", "cli.column_accounts", US_RIGHT},
        {"n", "assess.column_judged", US_RIGHT},
        {"hits", "cli.backtest_column_hits", US_RIGHT},
        {"rate", "assess.column_rate", US_RIGHT},
        {"bar", "assess.column_of_all", US_LEFT},
        {"low", "cli.column_rate_low", US_RIGHT},
        {"high", "cli.column_rate_high", US_RIGHT},
        {"days", "assess.column_days", US_RIGHT},
        {"untouched_n", "assess.column_untouched_n", US_RIGHT},
        {"untouched", "assess.column_untouched", US_RIGHT},
    };
    struct us_table table;
    us_table_begin(&table, p->cli, columns, sizeof columns / sizeof *columns);
    for (int i = 0; i < US_LEADS; i++) {
        const struct us_lead_group *g = &l->groups[i];
        us_arg untouched = US_WHOLE("untouched_n", g->untouched.n);
        if (!p->x->touches) untouched.kind = US_ARG_NONE;
        double rate = g->rate.rate;
        US_TRY(us_table_row(&table,
            US_ARGS(US_WORD("group", keys[i]), US_WHOLE("accounts", g->accounts),
                US_WHOLE("n", g->rate.n), US_WHOLE("hits", g->rate.hits),
                us_cell_share("rate", rate),
                US_TEXT("bar", isnan(rate) ? (us_str){0} : us_cell_bar(p->cli, rate)),
                us_cell_share("low", g->rate.in.low),
                us_cell_share("high", g->rate.in.high),
                us_cell_digits("days", g->to_outcome.median), untouched,
                us_cell_share("untouched", p->x->touches ? g->untouched.rate : NAN)),
            e));
    }
    return us_table_end(&table, e);
}

static int64_t left_out(const struct us_leads *l, size_t which)
{
    int64_t n = 0;
    for (int i = 0; i < US_LEADS; i++) {
        const struct us_lead_group *g = &l->groups[i];
        n += which == 0 ? g->raised : which == 1 ? g->already : g->open;
    }
    return n;
}

static us_code leads(page *p, const struct us_assess_definition *d, struct us_error *e)
{
    const struct us_definition *def = &p->x->rules->definitions[d->definition];
    const struct us_leads *l = &d->leads;
    if (def->aim == US_NODE_NONE) {
        say(p, "assess.no_aim", US_ARGS(US_TEXT("definition", def->name)));
        return US_OK;
    }
    us_str outcome = p->x->rules->outcomes[def->aim].name;
    if (!d->judged) {
        say(p, "assess.never", US_ARGS(US_TEXT("outcome", outcome)));
        return US_OK;
    }
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "assess.leads",
        US_ARGS(US_TEXT("outcome", outcome), US_WHOLE("days", d->horizon / US_DAY_US)));
    US_TRY(groups(p, l, e));
    say(p, "assess.leads_left",
        US_ARGS(US_WHOLE("raised", left_out(l, 0)), US_WHOLE("already", left_out(l, 1)),
            US_WHOLE("open", left_out(l, 2)), us_cell_digits("age", l->neither_days)));
    if (l->both)
        say(p, "assess.leads_both",
            US_ARGS(US_WHOLE("pqa", l->pqa), US_WHOLE("mql", l->mql),
                US_WHOLE("both", l->both), US_WHOLE("pqa_first", l->pqa_first),
                US_WHOLE("mql_first", l->mql_first),
                us_cell_digits("days", l->between.median)));
    if (!p->x->mqls) say(p, "assess.no_mqls", NULL);
    if (!p->x->touches) say(p, "assess.no_touches", NULL);
    if (l->hands.n)
        say(p, "assess.leads_hands",
            US_ARGS(US_WHOLE("n", l->hands.n), US_WHOLE("hits", l->hands.hits),
                US_SHARE("rate", l->hands.rate)));
    say(p, "assess.leads_reading", NULL);
    return US_OK;
}

us_code us_assess_leads_say(page *p, struct us_error *e)
{
    us_buf_char(p->cli->out, '\n');
    us_screen_heading(p->cli, "assess.asking", NULL);
    pricing(p);
    hands(p);
    us_assess_hands_chart(p);
    for (size_t i = 0; i < p->x->definition_count; i++) {
        const struct us_assess_definition *d = &p->x->definitions[i];
        us_str name = p->x->rules->definitions[d->definition].name;
        us_buf_char(p->cli->out, '\n');
        us_screen_heading(p->cli, "assess.pqa", US_ARGS(US_TEXT("definition", name)));
        us_assess_rate_chart(p, d);
        US_TRY(months(p, d, e));
        say(p, "assess.pqa_reading", NULL);
        US_TRY(leads(p, d, e));
    }
    return US_OK;
}
