/* salesforce.c: Salesforce's exports (names of the API) and reports (names of the
 * page). */

#include "import/crm.h"

static const struct us_cell_rule opportunities[] = {
    US_RULE("id", TEXT, EITHER, "Opportunity ID|Id"),
    US_RULE("name", TEXT, EITHER, "Opportunity Name|Name"),
    US_RULE("stage", TEXT, FILLED, "StageName|Stage"),
    US_RULE("closed_at", DATE, MUST, "CloseDate|Close Date"),
    US_RULE("account_id", TEXT, MAY, "AccountId|Account ID"),
    US_RULE("account_name", TEXT, MAY, "Account Name|Account.Name"),
    US_RULE("stage_at", DATE, MAY, "LastStageChangeDate|Last Stage Change Date"),
    US_RULE("created", DATE, MAY, "CreatedDate|Created Date"),
    US_RULE("amount", MONEY, MAY, "Amount"),
    US_RULE("arr", MONEY, MAY, "ARR__c|ARR"),
    US_RULE("type", TEXT, MAY, "Type"),
    US_RULE("owner", TEXT, MAY, "Opportunity Owner|Owner.Name|OwnerId"),
    US_RULE("source", TEXT, MAY, "LeadSource|Lead Source"),
    US_RULE("lost_reason", TEXT, MAY, "Loss_Reason__c|Loss Reason|Closed Lost Reason"),
    US_RULE("won", YES, MAY, "IsWon|Won"),
    US_RULE("closed", YES, MAY, "IsClosed|Closed"),
    US_RULES_END,
};
const struct us_sheet_kind us_kind_salesforce_opportunities = {
    .name = US_S_INIT("salesforce opportunities"),
    .type = US_LINE_DEAL,
    .rules = opportunities,
    .vendor = true,
    .row = us_crm_deal};

static const struct us_cell_rule contacts[] = {
    US_RULE("email", TEXT, FILLED, "Email"),
    US_RULE("first", TEXT, MAY, "FirstName|First Name"),
    US_RULE("last", TEXT, MUST, "LastName|Last Name"),
    US_RULE("account_id", TEXT, EITHER, "AccountId|Account ID"),
    US_RULE("account_name", TEXT, EITHER, "Account Name|Account.Name"),
    US_RULE("title", TEXT, MAY, "Title"),
    US_RULE("source", TEXT, MAY, "LeadSource|Lead Source"),
    US_RULE("opted_out", YES, MAY, "HasOptedOutOfEmail|Email Opt Out"),
    US_RULE("created", DATE, MAY, "CreatedDate|Created Date"),
    US_RULES_END,
};
const struct us_sheet_kind us_kind_salesforce_contacts = {
    .name = US_S_INIT("salesforce contacts"),
    .type = US_LINE_CONTACT,
    .rules = contacts,
    .vendor = true,
    .row = us_crm_contact};

static const struct us_cell_rule accounts[] = {
    US_RULE("id", TEXT, FILLED, "Account ID|Id"),
    US_RULE("name", TEXT, MUST, "Account Name|Name"),
    US_RULE("domain", TEXT, EITHER, "Website"),
    US_RULE("industry", TEXT, MAY, "Industry"),
    US_RULE("employees", MONEY, EITHER, "NumberOfEmployees|Employees"),
    US_RULE("country", TEXT, EITHER, "BillingCountry|Billing Country"),
    US_RULE("owner", TEXT, EITHER, "Account Owner|Owner.Name|OwnerId"),
    US_RULE("type", TEXT, MAY, "Type"),
    US_RULE("created", DATE, MAY, "CreatedDate|Created Date"),
    US_RULES_END,
};
const struct us_sheet_kind us_kind_salesforce_accounts = {
    .name = US_S_INIT("salesforce accounts"),
    .type = US_LINE_ACCOUNT,
    .rules = accounts,
    .vendor = true,
    .row = us_crm_company};
