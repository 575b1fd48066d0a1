/* book.h: whose a line is, as of the newest link, while lines become known.
 *
 * The live counterpart of history's identity: everybody and every account as dense
 * numbers, the links that join them, and for each raw id the person and account it
 * stands for now. The rules are identity.h's own: it is asked anew for those whom a
 * link can reach, and for nobody else. A link also tells whose past it changes: the
 * accounts some of whose rows leave, come or change person with it.
 *
 * Numbers are the book's; texts are what history and the book have in common.
 *
 * Owns:    all of it. Texts live as long as the book.
 * Threads: one at a time.
 */
#pragma once

#include "config/config.h"
#include "file/kept.h"
#include "identity/identity.h"

struct us_book;
struct us_book *us_book_new(us_unit unit);
void us_book_free(struct us_book *b); /* NULL is fine */

/* All of it, with nothing touched or coming, to a file or from one. Where that fails in
 * reading it can only be thrown away. */
void us_book_kept(struct us_kept_file *k, struct us_book *b);

/* An empty text is US_NOBODY. */
uint32_t us_book_person(struct us_book *b, us_str id, bool identified);
uint32_t us_book_account(struct us_book *b, us_str key);
uint32_t us_book_people(const struct us_book *b); /* how many there are */
us_str us_book_person_key(const struct us_book *b, uint32_t person);
bool us_book_identified(const struct us_book *b, uint32_t person);
us_str us_book_account_key(const struct us_book *b, uint32_t account);

/* Never counted, in whatever account. */
void us_book_internal(struct us_book *b, uint32_t person);
bool us_book_is_internal(const struct us_book *b, uint32_t person);

/* Lines of the raw id were met: a link may change whose they are. */
void us_book_seen(struct us_book *b, uint32_t raw);
/* It has traits that somebody reads. */
void us_book_traits(struct us_book *b, uint32_t raw);
/* Whether anybody has who may be the same person. */
bool us_book_has_traits(const struct us_book *b, uint32_t person);

bool us_book_is_member(const struct us_book *b, uint32_t person, uint32_t account);
/* The person is one of the account's people. True when that is new. */
bool us_book_member(struct us_book *b, uint32_t person, uint32_t account);
/* It was, at least: it may be that a link was undone that alone made it so. */
void us_book_was_member(struct us_book *b, uint32_t person, uint32_t account);
/* Whether a link was undone at t, of those loaded. */
bool us_book_undid(const struct us_book *b, int64_t t);
/* The n-th account the person was ever in, US_NOBODY past the last. */
uint32_t us_book_account_of(const struct us_book *b, uint32_t person, size_t n);

/* Person and account of a line that becomes known now. */
struct us_book_now {
    uint32_t person, account;
};
struct us_book_now us_book_now(const struct us_book *b, const struct us_who *who);

/* A line named a group. By company an account may then be another company's, by
 * mapping or by the addresses of its people, which history knows: true when that is
 * new, and until then an account is the company of its own name. */
bool us_book_grouped(struct us_book *b);
bool us_book_is_plain(const struct us_book *b); /* by company alone, and not grouped */

/* By company: a line of an id that has an address names a group. True when that is new,
 * so that its company may be another from here on. */
bool us_book_votes(struct us_book *b, uint32_t raw, uint32_t group);

/* ---- links ---- */

/* What was said before, all of it, then settled. The text of a link is the book's own
 * and need not be given. */
void us_book_load(struct us_book *b, const struct us_link *link);
void us_book_loaded(struct us_book *b);

/* A link that becomes known now, later than all before. Either some lines of its people
 * change whose they are, and every account that any of them is in may have to be given
 * its rows anew; or lines that were in no account yet come into one, and nothing else
 * is touched: then the raw ids that sent them are told. Of what comes, us_book_at says
 * whose each line is. All valid until the next link. */
struct us_book_touched {
    const uint32_t *accounts;
    size_t count;
    bool all; /* what it changes cannot be told account by account */
    const uint32_t *coming;
    size_t coming_count;
    bool events, traits; /* which of their lines come: */
    uint32_t person;  /* traits of this person alone; US_NOBODY: of anybody of theirs */
    uint32_t account; /* to this account; US_NOBODY: to all they are people of */
};
struct us_book_touched us_book_link(struct us_book *b, const struct us_link *link);

/* Person and account of a line of one of those coming, as of now. Until the next link
 * or us_book_comes. */
struct us_book_now us_book_at(const struct us_book *b, const struct us_who *who);

/* A person's first line in an account of its own: the ids whose traits come along, or
 * the account, to be given its rows anew. */
struct us_book_touched us_book_comes(
    struct us_book *b, uint32_t person, uint32_t account);
