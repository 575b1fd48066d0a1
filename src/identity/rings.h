/* rings.h: links by whom they are of, and everybody they ever joined.
 *
 * A ring is all ids that links of anonymous ids and aliases ever joined, whenever they
 * held: whom a link can concern is in the ring of its ends. So a question that concerns
 * a few is asked of the links of their rings alone, in numbers of their own (0, 1, …),
 * and costs what they have, not what everybody has.
 *
 * Owns:    its tables, not the texts of links.
 * Threads: one at a time, those that only ask too (finding a ring shortens the way).
 */
#pragma once

#include "file/kept.h"
#include "identity/identity.h"

struct us_rings;
struct us_rings *us_rings_new(void);
void us_rings_free(struct us_rings *r); /* NULL is fine */

/* Ids below these exist; a new one is a ring by itself. */
void us_rings_widen(struct us_rings *r, size_t people, size_t accounts);

/* A link whose `from` and `to` exist. One that says again what the last said is kept,
 * too: a line that comes later may be known between the two. */
void us_rings_add(struct us_rings *r, const struct us_link *link);

/* Links in the order in which they were added; of one id the newest first, then older
 * ones. NULL past the last. */
struct us_rings_link {
    struct us_link link;
    uint32_t older; /* 1 + the index of the one before, of the same id */
};
size_t us_rings_count(const struct us_rings *r);
const struct us_rings_link *us_rings_link(const struct us_rings *r, size_t index);
const struct us_rings_link *us_rings_newest(
    const struct us_rings *r, uint32_t person); /* every kind but mappings */
const struct us_rings_link *us_rings_mapping(
    const struct us_rings *r, uint32_t account); /* mappings */
const struct us_rings_link *us_rings_older(
    const struct us_rings *r, const struct us_rings_link *link);

/* The next of a person's ring; from any of them it leads through all and back. */
uint32_t us_rings_next(const struct us_rings *r, uint32_t person);
bool us_rings_joined(struct us_rings *r, uint32_t x, uint32_t y);

/* ---- the links of a few ---- */

/* Forget who was taken. */
void us_rings_begin(struct us_rings *r);
/* Put the links of a person's ring into `to`, unless it was taken; they are not frozen
 * yet. By company the mappings of accounts they lead to come along. */
void us_rings_take(
    struct us_rings *r, uint32_t person, bool by_company, struct us_identity *to);
/* An account's mapping, and that of what it is mapped to. */
void us_rings_take_account(
    struct us_rings *r, uint32_t account, struct us_identity *to);
/* The people taken, by their number there; and back. */
const uint32_t *us_rings_taken(const struct us_rings *r, size_t *count);
uint32_t us_rings_number(const struct us_rings *r, uint32_t person);

/* All of them to a file, or from one; of those taken nothing. Texts of links have moved
 * then: the caller says where each is. */
void us_rings_kept(struct us_kept_file *k, struct us_rings *r,
    us_str (*text)(const void *ctx, const struct us_link *link), const void *ctx);
