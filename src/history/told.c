/* told.c: links and people, told one by one to who goes on from there. */
#include "history/logs.h"

static us_code link_tell(struct us_history *h, const struct duck_rows *r, size_t i,
    us_history_link_take *take, void *ctx, struct us_error *e)
{
    struct us_history_link link = {.seq = duck_i64(r, 0, i),
        .known = duck_i64(r, 1, i),
        .undone = duck_time(r, 2, i),
        .kind = core_link_kind(duck_text(r, 3, i))};
    uint32_t from = duck_id(r, 4, i);
    uint32_t to = duck_id(r, 5, i);
    bool people = link.kind == US_LINK_ANONYMOUS || link.kind == US_LINK_ALIAS;
    if (link.kind == US_LINK_COMPANY) {
        link.from = core_account_key(h, from);
    } else {
        link.from = core_person_key(h, from);
        link.from_identified = core_identified(h, from);
    }
    if (people && to != US_NOBODY) {
        link.to = core_person_key(h, to);
        link.to_identified = core_identified(h, to);
    } else if (to != US_NOBODY) {
        link.to = core_account_key(h, to);
    }
    return take(ctx, &link, e);
}

us_code us_history_links(
    struct us_history *h, us_history_link_take *take, void *ctx, struct us_error *e)
{
    us_arena_reset(&h->line);
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side,
        US_S("SELECT l.seq, l.known, u.known, l.kind, l.from_id, l.to_id "
             "FROM links_made l LEFT JOIN (SELECT link, min(known) AS known FROM undos "
             "GROUP BY link) u ON u.link = l.seq ORDER BY l.seq"),
        &r, e));
    us_code code;
    us_code told = US_OK;
    while (told == US_OK && (code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count && told == US_OK; i++)
            told = link_tell(h, &r, i, take, ctx, e);
    duck_done(&r);
    if (told != US_OK) return told;
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_history_persons(
    struct us_history *h, us_history_person_take *take, void *ctx, struct us_error *e)
{
    us_arena_reset(&h->line);
    size_t people = h->people.terms.count;
    struct us_arena a;
    us_arena_init(&a, people + 4096);
    bool *internal = us_new(&a, bool, people + 1);
    us_code code = core_internal_people(h, internal, e);
    for (uint32_t i = 0; i < people && code == US_OK; i++)
        code = take(ctx, core_person_key(h, i), core_identified(h, i), internal[i], e);
    us_arena_done(&a);
    return code;
}

static us_code newest(
    struct us_history *h, us_str sql, int64_t *out, struct us_error *e)
{
    us_arena_reset(&h->line);
    struct duck_rows r;
    *out = US_ALWAYS;
    US_TRY(duck_ask(h->duck.side, sql, &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            if (!duck_null(&r, 0, i)) *out = duck_i64(&r, 0, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_history_last_known(struct us_history *h, int64_t *out, struct us_error *e)
{
    us_str sql =
        US_S("SELECT max(k) FROM (SELECT max(known) AS k FROM events UNION ALL "
             "SELECT max(known) FROM traits UNION ALL "
             "SELECT max(known) FROM links_made UNION ALL "
             "SELECT max(known) FROM undos UNION ALL "
             "SELECT max(known) FROM payments UNION ALL "
             "SELECT max(known) FROM deals UNION ALL "
             "SELECT max(known) FROM companies)");
    return newest(h, sql, out, e);
}

us_code us_history_last_message(struct us_history *h, int64_t *out, struct us_error *e)
{
    us_str sql =
        US_S("SELECT max(k) FROM (SELECT max(known) AS k FROM events UNION ALL "
             "SELECT max(known) FROM traits WHERE NOT undated UNION ALL "
             "SELECT max(known) FROM links_made WHERE kind != 'company')");
    return newest(h, sql, out, e);
}
