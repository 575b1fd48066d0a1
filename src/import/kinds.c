/* kinds.c: the tables usher has itself (docs/import.md), and the list of all kinds. */

#include "import/kinds.h"

#define CHANNELS \
    "self_serve self-service:self_serve plg:self_serve sales sales-led:sales"
#define ACCOUNT(need)                             \
    {                                             \
        US_S_INIT("account"), US_CELL_TEXT, need, \
            US_S_INIT("account_id|workspace_id"), \
        {                                         \
            NULL                                  \
        }                                         \
    }
#define RECEIVED US_RULE("received", TIME, MAY, "receivedAt")

struct us_cells_when us_m_cells(
    struct us_buf *m, const struct us_sheet_kind *kind, const struct us_cell *cells)
{
    struct us_cells_when when = {US_NEVER, US_NEVER};
    for (size_t i = 0; kind->rules[i].key.len; i++) {
        const struct us_cell_rule *rule = &kind->rules[i];
        const struct us_cell *cell = &cells[i];
        if (us_str_eq(rule->key, kind->at)) when.at = cell->at;
        if (us_str_eq(rule->key, US_S("received"))) {
            when.received = cell->at;
        } else if (rule->kind == US_CELL_TIME) {
            us_m_time(m, rule->key, cell->at);
        } else if (rule->kind == US_CELL_NUMBER) {
            us_m_raw(m, rule->key, cell->text);
        } else {
            us_m_text(m, rule->key, cell->text);
        }
    }
    return when;
}

/* Dated by the kind's `at`, known by `received`. */
static us_code row_as_it_stands(
    struct us_sheet *table, struct us_row *row, struct us_error *e)
{
    const struct us_sheet_kind *kind = table->kind;
    struct us_buf m = us_m_begin(table);
    struct us_cells_when when = us_m_cells(&m, kind, row->cell);
    for (size_t i = 0; kind->open && i < table->extra_count; i++)
        us_m_guess(&m, table->extras[i].name, row->cells[table->extras[i].column]);
    int64_t known = when.received != US_NEVER ? when.received : when.at;
    return us_row_put(table, row, kind->type, &m, known, e);
}

static const struct us_cell_rule payments[] = {
    ACCOUNT(US_FILLED),
    US_RULE("at", TIME, FILLED, "paid_at|date"),
    US_RULE("amount", NUMBER, FILLED, ""),
    US_RULE("currency", TEXT, MAY, ""),
    US_WORDS("status", US_MAY, "paid failed refunded disputed"),
    US_WORDS("method", US_MAY,
        "card invoice ach bank sepa wire transfer check paypal wallet other"),
    US_WORDS("channel", US_MAY, CHANNELS),
    US_RULE("interval", INTERVAL, MAY, ""),
    US_RULE("period_start", TIME, MAY, ""),
    US_RULE("period_end", TIME, MAY, ""),
    US_RULE("quantity", NUMBER, MAY, "seats"),
    US_RULE("plan", TEXT, MAY, ""),
    US_RULE("tax", NUMBER, MAY, ""),
    US_RULE("invoice_id", TEXT, MAY, "invoice"),
    US_RULE("payment_id", TEXT, MAY, "payment|charge_id|transaction_id"),
    RECEIVED,
    US_RULES_END,
};
const struct us_sheet_kind us_kind_payments = {.name = US_S_INIT("payments"),
    .type = US_LINE_PAYMENT,
    .rules = payments,
    .at = US_S_INIT("at"),
    .row = row_as_it_stands};

static const struct us_cell_rule deals[] = {
    US_RULE("deal_id", TEXT, FILLED, "deal"),
    ACCOUNT(US_FILLED),
    US_RULE("created", TIME, MAY, "created_at"),
    US_RULE("first_touch", TIME, MAY, "first_touch_at"),
    US_RULE("stage", TEXT, FILLED, ""),
    US_RULE("stage_at", TIME, MAY, ""),
    US_RULE("amount", NUMBER, MAY, ""),
    US_RULE("arr", NUMBER, MAY, ""),
    US_WORDS("type", US_MAY, "new expansion renewal"),
    US_WORDS("channel", US_MAY, CHANNELS),
    US_RULE("owner", TEXT, MAY, ""),
    US_RULE("source", TEXT, MAY, ""),
    US_RULE("lost_reason", TEXT, MAY, ""),
    RECEIVED,
    US_RULES_END,
};
const struct us_sheet_kind us_kind_deals = {.name = US_S_INIT("deals"),
    .type = US_LINE_DEAL,
    .rules = deals,
    .at = US_S_INIT("stage_at"),
    .row = row_as_it_stands};

static const struct us_cell_rule activities[] = {
    US_RULE("activity_id", TEXT, MAY, "activity"),
    ACCOUNT(US_FILLED),
    US_RULE("contact", TEXT, MAY, "email"),
    US_RULE("at", TIME, FILLED, "date"),
    US_WORDS("kind", US_FILLED,
        "email e-mail:email call phone:call meeting demo:meeting sequence ticket "
        "chat note task other"),
    US_WORDS(
        "direction", US_MAY, "in out inbound:in incoming:in outbound:out outgoing:out"),
    US_RULE("owner", TEXT, MAY, ""),
    US_RULE("subject", TEXT, MAY, ""),
    RECEIVED,
    US_RULES_END,
};
const struct us_sheet_kind us_kind_activities = {.name = US_S_INIT("activities"),
    .type = US_LINE_ACTIVITY,
    .rules = activities,
    .at = US_S_INIT("at"),
    .row = row_as_it_stands};

static const struct us_cell_rule mqls[] = {
    US_RULE("contact", TEXT, FILLED, "email"),
    ACCOUNT(US_MUST),
    US_RULE("at", TIME, FILLED, "mql_at"),
    US_RULE("source", TEXT, TELLS, ""),
    RECEIVED,
    US_RULES_END,
};
const struct us_sheet_kind us_kind_mqls = {.name = US_S_INIT("mqls"),
    .type = US_LINE_MQL,
    .rules = mqls,
    .at = US_S_INIT("at"),
    .modest = true,
    .row = row_as_it_stands};

static const struct us_cell_rule contacts[] = {
    US_RULE("email", TEXT, FILLED, ""),
    ACCOUNT(US_MUST),
    US_RULE("name", TEXT, MAY, ""),
    US_RULE("title", TEXT, TELLS, "job_title"),
    US_RULE("role", TEXT, TELLS, ""),
    US_RULE("source", TEXT, MAY, ""),
    {US_S_INIT("consent"), US_CELL_WORD, US_TELLS, US_S_INIT(""),
        US_S_INIT("yes no unknown true:yes false:no 1:yes 0:no")},
    US_RULE("created", TIME, MAY, "created_at"),
    RECEIVED,
    US_RULES_END,
};
const struct us_sheet_kind us_kind_contacts = {.name = US_S_INIT("contacts"),
    .type = US_LINE_CONTACT,
    .rules = contacts,
    .at = US_S_INIT("created"),
    .modest = true,
    .row = row_as_it_stands};

static const struct us_cell_rule companies[] = {
    US_RULE("company", TEXT, FILLED, "company_id"),
    ACCOUNT(US_FILLED),
    US_RULE("domain", TEXT, MAY, ""),
    US_RULE("name", TEXT, MAY, ""),
    US_RULE("crm_id", TEXT, TELLS, ""),
    US_RULE("at", TIME, MAY, ""),
    RECEIVED,
    US_RULES_END,
};
const struct us_sheet_kind us_kind_companies = {.name = US_S_INIT("companies"),
    .type = US_LINE_COMPANY,
    .rules = companies,
    .at = US_S_INIT("at"),
    .modest = true,
    .row = row_as_it_stands};

static const struct us_cell_rule accounts[] = {
    ACCOUNT(US_FILLED),
    US_RULE("at", TIME, MAY, ""),
    RECEIVED,
    US_RULES_END,
};
const struct us_sheet_kind us_kind_accounts = {.name = US_S_INIT("accounts"),
    .type = US_LINE_ACCOUNT,
    .rules = accounts,
    .at = US_S_INIT("at"),
    .open = true,
    .resort = true,
    .row = row_as_it_stands};

/* In the order in which a header is held against them: vendors' tables and those that
 * need most columns first, accounts, which nearly every table could be, last. */
const struct us_sheet_kind *const us_sheet_kinds[] = {
    &us_kind_stripe_payments,
    &us_kind_stripe_invoices,
    &us_kind_stripe_subscriptions,
    &us_kind_hubspot_deals,
    &us_kind_hubspot_contacts,
    &us_kind_hubspot_companies,
    &us_kind_salesforce_opportunities,
    &us_kind_salesforce_contacts,
    &us_kind_salesforce_accounts,
    &us_kind_events,
    &us_kind_deals,
    &us_kind_activities,
    &us_kind_payments,
    &us_kind_mqls,
    &us_kind_contacts,
    &us_kind_companies,
    &us_kind_accounts,
};
const size_t us_sheet_kind_count = sizeof us_sheet_kinds / sizeof us_sheet_kinds[0];
