/* stripe.c: what Stripe's dashboard exports.
 *
 * Payments and invoices tell of the same money from two sides: import one of them.
 * Invoices name the period that is paid for; of payments the exports named by --periods
 * and the description do (periods.h). Each movement carries the id of its charge or
 * invoice, so that seen again it counts once, and a refund that has grown counts what
 * it has grown by. Amounts are in units of the currency, not in cents. "Tax" of a
 * payments export is the tax on Stripe's fee and no business of ours.
 */

#include "import/kinds.h"

#include <string.h>

#define CUSTOMER                                                             \
    US_RULE("customer", TEXT, MUST, "Customer ID|Customer"),                 \
        US_RULE("email", TEXT, MAY, "Customer Email"),                       \
        US_RULE("account", TEXT, MAY,                                        \
            "account|account (metadata)|account_id (metadata)|workspace_id " \
            "(metadata)")

/* The account of a row; empty when nobody knows it, which is a dead letter. */
static us_str account_of(const struct us_sheet *table, const struct us_row *row)
{
    us_str account = us_row_text(table, row, US_S("account"));
    if (account.len) return account;
    us_str customer = us_row_text(table, row, US_S("customer"));
    account = us_customers_find(&table->customers, customer);
    if (account.len) return account;
    us_str email = us_row_text(table, row, US_S("email"));
    return us_customers_find(&table->customers, email);
}

static us_code unknown_customer(
    struct us_sheet *table, struct us_row *row, struct us_error *e)
{
    struct us_error why;
    us_str customer = us_row_text(table, row, US_S("customer"));
    if (!customer.len) customer = us_row_text(table, row, US_S("email"));
    us_code code = customer.len ? us_fail(&why, US_INPUT, "import.unknown_customer",
                                      US_ARGS(US_TEXT("customer", us_shown(customer))))
                                : us_fail(&why, US_INPUT, "import.no_customer", NULL);
    return code == US_OK ? code : us_row_dead(table, row, &why, e);
}

/* One movement of money. */
struct movement {
    us_str account, amount, status, method, invoice;
    int64_t at;
    struct us_period period;
};

static struct us_buf movement_begin(
    struct us_sheet *table, struct us_row *row, const struct movement *v)
{
    struct us_buf m = us_m_begin(table);
    us_m_text(&m, US_S("account"), v->account);
    us_m_time(&m, US_S("at"), v->at);
    us_m_raw(&m, US_S("amount"), v->amount);
    us_str currency = us_row_text(table, row, US_S("currency"));
    us_m_text(&m, US_S("currency"), us_capitals(currency, table->take->scratch));
    us_m_text(&m, US_S("status"), v->status);
    us_m_text(&m, US_S("method"), v->method);
    us_m_text(&m, US_S("invoice_id"), v->invoice);
    us_m_text(&m, US_S("payment_id"), us_row_text(table, row, US_S("id")));
    us_m_text(&m, US_S("interval"), v->period.interval);
    us_m_time(&m, US_S("period_start"), v->period.start);
    us_m_time(&m, US_S("period_end"), v->period.end);
    return m;
}

static us_code movement_put(struct us_sheet *table, struct us_row *row,
    const struct movement *v, struct us_error *e)
{
    struct us_buf m = movement_begin(table, row, v);
    return us_row_put(table, row, US_LINE_PAYMENT, &m, v->at, e);
}

static bool positive(us_str amount)
{
    double number;
    return us_str_real(amount, &number) && number > 0;
}

/* ---- payments ---- */

static const struct us_cell_rule payments[] = {
    US_RULE("id", TEXT, FILLED, ""),
    US_RULE("at", DATE, FILLED, "Created date (UTC)|Created (UTC)"),
    US_RULE("amount", MONEY, FILLED, ""),
    US_RULE("currency", TEXT, FILLED, ""),
    CUSTOMER,
    US_WORDS("status", US_MAY,
        "paid succeeded:paid complete:paid refunded partially_refunded:paid "
        "partial_refund:paid disputed:paid dispute:paid failed blocked:failed "
        "declined:failed pending:none processing:none canceled:none cancelled:none "
        "uncaptured:none incomplete:none expired:none requires_payment_method:none "
        "requires_confirmation:none requires_action:none requires_capture:none"),
    US_RULE("refunded", MONEY, EITHER, "Amount Refunded"),
    US_RULE("refunded_at", DATE, MAY, "Refunded date (UTC)"),
    US_RULE("disputed", MONEY, MAY, "Disputed Amount"),
    {US_S_INIT("dispute"), US_CELL_WORD, US_MAY, US_S_INIT("Dispute Status"),
        US_S_INIT(
            "needs_response:open under_review:open lost:open charge_refunded:none "
            "won:none "
            "prevented:none warning_needs_response:none warning_under_review:none "
            "warning_closed:none")},
    US_RULE("disputed_at", DATE, MAY, "Dispute date (UTC)"),
    US_RULE("captured", YES, EITHER, "Captured"),
    US_RULE("card", TEXT, EITHER, "Card ID"),
    US_RULE("source", TEXT, EITHER, "Payment Source Type|PaymentMethod Type"),
    US_RULE("intent", TEXT, EITHER, "PaymentIntent ID"),
    US_RULE("message", TEXT, EITHER, "Seller Message"),
    US_RULE("converted", TEXT, EITHER, "Converted Amount"),
    US_RULE("invoice_id", TEXT, MAY, "Invoice ID"),
    US_RULE("description", TEXT, MAY, ""),
    US_RULES_END,
};

/* Debits and transfers from a bank are no cards: what a ceiling study tells apart. */
static us_str method_of(const struct us_sheet *table, const struct us_row *row)
{
    us_str source = us_row_text(table, row, US_S("source"));
    us_str card = us_row_text(table, row, US_S("card"));
    if (us_same_name(source, US_S("card")) || (!source.len && card.len))
        return US_S("card");
    if (us_same_name(source, US_S("us_bank_account")) ||
        us_str_has_prefix(source, US_S("ach")))
        return US_S("ach");
    if (us_str_has_prefix(source, US_S("sepa"))) return US_S("sepa");
    return source.len ? US_S("other") : source;
}

static const struct us_period no_period = {US_NEVER, US_NEVER, {0}};

static us_code refund_put(
    struct us_sheet *table, struct us_row *row, struct movement v, struct us_error *e)
{
    bool all = us_str_eq(us_row_text(table, row, US_S("status")), US_S("refunded"));
    const struct us_cell *back = us_row_cell(table, row, US_S("refunded"));
    us_str amount = all && !back->text.len ? v.amount : back->text;
    if (!positive(amount)) return US_OK;
    int64_t at = us_row_cell(table, row, US_S("refunded_at"))->at;
    v.amount = amount;
    v.status = US_S("refunded");
    v.period = no_period;
    if (at != US_NEVER) v.at = at;
    return movement_put(table, row, &v, e);
}

static us_code dispute_put(
    struct us_sheet *table, struct us_row *row, struct movement v, struct us_error *e)
{
    us_str amount = us_row_text(table, row, US_S("disputed"));
    bool open = us_str_eq(us_row_text(table, row, US_S("dispute")), US_S("open"));
    if (!open || !positive(amount)) return US_OK;
    int64_t at = us_row_cell(table, row, US_S("disputed_at"))->at;
    v.amount = amount;
    v.status = US_S("disputed");
    v.period = no_period;
    if (at != US_NEVER) v.at = at;
    return movement_put(table, row, &v, e);
}

static us_code row_payment(
    struct us_sheet *table, struct us_row *row, struct us_error *e)
{
    us_str status = us_row_text(table, row, US_S("status"));
    us_str invoice = us_row_text(table, row, US_S("invoice_id"));
    const struct us_cell *captured = us_row_cell(table, row, US_S("captured"));
    struct movement v = {.account = account_of(table, row),
        .at = us_row_cell(table, row, US_S("at"))->at,
        .amount = us_row_text(table, row, US_S("amount")),
        .method = method_of(table, row),
        .invoice = invoice.len ? invoice : us_row_text(table, row, US_S("id")),
        .period = us_period_of(&table->periods, invoice,
            us_row_text(table, row, US_S("customer")),
            us_row_text(table, row, US_S("description")))};
    bool failed = us_str_eq(status, US_S("failed"));
    bool held = !failed && captured->text.len && !captured->yes;
    if (us_str_eq(status, US_S("none")) || held) return us_row_pass(table);
    if (!v.account.len) return unknown_customer(table, row, e);
    if (failed) v.period = no_period;
    v.status = failed ? US_S("failed") : US_S("paid");
    US_TRY(movement_put(table, row, &v, e));
    if (failed) return US_OK;
    US_TRY(refund_put(table, row, v, e));
    return dispute_put(table, row, v, e);
}

const struct us_sheet_kind us_kind_stripe_payments = {
    .name = US_S_INIT("stripe payments"),
    .type = US_LINE_PAYMENT,
    .rules = payments,
    .vendor = true,
    .customers = true,
    .row = row_payment};

/* ---- invoices ---- */

static const struct us_cell_rule invoices[] = {
    US_RULE("id", TEXT, FILLED, ""),
    CUSTOMER,
    US_RULE("due", MONEY, FILLED, "Amount Due"),
    US_RULE("paid_amount", MONEY, MAY, "Amount Paid"),
    US_RULE("currency", TEXT, FILLED, ""),
    US_RULE("date", DATE, FILLED,
        "Date (UTC)|Created (UTC)|Created date (UTC)|Finalized At (UTC)"),
    US_RULE("paid_at", DATE, MAY, "Paid At (UTC)"),
    US_WORDS("status", US_EITHER,
        "paid open draft void voided:void deleted:void "
        "uncollectible past_due:open"),
    US_RULE("paid", YES, EITHER, ""),
    US_RULE("tax", MONEY, MAY, ""),
    US_RULE("period_start", DATE, MAY,
        "Minimum Line Item Period Start (UTC)|Period Start (UTC)"),
    US_RULE(
        "period_end", DATE, MAY, "Maximum Line Item Period End (UTC)|Period End (UTC)"),
    US_WORDS("billing", US_MAY,
        "charge_automatically:card send_invoice:invoice automatic:card"),
    US_RULE("collection", TEXT, MAY, "Collection Method"),
    US_RULES_END,
};

static us_str invoice_method(const struct us_sheet *table, const struct us_row *row)
{
    us_str billing = us_row_text(table, row, US_S("billing"));
    us_str collection = us_row_text(table, row, US_S("collection"));
    if (billing.len) return billing;
    if (us_same_name(collection, US_S("send_invoice"))) return US_S("invoice");
    if (us_same_name(collection, US_S("charge_automatically"))) return US_S("card");
    return (us_str){0};
}

/* An invoice is money once it is paid, and a failure once it is given up. */
static us_code row_invoice(
    struct us_sheet *table, struct us_row *row, struct us_error *e)
{
    us_str status = us_row_text(table, row, US_S("status"));
    const struct us_cell *flag = us_row_cell(table, row, US_S("paid"));
    const struct us_cell *paid_at = us_row_cell(table, row, US_S("paid_at"));
    us_str paid_amount = us_row_text(table, row, US_S("paid_amount"));
    us_str due = us_row_text(table, row, US_S("due"));
    bool paid = status.len ? us_str_eq(status, US_S("paid")) : flag->yes;
    bool given_up = us_str_eq(status, US_S("uncollectible"));
    struct movement v = {.account = account_of(table, row),
        .at = us_row_cell(table, row, US_S("date"))->at,
        .amount = paid && paid_amount.len ? paid_amount : due,
        .status = paid ? US_S("paid") : US_S("failed"),
        .method = invoice_method(table, row),
        .invoice = us_row_text(table, row, US_S("id")),
        .period = {us_row_cell(table, row, US_S("period_start"))->at,
            us_row_cell(table, row, US_S("period_end"))->at, {0}}};
    if ((!paid && !given_up) || !positive(v.amount)) return us_row_pass(table);
    if (!v.account.len) return unknown_customer(table, row, e);
    if (paid && paid_at->at != US_NEVER) v.at = paid_at->at;
    struct us_buf m = movement_begin(table, row, &v);
    us_m_raw(&m, US_S("tax"), us_row_text(table, row, US_S("tax")));
    return us_row_put(table, row, US_LINE_PAYMENT, &m, v.at, e);
}

const struct us_sheet_kind us_kind_stripe_invoices = {
    .name = US_S_INIT("stripe invoices"),
    .type = US_LINE_PAYMENT,
    .rules = invoices,
    .vendor = true,
    .customers = true,
    .row = row_invoice};

/* ---- subscriptions ---- */

static const struct us_cell_rule subscriptions[] = {
    US_RULE("id", TEXT, FILLED, ""),
    CUSTOMER,
    US_RULE("plan", TEXT, MUST, "Plan|Product"),
    US_RULE("quantity", NUMBER, MAY, ""),
    US_RULE("interval", INTERVAL, EITHER, ""),
    US_RULE("status", TEXT, FILLED, ""),
    US_RULE("start", DATE, EITHER, "Start Date (UTC)|Start (UTC)"),
    US_RULE("period_start", DATE, EITHER, "Current Period Start (UTC)"),
    US_RULE("period_end", DATE, EITHER, "Current Period End (UTC)"),
    US_RULE("canceled", DATE, MAY, "Canceled At (UTC)"),
    US_RULE("ended", DATE, MAY, "Ended At (UTC)"),
    US_RULES_END,
};

/* What an account is subscribed to is a trait, not money. One that has ended is dated
 * by its end; of one that runs the export tells but what holds today, so it has no date
 * and holds from the import on. */
static us_code row_subscription(
    struct us_sheet *table, struct us_row *row, struct us_error *e)
{
    us_str account = account_of(table, row);
    if (!account.len) return unknown_customer(table, row, e);
    int64_t at = us_row_cell(table, row, US_S("ended"))->at;
    us_str status = us_row_text(table, row, US_S("status"));
    bool over = us_str_has_prefix(status, US_S("cancel")) ||
                us_same_name(status, US_S("canceled"));
    if (at == US_NEVER && over) at = us_row_cell(table, row, US_S("canceled"))->at;
    struct us_buf m = us_m_begin(table);
    us_m_text(&m, US_S("account"), account);
    us_m_time(&m, US_S("at"), at);
    us_m_text(&m, US_S("plan"), us_row_text(table, row, US_S("plan")));
    us_m_raw(&m, US_S("quantity"), us_row_text(table, row, US_S("quantity")));
    us_m_text(&m, US_S("interval"), us_row_text(table, row, US_S("interval")));
    us_m_text(&m, US_S("subscription_status"), status);
    return us_row_put(table, row, US_LINE_ACCOUNT, &m, at, e);
}

const struct us_sheet_kind us_kind_stripe_subscriptions = {
    .name = US_S_INIT("stripe subscriptions"),
    .type = US_LINE_ACCOUNT,
    .rules = subscriptions,
    .vendor = true,
    .customers = true,
    .row = row_subscription};
