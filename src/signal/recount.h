/* recount.h: functions over events by another way than the referee's, for its test:
 * bucket by bucket from the oldest, sequences by all they could have reached. */
#pragma once

#include "signal/signals.h"

enum { RECOUNT_PEOPLE = 5, RECOUNT_STEPS = 4 };

/* One function over events, with what it is given. */
struct recount_asked {
    const char *function;
    const char *shape;    /* "", or prior, trend or first around it */
    const char *property; /* "", amount or kind */
    bool any, where;      /* where kind == "a" and amount > 0 */
    uint32_t name;
    uint32_t step[RECOUNT_STEPS]; /* of seq: names */
    size_t steps;
    int64_t n;
    char unit; /* h, d or a for all */
    double floor;
    uint32_t user; /* below RECOUNT_PEOPLE, or US_NOBODY */
};

us_value recount(const struct us_plan *p, const struct us_log *log,
    const struct recount_asked *q, int64_t t);
