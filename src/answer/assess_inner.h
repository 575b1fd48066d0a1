/* assess_inner.h: what the files of assess share. Inside this folder only. */
#pragma once

#include "answer/assess.h"
#include "answer/engine_inner.h"
#include "answer/sql.h"
#include "base/hash.h"

enum {
    US_ASSESS_ACTIVE_DAYS = 30, /* an account that did something lately */
    US_ASSESS_ENTERPRISE = 500, /* employees; field.md B1 */
};

/* What was found of one account beside its events, in the arena of the answer. */
struct us_assess_past {
    int64_t touched, mql, raised;
    int64_t *outcomes; /* by definition asked about; US_NEVER */
    int64_t *entered;  /* its first entry */
    uint8_t *who;      /* definition × month: in the target segment at its end */
};

struct us_assessing {
    const struct us_ask *ask;
    const struct us_assess_of *of;
    struct us_arena *a;
    struct us_assessed *out;
    struct us_intern keys; /* of accounts, in order */
    struct us_assess_account *accounts;
    struct us_assess_past *past; /* by account; NULL before the replay */
    size_t count, cap, past_count, past_cap;
    struct us_assess_month *months;
    struct entry_list {
        struct us_backtest_entry *items;
        size_t count, cap;
    } * entries; /* by definition asked about */
    int64_t until;
    uint8_t *active; /* account × month */
};

/* " IN ('a', 'b')" of event names and their other names (events.alias). */
void us_assess_names(const struct us_config *c, const us_source *names, size_t count,
    struct us_buf *out);

struct us_buf us_assess_sql_new(const struct us_assessing *g);
/* US_LIMIT when the text is longer than US_SQL_BYTES_MAX, as names can make it. */
us_code us_assess_sql_whole(const struct us_buf *sql, struct us_error *e);
us_code us_assess_sql(struct us_assessing *g, struct us_buf *sql, us_history_row *row,
    void *ctx, struct us_error *e);

/* assess_events.c: what SQL tells: events, traits, money, who asked. */
us_code us_assess_events(struct us_assessing *g, struct us_error *e);
us_code us_assess_segments(struct us_assessing *g, struct us_error *e);
/* assess_facts.c */
us_code us_assess_facts(struct us_assessing *g, struct us_error *e);

/* assess_past.c: what the replay tells. */
us_code us_assess_replay(struct us_assessing *g, struct us_error *e);
us_code us_assess_leads(struct us_assessing *g, struct us_error *e);

/* assess_ready.c: rows, and what they rest on. */
void us_assess_ready(struct us_assessing *g);
us_code us_assess_gates(struct us_assessing *g, struct us_error *e);
/* assess_rests.c */
void us_assess_rests(struct us_assessing *g);
