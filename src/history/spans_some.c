/* spans_some.c: settling what a moment brought, beside all that was settled before.
 *
 * What is new concerns the rings (identity/rings.h) of the new events and of the ends
 * of new links, and nobody else: by the links of these rings those events are settled,
 * and the old events of the rings that have a new link.
 */
#include "base/err.h"
#include "history/spans.h"

/* Address space, not memory. */
static const size_t ROWS_MAX = (size_t)64 << 30;

/* Past these all links and events are looked at, which then costs no more. */
enum { EVENTS_MAX = 100000, PEOPLE_MAX = 200000, AGAIN_MAX = 2000 };

struct some {
    struct us_history *h;
    struct us_arena arena;
    struct us_identity *links;  /* of the rings taken */
    size_t touched;             /* people of rings that have a new link, taken first */
    struct spans_event *events; /* new ones, and old ones to be settled again */
    size_t event_count, event_cap;
    bool company;
};

/* ---- all links, kept ---- */

static us_code link_keep(void *ctx, const struct us_link *link, struct us_error *e)
{
    (void)e;
    us_rings_add(ctx, link);
    return US_OK;
}

static void rings_drop(struct us_history *h)
{
    us_rings_free(h->rings);
    h->rings = NULL;
}

static us_code rings_there(struct us_history *h, struct us_error *e)
{
    if (!h->rings) {
        h->rings = us_rings_new();
        h->ringed = INT64_MIN;
    }
    us_rings_widen(h->rings, h->people.terms.count, h->accounts.terms.count);
    us_code code = core_links(h, h->ringed, link_keep, h->rings, e);
    if (code == US_OK) h->ringed = h->seq_saved;
    if (code != US_OK) rings_drop(h); /* with some, and nobody knows which */
    return code;
}

/* ---- those to be looked at ---- */

static size_t taken(const struct some *s)
{
    size_t count;
    us_rings_taken(s->h->rings, &count);
    return count;
}

static void ring_take(struct some *s, uint32_t person)
{
    if (person != US_NOBODY) us_rings_take(s->h->rings, person, s->company, s->links);
}

static void account_take(struct some *s, uint32_t account)
{
    if (s->company) us_rings_take_account(s->h->rings, account, s->links);
}

static us_code events_read(struct some *s, us_str sql, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(s->h->duck.side, sql, &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            spans_event_read(
                &r, i, us_push(&s->arena, s->events, s->event_count, s->event_cap));
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code new_read(struct some *s, struct us_error *e)
{
    us_str sql = us_arena_fmt(&s->h->line,
        "SELECT seq, known, account, person, usr, anon, grp FROM events "
        "WHERE seq > %lld LIMIT %d",
        (long long)s->h->seq_settled, EVENTS_MAX + 1);
    US_TRY(events_read(s, sql, e));
    return s->event_count > EVENTS_MAX ? US_NOT_FOUND : US_OK;
}

/* The old events of those with a new link. */
static us_code old_read(struct some *s, struct us_error *e)
{
    if (!s->touched) return US_OK;
    size_t count;
    const uint32_t *people = us_rings_taken(s->h->rings, &count);
    struct us_buf in = us_buf_new(&s->h->line, 64 << 10);
    for (size_t i = 0; i < s->touched; i++)
        us_buf_fmt(&in, "%s%u", i ? ", " : "", people[i]);
    us_assert(!in.full);
    us_str list = us_buf_str(&in);
    us_str sql = us_arena_fmt(&s->h->line,
        "SELECT seq, known, account, person, usr, anon, grp FROM "
        "(FROM events WHERE usr IN (%.*s) UNION ALL "
        "FROM events WHERE usr IS NULL AND anon IN (%.*s)) WHERE seq <= %lld",
        US_ARG(list), US_ARG(list), (long long)s->h->seq_settled);
    size_t from = s->event_count;
    US_TRY(events_read(s, sql, e));
    for (size_t i = from; i < s->event_count; i++)
        account_take(s, s->events[i].who.group);
    return US_OK;
}

static uint32_t raw_of(const struct us_who *who)
{
    return who->user != US_NOBODY ? who->user : who->anonymous;
}

/* Rings of new links, the last that are held; then those of new events. */
static us_code rings_take(struct some *s)
{
    const struct us_rings *rings = s->h->rings;
    for (size_t i = us_rings_count(rings); i > 0; i--) {
        const struct us_link *link = &us_rings_link(rings, i - 1)->link;
        if (link->seq <= s->h->seq_settled) break;
        if (link->kind == US_LINK_COMPANY && s->company) return US_NOT_FOUND;
        if (link->kind != US_LINK_COMPANY) ring_take(s, link->from);
        if (taken(s) > AGAIN_MAX) return US_NOT_FOUND;
    }
    s->touched = taken(s);
    for (size_t i = 0; i < s->event_count; i++) {
        ring_take(s, raw_of(&s->events[i].who));
        account_take(s, s->events[i].who.group);
        if (taken(s) > PEOPLE_MAX) return US_NOT_FOUND;
    }
    return US_OK;
}

/* In the numbers of those taken. By rule, of an event that names a user its anonymousId
 * says nothing. */
static us_code one_settle(const struct some *s, const struct spans_settling *settling,
    const struct spans_event *v, struct us_error *e)
{
    const struct us_rings *rings = s->h->rings;
    struct us_who who = v->who;
    if (who.user != US_NOBODY) {
        who.user = us_rings_number(rings, who.user);
        who.anonymous = US_NOBODY;
    } else if (who.anonymous != US_NOBODY) {
        who.anonymous = us_rings_number(rings, who.anonymous);
    } else if (who.group == US_NOBODY) {
        return US_OK;
    }
    return spans_event_settle(settling, v, &who, e);
}

static us_code some_fill(
    void *ctx, const struct spans_settling *settling, struct us_error *e)
{
    struct some *s = ctx;
    for (size_t i = 0; i < s->event_count; i++)
        US_TRY(one_settle(s, settling, &s->events[i], e));
    return US_OK;
}

/* What is said now of links of before reaches whom nobody noted. */
static us_code undos_since(struct us_history *h, int64_t *count, struct us_error *e)
{
    return duck_number(h->duck.side,
        us_arena_fmt(&h->line, "SELECT count(*) FROM undos WHERE seq > %lld",
            (long long)h->seq_settled),
        count, e);
}

static us_code some_work(struct some *s, struct us_error *e)
{
    size_t count;
    US_TRY(new_read(s, e));
    US_TRY(rings_there(s->h, e));
    us_rings_begin(s->h->rings);
    US_TRY(rings_take(s));
    US_TRY(old_read(s, e));
    us_identity_freeze(s->links);
    const uint32_t *people = us_rings_taken(s->h->rings, &count);
    return spans_settle_by(s->h, &s->arena, s->links, people, some_fill, s, e);
}

us_code spans_some(struct us_history *h, struct us_error *e)
{
    int64_t undos = 0;
    US_TRY(undos_since(h, &undos, e));
    if (undos) {
        rings_drop(h); /* read anew by the next settling */
        return US_NOT_FOUND;
    }
    struct some s = {
        .h = h, .links = us_identity_new(), .company = h->rules.unit == US_COMPANY};
    us_arena_init(&s.arena, ROWS_MAX);
    us_code code = some_work(&s, e);
    us_identity_free(s.links);
    us_arena_done(&s.arena);
    return code;
}
