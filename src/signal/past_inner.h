/* past_inner.h: what the files of the replay executor and the replay forms of functions
 * share. Inside this folder only. */
#pragma once

#include "signal/compile.h"
#include "signal/past.h"
#include "signal/range.h"

/* The rows that match a pattern, by at. Arrays of the runs themselves where one run is
 * all of them, else gathered. */
struct us_lane {
    const int64_t *at;
    const int64_t *known; /* NULL: each is known when it happens */
    const int64_t *to;    /* NULL: all stay */
    const uint32_t *user; /* index of facts.people, or US_NOBODY */
    const uint32_t *row;  /* NULL: those from base on, in order */
    const uint32_t *run;  /* of each; NULL: all of one */
    uint32_t base, one;   /* that row, that run */
    size_t count;
    bool made;
};

/* Moments [from, to). */
struct us_span_of {
    int64_t from, to;
};

/* Some rows of a lane: those of [from, to) that are seen at t and, unless it is
 * US_NOBODY, are the user's. */
struct us_rows {
    const struct us_lane *lane;
    const struct us_runs *runs;
    size_t from, to;
    size_t sure; /* rows before it are */
    int64_t t;
    uint32_t user;
    bool check; /* not all of them are */
};

/* Whose it is at the moment of r. */
static inline uint32_t us_rows_user(const struct us_rows *r, size_t i)
{
    const struct us_lane *l = r->lane;
    if (!r->runs->swap_count) return l->user[i];
    return us_runs_user(r->runs, l->row ? l->row[i] : l->base + (uint32_t)i, r->t);
}

static inline bool us_rows_has(const struct us_rows *r, size_t i)
{
    const struct us_lane *l = r->lane;
    if (!r->check || i < r->sure) return true;
    if (r->user != US_NOBODY && us_rows_user(r, i) != r->user) return false;
    if ((l->known ? l->known[i] : l->at[i]) > r->t) return false;
    return !l->to || r->t < l->to[i];
}

static inline bool us_lane_stays(const struct us_lane *l, size_t i)
{
    return !l->to || l->to[i] == US_NEVER;
}

static inline int64_t us_rows_known(const struct us_rows *r, size_t i)
{
    return r->lane->known ? r->lane->known[i] : r->lane->at[i];
}

/* What of the days a node can be; which arrays are there says the form. */
typedef enum us_form {
    US_FORM_TRUTH, /* in, end */
    US_FORM_WHOLE, /* whole numbers, never missing: whole_… */
    US_FORM_REAL,  /* numbers, never missing: real_… */
    US_FORM_RANGE, /* anything: range_… */
} us_form;

struct us_vector {
    us_form form;
    uint32_t turn; /* of the account it was made for */
    uint8_t *in, *end;
    int32_t *whole_least, *whole_most; /* within a day */
    int32_t *whole_end;                /* at its end */
    int32_t *whole_end_most;           /* and at most, where that is not one value */
    int32_t *whole_final;              /* at its end, as all that comes later has it */
    double *real_least, *real_most, *real_end, *real_end_most;
    struct us_range *range_in, *range_end;
};

/* When on a day the number of a call becomes one more, in order. */
struct us_rises {
    const int64_t *at;
    size_t count;
    int32_t begins; /* what the day begins with */
    int64_t day;
    uint32_t turn;
};

struct us_sums {
    int64_t *before;
    uint32_t turn;
    bool fit;
};

struct us_kept_value {
    us_value value;
    int64_t t;
    uint32_t turn;
};

struct us_past {
    const struct us_plan *plan;
    struct us_arena *arena; /* as long as the past */
    struct us_arena work;   /* of the account at hand */
    const struct us_runs *runs;
    uint32_t turn;
    const uint32_t *traits, *trait_from; /* of the account: facts.traits by key */
    uint32_t trait_turn;
    struct us_log *log; /* the same as rows, of the account it was last asked for */
    uint32_t log_turn;
    const struct us_given **given; /* by node; NULL: none are */
    const struct us_given *list;   /* of those given */
    size_t given_count;
    int64_t first_day; /* US_NEVER: there is nothing at all */
    size_t days;
    int64_t begun;           /* the first event that stays; US_NEVER */
    int64_t begun_known;     /* since when the first event of all is seen for good */
    uint32_t begun_turn;     /* of the account it was looked for at */
    bool prompt;             /* each row is known when it happens and stays */
    bool settled;            /* each row is known on its day and stays */
    const int32_t *swapping; /* by day: rows that are still another's; NULL: none */
    const int32_t *open;   /* by day: rows of it or of a day before that may yet come to
                              be   known, or leave; NULL: none ever */
    struct us_lane *lanes; /* by pattern */
    struct us_vector *vectors;          /* by node */
    struct us_sums *sums;               /* by node */
    struct us_person_days *person_days; /* by pattern */
    struct us_rises *rises;             /* by node: of the last day asked for */
    uint32_t *visits;                   /* by node */
    uint32_t visit;
    struct us_lane **todays; /* by day, those asked for; NULL: none yet */
    uint32_t *stamps;        /* by local user */
    size_t stamp_cap;
    uint32_t stamp;
    uint32_t *name_runs; /* by need name: the first run; name_count + 1 of them */
    bool *still;         /* by node: reads no event and no clock */
    int64_t start;       /* the first moment anything is known */
    uint32_t *totals;    /* rows of each name of need, of all, and people */
    struct us_quick *quick;
    struct us_kept_value *kept; /* by node */
};

/* Whether on a UTC day all that happened before it is known as it begins, and what
 * happens on it by its end. */
static inline bool us_past_settled(const struct us_past *s, int64_t day)
{
    int64_t d = day - s->first_day;
    if (s->settled) return true;
    return s->open && d >= 0 && d < (int64_t)s->days && !s->open[d];
}

/* Whether each row is its last person's all day. */
static inline bool us_past_named(const struct us_past *s, int64_t day)
{
    int64_t d = day - s->first_day;
    if (!s->swapping) return true;
    return d >= 0 && d < (int64_t)s->days && !s->swapping[d];
}

enum { US_DAY_PAD = 64 }; /* room past the days, for whole vector registers */

const struct us_lane *us_past_lane(struct us_past *s, uint32_t pattern);
/* What of a run is on a UTC day; NULL. */
const struct us_run_day *us_past_run_day(
    const struct us_runs *r, const struct us_run *run, int64_t day);
/* The rows of any name on a UTC day. */
const struct us_lane *us_past_today(struct us_past *s, int64_t day);
/* The rows of a lane with at in [from, to) as asked. */
struct us_rows us_past_rows(struct us_past *s, const struct us_lane *lane,
    struct us_span_of span, uint32_t user, int64_t t);
struct us_span_of us_span_of_window(us_window w, int64_t t);
/* The buckets of n's window from `from` before that of t to `to` before it. */
struct us_span_of us_span_of_buckets(
    const struct us_node *n, int64_t t, int64_t from, int64_t to);
/* The first event seen at t, of the account or one user; US_NEVER. */
int64_t us_past_begun(struct us_past *s, uint32_t user, int64_t t);

/* Numbers of a call's column as decimals, in millionths. */
struct us_decimals {
    __extension__ __int128 total;
    size_t count;
    int64_t highest, lowest;
};
struct us_decimals us_rows_decimals(
    struct us_past *s, const struct us_node *n, const struct us_rows *r);

/* The value of a call over another span than its window. */
us_value us_past_call(struct us_past *s, const struct us_node *n,
    struct us_span_of span, uint32_t user, int64_t t);

/* Rows of any name: whole days before that of t, and the rows of that day. */
struct us_any {
    const struct us_user_day *days;
    size_t day_count;
    struct us_rows today;
    uint32_t user;
};
size_t us_first_user_day(const struct us_runs *r, int64_t day);

/* A number no stamp has yet. */
uint32_t us_past_stamp(struct us_past *s);

/* NULL: it cannot be said so, of this node or this day. */
const struct us_rises *us_past_rises(struct us_past *s, uint32_t node, int64_t day);

/* What a node stands for when it only names a signal. */
uint32_t us_past_through_signals(const struct us_past *s, uint32_t node);

void us_sort_moments(int64_t *at, size_t n);

/* The cell of a row of a lane; missing where it has none. */
us_value us_lane_value(
    const struct us_past *s, const struct us_lane *l, size_t i, uint32_t column);

/* First of at[0..n) that is >= moment. */
size_t us_first_at(const int64_t *at, size_t n, int64_t moment);

/* ---- sieves ---- */

/* The vector of a node, made when it is not there yet. */
const struct us_vector *us_past_vector(struct us_past *s, uint32_t node);

/* What it can be on a day, whatever its form. */
struct us_range us_vector_in(const struct us_vector *v, size_t day);
struct us_range us_vector_end(const struct us_vector *v, size_t day);

/* What a whole number or real was at the end of the day `then`, as it is known on the
 * day `now`. */
struct us_range us_vector_then(const struct us_past *s, const struct us_vector *v,
    size_t then, size_t now, bool people);

/* The sieve of what lies between the lowest and the highest number of all rows. */
bool us_sieve_between(struct us_past *s, const struct us_node *n, struct us_vector *v);

/* Of an operator over what is never missing (past_order.c). False: it is no such. */
bool us_vector_arithmetic(
    struct us_past *s, const struct us_node *n, struct us_vector *v);
bool us_vector_compare(struct us_past *s, const struct us_node *n, struct us_vector *v);
/* The sum of nodes, in their order. */
bool us_vector_points(
    struct us_past *s, const uint32_t *nodes, size_t count, struct us_vector *v);
bool us_vector_logic(struct us_past *s, const struct us_node *n, struct us_vector *v);

/* Room for a form. */
void us_vector_truths(struct us_past *s, struct us_vector *v);
void us_vector_ranges(struct us_past *s, struct us_vector *v);
void us_vector_wholes(struct us_past *s, struct us_vector *v); /* all most are end */
void us_vector_reals(struct us_past *s, struct us_vector *v);
/* While rows may yet come or leave, a number of rows, of their days or their people may
 * be so many less, or more of those that leave; of people, while a row is another's it
 * may be one more or less. */
void us_vector_loosen(struct us_past *s, bool people, struct us_vector *v);

/* Of a call's lane: the decimals of its column added up, [i] those before row i, in
 * millionths. NULL: 64 bits might not hold them. */
const int64_t *us_past_sums(struct us_past *s, const struct us_node *n);

/* Events of a pattern on each day, zeroed past the days. */
int32_t *us_past_day_counts(struct us_past *s, uint32_t pattern);

/* Each day on which a person did something that matches, once, by day; the same
 * person's day before it, or INT32_MIN. Days count from the first. */
struct us_person_day {
    int32_t day, before;
    uint32_t user;
};
struct us_person_days {
    struct us_person_day *items;
    size_t count;
    uint32_t turn; /* of the account it was made for */
};
const struct us_person_days *us_past_person_days(struct us_past *s, uint32_t pattern);
/* The first of them on a day or later. */
size_t us_person_days_from(const struct us_person_days *p, int64_t day);

/* How many people in the n days that end with each; n 0: none, US_ALL: since the
 * first. */
void us_people_within(
    const struct us_person_days *p, size_t n, int32_t *out, size_t days);

/* counts[0..days) added up over the n days that end with each. */
void us_days_within(const int32_t *counts, size_t n, int32_t *out, size_t days);
