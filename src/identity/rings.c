#include "identity/rings.h"

#include "base/err.h"

/* Address space, not memory. */
static const size_t ROWS_MAX = (size_t)64 << 30;

enum { NONE = 0 }; /* of 1 + an index */

struct person {
    uint32_t next;   /* of its ring */
    uint32_t first;  /* towards the one that stands for the ring */
    uint32_t newest; /* 1 + the index of its newest link; NONE */
    uint32_t number; /* among those taken in `turn` */
    uint32_t turn;
};

struct account {
    uint32_t newest, turn;
};

struct us_rings {
    struct us_arena own;
    struct us_arena people, accounts, links, taken;
    size_t person_count, account_count, link_count, taken_count;
    uint32_t turn;
};

struct us_rings *us_rings_new(void)
{
    struct us_arena own;
    us_arena_init(&own, 2 * sizeof(struct us_rings));
    struct us_rings *r = us_new(&own, struct us_rings, 1);
    r->own = own;
    r->turn = 1;
    us_arena_init(&r->people, ROWS_MAX);
    us_arena_init(&r->accounts, ROWS_MAX);
    us_arena_init(&r->links, ROWS_MAX);
    us_arena_init(&r->taken, ROWS_MAX);
    return r;
}

void us_rings_free(struct us_rings *r)
{
    if (!r) return;
    us_arena_done(&r->people);
    us_arena_done(&r->accounts);
    us_arena_done(&r->links);
    us_arena_done(&r->taken);
    struct us_arena own = r->own; /* r lies in it */
    us_arena_done(&own);
}

static struct person *person_at(const struct us_rings *r, uint32_t id)
{
    us_assert(id < r->person_count);
    return (struct person *)(void *)r->people.base + id;
}

static struct account *account_at(const struct us_rings *r, uint32_t id)
{
    us_assert(id < r->account_count);
    return (struct account *)(void *)r->accounts.base + id;
}

static struct us_rings_link *link_at(const struct us_rings *r, uint32_t one_more)
{
    return (struct us_rings_link *)(void *)r->links.base + (one_more - 1);
}

void us_rings_widen(struct us_rings *r, size_t people, size_t accounts)
{
    for (; r->person_count < people; r->person_count++)
        *us_new(&r->people, struct person, 1) = (struct person){
            .next = (uint32_t)r->person_count, .first = (uint32_t)r->person_count};
    for (; r->account_count < accounts; r->account_count++)
        *us_new(&r->accounts, struct account, 1) = (struct account){0};
}

/* ---- links ---- */

size_t us_rings_count(const struct us_rings *r)
{
    return r->link_count;
}

const struct us_rings_link *us_rings_link(const struct us_rings *r, size_t index)
{
    return link_at(r, (uint32_t)index + 1);
}

const struct us_rings_link *us_rings_newest(const struct us_rings *r, uint32_t person)
{
    uint32_t newest = person_at(r, person)->newest;
    return newest == NONE ? NULL : link_at(r, newest);
}

const struct us_rings_link *us_rings_mapping(const struct us_rings *r, uint32_t account)
{
    uint32_t newest = account_at(r, account)->newest;
    return newest == NONE ? NULL : link_at(r, newest);
}

const struct us_rings_link *us_rings_older(
    const struct us_rings *r, const struct us_rings_link *link)
{
    return link->older == NONE ? NULL : link_at(r, link->older);
}

static uint32_t first_of(struct us_rings *r, uint32_t id)
{
    struct person *p = person_at(r, id);
    while (p->first != id) {
        p->first = person_at(r, p->first)->first;
        id = p->first;
        p = person_at(r, id);
    }
    return id;
}

bool us_rings_joined(struct us_rings *r, uint32_t x, uint32_t y)
{
    return first_of(r, x) == first_of(r, y);
}

static void join(struct us_rings *r, uint32_t x, uint32_t y)
{
    uint32_t first = first_of(r, x);
    uint32_t other = first_of(r, y);
    if (first == other) return;
    person_at(r, other)->first = first;
    uint32_t next = person_at(r, x)->next;
    person_at(r, x)->next = person_at(r, y)->next;
    person_at(r, y)->next = next;
}

static bool of_people(const struct us_link *l)
{
    return l->kind == US_LINK_ANONYMOUS || l->kind == US_LINK_ALIAS;
}

void us_rings_add(struct us_rings *r, const struct us_link *link)
{
    uint32_t *newest = link->kind == US_LINK_COMPANY
                           ? &account_at(r, link->from)->newest
                           : &person_at(r, link->from)->newest;
    *us_new(&r->links, struct us_rings_link, 1) =
        (struct us_rings_link){*link, *newest};
    *newest = (uint32_t)++r->link_count;
    if (of_people(link) && link->to != US_NOBODY) join(r, link->from, link->to);
}

uint32_t us_rings_next(const struct us_rings *r, uint32_t person)
{
    return person_at(r, person)->next;
}

/* ---- the links of a few ---- */

void us_rings_begin(struct us_rings *r)
{
    r->turn++;
    us_arena_pop(&r->taken, (us_mark){r->taken.base});
    r->taken_count = 0;
}

void us_rings_take_account(struct us_rings *r, uint32_t account, struct us_identity *to)
{
    while (account != US_NOBODY && account_at(r, account)->turn != r->turn) {
        uint32_t next = US_NOBODY;
        account_at(r, account)->turn = r->turn;
        for (const struct us_rings_link *l = us_rings_mapping(r, account); l;
             l = us_rings_older(r, l)) {
            us_identity_add(to, &l->link);
            if (next != US_NOBODY) us_rings_take_account(r, next, to);
            next = l->link.to;
        }
        account = next;
    }
}

static void links_take(
    struct us_rings *r, uint32_t person, bool by_company, struct us_identity *to)
{
    for (const struct us_rings_link *l = us_rings_newest(r, person); l;
         l = us_rings_older(r, l)) {
        struct us_link link = l->link;
        link.from = us_rings_number(r, person);
        if (of_people(&link) && link.to != US_NOBODY)
            link.to = us_rings_number(r, link.to);
        else if (by_company)
            us_rings_take_account(r, link.to, to);
        us_identity_add(to, &link);
    }
}

void us_rings_take(
    struct us_rings *r, uint32_t person, bool by_company, struct us_identity *to)
{
    if (person_at(r, person)->turn == r->turn) return;
    uint32_t p = person;
    do {
        struct person *row = person_at(r, p);
        row->turn = r->turn;
        row->number = (uint32_t)r->taken_count++;
        *us_new(&r->taken, uint32_t, 1) = p;
        p = row->next;
    } while (p != person);
    do {
        links_take(r, p, by_company, to);
        p = us_rings_next(r, p);
    } while (p != person);
}

const uint32_t *us_rings_taken(const struct us_rings *r, size_t *count)
{
    *count = r->taken_count;
    return (const uint32_t *)(const void *)r->taken.base;
}

uint32_t us_rings_number(const struct us_rings *r, uint32_t person)
{
    const struct person *p = person_at(r, person);
    us_assert(p->turn == r->turn);
    return p->number;
}

/* ---- in a file ---- */

void us_rings_kept(struct us_kept_file *k, struct us_rings *r,
    us_str (*text)(const void *ctx, const struct us_link *link), const void *ctx)
{
    us_kept_same(k, sizeof(struct person));
    us_kept_same(k, sizeof(struct us_rings_link));
    US_KEPT(k, r->person_count);
    US_KEPT(k, r->account_count);
    US_KEPT(k, r->link_count);
    US_KEPT(k, r->turn);
    us_kept_arena(k, &r->people);
    us_kept_arena(k, &r->accounts);
    us_kept_arena(k, &r->links);
    for (uint32_t i = 1; us_kept_is_good(k) && i <= r->link_count; i++)
        link_at(r, i)->link.text = text(ctx, &link_at(r, i)->link);
}
