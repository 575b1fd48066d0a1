/* book_link.c: a link asks its circle anew, and tells whose past it changes. */

#include "server/book_inner.h"

enum { COMING_MAX = 1000 }; /* ids asked for by name */

/* ---- links ---- */

static us_str text_of(const struct us_book *b, const struct us_link *link)
{
    if (link->to == US_NOBODY) return (us_str){"", 0};
    bool person = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
    return person ? us_book_person_key(b, link->to) : us_book_account_key(b, link->to);
}

static us_str link_text(const void *ctx, const struct us_link *link)
{
    return text_of(ctx, link);
}

void us_book_kept(struct us_kept_file *k, struct us_book *b)
{
    us_kept_same(k, sizeof(struct book_person));
    us_kept_same(k, sizeof(struct book_account));
    us_kept_same(k, (uint64_t)b->unit);
    US_KEPT(k, b->plain);
    (void)us_kept_intern(k, &b->people);
    (void)us_kept_intern(k, &b->accounts);
    (void)us_kept_intern(k, &b->voters);
    us_kept_arena(k, &b->persons);
    us_kept_arena(k, &b->members);
    us_kept_arena(k, &b->mapped);
    us_kept_arena(k, &b->undos);
    b->undo_count = us_arena_used(&b->undos) / sizeof(int64_t);
    b->member_count = us_arena_used(&b->members) / sizeof(struct book_account);
    us_rings_kept(k, b->rings, link_text, b);
}

static void keep(struct us_book *b, const struct us_link *link)
{
    struct us_link copy = *link;
    copy.text = text_of(b, link);
    us_rings_add(b->rings, &copy);
}

void us_book_load(struct us_book *b, const struct us_link *link)
{
    struct us_link copy = *link;
    copy.text = text_of(b, link);
    us_identity_add(b->all, &copy);
    if (link->undone != US_NEVER) *us_new(&b->undos, int64_t, 1) = link->undone;
    if (link->kind == US_LINK_COMPANY || link->kind == US_LINK_GROUP)
        us_book_grouped(b);
    if (link->kind == US_LINK_COMPANY || link->from == US_NOBODY) return;
    keep(b, link);
    if (link->undone != US_NEVER) person_at(b, link->from)->undone = true;
}

/* Whom a group call made one of an account's people, if only for a while. */
static void member_by(struct us_book *b, const struct us_identity *links,
    const struct us_link *link, const struct us_who *as, const uint32_t *people)
{
    struct us_who who = *as;
    who.group = link->to;
    who.known = link->known;
    size_t count =
        us_identity_spans(links, &who, b->unit == US_COMPANY, b->spans, US_SPANS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct us_span *s = &b->spans[i];
        uint32_t person = people ? people[s->person] : s->person;
        if (s->account == US_NOBODY) continue;
        if (link->undone != US_NEVER || (s->to != US_NEVER && us_book_undid(b, s->to)))
            us_book_was_member(b, person, s->account);
        else
            us_book_member(b, person, s->account);
    }
}

/* By all group links of the id. */
static void groups_take(struct us_book *b, uint32_t raw,
    const struct us_identity *links, const struct us_who *as, const uint32_t *people)
{
    for (const struct us_rings_link *l = us_rings_newest(b->rings, raw); l;
         l = us_rings_older(b->rings, l))
        if (l->link.kind == US_LINK_GROUP && l->link.to != US_NOBODY)
            member_by(b, links, &l->link, as, people);
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
    groups_take(b, raw, b->all, &who, NULL);
}

void us_book_loaded(struct us_book *b)
{
    us_identity_freeze(b->all);
    book_undos_order(b);
    uint32_t *mapped = (uint32_t *)(void *)b->mapped.base;
    size_t accounts = us_arena_used(&b->mapped) / sizeof(uint32_t);
    for (uint32_t i = 0; b->unit == US_COMPANY && i < accounts; i++)
        mapped[i] = us_identity_company(b->all, i, US_NEVER - 1, NULL);
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
    const struct us_rings_link *l = us_rings_newest(b->rings, from);
    while (l && l->link.kind != kind)
        l = us_rings_older(b->rings, l);
    return l ? &l->link : NULL;
}

static bool has_address(const struct us_book *b, uint32_t raw)
{
    const struct us_rings_link *l = us_rings_newest(b->rings, raw);
    while (l && (l->link.kind != US_LINK_EMAIL || l->link.to == US_NOBODY))
        l = us_rings_older(b->rings, l);
    return l != NULL;
}

bool us_book_votes(struct us_book *b, uint32_t raw, uint32_t group)
{
    uint32_t pair[] = {raw, group};
    us_str key = {(const char *)(const void *)pair, sizeof pair};
    if (b->unit != US_COMPANY || raw == US_NOBODY || group == US_NOBODY) return false;
    if (!has_address(b, raw)) return false;
    if (us_intern_find(&b->voters, key) != US_INTERN_NONE) return false;
    us_intern_put(&b->voters, key);
    return true;
}

/* How many users an anonymous id is linked to, at most one more than it may be. */
static uint32_t users_of(const struct us_book *b, uint32_t anonymous)
{
    uint32_t users[US_LINK_USERS_MAX + 1] = {0};
    uint32_t count = 0;
    for (const struct us_rings_link *l = us_rings_newest(b->rings, anonymous);
         l && count <= US_LINK_USERS_MAX; l = us_rings_older(b->rings, l)) {
        uint32_t k = 0;
        if (l->link.kind != US_LINK_ANONYMOUS) continue;
        while (k < count && users[k] != l->link.to)
            k++;
        if (k == count) users[count++] = l->link.to;
    }
    return count;
}

/* Whether anything was ever said of the circle. */
static bool circle_known(const struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        const struct book_person *row = person_at(b, p);
        if (row->seen || us_rings_newest(b->rings, p)) return true;
        p = us_rings_next(b->rings, p);
    } while (p != person);
    return false;
}

static bool circle_undone(const struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        if (person_at(b, p)->undone) return true;
        p = us_rings_next(b->rings, p);
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
    size_t count;
    us_identity_clear(b->one);
    us_rings_begin(b->rings);
    us_rings_take(b->rings, person, false, b->one);
    us_identity_freeze(b->one);
    const uint32_t *people = us_rings_taken(b->rings, &count);
    for (uint32_t k = 0; k < count; k++) {
        struct us_who who = who_of(b, people[k], k);
        struct us_span span = us_identity_at(b->one, &who, b->plain, US_NEVER - 1);
        person_at(b, people[k])->now_person = people[span.person];
        person_at(b, people[k])->now_account = span.account;
        groups_take(b, people[k], b->one, &who, people);
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
        p = us_rings_next(b->rings, p);
    } while (p != person);
}

static struct us_book_touched touched(const struct us_book *b)
{
    return (struct us_book_touched){
        .accounts = b->list, .count = b->list_count, .account = US_NOBODY};
}

/* ---- lines that come ---- */

/* False: they are too many to be asked for by name, and accounts are given all rows. */
static bool coming_put(struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        *us_push(&b->touched, b->coming, b->coming_count, b->coming_cap) = p;
        p = us_rings_next(b->rings, p);
    } while (p != person && b->coming_count < COMING_MAX);
    if (p != person) b->coming_count = 0;
    return p == person;
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
        if (newest(b, p, b->home)) return false;
        p = us_rings_next(b->rings, p);
    } while (p != person);
    return true;
}

/* And none of them ever named an account. */
static bool circle_nowhere(const struct us_book *b, uint32_t person)
{
    uint32_t p = person;
    do {
        if (person_at(b, p)->accounts != BOOK_NONE) return false;
        p = us_rings_next(b->rings, p);
    } while (p != person);
    return circle_homeless(b, person);
}

struct us_book_now us_book_at(const struct us_book *b, const struct us_who *who)
{
    size_t count;
    const uint32_t *people = us_rings_taken(b->rings, &count);
    bool user = who->user != US_NOBODY;
    uint32_t number = us_rings_number(b->rings, user ? who->user : who->anonymous);
    struct us_who asked = {
        user ? number : US_NOBODY, user ? US_NOBODY : number, who->group, who->known};
    struct us_span span = us_identity_at(b->one, &asked, b->plain, US_NEVER - 1);
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
    bool told = b->unit != US_COMPANY || b->plain;
    if (told && coming_put(b, person)) {
        circle_ask(b, person);
        return coming(b, false, person, account);
    }
    touch(b, account);
    return touched(b);
}

/* A group link after another changes what comes, and no line before it; but what is
 * known of the person is seen where it is new. So does an address, but that it makes
 * nobody one of an account's people: their lines do. */
static struct us_book_touched link_home(struct us_book *b, const struct us_link *link)
{
    const struct book_person *p = person_at(b, link->from);
    uint32_t person = p->now_person;
    bool first = p->now_account == US_NOBODY || circle_undone(b, link->from);
    bool past = first && circle_known(b, link->from);
    bool homeless = circle_homeless(b, link->from);
    bool member = link->to != US_NOBODY && us_book_is_member(b, person, link->to);
    bool group = link->kind == US_LINK_GROUP;
    bool traits = link->to != US_NOBODY && us_book_has_traits(b, link->from);
    keep(b, link);
    circle_ask(b, link->from);
    if (past && !homeless) {
        circle_touch(b, link->from);
        return touched(b);
    }
    bool come = past && link->to != US_NOBODY;
    if (!come && (!group || !traits || member)) return touched(b);
    if (!coming_put(b, link->from)) {
        circle_touch(b, link->from);
        return touched(b);
    }
    struct us_book_touched out =
        coming(b, come, group ? person : US_NOBODY, group ? link->to : US_NOBODY);
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
                !us_rings_joined(b->rings, link->from, link->to);
    bool come = free && !circle_nowhere(b, link->to) && coming_put(b, link->from);
    keep(b, link);
    circle_ask(b, link->from);
    if (come) return coming(b, true, US_NOBODY, US_NOBODY);
    if (free && circle_nowhere(b, link->from)) return touched(b); /* still nowhere */
    bool later =
        anonymous && before > 0 && users_of(b, link->from) <= US_LINK_USERS_MAX;
    if (past && !later) circle_touch(b, link->from);
    return touched(b);
}

/* The id said so last, and nobody who may be the same person said anything of an
 * account since. Of an id that was another person's then it is new. */
static bool says_again(const struct us_book *b, const struct us_link *link)
{
    const struct us_link *last = newest(b, link->from, link->kind);
    if (!last || last->to != link->to) return false;
    bool people = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
    bool asks = !people && (b->unit != US_COMPANY || b->plain);
    if (asks && person_at(b, link->from)->now_account != link->to) return false;
    uint32_t p = us_rings_next(b->rings, link->from);
    for (; !people && p != link->from; p = us_rings_next(b->rings, p)) {
        const struct us_link *other = newest(b, p, link->kind);
        if (other && other->known > last->known) return false;
    }
    return !circle_undone(b, link->from);
}

struct us_book_touched us_book_link(struct us_book *b, const struct us_link *link)
{
    list_begin(b);
    if (link->from == US_NOBODY) return touched(b);
    if (link->to == US_NOBODY && link->kind != US_LINK_EMAIL) return touched(b);
    bool grouping = link->kind == US_LINK_COMPANY || link->kind == US_LINK_GROUP;
    if (grouping && us_book_grouped(b)) return (struct us_book_touched){.all = true};
    if (link->kind == US_LINK_COMPANY)
        return (struct us_book_touched){.all = b->unit == US_COMPANY};
    if (link->kind == US_LINK_EMAIL && b->unit != US_COMPANY) return touched(b);
    bool people = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
    if (people && link->from == link->to) return touched(b);
    if (says_again(b, link)) {
        keep(b, link); /* newer than what another id may say that is joined later */
        return touched(b);
    }
    if (b->unit == US_COMPANY && !b->plain)
        return (struct us_book_touched){.all = true};
    return people ? link_people(b, link) : link_home(b, link);
}
