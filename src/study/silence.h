/* silence.h: when a source sends nothing for longer than is usual for it (semantics
 * 24).
 *
 * What is usual is learnt from the source alone, hour by hour of the week, from its
 * last four weeks:
 *
 *   p(h)  chance that something comes in hour h of the week: (k + m/2) ÷ 4.5, at most
 *         0.9, with k of its last four weeks busy in that hour and m the share of all
 *         hours that were. Four weeks cannot show more than nine in ten, nor less than
 *         what the other hours say (k successes of four with half a prior hour at m:
 *         Jeffreys' half, at the source's own mean).
 *   S     the surprise of a silence: the sum of −ln(1 − p(h)) over its whole hours. It
 *         is −ln of the chance that all of them are empty, were hours independent.
 *         Night and week end add next to nothing where they are quiet. (Time rescaled
 *         by the expected rate: Brown, Barbieri, Ventura, Kass and Frank, Neural
 *         Computation 14, 2002.)
 *
 * A source is silent at the end of the hour in which S reaches the largest of
 *
 *   ln 8760    not once a year by chance, one such hour a year;
 *   2 × S      the largest among its silences of the last 28 days: hours are not
 *              independent, and a source that comes in bursts says so itself;
 *   week ÷ 2   half of a week's S, of a source that keeps hours (a quarter of the
 *              hours of its week were empty in all four): it has public holidays too,
 *              of which usher knows nothing.
 *
 * Before 28 days are seen nothing is called silent. The same steps serve a server,
 * event by event, and the past, hour by hour: an hour needs its first and last event
 * alone.
 *
 * Memory:  a struct a source, nothing else. An event in the hour of the one before is
 *          O(1); the first of an hour O(hours since), and 168 once a silence.
 * Threads: each struct one at a time.
 */
#pragma once

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    US_SILENCE_WEEK = 168, /* hours */
    US_SILENCE_WEEKS = 4,  /* remembered */
    US_SILENCE_DAYS = 28,
    US_SILENCE_EMPTY = 42, /* hours of the week: a source with so many keeps hours */
};

struct us_silence {
    int64_t first, last; /* events; of a source without any US_NEVER and US_ALWAYS */
    int64_t hour;        /* hours before it are learnt */
    uint8_t weeks[US_SILENCE_WEEK]; /* by hour since 1970 mod 168: a bit for each of its
                                       last weeks that was busy, the newest lowest */
    int32_t busy;                   /* bits in all of them */
    double surprise, limit;         /* of the silence since `last` */
    int64_t noticed;                /* when it reached the limit; US_NEVER */
    float longest[US_SILENCE_DAYS]; /* S of each day's longest silence, by its end */
    int64_t day;                    /* of the newest of them */
};

/* From the last event before it to the first after it, or to the moment asked about. */
struct us_silent_span {
    int64_t from, to;
    int64_t noticed; /* the moment at which it was longer than usual */
    bool open;       /* nothing has come yet */
};

void us_silence_init(struct us_silence *s);

/* Something came at t, never before what came before it (an earlier one is taken as of
 * the same hour). True when it ends a span, which is then in out. */
bool us_silence_take(struct us_silence *s, int64_t t, struct us_silent_span *out);

/* Whether it is silent at t, when nothing has come since. Learns nothing from t, so
 * that asking changes no later answer. */
bool us_silence_at(const struct us_silence *s, int64_t t, struct us_silent_span *out);
