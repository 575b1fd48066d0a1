/* sources.h: who sends, how much, and when last; and who has fallen silent (semantics
 * 24, study/silence.h).
 *
 * What is usual for a source is learnt from history once, and from there on from what
 * comes. Test sources are counted and never called silent.
 *
 * Owns:    what it counts. Names it hands out stay until it is done.
 * Threads: any; it locks for itself.
 */
#pragma once

#include "server/ingest.h"
#include "server/loader.h"

struct us_sources;
/* In the arena. Without any source, `name` is the only one. */
struct us_sources *us_sources_new(const struct us_ingest_source *sources, size_t count,
    us_str name, struct us_arena *a);
void us_sources_done(struct us_sources *s);

/* For us_ingest_options.taken: something of that source is on disk at `now`. */
void us_sources_take(
    struct us_sources *s, us_str source, const struct us_batch *b, int64_t now);

/* Others from here on, as us_sources_new takes them; those of the same name and mode go
 * on where they are. What a new one's usual gaps are is learnt from what comes. */
void us_sources_set(struct us_sources *s, const struct us_ingest_source *sources,
    size_t count, us_str name);

/* What history says of them, if it was not asked since they were set. It takes a turn.
 */
us_code us_sources_learn(struct us_sources *s, struct us_loader *l, struct us_error *e);

/* A source that was silent at t, or had been heard again for less than this, since
 * clients then send what they kept; of several the first. Empty: none. */
enum { US_SOURCES_SETTLE_MINUTES = 10 };
us_str us_sources_silent_at(struct us_sources *s, int64_t t);
/* The same of one; false when there is none of that name. */
bool us_sources_is_silent(struct us_sources *s, us_str name, int64_t t);

struct us_source_counts {
    us_str name;
    bool test;
    int64_t requests, added, repeats, dead;
    int64_t last; /* US_ALWAYS: nothing ever came */
    bool silent;
    int64_t silent_from; /* the last event before it */
};
size_t us_sources_count(struct us_sources *s);
/* An empty name: there are fewer by now. */
struct us_source_counts us_sources_counts(
    struct us_sources *s, size_t source, int64_t now);
