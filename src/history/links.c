/* links.c: links as they lie in history. */
#include "history/core.h"

static us_str text_of(const struct us_history *h, const struct us_link *link)
{
    if (link->to == US_NOBODY) return (us_str){"", 0};
    bool person = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
    return person ? core_person_key(h, link->to) : core_account_key(h, link->to);
}

us_code core_links(struct us_history *h, int64_t since, core_link_take *take, void *ctx,
    struct us_error *e)
{
    us_str sql = us_arena_fmt(&h->line,
        "SELECT l.seq, l.known, u.known, l.kind, l.from_id, l.to_id FROM links_made l "
        "LEFT JOIN (SELECT link, min(known) AS known FROM undos GROUP BY link) u "
        "ON u.link = l.seq WHERE l.seq > %lld AND l.from_id IS NOT NULL ORDER BY l.seq",
        (long long)since);
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, sql, &r, e));
    us_code code;
    us_code taken = US_OK;
    while (taken == US_OK && (code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count && taken == US_OK; i++) {
            struct us_link link = {.seq = duck_i64(&r, 0, i),
                .known = duck_i64(&r, 1, i),
                .undone = duck_time(&r, 2, i),
                .kind = core_link_kind(duck_text(&r, 3, i)),
                .from = duck_id(&r, 4, i),
                .to = duck_id(&r, 5, i)};
            link.text = text_of(h, &link);
            taken = take(ctx, &link, e);
        }
    duck_done(&r);
    if (taken != US_OK) return taken;
    return code == US_NOT_FOUND ? US_OK : code;
}
