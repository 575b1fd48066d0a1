/* book_inner.h: what the files of the book share. */
#pragma once

#include "base/err.h"
#include "base/hash.h"
#include "server/book.h"

enum { BOOK_NONE = 0 }; /* of 1 + an index */

struct book_person {
    uint32_t ring;                    /* the next of its circle */
    uint32_t links, accounts;         /* 1 + the newest; BOOK_NONE */
    uint32_t now_person, now_account; /* as of the newest link */
    uint32_t now_mail;                /* by company, of its address alone */
    uint32_t local;                   /* its number while its circle is asked */
    bool identified, internal, seen, traits;
    bool undone; /* a link of it was undone: no rule of thumb holds in its circle */
};

struct book_link {
    struct us_link link;
    uint32_t next; /* 1 + the one before, of the same `from` */
};

struct book_account {
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
    uint32_t *coming; /* in the arena of touched, too */
    size_t coming_count, coming_cap;
    struct us_identity *all; /* while loading */
    struct us_identity *one; /* of the circle at hand */
};

static inline struct book_person *person_at(const struct us_book *b, uint32_t person)
{
    return (struct book_person *)(void *)b->persons.base + person;
}

static inline struct book_link *link_at(const struct us_book *b, uint32_t one_more)
{
    return (struct book_link *)(void *)b->links.base + (one_more - 1);
}

static inline struct book_account *account_at(
    const struct us_book *b, uint32_t one_more)
{
    return (struct book_account *)(void *)b->members.base + (one_more - 1);
}
