/* discover.h: which behaviours go before an outcome, and how sure that is (design §7).
 *
 * A behaviour is "at least k of E in the first days", counted by the unit's events or
 * by the different people who did it, or "A, and later B". For each there is a table of
 * two rows and two columns over the units of a landmark (landmark.h), and everything
 * that follows from it. Association is not effect: a behaviour may only mean a big,
 * busy account, so each has an odds ratio within bands of equal activity beside it.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: any.
 */
#pragma once

#include "base/buf.h"
#include "study/landmark.h"

typedef enum us_behaviour_kind {
    US_BEHAVIOUR_COUNT,
    US_BEHAVIOUR_USERS,
    US_BEHAVIOUR_PAIR, /* event, and strictly after its first time, second */
    US_BEHAVIOUR_KINDS
} us_behaviour_kind;
us_str us_behaviour_word(us_behaviour_kind kind); /* "count", "users", "pair" */

struct us_behaviour {
    us_behaviour_kind kind;
    uint32_t event;  /* index of units.names */
    uint32_t k;      /* at least so many; from 1; of a pair 1 */
    uint32_t second; /* of a pair */
};

typedef enum us_leak {
    US_LEAK_NONE,
    US_LEAK_OUTCOME, /* it is the outcome's own event */
    US_LEAK_NEAR,    /* nearly always within minutes of it */
    US_LEAK_SALES,   /* nearly always after sales turned to the unit */
} us_leak;
us_str us_leak_word(us_leak leak); /* "", "outcome", "near", "sales" */

/* Nearly always: this share of the cohort's outcomes have it within so many minutes. */
#define US_LEAK_SHARE   0.8
#define US_LEAK_MINUTES 10
/* Sales does it: this share of its times lie after a touch, twice that of all events.
 */
#define US_LEAK_SALES_SHARE 0.8

struct us_discovered {
    struct us_behaviour is;
    uint32_t window; /* of those asked, from 0 */
    struct us_fourfold table;
    /* The same of units before and from the split by t0, and of those untouched. */
    struct us_fourfold early, late, untouched;
    double rate_exposed, rate_unexposed, lift;
    struct us_interval rate_in; /* Wilson, 0.95 */
    struct us_ratio risk, odds, odds_exact;
    struct us_p fisher;
    double q; /* Benjamini and Hochberg, over all rows of the answer */
    double precision, recall;
    /* Of outcomes the landmark hides as well: any in [t0, L + horizon), and the
     * behaviour before it, within the window. */
    double recall_all;
    /* Days from the k-th to the outcome, quartiles; of exposed units that converted,
     * and of all of recall_all. NaN without any. */
    double lead_p25, lead_median, lead_p75, lead_all_median;
    /* Within bands of activity without the behaviour and of active people. */
    struct us_strata adjusted;
    double rate_late; /* exposed units of the later half by t0 */
    int64_t late_exposed;
    double coverage;       /* share of eligible units that ever did it in the window */
    double fires_per_week; /* units of the cohort reaching k, over the cohort's weeks */
    double least_lift;     /* that so many units show: two-sided 0.05, power 0.8 */
    us_leak leak;
};

struct us_discovered_all {
    struct us_discovered *rows;
    size_t count;
    double base_rate;
};

/* The behaviours given, in order, of one window. */
void us_discover(const struct us_landmark_asked *asked, const struct us_landmark *frame,
    const struct us_behaviour *rows, size_t count, struct us_arena *a,
    struct us_discovered_all *out);

/* The behaviours that are looked at when none are named: every event × ten numbers of
 * times, of accounts × so many people, and ordered pairs of the US_PAIR_EVENTS events
 * that most of the cohort has. */
enum { US_PAIR_EVENTS = 12 };
size_t us_behaviours_all(const struct us_landmark_asked *asked,
    const struct us_landmark *frame, bool people, struct us_arena *a,
    struct us_behaviour **out);

/* The first two of these alone. */
size_t us_behaviours_counted(const struct us_units *units, bool people,
    struct us_arena *a, struct us_behaviour **out);

/* The same for several windows: one frame and one answer each, put together; q counts
 * over all. */
void us_discovered_join(const struct us_discovered_all *each, size_t windows,
    struct us_arena *a, struct us_discovered_all *out);

/* What has something to compare: at least so many units on either side; the rest was
 * not asked, and q counts without it. */
#define US_DISCOVER_UNITS_LEAST 5
void us_discovered_keep(struct us_discovered_all *all, struct us_arena *scratch);

/* ---- for people ---- */

/* One behaviour, its k and its days chosen on the units of the earlier half alone, by
 * the strongest association there; so what the later half says of it is no choice's
 * flattery. */
typedef enum us_card_verdict {
    US_CARD_GOES_BEFORE, /* q < 0.05, the rate is higher, and so within bands */
    US_CARD_BUSY,        /* the same, but not within bands of equal activity */
    US_CARD_CANNOT_TELL, /* too few to see even a doubling */
    US_CARD_UNLIKELY,    /* enough were seen, and it is no doubling */
    US_CARD_LEAK,        /* the outcome itself, or what sales does */
    US_CARD_VERDICTS
} us_card_verdict;
us_str us_card_word(us_card_verdict verdict);

struct us_card {
    const struct us_discovered *row;
    us_card_verdict verdict;
    double rate; /* of the later half; by `in`: exact where few had the outcome */
    struct us_interval in;
    bool exact;
    double base;       /* of the later half, all of its units */
    double adjusted_q; /* of row->adjusted.p, over all cards */
    /* Units in all, and weeks more at the pace of the cohort, to see a doubling of the
     * rate without it four times in five. NaN where that can be seen already. */
    double units, weeks;
};
#define US_CARD_Q 0.05

/* Cards of all behaviours, best first within each verdict. frames by window. */
size_t us_cards(const struct us_discovered_all *all, const struct us_landmark *frames,
    struct us_arena *a, struct us_card **out);

/* ---- JSON ---- */

/* The answer as one object of JSON: rates and intervals as numbers, null where they
 * cannot be told. Field names are those of the manual. */
struct us_discover_told {
    us_str unit, start, outcome;
    const struct us_landmark_asked *asked; /* by window */
    const struct us_landmark *frames;
    size_t windows;
    const us_str *unseen; /* traits */
    size_t unseen_count;
    const struct us_card *cards;
    size_t card_count;
    bool has_cards;
    us_str wrote, wrote_into, wrote_file; /* a gate, or empty */
};
void us_discover_json(const struct us_discover_told *told,
    const struct us_discovered_all *all, struct us_buf *out);
/* "wrote" alone. */
void us_discover_wrote_json(const struct us_discover_told *told, struct us_buf *out);
