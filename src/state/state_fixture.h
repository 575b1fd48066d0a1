/* state_fixture.h: what the tests of this folder share. */
#pragma once

#include "base/tap.h"
#include "file/file.h"
#include "state/db.h"
#include "state/tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct us_arena arena;
    char path[64];
    us_str dir;
    struct us_state *state;
    struct us_error e;
};

static inline void fixture_init(struct fixture *f)
{
    *f = (struct fixture){0};
    us_arena_init(&f->arena, (size_t)1 << 30);
    /* In memory where there is such a folder: thousands of syncs cost nothing there. */
    const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(f->path, sizeof f->path, "%s/usher-state-XXXXXX", top);
    us_assert(mkdtemp(f->path));
    f->dir = us_str_c(f->path);
}

static inline us_code fixture_open(struct fixture *f, bool write)
{
    return us_state_open(f->dir, write, &f->state, &f->e);
}

static inline void fixture_close(struct fixture *f)
{
    us_state_close(f->state);
    f->state = NULL;
}

static inline void fixture_done(struct fixture *f)
{
    fixture_close(f);
    us_code code = us_file_remove_tree(f->dir, NULL);
    us_assert(code == US_OK);
    us_arena_done(&f->arena);
}

/* "team" of the account: entry or end number `ordinal`, at t. */
static inline struct us_state_transition fixture_change(
    us_str account, const char *change, uint32_t ordinal, int64_t t)
{
    return (struct us_state_transition){
        .definition = US_S("team"),
        .version = US_S("0123456789abcdef"),
        .account = account,
        .user = US_S(""),
        .company = US_S(""),
        .change = us_str_c(change),
        .t = t,
        .since = t,
        .ordinal = ordinal,
        .live = true,
        .explanation = US_S("{\"gates\":[]}"),
    };
}

/* One transition alone, after which the journal is read up to `offset`. */
static inline us_code fixture_commit(
    struct fixture *f, struct us_state_transition *t, us_str play, uint64_t offset)
{
    struct us_state_position before;
    us_assert(us_state_position(f->state, &f->arena, &before, NULL) == US_OK);
    struct us_state_batch b = {.transitions = t,
        .transition_count = t ? 1 : 0,
        .plays = &play,
        .play_count = play.len ? 1 : 0,
        .from = before.at,
        .position = {{1, offset}, t ? t->t : 0, US_S("c0ffee")},
        .now = t ? t->t + 5 : 0};
    return us_state_commit(f->state, &b, &f->e);
}

static inline bool fixture_failed(const struct fixture *f, const char *key)
{
    return f->e.key && us_str_eq(us_str_c(f->e.key), us_str_c(key));
}

static inline int64_t fixture_count(struct fixture *f, const char *sql)
{
    int64_t n = -1;
    us_assert(db_one(f->state->db, &(struct db_ask){sql, NULL}, -1, &n, NULL) == US_OK);
    return n;
}
