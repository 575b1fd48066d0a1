/* crm.h: what HubSpot's and Salesforce's tables mean; theirs are the names, the keys of
 * the rules are the same.
 *
 * An account of a CRM is known by the CRM's id. `--customers` says which account of
 * ours that is; one it does not name stands under its CRM id, and its company (the
 * domain of its web site) joins it to the people who use the product.
 */
#pragma once

#include "import/kinds.h"

/* id name account_id account_name stage stage_at closed_at created amount arr type
 * owner source lost_reason won lost closed. */
us_code us_crm_deal(struct us_sheet *table, struct us_row *row, struct us_error *e);

/* email first last account_id account_name title role source opted_out created. */
us_code us_crm_contact(struct us_sheet *table, struct us_row *row, struct us_error *e);

/* id name domain industry employees country owner type created. */
us_code us_crm_company(struct us_sheet *table, struct us_row *row, struct us_error *e);
