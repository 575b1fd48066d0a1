/* answer.h: the questions people ask of usher, answered once for CLI, HTTP and agents.
 *
 * An answer is data first (struct), then words in a language, or JSON. Facts carry what
 * they were computed from, so that every number shown can be checked.
 *
 * Owns:    nothing but what is in the arena given.
 * Threads: one at a time on one history.
 */
#pragma once

#include "history/history.h"
#include "qualify/qualify.h"

enum {
    US_FACTS_SHOWN = 4,       /* in a queue row */
    US_FACT_EVENTS_SHOWN = 3, /* behind each fact in explain */
    US_USUAL_WINDOWS = 6,     /* earlier windows that "usually" is the median of */
    US_USUAL_WINDOWS_LEAST = 2,
    US_QUEUE_ROWS_MAX = 100000,
    US_ACTIVITY_QUIET_DAYS = 14, /* design §8: collision check */
};

struct us_timing; /* engine.h */

struct us_ask {
    struct us_history *history;
    const struct us_rules *rules;
    us_str journal_dir;
    us_lang lang;
    int64_t at;
    struct us_timing *timing; /* NULL: nobody asks where the time goes */
    int threads;              /* that read all accounts; 0: one for each processor */
    us_history_progress *progress; /* or NULL; counts accounts */
    void *progress_ctx;
    const _Atomic bool *stop; /* nobody waits for the answer any more: it is US_REFUSED
                                 "answer.stopped" soon after; NULL: never */
};

/* One measured thing that speaks for (or against) an account. */
struct us_fact {
    uint32_t node;   /* the measure: a call, a trait, money, age */
    uint32_t signal; /* whose words it has; US_NODE_NONE */
    us_value now;
    bool has_usual;
    double usual;        /* median of the same measure in the windows before */
    int64_t first, last; /* at of the events behind it; US_NEVER when there are none */
    int64_t events;
    double weight; /* how much it says; for order */
};

/* Why not to call today. */
struct us_caution {
    const char *key;
    us_arg args[4];
};

struct us_queue_row {
    us_str account, name, plan, company;
    uint32_t definition;
    us_str user; /* of a pql: the person; else empty, as are the next three */
    us_str user_name, user_email, user_title;
    struct us_verdict verdict;
    struct us_verdict *of_account; /* of a pql: of the pqa it is within */
    struct us_standing standing;
    int64_t hand_raised_at; /* the last time; US_NEVER */
    struct us_fact facts[US_FACTS_SHOWN];
    size_t fact_count;
    bool has_mrr;
    double mrr, paid;
    int64_t people; /* with an event in the last 30 days */
    struct us_caution cautions[4];
    size_t caution_count;
};

struct us_queue {
    struct us_queue_row *rows; /* in order */
    size_t count;
    size_t more;          /* were cut off */
    int64_t accounts;     /* looked at */
    int64_t until;        /* the last moment any line is known; data may end early */
    int64_t events_known; /* whether there is anything at all */
};

/* definition: US_NODE_NONE for all. */
us_code us_queue_ask(const struct us_ask *ask, uint32_t definition, struct us_arena *a,
    struct us_queue *out, struct us_error *e);
void us_queue_say(const struct us_ask *ask, const struct us_queue *q,
    uint32_t definition, size_t rows_max, bool colour, struct us_buf *out);
void us_queue_json(
    const struct us_ask *ask, const struct us_queue *q, struct us_buf *out);
/* Leaves the first rows of each definition, as many of them. */
void us_queue_cut(struct us_queue *q, size_t rows_max);

/* Everything about one account, for every definition (or one). Speaks and writes JSON
 * itself, as its shape follows the definition's. */
us_code us_explain(const struct us_ask *ask, us_str account, uint32_t definition,
    bool json, bool colour, struct us_buf *out, struct us_error *e);

/* ---- pieces, shared by the two ---- */

/* What CRM and desk know that speaks against a call today, added to the rows: an open
 * deal, an open ticket, an activity in the last US_ACTIVITY_QUIET_DAYS, opted out. */
us_code us_cautions_ask(const struct us_ask *ask, struct us_queue *q,
    struct us_arena *a, struct us_error *e);
void us_caution_add(struct us_queue_row *row, const char *key, const us_arg *args);

/* Of whom facts are told. */
struct us_fact_asked {
    const struct us_rules *rules;
    const struct us_log *log;
    const struct us_log *own; /* us_log_split of it; NULL: not split */
    uint32_t user;
    int64_t t;
    struct us_arena *a; /* scratch */
};

/* In the order found, in the arena of the asking; begins as {0}. */
struct us_facts {
    struct us_fact *items;
    size_t count, cap;
    bool *seen; /* by node of the plan: it was looked at */
};

/* The measures in a gate or line, all of them, appended to facts; the same node once.
 */
void us_fact_find(
    const struct us_fact_asked *asked, uint32_t node, struct us_facts *facts);
void us_fact_say(const struct us_rules *r, const struct us_fact *f, us_lang lang,
    int64_t t, struct us_buf *out);

/* The same with the day of the latest event, where the list of them is not shown. */
void us_fact_say_dated(const struct us_rules *r, const struct us_fact *f, us_lang lang,
    int64_t t, struct us_buf *out);
/* "asked for a person (Tuesday)". */
void us_hand_raise_say(
    const struct us_rules *r, us_lang lang, int64_t t, int64_t at, struct us_buf *out);

/* A value as people read it; unknown for missing. */
void us_value_say(us_value v, us_lang lang, struct us_buf *out);
