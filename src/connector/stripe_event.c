/* stripe_event.c: which line an event becomes.
 *
 * Money is told by its invoice, as in the export of invoices (import/stripe.c): the
 * same payment_id, status and amount, so that history counts an invoice once whichever
 * of the two told it. Charges are told alone where no invoice stands behind them: up to
 * API 2025-03-31 a charge says so itself; later ones do not, and the checkout does.
 * Refunds and disputes carry the charge's id, as in the export of payments.
 */
#include "connector/stripe_inner.h"
#include "import/sheet.h"

enum { TEXT_MAX = 200 };

/* ---- verdicts ---- */

static us_code passed(const struct stripe_reading *r, struct us_error *e)
{
    return us_fail(
        e, US_NOT_FOUND, "stripe.passed", US_ARGS(US_TEXT("type", us_shown(r->kind))));
}

static us_code lacks(
    const struct stripe_reading *r, const char *member, struct us_error *e)
{
    return us_fail(e, US_INPUT, "stripe.lacks",
        US_ARGS(
            US_TEXT("type", us_shown(r->kind)), US_TEXT("member", us_str_c(member))));
}

static us_code nobody(const struct stripe_reading *r, struct us_error *e)
{
    us_str who = us_stripe_id(r, "customer");
    if (!who.len) who = us_stripe_email(r);
    if (!who.len) who = us_stripe_text(r, "id");
    return us_fail(e, US_INPUT, "stripe.unknown_customer",
        US_ARGS(US_TEXT("customer", us_shown(who))));
}

/* ---- money ---- */

/* How many decimals an amount in the smallest unit has (docs.stripe.com/currencies):
 * ISK and UGX have none by now, and are still told with two. */
static int decimals_of(us_str currency)
{
    static const us_str none[] = {US_S_INIT("bif"), US_S_INIT("clp"), US_S_INIT("djf"),
        US_S_INIT("gnf"), US_S_INIT("jpy"), US_S_INIT("kmf"), US_S_INIT("krw"),
        US_S_INIT("mga"), US_S_INIT("pyg"), US_S_INIT("rwf"), US_S_INIT("vnd"),
        US_S_INIT("vuv"), US_S_INIT("xaf"), US_S_INIT("xof"), US_S_INIT("xpf")};
    static const us_str three[] = {US_S_INIT("bhd"), US_S_INIT("jod"), US_S_INIT("kwd"),
        US_S_INIT("omr"), US_S_INIT("tnd")};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (us_str_eq_nocase(currency, none[i])) return 0;
    for (size_t i = 0; i < sizeof three / sizeof *three; i++)
        if (us_str_eq_nocase(currency, three[i])) return 3;
    return 2;
}

static us_str in_units(int64_t amount, int decimals, struct us_arena *a)
{
    int64_t unit = 1;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    if (decimals == 0) return us_arena_fmt(a, "%lld", (long long)amount);
    return us_arena_fmt(a, "%lld.%0*lld", (long long)(amount / unit), decimals,
        (long long)(amount % unit));
}

/* One movement of money, in the smallest unit. */
struct movement {
    const char *status;
    us_str payment, invoice, method, channel, plan;
    int64_t amount, tax, quantity, at, from, to;
};

static us_code movement_put(
    const struct stripe_reading *r, const struct movement *v, struct us_error *e)
{
    us_str currency = us_stripe_text(r, "currency");
    us_str account = us_stripe_account(r);
    if (!v->payment.len) return lacks(r, "id", e);
    if (!currency.len) return lacks(r, "currency", e);
    if (v->amount <= 0) return passed(r, e);
    if (!account.len) return nobody(r, e);
    int decimals = decimals_of(currency);
    struct us_buf m = us_buf_new(r->a, US_LINE_BYTES_MAX);
    us_buf_char(&m, '{');
    us_m_text(&m, US_S("account"), account);
    us_m_time(&m, US_S("at"), v->at);
    us_m_raw(&m, US_S("amount"), in_units(v->amount, decimals, r->a));
    us_m_text(&m, US_S("currency"), us_capitals(currency, r->a));
    us_m_text(&m, US_S("status"), us_str_c(v->status));
    us_m_text(&m, US_S("method"), v->method);
    us_m_text(&m, US_S("channel"), v->channel);
    us_m_text(&m, US_S("plan"), v->plan);
    if (v->quantity > 0) us_m_raw(&m, US_S("quantity"), in_units(v->quantity, 0, r->a));
    if (v->tax > 0) us_m_raw(&m, US_S("tax"), in_units(v->tax, decimals, r->a));
    us_m_text(&m, US_S("invoice_id"), v->invoice);
    us_m_text(&m, US_S("payment_id"), v->payment);
    us_m_time(&m, US_S("period_start"), v->from);
    us_m_time(&m, US_S("period_end"), v->to);
    us_buf_char(&m, '}');
    r->out->type = US_LINE_PAYMENT;
    r->out->at = v->at;
    r->out->m = us_buf_str(&m);
    r->out->id = us_arena_fmt(r->a, "stripe:%.*s:%s:%lld", US_ARG(v->payment),
        v->status, (long long)v->amount);
    return US_OK;
}

static struct movement movement(const struct stripe_reading *r, const char *status)
{
    return (struct movement){
        .status = status, .at = r->created, .from = US_NEVER, .to = US_NEVER};
}

/* Metadata may say that people sold it; else a card that is charged by itself, or a
 * checkout, is nobody's sale, and of a bill that is sent nothing is known. */
static us_str channel_of(const struct stripe_reading *r, bool by_itself)
{
    us_str said = us_stripe_text(r, "metadata.channel");
    if (us_str_eq(said, US_S("sales")) || us_str_eq(said, US_S("self_serve")))
        return said;
    return by_itself ? US_S("self_serve") : (us_str){0};
}

/* ---- invoices ---- */

/* What a line is of, as people name it, else by its ids. */
static us_str plan_of(const struct stripe_reading *r, uint32_t line)
{
    static const char *const places[] = {"metadata.plan", "plan.metadata.plan",
        "price.metadata.plan", "price.lookup_key", "price.nickname", "plan.nickname",
        "pricing.price_details.price.lookup_key",
        "pricing.price_details.price.nickname", "price.product.name",
        "plan.product.name", "price.product", "plan.product",
        "pricing.price_details.product", "price.id", "plan.id"};
    us_str plan = {0};
    for (size_t i = 0; i < sizeof places / sizeof *places && !plan.len; i++)
        plan = us_stripe_text_at(r, line, places[i]);
    return us_str_clip(plan, TEXT_MAX);
}

/* The period from the first line's start to the last one's end, as the export has it;
 * plan and quantity are those of the line that costs most. */
static void lines_read(const struct stripe_reading *r, struct movement *v)
{
    uint32_t data = us_json_path(r->doc, r->object, US_S("lines.data"));
    uint32_t line = us_stripe_first(r, "lines.data");
    int64_t most = INT64_MIN;
    if (line == US_JSON_NONE) return;
    for (; line < r->doc->nodes[data].next; line = r->doc->nodes[line].next) {
        int64_t amount = 0;
        int64_t from = us_stripe_moment_at(r, line, "period.start");
        int64_t to = us_stripe_moment_at(r, line, "period.end");
        if (from != US_NEVER && (v->from == US_NEVER || from < v->from)) v->from = from;
        if (to != US_NEVER && (v->to == US_NEVER || to > v->to)) v->to = to;
        us_stripe_whole_at(r, line, "amount", &amount);
        if (amount <= most) continue;
        most = amount;
        v->plan = plan_of(r, line);
        v->quantity = 0;
        us_stripe_whole_at(r, line, "quantity", &v->quantity);
    }
    /* A period of one moment is none: a charge beside a subscription. */
    if (v->to == v->from) v->from = v->to = US_NEVER;
}

static int64_t tax_of(const struct stripe_reading *r)
{
    static const char *const lists[] = {"total_taxes", "total_tax_amounts"};
    int64_t sum = 0;
    if (us_stripe_whole_at(r, r->object, "tax", &sum)) return sum;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        uint32_t list = us_json_get(r->doc, r->object, us_str_c(lists[i]));
        uint32_t item = us_stripe_first(r, lists[i]);
        if (item == US_JSON_NONE) continue;
        for (; item < r->doc->nodes[list].next; item = r->doc->nodes[item].next) {
            int64_t amount = 0;
            us_stripe_whole_at(r, item, "amount", &amount);
            sum += amount;
        }
        break;
    }
    return sum;
}

static struct movement invoice(const struct stripe_reading *r, const char *status)
{
    struct movement v = movement(r, status);
    bool sent = us_str_eq(us_stripe_text(r, "collection_method"), US_S("send_invoice"));
    v.payment = v.invoice = us_stripe_text(r, "id");
    v.method = sent ? US_S("invoice") : US_S("card");
    v.channel = channel_of(r, !sent);
    lines_read(r, &v);
    return v;
}

static us_code invoice_paid(const struct stripe_reading *r, struct us_error *e)
{
    struct movement v = invoice(r, "paid");
    int64_t paid = us_stripe_moment_at(r, r->object, "status_transitions.paid_at");
    if (!us_stripe_whole_at(r, r->object, "amount_paid", &v.amount))
        return lacks(r, "amount_paid", e);
    if (paid != US_NEVER) v.at = paid;
    v.tax = tax_of(r);
    return movement_put(r, &v, e);
}

static us_code invoice_failed(const struct stripe_reading *r, struct us_error *e)
{
    struct movement v = invoice(r, "failed");
    if (!us_stripe_whole_at(r, r->object, "amount_due", &v.amount))
        return lacks(r, "amount_due", e);
    v.from = v.to = US_NEVER;
    return movement_put(r, &v, e);
}

/* ---- charges ---- */

static us_str method_of(const struct stripe_reading *r)
{
    us_str type = us_stripe_text(r, "payment_method_details.type");
    if (us_str_eq(type, US_S("card"))) return type;
    if (us_str_eq(type, US_S("us_bank_account")) ||
        us_str_has_prefix(type, US_S("ach")))
        return US_S("ach");
    if (us_str_has_prefix(type, US_S("sepa"))) return US_S("sepa");
    return type.len ? US_S("other") : type;
}

/* From 2025-03-31 on ("basil") charges no longer name their invoice. */
static bool names_invoices(const struct stripe_reading *r)
{
    return r->version.len && us_str_cmp(r->version, US_S("2025-03-31")) < 0;
}

static us_code charge(
    const struct stripe_reading *r, const char *status, struct us_error *e)
{
    struct movement v = movement(r, status);
    if (!names_invoices(r) || !us_stripe_is_null(r, "invoice")) return passed(r, e);
    uint32_t captured = us_json_get(r->doc, r->object, US_S("captured"));
    bool held = captured != US_JSON_NONE &&
                us_str_eq(us_json_raw(r->doc, captured), US_S("false"));
    if (held && us_str_eq(us_str_c(status), US_S("paid"))) return passed(r, e);
    if (!us_stripe_whole_at(r, r->object, "amount", &v.amount))
        return lacks(r, "amount", e);
    v.payment = v.invoice = us_stripe_text(r, "id");
    v.method = method_of(r);
    v.channel = channel_of(r, true);
    return movement_put(r, &v, e);
}

static us_code charge_paid(const struct stripe_reading *r, struct us_error *e)
{
    return charge(r, "paid", e);
}

static us_code charge_failed(const struct stripe_reading *r, struct us_error *e)
{
    return charge(r, "failed", e);
}

static us_code refunded(const struct stripe_reading *r, struct us_error *e)
{
    struct movement v = movement(r, "refunded");
    if (!us_stripe_whole_at(r, r->object, "amount_refunded", &v.amount))
        return lacks(r, "amount_refunded", e);
    v.payment = us_stripe_text(r, "id");
    v.invoice = us_stripe_id(r, "invoice");
    v.method = method_of(r);
    return movement_put(r, &v, e);
}

static us_code checkout(const struct stripe_reading *r, struct us_error *e)
{
    struct movement v = movement(r, "paid");
    if (names_invoices(r) || us_stripe_is_set(r, "invoice") ||
        !us_str_eq(us_stripe_text(r, "mode"), US_S("payment")) ||
        !us_str_eq(us_stripe_text(r, "payment_status"), US_S("paid")))
        return passed(r, e);
    if (!us_stripe_whole_at(r, r->object, "amount_total", &v.amount))
        return lacks(r, "amount_total", e);
    us_stripe_whole_at(r, r->object, "total_details.amount_tax", &v.tax);
    v.payment = v.invoice = us_stripe_id(r, "payment_intent");
    v.channel = channel_of(r, true);
    return movement_put(r, &v, e);
}

/* ---- disputes ---- */

/* An inquiry moves no money yet. */
static us_code disputed(const struct stripe_reading *r, struct us_error *e)
{
    struct movement v = movement(r, "disputed");
    us_str status = us_stripe_text(r, "status");
    if (us_str_has_prefix(status, US_S("warning_")) ||
        us_str_eq(status, US_S("prevented")))
        return passed(r, e);
    if (!us_stripe_whole_at(r, r->object, "amount", &v.amount))
        return lacks(r, "amount", e);
    v.payment = us_stripe_id(r, "charge");
    return movement_put(r, &v, e);
}

/* Won: the money is back, as a payment of its own. */
static us_code reinstated(const struct stripe_reading *r, struct us_error *e)
{
    struct movement v = movement(r, "paid");
    if (!us_stripe_whole_at(r, r->object, "amount", &v.amount))
        return lacks(r, "amount", e);
    v.payment = us_stripe_text(r, "id");
    return movement_put(r, &v, e);
}

/* ---- subscriptions: what an account is subscribed to is a trait ---- */

static us_str interval_of(const struct stripe_reading *r, uint32_t item)
{
    int64_t count = 1;
    us_str unit = us_stripe_text_at(r, item, "price.recurring.interval");
    if (unit.len) {
        us_stripe_whole_at(r, item, "price.recurring.interval_count", &count);
    } else {
        unit = us_stripe_text_at(r, item, "plan.interval");
        us_stripe_whole_at(r, item, "plan.interval_count", &count);
    }
    if (!unit.len || count == 1) return unit;
    return us_arena_fmt(r->a, "%lld %.*ss", (long long)count, US_ARG(unit));
}

static us_code subscription(const struct stripe_reading *r, struct us_error *e)
{
    us_str account = us_stripe_account(r);
    us_str status = us_stripe_text(r, "status");
    uint32_t item = us_stripe_first(r, "items.data");
    int64_t quantity = 0;
    if (!status.len) return lacks(r, "status", e);
    if (!account.len) return nobody(r, e);
    struct us_buf m = us_buf_new(r->a, US_LINE_BYTES_MAX);
    us_buf_char(&m, '{');
    us_m_text(&m, US_S("account"), account);
    us_m_time(&m, US_S("at"), r->created);
    if (item != US_JSON_NONE) {
        us_m_text(&m, US_S("plan"), plan_of(r, item));
        if (us_stripe_whole_at(r, item, "quantity", &quantity))
            us_m_raw(&m, US_S("quantity"), in_units(quantity, 0, r->a));
        us_m_text(&m, US_S("interval"), interval_of(r, item));
    }
    us_m_text(&m, US_S("subscription_status"), status);
    us_buf_char(&m, '}');
    *r->out = (struct us_stripe_line){.type = US_LINE_ACCOUNT,
        .at = r->created,
        .m = us_buf_str(&m),
        .id = us_arena_fmt(r->a, "stripe:%.*s", US_ARG(r->event))};
    return US_OK;
}

/* ---- events ---- */

static const struct {
    us_str type;
    us_code (*take)(const struct stripe_reading *r, struct us_error *e);
} kinds[] = {
    {US_S_INIT("invoice.paid"), invoice_paid},
    {US_S_INIT("invoice.payment_succeeded"), invoice_paid},
    {US_S_INIT("invoice.payment_failed"), invoice_failed},
    {US_S_INIT("invoice.marked_uncollectible"), invoice_failed},
    {US_S_INIT("charge.succeeded"), charge_paid},
    {US_S_INIT("charge.captured"), charge_paid},
    {US_S_INIT("charge.failed"), charge_failed},
    {US_S_INIT("charge.refunded"), refunded},
    {US_S_INIT("charge.dispute.created"), disputed},
    {US_S_INIT("charge.dispute.funds_withdrawn"), disputed},
    {US_S_INIT("charge.dispute.funds_reinstated"), reinstated},
    {US_S_INIT("checkout.session.completed"), checkout},
    {US_S_INIT("checkout.session.async_payment_succeeded"), checkout},
    {US_S_INIT("customer.subscription.created"), subscription},
    {US_S_INIT("customer.subscription.updated"), subscription},
    {US_S_INIT("customer.subscription.deleted"), subscription},
    {US_S_INIT("customer.subscription.paused"), subscription},
    {US_S_INIT("customer.subscription.resumed"), subscription},
};

/* The event's own members; a thin one only says where to ask for them. */
static us_code envelope(struct stripe_reading *r, struct us_error *e)
{
    if (us_str_eq(us_stripe_text_at(r, 0, "object"), US_S("v2.core.event")))
        return us_fail(e, US_INPUT, "stripe.thin", NULL);
    r->event = us_stripe_text_at(r, 0, "id");
    r->kind = us_stripe_text_at(r, 0, "type");
    r->version = us_stripe_text_at(r, 0, "api_version");
    r->created = us_stripe_moment_at(r, 0, "created");
    r->object = us_json_path(r->doc, 0, US_S("data.object"));
    bool good = us_str_eq(us_stripe_text_at(r, 0, "object"), US_S("event")) &&
                r->event.len && r->kind.len && r->created != US_NEVER &&
                r->object != US_JSON_NONE &&
                r->doc->nodes[r->object].kind == US_JSON_OBJECT;
    return good ? US_OK : us_fail(e, US_INPUT, "stripe.no_event", NULL);
}

/* Money of Stripe's test mode is none. */
static bool of_other_mode(const struct stripe_reading *r)
{
    uint32_t at = us_json_get(r->doc, 0, US_S("livemode"));
    bool live = at != US_JSON_NONE && us_str_eq(us_json_raw(r->doc, at), US_S("true"));
    return live != r->asked->live;
}

us_code us_stripe_read(const struct us_stripe_asked *asked, struct us_arena *a,
    struct us_stripe_line *out, struct us_error *e)
{
    struct stripe_reading r = {.asked = asked, .doc = asked->doc, .a = a, .out = out};
    *out = (struct us_stripe_line){0};
    US_TRY(envelope(&r, e));
    if (of_other_mode(&r)) return passed(&r, e);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (us_str_eq(kinds[i].type, r.kind)) return kinds[i].take(&r, e);
    return passed(&r, e);
}
