/* book.c: raw ids joined by links into circles; a link asks its circle anew.
 *
 * A circle is all ids that links of anonymous ids and aliases ever joined, whenever
 * they held: whom a link can concern is in the circle of its ends. When the past of a
 * circle changes, all accounts its people were ever in are told to be touched: more
 * than need be, at the price of time and never of truth.
 */

#include "server/book.h"

#include "base/err.h"
#include "base/hash.h"

#include <string.h>

/* Address space, not memory. */
static const size_t ROWS_MAX = (size_t)64 << 30;
enum { NONE = 0 }; /* of 1 + an index */

struct person {
    uint32_t ring;                    /* the next of its circle */
    uint32_t links, accounts;         /* 1 + the newest; NONE */
    uint32_t now_person, now_account; /* as of the newest link */
    uint32_t now_mail;                /* by company, of its address alone */
    uint32_t local;                   /* its number while its circle is asked */
    bool identified, internal, seen, traits;
    bool undone; /* a link of it was undone: no rule of thumb holds in its circle */
};

struct link_row {
    struct us_link link;
    uint32_t next; /* 1 + the one before, of the same `from` */
};

struct account_row {
    uint32_t account, next;
};

struct us_book {
    struct us_arena own;
    us_unit unit;
    struct us_intern people, accounts;
    struct us_arena persons, links, members, touched, circle;
    struct us_arena mapped; /* by account: its company, US_NOBODY; by company alone */
    size_t link_count, member_count;
    uint32_t *list; /* touched */
    size_t list_count, list_cap;
    struct us_identity *all; /* while loading */
    struct us_identity *one; /* of the circle at hand */
};

struct us_book *us_book_new(us_unit unit)
{
    struct us_arena own;
    us_arena_init(&own, 2 * sizeof(struct us_book));
    struct us_book *b = us_new(&own, struct us_book, 1);
    b->own = own;
    b->unit = unit;
    us_intern_init(&b->people);
    us_intern_init(&b->accounts);
    us_arena_init(&b->persons, ROWS_MAX);
    us_arena_init(&b->links, ROWS_MAX);
    us_arena_init(&b->members, ROWS_MAX);
    us_arena_init(&b->touched, ROWS_MAX);
    us_arena_init(&b->circle, ROWS_MAX);
    us_arena_init(&b->mapped, ROWS_MAX);
    b->all = us_identity_new();
    b->one = us_identity_new();
    return b;
}

void us_book_free(struct us_book *b)
{
    if (!b) return;
    us_intern_done(&b->people);
    us_intern_done(&b->accounts);
    us_arena_done(&b->persons);
    us_arena_done(&b->links);
    us_arena_done(&b->members);
    us_arena_done(&b->touched);
    us_arena_done(&b->circle);
    us_arena_done(&b->mapped);
    us_identity_free(b->all);
    us_identity_free(b->one);
    struct us_arena own = b->own;
    us_arena_done(&own);
}

static struct person *person_at(const struct us_book *b, uint32_t person)
{
    return (struct person *)(void *)b->persons.base + person;
}

static struct link_row *link_at(const struct us_book *b, uint32_t one_more)
{
    return (struct link_row *)(void *)b->links.base + (one_more - 1);
}

static struct account_row *account_at(const struct us_book *b, uint32_t one_more)
{
    return (struct account_row *)(void *)b->members.base + (one_more - 1);
}

/* ---- names ---- */

uint32_t us_book_person(struct us_book *b, us_str id, bool identified)
{
    if (!id.len) return US_NOBODY;
    char text[1 + 4096];
    us_assert(id.len < sizeof text);
    text[0] = identified ? 'u' : 'a';
    memcpy(text + 1, id.ptr, id.len);
    uint32_t p = us_intern_put(&b->people, (us_str){text, id.len + 1});
    for (size_t n = us_arena_used(&b->persons) / sizeof(struct person); n <= p; n++)
        *us_new(&b->persons, struct person, 1) = (struct person){.ring = (uint32_t)n,
            .now_person = (uint32_t)n,
            .now_account = US_NOBODY,
            .now_mail = US_NOBODY,
            .identified = identified};
    return p;
}

uint32_t us_book_account(struct us_book *b, us_str key)
{
    if (!key.len) return US_NOBODY;
    uint32_t account = us_intern_put(&b->accounts, key);
    for (size_t n = us_arena_used(&b->mapped) / sizeof(uint32_t); n <= account; n++)
        *us_new(&b->mapped, uint32_t, 1) = US_NOBODY;
    return account;
}

us_str us_book_person_key(const struct us_book *b, uint32_t person)
{
    us_str text = us_intern_text(&b->people, person);
    return us_str_slice(text, 1, text.len);
}

bool us_book_identified(const struct us_book *b, uint32_t person)
{
    return person_at(b, person)->identified;
}

us_str us_book_account_key(const struct us_book *b, uint32_t account)
{
    return us_intern_text(&b->accounts, account);
}

void us_book_internal(struct us_book *b, uint32_t person)
{
    person_at(b, person)->internal = true;
}

bool us_book_is_internal(const struct us_book *b, uint32_t person)
{
    return person != US_NOBODY && person_at(b, person)->internal;
}

void us_book_seen(struct us_book *b, uint32_t raw)
{
    person_at(b, raw)->seen = true;
}

void us_book_traits(struct us_book *b, uint32_t raw)
{
    person_at(b, raw)->traits = true;
}

bool us_book_has_traits(const struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        if (person_at(b, p)->traits) return true;
        p = person_at(b, p)->ring;
    } while (p != person);
    return false;
}

/* ---- accounts of people ---- */

bool us_book_member(struct us_book *b, uint32_t person, uint32_t account)
{
    struct person *p = person_at(b, person);
    for (uint32_t i = p->accounts; i != NONE; i = account_at(b, i)->next)
        if (account_at(b, i)->account == account) return false;
    *us_new(&b->members, struct account_row, 1) =
        (struct account_row){account, p->accounts};
    p->accounts = (uint32_t)++b->member_count;
    return true;
}

uint32_t us_book_account_of(const struct us_book *b, uint32_t person, size_t n)
{
    uint32_t i = person_at(b, person)->accounts;
    for (; i != NONE && n > 0; n--)
        i = account_at(b, i)->next;
    return i == NONE ? US_NOBODY : account_at(b, i)->account;
}

static uint32_t company_of(const struct us_book *b, uint32_t account)
{
    return ((const uint32_t *)(const void *)b->mapped.base)[account];
}

struct us_book_now us_book_now(const struct us_book *b, const struct us_who *who)
{
    struct us_book_now now = {US_NOBODY, who->group};
    uint32_t raw = who->user != US_NOBODY ? who->user : who->anonymous;
    const struct person *p = raw == US_NOBODY ? NULL : person_at(b, raw);
    if (p) now.person = p->now_person;
    if (b->unit != US_COMPANY) {
        if (now.account == US_NOBODY && p) now.account = p->now_account;
        return now;
    }
    if (now.account != US_NOBODY) {
        now.account = company_of(b, now.account);
        if (now.account == US_NOBODY && p) now.account = p->now_mail;
    } else if (p) {
        now.account = p->now_account;
    }
    if (now.account == US_NOBODY) return now;
    uint32_t mapped = company_of(b, now.account);
    if (mapped != US_NOBODY) now.account = mapped;
    return now;
}

/* ---- links ---- */

static us_str text_of(const struct us_book *b, const struct us_link *link)
{
    if (link->to == US_NOBODY) return (us_str){"", 0};
    bool person = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
    return person ? us_book_person_key(b, link->to) : us_book_account_key(b, link->to);
}

static void join(struct us_book *b, uint32_t x, uint32_t y)
{
    struct person *p = person_at(b, x);
    uint32_t at = p->ring;
    for (; at != x; at = person_at(b, at)->ring)
        if (at == y) return;
    struct person *q = person_at(b, y);
    uint32_t next = p->ring;
    p->ring = q->ring;
    q->ring = next;
}

static bool joins(const struct us_link *link)
{
    bool people = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
    return people && link->to != US_NOBODY && link->from != link->to;
}

static void keep(struct us_book *b, const struct us_link *link)
{
    struct us_link copy = *link;
    copy.text = text_of(b, link);
    struct person *p = person_at(b, link->from);
    *us_new(&b->links, struct link_row, 1) = (struct link_row){copy, p->links};
    p->links = (uint32_t)++b->link_count;
}

void us_book_load(struct us_book *b, const struct us_link *link)
{
    struct us_link copy = *link;
    copy.text = text_of(b, link);
    us_identity_add(b->all, &copy);
    if (link->kind == US_LINK_COMPANY || link->from == US_NOBODY) return;
    keep(b, link);
    if (link->undone != US_NEVER && link->from != US_NOBODY)
        person_at(b, link->from)->undone = true;
}

/* Whom a group call made one of an account's people. */
static void member_by(struct us_book *b, const struct us_identity *links,
    const struct us_link *link, const struct us_who *as, const uint32_t *people)
{
    struct us_who who = *as;
    who.group = link->to;
    who.known = link->known;
    uint32_t person =
        us_identity_at(links, &who, b->unit == US_COMPANY, US_NEVER - 1).person;
    us_book_member(b, people ? people[person] : person, link->to);
}

static struct us_who who_of(const struct us_book *b, uint32_t person, uint32_t number)
{
    bool user = person_at(b, person)->identified;
    return (struct us_who){
        user ? number : US_NOBODY, user ? US_NOBODY : number, US_NOBODY, US_NEVER - 1};
}

static void settle_all(struct us_book *b, uint32_t raw)
{
    bool company = b->unit == US_COMPANY;
    struct person *p = person_at(b, raw);
    struct us_who who = who_of(b, raw, raw);
    struct us_span span = us_identity_at(b->all, &who, company, US_NEVER - 1);
    p->now_person = span.person;
    p->now_account = span.account;
    who.group = US_NOBODY - 1; /* one that is mapped to nothing */
    if (company)
        p->now_mail = us_identity_at(b->all, &who, company, US_NEVER - 1).account;
    who.group = US_NOBODY;
    for (uint32_t i = p->links; i != NONE; i = link_at(b, i)->next) {
        const struct us_link *link = &link_at(b, i)->link;
        if (joins(link)) join(b, link->from, link->to);
        if (link->kind == US_LINK_GROUP && link->to != US_NOBODY)
            member_by(b, b->all, link, &who, NULL);
    }
}

void us_book_loaded(struct us_book *b)
{
    us_identity_freeze(b->all);
    uint32_t *mapped = (uint32_t *)(void *)b->mapped.base;
    size_t accounts = us_arena_used(&b->mapped) / sizeof(uint32_t);
    for (uint32_t i = 0; b->unit == US_COMPANY && i < accounts; i++)
        mapped[i] = us_identity_company(b->all, i, US_NEVER - 1);
    size_t people = us_arena_used(&b->persons) / sizeof(struct person);
    for (uint32_t i = 0; i < people; i++)
        settle_all(b, i);
    us_identity_free(b->all);
    b->all = us_identity_new();
}

/* ---- one link, live ---- */

/* The newest link of that kind from the same id. */
static const struct us_link *newest(
    const struct us_book *b, uint32_t from, us_link_kind kind)
{
    for (uint32_t i = person_at(b, from)->links; i != NONE; i = link_at(b, i)->next)
        if (link_at(b, i)->link.kind == kind) return &link_at(b, i)->link;
    return NULL;
}

/* How many users an anonymous id is linked to, at most one more than it may be. */
static uint32_t users_of(const struct us_book *b, uint32_t anonymous)
{
    uint32_t users[US_LINK_USERS_MAX + 1] = {0};
    uint32_t count = 0;
    for (uint32_t i = person_at(b, anonymous)->links; i != NONE;
         i = link_at(b, i)->next) {
        const struct us_link *link = &link_at(b, i)->link;
        uint32_t k = 0;
        if (link->kind != US_LINK_ANONYMOUS) continue;
        while (k < count && users[k] != link->to)
            k++;
        if (k < count) continue;
        users[count++] = link->to;
        if (count > US_LINK_USERS_MAX) break;
    }
    return count;
}

/* Whether anything was ever said of the circle. */
static bool circle_known(const struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        const struct person *row = person_at(b, p);
        if (row->seen || row->links != NONE) return true;
        p = row->ring;
    } while (p != person);
    return false;
}

static bool circle_undone(const struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        if (person_at(b, p)->undone) return true;
        p = person_at(b, p)->ring;
    } while (p != person);
    return false;
}

static void touch(struct us_book *b, uint32_t account)
{
    if (account == US_NOBODY) return;
    for (size_t i = 0; i < b->list_count; i++)
        if (b->list[i] == account) return;
    *us_push(&b->touched, b->list, b->list_count, b->list_cap) = account;
}

/* Its people as they are now, by its links alone. */
static void circle_ask(struct us_book *b, uint32_t person)
{
    us_arena_reset(&b->circle);
    us_identity_clear(b->one);
    uint32_t *people = NULL;
    size_t count = 0;
    size_t cap = 0;
    uint32_t p = person;
    do {
        person_at(b, p)->local = (uint32_t)count;
        *us_push(&b->circle, people, count, cap) = p;
        p = person_at(b, p)->ring;
    } while (p != person);
    for (size_t k = 0; k < count; k++)
        for (uint32_t i = person_at(b, people[k])->links; i != NONE;
             i = link_at(b, i)->next) {
            struct us_link link = link_at(b, i)->link;
            link.from = (uint32_t)k;
            if (joins(&link_at(b, i)->link)) link.to = person_at(b, link.to)->local;
            us_identity_add(b->one, &link);
        }
    us_identity_freeze(b->one);
    for (size_t k = 0; k < count; k++) {
        struct person *row = person_at(b, people[k]);
        struct us_who who = who_of(b, people[k], (uint32_t)k);
        struct us_span span = us_identity_at(b->one, &who, false, US_NEVER - 1);
        row->now_person = people[span.person];
        row->now_account = span.account;
        for (uint32_t i = row->links; i != NONE; i = link_at(b, i)->next) {
            const struct us_link *link = &link_at(b, i)->link;
            if (link->kind == US_LINK_GROUP && link->to != US_NOBODY)
                member_by(b, b->one, link, &who, people);
        }
    }
}

static void circle_touch(struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        const struct person *row = person_at(b, p);
        for (uint32_t i = row->accounts; i != NONE; i = account_at(b, i)->next)
            touch(b, account_at(b, i)->account);
        touch(b, row->now_account);
        p = row->ring;
    } while (p != person);
}

static struct us_book_touched touched(const struct us_book *b)
{
    return (struct us_book_touched){b->list, b->list_count, false};
}

/* A group link after another changes what comes, and no line before it; but what is
 * known of the person is seen where it is new. */
static struct us_book_touched link_group(struct us_book *b, const struct us_link *link)
{
    const struct person *p = person_at(b, link->from);
    bool first = p->now_account == US_NOBODY || circle_undone(b, link->from);
    bool past = first && circle_known(b, link->from);
    keep(b, link);
    circle_ask(b, link->from);
    if (past) {
        circle_touch(b, link->from);
    } else if (link->to != US_NOBODY && us_book_has_traits(b, link->from)) {
        touch(b, link->to);
    }
    return touched(b);
}

static struct us_book_touched link_people(struct us_book *b, const struct us_link *link)
{
    bool anonymous = link->kind == US_LINK_ANONYMOUS;
    bool undone = circle_undone(b, link->from) || circle_undone(b, link->to);
    uint32_t before = anonymous && !undone ? users_of(b, link->from) : 0;
    if (before > US_LINK_USERS_MAX) return touched(b); /* a machine of many */
    bool past = circle_known(b, link->from);
    keep(b, link);
    join(b, link->from, link->to);
    circle_ask(b, link->from);
    bool later =
        anonymous && before > 0 && users_of(b, link->from) <= US_LINK_USERS_MAX;
    if (past && !later) circle_touch(b, link->from);
    return touched(b);
}

struct us_book_touched us_book_link(struct us_book *b, const struct us_link *link)
{
    us_arena_reset(&b->touched);
    b->list = NULL;
    b->list_count = b->list_cap = 0;
    if (link->from == US_NOBODY) return touched(b);
    if (link->to == US_NOBODY && link->kind != US_LINK_EMAIL) return touched(b);
    if (link->kind == US_LINK_COMPANY)
        return (struct us_book_touched){.all = b->unit == US_COMPANY};
    if (link->kind == US_LINK_EMAIL && b->unit != US_COMPANY) return touched(b);
    bool people = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
    if (people && link->from == link->to) return touched(b);
    const struct us_link *last = newest(b, link->from, link->kind);
    bool again = last && last->to == link->to && last->undone == US_NEVER;
    if (again && !circle_undone(b, link->from)) return touched(b);
    if (b->unit == US_COMPANY) return (struct us_book_touched){.all = true};
    return people ? link_people(b, link) : link_group(b, link);
}
