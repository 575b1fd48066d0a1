/* spans.c: links → event_spans.
 *
 * A row of events says whom and what account the links loaded before it gave (now.c).
 * event_spans has the stretches by identity.h of every event for which that is not the
 * whole truth. Settling looks again at
 * (1) events that came since the last time,
 * (2) events of people whom a link made or undone since then can reach: all ids joined
 *     to one of its ends by links of anonymous ids and aliases, whenever they held,
 * (3) by company: events of accounts mapped since, or whose company was, and of people
 *     linked to them,
 * but where accounts are workspaces, of those that name both their user and their
 * account only the ones whose person has aliases: nothing else can change them.
 * What is looked at again without need costs time, never truth. A handle that settled
 * before does so by the circles of those it has to look at alone (spans_some.c).
 */
#include "history/spans.h"

static us_code link_add(void *ctx, const struct us_link *link, struct us_error *e)
{
    (void)e;
    us_identity_add(ctx, link);
    return US_OK;
}

us_code core_identity(struct us_history *h, struct us_error *e)
{
    if (h->identity) return US_OK;
    struct us_identity *identity = us_identity_new();
    us_code code = core_links(h, INT64_MIN, link_add, identity, e);
    if (code != US_OK) {
        us_identity_free(identity);
        return code;
    }
    us_identity_freeze(identity);
    h->identity = identity;
    return US_OK;
}

size_t core_spans(
    const struct us_history *h, const struct us_who *who, struct us_span *spans)
{
    bool company = h->rules.unit == US_COMPANY;
    return us_identity_spans(h->identity, who, company, spans, US_SPANS_MAX);
}

/* A link, and whether it was made or undone since the last settling. */
struct link {
    us_link_kind kind;
    uint32_t from, to;
    bool fresh;
};

/* Who is to be looked at again. */
struct reach {
    struct us_arena arena;
    struct link *links;
    size_t link_count, link_cap;
    uint32_t *joined;     /* by person: towards the first of those joined to it */
    bool *touched;        /* by first of joined: a fresh link reaches them */
    bool *aliased;        /* by first of joined */
    bool *mapped;         /* by account: since */
    bool *moved;          /* by account: it was, or what it is mapped to */
    bool any_aliased;     /* there are aliases */
    bool aliased_touched; /* of someone whom a fresh link reaches */
    bool company;
    int64_t since;
};

static uint32_t first_of(struct reach *r, uint32_t person)
{
    while (r->joined[person] != person) {
        r->joined[person] = r->joined[r->joined[person]];
        person = r->joined[person];
    }
    return person;
}

static us_code links_read(struct us_history *h, struct reach *r, struct us_error *e)
{
    us_str sql = us_arena_fmt(&h->line,
        "SELECT l.kind, l.from_id, l.to_id, l.seq > %lld OR coalesce(u.seq > %lld, "
        "false) FROM links_made l LEFT JOIN (SELECT link, max(seq) AS seq FROM undos "
        "GROUP BY link) u ON u.link = l.seq",
        (long long)r->since, (long long)r->since);
    struct duck_rows rows;
    US_TRY(duck_ask(h->duck.side, sql, &rows, e));
    us_code code;
    while ((code = duck_next(&rows, e)) == US_OK) {
        for (size_t i = 0; i < rows.count; i++) {
            struct link link = {core_link_kind(duck_text(&rows, 0, i)),
                duck_id(&rows, 1, i), duck_id(&rows, 2, i), duck_bool(&rows, 3, i)};
            *us_push(&r->arena, r->links, r->link_count, r->link_cap) = link;
        }
    }
    duck_done(&rows);
    return code == US_NOT_FOUND ? US_OK : code;
}

static void join(struct reach *r)
{
    for (size_t i = 0; i < r->link_count; i++) {
        const struct link *l = &r->links[i];
        if (l->kind == US_LINK_ANONYMOUS || l->kind == US_LINK_ALIAS)
            r->joined[first_of(r, l->from)] = first_of(r, l->to);
    }
}

static void touch(struct reach *r)
{
    for (size_t i = 0; i < r->link_count; i++) {
        const struct link *l = &r->links[i];
        if (l->kind == US_LINK_ALIAS) r->aliased[first_of(r, l->from)] = true;
        if (!l->fresh) continue;
        if (l->kind == US_LINK_COMPANY) {
            r->moved[l->from] = r->mapped[l->from] = true;
        } else if (l->kind != US_LINK_EMAIL || r->company) {
            r->touched[first_of(r, l->from)] = true;
        }
    }
    for (size_t i = 0; i < r->link_count; i++) {
        const struct link *l = &r->links[i];
        if (l->kind == US_LINK_COMPANY && l->to != US_NOBODY && r->mapped[l->to])
            r->moved[l->from] = true;
    }
    for (size_t i = 0; i < r->link_count; i++) {
        const struct link *l = &r->links[i];
        bool to_account = l->kind == US_LINK_GROUP || l->kind == US_LINK_EMAIL;
        if (r->company && to_account && l->to != US_NOBODY && r->moved[l->to])
            r->touched[first_of(r, l->from)] = true;
        if (l->kind != US_LINK_ALIAS) continue;
        r->any_aliased = true;
        r->aliased_touched |= r->touched[first_of(r, l->from)];
    }
}

static us_code reach_open(struct us_history *h, struct reach *r, struct us_error *e)
{
    *r =
        (struct reach){.company = h->rules.unit == US_COMPANY, .since = h->seq_settled};
    us_arena_init(&r->arena, (size_t)32 << 30);
    size_t people = h->people.terms.count;
    r->joined = us_new(&r->arena, uint32_t, people + 1);
    for (uint32_t i = 0; i < people; i++)
        r->joined[i] = i;
    r->touched = us_new(&r->arena, bool, people + 1);
    r->aliased = us_new(&r->arena, bool, people + 1);
    r->mapped = us_new(&r->arena, bool, h->accounts.terms.count + 1);
    r->moved = us_new(&r->arena, bool, h->accounts.terms.count + 1);
    US_TRY(links_read(h, r, e));
    join(r);
    touch(r);
    return US_OK;
}

static bool look_again(struct reach *r, const struct spans_event *v)
{
    const struct us_who *w = &v->who;
    uint32_t raw = w->user != US_NOBODY ? w->user : w->anonymous;
    if (raw == US_NOBODY && w->group == US_NOBODY) return false;
    bool fresh = v->seq > r->since;
    bool plain = !r->company && w->user != US_NOBODY && w->group != US_NOBODY;
    if (!plain && fresh) return true;
    if (r->company && w->group != US_NOBODY && r->moved[w->group]) return true;
    if (raw == US_NOBODY) return false;
    uint32_t first = first_of(r, raw);
    if (plain && !r->aliased[first]) return false;
    return fresh || r->touched[first];
}

/* ---- where the stretches go: temporary tables, because the old ones go out first ----
 */

static us_code spans_put(const struct spans_settling *s, const struct spans_event *v,
    size_t count, struct us_error *e)
{
    struct duck_table *t = s->made;
    for (size_t i = 0; i < count; i++) {
        duck_put_i64(t, 0, v->seq);
        duck_put_time(t, 1, s->spans[i].from);
        duck_put_time(t, 2, s->spans[i].to);
        duck_put_id(t, 3, s->spans[i].person);
        duck_put_id(t, 4, s->spans[i].account);
        US_TRY(duck_row_end(t, e));
    }
    return US_OK;
}

us_code spans_event_settle(const struct spans_settling *s, const struct spans_event *v,
    const struct us_who *who, struct us_error *e)
{
    if (v->seq <= s->since) {
        duck_put_i64(s->again, 0, v->seq);
        US_TRY(duck_row_end(s->again, e));
    }
    bool company = s->h->rules.unit == US_COMPANY;
    size_t count = us_identity_spans(s->links, who, company, s->spans, US_SPANS_MAX);
    for (size_t i = 0; s->people && i < count; i++)
        if (s->spans[i].person != US_NOBODY)
            s->spans[i].person = s->people[s->spans[i].person];
    bool same = count == 1 && s->spans[0].from <= v->who.known &&
                s->spans[0].to == US_NEVER && s->spans[0].person == v->person &&
                s->spans[0].account == v->account;
    return same ? US_OK : spans_put(s, v, count, e);
}

void spans_event_read(const struct duck_rows *r, size_t i, struct spans_event *out)
{
    *out = (struct spans_event){.seq = duck_i64(r, 0, i),
        .account = duck_id(r, 2, i),
        .person = duck_id(r, 3, i),
        .who = {
            duck_id(r, 4, i), duck_id(r, 5, i), duck_id(r, 6, i), duck_i64(r, 1, i)}};
}

static us_code tables_fill(
    struct spans_settling *s, spans_fill *fill, void *ctx, struct us_error *e)
{
    US_TRY(duck_run(s->h->duck.link,
        US_S("CREATE TEMP TABLE spans_again (seq BIGINT);"
             "CREATE TEMP TABLE spans_made AS FROM event_spans LIMIT 0;"),
        e));
    US_TRY(duck_table_open(s->h->duck.link, "spans_again", s->again, e));
    us_code code = duck_table_open(s->h->duck.link, "spans_made", s->made, e);
    if (code != US_OK) {
        duck_table_close(s->again);
        return code;
    }
    code = fill(ctx, s, e);
    if (code == US_OK) code = duck_table_flush(s->again, e);
    if (code == US_OK) code = duck_table_flush(s->made, e);
    duck_table_close(s->again);
    duck_table_close(s->made);
    return code;
}

static us_code settle_within(
    struct spans_settling *s, spans_fill *fill, void *ctx, struct us_error *e)
{
    struct us_history *h = s->h;
    US_TRY(tables_fill(s, fill, ctx, e));
    US_TRY(duck_run(h->duck.link,
        US_S("DELETE FROM event_spans WHERE seq IN (SELECT seq FROM spans_again);"
             "INSERT INTO event_spans FROM spans_made;"
             "DROP TABLE spans_again; DROP TABLE spans_made;"),
        e));
    US_TRY(core_meta_number(h, "seq_settled", h->seq_saved, e));
    return duck_run(h->duck.link, US_S("COMMIT"), e);
}

us_code spans_settle_by(struct us_history *h, struct us_arena *a,
    const struct us_identity *links, const uint32_t *people, spans_fill *fill,
    void *ctx, struct us_error *e)
{
    struct spans_settling s = {.h = h,
        .links = links,
        .people = people,
        .since = h->seq_settled,
        .again = us_new(a, struct duck_table, 1),
        .made = us_new(a, struct duck_table, 1),
        .spans = us_new(a, struct us_span, US_SPANS_MAX)};
    US_TRY(duck_run(h->duck.link, US_S("BEGIN TRANSACTION"), e));
    us_code code = settle_within(&s, fill, ctx, e);
    if (code != US_OK) (void)duck_run(h->duck.link, US_S("ROLLBACK"), NULL);
    return code;
}

/* ---- by all links ---- */

/* What look_again says no to at once is not read at all. */
static us_str events_asked(struct us_history *h, const struct reach *r)
{
    struct us_buf sql = us_buf_new(&h->line, 512);
    us_buf_put(&sql, US_S("SELECT seq, known, account, person, usr, anon, grp "
                          "FROM events"));
    if (!r->company && !r->aliased_touched) {
        us_buf_put(&sql, US_S(" WHERE usr IS NULL OR grp IS NULL"));
        if (r->any_aliased) us_buf_fmt(&sql, " OR seq > %lld", (long long)r->since);
    }
    return us_buf_str(&sql);
}

static us_code events_settle(
    void *ctx, const struct spans_settling *s, struct us_error *e)
{
    struct reach *reach = ctx;
    struct duck_rows r;
    US_TRY(duck_ask(s->h->duck.side, events_asked(s->h, reach), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count && code == US_OK; i++) {
            struct spans_event v;
            spans_event_read(&r, i, &v);
            if (look_again(reach, &v)) code = spans_event_settle(s, &v, &v.who, e);
        }
        if (code != US_OK) break;
    }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code settle_all(struct us_history *h, struct us_error *e)
{
    US_TRY(core_identity(h, e));
    struct reach r;
    us_code code = reach_open(h, &r, e);
    if (code == US_OK)
        code = spans_settle_by(h, &r.arena, h->identity, NULL, events_settle, &r, e);
    us_arena_done(&r.arena);
    return code;
}

static us_code settle(struct us_history *h, struct us_error *e)
{
    us_arena_reset(&h->line);
    int64_t links = 0;
    US_TRY(
        duck_number(h->duck.side, US_S("SELECT count(*) FROM links_made"), &links, e));
    if (!links) return core_meta_number(h, "seq_settled", h->seq_saved, e);
    us_code code = h->settles++ ? spans_some(h, e) : US_NOT_FOUND;
    return code == US_NOT_FOUND ? settle_all(h, e) : code;
}

us_code us_history_settle(struct us_history *h, struct us_error *e)
{
    US_TRY(us_history_commit(h, e));
    if (!h->write || h->seq_saved == h->seq_settled) return US_OK;
    US_TRY(settle(h, e));
    h->seq_settled = h->seq_saved;
    return core_internal_mark(h, e);
}
