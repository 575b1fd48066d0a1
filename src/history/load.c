/* load.c: journal text → rows, a transaction a batch. */
#include "history/core.h"

const char *const core_tables[TABLES] = {
    [T_EVENTS] = "events",
    [T_TRAITS] = "traits",
    [T_LINKS] = "links_made",
    [T_UNDOS] = "undos",
    [T_PAYMENTS] = "payments",
    [T_DEALS] = "deals",
    [T_ACTIVITIES] = "activities",
    [T_CONTACTS] = "contacts",
    [T_MQLS] = "mqls",
    [T_COMPANIES] = "companies",
    [T_DEAD] = "letters",
    [T_RETRIES] = "retries",
    [T_IMPORTS] = "imports",
    [T_NAMES] = "names",
    [T_SOURCES] = "sources",
    [T_PEOPLE] = "people",
    [T_ACCOUNTS] = "accounts",
};

us_code core_table(struct us_history *h, enum core_table t, struct duck_table **out,
    struct us_error *e)
{
    struct duck_table *table = &h->tables[t];
    if (!table->chunk) US_TRY(duck_table_open(h->duck.link, core_tables[t], table, e));
    *out = table;
    return US_OK;
}

void core_tables_close(struct us_history *h)
{
    for (size_t t = 0; t < TABLES; t++)
        if (h->tables[t].chunk) duck_table_close(&h->tables[t]);
}

static struct us_link link_of(
    const struct core_line *l, us_link_kind kind, uint32_t from, uint32_t to)
{
    return (struct us_link){.seq = l->head.seq,
        .known = l->head.known,
        .undone = US_NEVER,
        .kind = kind,
        .from = from,
        .to = to};
}

/* The work domain of an identified e-mail is the person's company; with an address that
 * anybody can get it has none from here on. */
static us_code link_email(struct us_history *h, const struct core_line *l,
    uint32_t person, uint32_t traits, struct us_error *e)
{
    if (h->rules.unit != US_COMPANY || traits == US_JSON_NONE) return US_OK;
    uint32_t node = us_json_get(l->doc, traits, US_S("email"));
    if (node == US_JSON_NONE) return US_OK;
    us_str email = us_json_text(l->doc, node, &h->line);
    us_str domain = us_domain_of(email, &h->line);
    if (!domain.len) return US_OK;
    uint32_t company = us_domain_is_free(domain) ? US_NOBODY : core_account(h, domain);
    struct us_link link = link_of(l, US_LINK_EMAIL, person, company);
    return core_link(h, &link, e);
}

static us_code load_identify(struct us_history *h, const struct core_line *l,
    const struct us_message *m, struct us_error *e)
{
    uint32_t user = core_person(h, m->user, true);
    uint32_t anonymous = core_person(h, m->anonymous, false);
    struct us_link link = link_of(l, US_LINK_ANONYMOUS, anonymous, user);
    US_TRY(core_link(h, &link, e));
    struct core_traits t = {.account = US_NOBODY,
        .person = user != US_NOBODY ? user : anonymous,
        .at = m->at};
    if (t.person == US_NOBODY) return US_OK;
    US_TRY(link_email(h, l, t.person, m->traits, e));
    return core_load_traits(h, l, m->traits, &t, e);
}

static us_code load_group(struct us_history *h, const struct core_line *l,
    const struct us_message *m, struct us_error *e)
{
    uint32_t user = core_person(h, m->user, true);
    uint32_t anonymous = core_person(h, m->anonymous, false);
    struct core_traits t = {
        .account = core_account(h, m->group), .person = US_NOBODY, .at = m->at};
    if (t.account == US_NOBODY) return US_OK;
    struct us_link link =
        link_of(l, US_LINK_GROUP, user != US_NOBODY ? user : anonymous, t.account);
    US_TRY(core_link(h, &link, e));
    return core_load_traits(h, l, m->traits, &t, e);
}

/* Clients put a userId or an anonymousId into previousId and do not say which: both
 * are linked, and the one that nobody ever used costs nothing. */
static us_code load_alias(struct us_history *h, const struct core_line *l,
    const struct us_message *m, struct us_error *e)
{
    if (us_str_eq(m->user, m->previous)) return US_OK;
    uint32_t user = core_person(h, m->user, true);
    struct us_link link =
        link_of(l, US_LINK_ALIAS, core_person(h, m->previous, true), user);
    US_TRY(core_link(h, &link, e));
    link = link_of(l, US_LINK_ANONYMOUS, core_person(h, m->previous, false), user);
    return core_link(h, &link, e);
}

static us_code load_message(
    struct us_history *h, struct core_line *l, struct us_error *e)
{
    struct us_message m;
    US_TRY(us_message_read(l->doc, l->m, &l->head, US_NEVER, &h->line, &m, e));
    l->head.known = m.known;
    h->counts[m.call]++;
    switch (m.call) {
    case US_IDENTIFY: return load_identify(h, l, &m, e);
    case US_GROUP: return load_group(h, l, &m, e);
    case US_ALIAS: return load_alias(h, l, &m, e);
    case US_TRACK:
    default: return core_load_event(h, l, &m, e);
    }
}

/* Traits of an account, from a table of accounts. */
static us_code load_account(
    struct us_history *h, const struct core_line *l, struct us_error *e)
{
    static const us_str omit[] = {US_S_INIT("account"), US_S_INIT("at"), US_S_INIT("")};
    struct core_traits t = {
        .account = core_account(h, core_field(l, US_S("account"), &h->line)),
        .person = US_NOBODY,
        .at = l->head.known,
        .omit = omit};
    if (t.account == US_NOBODY) return US_OK;
    t.undated = !us_time_read(core_field(l, US_S("at"), &h->line), &t.at);
    if (t.at > l->head.known) t.at = l->head.known;
    return core_load_traits(h, l, l->m, &t, e);
}

/* A company's accounts are linked to it; so is its domain, under which people who have
 * but an e-mail address are first put. */
static us_code load_company(
    struct us_history *h, const struct core_line *l, struct us_error *e)
{
    struct us_arena *a = &h->line;
    uint32_t company = core_account(h, core_field(l, US_S("company"), a));
    uint32_t account = core_account(h, core_field(l, US_S("account"), a));
    struct us_link link = link_of(l, US_LINK_COMPANY, account, company);
    US_TRY(core_link(h, &link, e));
    us_str domain = us_domain_of(core_field(l, US_S("domain"), a), a);
    if (domain.len && !us_domain_is_free(domain)) {
        link = link_of(l, US_LINK_COMPANY, core_account(h, domain), company);
        if (link.from != company) US_TRY(core_link(h, &link, e));
    }
    return core_load_rows(h, l, e);
}

us_code core_load_line(struct us_history *h, us_str line, us_pos at, struct us_error *e)
{
    us_arena_reset(&h->line);
    struct us_json_doc doc;
    US_TRY(us_json_parse(h->json, line, &doc, e));
    struct core_line l = {.doc = &doc, .at = at};
    us_code code = us_head_read(&doc, &l.head, &l.m, &h->line, e);
    if (code == US_NOT_FOUND) return US_OK; /* a commit line */
    if (code != US_OK) return code;
    if (l.head.seq > h->seq) h->seq = l.head.seq;
    h->pending++;
    if (l.head.type != US_LINE_MESSAGE) h->counts[COUNT_CALLS + l.head.type]++;
    switch (l.head.type) {
    case US_LINE_MESSAGE: return load_message(h, &l, e);
    case US_LINE_ACCOUNT: return load_account(h, &l, e);
    case US_LINE_COMPANY: return load_company(h, &l, e);
    case US_LINE_CONTACT:
    case US_LINE_PAYMENT:
    case US_LINE_DEAL:
    case US_LINE_ACTIVITY:
    case US_LINE_MQL:
    case US_LINE_UNDO:
    case US_LINE_DEAD:
    case US_LINE_IMPORT: return core_load_rows(h, &l, e);
    case US_LINE_RETRY: return core_load_retries(h, &l, e);
    case US_LINE_TEST: /* counted, and that is all */
    case US_LINE_TYPES:
    default: return US_OK;
    }
}
