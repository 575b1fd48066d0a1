/* lag.h: what a server has acknowledged and an answer does not have yet.
 *
 * Threads: any.
 */
#pragma once

#include "base/buf.h"

#include <stdint.h>

struct us_lag {
    int64_t events; /* lines of the journal; 0: nothing; -1: how many is not known */
    int64_t us;     /* for how long there has been any */
};

/* {"events":3,"seconds":1} */
void us_lag_put(const struct us_lag *b, struct us_buf *out);

/* Said in an answer that is in out; nothing is where nothing is missing. whole: it is
 * one object and a line end, and has "behind" as its last member; else rows, of which
 * {"behind":…} is the last. */
void us_lag_add(const struct us_lag *b, bool whole, struct us_buf *out);

/* How far parts of a server are behind what it has acknowledged. */
struct us_server_lag {
    struct us_lag history, decisions;
};
/* "server":{"history":…,"decisions":…} as the last member. */
void us_server_lag_add(const struct us_server_lag *l, struct us_buf *out);
