/* hubspot.c: HubSpot's exports of records: CRM → Export, CSV. */

#include "import/crm.h"

static const struct us_cell_rule deals[] = {
    US_RULE("id", TEXT, FILLED, "Record ID|Record ID - Deal|Deal ID"),
    US_RULE("name", TEXT, MUST, "Deal Name"),
    US_RULE("stage", TEXT, FILLED, "Deal Stage"),
    US_RULE("account_id", TEXT, EITHER,
        "Associated Company IDs (Primary)|Associated Company IDs|Associated Company "
        "ID"),
    US_RULE("account_name", TEXT, EITHER,
        "Associated Company (Primary)|Associated Company|Company Name"),
    US_RULE("stage_at", DATE, MAY, "Date entered current stage"),
    US_RULE("closed_at", DATE, MAY, "Close Date"),
    US_RULE("created", DATE, MAY, "Create Date"),
    US_RULE("amount", MONEY, MAY, "Amount"),
    US_RULE("arr", MONEY, MAY, "Annual recurring revenue|Annual contract value"),
    US_RULE("type", TEXT, MAY, "Deal Type"),
    US_RULE("owner", TEXT, MAY, "Deal owner"),
    US_RULE("source", TEXT, MAY,
        "Original Traffic Source|Original Source Type|Deal Source"),
    US_RULE("lost_reason", TEXT, MAY, "Closed Lost Reason"),
    US_RULE("won", YES, MAY, "Is Closed Won"),
    US_RULE("lost", YES, MAY, "Is Closed Lost"),
    US_RULES_END,
};
const struct us_sheet_kind us_kind_hubspot_deals = {.name = US_S_INIT("hubspot deals"),
    .type = US_LINE_DEAL,
    .rules = deals,
    .vendor = true,
    .row = us_crm_deal};

static const struct us_cell_rule contacts[] = {
    US_RULE("id", TEXT, MUST, "Record ID|Record ID - Contact|Contact ID"),
    US_RULE("email", TEXT, FILLED, "Email"),
    US_RULE("first", TEXT, EITHER, "First Name"),
    US_RULE("last", TEXT, EITHER, "Last Name"),
    US_RULE("account_id", TEXT, MAY,
        "Associated Company IDs (Primary)|Associated Company IDs|Associated Company "
        "ID"),
    US_RULE("account_name", TEXT, MAY,
        "Associated Company (Primary)|Associated Company|Company Name"),
    US_RULE("title", TEXT, MAY, "Job Title"),
    US_RULE("role", TEXT, MAY, "Buying Role"),
    US_RULE("source", TEXT, MAY, "Original Traffic Source|Original Source"),
    US_RULE("opted_out", YES, MAY, "Unsubscribed from all email"),
    US_RULE("created", DATE, MAY, "Create Date"),
    US_RULES_END,
};
const struct us_sheet_kind us_kind_hubspot_contacts = {
    .name = US_S_INIT("hubspot contacts"),
    .type = US_LINE_CONTACT,
    .rules = contacts,
    .vendor = true,
    .row = us_crm_contact};

static const struct us_cell_rule companies[] = {
    US_RULE("id", TEXT, FILLED, "Record ID|Record ID - Company|Company ID"),
    US_RULE("name", TEXT, MUST, "Company name"),
    US_RULE("domain", TEXT, MAY, "Company Domain Name|Domain|Website URL"),
    US_RULE("industry", TEXT, MAY, "Industry"),
    US_RULE("employees", MONEY, MAY, "Number of Employees"),
    US_RULE("country", TEXT, MAY, "Country/Region|Country"),
    US_RULE("owner", TEXT, MAY, "Company owner"),
    US_RULE("type", TEXT, MAY, "Type"),
    US_RULE("created", DATE, MAY, "Create Date"),
    US_RULES_END,
};
const struct us_sheet_kind us_kind_hubspot_companies = {
    .name = US_S_INIT("hubspot companies"),
    .type = US_LINE_ACCOUNT,
    .rules = companies,
    .vendor = true,
    .row = us_crm_company};
