/* status.h: counts, span, coverage, dead letters, lateness, silence, freshness. */
#pragma once

#include "answer/answer.h"
#include "history/replay.h"

enum { US_STATUS_VALUES = 5 };

struct us_status_figure {
    const char *key;
    us_arg_kind kind;
    bool known;
    int64_t value;
    bool has_share;
    double share;
};

struct us_status_row {
    us_str name;
    us_str
        words; /* of a dead letter's reason: its newest letter's, in ask's language */
    int64_t values[US_STATUS_VALUES];
    bool known[US_STATUS_VALUES];
};

struct us_status_list {
    struct us_arena *arena;
    struct us_status_row *rows;
    size_t count, cap;
};

struct us_status {
    struct us_status_figure *figures;
    size_t figure_count;
    struct us_status_list events;  /* by name: events, people, accounts, last at */
    struct us_status_list dead;    /* by reason key: letters, last known */
    struct us_status_list sources; /* events, last hour, last known, usual gap */
};

us_code us_status_ask(const struct us_ask *ask, struct us_arena *a,
    struct us_status *out, struct us_error *e);

/* Of these alone, for who asks for no more: figures, no lists. */
us_code us_status_figures(const struct us_ask *ask, struct us_arena *a,
    struct us_status *out, struct us_error *e);
/* The one of that key; NULL when there is none. */
struct us_status_figure *us_status_figure(const struct us_status *s, const char *key);

/* All of it as one JSON document. */
void us_status_json(const struct us_status *s, const struct us_journal_sizes *journal,
    const struct us_replay_sizes *replay, int64_t now, struct us_buf *out);

/* Nothing for more than twice its own longest gap (an hour at least): values are those
 * of a row of sources. */
bool us_status_silent(const struct us_status_row *source, int64_t now);
