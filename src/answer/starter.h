/* starter.h: a first usher.yml: one that explains itself, or one made for a log.
 *
 * Made for a log, its gates are numbers of that log: set so that a few in a hundred of
 * the accounts in use qualify on its last day, each with a comment that says how it was
 * chosen.
 *
 * Owns:    nothing but what is in the arena given.
 * Threads: any.
 */
#pragma once

#include "answer/role.h"
#include "text/text.h"

/* A gate: at least `at`, which `share` of the accounts in use reach. */
struct us_bar {
    double at, share;
};

/* Of an account, on the last day; not at all: also one that was not looked at. */
typedef enum us_use { US_USE_NONE, US_USE_SOME, US_USE_HEAVY } us_use;

/* What is measured over the window, and where the gates stand. */
struct us_starter_numbers {
    int64_t window, quiet, expires; /* days */
    size_t active;                  /* accounts with an event in the window */
    size_t qualified;               /* of them, in the queue on the last day */
    bool enough;                    /* there is anything to choose gates by */
    bool teams;                     /* accounts of several people are common */
    struct us_bar users, days, work;
    struct us_bar users_high, work_high; /* for score lines */
    double growth_floor, growth_share;
    uint32_t work_event; /* US_PROFILE_NONE: none recurs */
    uint32_t plan_trait; /* of account_traits; US_PROFILE_NONE */
    us_str top_plan;     /* that of customers who have a person already */
    us_use *use;         /* of each account; NULL when there are none */
};

#define US_STARTER_GROWTH 1.5 /* use against the window before */

void us_starter_choose(const struct us_profile *p, const struct us_guesses *g,
    struct us_arena *a, struct us_starter_numbers *out);

struct us_starter {
    us_lang lang;
    us_str from;                      /* names of the files, for a comment */
    const struct us_profile *profile; /* NULL: none; then the next two are not used */
    const struct us_guesses *guesses;
    const struct us_starter_numbers *numbers;
};

void us_starter_write(
    const struct us_starter *s, struct us_arena *a, struct us_buf *out);

/* What a log lacks, as sentences for people: key and args. */
struct us_lacking {
    const char *key;
    us_arg args[4];
};
enum { US_LACKING_MAX = 20 };
size_t us_starter_lacking(const struct us_profile *p, const struct us_guesses *g,
    struct us_lacking out[US_LACKING_MAX]);
