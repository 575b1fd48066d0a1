/* sql.h: a signal or a definition as one SELECT over history, which `usher query` runs.
 *
 * Owns:    what is in the arena given.
 * Fails:   US_NOT_FOUND for a name that is neither, with the nearest; US_LIMIT for a
 *          text longer than US_SQL_BYTES_MAX.
 * Threads: one at a time on one history.
 */
#pragma once

#include "answer/answer.h"
#include "signal/sql.h"

enum { US_SQL_BYTES_MAX = 1 << 19 }; /* what us_history_sql takes */

/* What lowering needs to know of the workspace asked. */
us_code us_sql_source_of(const struct us_ask *ask, struct us_arena *a,
    struct us_sql_source *out, struct us_error *e);

/* As known at ask->at; with moments, at every evaluation moment up to it. A name that
 * is both is the signal. title: how the head calls it. */
us_code us_sql_answer(const struct us_ask *ask, us_str name, us_str title, bool moments,
    struct us_arena *a, struct us_buf *out, struct us_error *e);
