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
    US_UNITS_USERS, /* identified people; an alias and its user are one */
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
};

/* Units with an event or a trait, by key; internal ones are left out. */
us_code us_history_units(struct us_history *h, us_units_of which, struct us_arena *a,
    struct us_units *out, struct us_error *e);
