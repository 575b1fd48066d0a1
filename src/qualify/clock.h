/* clock.h: the evaluation moments of one account (semantics 3 and 4).
 *
 * It is looked at (a) whenever a row of its log, be it event, trait, payment or deal,
 * begins or ends to be seen, after all rows of that moment, and (b) at ticks: the last
 * microsecond of every UTC day, and of every hour where that is asked for, from the
 * first row on. A row at a tick makes one moment with it. What is seen since ever
 * (account.fixed) makes none.
 *
 * Threads: any; it is a value, its rows are in the arena given.
 */
#pragma once

#include "base/arena.h"
#include "history/log.h"

struct us_clock {
    const int64_t *rows; /* moments of rows, in order, each once */
    size_t count, next;
    int64_t tick; /* the next one; US_NEVER before any row and after the end */
    int64_t until;
    bool hours;
};

/* Moments up to and with until. */
struct us_clock us_clock_of(
    const struct us_log *log, bool hours, int64_t until, struct us_arena *a);

/* The next moment; false at the end. row: whether a row makes it, too. */
bool us_clock_next(struct us_clock *c, int64_t *t, bool *row);
