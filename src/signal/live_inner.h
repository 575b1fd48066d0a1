/* live_inner.h: what the files of the live executor and the live forms of functions
 * share: its state and the calls between them. Inside this folder only.
 */
#pragma once

#include "signal/live_laid.h"

/* ---- state ---- */

/* Why conditions are looked at. */
typedef enum us_why {
    US_WHY_READ,  /* one of them is asked for */
    US_WHY_ROW,   /* of the newest bucket */
    US_WHY_FIRST, /* its first, which reached no need */
    US_WHY_LATE,  /* a row of an older one */
    US_WHY_MOVED, /* what was foreseen of it holds no more */
} us_why;

struct us_head {
    int64_t due;
    int64_t begun;     /* the first event; US_NEVER */
    int32_t day, hour; /* up to which needs and fresh hold */
    uint32_t account;
    uint16_t epoch; /* members of another one are of cleared rows */
    bool touched, stale, quiet;
    struct us_vec people, payments, deals;
};

struct us_member {
    uint32_t slot;
    uint16_t epoch;
    uint16_t stamps[]; /* and bits, sheet and user, as the plan lays them out */
};

struct us_sheet {
    int64_t begun;
    bool touched;
    /* then us_vec lists and us_live_trait_kept traits */
};

/* Too large for its cell. */
struct us_live_wides {
    struct us_print_map map;
    struct us_arena values;
    size_t count;
};

struct us_now {
    struct us_live *live;
    const struct us_live_plan *plan;
    char *block;
    struct us_head *head;
    uint32_t slot, member;
    int64_t t;
    int32_t old, young;               /* buckets before now, of the window asked */
    int32_t ahead;                    /* days: as it will be, if no row comes */
    const struct us_lane_live *start; /* of first: its rows instead of buckets */
};

struct us_live {
    const struct us_live_plan *plan;
    struct us_arena slots, blocks, home, members, sheets;
    struct us_arena touched[2]; /* those taken, and those since */
    size_t account_count, slot_count, home_count, member_count, sheet_count;
    size_t touched_count;
    int touched_side;
    struct us_print_map elsewhere; /* people in further accounts */
    struct us_pool pool;
    struct us_intern texts;
    struct us_live_wides wides;
    /* The bucket of the newest moment. */
    int64_t day_from, day_to, hour_from, hour_to;
    int32_t day, hour;
    int32_t stamp_base[3]; /* by unit */
    bool based;
    /* Sources that the event at hand moved: looked at once it is in all of them, since
     * a mean stands on two. */
    struct us_moved {
        uint32_t source;
        us_why why;
        int64_t gap;
    } * moved;
    size_t moved_count;
    bool taking;
    int64_t gap; /* buckets in which the person of the row at hand was not seen */
    struct us_now now;
};

static inline char *us_live_block(const struct us_live *l, uint32_t slot)
{
    return l->blocks.base + (size_t)slot * l->plan->block_bytes;
}

static inline struct us_member *us_member_at(const struct us_live *l, uint32_t member)
{
    return (void *)(l->members.base + (size_t)member * l->plan->member_bytes);
}

/* The account at t, of a row. */
struct us_now *us_live_row(struct us_live *l, uint32_t slot, int64_t t);

/* The member's sheet, made when it is not there and `make`; NULL. */
struct us_sheet *us_sheet_of(struct us_live *l, uint32_t member, bool make);

static inline struct us_vec *us_sheet_list(
    const struct us_live_plan *p, struct us_sheet *s, uint32_t list)
{
    return (struct us_vec *)(void *)((char *)s + p->sheet_lists) + list;
}

static inline struct us_hot_count *us_hot_count_of(
    const struct us_now *q, const struct us_lane_live *lane)
{
    return (void *)(q->block + lane->hot);
}

static inline struct us_hot_sum *us_hot_sum_of(
    const struct us_now *q, const struct us_lane_live *lane)
{
    return (void *)(q->block + lane->hot);
}

static inline struct us_lane_meta *us_meta_of(
    const struct us_now *q, const struct us_lane_live *lane)
{
    return (void *)(q->block + lane->meta);
}

/* Which bucket a moment is in, and that of now. */
static inline int32_t us_bucket(us_window_unit unit, int64_t at)
{
    if (unit == US_ALL) return 0;
    return (int32_t)(unit == US_HOURS ? us_hour(at) : us_day(at));
}

/* Of the window of a call: all is one. */
static inline int64_t us_live_buckets(const struct us_node *n)
{
    return n->function->window && n->window.unit != US_ALL ? n->window.n : 1;
}

static inline bool us_is_count(const struct us_lane_live *lane)
{
    return lane->keep == US_KEEP_COUNT || lane->keep == US_KEEP_NUMBERS;
}

static inline bool us_reads_rows(const struct us_node *n)
{
    return n->op == US_OP_CALL || n->op == US_OP_TRAIT || n->op == US_OP_AGE ||
           n->op == US_OP_MRR || n->op == US_OP_ARR || n->op == US_OP_PAID;
}

static inline bool us_bit(const uint64_t *bits, uint32_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

static inline int32_t us_live_bucket(const struct us_live *l, uint8_t unit)
{
    return unit == US_ALL ? 0 : unit == US_HOURS ? l->hour : l->day;
}

/* The lane of a call for a keep. */
static inline const struct us_lane_live *us_now_lane(
    const struct us_now *q, const struct us_node *n, us_keep keep)
{
    size_t node = (size_t)(n - q->plan->plan->nodes);
    return &q->plan->lanes[q->plan->calls[q->plan->call_of[node]].lanes[keep]];
}

/* ---- rings (live_ring.c) ---- */

/* A cell of sixteen bits; the largest says that the number is among the wide ones.
 * which: lane, and part of it. */
int64_t us_cell_wide_get(const struct us_now *q, uint32_t which, int32_t bucket);
void us_cell_set(const struct us_now *q, uint16_t *cell, uint32_t which, int32_t bucket,
    int64_t value);
static inline int64_t us_cell_get(
    const struct us_now *q, uint16_t cell, uint32_t which, int32_t bucket)
{
    return cell < UINT16_MAX ? cell : us_cell_wide_get(q, which, bucket);
}

static inline uint32_t us_ring_place(uint32_t length, int32_t bucket)
{
    int32_t place = bucket % (int32_t)length;
    return (uint32_t)(place < 0 ? place + (int32_t)length : place);
}

/* Make the newest bucket that of now. */
void us_ring_roll(struct us_now *q, const struct us_lane_live *lane);
/* Whether no bucket of the rolled ring has anything. */
bool us_ring_is_empty(const struct us_now *q, const struct us_lane_live *lane);
/* value more, or value seen, in a bucket that may be an old one; false when the ring
 * does not reach back to it. */
bool us_ring_add(
    struct us_now *q, const struct us_lane_live *lane, int32_t bucket, us_wide value);
/* Cells that lie together; *wide when one of them is elsewhere. */
uint32_t us_cells_sum(const uint16_t *cells, uint32_t count, bool *wide);
/* One bucket of a count, within reach. */
int64_t us_ring_at(
    const struct us_now *q, const struct us_lane_live *lane, int32_t bucket);
/* The sum of a bucket before that of now. */
us_wide us_ring_sum_at(
    const struct us_now *q, const struct us_lane_live *lane, int32_t bucket);
/* How much more a count over the window asked becomes with day i after now, if no row
 * comes, than with the day before. */
int64_t us_ring_turn(
    const struct us_now *q, const struct us_lane_live *lane, int32_t i);
/* Over the buckets asked: their numbers; how many have one, and how many days. */
int64_t us_ring_count(struct us_now *q, const struct us_lane_live *lane);
int64_t us_ring_buckets(struct us_now *q, const struct us_lane_live *lane);
int64_t us_ring_days(struct us_now *q, const struct us_lane_live *lane);
us_wide us_ring_sum(struct us_now *q, const struct us_lane_live *lane);
bool us_ring_extreme(struct us_now *q, const struct us_lane_live *lane, int64_t *out);

/* ---- people (live_people.c) ---- */

uint32_t us_member_of(struct us_live *l, uint32_t slot, uint32_t user, bool make);
void us_people_roll(struct us_now *q, const struct us_lane_live *lane);
/* The member did something in a bucket. Whether the number of people in a window of n
 * buckets or less may have changed by it (US_WHY_ROW), or it was the first in the
 * bucket (US_WHY_FIRST); else US_WHY_READ. */
us_why us_people_add(
    struct us_now *q, const struct us_lane_live *lane, uint32_t member, int32_t bucket);
int64_t us_people_count(struct us_now *q, const struct us_lane_live *lane);
/* How many were last seen in a bucket, within reach of the rolled ring. */
int64_t us_people_last(
    const struct us_now *q, const struct us_lane_live *lane, int32_t bucket);

/* ---- lists of sheets and blocks (live_list.c) ---- */

struct us_vec *us_list_of(struct us_now *q, const struct us_lane_live *lane);
/* What a row brings to a lane that is a list. True when something changed that a value
 * can stand on. */
struct us_brought {
    int64_t at;
    int32_t bucket;
    uint32_t user;
    bool number; /* millionths is one */
    int64_t millionths;
    const us_value *values; /* columns */
};
bool us_list_add(
    struct us_now *q, const struct us_lane_live *lane, const struct us_brought *b);
void us_list_free(struct us_live *l, const struct us_lane_live *lane, struct us_vec *v);
size_t us_list_size(const struct us_lane_live *lane); /* of an item */
/* Whether nothing of it can leave a window any more. */
bool us_list_is_idle(struct us_now *q, const struct us_lane_live *lane);
/* The first event of the account, or of the member, became an earlier one. */
void us_list_begun(struct us_now *q, bool user);
/* The rows of first, of those with at in [from, to). */
struct us_start_rows {
    const struct us_start_row *items;
    size_t count;
    int64_t from, to;
};
struct us_start_rows us_start_rows(struct us_now *q);

/* ---- what functions read (live_read.c) ---- */

int64_t us_now_count(struct us_now *q, const struct us_node *n);
int64_t us_now_people(struct us_now *q, const struct us_node *n);
int64_t us_now_values(struct us_now *q, const struct us_node *n);
int64_t us_now_days(struct us_now *q, const struct us_node *n);
/* Numbers: their count, sum, and the greatest or least; false when there is none. */
int64_t us_now_numbers(struct us_now *q, const struct us_node *n);
us_wide us_now_sum(struct us_now *q, const struct us_node *n);
/* Of US_KEEP_NEWEST, in millionths. False: there is none. */
bool us_now_newest(struct us_now *q, const struct us_node *n, int64_t *out);
bool us_now_extreme(
    struct us_now *q, const struct us_node *n, us_keep keep, int64_t *out);
/* The first or last day; false when there is none. */
bool us_now_day(struct us_now *q, const struct us_node *n, us_keep keep, int32_t *out);
/* Whether there was something on a day, or on one of the seven from it. */
bool us_now_had(struct us_now *q, const struct us_node *n, int32_t day, int32_t days);
/* The first moment of a step after another; US_NEVER. */
int64_t us_now_step(
    struct us_now *q, const struct us_node *n, uint32_t step, int64_t after);
/* Of first: whether its days are over; then q reads them, or *done is the value. */
typedef enum us_start { US_START_NOT_YET, US_START_ROWS, US_START_DONE } us_start;
us_start us_now_start(struct us_now *q, const struct us_node *n, us_value *done);
/* Its value for good; its rows are forgotten. */
void us_now_start_done(struct us_now *q, const struct us_node *n, us_value value);
/* The buckets asked: from old to young before now; none are ahead of it. */
static inline void us_now_window(struct us_now *q, int64_t old, int64_t young)
{
    q->old = (int32_t)old - q->ahead;
    q->young = (int32_t)young > q->ahead ? (int32_t)young - q->ahead : 0;
}
static inline int64_t us_now_today(const struct us_now *q)
{
    return q->live->day;
}
/* The call inside prior, trend or first. */
static inline const struct us_node *us_now_inside(
    const struct us_now *q, const struct us_node *n)
{
    return &q->plan->plan->nodes[n->args[0]];
}
/* A call over the buckets set. */
us_value us_now_call(struct us_now *q, const struct us_node *n);
/* What reads rows. */
us_value us_now_leaf(struct us_now *q, const struct us_node *n);
/* A node by its parts, without conditions as stored. */
us_value us_now_raw(struct us_now *q, uint32_t node);

/* ---- conditions (live_sync.c) ---- */

us_value us_atom_read(struct us_now *q, uint32_t atom);
us_truth us_atom_peek(struct us_now *q, uint32_t atom); /* without watching it */
/* No change by time was foreseen, which any row may alter. */
void us_atom_sleep(struct us_now *q, uint32_t atom, bool asleep);
bool us_atom_compare(const struct us_atom *a, double v);
int64_t us_atom_number(struct us_now *q, const struct us_atom *a);
int64_t us_atom_next(const struct us_atom *a, int64_t v);
/* Look at all conditions on a source again, those that were read. */
void us_source_sync(struct us_now *q, uint32_t source, us_why why);
void us_live_touch(struct us_live *l, struct us_head *h, uint32_t slot);
void us_live_touch_member(struct us_live *l, uint32_t slot, uint32_t member);

/* ---- as time passes (live_ahead.c) ---- */

/* A condition by its parts. */
us_truth us_atom_level(struct us_now *q, const struct us_atom *a);

/* The first moment after now at which it is another, if no row comes; or one before. */
int64_t us_atom_ahead(struct us_now *q, const struct us_atom *a);
/* Of a sum, less or more than something, of numbers of which none is below 0; rows put
 * it off. */
int64_t us_atom_sum_flips(struct us_now *q, const struct us_atom *a);
bool us_sum_only_grows(const struct us_now *q, const struct us_lane_live *lane);
/* What its leaves can be, read once: as they are, or whatever is left of their windows
 * (by_time); and whether over that it is the same, however many rows up to more come.
 */
enum { US_LEAVES_MAX = 16 };
struct us_leaves {
    const struct us_atom *of;
    bool good;    /* there was room */
    bool numbers; /* and all are finite numbers */
    struct us_range values[US_LEAVES_MAX];
    bool grow[US_LEAVES_MAX];
};
void us_leaves_read(
    struct us_now *q, const struct us_atom *a, bool by_time, struct us_leaves *out);
bool us_leaves_are_one(const struct us_now *q, const struct us_leaves *l, double more);
/* The comparison of leaves that are finite numbers; US_IS_UNKNOWN when it makes one
 * that is not. */
us_truth us_reckon_level(const struct us_atom *a, const double *leaves);
/* Of leaves that are `numbers`; false too when it is not known. */
bool us_reckon_is_one(const struct us_leaves *l, double more);
/* Whether no passing of time can make it another. */
bool us_atom_is_fixed(struct us_now *q, const struct us_atom *a);
/* Whether some row of today is in what it stands on. */
bool us_atom_has_today(struct us_now *q, const struct us_atom *a);
/* The comparison of a number that shrinks from now to then, or of then alone. */
bool us_atom_would_flip(const struct us_atom *a, double now, double then);

static inline double us_in_units(us_wide millionths)
{
    return (double)millionths / US_MILLION;
}
