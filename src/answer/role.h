/* role.h: which events of a profile mean what, with the evidence for each.
 *
 * Names are read in English and Chinese, in any spelling ("Invite Sent", invite_sent,
 * 发送邀请); a page with prices is found by its path. Activation is what accounts that
 * stay did early and those that leave did not. A guess is a proposal: people decide.
 *
 * Owns:    nothing but what is in the arena given; texts borrow from the profile.
 * Threads: any.
 */
#pragma once

#include "answer/profile.h"

enum {
    US_GUESSES_MAX = 9, /* for one meaning */
    US_PLACES_MAX = 6,  /* pages of one kind */
};

/* The roles of events:, and what else a starting definition can use. */
enum {
    US_MEANS_BOUGHT = US_ROLES,
    US_MEANS_CANCELLED,
    US_MEANS_SECURITY, /* single sign-on, security settings: what large buyers ask */
    US_MEANINGS,
    US_MEANS_PASSIVE =
        US_MEANINGS, /* looking, logging in: no sign of value by itself */
};

/* How much the name alone says for a meaning, 0 to 1. */
double us_role_name(us_str event, int meaning, struct us_arena *a);

/* Lower case, words apart, a blank at either end: " invite sent ". */
us_str us_role_words(us_str name, struct us_arena *a);

struct us_guess {
    uint32_t event; /* index of the profile's */
    double confidence;
    const char *why; /* key of i18n/, with args */
    us_arg args[5];
};

/* Pages, by a property of an event: `path in ["/pricing"]`. */
struct us_places {
    uint32_t event;
    us_str property;
    us_str values[US_PLACES_MAX];
    size_t count;
    us_str part;   /* of full addresses: the word in them; else empty */
    int64_t views; /* of them */
};

struct us_guesses {
    struct us_guess list[US_MEANINGS][US_GUESSES_MAX]; /* the surest first */
    size_t count[US_MEANINGS];
    int chosen[US_MEANINGS]; /* index into list, -1: none */
    bool has_pricing_page, has_trust_page;
    struct us_places pricing_page, trust_page; /* terms, privacy, security */
};

/* The surest guess at or above US_GUESS_TAKEN is chosen; an event has one role only. */
#define US_GUESS_TAKEN 0.45
void us_guesses_make(
    const struct us_profile *p, struct us_arena *a, struct us_guesses *out);

/* What a person said it is: an event of the profile, or none (US_PROFILE_NONE). */
void us_guesses_set(struct us_guesses *g, int meaning, uint32_t event);

/* The event chosen; NULL when none. */
const struct us_profile_event *us_guesses_event(
    const struct us_profile *p, const struct us_guesses *g, int meaning);

/* How worth asking a choice is, 0 (certain, or nothing to choose from) to 1. */
double us_guess_doubt(const struct us_guesses *g, int meaning);

/* Whether an event says that somebody did something, not only looked; and whether it
 * has no other meaning either. */
bool us_role_is_work(us_str event, struct us_arena *a);
bool us_role_is_usable(us_str event, struct us_arena *a);
