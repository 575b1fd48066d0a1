/* spans_some.c: settling what a moment brought, beside all that was settled before.
 *
 * All links are kept by whom they are of, and all ids that links of anonymous ids and
 * aliases ever joined as a ring. What is new concerns the rings of the new events and
 * of the ends of new links, and nobody else: by the links of these rings those events
 * are settled, and the old events of the rings that have a new link.
 */
#include "base/err.h"
#include "history/spans.h"

/* Address space, not memory. */
static const size_t ROWS_MAX = (size_t)64 << 30;

/* Past these all links and events are looked at, which then costs no more. */
enum { EVENTS_MAX = 100000, PEOPLE_MAX = 200000, AGAIN_MAX = 2000 };

enum { NONE = 0 }; /* of 1 + an index */

struct held {
    struct us_link link;
    uint32_t next; /* 1 + the one before, of the same `from` */
};

struct person {
    uint32_t ring;  /* the next of those joined to it */
    uint32_t first; /* towards the first of them */
    uint32_t links; /* 1 + the newest; NONE */
    uint32_t local; /* its number in the settling of `turn` */
    uint32_t turn;
};

struct account {
    uint32_t links, turn;
};

struct core_circles {
    struct us_arena own;
    struct us_arena people, accounts, held; /* by id, by id, in order of line */
    size_t person_count, account_count, held_count;
    int64_t upto; /* links of lines up to it are here */
    uint32_t turn;
};

static struct core_circles *circles_new(void)
{
    struct us_arena own;
    us_arena_init(&own, 2 * sizeof(struct core_circles));
    struct core_circles *c = us_new(&own, struct core_circles, 1);
    c->own = own;
    us_arena_init(&c->people, ROWS_MAX);
    us_arena_init(&c->accounts, ROWS_MAX);
    us_arena_init(&c->held, ROWS_MAX);
    return c;
}

void core_circles_free(struct core_circles *c)
{
    if (!c) return;
    us_arena_done(&c->people);
    us_arena_done(&c->accounts);
    us_arena_done(&c->held);
    struct us_arena own = c->own;
    us_arena_done(&own);
}

static struct person *person_at(const struct core_circles *c, uint32_t id)
{
    return (struct person *)(void *)c->people.base + id;
}

static struct account *account_at(const struct core_circles *c, uint32_t id)
{
    return (struct account *)(void *)c->accounts.base + id;
}

static struct held *held_at(const struct core_circles *c, uint32_t one_more)
{
    return (struct held *)(void *)c->held.base + (one_more - 1);
}

/* Whoever history has numbered by now. */
static void circles_widen(struct core_circles *c, const struct us_history *h)
{
    for (; c->person_count < h->people.terms.count; c->person_count++)
        *us_new(&c->people, struct person, 1) = (struct person){
            .ring = (uint32_t)c->person_count, .first = (uint32_t)c->person_count};
    for (; c->account_count < h->accounts.terms.count; c->account_count++)
        *us_new(&c->accounts, struct account, 1) = (struct account){0};
}

/* Towards the one that stands for all joined to it. */
static uint32_t first_of(const struct core_circles *c, uint32_t id)
{
    struct person *p = person_at(c, id);
    while (p->first != id) {
        p->first = person_at(c, p->first)->first;
        id = p->first;
        p = person_at(c, id);
    }
    return id;
}

static void join(struct core_circles *c, uint32_t x, uint32_t y)
{
    uint32_t first = first_of(c, x);
    uint32_t other = first_of(c, y);
    if (first == other) return;
    person_at(c, other)->first = first;
    uint32_t next = person_at(c, x)->ring;
    person_at(c, x)->ring = person_at(c, y)->ring;
    person_at(c, y)->ring = next;
}

static bool joins(const struct us_link *l)
{
    bool people = l->kind == US_LINK_ANONYMOUS || l->kind == US_LINK_ALIAS;
    return people && l->to != US_NOBODY && l->from != l->to;
}

static void circles_add(
    struct core_circles *c, const struct us_history *h, const struct us_link *link)
{
    uint32_t *first = link->kind == US_LINK_COMPANY ? &account_at(c, link->from)->links
                                                    : &person_at(c, link->from)->links;
    struct us_link copy = *link;
    copy.text = core_link_text(h, link);
    *us_new(&c->held, struct held, 1) = (struct held){copy, *first};
    *first = (uint32_t)++c->held_count;
    if (joins(link)) join(c, link->from, link->to);
}

/* Links of lines after c->upto. */
static us_code links_read(
    struct us_history *h, struct core_circles *c, struct us_error *e)
{
    us_str sql = us_arena_fmt(&h->line,
        "SELECT l.seq, l.known, u.known, l.kind, l.from_id, l.to_id FROM links_made l "
        "LEFT JOIN (SELECT link, min(known) AS known FROM undos GROUP BY link) u "
        "ON u.link = l.seq WHERE l.seq > %lld AND l.from_id IS NOT NULL ORDER BY l.seq",
        (long long)c->upto);
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, sql, &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++) {
            struct us_link link = {.seq = duck_i64(&r, 0, i),
                .known = duck_i64(&r, 1, i),
                .undone = duck_time(&r, 2, i),
                .kind = core_link_kind(duck_text(&r, 3, i)),
                .from = duck_id(&r, 4, i),
                .to = duck_id(&r, 5, i)};
            circles_add(c, h, &link);
        }
    duck_done(&r);
    if (code == US_NOT_FOUND) c->upto = h->seq_saved;
    return code == US_NOT_FOUND ? US_OK : code;
}

/* ---- those to be looked at ---- */

struct some {
    struct us_history *h;
    struct core_circles *c;
    struct us_arena arena, list;
    struct us_identity *links; /* of the rings at hand, in numbers of their own */
    uint32_t *people;          /* their people, by that number */
    size_t count, cap;
    size_t touched_count; /* of them, those of rings that have a new link, first */
    struct spans_event *events; /* new ones, and old ones to be settled again */
    size_t event_count, event_cap;
    bool company;
};

/* An account's mapping, and that of what it is mapped to. */
static void account_take(struct some *s, uint32_t account)
{
    while (s->company && account != US_NOBODY) {
        struct account *row = account_at(s->c, account);
        uint32_t next = US_NOBODY;
        if (row->turn == s->c->turn) return;
        row->turn = s->c->turn;
        for (uint32_t i = row->links; i != NONE; i = held_at(s->c, i)->next) {
            const struct us_link *link = &held_at(s->c, i)->link;
            us_identity_add(s->links, link);
            if (next != US_NOBODY) account_take(s, next);
            next = link->to;
        }
        account = next;
    }
}

static void links_take(struct some *s, uint32_t person)
{
    for (uint32_t i = person_at(s->c, person)->links; i != NONE;
         i = held_at(s->c, i)->next) {
        struct us_link link = held_at(s->c, i)->link;
        link.from = person_at(s->c, person)->local;
        if (link.to != US_NOBODY) {
            bool people = link.kind == US_LINK_ANONYMOUS || link.kind == US_LINK_ALIAS;
            if (people)
                link.to = person_at(s->c, link.to)->local;
            else
                account_take(s, link.to);
        }
        us_identity_add(s->links, &link);
    }
}

static void ring_take(struct some *s, uint32_t person)
{
    if (person == US_NOBODY || person_at(s->c, person)->turn == s->c->turn) return;
    uint32_t p = person;
    do {
        struct person *row = person_at(s->c, p);
        row->turn = s->c->turn;
        row->local = (uint32_t)s->count;
        *us_push(&s->list, s->people, s->count, s->cap) = p;
        p = row->ring;
    } while (p != person);
    do {
        links_take(s, p);
        p = person_at(s->c, p)->ring;
    } while (p != person);
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
    if (!s->touched_count) return US_OK;
    struct us_buf in = us_buf_new(&s->h->line, 64 << 10);
    for (size_t i = 0; i < s->touched_count; i++)
        us_buf_fmt(&in, "%s%u", i ? ", " : "", s->people[i]);
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
    const struct core_circles *c = s->c;
    for (size_t i = c->held_count; i > 0; i--) {
        const struct us_link *link = &held_at(c, (uint32_t)i)->link;
        if (link->seq <= s->h->seq_settled) break;
        if (link->kind == US_LINK_COMPANY && s->company) return US_NOT_FOUND;
        if (link->kind != US_LINK_COMPANY) ring_take(s, link->from);
        if (s->count > AGAIN_MAX) return US_NOT_FOUND;
    }
    s->touched_count = s->count;
    for (size_t i = 0; i < s->event_count; i++) {
        ring_take(s, raw_of(&s->events[i].who));
        account_take(s, s->events[i].who.group);
        if (s->count > PEOPLE_MAX) return US_NOT_FOUND;
    }
    return US_OK;
}

static us_code one_settle(const struct some *s, const struct spans_settling *settling,
    const struct spans_event *v, struct us_error *e)
{
    struct us_who who = v->who;
    if (who.user != US_NOBODY) who.user = person_at(s->c, who.user)->local;
    /* By rule, of an event that names a user its anonymousId says nothing. */
    if (who.user != US_NOBODY) who.anonymous = US_NOBODY;
    if (who.anonymous != US_NOBODY)
        who.anonymous = person_at(s->c, who.anonymous)->local;
    if (raw_of(&who) == US_NOBODY && who.group == US_NOBODY) return US_OK;
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

static us_code circles_there(struct us_history *h, struct us_error *e)
{
    if (!h->circles) {
        h->circles = circles_new();
        h->circles->upto = INT64_MIN;
    }
    circles_widen(h->circles, h);
    us_code code = links_read(h, h->circles, e);
    if (code == US_OK) return US_OK;
    core_circles_free(h->circles); /* with some of them, and nobody knows which */
    h->circles = NULL;
    return code;
}

static us_code some_work(struct some *s, struct us_error *e)
{
    US_TRY(new_read(s, e));
    US_TRY(circles_there(s->h, e));
    s->c = s->h->circles;
    s->c->turn++;
    US_TRY(rings_take(s));
    US_TRY(old_read(s, e));
    us_identity_freeze(s->links);
    return spans_settle_by(s->h, &s->arena, s->links, s->people, some_fill, s, e);
}

us_code spans_some(struct us_history *h, struct us_error *e)
{
    int64_t undos = 0;
    US_TRY(undos_since(h, &undos, e));
    if (undos) { /* their links are read anew, by the next settling */
        core_circles_free(h->circles);
        h->circles = NULL;
        return US_NOT_FOUND;
    }
    struct some s = {
        .h = h, .links = us_identity_new(), .company = h->rules.unit == US_COMPANY};
    us_arena_init(&s.arena, ROWS_MAX);
    us_arena_init(&s.list, ROWS_MAX);
    us_code code = some_work(&s, e);
    us_identity_free(s.links);
    us_arena_done(&s.arena);
    us_arena_done(&s.list);
    return code;
}
