/* logs_company.c: by company, whose an account nobody mapped is.
 *
 * Its people say: at t it is the company that most of them have by the work domain of
 * their address, of those known by then to be in the account and to have that address.
 * Who led first keeps the lead in a tie; of those that begin together the lesser text
 * leads. Traits and payments of the account follow; its events do so one by one, by
 * identity.h.
 */
#include "history/logs.h"

/* Which company leads from a moment on. */
struct logs_lead {
    uint32_t account;
    uint32_t company;
    int64_t from;
};

/* Votes of the account at hand. */
struct poll {
    uint32_t company;
    int64_t votes;
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

struct count {
    struct us_arena *a;
    struct poll *polls;
    size_t poll_count, poll_cap;
    uint32_t account;
    struct poll lead;
};

/* A vote; true when the lead changes hands. */
static bool vote(struct count *c, uint32_t company)
{
    size_t i = 0;
    while (i < c->poll_count && c->polls[i].company != company)
        i++;
    if (i == c->poll_count)
        *us_push(c->a, c->polls, c->poll_count, c->poll_cap) =
            (struct poll){.company = company};
    int64_t votes = ++c->polls[i].votes;
    if (c->lead.company == company) {
        c->lead.votes = votes;
        return false;
    }
    if (votes <= c->lead.votes) return false;
    c->lead = c->polls[i];
    return true;
}

static uint32_t mapped_or_own(const struct logs_facts *f, uint32_t company)
{
    uint32_t mapped = us_identity_company(f->h->identity, company, US_NEVER - 1);
    return mapped == US_NOBODY ? company : mapped;
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

us_code logs_leads_read(struct logs_facts *f, struct us_error *e)
{
    if (f->h->rules.unit != US_COMPANY) return US_OK;
    struct us_arena polls;
    us_arena_init(&polls, (size_t)1 << 30);
    struct count c = {.a = &polls, .account = US_NOBODY};
    struct duck_rows r;
    int64_t addresses = 0; /* without any nobody votes, and no event need be read */
    us_code code = duck_number(f->h->duck.side,
        US_S("SELECT count(*) FROM links_made WHERE kind = 'email'"), &addresses, e);
    if (code == US_OK && addresses) code = duck_ask(f->h->duck.side, VOTES, &r, e);
    bool open = code == US_OK && addresses;
    while (open && code == US_OK && (code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            uint32_t account = duck_id(&r, 0, i);
            if (account != c.account) {
                c.account = account;
                c.poll_count = 0;
                c.lead = (struct poll){.company = US_NOBODY};
            }
            if (vote(&c, mapped_or_own(f, duck_id(&r, 1, i))))
                lead_put(
                    f, (struct logs_lead){account, c.lead.company, duck_i64(&r, 2, i)});
        }
    }
    if (open) duck_done(&r);
    us_arena_done(&polls);
    f->lead_from = logs_index(&f->arena, f->h->accounts.terms.count, f->leads,
        sizeof *f->leads, f->lead_count);
    return code == US_NOT_FOUND ? US_OK : code;
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
