/* story.h: random expressions and random accounts, for tests of executors. Test only.
 *
 * A story is made of its seed alone. It has ties, lines known late, rows that leave
 * again, traits that change and payments that end, moments at the edges of hours and
 * days, and now and then a silence of months. One in two is of ebbs: a few rows on
 * two days, four without any, lines that come days late in those, and conditions on
 * windows of days, which change as days leave them while no row comes.
 */
#pragma once

#include "base/tap.h"
#include "signal/signals.h"

enum { STORY_TEXT_MAX = 1000 };

struct story {
    uint64_t seed, state;
    struct us_arena memory, work;
    struct us_diags diags;
    struct us_config *config;
    struct us_plan *plan;
    struct us_log log;
    bool ebbs;
    bool hours;       /* some expression has a window of hours */
    int64_t *moments; /* of evaluation, in order: changes of rows, ends of days and,
                         when ticks of hours are asked for, of hours */
    bool *lines;      /* of each: a row changes */
    bool hour_ticks;  /* set before story_fill */
    size_t moment_count;
};

/* An empty plan; or nothing yet, for a test that makes its own and sets plan. */
void story_open(struct story *y, uint64_t seed);
void story_begin(struct story *y, uint64_t seed);
void story_close(struct story *y);

uint64_t story_below(struct story *y, uint64_t n);
static inline bool story_one_in(struct story *y, uint64_t n)
{
    return story_below(y, n) == 0;
}

/* Add a random expression of the account (sometimes of a user); its text besides. */
uint32_t story_expression(struct story *y, char text[STORY_TEXT_MAX]);
/* The text of a random condition of the account, without adding it. */
void story_condition(struct story *y, char text[STORY_TEXT_MAX]);

/* Make the account, once the plan is closed. */
void story_fill(struct story *y);

/* Some person of it. */
uint32_t story_user(struct story *y);
