/* mails.c: of how many people the company can be known. */
#include "history/core.h"
#include "identity/identity.h"

enum { MAIL_KNOWN = 1, MAIL_FREE = 2, HAS_COMPANY = 4 };

struct marks {
    struct us_history *h;
    const uint32_t *person; /* of every id who it is now */
    uint8_t *of;            /* by person */
    struct us_arena *work;
};

/* The newest address of each id, oldest first, so that of several ids of one person the
 * newest of all is what stays. */
static us_code addresses(struct marks *m, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(m->h->duck.side,
        US_S(
            "SELECT person, json_extract_string(value, '$') FROM traits WHERE key = "
            "'email' AND value IS NOT NULL AND person IS NOT NULL QUALIFY row_number() "
            "OVER (PARTITION BY person ORDER BY happened DESC, seq DESC) = 1 "
            "ORDER BY happened, seq"),
        &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            us_mark mark = us_arena_mark(m->work);
            uint32_t id = m->person[duck_id(&r, 0, i)];
            us_str text = duck_null(&r, 1, i) ? (us_str){0} : duck_text(&r, 1, i);
            us_str domain = us_domain_of(text, m->work);
            bool is_free = domain.len && us_domain_is_free(domain);
            m->of[id] = MAIL_KNOWN;
            if (domain.len) m->of[id] |= is_free ? MAIL_FREE : HAS_COMPANY;
            us_arena_pop(m->work, mark);
        }
    }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* People with an event in an account of which the company is known. */
static us_code members(struct marks *m, struct us_error *e)
{
    bool all = m->h->rules.unit == US_COMPANY;
    struct duck_rows r;
    US_TRY(duck_ask(m->h->duck.side,
        all ? US_S(
                  "SELECT DISTINCT CASE WHEN s.seq IS NULL THEN e.person ELSE s.person "
                  "END AS p FROM events e LEFT JOIN event_spans s ON s.seq = e.seq AND "
                  "s.to_known = TIMESTAMP 'infinity' WHERE CASE WHEN s.seq IS NULL "
                  "THEN "
                  "e.account ELSE s.account END IS NOT NULL AND p IS NOT NULL")
            : US_S(
                  "SELECT DISTINCT CASE WHEN s.seq IS NULL THEN e.person ELSE s.person "
                  "END AS p FROM events e LEFT JOIN event_spans s ON s.seq = e.seq AND "
                  "s.to_known = TIMESTAMP 'infinity' WHERE CASE WHEN s.seq IS NULL "
                  "THEN "
                  "e.account ELSE s.account END IN (SELECT account FROM companies) AND "
                  "p "
                  "IS NOT NULL"),
        &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            m->of[m->person[duck_id(&r, 0, i)]] |= HAS_COMPANY;
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_history_mails(
    struct us_history *h, struct us_history_mails *out, struct us_error *e)
{
    struct us_arena work;
    us_arena_init(&work, (size_t)32 << 30);
    size_t people = h->people.terms.count;
    uint32_t *person = us_new(&work, uint32_t, people + 1);
    struct marks m = {h, person, us_new(&work, uint8_t, people + 1), &work};
    us_code code = core_people_now(h, person, e);
    if (code == US_OK) code = addresses(&m, e);
    if (code == US_OK) code = members(&m, e);
    struct us_history_mails found = {0};
    for (uint32_t i = 0; code == US_OK && i < people; i++) {
        if (person[i] != i || !core_identified(h, i)) continue;
        found.known += (m.of[i] & MAIL_KNOWN) != 0;
        found.free += (m.of[i] & MAIL_FREE) != 0;
        found.with_company += (m.of[i] & HAS_COMPANY) != 0;
    }
    us_arena_done(&work);
    if (code == US_OK) *out = found;
    return code;
}
