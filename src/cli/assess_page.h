/* assess_page.h: how an assessment is said to people. */
#pragma once

#include "answer/assess.h"
#include "cli/cli.h"

struct us_assess_page {
    struct us_cli *cli;
    const struct us_assessed *x;
};

/* The verdict first, then rows, funnel, definitions, coverage and what it rests on. */
us_code us_assess_page(const struct us_assess_page *p, struct us_error *e);

/* assess_funnel.c */
us_code us_assess_funnel_say(const struct us_assess_page *p, struct us_error *e);
/* assess_leads.c: asking, PQA rate, PQA beside MQL. */
us_code us_assess_leads_say(const struct us_assess_page *p, struct us_error *e);
/* assess_charts.c: nothing but in a page. */
void us_assess_funnel_charts(const struct us_assess_page *p);
void us_assess_hands_chart(const struct us_assess_page *p);
void us_assess_rate_chart(
    const struct us_assess_page *p, const struct us_assess_definition *d);

const char *us_assess_stage_key(us_stage stage); /* key of its name */
