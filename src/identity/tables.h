/* tables.h: what freeze makes of the links; inside src/identity/ only.
 *
 * Every table is a list of rows per id, in one array: the rows of id are
 * [start[id], start[id + 1]). An edge is a link as it was given, for the rules that
 * depend on a message's own known. Where they do not (alias, company, shared machines)
 * freeze settles them into steps: from `since` on, until the next step, `to` holds. So
 * alias circles are cut once, in freeze, and following steps always ends.
 */
#pragma once

#include "identity/identity.h"

#include <stddef.h>

/* Sorted by known, then text of to, then to. */
struct edge {
    int64_t known, undone;
    uint32_t to;
    uint32_t link; /* index of the link, for its text */
};

struct edges {
    uint32_t *start;
    struct edge *rows;
    uint32_t ids; /* ids from here on have no rows */
};

struct step {
    int64_t since;
    uint32_t to;
};

struct steps {
    uint32_t *start;
    struct step *rows;
    uint32_t ids;
};

/* The aliases into a person, turned round; sorted by from, then since. */
struct child {
    int64_t since, until;
    uint32_t from;
};

struct children {
    uint32_t *start;
    struct child *rows;
    uint32_t ids;
};

/* The anonymous ids with links into a person; sorted, each once. */
struct visitors {
    uint32_t *start;
    uint32_t *rows;
    uint32_t ids;
};

/* What links may do to a message of this person. */
enum { MOVES_USER = 1, MOVES_ANONYMOUS = 2, HAS_GROUP = 4, HAS_EMAIL = 8 };

struct undo {
    int64_t seq, known;
};

struct us_identity {
    struct us_arena own;   /* this struct */
    struct us_arena given; /* links: one vector */
    struct us_arena taken; /* undos: one vector */
    struct us_arena made;  /* all tables below */
    struct us_link *links;
    size_t link_count, link_cap;
    struct undo *undos;
    size_t undo_count, undo_cap;
    bool frozen;

    uint32_t persons; /* ids from here on have no link */
    uint8_t *flags;
    struct edges anonymous, group, email;
    struct steps alias, company;
    struct steps shared; /* to is 1 while the anonymous id has too many users */
    struct children children;
    struct visitors visitors;
};

/* By known, then text, then number: the order of "newest" and of ties. */
int us_edge_cmp(
    const struct us_identity *i, const struct edge *x, const struct edge *y);

/* How many rows are known at t, and the newest of the first `count` rows not undone by
 * t (count when there is none). */
uint32_t us_edges_until(const struct edge *rows, uint32_t count, int64_t t);
uint32_t us_edge_newest(const struct edge *rows, uint32_t count, int64_t t);

/* Every moment at which one of the rows begins or ends, sorted, each once. */
struct moments {
    int64_t *at;
    size_t count, cap;
};
void us_moments_add(struct us_arena *scratch, struct moments *m,
    const struct edge *rows, uint32_t count);
void us_moments_sort(struct moments *m);

/* Steps under construction: ids in ascending order, each step added once its id is
 * begun. Rows are the last thing in the arena while they grow. */
struct steps_maker {
    struct us_arena *arena;
    struct steps *made;
    size_t count, cap;
    uint32_t id;
};
void us_steps_begin(
    struct steps_maker *m, struct us_arena *arena, struct steps *made, uint32_t ids);
void us_steps_id(struct steps_maker *m, uint32_t id);
void us_steps_add(struct steps_maker *m, int64_t since, uint32_t to);
void us_steps_end(struct steps_maker *m);

/* The steps of a list of which the newest holding link counts. */
void us_steps_newest(struct steps_maker *m, struct us_arena *scratch,
    const struct edge *rows, uint32_t count);

/* The ids with a row to each id, sorted, each once. */
struct visitors us_edges_turned(
    struct us_arena *a, const struct edges *edges, uint32_t ids, const uint8_t *only);

/* i->alias from the alias links, circles cut. */
void us_alias_settle(
    struct us_identity *i, struct us_arena *scratch, const struct edges *aliases);
