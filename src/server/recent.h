/* recent.h: what ids sent, of those for whom all of it is at hand.
 *
 * Most people who come to an account were first heard of a moment ago, and who goes
 * from group to group takes the same traits along: then their lines are here, and
 * history, which would have to load what came since and look through all there is, need
 * not be asked. Of an id that came up after all of history was loaded, everything is
 * here; of others the traits, once history was asked for them. Events are only those in
 * no account. When it is full everything is forgotten, and the ids there are by then
 * are history's.
 *
 * Owns:    copies of rows; texts in them, too.
 * Threads: one at a time.
 */
#pragma once

#include "history/history.h"

enum { US_RECENT_BYTES = 64 << 20 };

struct us_recent;
/* columns: of values with each event. bytes: 0: US_RECENT_BYTES. */
struct us_recent *us_recent_new(size_t columns, size_t bytes);
void us_recent_free(struct us_recent *r); /* NULL is fine */

size_t us_recent_bytes(const struct us_recent *r);

/* Nothing is remembered; ids from `people` on are new. */
void us_recent_begin(struct us_recent *r, uint32_t people);

/* A row of a line of that id; without effect for one that history has to be asked for.
 */
void us_recent_event(struct us_recent *r, uint32_t id, const struct us_log_event *row,
    const us_value *values); /* NULL: it has none */
void us_recent_trait(struct us_recent *r, uint32_t id, const struct us_log_trait *row);

/* What history says of those ids, in its order of `of`: their traits are at hand from
 * here on. */
void us_recent_learn(struct us_recent *r, const uint32_t *ids, size_t count,
    const struct us_raw_lines *lines);

/* The lines of these ids, as us_history_lines_of tells them but for events with an
 * account of their own, and without events for traits alone; false: history has to be
 * asked. Values are borrowed until the next row. */
bool us_recent_lines(const struct us_recent *r, const uint32_t *ids, size_t count,
    bool events, struct us_arena *a, struct us_raw_lines *out);
