/* runs.h: all that is known of one account, column by column, for fast executors.
 *
 * The same rows as a us_log (log.h), events apart: those of one name stand together in
 * order of time, with a count of each day beside them, so that an executor touches only
 * the names it asks for and most often only their days. The replay store hands them out
 * without copying; us_runs_of_log makes them of any log.
 *
 * Owns:    nothing; valid as long as the store or the arena they came from.
 * Threads: never written; any thread may read.
 */
#pragma once

#include "base/arena.h"
#include "history/log.h"

/* Rows [from, to), all of one name, by at. An event is one row here though links may
 * have given it to several people one after the other: it is the last one's, and swaps
 * has those before. Several runs may have the same name (another
 * spelling of it, or a segment that came later), and names nobody asked for are
 * US_NAME_OTHER. */
struct us_run {
    uint32_t name;    /* index of need.names, or US_NAME_OTHER */
    uint32_t spelled; /* as history numbers names; of runs not from there anything */
    uint32_t from, to;
    uint32_t day_from, day_to; /* its days */
};

/* The rows of one run on one UTC day: [from, from + count). */
struct us_run_day {
    int32_t day;
    uint32_t from, count;
};

/* What one person did on one UTC day, of whatever name. */
struct us_user_day {
    int32_t day;
    uint32_t user; /* index of facts.people, or US_NOBODY */
    uint32_t count;
};

/* A link began another stretch of a row: before `until` it was of `user`. */
struct us_swap {
    uint32_t row;
    uint32_t user; /* index of facts.people, or US_NOBODY */
    int64_t until;
};

/* A value of a property column: the bits of a double (us_cell_number), 0 or 1, or an
 * index of texts, by the kind of the column. */
#define US_CELL_NONE UINT64_MAX

struct us_runs {
    struct us_log facts; /* without events: traits, payments, deals, people; a row's
                          * user is a global id there, an index of facts.people here */
    const struct us_run *runs; /* by name */
    size_t run_count;
    const int64_t *at;
    const int64_t *known; /* from when it is seen; the same array as at when all are
                           * known as they happen */
    const int64_t *to;    /* until when; NULL: all for good */
    const uint32_t *user; /* of the last stretch: index of facts.people, or US_NOBODY */
    const uint32_t *seq;  /* of its event, less seq_base; NULL: not known */
    int64_t seq_base;
    size_t row_count;
    const struct us_swap *swaps; /* by row, then until */
    size_t swap_count;
    /* Counts a day, of rows that stay and by their last person. */
    const struct us_run_day *days;
    const struct us_user_day *user_days; /* by day, then user */
    size_t user_day_count;
    const uint32_t *late; /* rows whose known lies on a later day than their at, or that
                           * do not stay */
    size_t late_count;
    const uint64_t *const *cells; /* [run * column_count + column]: of its rows from its
                                   * first; NULL: none has a value */
    size_t column_count;
    const us_str *texts;
    int64_t first_at, last_at; /* of all events; US_NEVER, US_ALWAYS without any */
    int64_t first_known; /* the first moment at which anything is; US_NEVER: nothing */
    int64_t last_known;  /* of events; US_ALWAYS without any */
};

static inline double us_cell_number(uint64_t cell)
{
    union {
        uint64_t bits;
        double number;
    } u = {cell};
    return u.number;
}

static inline uint64_t us_cell_of_number(double number)
{
    union {
        double number;
        uint64_t bits;
    } u = {number};
    return u.bits;
}

/* Whose row it is at t. */
static inline uint32_t us_runs_user(const struct us_runs *r, uint32_t row, int64_t t)
{
    size_t from = 0;
    size_t to = r->swap_count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (r->swaps[mid].row < row ||
            (r->swaps[mid].row == row && r->swaps[mid].until <= t))
            from = mid + 1;
        else
            to = mid;
    }
    bool earlier = from < r->swap_count && r->swaps[from].row == row;
    return earlier ? r->swaps[from].user : r->user[row];
}

/* The first change of person of a row, or where it would stand. */
static inline size_t us_runs_swap(const struct us_runs *r, uint32_t row)
{
    size_t from = 0;
    size_t to = r->swap_count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (r->swaps[mid].row < row)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

/* The value of a column in a row of a run. */
us_value us_runs_value(const struct us_runs *r, size_t run, uint32_t row,
    const struct us_need *need, uint32_t column);

/* first_known and last_known, of all the rest; whoever makes runs ends with it. */
void us_runs_known(struct us_runs *r);

/* While a row is seen as one person's. */
struct us_stretch {
    uint32_t row;
    int64_t from, to;
};

/* Of each person: which rows and which traits are theirs, in order. */
struct us_runs_people {
    const uint32_t *row_from; /* theirs are rows[row_from[i]] up to [row_from[i + 1]] */
    const struct us_stretch *rows;
    const uint32_t *trait_from, *traits; /* of facts.traits, likewise */
    const uint32_t *account_traits;      /* those of nobody */
    size_t account_trait_count;
};
void us_runs_by_person(
    const struct us_runs *r, struct us_arena *a, struct us_runs_people *out);

/* As us_log_people_from, of one of them. */
int64_t us_runs_person_from(
    const struct us_runs *r, const struct us_runs_people *people, uint32_t person);

/* The account as if nobody but one person (index of facts.people) had ever done
 * anything, who is person 0: values of the person over their own rows are the same. In
 * the arena; texts, payments and deals stay where they are. Traits of the account are
 * left out when nobody asks for them: there may be many more of them than of the
 * person. */
struct us_runs_person {
    const struct us_runs_people *people;
    uint32_t person;
    bool account_traits;
};
void us_runs_of_person(const struct us_runs *r, const struct us_runs_person *of,
    struct us_arena *a, struct us_runs *out);

/* The rows of a log as runs, in the arena; texts stay where they are. The log's people
 * become the local users. */
void us_runs_of_log(const struct us_log *log, const struct us_need *need,
    struct us_arena *a, struct us_runs *out);

/* The other way: rows seen from some moment up to until on, by time, then seq, each
 * stretch of a person a row of its own; people are those in rows and traits, all else
 * is that of runs. Which line a row came from is not known here; nor, where runs do not
 * have it, its seq: rows of one time are then in any order, and numbered as they are.
 */
void us_log_of_runs(const struct us_runs *r, const struct us_need *need, int64_t until,
    struct us_arena *a, struct us_log *out);
