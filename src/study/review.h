/* review.h: what a week brought, against the weeks before it, so that noise is not
 * called news (design §7: the weekly half hour).
 *
 * Counts. Of a Poisson count y, 2√(y + 3/8) has a variance near 1 (Anscombe, Biometrika
 * 35, 1948); counts that come in bursts have more. The week's is held against the mean
 * m of the weeks before on that scale: (z − m) ÷ (s √(1 + 1/k)), with s their deviation
 * but at least 1, is t of k − 1 degrees. So a source that is always restless is
 * compared with its own restlessness, and a calm one with chance. News is what has q <
 * 0.05 over all counts of a review (Benjamini and Hochberg): of twenty weeks in which
 * nothing happened at most one has any.
 *
 * Touches. Two business days are 48 hours of Monday to Friday by the week's own clock,
 * from the entry on; public holidays are not known.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: any.
 */
#pragma once

#include "study/backtest.h"

enum {
    US_REVIEW_WEEKS = 8,       /* before the one that is looked at */
    US_REVIEW_WEEKS_LEAST = 4, /* fewer tell nothing */
    US_REVIEW_CLOCK_HOURS = 48,
};
#define US_REVIEW_NEWS 0.05

/* From Monday 0:00 to the next, by the clock of a time zone, which is UTC + offset. */
struct us_review_week {
    int64_t from, to, offset;
};

struct us_review_count {
    int64_t now;
    int64_t before[US_REVIEW_WEEKS]; /* the last one first */
    size_t weeks;                    /* that are known */
    double mean;
    double low, high; /* 0.95 of weeks like those are within; NaN: too few weeks */
    double p, q;      /* NaN */
    bool news;
};

/* now against before; all but q and news. */
struct us_review_count us_review_counted(
    int64_t now, const int64_t *before, size_t weeks);
/* q of all together, and which of them are news. */
void us_review_judged(struct us_review_count *const *all, size_t n, struct us_arena *a);

struct us_review_asked {
    const struct us_backtest_list *list;
    const struct us_review_week
        *weeks; /* the one that is looked at, then those before */
    size_t week_count;
    const int64_t
        *touches; /* of account i in order: [touch_from[i], touch_from[i + 1]) */
    const size_t *touch_from; /* NULL: nothing is known of touches */
    int64_t until;            /* the end of the week: what is known by then is known */
};

/* Of entries: how soon somebody turned to the account. */
struct us_review_touched {
    struct us_backtest_rate
        in_time;        /* of those whose clock has run out, or was stopped */
    int64_t running;    /* the clock still runs */
    int64_t touched;    /* ever, up to `until` */
    double median_days; /* from entry, of these; NaN */
};

struct us_review_volume {
    struct us_review_count entries;
    int64_t exits[US_EXITS]; /* in the week, by how */
    int64_t in_before, in;   /* at its beginning, and at its end */
    int64_t waiting;         /* of in: nobody has turned to them since they entered */
    struct us_review_touched week, before;
};

void us_review_of(
    const struct us_review_asked *q, struct us_arena *a, struct us_review_volume *out);

/* When the clock that starts at t runs out. */
int64_t us_review_deadline(const struct us_review_asked *q, int64_t t);

/* Whether what is fired on goes on to the outcome oftener than others in the same
 * weeks. NOISY: enough were seen to say that it is less than a doubling, and not that
 * it is any more at all. */
typedef enum us_review_verdict {
    US_REVIEW_EARNS,
    US_REVIEW_NOISY,
    US_REVIEW_CANNOT_TELL,
    US_REVIEW_VERDICTS
} us_review_verdict;
enum { US_REVIEW_ENTRIES_LEAST = 20 };
us_review_verdict us_review_worth(const struct us_backtest *b);
us_str us_review_word(us_review_verdict verdict);
