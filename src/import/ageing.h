/* ageing.h: which lines are older than they may be kept. See forget.h.
 *
 * Owns:    what it is made of is copied.
 * Threads: one at a time.
 */
#pragma once

#include "import/forget.h"

struct us_ageing;
/* Asks history who is not heard of any more. */
us_code us_ageing_new(const struct us_forget_limits *limits, struct us_history *history,
    struct us_ageing **out, struct us_error *e);
void us_ageing_free(struct us_ageing *g); /* NULL is fine */

/* Of one line, which has US_JSON_PAD readable bytes after it; *type is set if it goes.
 */
bool us_ageing_goes(struct us_ageing *g, us_str line, us_line_type *type);
