#include "answer/assess_inner.h"

/* Pricing is known of whoever could have been seen to look at prices. */
static void pricing_of(struct us_assessing *g)
{
    const struct us_config *c = g->ask->rules->config;
    bool any = false;
    for (size_t i = 0; i < g->count; i++)
        any |= g->accounts[i].pricing > 0;
    g->out->pricing_by = c->role_count[US_ROLE_PRICING] ? US_PRICING_EVENT
                         : any                          ? US_PRICING_PAGE
                                                        : US_PRICING_UNKNOWN;
}

/* Cells: the first and the last event of an account. */
static us_code span_row(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct us_assessed *x = ctx;
    if (!cells[0].null) us_str_int(cells[0].text, &x->first);
    if (!cells[1].null) us_str_int(cells[1].text, &x->last);
    return US_OK;
}

/* The period; one outside of the data is refused with what there is. */
static us_code period(struct us_assessing *g, struct us_error *e)
{
    struct us_assessed *x = g->out;
    struct us_buf sql = us_assess_sql_new(g);
    us_buf_put(
        &sql, US_S("SELECT epoch_us(min(happened)), epoch_us(max(happened)) FROM "
                   "events_now WHERE account IS NOT NULL AND NOT internal"));
    US_TRY(us_assess_sql(g, &sql, span_row, x, e));
    if (x->first == US_NEVER)
        return us_fail(e, US_INPUT, "answer.assess_nothing", NULL);
    x->from = g->of->from < x->first ? x->first : g->of->from;
    if (x->from <= x->last && x->from < x->to) return US_OK;
    return us_fail(e, US_INPUT, "answer.assess_outside",
        US_ARGS(US_DAY("first", x->first), US_DAY("last", x->last)));
}

static void definitions_of(struct us_assessing *g)
{
    const struct us_rules *r = g->ask->rules;
    struct us_assessed *x = g->out;
    x->definitions = us_new(g->a, struct us_assess_definition, r->definition_count + 1);
    for (uint32_t i = 0; i < r->definition_count; i++)
        if (!r->definitions[i].pql)
            x->definitions[x->definition_count++].definition = i;
}

static void funnel_of(struct us_assessing *g)
{
    struct us_assessed *x = g->out;
    struct us_assess_asked asked = {.accounts = g->accounts,
        .count = g->count,
        .from = x->from,
        .to = x->to,
        .until = g->until,
        .segment_count = x->segment_count};
    for (int i = 0; i < US_STAGES; i++) {
        asked.within[i] = x->within[i] = g->of->within[i];
        asked.known[i] = x->known[i];
    }
    us_assess_of(&asked, g->a, &x->study);
}

static us_code answer(struct us_assessing *g, struct us_error *e)
{
    struct us_assessed *x = g->out;
    US_TRY(us_status_figures(g->ask, g->a, &x->coverage, e));
    US_TRY(period(g, e));
    US_TRY(us_assess_events(g, e));
    x->month_count = us_assess_months(x->from, x->to, g->a, &g->months);
    x->months = g->months;
    US_TRY(us_assess_segments(g, e));
    definitions_of(g);
    US_TRY(us_assess_replay(g, e));
    US_TRY(us_assess_facts(g, e));
    US_TRY(us_assess_leads(g, e));
    funnel_of(g);
    pricing_of(g);
    US_TRY(us_assess_gates(g, e));
    us_assess_ready(g);
    us_assess_rests(g);
    return US_OK;
}

us_code us_assess_ask(const struct us_ask *ask, const struct us_assess_of *of,
    struct us_arena *a, struct us_assessed *out, struct us_error *e)
{
    struct us_assessing g = {
        .ask = ask, .of = of, .a = a, .out = out, .until = of->to - 1};
    *out = (struct us_assessed){.rules = ask->rules, .to = of->to, .first = US_NEVER};
    us_intern_init(&g.keys);
    us_code code = answer(&g, e);
    us_intern_done(&g.keys);
    us_timing_lap(ask->timing, US_LAP_SORTING);
    return code;
}
