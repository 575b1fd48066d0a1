/* silence.h: the spans in which a source of events sent nothing for longer than is
 * usual for it (study/silence.h), by when its events became known.
 *
 * Owns:    what is in the arena given.
 * Threads: one at a time on one history.
 */
#pragma once

#include "answer/answer.h"
#include "study/backtest.h"

enum { US_SILENT_SPANS_MAX = 10000 };

/* All of them up to `until`, by source, then from; the last of a source may be open. */
us_code us_silence_ask(const struct us_ask *ask, int64_t until, struct us_arena *a,
    struct us_backtest_silent **out, size_t *count, struct us_error *e);
