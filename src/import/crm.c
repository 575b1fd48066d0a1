#include "import/crm.h"

#include "identity/identity.h"

#include <string.h>

static us_str cell(const struct us_sheet *t, const struct us_row *row, const char *key)
{
    return us_row_text(t, row, us_str_c(key));
}

static int64_t moment(
    const struct us_sheet *t, const struct us_row *row, const char *key)
{
    return us_row_cell(t, row, us_str_c(key))->at;
}

static bool yes(const struct us_sheet *t, const struct us_row *row, const char *key)
{
    return us_row_cell(t, row, us_str_c(key))->yes;
}

/* The first of several, as HubSpot writes associations: "9001;9002". Salesforce's ids
 * have 18 characters in its API and the first 15 of them in its reports. */
static us_str id_of(us_str text)
{
    us_str rest;
    us_str id = us_str_trim(us_str_cut(text, ';', &rest));
    bool salesforce = id.len == 18 && us_str_has_prefix(id, US_S("001"));
    return salesforce ? us_str_slice(id, 0, 15) : id;
}

/* Our account of a CRM's, by its id or its name; empty when it has neither. */
static us_str account_of(const struct us_sheet *t, us_str text, us_str name)
{
    us_str id = id_of(text);
    us_str account = us_customers_find(&t->customers, text);
    if (!account.len) account = us_customers_find(&t->customers, id);
    if (!account.len) account = us_customers_find(&t->customers, name);
    if (account.len) return account;
    return id.len ? id : name;
}

static us_code dead_empty(
    struct us_sheet *table, const struct us_row *row, us_str key, struct us_error *e)
{
    struct us_error why;
    us_str column = us_row_cell(table, row, key)->column;
    us_code code = us_fail(&why, US_INPUT, "import.empty",
        US_ARGS(US_TEXT("column", us_shown(column.len ? column : key))));
    return code == US_OK ? code : us_row_dead(table, row, &why, e);
}

/* ---- deals ---- */

/* Whether text has one of these words in it, letters alike. */
static bool holds(us_str text, const char *words, struct us_arena *a)
{
    us_str plain = us_plain_name(text, a);
    us_str rest = us_str_c(words);
    while (rest.len)
        if (us_str_find(plain, us_str_cut(rest, ' ', &rest)) < plain.len) return true;
    return false;
}

static us_str deal_type(us_str text, struct us_arena *a)
{
    if (holds(text, "renew", a)) return US_S("renewal");
    if (holds(text, "existing expan upsell upgrade crosssell addon", a))
        return US_S("expansion");
    return holds(text, "new", a) ? US_S("new") : (us_str){0};
}

/* "won" and "lost" by the CRM's own flags, else by the names it gives these stages. */
static us_str deal_stage(
    const struct us_sheet *t, const struct us_row *row, struct us_arena *a)
{
    us_str stage = cell(t, row, "stage");
    us_str plain = us_plain_name(stage, a);
    bool won = yes(t, row, "won") || us_str_has_prefix(plain, US_S("closedwon")) ||
               us_str_eq(plain, US_S("won"));
    bool lost = yes(t, row, "lost") || us_str_has_prefix(plain, US_S("closedlost")) ||
                us_str_eq(plain, US_S("lost")) || yes(t, row, "closed");
    return won ? US_S("won") : lost ? US_S("lost") : stage;
}

struct deal {
    us_str id, account, stage;
    int64_t created, stage_at;
};

/* An export knows today's stage alone. That the deal was there before, in a stage
 * nobody knows, is a row of its own. */
static us_code deal_before(struct us_sheet *table, struct us_row *row,
    const struct deal *d, struct us_error *e)
{
    if (d->created == US_NEVER || d->created >= d->stage_at) return US_OK;
    struct us_buf m = us_m_begin(table);
    us_m_text(&m, US_S("deal_id"), d->id);
    us_m_text(&m, US_S("account"), d->account);
    us_m_time(&m, US_S("created"), d->created);
    us_m_text(&m, US_S("stage"), US_S("unknown"));
    us_m_time(&m, US_S("stage_at"), d->created);
    us_m_text(&m, US_S("channel"), US_S("sales"));
    return us_row_put(table, row, US_LINE_DEAL, &m, d->created, e);
}

/* When it came to its stage: a date of that, or for a deal that is over the day it was
 * closed; US_NEVER when the export does not tell. */
static int64_t deal_stage_at(
    const struct us_sheet *t, const struct us_row *row, us_str stage)
{
    int64_t at = moment(t, row, "stage_at");
    bool over = us_str_eq(stage, US_S("won")) || us_str_eq(stage, US_S("lost"));
    if (at == US_NEVER && over) at = moment(t, row, "closed_at");
    return at > t->take->options->now ? US_NEVER : at;
}

us_code us_crm_deal(struct us_sheet *table, struct us_row *row, struct us_error *e)
{
    static const us_str as_they_are[] = {
        US_S_INIT("owner"), US_S_INIT("source"), US_S_INIT("lost_reason")};
    struct us_arena *a = table->take->scratch;
    us_str name = cell(table, row, "name");
    us_str stage = deal_stage(table, row, a);
    struct deal d = {.id = cell(table, row, "id"),
        .account = account_of(
            table, cell(table, row, "account_id"), cell(table, row, "account_name")),
        .stage = stage,
        .created = moment(table, row, "created"),
        .stage_at = deal_stage_at(table, row, stage)};
    if (!d.id.len) d.id = name;
    if (!d.id.len) return dead_empty(table, row, US_S("id"), e);
    if (!d.account.len) return dead_empty(table, row, US_S("account_id"), e);
    US_TRY(deal_before(table, row, &d, e));
    struct us_buf m = us_m_begin(table);
    us_m_text(&m, US_S("deal_id"), d.id);
    us_m_text(&m, US_S("account"), d.account);
    us_m_text(&m, US_S("name"), name);
    us_m_time(&m, US_S("created"), d.created);
    us_m_text(&m, US_S("stage"), d.stage);
    us_m_time(&m, US_S("stage_at"), d.stage_at);
    us_m_raw(&m, US_S("amount"), cell(table, row, "amount"));
    us_m_raw(&m, US_S("arr"), cell(table, row, "arr"));
    us_m_text(&m, US_S("type"), deal_type(cell(table, row, "type"), a));
    us_m_text(&m, US_S("channel"), US_S("sales"));
    for (size_t i = 0; i < sizeof as_they_are / sizeof *as_they_are; i++)
        us_m_text(&m, as_they_are[i], us_row_text(table, row, as_they_are[i]));
    return us_row_put(table, row, US_LINE_DEAL, &m, d.stage_at, e);
}

/* ---- contacts ---- */

us_code us_crm_contact(struct us_sheet *table, struct us_row *row, struct us_error *e)
{
    struct us_arena *a = table->take->scratch;
    us_str first = cell(table, row, "first");
    us_str last = cell(table, row, "last");
    us_str name = us_arena_fmt(
        a, "%.*s%s%.*s", US_ARG(first), first.len && last.len ? " " : "", US_ARG(last));
    int64_t created = moment(table, row, "created");
    const struct us_cell *out = us_row_cell(table, row, US_S("opted_out"));
    struct us_buf m = us_m_begin(table);
    us_m_text(&m, US_S("email"), cell(table, row, "email"));
    us_m_text(&m, US_S("account"),
        account_of(
            table, cell(table, row, "account_id"), cell(table, row, "account_name")));
    us_m_text(&m, US_S("name"), name);
    us_m_text(&m, US_S("title"), cell(table, row, "title"));
    us_m_text(&m, US_S("role"), cell(table, row, "role"));
    us_m_text(&m, US_S("source"), cell(table, row, "source"));
    if (out->text.len)
        us_m_text(&m, US_S("consent"), out->yes ? US_S("no") : US_S("unknown"));
    us_m_time(&m, US_S("created"), created);
    return us_row_put(table, row, US_LINE_CONTACT, &m, created, e);
}

/* ---- companies ---- */

/* The host of a web address, scheme or none: "https://www.acme.com/en" → www.acme.com.
 */
static us_str host_of(us_str site)
{
    us_str rest;
    size_t scheme = us_str_find(site, US_S("://"));
    if (scheme < site.len) site = us_str_slice(site, scheme + 3, site.len);
    return us_str_cut(us_str_cut(site, '/', &rest), ':', &rest);
}

/* Which company the account is: the one of its web site. */
static us_code company_link(struct us_sheet *table, struct us_row *row, us_str account,
    us_str domain, struct us_error *e)
{
    int64_t created = moment(table, row, "created");
    struct us_buf m = us_m_begin(table);
    us_m_text(&m, US_S("company"), domain);
    us_m_text(&m, US_S("account"), account);
    us_m_text(&m, US_S("domain"), domain);
    us_m_text(&m, US_S("name"), cell(table, row, "name"));
    us_m_text(&m, US_S("crm_id"), cell(table, row, "id"));
    us_m_time(&m, US_S("at"), created);
    return us_row_put(table, row, US_LINE_COMPANY, &m, created, e);
}

us_code us_crm_company(struct us_sheet *table, struct us_row *row, struct us_error *e)
{
    static const us_str traits[] = {US_S_INIT("name"), US_S_INIT("industry"),
        US_S_INIT("country"), US_S_INIT("owner"), US_S_INIT("type")};
    us_str name = cell(table, row, "name");
    us_str account = account_of(table, cell(table, row, "id"), name);
    us_str domain =
        us_domain_of(host_of(cell(table, row, "domain")), table->take->scratch);
    if (domain.len && !us_domain_is_free(domain))
        US_TRY(company_link(table, row, account, domain, e));
    struct us_buf m = us_m_begin(table);
    us_m_text(&m, US_S("account"), account);
    us_m_text(&m, US_S("domain"), domain);
    us_m_raw(&m, US_S("employees"), cell(table, row, "employees"));
    for (size_t i = 0; i < sizeof traits / sizeof *traits; i++)
        us_m_text(&m, traits[i], us_row_text(table, row, traits[i]));
    return us_row_put(table, row, US_LINE_ACCOUNT, &m, US_NEVER, e);
}
