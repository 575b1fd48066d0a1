/* quick.h: the days of an account as bits, for the commonest conditions: comparisons of
 * count, users, days and sum over windows of days, of prior and trend of them, and and,
 * or, not of those.
 *
 * Of each pattern asked for there is one row of 16 bits a day: events up to its end. A
 * window is the difference of two places in it, a comparison sixteen days at once. All
 * else comes from us_past_truth and is turned into bits; and days are looked at only
 * among those that what stands before it has left. Inside this folder only.
 */
#pragma once

#include "signal/past_inner.h"

typedef enum us_quick_kind {
    US_QUICK_NOT,   /* has none of these forms */
    US_QUICK_CONST, /* numbers */
    US_QUICK_COUNT,
    US_QUICK_SUM,
    US_QUICK_TREND,
    US_QUICK_ARITHMETIC,
    US_QUICK_ATOM, /* conditions: x or x - y, of counts, against a whole number */
    US_QUICK_SUMS, /* a sum against a number */
    US_QUICK_COMPARE,
    US_QUICK_AND,
    US_QUICK_OR,
    US_QUICK_NEGATION,
} us_quick_kind;

/* A count over n days that end `back` before the day asked about. */
struct us_quick_term {
    uint32_t row;
    int32_t n; /* 0: all */
    int32_t back;
};

struct us_quick_node {
    us_quick_kind kind;
    us_op op;
    uint32_t a, b; /* arguments, what only names a signal left out */
    bool swapped;  /* a is the second of them */
    uint32_t cost; /* of a condition; cheaper ones go first */
    bool two;      /* an atom of x - y */
    bool mixed;    /* something in it has none of these forms, and may be missing */
    int32_t k;     /* of an atom */
    int64_t m; /* of sums: the least in millionths that is as much as the constant */
    struct us_quick_term x, y;
};

typedef enum us_quick_of { US_ROW_COUNT, US_ROW_DAYS, US_ROW_USERS } us_quick_of;

/* [-US_QUICK_PAD, 0) is zero for good. */
enum { US_QUICK_PAD = 832, US_QUICK_ROWS_MAX = INT16_MAX };
struct us_quick_row {
    us_quick_of of;
    uint32_t pattern, node; /* node: a call that it is of */
    int32_t n;              /* of users: the window */
    int16_t *at;            /* events, or days with any, up to the end of each day; of
                               users how many in the window that ends with it */
    int16_t *fresh;         /* of users: how many of them came with that day */
    size_t cap;
    uint32_t turn;
};

/* Millionths up to the end of each day, where none takes away. */
struct us_quick_total {
    uint32_t pattern, column, node;
    int64_t *at;
    size_t cap;
    uint32_t turn, bound_turn;
    double bound; /* no window has more */
    bool fit;
};

/* Where a term of the account at hand is read: [d] of each. Value at the end of d:
 * end[d] - end_less[d], as it begins: begin[d] - begin_less[d]. */
struct us_quick_view {
    const int16_t *end, *end_less, *begin, *begin_less;
};

struct us_quick {
    struct us_quick_node *nodes; /* by node of the plan */
    struct us_quick_row *rows;
    size_t row_count;
    struct us_quick_total *totals;
    size_t total_count;
    int16_t *zeros;
    size_t zero_cap;
    uint32_t turn;               /* of the account looked at */
    bool here;                   /* it may be read so */
    const uint64_t *blurred;     /* days of which rows say nothing; NULL: none */
    struct us_quick_view *views; /* by node, of its term */
    uint32_t *viewed;            /* by node: the account */
    uint64_t *pool;              /* words for bits, of one account */
    size_t pool_at, pool_cap;
    const int64_t *known; /* of the rows of one day, in order */
    size_t known_count;
    int64_t today;
    uint32_t today_turn;
};

struct us_quick *us_quick_new(const struct us_plan *p, struct us_arena *a);

/* quick_rows.c */
struct us_quick_view us_quick_view(struct us_past *s, struct us_quick_term t);
/* NULL: there is none, something in it takes away. */
const int64_t *us_quick_total(struct us_past *s, uint32_t total);
/* What no window of it is above. */
double us_quick_bound(struct us_past *s, uint32_t total);
/* False: no window of so many days has k events. True: perhaps. */
bool us_quick_reaches(struct us_past *s, struct us_quick_term t, int32_t k);
/* Whether the account at hand may be read by rows, which days apart. */
bool us_quick_here(struct us_past *s);

/* Whether an atom of x - y stands still all day: each row of the day is in both. */
static inline bool us_quick_still(const struct us_quick_node *n)
{
    return n->two && n->x.row == n->y.row && !n->x.back && !n->y.back;
}

/* quick_now.c */
/* The value of a number at t, of the account. False: it cannot be had so. */
bool us_quick_now(struct us_past *s, uint32_t node, int64_t t, us_value *out);
/* Whether an atom cannot hold, as the account has too few rows at all. */
bool us_quick_short(const struct us_past *s, const struct us_quick_node *n);

/* quick_days.c */
struct us_quick_number {
    double least, most; /* within the day */
    double end;
};
struct us_quick_number us_quick_number(struct us_past *s, uint32_t node, size_t d);
