/* told.c: links and people, told one by one to who goes on from there. */
#include "history/logs.h"

struct telling {
    const struct us_history *h;
    us_history_link_take *take;
    void *ctx;
};

static us_code link_tell(void *ctx, const struct us_link *l, struct us_error *e)
{
    const struct telling *t = ctx;
    struct us_history_link link = {.seq = l->seq,
        .known = l->known,
        .undone = l->undone,
        .kind = l->kind,
        .to = l->text};
    bool people = l->kind == US_LINK_ANONYMOUS || l->kind == US_LINK_ALIAS;
    if (l->kind == US_LINK_COMPANY) {
        link.from = core_account_key(t->h, l->from);
    } else {
        link.from = core_person_key(t->h, l->from);
        link.from_identified = core_identified(t->h, l->from);
    }
    link.to_identified = people && l->to != US_NOBODY && core_identified(t->h, l->to);
    return t->take(t->ctx, &link, e);
}

us_code us_history_links(
    struct us_history *h, us_history_link_take *take, void *ctx, struct us_error *e)
{
    struct telling t = {h, take, ctx};
    us_arena_reset(&h->line);
    return core_links(h, INT64_MIN, link_tell, &t, e);
}

us_code us_history_grouped(struct us_history *h, bool *any, struct us_error *e)
{
    int64_t count = 0;
    us_code code = duck_number(h->duck.side,
        US_S("SELECT count(*) FROM (SELECT 1 FROM events WHERE grp IS NOT NULL "
             "LIMIT 1)"),
        &count, e);
    *any = count != 0;
    return code;
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
