/* spans.h: what the files that settle share. */
#pragma once

#include "history/core.h"

/* An event, as much of it as identity wants. */
struct spans_event {
    int64_t seq;
    uint32_t account, person;
    struct us_who who;
};
/* A row of seq, known, account, person, usr, anon, grp. */
void spans_event_read(const struct duck_rows *r, size_t i, struct spans_event *out);

struct spans_settling {
    struct us_history *h;
    const struct us_identity *links;
    const uint32_t *people;   /* history's number of each of theirs; NULL: the same */
    int64_t since;            /* events up to it were settled before */
    struct duck_table *again; /* seq of those looked at that may have rows */
    struct duck_table *made;
    struct us_span *spans;
};

/* The event's stretches by those links; who in their numbers. */
us_code spans_event_settle(const struct spans_settling *s, const struct spans_event *v,
    const struct us_who *who, struct us_error *e);

/* One transaction in which fill settles whatever events it has to. */
typedef us_code spans_fill(
    void *ctx, const struct spans_settling *s, struct us_error *e);
us_code spans_settle_by(struct us_history *h, struct us_arena *a,
    const struct us_identity *links, const uint32_t *people, spans_fill *fill,
    void *ctx, struct us_error *e);

/* ---- spans_some.c ---- */
/* By the links of those alone whom anything new concerns. US_NOT_FOUND: they are too
 * many, or what is new reaches further; nothing was done. */
us_code spans_some(struct us_history *h, struct us_error *e);
