/* firings.h: who entered and who left a definition, when, and why.
 *
 * Owns:    what is in the arena given.
 * Fails:   US_LIMIT past US_FIRINGS_MAX rows; what the engine says.
 * Threads: one at a time on one history.
 */
#pragma once

#include "answer/engine.h"

enum { US_FIRINGS_MAX = 2000000 };

/* An entry or an exit. */
struct us_firings_row {
    us_str account;
    us_str user; /* of a pql; else empty */
    uint32_t definition;
    struct us_transition change;
    struct us_verdict verdict; /* at its moment; judged lines only when asked for */
};

struct us_firings {
    struct us_firings_row *rows; /* by moment, then definition, account and user */
    size_t count;
    bool people; /* some definition asked about is a pql */
};

struct us_firings_asked {
    struct us_whom whom;
    uint32_t definition; /* US_NODE_NONE: all */
    int64_t from, to;    /* of the transitions told, both in */
    bool lines;          /* keep what every gate and line gave */
};

us_code us_firings_ask(const struct us_ask *ask, const struct us_firings_asked *asked,
    struct us_arena *a, struct us_firings *out, struct us_error *e);

/* Why, as a word for programs: an entry is eligible or hand_raised, an exit converted,
 * excluded, left, faded, expired or redefined; and as a key for people. */
us_str us_firing_reason(const struct us_firings_row *row);
const char *us_firing_words(const struct us_firings_row *row);

/* One row as a JSON object and a line end, with every gate and line. */
void us_firings_json(const struct us_ask *ask, const struct us_firings *f,
    const struct us_firings_row *row, struct us_buf *out);

/* {"gate":"must","expression":"seats >= 2","value":…,"passed":true,"unknown":false of
 * one line; the brace is the caller's to close, who may have more to say. */
void us_judged_json(
    const struct us_rules *r, const struct us_judged *j, struct us_buf *out);
/* All of them, as an array. */
void us_verdict_json(
    const struct us_rules *r, const struct us_verdict *v, struct us_buf *out);
/* ,"usage":{"points":45,"grade":"C"},… */
void us_axes_json(const struct us_verdict *v, struct us_buf *out);
