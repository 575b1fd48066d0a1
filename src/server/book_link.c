/* book_link.c: a link asks its circle anew, and tells whose past it changes. */

#include "server/book_inner.h"

/* ---- links ---- */

static us_str text_of(const struct us_book *b, const struct us_link *link)
{
    if (link->to == US_NOBODY) return (us_str){"", 0};
    bool person = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
    return person ? us_book_person_key(b, link->to) : us_book_account_key(b, link->to);
}

static void join(struct us_book *b, uint32_t x, uint32_t y)
{
    struct book_person *p = person_at(b, x);
    uint32_t at = p->ring;
    for (; at != x; at = person_at(b, at)->ring)
        if (at == y) return;
    struct book_person *q = person_at(b, y);
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
    struct book_person *p = person_at(b, link->from);
    *us_new(&b->links, struct book_link, 1) = (struct book_link){copy, p->links};
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
    struct book_person *p = person_at(b, raw);
    struct us_who who = who_of(b, raw, raw);
    struct us_span span = us_identity_at(b->all, &who, company, US_NEVER - 1);
    p->now_person = span.person;
    p->now_account = span.account;
    who.group = US_NOBODY - 1; /* one that is mapped to nothing */
    if (company)
        p->now_mail = us_identity_at(b->all, &who, company, US_NEVER - 1).account;
    who.group = US_NOBODY;
    for (uint32_t i = p->links; i != BOOK_NONE; i = link_at(b, i)->next) {
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
    size_t people = us_arena_used(&b->persons) / sizeof(struct book_person);
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
    for (uint32_t i = person_at(b, from)->links; i != BOOK_NONE;
         i = link_at(b, i)->next)
        if (link_at(b, i)->link.kind == kind) return &link_at(b, i)->link;
    return NULL;
}

/* How many users an anonymous id is linked to, at most one more than it may be. */
static uint32_t users_of(const struct us_book *b, uint32_t anonymous)
{
    uint32_t users[US_LINK_USERS_MAX + 1] = {0};
    uint32_t count = 0;
    for (uint32_t i = person_at(b, anonymous)->links; i != BOOK_NONE;
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
        const struct book_person *row = person_at(b, p);
        if (row->seen || row->links != BOOK_NONE) return true;
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
        for (uint32_t i = person_at(b, people[k])->links; i != BOOK_NONE;
             i = link_at(b, i)->next) {
            struct us_link link = link_at(b, i)->link;
            link.from = (uint32_t)k;
            if (joins(&link_at(b, i)->link)) link.to = person_at(b, link.to)->local;
            us_identity_add(b->one, &link);
        }
    us_identity_freeze(b->one);
    for (size_t k = 0; k < count; k++) {
        struct book_person *row = person_at(b, people[k]);
        struct us_who who = who_of(b, people[k], (uint32_t)k);
        struct us_span span = us_identity_at(b->one, &who, false, US_NEVER - 1);
        row->now_person = people[span.person];
        row->now_account = span.account;
        for (uint32_t i = row->links; i != BOOK_NONE; i = link_at(b, i)->next) {
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
        const struct book_person *row = person_at(b, p);
        for (uint32_t i = row->accounts; i != BOOK_NONE; i = account_at(b, i)->next)
            touch(b, account_at(b, i)->account);
        touch(b, row->now_account);
        p = row->ring;
    } while (p != person);
}

static struct us_book_touched touched(const struct us_book *b)
{
    return (struct us_book_touched){
        .accounts = b->list, .count = b->list_count, .account = US_NOBODY};
}

/* ---- lines that come ---- */

static void coming_put(struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        *us_push(&b->touched, b->coming, b->coming_count, b->coming_cap) = p;
        p = person_at(b, p)->ring;
    } while (p != person);
}

static struct us_book_touched coming(
    const struct us_book *b, bool events, uint32_t person, uint32_t account)
{
    return (struct us_book_touched){.coming = b->coming,
        .coming_count = b->coming_count,
        .events = events,
        .traits = true,
        .person = person,
        .account = account};
}

/* Nothing ever said where any of the circle belongs, so that all its lines without an
 * account of their own are in none. */
static bool circle_homeless(const struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        const struct book_person *row = person_at(b, p);
        if (row->undone) return false;
        for (uint32_t i = row->links; i != BOOK_NONE; i = link_at(b, i)->next)
            if (link_at(b, i)->link.kind == US_LINK_GROUP) return false;
        p = row->ring;
    } while (p != person);
    return true;
}

/* And none of them ever named an account. */
static bool circle_nowhere(const struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        if (person_at(b, p)->accounts != BOOK_NONE) return false;
        p = person_at(b, p)->ring;
    } while (p != person);
    return circle_homeless(b, person);
}

static bool circle_same(const struct us_book *b, uint32_t x, uint32_t y)
{
    uint32_t p = x;
    do {
        if (p == y) return true;
        p = person_at(b, p)->ring;
    } while (p != x);
    return false;
}

struct us_book_now us_book_at(const struct us_book *b, const struct us_who *who)
{
    const uint32_t *people = (const uint32_t *)(const void *)b->circle.base;
    uint32_t raw = who->user != US_NOBODY ? who->user : who->anonymous;
    uint32_t local = person_at(b, raw)->local;
    struct us_who asked = {who->user != US_NOBODY ? local : US_NOBODY,
        who->user != US_NOBODY ? US_NOBODY : local, who->group, who->known};
    struct us_span span = us_identity_at(b->one, &asked, false, US_NEVER - 1);
    return (struct us_book_now){people[span.person], span.account};
}

static void list_begin(struct us_book *b)
{
    us_arena_reset(&b->touched);
    b->list = b->coming = NULL;
    b->list_count = b->list_cap = b->coming_count = b->coming_cap = 0;
}

struct us_book_touched us_book_comes(
    struct us_book *b, uint32_t person, uint32_t account)
{
    list_begin(b);
    circle_ask(b, person);
    coming_put(b, person);
    return coming(b, false, person, account);
}

/* A group link after another changes what comes, and no line before it; but what is
 * known of the person is seen where it is new. */
static struct us_book_touched link_group(struct us_book *b, const struct us_link *link)
{
    const struct book_person *p = person_at(b, link->from);
    uint32_t person = p->now_person;
    bool first = p->now_account == US_NOBODY || circle_undone(b, link->from);
    bool past = first && circle_known(b, link->from);
    bool homeless = circle_homeless(b, link->from);
    bool member = link->to != US_NOBODY && us_book_is_member(b, person, link->to);
    bool traits = link->to != US_NOBODY && us_book_has_traits(b, link->from);
    keep(b, link);
    circle_ask(b, link->from);
    if (past && !homeless) {
        circle_touch(b, link->from);
        return touched(b);
    }
    bool come = past && link->to != US_NOBODY;
    if (!come && (!traits || member)) return touched(b);
    coming_put(b, link->from);
    struct us_book_touched out = coming(b, come, person, link->to);
    out.traits = !member; /* of who was there already, what is known is there, too */
    return out;
}

static struct us_book_touched link_people(struct us_book *b, const struct us_link *link)
{
    bool anonymous = link->kind == US_LINK_ANONYMOUS;
    bool undone = circle_undone(b, link->from) || circle_undone(b, link->to);
    uint32_t before = anonymous && !undone ? users_of(b, link->from) : 0;
    if (before > US_LINK_USERS_MAX) return touched(b); /* a machine of many */
    bool past = circle_known(b, link->from);
    bool free = past && !undone && !before && circle_nowhere(b, link->from) &&
                !circle_same(b, link->from, link->to);
    bool come = free && !circle_nowhere(b, link->to);
    if (come) coming_put(b, link->from);
    keep(b, link);
    join(b, link->from, link->to);
    circle_ask(b, link->from);
    if (come) return coming(b, true, US_NOBODY, US_NOBODY);
    if (free) return touched(b); /* both are nowhere yet */
    bool later =
        anonymous && before > 0 && users_of(b, link->from) <= US_LINK_USERS_MAX;
    if (past && !later) circle_touch(b, link->from);
    return touched(b);
}

struct us_book_touched us_book_link(struct us_book *b, const struct us_link *link)
{
    list_begin(b);
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
