/* book.c: raw ids and accounts as numbers, and whose a line is now. */

#include "server/book_inner.h"

#include <stdlib.h>
#include <string.h>

/* Address space, not memory. */
static const size_t ROWS_MAX = (size_t)64 << 30;

struct us_book *us_book_new(us_unit unit)
{
    struct us_arena own;
    us_arena_init(
        &own, 2 * sizeof(struct us_book) + US_SPANS_MAX * sizeof(struct us_span));
    struct us_book *b = us_new(&own, struct us_book, 1);
    b->own = own;
    b->unit = unit;
    b->plain = unit == US_COMPANY;
    b->home = b->plain ? US_LINK_EMAIL : US_LINK_GROUP;
    us_intern_init(&b->people);
    us_intern_init(&b->accounts);
    us_intern_init(&b->voters);
    us_arena_init(&b->persons, ROWS_MAX);
    us_arena_init(&b->members, ROWS_MAX);
    us_arena_init(&b->touched, ROWS_MAX);
    us_arena_init(&b->mapped, ROWS_MAX);
    us_arena_init(&b->undos, ROWS_MAX);
    b->spans = us_new(&b->own, struct us_span, US_SPANS_MAX);
    b->rings = us_rings_new();
    b->all = us_identity_new();
    b->one = us_identity_new();
    return b;
}

void us_book_free(struct us_book *b)
{
    if (!b) return;
    us_intern_done(&b->people);
    us_intern_done(&b->accounts);
    us_intern_done(&b->voters);
    us_arena_done(&b->persons);
    us_arena_done(&b->members);
    us_arena_done(&b->touched);
    us_arena_done(&b->mapped);
    us_arena_done(&b->undos);
    us_rings_free(b->rings);
    us_identity_free(b->all);
    us_identity_free(b->one);
    struct us_arena own = b->own;
    us_arena_done(&own);
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
    for (size_t n = us_arena_used(&b->persons) / sizeof(struct book_person); n <= p;
         n++)
        *us_new(&b->persons, struct book_person, 1) =
            (struct book_person){.now_person = (uint32_t)n,
                .now_account = US_NOBODY,
                .now_mail = US_NOBODY,
                .identified = identified};
    us_rings_widen(
        b->rings, us_arena_used(&b->persons) / sizeof(struct book_person), 0);
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

uint32_t us_book_people(const struct us_book *b)
{
    return (uint32_t)(us_arena_used(&b->persons) / sizeof(struct book_person));
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
        p = us_rings_next(b->rings, p);
    } while (p != person);
    return false;
}

bool us_book_grouped(struct us_book *b)
{
    bool was = b->plain;
    b->plain = false;
    return was;
}

bool us_book_is_plain(const struct us_book *b)
{
    return b->plain;
}

/* ---- accounts of people ---- */

static struct book_account *in_account(
    const struct us_book *b, uint32_t person, uint32_t account)
{
    for (uint32_t i = person_at(b, person)->accounts; i != BOOK_NONE;
         i = account_at(b, i)->next)
        if (account_at(b, i)->account == account) return account_at(b, i);
    return NULL;
}

bool us_book_is_member(const struct us_book *b, uint32_t person, uint32_t account)
{
    const struct book_account *row = in_account(b, person, account);
    return row && !row->was;
}

static void account_put(struct us_book *b, uint32_t person, uint32_t account, bool was)
{
    struct book_person *p = person_at(b, person);
    *us_new(&b->members, struct book_account, 1) =
        (struct book_account){account, p->accounts, was};
    p->accounts = (uint32_t)++b->member_count;
}

bool us_book_member(struct us_book *b, uint32_t person, uint32_t account)
{
    struct book_account *row = in_account(b, person, account);
    if (row && !row->was) return false;
    if (row)
        row->was = false;
    else
        account_put(b, person, account, false);
    return true;
}

void us_book_was_member(struct us_book *b, uint32_t person, uint32_t account)
{
    if (!in_account(b, person, account)) account_put(b, person, account, true);
}

/* ---- undos ---- */

static int moment_order(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

bool us_book_undid(const struct us_book *b, int64_t t)
{
    return b->undo_count &&
           bsearch(&t, b->undos.base, b->undo_count, sizeof t, moment_order);
}

void book_undos_order(struct us_book *b)
{
    b->undo_count = us_arena_used(&b->undos) / sizeof(int64_t);
    if (b->undo_count)
        qsort(b->undos.base, b->undo_count, sizeof(int64_t), moment_order);
}

uint32_t us_book_account_of(const struct us_book *b, uint32_t person, size_t n)
{
    uint32_t i = person_at(b, person)->accounts;
    for (; i != BOOK_NONE && n > 0; n--)
        i = account_at(b, i)->next;
    return i == BOOK_NONE ? US_NOBODY : account_at(b, i)->account;
}

static uint32_t company_of(const struct us_book *b, uint32_t account)
{
    return ((const uint32_t *)(const void *)b->mapped.base)[account];
}

struct us_book_now us_book_now(const struct us_book *b, const struct us_who *who)
{
    struct us_book_now now = {US_NOBODY, who->group};
    uint32_t raw = who->user != US_NOBODY ? who->user : who->anonymous;
    const struct book_person *p = raw == US_NOBODY ? NULL : person_at(b, raw);
    if (p) now.person = p->now_person;
    if (b->unit != US_COMPANY) {
        if (now.account == US_NOBODY && p) now.account = p->now_account;
        return now;
    }
    if (now.account == US_NOBODY) { /* of people it is known whole, mapping and all */
        if (p) now.account = p->now_account;
        return now;
    }
    uint32_t company = company_of(b, now.account);
    if (company == US_NOBODY) {
        now.account = p ? p->now_mail : US_NOBODY;
        return now;
    }
    uint32_t whose = company_of(b, company);
    now.account = whose == US_NOBODY ? company : whose;
    return now;
}
