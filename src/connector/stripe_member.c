/* stripe_member.c: members of an event, and whose it is. */

#include "connector/stripe_inner.h"
#include "identity/identity.h"

/* ---- members ---- */

us_str us_stripe_text_at(
    const struct stripe_reading *r, uint32_t node, const char *path)
{
    uint32_t at = us_json_path(r->doc, node, us_str_c(path));
    return at == US_JSON_NONE ? (us_str){0} : us_json_text(r->doc, at, r->a);
}

us_str us_stripe_text(const struct stripe_reading *r, const char *path)
{
    return us_stripe_text_at(r, r->object, path);
}

/* An id, or the object itself where Stripe was asked to put it in. */
us_str us_stripe_id(const struct stripe_reading *r, const char *name)
{
    uint32_t at = us_json_get(r->doc, r->object, us_str_c(name));
    if (at == US_JSON_NONE) return (us_str){0};
    if (r->doc->nodes[at].kind == US_JSON_OBJECT) return us_stripe_text_at(r, at, "id");
    return us_json_text(r->doc, at, r->a);
}

bool us_stripe_whole_at(
    const struct stripe_reading *r, uint32_t node, const char *path, int64_t *out)
{
    uint32_t at = us_json_path(r->doc, node, us_str_c(path));
    int64_t n;
    bool good = at != US_JSON_NONE && us_str_int(us_json_raw(r->doc, at), &n) &&
                n <= STRIPE_AMOUNT_MAX && n >= -STRIPE_AMOUNT_MAX;
    if (good) *out = n;
    return good;
}

int64_t us_stripe_moment_at(
    const struct stripe_reading *r, uint32_t node, const char *path)
{
    int64_t seconds;
    bool good = us_stripe_whole_at(r, node, path, &seconds) && seconds > 0 &&
                seconds < US_TIME_MAX / US_SECOND_US;
    return good ? seconds * US_SECOND_US : US_NEVER;
}

bool us_stripe_is_null(const struct stripe_reading *r, const char *name)
{
    uint32_t at = us_json_get(r->doc, r->object, us_str_c(name));
    return at != US_JSON_NONE && us_str_eq(us_json_raw(r->doc, at), US_S("null"));
}

/* Whether it says anything at all there. */
bool us_stripe_is_set(const struct stripe_reading *r, const char *name)
{
    return us_json_get(r->doc, r->object, us_str_c(name)) != US_JSON_NONE &&
           !us_stripe_is_null(r, name);
}

/* ---- whose it is ---- */

static us_str account_in(
    const struct stripe_reading *r, uint32_t node, const char *metadata)
{
    static const char *const names[] = {"account", "account_id", "workspace_id"};
    uint32_t at = us_json_path(r->doc, node, us_str_c(metadata));
    us_str account = {0};
    if (at == US_JSON_NONE || r->doc->nodes[at].kind != US_JSON_OBJECT) return account;
    for (size_t i = 0; i < sizeof names / sizeof *names && !account.len; i++)
        account = us_str_trim(us_stripe_text_at(r, at, names[i]));
    return account;
}

/* The first element of a list (data.object.lines and the like), or US_JSON_NONE. */
uint32_t us_stripe_first(const struct stripe_reading *r, const char *list)
{
    uint32_t data = us_json_path(r->doc, r->object, us_str_c(list));
    if (data == US_JSON_NONE || r->doc->nodes[data].kind != US_JSON_ARRAY)
        return US_JSON_NONE;
    return r->doc->nodes[data].next > data + 1 ? data + 1 : US_JSON_NONE;
}

us_str us_stripe_email(const struct stripe_reading *r)
{
    static const char *const places[] = {"customer_email", "customer_details.email",
        "billing_details.email", "receipt_email", "customer.email"};
    us_str email = {0};
    for (size_t i = 0; i < sizeof places / sizeof *places && !email.len; i++)
        email = us_stripe_text(r, places[i]);
    return email;
}

static us_str account_said(const struct stripe_reading *r)
{
    static const char *const places[] = {"metadata", "subscription_details.metadata",
        "parent.subscription_details.metadata", "customer.metadata"};
    us_str account = {0};
    for (size_t i = 0; i < sizeof places / sizeof *places && !account.len; i++)
        account = account_in(r, r->object, places[i]);
    uint32_t line = us_stripe_first(r, "lines.data");
    if (!account.len && line != US_JSON_NONE) account = account_in(r, line, "metadata");
    return account.len ? account
                       : us_str_trim(us_stripe_text(r, "client_reference_id"));
}

us_str us_stripe_account(const struct stripe_reading *r)
{
    const struct us_customers *known = r->asked->customers;
    us_str account = account_said(r);
    us_str email = us_stripe_email(r);
    if (!account.len && known)
        account = us_customers_find(known, us_stripe_id(r, "customer"));
    if (!account.len && known) account = us_customers_find(known, email);
    if (account.len || !r->asked->domains || !email.len) return account;
    us_str domain = us_domain_of(email, r->a);
    return us_domain_is_free(domain) ? account : domain;
}
