/* profile.h: what a log of events shows before anything is configured.
 *
 * `usher init --from` reads the log once: every event name with who has it and how
 * early, properties and traits with their values, and one small row an event (account,
 * person, name, day), from which roles are guessed and thresholds are chosen.
 *
 * Owns:    all it holds; texts live until us_profile_free.
 * Fails:   us_profile_file with what the reader says; a row that cannot be read is
 *          counted, with the reason of the first.
 * Threads: one.
 */
#pragma once

#include "base/hash.h"
#include "config/config.h"

enum {
    US_PROFILE_MESSAGES_MAX = 5000000, /* read; what follows is left out, and said */
    US_PROFILE_NAMES_MAX = 10000, /* event names; events of further ones are left out */
    US_PROFILE_FIELDS_MAX = 200,  /* properties of one event, traits */
    US_PROFILE_VALUES_MAX = 64,   /* texts of a property that are counted apart */
    US_PROFILE_SAMPLE_MAX = 256,  /* numbers of a property that are kept */
    US_PROFILE_TRAITS_MAX = 4000000, /* traits of accounts and people, all in all */
    US_PROFILE_EARLY_DAYS = 14, /* "early": within so many days of the first event */
    US_PROFILE_KEPT_FROM = 28,  /* "kept": active from this day of its life … */
    US_PROFILE_KEPT_TO = 56,    /* … to this one, exclusive */
};

#define US_PROFILE_NONE UINT32_MAX

struct us_profile_value {
    us_str text;
    int64_t count;
};

/* A property of an event, or a trait. Counted over the events looked at (all of the
 * first, later a share of them), over accounts or over people. */
struct us_profile_field {
    us_str key;
    int64_t of, known, numbers, texts;
    struct us_profile_value *values; /* most common first */
    size_t value_count, value_cap;
    bool more_values; /* some texts were not counted apart */
    double *sample;   /* ascending once the profile is finished */
    size_t sampled;
};

/* The q-quantile (0 to 1) of the numbers seen; 0 of none. */
double us_profile_quantile(const struct us_profile_field *field, double q);

struct us_profile_event {
    us_str name;
    int64_t count, with_account, accounts, users;
    int64_t first_day, last_day;
    int64_t opening;   /* accounts that had it on their first day */
    double median_day; /* of an account's life at which it first comes */
    int64_t early;     /* accounts of those followed that had it early */
    int64_t early_kept;
    struct us_profile_field *fields;
    size_t field_count, field_cap;
};

struct us_profile_row {
    uint32_t account, user, name;
    int32_t day;
};

struct us_profile_account {
    us_str key;
    size_t row, row_count; /* rows[row …], by day */
    int32_t first_day, last_day;
};

struct us_profile_maker; /* what only reading needs */

struct us_profile {
    struct us_profile_maker *maker;
    int64_t now; /* later events are counted and left out: no queue sees them yet */

    int64_t messages, dead, later, unnamed;
    struct us_error why;        /* of the first dead one */
    bool cut;                   /* not all was read */
    int64_t first, last, known; /* moments of events; the last anything is known */
    int64_t count;              /* events */
    int64_t with_group, with_user, with_email, with_account; /* of them */
    int64_t people, identified, emails, work_emails;
    int64_t followed, kept; /* accounts old enough to see "early" and "kept" */
    us_unit unit;

    struct us_profile_event *events; /* most common first */
    size_t event_count;
    struct us_profile_field *account_traits, *user_traits;
    size_t account_trait_count, user_trait_count;
    struct us_profile_account *accounts; /* with at least one event */
    size_t account_count;
    struct us_profile_row *rows; /* of events with an account, by account, then day */
    size_t row_count;
};

struct us_profile *us_profile_new(int64_t now);
void us_profile_free(struct us_profile *p); /* NULL is fine */

/* One line of a file: a message, or a request body of several. */
void us_profile_line(struct us_profile *p, us_str line);

/* A file: plain, .gz or .zst; "-" is standard input. US_INPUT when it has rows and not
 * one of them is an event. */
typedef void us_profile_progress(
    void *ctx, const char *what, int64_t done, int64_t total);
us_code us_profile_file(struct us_profile *p, us_str path,
    us_profile_progress *progress, void *ctx, struct us_error *e);

/* No more lines: sort, count, join. */
void us_profile_finish(struct us_profile *p);

/* Whether a text from outside may stand in usher.yml: no control characters, no line
 * ends of any kind, no long runs of blanks, not too long. */
bool us_profile_writable(us_str text);

/* The value of account_traits[trait] for an account; missing when it has none. */
us_value us_profile_account_trait(
    const struct us_profile *p, uint32_t account, size_t trait);
