/* stripe_event.c: which line an event becomes.
 *
 * Money is told by its invoice, as in the export of invoices (import/stripe.c): the
 * same payment_id, status and amount, so that history counts an invoice once whichever
 * of the two told it. Charges are told alone where no invoice stands behind them: up to
 * API 2025-03-31 a charge says so itself; later ones do not, and the checkout does.
 * Refunds and disputes carry the charge's id, as in the export of payments.
 */
#include "connector/stripe.h"
#include "identity/identity.h"
#include "import/sheet.h"

enum { TEXT_MAX = 200 };

struct reading {
    const struct us_stripe_asked *asked;
    const struct us_json_doc *doc;
    struct us_arena *a;
    us_str event, kind; /* id and type */
    us_str version;     /* of the API */
    int64_t created;    /* microseconds */
    uint32_t object;    /* data.object */
    struct us_stripe_line *out;
};

/* ---- members ---- */

static us_str text_at(const struct reading *r, uint32_t node, const char *path)
{
    uint32_t at = us_json_path(r->doc, node, us_str_c(path));
    return at == US_JSON_NONE ? (us_str){0} : us_json_text(r->doc, at, r->a);
}

static us_str text(const struct reading *r, const char *path)
{
    return text_at(r, r->object, path);
}

/* An id, or the object itself where Stripe was asked to put it in. */
static us_str id_of(const struct reading *r, const char *name)
{
    uint32_t at = us_json_get(r->doc, r->object, us_str_c(name));
    if (at == US_JSON_NONE) return (us_str){0};
    if (r->doc->nodes[at].kind == US_JSON_OBJECT) return text_at(r, at, "id");
    return us_json_text(r->doc, at, r->a);
}

static bool whole_at(
    const struct reading *r, uint32_t node, const char *path, int64_t *out)
{
    uint32_t at = us_json_path(r->doc, node, us_str_c(path));
    return at != US_JSON_NONE && us_str_int(us_json_raw(r->doc, at), out);
}

static int64_t moment_at(const struct reading *r, uint32_t node, const char *path)
{
    int64_t seconds;
    bool good = whole_at(r, node, path, &seconds) && seconds > 0 &&
                seconds < US_TIME_MAX / US_SECOND_US;
    return good ? seconds * US_SECOND_US : US_NEVER;
}

static bool is_null(const struct reading *r, const char *name)
{
    uint32_t at = us_json_get(r->doc, r->object, us_str_c(name));
    return at != US_JSON_NONE && us_str_eq(us_json_raw(r->doc, at), US_S("null"));
}

/* Whether it says anything at all there. */
static bool is_set(const struct reading *r, const char *name)
{
    return us_json_get(r->doc, r->object, us_str_c(name)) != US_JSON_NONE &&
           !is_null(r, name);
}

/* ---- verdicts ---- */

static us_code passed(const struct reading *r, struct us_error *e)
{
    return us_fail(
        e, US_NOT_FOUND, "stripe.passed", US_ARGS(US_TEXT("type", us_shown(r->kind))));
}

static us_code lacks(const struct reading *r, const char *member, struct us_error *e)
{
    return us_fail(e, US_INPUT, "stripe.lacks",
        US_ARGS(
            US_TEXT("type", us_shown(r->kind)), US_TEXT("member", us_str_c(member))));
}

/* ---- whose it is ---- */

static us_str account_in(const struct reading *r, uint32_t node, const char *metadata)
{
    static const char *const names[] = {"account", "account_id", "workspace_id"};
    uint32_t at = us_json_path(r->doc, node, us_str_c(metadata));
    us_str account = {0};
    if (at == US_JSON_NONE || r->doc->nodes[at].kind != US_JSON_OBJECT) return account;
    for (size_t i = 0; i < sizeof names / sizeof *names && !account.len; i++)
        account = us_str_trim(text_at(r, at, names[i]));
    return account;
}

/* The first element of a list (data.object.lines and the like), or US_JSON_NONE. */
static uint32_t first_of(const struct reading *r, const char *list)
{
    uint32_t data = us_json_path(r->doc, r->object, us_str_c(list));
    if (data == US_JSON_NONE || r->doc->nodes[data].kind != US_JSON_ARRAY)
        return US_JSON_NONE;
    return r->doc->nodes[data].next > data + 1 ? data + 1 : US_JSON_NONE;
}

static us_str email_of(const struct reading *r)
{
    static const char *const places[] = {"customer_email", "customer_details.email",
        "billing_details.email", "receipt_email", "customer.email"};
    us_str email = {0};
    for (size_t i = 0; i < sizeof places / sizeof *places && !email.len; i++)
        email = text(r, places[i]);
    return email;
}

static us_str account_said(const struct reading *r)
{
    static const char *const places[] = {"metadata", "subscription_details.metadata",
        "parent.subscription_details.metadata", "customer.metadata"};
    us_str account = {0};
    for (size_t i = 0; i < sizeof places / sizeof *places && !account.len; i++)
        account = account_in(r, r->object, places[i]);
    uint32_t line = first_of(r, "lines.data");
    if (!account.len && line != US_JSON_NONE) account = account_in(r, line, "metadata");
    return account.len ? account : us_str_trim(text(r, "client_reference_id"));
}

static us_str account_of(const struct reading *r)
{
    const struct us_customers *known = r->asked->customers;
    us_str account = account_said(r);
    us_str email = email_of(r);
    if (!account.len && known) account = us_customers_find(known, id_of(r, "customer"));
    if (!account.len && known) account = us_customers_find(known, email);
    if (account.len || !r->asked->domains || !email.len) return account;
    us_str domain = us_domain_of(email, r->a);
    return us_domain_is_free(domain) ? account : domain;
}

static us_code nobody(const struct reading *r, struct us_error *e)
{
    us_str who = id_of(r, "customer");
    if (!who.len) who = email_of(r);
    if (!who.len) who = text(r, "id");
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
    const struct reading *r, const struct movement *v, struct us_error *e)
{
    us_str currency = text(r, "currency");
    us_str account = account_of(r);
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

static struct movement movement(const struct reading *r, const char *status)
{
    return (struct movement){
        .status = status, .at = r->created, .from = US_NEVER, .to = US_NEVER};
}

/* Metadata may say that people sold it; else a card that is charged by itself, or a
 * checkout, is nobody's sale, and of a bill that is sent nothing is known. */
static us_str channel_of(const struct reading *r, bool by_itself)
{
    us_str said = text(r, "metadata.channel");
    if (us_str_eq(said, US_S("sales")) || us_str_eq(said, US_S("self_serve")))
        return said;
    return by_itself ? US_S("self_serve") : (us_str){0};
}

/* ---- invoices ---- */

/* What a line is of, as people name it, else by its ids. */
static us_str plan_of(const struct reading *r, uint32_t line)
{
    static const char *const places[] = {"metadata.plan", "plan.metadata.plan",
        "price.metadata.plan", "price.lookup_key", "price.nickname", "plan.nickname",
        "pricing.price_details.price.lookup_key",
        "pricing.price_details.price.nickname", "price.product.name",
        "plan.product.name", "price.product", "plan.product",
        "pricing.price_details.product", "price.id", "plan.id"};
    us_str plan = {0};
    for (size_t i = 0; i < sizeof places / sizeof *places && !plan.len; i++)
        plan = text_at(r, line, places[i]);
    return us_str_slice(plan, 0, plan.len < TEXT_MAX ? plan.len : TEXT_MAX);
}

/* The period from the first line's start to the last one's end, as the export has it;
 * plan and quantity are those of the line that costs most. */
static void lines_read(const struct reading *r, struct movement *v)
{
    uint32_t data = us_json_path(r->doc, r->object, US_S("lines.data"));
    uint32_t line = first_of(r, "lines.data");
    int64_t most = INT64_MIN;
    if (line == US_JSON_NONE) return;
    for (; line < r->doc->nodes[data].next; line = r->doc->nodes[line].next) {
        int64_t amount = 0;
        int64_t from = moment_at(r, line, "period.start");
        int64_t to = moment_at(r, line, "period.end");
        if (from != US_NEVER && (v->from == US_NEVER || from < v->from)) v->from = from;
        if (to != US_NEVER && (v->to == US_NEVER || to > v->to)) v->to = to;
        whole_at(r, line, "amount", &amount);
        if (amount <= most) continue;
        most = amount;
        v->plan = plan_of(r, line);
        v->quantity = 0;
        whole_at(r, line, "quantity", &v->quantity);
    }
    /* A period of one moment is none: a charge beside a subscription. */
    if (v->to == v->from) v->from = v->to = US_NEVER;
}

static int64_t tax_of(const struct reading *r)
{
    static const char *const lists[] = {"total_taxes", "total_tax_amounts"};
    int64_t sum = 0;
    if (whole_at(r, r->object, "tax", &sum)) return sum;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        uint32_t list = us_json_get(r->doc, r->object, us_str_c(lists[i]));
        uint32_t item = first_of(r, lists[i]);
        if (item == US_JSON_NONE) continue;
        for (; item < r->doc->nodes[list].next; item = r->doc->nodes[item].next) {
            int64_t amount = 0;
            whole_at(r, item, "amount", &amount);
            sum += amount;
        }
        break;
    }
    return sum;
}

static struct movement invoice(const struct reading *r, const char *status)
{
    struct movement v = movement(r, status);
    bool sent = us_str_eq(text(r, "collection_method"), US_S("send_invoice"));
    v.payment = v.invoice = text(r, "id");
    v.method = sent ? US_S("invoice") : US_S("card");
    v.channel = channel_of(r, !sent);
    lines_read(r, &v);
    return v;
}

static us_code invoice_paid(const struct reading *r, struct us_error *e)
{
    struct movement v = invoice(r, "paid");
    int64_t paid = moment_at(r, r->object, "status_transitions.paid_at");
    if (!whole_at(r, r->object, "amount_paid", &v.amount))
        return lacks(r, "amount_paid", e);
    if (paid != US_NEVER) v.at = paid;
    v.tax = tax_of(r);
    return movement_put(r, &v, e);
}

static us_code invoice_failed(const struct reading *r, struct us_error *e)
{
    struct movement v = invoice(r, "failed");
    if (!whole_at(r, r->object, "amount_due", &v.amount))
        return lacks(r, "amount_due", e);
    v.from = v.to = US_NEVER;
    return movement_put(r, &v, e);
}

/* ---- charges ---- */

static us_str method_of(const struct reading *r)
{
    us_str type = text(r, "payment_method_details.type");
    if (us_str_eq(type, US_S("card"))) return type;
    if (us_str_eq(type, US_S("us_bank_account")) ||
        us_str_has_prefix(type, US_S("ach")))
        return US_S("ach");
    if (us_str_has_prefix(type, US_S("sepa"))) return US_S("sepa");
    return type.len ? US_S("other") : type;
}

/* From 2025-03-31 on ("basil") charges no longer name their invoice. */
static bool names_invoices(const struct reading *r)
{
    return r->version.len && us_str_cmp(r->version, US_S("2025-03-31")) < 0;
}

static us_code charge(const struct reading *r, const char *status, struct us_error *e)
{
    struct movement v = movement(r, status);
    if (!names_invoices(r) || !is_null(r, "invoice")) return passed(r, e);
    uint32_t captured = us_json_get(r->doc, r->object, US_S("captured"));
    bool held = captured != US_JSON_NONE &&
                us_str_eq(us_json_raw(r->doc, captured), US_S("false"));
    if (held && us_str_eq(us_str_c(status), US_S("paid"))) return passed(r, e);
    if (!whole_at(r, r->object, "amount", &v.amount)) return lacks(r, "amount", e);
    v.payment = v.invoice = text(r, "id");
    v.method = method_of(r);
    v.channel = channel_of(r, true);
    return movement_put(r, &v, e);
}

static us_code charge_paid(const struct reading *r, struct us_error *e)
{
    return charge(r, "paid", e);
}

static us_code charge_failed(const struct reading *r, struct us_error *e)
{
    return charge(r, "failed", e);
}

static us_code refunded(const struct reading *r, struct us_error *e)
{
    struct movement v = movement(r, "refunded");
    if (!whole_at(r, r->object, "amount_refunded", &v.amount))
        return lacks(r, "amount_refunded", e);
    v.payment = text(r, "id");
    v.invoice = id_of(r, "invoice");
    v.method = method_of(r);
    return movement_put(r, &v, e);
}

static us_code checkout(const struct reading *r, struct us_error *e)
{
    struct movement v = movement(r, "paid");
    if (names_invoices(r) || is_set(r, "invoice") ||
        !us_str_eq(text(r, "mode"), US_S("payment")) ||
        !us_str_eq(text(r, "payment_status"), US_S("paid")))
        return passed(r, e);
    if (!whole_at(r, r->object, "amount_total", &v.amount))
        return lacks(r, "amount_total", e);
    whole_at(r, r->object, "total_details.amount_tax", &v.tax);
    v.payment = v.invoice = id_of(r, "payment_intent");
    v.channel = channel_of(r, true);
    return movement_put(r, &v, e);
}

/* ---- disputes ---- */

/* An inquiry moves no money yet. */
static us_code disputed(const struct reading *r, struct us_error *e)
{
    struct movement v = movement(r, "disputed");
    us_str status = text(r, "status");
    if (us_str_has_prefix(status, US_S("warning_")) ||
        us_str_eq(status, US_S("prevented")))
        return passed(r, e);
    if (!whole_at(r, r->object, "amount", &v.amount)) return lacks(r, "amount", e);
    v.payment = id_of(r, "charge");
    return movement_put(r, &v, e);
}

/* Won: the money is back, as a payment of its own. */
static us_code reinstated(const struct reading *r, struct us_error *e)
{
    struct movement v = movement(r, "paid");
    if (!whole_at(r, r->object, "amount", &v.amount)) return lacks(r, "amount", e);
    v.payment = text(r, "id");
    return movement_put(r, &v, e);
}

/* ---- subscriptions: what an account is subscribed to is a trait ---- */

static us_str interval_of(const struct reading *r, uint32_t item)
{
    int64_t count = 1;
    us_str unit = text_at(r, item, "price.recurring.interval");
    if (unit.len) {
        whole_at(r, item, "price.recurring.interval_count", &count);
    } else {
        unit = text_at(r, item, "plan.interval");
        whole_at(r, item, "plan.interval_count", &count);
    }
    if (!unit.len || count == 1) return unit;
    return us_arena_fmt(r->a, "%lld %.*ss", (long long)count, US_ARG(unit));
}

static us_code subscription(const struct reading *r, struct us_error *e)
{
    us_str account = account_of(r);
    us_str status = text(r, "status");
    uint32_t item = first_of(r, "items.data");
    int64_t quantity = 0;
    if (!status.len) return lacks(r, "status", e);
    if (!account.len) return nobody(r, e);
    struct us_buf m = us_buf_new(r->a, US_LINE_BYTES_MAX);
    us_buf_char(&m, '{');
    us_m_text(&m, US_S("account"), account);
    us_m_time(&m, US_S("at"), r->created);
    if (item != US_JSON_NONE) {
        us_m_text(&m, US_S("plan"), plan_of(r, item));
        if (whole_at(r, item, "quantity", &quantity))
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
    us_code (*take)(const struct reading *r, struct us_error *e);
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
static us_code envelope(struct reading *r, struct us_error *e)
{
    if (us_str_eq(text_at(r, 0, "object"), US_S("v2.core.event")))
        return us_fail(e, US_INPUT, "stripe.thin", NULL);
    r->event = text_at(r, 0, "id");
    r->kind = text_at(r, 0, "type");
    r->version = text_at(r, 0, "api_version");
    r->created = moment_at(r, 0, "created");
    r->object = us_json_path(r->doc, 0, US_S("data.object"));
    bool good = us_str_eq(text_at(r, 0, "object"), US_S("event")) && r->event.len &&
                r->kind.len && r->created != US_NEVER && r->object != US_JSON_NONE &&
                r->doc->nodes[r->object].kind == US_JSON_OBJECT;
    return good ? US_OK : us_fail(e, US_INPUT, "stripe.no_event", NULL);
}

/* Money of Stripe's test mode is none. */
static bool of_other_mode(const struct reading *r)
{
    uint32_t at = us_json_get(r->doc, 0, US_S("livemode"));
    bool live = at != US_JSON_NONE && us_str_eq(us_json_raw(r->doc, at), US_S("true"));
    return live != r->asked->live;
}

us_code us_stripe_read(const struct us_stripe_asked *asked, struct us_arena *a,
    struct us_stripe_line *out, struct us_error *e)
{
    struct reading r = {.asked = asked, .doc = asked->doc, .a = a, .out = out};
    *out = (struct us_stripe_line){0};
    US_TRY(envelope(&r, e));
    if (of_other_mode(&r)) return passed(&r, e);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (us_str_eq(kinds[i].type, r.kind)) return kinds[i].take(&r, e);
    return passed(&r, e);
}
