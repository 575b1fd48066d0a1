/* logs_reach.c: of one workspace, who may ever be one of its people, and how.
 *
 * What is asked of one account should not cost what all of them do: links of people who
 * are joined to none of its own, by whatever way and at whatever time, say nothing
 * here. So the links that join people are read, but only those within reach are put in
 * order, and only their traits are looked at.
 */
#include "history/logs.h"

static const size_t LINKS_MAX = (size_t)64 << 30;

struct reaching {
    struct logs_facts *f;
    struct us_arena arena, list;
    struct us_link *links;
    size_t count, cap;
    uint32_t *joined; /* by person: towards the first of those joined to it */
    bool *inside;     /* by first of joined */
};

static uint32_t first_of(struct reaching *r, uint32_t person)
{
    while (r->joined[person] != person) {
        r->joined[person] = r->joined[r->joined[person]];
        person = r->joined[person];
    }
    return person;
}

/* Links that join people; who came by a group call; what was undone. Three short
 * questions take the database a fifth of the time of one that has it all. */
static us_code links_read(struct reaching *r, struct us_error *e)
{
    struct duck_rows rows;
    US_TRY(duck_ask(r->f->h->duck.side,
        US_S("SELECT seq, known, kind, from_id, to_id FROM links_made "
             "WHERE kind IN ('anonymous', 'alias')"),
        &rows, e));
    us_code code;
    while ((code = duck_next(&rows, e)) == US_OK)
        for (size_t i = 0; i < rows.count; i++)
            *us_push(&r->list, r->links, r->count, r->cap) =
                (struct us_link){.seq = duck_i64(&rows, 0, i),
                    .known = duck_i64(&rows, 1, i),
                    .undone = US_NEVER,
                    .kind = core_link_kind(duck_text(&rows, 2, i)),
                    .from = duck_id(&rows, 3, i),
                    .to = duck_id(&rows, 4, i)};
    duck_done(&rows);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code grouped_read(struct reaching *r, struct us_error *e)
{
    struct duck_rows rows;
    us_str sql = us_arena_fmt(&r->arena,
        "SELECT from_id FROM links_made WHERE kind = 'group' AND to_id = %u "
        "AND from_id IS NOT NULL",
        r->f->only);
    US_TRY(duck_ask(r->f->h->duck.side, sql, &rows, e));
    us_code code;
    while ((code = duck_next(&rows, e)) == US_OK)
        for (size_t i = 0; i < rows.count; i++)
            r->inside[first_of(r, duck_id(&rows, 0, i))] = true;
    duck_done(&rows);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code undos_read(
    struct us_identity *to, struct us_history *h, struct us_error *e)
{
    struct duck_rows rows;
    US_TRY(duck_ask(h->duck.side,
        US_S("SELECT link, known FROM undos WHERE link IS NOT NULL"), &rows, e));
    us_code code;
    while ((code = duck_next(&rows, e)) == US_OK)
        for (size_t i = 0; i < rows.count; i++)
            us_identity_undo(to, duck_i64(&rows, 0, i), duck_i64(&rows, 1, i));
    duck_done(&rows);
    return code == US_NOT_FOUND ? US_OK : code;
}

static void people_join(struct reaching *r)
{
    size_t people = r->f->h->people.terms.count;
    r->joined = us_new(&r->arena, uint32_t, people + 1);
    r->inside = us_new(&r->arena, bool, people + 1);
    for (uint32_t i = 0; i < people; i++)
        r->joined[i] = i;
    for (size_t i = 0; i < r->count; i++) {
        const struct us_link *l = &r->links[i];
        if (l->from != US_NOBODY && l->to != US_NOBODY)
            r->joined[first_of(r, l->from)] = first_of(r, l->to);
    }
}

/* Those in rows, and whoever a group call put into the account. */
static us_code reach_make(struct reaching *r, struct us_error *e)
{
    struct logs_facts *f = r->f;
    size_t people = f->h->people.terms.count;
    for (size_t i = 0; i < f->seen->member_count; i++)
        r->inside[first_of(r, f->seen->members[i].person)] = true;
    US_TRY(grouped_read(r, e));
    bool *reach = us_new(&f->arena, bool, people + 1);
    for (uint32_t i = 0; i < people; i++)
        reach[i] = r->inside[first_of(r, i)];
    f->reach = reach;
    return US_OK;
}

static us_code identity_make(struct reaching *r, struct us_error *e)
{
    struct logs_facts *f = r->f;
    f->identity = us_identity_new();
    for (size_t i = 0; i < r->count; i++) {
        struct us_link *l = &r->links[i];
        if (l->from == US_NOBODY || !f->reach[l->from]) continue;
        if (l->to != US_NOBODY) l->text = core_person_key(f->h, l->to);
        us_identity_add(f->identity, l);
    }
    US_TRY(undos_read(f->identity, f->h, e));
    us_identity_freeze(f->identity);
    return US_OK;
}

/* Who the events of the one account are of, where the replay store was not asked: one
 * look at them instead of one for each that wants to know. */
static us_code seen_read(struct logs_facts *f, struct us_error *e)
{
    struct us_history *h = f->h;
    bool spans;
    US_TRY(logs_spans_exist(h, &spans, e));
    struct us_buf where = us_buf_new(&h->line, 256);
    logs_until(f, "e.known", &where);
    struct us_buf sql = us_buf_new(&h->line, 64 << 10);
    us_buf_put(&sql, US_S("SELECT v.person, min(v.from_known), v.to_known"));
    logs_events_from(spans, us_buf_str(&where), &sql);
    us_buf_fmt(&sql, " WHERE v.account = %u", f->only);
    logs_until(f, "v.from_known", &sql);
    us_buf_put(&sql, US_S(" GROUP BY 1, 3"));
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, us_buf_str(&sql), &r, e));
    struct logs_seen *seen = us_new(&f->arena, struct logs_seen, 1);
    struct logs_member *members = NULL;
    size_t cap = 0;
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++) {
            seen->accounts = &f->only;
            seen->account_count = 1;
            struct logs_member m = {f->only, duck_id(&r, 0, i), duck_i64(&r, 1, i),
                logs_member_to(f, duck_i64(&r, 2, i))};
            if (m.person != US_NOBODY)
                *us_push(&f->arena, members, seen->member_count, cap) = m;
        }
    duck_done(&r);
    seen->members = members;
    f->seen = seen;
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code logs_reach_read(struct logs_facts *f, struct us_error *e)
{
    bool one = f->only != US_NOBODY && f->h->rules.unit != US_COMPANY;
    if (one && !f->seen && !f->need->payers) US_TRY(seen_read(f, e));
    if (!one || !f->seen || (!f->need->user_trait_count && !f->h->rules.internal_count))
        return US_OK;
    struct reaching r = {.f = f};
    us_arena_init(&r.arena, LINKS_MAX);
    us_arena_init(&r.list, LINKS_MAX);
    us_code code = links_read(&r, e);
    if (code == US_OK) {
        people_join(&r);
        code = reach_make(&r, e);
    }
    if (code == US_OK && f->need->user_trait_count) code = identity_make(&r, e);
    us_arena_done(&r.list);
    us_arena_done(&r.arena);
    return code;
}

size_t logs_spans(
    const struct logs_facts *f, const struct us_who *who, struct us_span *spans)
{
    if (!f->identity) return core_spans(f->h, who, spans);
    return us_identity_spans(f->identity, who, false, spans, US_SPANS_MAX);
}
