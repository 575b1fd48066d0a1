/* book_inner.h: what the files of the book share. */
#pragma once

#include "base/err.h"
#include "base/hash.h"
#include "identity/rings.h"
#include "server/book.h"

enum { BOOK_NONE = 0 }; /* of 1 + an index */

struct book_person {
    uint32_t accounts;                /* 1 + the newest; BOOK_NONE */
    uint32_t now_person, now_account; /* as of the newest link */
    uint32_t now_mail;                /* by company, of its address alone */
    bool identified, internal, seen, traits;
    bool undone; /* a link of it was undone: no rule of thumb holds in its circle */
};

struct book_account {
    uint32_t account, next;
    bool was; /* and is no more: a link was undone */
};

struct us_book {
    struct us_arena own;
    us_unit unit;
    us_link_kind home; /* the links that say which account somebody is in */
    bool plain;        /* by company: these alone do, as nothing ever named a group */
    struct us_intern people, accounts;
    struct us_intern voters; /* an id with an address and one of its groups */
    struct us_arena persons, members, touched;
    struct us_arena undos;  /* the moments at which links were undone, in order */
    struct us_rings *rings; /* all links but mappings */
    struct us_arena mapped; /* by account: its company, US_NOBODY; by company alone */
    size_t member_count, undo_count;
    uint32_t *list; /* touched */
    size_t list_count, list_cap;
    uint32_t *coming; /* in the arena of touched, too */
    size_t coming_count, coming_cap;
    struct us_identity *all; /* while loading */
    struct us_span *spans;   /* room for US_SPANS_MAX */
    struct us_identity *one; /* of the ring at hand, the one taken of rings */
};

static inline struct book_person *person_at(const struct us_book *b, uint32_t person)
{
    return (struct book_person *)(void *)b->persons.base + person;
}

static inline struct book_account *account_at(
    const struct us_book *b, uint32_t one_more)
{
    return (struct book_account *)(void *)b->members.base + (one_more - 1);
}

/* All moments were put. */
void book_undos_order(struct us_book *b);
