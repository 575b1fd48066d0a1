/* sql.h: a definition as SQL: who is eligible, and what every gate and axis says.
 *
 * One row an account (of a pql: an identified person of it) and moment: `eligible`, as
 * the verdict of us_judge has it, then its parts. Whether an account then enters, stays
 * or leaves is the machine's to say (semantics 25), and so is whether a pql's account
 * is within.
 *
 * Owns:    everything, in the arena given.
 * Threads: any.
 */
#pragma once

#include "qualify/qualify.h"
#include "signal/sql.h"

/* To be printed. Of asked, scope and identified are the definition's; hours too when
 * each moment is. */
struct us_sql *us_definition_sql(const struct us_rules *r, uint32_t definition,
    const struct us_sql_source *source, const struct us_sql_asked *asked,
    struct us_arena *a);
