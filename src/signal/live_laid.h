/* live_laid.h: what a plan of the live executor lays out: lanes, conditions on them,
 * and where each lies in a block, a member and a sheet. Inside this folder only.
 *
 * What is kept of one pattern (and column), by account or by person, is a lane. Time is
 * counted in buckets of the lane's unit: hours, days, or for `all` the one bucket 0. A
 * lane of an account is a ring of cells in its block, one a bucket; of a person it is a
 * list of the buckets that have something, in the person's sheet. Either knows only
 * the last `reach` buckets: older ones are in no window any more.
 */
#pragma once

#include "signal/function.h"
#include "signal/live.h"
#include "signal/live_pool.h"

__extension__ typedef __int128 us_wide;

/* No row yet, and no bucket. */
#define US_BUCKET_NONE INT32_MIN

/* What functions are made of: live_keeps has their bits. */
typedef enum us_keep {
    US_KEEP_COUNT,   /* rows */
    US_KEEP_NUMBERS, /* rows whose column is a decimal */
    US_KEEP_SUM,     /* of those, in millionths */
    US_KEEP_HIGHEST,
    US_KEEP_LOWEST,
    US_KEEP_PEOPLE,  /* by the bucket each was last seen in */
    US_KEEP_VALUES,  /* different values, the same way */
    US_KEEP_DAYS,    /* each day, for ever */
    US_KEEP_FIRST,   /* day */
    US_KEEP_LAST,    /* day */
    US_KEEP_NEWEST,  /* `at` of the newest row with a decimal, and that */
    US_KEEP_MOMENTS, /* `at` of each, as far back as a window reaches */
    US_KEEP_START,   /* rows of the first days, until they are over */
    US_KEEPS,
} us_keep;

#define US_KEEP_BIT(keep) (1U << US_KEEP_##keep)

/* People of a windowed lane, n buckets at a time: how many there were in the n that
 * ended with each of the last n + 1 buckets before now. */
struct us_live_past {
    uint32_t n;
    uint32_t cells; /* n + 2 of them, uint16_t */
};

struct us_lane_live {
    uint8_t keep, unit; /* us_keep, us_window_unit */
    bool user;          /* of people: in their sheets */
    uint32_t pattern;
    uint32_t column;
    uint32_t columns[3];
    uint32_t node;  /* of a start: the call inside first; else US_NODE_NONE */
    uint32_t reach; /* buckets, that of now among them; of moments: days, 0 all */
    uint32_t back;  /* of people and values: buckets whose presence is kept, 0 none */
    uint32_t least; /* of people: the shortest window asked */
    /* where it lies, in bytes of the block */
    uint32_t hot;   /* us_hot_count, us_hot_sum or a day; of a list of days the last */
    uint32_t meta;  /* us_lane_meta */
    uint32_t minus; /* of a sum: a byte, whether some number was below 0 */
    uint32_t cells; /* of the ring */
    uint32_t list;  /* us_vec, in the block or, of a person, in the sheet */
    uint32_t stamp; /* of people: in the member, and then `back` bits */
    struct us_live_past *past;
    uint32_t past_count;
    /* what stands on it */
    uint32_t *atoms;
    uint32_t atom_count;
    uint32_t needs; /* of a count: one for each of them, in rows since ever */
    bool presence;  /* of a person: nobody asks how often, only in which buckets */
    bool daily;     /* of people: the first row of a bucket is looked at */
};

struct us_hot_count {
    uint32_t today; /* of the bucket in meta */
    uint32_t need;  /* look again when today reaches it; 0: at the next row */
    uint32_t base;  /* rows of all buckets before it, however old; modulo 2^32 */
};

struct us_hot_sum {
    us_wide today;
    int64_t high, low; /* look again at >= high or <= low */
};

struct us_lane_meta {
    int32_t bucket; /* the newest of the ring */
    int32_t last;   /* the newest that has something */
};

/* A bucket of a person's lane. */
struct us_cell {
    int32_t bucket;
    int64_t value;
};
struct us_cell_wide {
    us_wide value;
    int32_t bucket;
};

/* A row of the first days; key: a number, a person, or a value's print. */
struct us_start_row {
    int64_t at;
    us_print key;
};

/* The newest row with a number, in millionths. */
struct us_newest {
    int64_t at, value;
};

/* A value of a distinct lane, with bits of the buckets before the last it was in. */
struct us_seen {
    us_print key; /* all zero: a free slot */
    int32_t last;
    uint32_t unused;
    uint64_t bits[]; /* bit i: in bucket last - i */
};

struct us_live_trait_kept {
    int64_t at, from;
    us_value value;
    bool any; /* some row */
};

/* ---- conditions ---- */

typedef enum us_atom_kind {
    US_ATOM_COUNT,  /* rows in the window, or buckets that have some, op constant */
    US_ATOM_PEOPLE, /* people in the window, op constant */
    US_ATOM_SUM,    /* sum over the window, op constant */
    US_ATOM_AGE,    /* whole days since something, op constant */
    US_ATOM_OTHER,  /* any other condition */
    US_ATOM_FREE,   /* no condition: each change of its value counts */
} us_atom_kind;

/* A condition as stored: false, unknown, true. */
typedef enum us_truth { US_IS_FALSE, US_IS_UNKNOWN, US_IS_TRUE } us_truth;

/* A number onto the stack, or an operation on the two on top (live_reckon.c). */
struct us_reckon_step {
    double constant;
    uint8_t op;   /* us_op; US_OP_CALL: a leaf */
    uint8_t leaf; /* of the atom's leaves */
};

struct us_atom {
    uint32_t node;
    uint8_t kind, op; /* us_atom_kind, us_op */
    bool buckets;     /* of a count: buckets, not rows */
    bool hours;       /* moves with hours too */
    bool instant;     /* may change within an hour though no row comes */
    bool first;       /* the first row of a bucket changes it */
    bool each;        /* any row does */
    bool steady;      /* its values on later days are known, if no row comes */
    int32_t settled;  /* of prior alone: so many days of them whatever rows come */
    double constant;
    uint32_t lane, n; /* of the first three */
    uint32_t *sources;
    uint32_t *needs; /* of each that is a count: where its need is */
    uint32_t source_count;
    uint32_t *leaves; /* nodes that read rows */
    uint32_t leaf_count;
    struct us_reckon_step *steps; /* of one that compares numbers; else none */
    uint32_t step_count;
    uint64_t *rise, *fall, *all; /* groups */
};

/* What a row of a pattern moves. */
struct us_route {
    uint32_t pattern, where; /* US_NODE_NONE: no where */
    uint32_t *lanes;
    uint32_t count;
};
struct us_routes {
    struct us_route *items;
    uint32_t count;
    uint32_t *columns; /* that they read */
    uint32_t column_count;
};

/* The lanes of a call. */
struct us_live_call {
    uint32_t lanes[US_KEEPS];
    uint32_t *steps; /* of seq */
};

struct us_live_plan {
    const struct us_plan *plan;
    struct us_live_asked asked;
    uint32_t words, atom_words; /* of a set of groups, of atoms */
    struct us_lane_live *lanes;
    size_t lane_count, lane_cap;
    struct us_live_call *calls;
    size_t call_count, call_cap;
    uint32_t *call_of; /* by node */
    struct us_atom *atoms;
    size_t atom_count, atom_cap;
    uint32_t *atom_of; /* by node */
    struct us_sources {
        uint32_t *atoms;
        uint32_t count;
    } * others;                         /* sources that are no lanes */
    uint32_t *trait_of, *user_trait_of; /* by key: place, or US_NODE_NONE */
    uint32_t trait_count, user_trait_count;
    struct us_routes *routes; /* by name; the last: of other names */
    uint64_t *daily, *hourly; /* atoms that a new day, a new hour may change */
    bool hours;               /* some lane counts in hours */
    bool payments, deals;     /* are kept */
    bool members;             /* people are known apart */
    bool sheets;              /* and something is kept of each */
    bool user_begun;          /* the first event among it, of whatever name */
    /* a block: needs by unit lie together */
    uint32_t block_bytes, marked, cared, watched, fresh, asleep, levels, needs, traits;
    uint32_t need_count;
    uint32_t counts[3], count_counts[3], sums[3], sum_counts[3];
    const char *fresh_block;
    char *begun_block; /* that of a new account */
    /* a member; where it has its sheet, its user and whether it is listed, 0: not; and
     * a sheet */
    uint32_t member_bytes, stamp_bytes, sheet_at, user_at, listed_at;
    uint32_t sheet_bytes, sheet_lists, sheet_list_count, sheet_traits;
};

/* Sources: lanes by index, then these, then traits by place. */
#define US_SOURCE_BEGUN(p)        ((uint32_t)(p)->lane_count)
#define US_SOURCE_MONEY(p)        ((uint32_t)(p)->lane_count + 1)
#define US_SOURCE_TRAIT(p, place) ((uint32_t)(p)->lane_count + 2 + (place))
