/* engine_inner.h: what the files of the engine share. Inside this folder only. */
#pragma once

#include "answer/crew.h"
#include "answer/engine.h"

/* What is worked out of each account, on any thread, and told in order on the caller's;
 * crew.h says how. */
struct us_engine_job {
    us_crew_work *work;
    us_crew_tell *tell;
    void *ctx;
};
/* Cells of that SQL: account, its first activity or deal, its first deal, as known by
 * then. Tickets are no touch. */
us_str us_touched_sql(int64_t until, struct us_arena *a);

/* Whether somebody of the account had asked for a person lately. */
bool us_hand_up(const struct us_rules *r, struct us_past *past, int64_t t);

us_code us_engine_work(const struct us_ask *ask, const struct us_look_asked *asked,
    const struct us_engine_job *job, struct us_error *e);
