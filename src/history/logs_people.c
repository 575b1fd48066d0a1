/* logs_people.c: who is internal, who has been in which account, what is known of them.
 *
 * Traits of people are few beside events, and their person may change with a link: they
 * are resolved here, each time, not stored resolved.
 */
#include "history/logs.h"

enum { SQL_MAX = 4 << 20, PEOPLE_IN_SQL = 1000 };

struct us_who logs_who(
    const struct us_history *h, uint32_t person, uint32_t group, int64_t known)
{
    bool user = core_identified(h, person);
    return (struct us_who){.user = user ? person : US_NOBODY,
        .anonymous = user ? US_NOBODY : person,
        .group = group,
        .known = known};
}

bool us_history_is_internal(
    const struct us_history_rules *rules, us_str key, struct us_arena *a)
{
    us_mark mark = us_arena_mark(a);
    bool address = us_str_find(key, US_S("@")) < key.len;
    us_str domain = address ? us_domain_of(key, a) : key;
    us_str rest;
    us_str_cut(key, '@', &rest);
    bool found = false;
    for (size_t i = 0; i < rules->internal_count && !found; i++) {
        us_str one = rules->internal[i];
        found = us_str_eq_nocase(one, key) || us_str_eq_nocase(one, domain) ||
                (address && us_str_eq_nocase(one, rest));
    }
    us_arena_pop(a, mark);
    return found;
}

bool logs_is_internal(const struct us_history *h, us_str key, struct us_arena *a)
{
    return us_history_is_internal(&h->rules, key, a);
}

/* A person with an address of ours, in whatever line, is not counted at any time. */
static us_code internal_read(struct logs_facts *f, struct us_error *e)
{
    f->internal = us_new(&f->arena, bool, f->h->people.terms.count + 1);
    return core_internal_some(f->h, f->reach, f->internal, e);
}

static void member_add(struct logs_facts *f, struct logs_member member)
{
    if (member.account == US_NOBODY || member.person == US_NOBODY) return;
    if (f->internal[member.person]) return;
    if (f->only != US_NOBODY && f->only != member.account) return;
    *us_push(&f->arena_members, f->members, f->member_count, f->member_cap) = member;
}

us_code logs_undos_read(struct logs_facts *f, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(f->h->duck.side,
        US_S("SELECT DISTINCT min(u.known) AS undone FROM undos u JOIN links_made l "
             "ON l.seq = u.link GROUP BY u.link ORDER BY undone"),
        &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            *us_push(&f->arena, f->undos, f->undo_count, f->undo_cap) =
                duck_i64(&r, 0, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

int64_t logs_member_to(const struct logs_facts *f, int64_t to)
{
    size_t low = 0;
    for (size_t high = f->undo_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (f->undos[middle] < to)
            low = middle + 1;
        else
            high = middle;
    }
    return low < f->undo_count && f->undos[low] == to ? to : US_NEVER;
}

static us_code members_of_events(struct logs_facts *f, struct us_error *e)
{
    const struct logs_seen *seen = f->seen;
    for (size_t i = 0; seen && i < seen->member_count; i++)
        member_add(f, seen->members[i]);
    if (seen) return US_OK;
    bool spans;
    US_TRY(logs_spans_exist(f->h, &spans, e));
    struct us_buf where = us_buf_new(&f->h->line, 256);
    logs_until(f, "e.known", &where);
    struct us_buf sql = us_buf_new(&f->h->line, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT v.account, v.person, min(v.from_known), v.to_known"));
    logs_events_from(spans, us_buf_str(&where), &sql);
    us_buf_put(&sql, US_S(" WHERE v.account IS NOT NULL AND v.person IS NOT NULL"));
    logs_until(f, "v.from_known", &sql);
    if (f->only != US_NOBODY) us_buf_fmt(&sql, " AND v.account = %u", f->only);
    us_buf_put(&sql, US_S(" GROUP BY 1, 2, 4"));
    struct duck_rows r;
    US_TRY(duck_ask(f->h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            member_add(
                f, (struct logs_member){duck_id(&r, 0, i), duck_id(&r, 1, i),
                       duck_i64(&r, 2, i), logs_member_to(f, duck_i64(&r, 3, i))});
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* A group call is a message of its own: it makes its person a member where and as it
 * is itself resolved, until it is undone. */
size_t logs_group_spans(struct logs_facts *f, const struct duck_rows *r, size_t i)
{
    struct us_who who =
        logs_who(f->h, duck_id(r, 0, i), duck_id(r, 1, i), duck_i64(r, 2, i));
    int64_t undone = duck_time(r, 3, i);
    size_t count = logs_spans(f, &who, f->spans);
    size_t kept = 0;
    for (size_t s = 0; s < count; s++) {
        struct us_span span = f->spans[s];
        span.to = logs_member_to(f, span.to);
        if (span.to > undone) span.to = undone;
        bool somewhere = span.account != US_NOBODY && span.person != US_NOBODY;
        if (somewhere && span.from < span.to) f->spans[kept++] = span;
    }
    return kept;
}

static us_code members_of_links(struct logs_facts *f, struct us_error *e)
{
    struct us_buf sql = us_buf_new(&f->h->line, SQL_MAX);
    us_buf_put(&sql, US_S(LOGS_GROUPS));
    logs_until(f, "known", &sql);
    if (f->only != US_NOBODY && f->h->rules.unit != US_COMPANY)
        us_buf_fmt(&sql, " AND to_id = %u", f->only);
    struct duck_rows r;
    US_TRY(duck_ask(f->h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++) {
            size_t count = logs_group_spans(f, &r, i);
            for (size_t s = 0; s < count; s++) {
                const struct us_span *span = &f->spans[s];
                if (span->from <= f->until)
                    member_add(f, (struct logs_member){span->account, span->person,
                                      span->from, span->to});
            }
        }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static int member_order(const void *a, const void *b)
{
    const struct logs_member *x = a;
    const struct logs_member *y = b;
    if (x->account != y->account) return x->account < y->account ? -1 : 1;
    if (x->person != y->person) return x->person < y->person ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

size_t logs_members_join(struct logs_member *members, size_t count)
{
    size_t kept = 0;
    logs_sort(members, count, sizeof *members, member_order);
    for (size_t i = 0; i < count; i++) {
        const struct logs_member *m = &members[i];
        struct logs_member *last = kept ? &members[kept - 1] : NULL;
        bool again = last && last->account == m->account && last->person == m->person;
        if (!again || (m->from > last->to && m->from != US_NEVER)) {
            members[kept++] = *m;
        } else if (m->from <= last->to && m->to > last->to) {
            last->to = m->to;
        }
    }
    return kept;
}

static void user_trait(struct logs_facts *f, const struct duck_rows *r, size_t i)
{
    uint32_t raw = duck_id(r, 0, i);
    uint32_t key =
        logs_key(f->need->user_traits, f->need->user_trait_count, duck_text(r, 5, i));
    if (key == US_NOBODY) return;
    struct us_who who = logs_who(f->h, raw, US_NOBODY, duck_i64(r, 2, i));
    if (f->reach && !f->reach[raw]) return;
    const struct us_identity *links = f->identity ? f->identity : f->h->identity;
    if (!f->member[raw] && !us_identity_touches(links, &who, false)) return;
    struct logs_trait t = {0};
    logs_trait_read(f, r, i, &t.row);
    t.row.key = key;
    size_t count = logs_spans(f, &who, f->spans);
    for (size_t s = 0; s < count; s++) {
        /* The account does not matter here: the stretches of one person are one. */
        t.owner = f->spans[s].person;
        if (t.owner == US_NOBODY || f->internal[t.owner]) continue;
        t.row.user = t.owner;
        t.row.from = f->spans[s].from;
        while (s + 1 < count && f->spans[s + 1].person == t.owner)
            s++;
        t.row.to = f->spans[s].to;
        if (t.row.from > f->until) continue; /* nobody knew then whose it would be */
        *us_push(&f->arena_users, f->users, f->user_count, f->user_cap) = t;
    }
}

/* A few people are left to the database, which then finds them without a look at the
 * keys; else it looks for the keys. Both are looked at here as well. */
static void user_traits_asked(const struct logs_facts *f, struct us_buf *sql)
{
    size_t count = 0;
    for (uint32_t i = 0; f->reach && i < f->h->people.terms.count; i++)
        count += f->reach[i];
    if (!f->reach || count > PEOPLE_IN_SQL) {
        us_buf_put(sql, US_S("person IS NOT NULL AND key IN "));
        logs_names_put(f->need->user_traits, f->need->user_trait_count, sql);
        return;
    }
    us_buf_put(sql, US_S("person IN ("));
    for (uint32_t i = 0; i < f->h->people.terms.count; i++)
        if (f->reach[i]) us_buf_fmt(sql, "%u, ", i);
    us_buf_fmt(sql, "%u)", US_NOBODY - 1); /* nobody's: no list may be empty */
}

static us_code user_traits(struct logs_facts *f, struct us_error *e)
{
    struct us_buf sql = us_buf_new(&f->h->line, SQL_MAX);
    us_buf_put(&sql, US_S("SELECT person, happened, known, false, seq, key, value "
                          "FROM traits WHERE "));
    user_traits_asked(f, &sql);
    logs_until(f, "known", &sql);
    struct duck_rows r;
    US_TRY(duck_ask(f->h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            user_trait(f, &r, i);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code logs_people_read(struct logs_facts *f, struct us_error *e)
{
    US_TRY(internal_read(f, e));
    size_t people = f->h->people.terms.count;
    size_t accounts = f->h->accounts.terms.count;
    if (f->need->user_trait_count) {
        US_TRY(members_of_events(f, e));
        US_TRY(members_of_links(f, e));
        f->member_count = logs_members_join(f->members, f->member_count);
        f->member = us_new(&f->arena, bool, people + 1);
        for (size_t i = 0; i < f->member_count; i++)
            f->member[f->members[i].person] = true;
        US_TRY(user_traits(f, e));
        logs_sort(f->users, f->user_count, sizeof *f->users, logs_trait_order);
    }
    f->member_from = logs_index(
        &f->arena, accounts, f->members, sizeof *f->members, f->member_count);
    f->user_from =
        logs_index(&f->arena, people, f->users, sizeof *f->users, f->user_count);
    return US_OK;
}
