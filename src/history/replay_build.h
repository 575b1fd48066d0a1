/* replay_build.h: one account on its way into a segment. Inside this folder only.
 *
 * Its rows come in order of seq; replay_meet.c says which names and people there are,
 * replay_lay.c puts the rows in their places and writes the arrays, replay_build.c
 * makes a file of all accounts.
 */
#pragma once

#include "history/replay_inner.h"

/* What an id of a name or a person is in the account at hand. */
struct replay_local {
    uint32_t turn; /* of the account it was given in */
    uint32_t number;
};

/* A name of the account. */
struct replay_named {
    uint32_t name, number; /* before sorting */
    uint32_t from, next;
    int64_t last_at, last_known;
    uint32_t count;
    bool mixed; /* its rows do not come in order */
};

/* A person of the account. */
struct replay_member {
    uint32_t person, number; /* before sorting */
    int32_t last_day;
    uint32_t last_slot;
};

struct replay_row {
    uint32_t name, user; /* local, before sorting */
};

struct replay_building {
    struct us_arena arena;   /* lists by id */
    struct us_arena scratch; /* of an account */
    struct us_arena room;    /* arrays of rows */
    struct us_arena lists[4];
    struct us_arena entry_arena;
    struct replay_sink sink;
    struct replay_local *names, *people; /* by id */
    uint32_t turn;
    struct replay_entry *entries;
    size_t entry_count, entry_cap;
    struct replay_entry entry; /* the one at hand */
    struct replay_named *named;
    size_t named_cap;
    struct replay_member *members;
    size_t member_cap;
    struct us_user_day *user_days;
    size_t user_day_cap;
    struct us_swap *swaps; /* row: its place before sorting; user: likewise */
    size_t swap_cap;
    uint32_t *name_number, *member_number; /* old number → place in order */
    size_t row_cap;                        /* of the arrays below */
    struct replay_row *rows;
    int64_t *at, *known, *to;
    uint32_t *user, *seq, *place, *late;
    struct us_run_day *days;
};

/* ---- replay_meet.c ---- */

/* Names, people and their days, each in order, and the entry filled as far as that
 * goes. */
void replay_meet(struct replay_building *b, const struct replay_taken *t);

/* ---- replay_lay.c ---- */

/* Room for the rows of an account; kept for the next. */
void replay_room(struct replay_building *b, size_t rows);
/* Behind the accounts before it. */
us_code replay_lay(
    struct replay_building *b, const struct replay_taken *t, struct us_error *e);
