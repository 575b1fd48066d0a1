/* spans.c: links → event_spans.
 *
 * A row of events says whom and what account the links loaded before it gave (now.c).
 * event_spans has the stretches by identity.h of every event for which that is not the
 * whole truth. Settling looks again at
 * (1) events that came since the last time,
 * (2) events of people whom a link made or undone since then can reach: all ids joined
 *     to one of its ends by links of anonymous ids and aliases, whenever they held,
 * (3) by company: events of accounts mapped since, and of people linked to them,
 * but where accounts are workspaces, of those that name both their user and their
 * account only the ones whose person has aliases: nothing else can change them.
 * What is looked at again without need costs time, never truth.
 */
#include "history/core.h"

#include <string.h>

static us_str link_text(const struct us_history *h, const struct us_link *link)
{
    if (link->to == US_NOBODY) return (us_str){"", 0};
    bool person = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
    return person ? core_person_key(h, link->to) : core_account_key(h, link->to);
}

us_code core_identity(struct us_history *h, struct us_error *e)
{
    if (h->identity) return US_OK;
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side,
        US_S("SELECT l.seq, l.known, u.known, l.kind, l.from_id, l.to_id "
             "FROM links_made l LEFT JOIN (SELECT link, min(known) AS known FROM undos "
             "GROUP BY link) u ON u.link = l.seq ORDER BY l.seq"),
        &r, e));
    struct us_identity *identity = us_identity_new();
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count; i++) {
            struct us_link link = {.seq = duck_i64(&r, 0, i),
                .known = duck_i64(&r, 1, i),
                .undone = duck_time(&r, 2, i),
                .kind = core_link_kind(duck_text(&r, 3, i)),
                .from = duck_id(&r, 4, i),
                .to = duck_id(&r, 5, i)};
            link.text = link_text(h, &link);
            us_identity_add(identity, &link);
        }
    }
    duck_done(&r);
    if (code != US_NOT_FOUND) {
        us_identity_free(identity);
        return code;
    }
    us_identity_freeze(identity);
    h->identity = identity;
    return US_OK;
}

size_t core_spans_by(const struct us_identity *links, bool company,
    const struct us_who *who, struct us_span *spans)
{
    size_t count = us_identity_spans(links, who, company, spans, US_SPANS_MAX);
    for (size_t i = 0; company && i < count; i++) {
        if (spans[i].account == US_NOBODY) continue;
        uint32_t mapped = us_identity_company(links, spans[i].account, US_NEVER - 1);
        if (mapped != US_NOBODY) spans[i].account = mapped;
    }
    return count;
}

size_t core_spans(
    const struct us_history *h, const struct us_who *who, struct us_span *spans)
{
    return core_spans_by(h->identity, h->rules.unit == US_COMPANY, who, spans);
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
    bool *moved;          /* by account: mapped since */
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
            r->moved[l->from] = true;
        } else if (l->kind != US_LINK_EMAIL || r->company) {
            r->touched[first_of(r, l->from)] = true;
        }
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
    r->moved = us_new(&r->arena, bool, h->accounts.terms.count + 1);
    US_TRY(links_read(h, r, e));
    join(r);
    touch(r);
    return US_OK;
}

/* An event, as much of it as identity wants. */
struct event {
    int64_t seq;
    uint32_t account, person;
    struct us_who who;
};

static bool look_again(struct reach *r, const struct event *v)
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

/* Where the stretches go: temporary tables, because the old ones go out first. */
struct settling {
    struct us_history *h;
    struct reach *reach;
    struct duck_table *again; /* seq of those looked at that may have rows */
    struct duck_table *made;
    struct us_span *spans;
};

static us_code spans_put(
    const struct settling *s, const struct event *v, size_t count, struct us_error *e)
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

static us_code event_settle(
    const struct settling *s, const struct event *v, struct us_error *e)
{
    if (v->seq <= s->reach->since) {
        duck_put_i64(s->again, 0, v->seq);
        US_TRY(duck_row_end(s->again, e));
    }
    size_t count = core_spans(s->h, &v->who, s->spans);
    bool same = count == 1 && s->spans[0].from <= v->who.known &&
                s->spans[0].to == US_NEVER && s->spans[0].person == v->person &&
                s->spans[0].account == v->account;
    return same ? US_OK : spans_put(s, v, count, e);
}

/* What look_again says no to at once is not read at all. */
static us_str events_asked(const struct settling *s)
{
    const struct reach *r = s->reach;
    struct us_buf sql = us_buf_new(&s->h->line, 512);
    us_buf_put(&sql, US_S("SELECT seq, known, account, person, usr, anon, grp "
                          "FROM events"));
    if (!r->company && !r->aliased_touched) {
        us_buf_put(&sql, US_S(" WHERE usr IS NULL OR grp IS NULL"));
        if (r->any_aliased) us_buf_fmt(&sql, " OR seq > %lld", (long long)r->since);
    }
    return us_buf_str(&sql);
}

static us_code events_settle(const struct settling *s, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(s->h->duck.side, events_asked(s), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK) {
        for (size_t i = 0; i < r.count && code == US_OK; i++) {
            struct event v = {.seq = duck_i64(&r, 0, i),
                .account = duck_id(&r, 2, i),
                .person = duck_id(&r, 3, i),
                .who = {duck_id(&r, 4, i), duck_id(&r, 5, i), duck_id(&r, 6, i),
                    duck_i64(&r, 1, i)}};
            if (look_again(s->reach, &v)) code = event_settle(s, &v, e);
        }
        if (code != US_OK) break;
    }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code tables_fill(struct settling *s, struct us_error *e)
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
    code = events_settle(s, e);
    if (code == US_OK) code = duck_table_flush(s->again, e);
    if (code == US_OK) code = duck_table_flush(s->made, e);
    duck_table_close(s->again);
    duck_table_close(s->made);
    return code;
}

static us_code settle_within(struct us_history *h, struct reach *r, struct us_error *e)
{
    struct settling s = {.h = h,
        .reach = r,
        .again = us_new(&r->arena, struct duck_table, 1),
        .made = us_new(&r->arena, struct duck_table, 1),
        .spans = us_new(&r->arena, struct us_span, US_SPANS_MAX)};
    US_TRY(tables_fill(&s, e));
    US_TRY(duck_run(h->duck.link,
        US_S("DELETE FROM event_spans WHERE seq IN (SELECT seq FROM spans_again);"
             "INSERT INTO event_spans FROM spans_made;"
             "DROP TABLE spans_again; DROP TABLE spans_made;"),
        e));
    US_TRY(core_meta_number(h, "seq_settled", h->seq_saved, e));
    return duck_run(h->duck.link, US_S("COMMIT"), e);
}

static us_code settle(struct us_history *h, struct us_error *e)
{
    us_arena_reset(&h->line);
    int64_t links = 0;
    US_TRY(
        duck_number(h->duck.side, US_S("SELECT count(*) FROM links_made"), &links, e));
    if (!links) {
        US_TRY(core_meta_number(h, "seq_settled", h->seq_saved, e));
        h->seq_settled = h->seq_saved;
        return US_OK;
    }
    US_TRY(core_identity(h, e));
    struct reach r;
    us_code code = reach_open(h, &r, e);
    if (code == US_OK) code = duck_run(h->duck.link, US_S("BEGIN TRANSACTION"), e);
    if (code == US_OK) {
        code = settle_within(h, &r, e);
        if (code != US_OK) (void)duck_run(h->duck.link, US_S("ROLLBACK"), NULL);
    }
    us_arena_done(&r.arena);
    if (code == US_OK) h->seq_settled = h->seq_saved;
    return code;
}

us_code us_history_settle(struct us_history *h, struct us_error *e)
{
    US_TRY(us_history_commit(h, e));
    if (!h->write || h->seq_saved == h->seq_settled) return US_OK;
    US_TRY(settle(h, e));
    return core_internal_mark(h, e);
}
