/* units.h: events unit by unit, for studies: what each account, user or company did and
 * when, by the links that hold now.
 *
 * Owns:    nothing; all of it lies in the arena given. Rows are 12 bytes each, and 16
 * more while they are read. Fails:   US_IO for the disk; US_LIMIT "history.units_many"
 * past 2^32 events. Threads: as history.h; what was read may be read by any number.
 */
#pragma once

#include "history/history.h"

typedef enum us_units_of {
    US_UNITS_ACCOUNTS,
    US_UNITS_USERS,     /* identified people; an alias and its user are one */
    US_UNITS_COMPANIES, /* the accounts of one buyer together, by mapping (and where
                           account.unit is company by work addresses); an account
                           without a company stands for itself */
} us_units_of;

struct us_units {
    size_t count;
    const us_str *keys;
    const uint32_t
        *from; /* rows of unit i: [from[i], from[i + 1]), by at, name, user */
    const int64_t *at;
    const uint32_t *name; /* index of names */
    const uint32_t *user; /* ids of people, from 0, or US_NOBODY */
    size_t user_count;
    const us_str *names;
    size_t name_count;
    size_t row_count;
    int64_t first_at; /* of all events; US_NEVER without any */
    int64_t last_at;  /* of all messages; US_ALWAYS without any */
    int64_t unnamed;  /* events of no such unit: left out */
    /* Of the id a line has in the stores, of an account or (users) of a person: the
     * unit it belongs to, or US_NOBODY. */
    const uint32_t *unit_of;
    size_t id_count;
    /* Units of one buyer are not independent: whose each is, numbered from 0. Of users
     * by the account they were in last; one without is alone. */
    const uint32_t *company;
    size_t company_count;
    const uint32_t *account_of; /* of users: the id of that account, or US_NOBODY; of
                                   others NULL */
};

/* Units with an event or a trait, by key; internal ones are left out. */
us_code us_history_units(struct us_history *h, us_units_of which, struct us_arena *a,
    struct us_units *out, struct us_error *e);

/* What is known of units beside their events (unit_facts.c). */

/* When sales first turned to each: the first activity that is no ticket, or deal, of
 * its account; US_NEVER without any. */
us_code us_history_touches(struct us_history *h, us_units_of which,
    const struct us_units *units, struct us_arena *a, int64_t **out,
    struct us_error *e);

/* Which have a trait: its newest value is there and neither null, false, 0 nor empty.
 * US_NOT_FOUND "history.no_unit_trait" when none of them ever had it. */
struct us_unit_trait {
    us_units_of which;
    us_str key;
};
us_code us_history_unit_trait(struct us_history *h, const struct us_unit_trait *asked,
    const struct us_units *units, struct us_arena *a, bool **out, struct us_error *e);

/* Traits whose past is not known: imported without a date and not fixed. By name. */
us_code us_history_traits_unseen(struct us_history *h, us_units_of which,
    struct us_arena *a, us_str **out, size_t *count, struct us_error *e);
