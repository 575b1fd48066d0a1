/* assess.h: "are we ready for product-led sales?", answered from history and the
 * `about:` block of usher.yml (study/assess.h has the funnel and rates, study/ready.h
 * the bars and the rule).
 *
 * Events count by when they happened, by the links that hold now, our own people left
 * out; entries of a definition as they were known (as in backtest). Nothing known after
 * the end of the period is looked at, but for the coverage, which is of all there is,
 * as `usher status` says it.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Fails:   US_INPUT when there is no event of an account, or none in the period;
 *          US_NOT_FOUND for a segment by a trait that no account has.
 * Threads: one at a time on one history; the replay uses several.
 */
#pragma once

#include "answer/engine.h"
#include "answer/status.h"
#include "study/assess.h"
#include "study/ready.h"

/* What shows that somebody looked at prices. */
typedef enum us_pricing_by {
    US_PRICING_UNKNOWN, /* nothing says */
    US_PRICING_EVENT,   /* events.pricing */
    US_PRICING_PAGE,    /* "Page Viewed" whose path has "pricing" in it */
} us_pricing_by;

/* Without events.pricing: the expression that makes history keep the path of pages. */
#define US_PRICING_PAGE_SIGNAL \
    "count(\"Page Viewed\" where path contains \"pricing\", all)"

struct us_assess_of {
    int64_t from, to; /* [from, to); US_ALWAYS: from the first event */
    us_str segment;   /* a trait of accounts; empty: `plan`, if any account has one */
    int64_t within[US_STAGES];
};

/* Where a stage comes from: a key of i18n/ with the argument {name}. */
struct us_stage_source {
    const char *key;
    us_str name;
    uint32_t outcome; /* of usher.yml, or US_NODE_NONE */
};

/* A trait that a gate of a definition reads. */
struct us_gate_trait {
    uint32_t definition, node; /* node: the gate */
    us_str trait;
    bool user;
    int64_t known, of;
};

struct us_assess_definition {
    uint32_t definition; /* of kind pqa */
    struct us_pqa_month *months;
    struct us_backtest_rate last; /* of the last whole month */
    bool judged;                  /* it has an aim that can be told, and leads hold */
    int64_t horizon;
    struct us_leads leads;
};

/* What the answer rests on, and how to see whether that holds. */
struct us_assumption {
    const char *key;   /* of i18n/: what is assumed or not known, with args */
    us_arg args[5];    /* ends at a NULL name */
    const char *check; /* key: the question to ask, or what to do */
    us_str command;    /* to see it with; empty: none */
};
enum { US_ASSUMPTIONS_MAX = 32 };

struct us_assessed {
    const struct us_rules *rules;
    struct us_status coverage;     /* figures of status.h */
    int64_t from, to, first, last; /* first, last event of an account */
    int64_t accounts, without_events;
    struct us_gate_trait *gates;
    size_t gate_count;
    bool known[US_STAGES];
    int64_t within[US_STAGES];
    struct us_stage_source sources[US_STAGES];
    us_str segment; /* empty: none */
    us_str *segments;
    size_t segment_count; /* the last of more than US_SEGMENTS_MAX: all others */
    bool segment_others, segment_unknown; /* the last but others: not known */
    struct us_assess study;
    us_pricing_by pricing_by;
    bool asks; /* events.hand_raise is there */
    struct us_hands hands;
    struct us_assess_month *months;
    size_t month_count;
    struct us_assess_definition *definitions;
    size_t definition_count;
    int64_t mqls, mqls_nowhere;    /* without an account that did anything */
    int64_t touches;               /* accounts that CRM has an activity or a deal of */
    int64_t self_serve, paid;      /* payments without a person; of all received */
    int64_t active;                /* accounts with an event in the last 30 days */
    int64_t checkout;              /* accounts that began a checkout */
    int64_t employees, enterprise; /* accounts whose size is known; of 500 or more */
    int64_t won;                   /* deals with a value */
    double won_median, arr;
    us_str *unseen; /* traits whose past is not known */
    size_t unseen_count;
    const struct us_backtest_silent *silent; /* spans in which a source sent nothing */
    size_t silent_count;                     /* of those that reach into the period */
    struct us_readiness ready;
    struct us_assumption assumptions[US_ASSUMPTIONS_MAX];
    size_t assumption_count;
};

us_code us_assess_ask(const struct us_ask *ask, const struct us_assess_of *of,
    struct us_arena *a, struct us_assessed *out, struct us_error *e);

/* One object, without its closing brace. */
void us_assess_json(const struct us_assessed *x, struct us_buf *out);
