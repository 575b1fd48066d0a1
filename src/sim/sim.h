/* sim.h: a realistic product-led company from a seed, as files usher imports.
 *
 * Everything is a pure function of the options: same options, same bytes, on any
 * machine. Output goes through `write`; a non-zero answer of it ends the run with
 * US_IO. Threads: one simulation a thread.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

enum { US_SIM_EVENTS_MAX = 1000000000, US_SIM_DAYS_MAX = 3650 };

/* What is written, each a file of its own (design §4 for the columns). */
typedef enum us_sim_file {
    US_SIM_EVENTS,     /* events.ndjson, Segment spec, in order of time */
    US_SIM_ACCOUNTS,   /* accounts.csv */
    US_SIM_CONTACTS,   /* contacts.csv: also people who are no users */
    US_SIM_PAYMENTS,   /* payments.csv */
    US_SIM_DEALS,      /* deals.csv: a log of stage changes */
    US_SIM_ACTIVITIES, /* activities.csv */
    US_SIM_MQLS,       /* mqls.csv */
    US_SIM_COMPANIES,  /* companies.csv: which accounts one buyer has */
    US_SIM_TRUTH,      /* truth.json: what was planted */
    US_SIM_FILES
} us_sim_file;

struct us_sim_options {
    uint64_t seed;
    int64_t events;   /* about how many; 1 to US_SIM_EVENTS_MAX */
    int64_t days;     /* length of the history */
    int64_t end;      /* its last moment (exclusive), microseconds UTC, a midnight */
    bool nothing;     /* plant no cause: outcomes happen by chance alone */
    bool only_events; /* write US_SIM_EVENTS alone (the stream to stdout) */
    int (*write)(void *ctx, us_sim_file file, us_str bytes);
    void (*progress)(void *ctx, int64_t events_done); /* may be NULL */
    void *ctx;
};

const char *us_sim_file_name(us_sim_file file);
us_code us_sim_run(const struct us_sim_options *options, struct us_error *e);
