/* kinds.h: the kinds of tables, one constant each; kinds.c lists them. */
#pragma once

#include "import/sheet.h"

extern const struct us_sheet_kind us_kind_events, us_kind_payments, us_kind_deals,
    us_kind_activities, us_kind_mqls, us_kind_contacts, us_kind_companies,
    us_kind_accounts, us_kind_stripe_payments, us_kind_stripe_invoices,
    us_kind_stripe_subscriptions, us_kind_hubspot_deals, us_kind_hubspot_contacts,
    us_kind_hubspot_companies, us_kind_salesforce_opportunities,
    us_kind_salesforce_contacts, us_kind_salesforce_accounts;

/* Every cell, by rule, into m under its own key; what the kind's `at` and `received`
 * say, US_NEVER where they say nothing. */
struct us_cells_when {
    int64_t at, received;
};
struct us_cells_when us_m_cells(
    struct us_buf *m, const struct us_sheet_kind *kind, const struct us_cell *cells);

/* A rule of a kind's table. */
#define US_RULE(key, kind, need, names)                              \
    {                                                                \
        US_S_INIT(key), US_CELL_##kind, US_##need, US_S_INIT(names), \
        {                                                            \
            NULL                                                     \
        }                                                            \
    }
#define US_WORDS(key, need, words)                                          \
    {                                                                       \
        US_S_INIT(key), US_CELL_WORD, need, US_S_INIT(""), US_S_INIT(words) \
    }
#define US_RULES_END \
    {                \
        {            \
            NULL     \
        }            \
    }
