/* logs_company.c: by company, whose an account nobody mapped is.
 *
 * Its people say: at t it is the company that most of them have by the work domain of
 * their address, of those known by then to be in the account and to have that address;
 * a domain counts as the company it is mapped to at t. Of several with as many, the one
 * that had them first leads; of those that come together the lesser text is first.
 * Traits and payments of the account follow; its events do so one by one, by
 * identity.h.
 */
#include "history/logs.h"

/* Which company leads from a moment on. */
struct logs_lead {
    uint32_t account;
    uint32_t company;
    int64_t from;
};

/* Who is one of whose people, since when; and who has which company by address. */
#define VOTERS                                                                        \
    "WITH seen AS (SELECT grp AS account, coalesce(usr, anon) AS person, min(known) " \
    "AS known FROM events WHERE grp IS NOT NULL GROUP BY ALL UNION ALL SELECT "       \
    "to_id, from_id, min(known) FROM links_made WHERE kind = 'group' GROUP BY ALL), " \
    "inside AS (SELECT account, person, min(known) AS known FROM seen "               \
    "WHERE person IS NOT NULL GROUP BY ALL), "                                        \
    "mail AS (SELECT from_id AS person, to_id AS company, min(known) AS known "       \
    "FROM links_made WHERE kind = 'email' AND to_id IS NOT NULL GROUP BY ALL) "

static const us_str VOTES =
    US_S_INIT(VOTERS "SELECT i.account, m.company, greatest(i.known, m.known) AS since "
                     "FROM inside i JOIN mail m ON m.person = i.person "
                     "JOIN accounts a ON a.id = m.company "
                     "ORDER BY i.account, since, a.key");
static const us_str WHO =
    US_S_INIT(VOTERS "SELECT DISTINCT i.person, i.account FROM inside i "
                     "JOIN mail m ON m.person = i.person WHERE i.account IS NOT NULL");

/* Votes for one domain or company: how many, and the place of the last. */
struct poll {
    uint32_t of;
    int64_t votes;
    size_t last;
};

struct polls {
    struct us_arena *a;
    struct poll *items;
    size_t count, cap;
    uint32_t *at; /* by account: 1 + its place in items, 0: none */
};

/* Those of the account at hand: by domain, which stays, and by the companies that the
 * domains are of until a mapping of one of them begins or ends. */
struct counting {
    struct logs_facts *f;
    struct polls domains, companies;
    uint32_t account;
    int64_t until; /* the companies are these */
    size_t votes;
    uint32_t lead; /* US_NOBODY: nobody voted */
};

static struct poll *poll_of(struct polls *p, uint32_t of)
{
    if (!p->at[of]) {
        *us_push(p->a, p->items, p->count, p->cap) = (struct poll){.of = of};
        p->at[of] = (uint32_t)p->count;
    }
    return &p->items[p->at[of] - 1];
}

static void polls_clear(struct polls *p)
{
    for (size_t i = 0; i < p->count; i++)
        p->at[p->items[i].of] = 0;
    p->count = 0;
}

/* The company of a domain at t, by a mapping that is noted to stand so long. */
static struct poll *company_at(struct counting *c, uint32_t domain, int64_t t)
{
    int64_t until;
    uint32_t mapped = us_identity_company(c->f->h->identity, domain, t, &until);
    if (until < c->until) c->until = until;
    return poll_of(&c->companies, mapped == US_NOBODY ? domain : mapped);
}

static bool leads(const struct poll *p, const struct poll *other)
{
    if (p->votes != other->votes) return p->votes > other->votes;
    return p->last < other->last;
}

/* Of several at one moment the last holds; who leads already does not begin again. */
static void lead_put(struct logs_facts *f, struct logs_lead lead)
{
    size_t n = f->lead_count;
    if (n && f->leads[n - 1].account == lead.account &&
        f->leads[n - 1].from == lead.from)
        n--;
    f->lead_count = n;
    bool leads = n && f->leads[n - 1].account == lead.account &&
                 f->leads[n - 1].company == lead.company;
    if (!leads) *us_push(&f->arena_leads, f->leads, f->lead_count, f->lead_cap) = lead;
}

static void lead_is(struct counting *c, const struct poll *p, int64_t t)
{
    if (c->lead == p->of) return;
    c->lead = p->of;
    lead_put(c->f, (struct logs_lead){c->account, p->of, t});
}

static void vote(struct counting *c, uint32_t domain, int64_t t)
{
    struct poll *company = company_at(c, domain, t);
    struct poll *own = poll_of(&c->domains, domain);
    own->votes++;
    own->last = c->votes;
    company->votes++;
    company->last = c->votes++;
    if (c->lead == US_NOBODY || leads(company, poll_of(&c->companies, c->lead)))
        lead_is(c, company, t);
}

/* Mappings begin or end: who leads is told by all votes until then. */
static void count_anew(struct counting *c)
{
    int64_t t = c->until;
    polls_clear(&c->companies);
    c->until = US_NEVER;
    for (size_t i = 0; i < c->domains.count; i++) {
        const struct poll *domain = &c->domains.items[i];
        struct poll *company = company_at(c, domain->of, t);
        company->votes += domain->votes;
        if (domain->last > company->last) company->last = domain->last;
    }
    const struct poll *first = c->companies.items;
    for (size_t i = 1; i < c->companies.count; i++)
        if (leads(&c->companies.items[i], first)) first = &c->companies.items[i];
    lead_is(c, first, t);
}

static void account_begin(struct counting *c, uint32_t account)
{
    while (c->until != US_NEVER)
        count_anew(c);
    polls_clear(&c->domains);
    polls_clear(&c->companies);
    c->account = account;
    c->votes = 0;
    c->lead = US_NOBODY;
}

static us_code votes_count(struct counting *c, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(c->f->h->duck.side, VOTES, &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            uint32_t account = duck_id(&r, 0, i);
            int64_t t = duck_i64(&r, 2, i);
            if (account != c->account) account_begin(c, account);
            while (c->until <= t)
                count_anew(c);
            vote(c, duck_id(&r, 1, i), t);
        }
    }
    account_begin(c, US_NOBODY);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code logs_leads_read(struct logs_facts *f, struct us_error *e)
{
    if (f->h->rules.unit != US_COMPANY) return US_OK;
    int64_t addresses = 0; /* without any nobody votes, and no event need be read */
    us_code code = duck_number(f->h->duck.side,
        US_S("SELECT count(*) FROM links_made WHERE kind = 'email'"), &addresses, e);
    size_t accounts = f->h->accounts.terms.count;
    if (code == US_OK && addresses) {
        struct us_arena a;
        us_arena_init(&a, (size_t)32 << 30);
        struct counting c = {
            .f = f, .account = US_NOBODY, .until = US_NEVER, .lead = US_NOBODY};
        c.domains = (struct polls){.a = &a, .at = us_new(&a, uint32_t, accounts + 1)};
        c.companies = (struct polls){.a = &a, .at = us_new(&a, uint32_t, accounts + 1)};
        code = votes_count(&c, e);
        us_arena_done(&a);
    }
    f->lead_from =
        logs_index(&f->arena, accounts, f->leads, sizeof *f->leads, f->lead_count);
    return code;
}

/* One stretch without a mapping, cut where the lead changes. */
static size_t led(
    const struct logs_facts *f, uint32_t account, struct us_span s, size_t count)
{
    size_t from = f->lead_from[account];
    size_t to = f->lead_from[account + 1];
    uint32_t company = account;
    while (from < to && f->leads[from].from <= s.from)
        company = f->leads[from++].company;
    for (; count < US_SPANS_MAX; from++) {
        struct us_span piece = s;
        piece.account = company;
        bool cut = from < to && f->leads[from].from < s.to;
        if (cut) piece.to = f->leads[from].from;
        f->cut[count++] = piece;
        if (!cut) break;
        s.from = piece.to;
        company = f->leads[from].company;
    }
    return count;
}

size_t logs_account_spans(
    const struct logs_facts *f, uint32_t account, int64_t known, struct us_span **out)
{
    *out = f->cut;
    if (f->h->rules.unit != US_COMPANY || f->as_named) {
        f->cut[0] = (struct us_span){known, US_NEVER, US_NOBODY, account};
        return 1;
    }
    struct us_who who = {US_NOBODY, US_NOBODY, account, known};
    size_t mapped = logs_spans(f, &who, f->spans);
    size_t count = 0;
    for (size_t i = 0; i < mapped && count < US_SPANS_MAX; i++) {
        if (f->spans[i].account == US_NOBODY) {
            count = led(f, account, f->spans[i], count);
        } else {
            f->cut[count++] = f->spans[i];
        }
    }
    return count;
}

/* By company for once, whatever the unit is. */
us_code core_companies_now(struct us_history *h, uint32_t *company, struct us_error *e)
{
    static const struct us_need nothing;
    struct logs_facts f = {
        .h = h, .need = &nothing, .only = US_NOBODY, .until = US_NEVER};
    us_unit unit = h->rules.unit;
    us_arena_reset(&h->line);
    logs_facts_open(&f);
    h->rules.unit = US_COMPANY;
    us_code code = core_identity(h, e);
    if (code == US_OK) code = logs_leads_read(&f, e);
    for (uint32_t i = 0; i < h->accounts.terms.count && code == US_OK; i++) {
        struct us_span *spans;
        size_t count = logs_account_spans(&f, i, US_NEVER - 1, &spans);
        uint32_t own = count ? spans[count - 1].account : US_NOBODY;
        company[i] = own == US_NOBODY ? i : own;
    }
    h->rules.unit = unit;
    logs_facts_done(&f);
    return code;
}

us_code us_history_voters(
    struct us_history *h, us_history_voter_take *take, void *ctx, struct us_error *e)
{
    us_arena_reset(&h->line);
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, WHO, &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count && code == US_OK; i++) {
            uint32_t person = duck_id(&r, 0, i);
            code = take(ctx, core_person_key(h, person), core_identified(h, person),
                core_account_key(h, duck_id(&r, 1, i)), e);
            if (code != US_OK) {
                duck_done(&r);
                return code;
            }
        }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}
