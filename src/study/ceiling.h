/* ceiling.h: where self-serve stops, and from where on a person pays (design §7).
 *
 * Four things may show it along the annual value of accounts: fewer pay by card, they
 * bunch below a value, cards are declined more often, growth stops. Each is asked by
 * itself, with a test whether there is anything at all and an interval from accounts
 * drawn anew; the floor is arithmetic on the cost of a person. What is found is where
 * accounts stop, not why.
 *
 * Values lie in bins of a hundredth of a decade (2.3 %), edges at powers of ten; a bin
 * holds its upper edge.
 *
 * Units:   money a year in the reporting currency; growth as a natural logarithm over
 *          US_CEILING_STEP_DAYS; moments in microseconds.
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: any; the draws hang on the seed alone.
 */
#pragma once

#include "base/str.h"
#include "base/time.h"
#include "stats/levels.h"
#include "stats/stats.h"

enum {
    US_CEILING_DRAWS = 1000,
    US_CEILING_STEP_DAYS = 91,
    US_CEILING_MONTHS = 12, /* looked back at for what is to come, and looked ahead */
    US_CEILING_MONTHS_LEAST = 4, /* changes, to go by */
    US_CEILING_RECORD = 6,       /* months back, to see what became of such words */
    US_CEILING_RETURN = 4,       /* what a seller's hour has to bring (field.md B8) */
    /* Used where nothing can be told: Verna, "Know when to transition": cards stop at
     * about 10,000 USD a year, and a contract worth a seller begins at about 15,000. */
    US_CEILING_PRESET = 10000,
    US_CEILING_FLOOR_PRESET = 15000,
};

/* ---- what is asked ---- */

typedef enum us_ceiling_method {
    US_PAID_BY_CARD,
    US_PAID_OTHERWISE,
    US_PAID_UNKNOWN, /* nothing says how: not in the share by card */
} us_ceiling_method;

/* An account that paid in the period, as it stood when its last paid time ended, or at
 * the end of the period. */
struct us_ceiling_account {
    us_str key;
    double value; /* a year; 0: it did not pay, and is there for its tries alone */
    double now;   /* at the end of the period; 0: it does not pay any more */
    double seats; /* that the value is for; 0: not known */
    us_ceiling_method method; /* how it paid last */
    bool sales;               /* through sales; else by itself */
    /* What it paid a year at the end, a month before it, and so on; 0: nothing. */
    double months[US_CEILING_MONTHS + 1];
};

/* One try to charge a card, for so much a year. By account. */
struct us_ceiling_try {
    uint32_t account;
    bool failed;
    double value;
};

/* US_CEILING_STEP_DAYS of an account that paid at both ends and bought by itself at
 * both. By account. */
struct us_ceiling_step {
    uint32_t account;
    double value;  /* at its beginning */
    double growth; /* log of end over beginning, within ±US_CEILING_GROWTH_MOST */
};
#define US_CEILING_GROWTH_MOST 0.6931471805599453 /* doubled, halved */

struct us_ceiling_costs {
    double rep_hour, hours_per_deal, win_rate; /* 0: not said */
};

struct us_ceiling_asked {
    const struct us_ceiling_account *accounts;
    size_t account_count;
    const struct us_ceiling_try *tries;
    size_t try_count;
    const struct us_ceiling_step *steps;
    size_t step_count;
    const double *prices; /* list prices a year that hang on no seats */
    size_t price_count;
    struct us_ceiling_costs costs;
    double usd; /* one US dollar in the reporting currency, for what is preset; 0: no
                   rate, it is taken as one */
    int64_t to;
    size_t draws; /* at least 1 */
    uint64_t seed;
};

/* ---- bins ---- */

/* Accounts whose method is known, tries and steps of one bin. */
struct us_ceiling_bin {
    double from, to;
    int64_t accounts, cards;
    int64_t tries, failed;
    int64_t steps;
    double growth, growth_squares; /* summed */
    double listed;   /* self-serve accounts without list prices; each over the width of
                        its last seat, so not whole */
    double expected; /* of them, by a smooth curve; NaN where it is not asked */
    double share;    /* by card, as a share that only falls; NaN of nothing */
};

/* The bin a value is in, as a number that is the same in every study: its upper edge is
 * 10^(number/100). */
int us_ceiling_bin_of(double value);
double us_ceiling_edge(int number);
/* exp(log_value), and exactly the edge where it is one. */
double us_ceiling_value(double log_value);

/* ---- rows ---- */

typedef enum us_ceiling_evidence {
    US_CEILING_CARDS,
    US_CEILING_BUNCHING,
    US_CEILING_DECLINES,
    US_CEILING_GROWTH,
    US_CEILING_EVIDENCES
} us_ceiling_evidence;
us_str us_ceiling_word(us_ceiling_evidence evidence); /* "card_share", … */

typedef enum us_ceiling_verdict {
    US_CEILING_FOUND,
    US_CEILING_NONE,        /* it would have been seen, four times in five */
    US_CEILING_CANNOT_TELL, /* too little */
} us_ceiling_verdict;
us_str us_ceiling_verdict_word(us_ceiling_verdict verdict);

/* Why a row cannot tell. */
typedef enum us_ceiling_lack {
    US_CEILING_LACKS_NOTHING,
    US_CEILING_LACKS_ACCOUNTS,
    US_CEILING_LACKS_OTHERS, /* all pay by card, or none does */
    US_CEILING_LACKS_TRIES,
    US_CEILING_LACKS_DECLINES,
    US_CEILING_LACKS_STEPS,
    US_CEILING_LACKS_SPREAD, /* too few accounts on either side of every value */
    US_CEILING_LACKS_POWER,  /* nothing seen, and too few to have seen it */
    US_CEILING_LACKS_PLACE,  /* something is there; where, the draws do not agree on */
} us_ceiling_lack;
us_str us_ceiling_lack_word(us_ceiling_lack lack);

struct us_ceiling_row {
    us_ceiling_verdict verdict;
    us_ceiling_lack lack;
    double estimate;       /* NaN unless found */
    struct us_interval in; /* high is infinite where the data end before it does */
    double p, p_adjusted;  /* of nothing there; adjusted by Holm over the rows asked */
    int64_t n, accounts;   /* observations, and of how many accounts */
    /* Below and above: the share by card, the rate declined, growth; of bunching how
     * many accounts there are below and above within its windows, and how many a smooth
     * curve expects there. */
    double below, above, expected_below, expected_above;
    double half;  /* of cards: where the falling share is half of that of the smaller
                     half of accounts; NaN */
    double up_to; /* the highest value with enough accounts above it to ask about */
    int64_t more; /* accounts more that it takes, about; 0: enough, or not known */
};

/* How the ceiling was come by. */
typedef enum us_ceiling_by {
    US_CEILING_BY_ROWS,  /* rows whose intervals share a value, more than do not */
    US_CEILING_BY_ONE,   /* one row alone, but for bunching: that may be a package */
    US_CEILING_BY_RANGE, /* rows that do not agree: from the lowest to the highest */
    US_CEILING_BY_PRESET,
    US_CEILING_BY_NOTHING, /* none is there, as far as accounts go */
} us_ceiling_by;
us_str us_ceiling_by_word(us_ceiling_by by);

struct us_ceiling_top {
    us_ceiling_by by;
    bool from[US_CEILING_EVIDENCES]; /* the rows it is from */
    double value;                    /* NaN of a range, and of nothing */
    struct us_interval in;
    double up_to; /* of nothing: how far accounts go */
};

struct us_ceiling_floor {
    bool preset;
    double value;
    double cost; /* of one deal that is won: hour × hours ÷ win rate; NaN */
};

typedef enum us_ceiling_order {
    US_CEILING_NO_BAND,
    US_CEILING_BELOW_FLOOR, /* too large for a card, too small for a person */
    US_CEILING_ABOVE_FLOOR, /* a card still does, and a person pays already */
} us_ceiling_order;
us_str us_ceiling_order_word(us_ceiling_order order);

/* An account below the band that will come to it if it goes on as it did: a random walk
 * with drift on the logarithm (Hyndman and Athanasopoulos, Forecasting, 3rd ed., 5.2
 * and 5.5), range 80 %. */
struct us_ceiling_coming {
    uint32_t account;
    double growth;               /* a month, as a share */
    int64_t at, soonest, latest; /* US_NEVER: it may never */
};

struct us_ceiling {
    struct us_ceiling_bin *bins;
    size_t bin_count;
    int64_t listed; /* accounts at list prices, taken out before looking for bunches */
    struct us_ceiling_row rows[US_CEILING_EVIDENCES];
    struct us_ceiling_top top;
    struct us_ceiling_floor floor;
    us_ceiling_order order;
    struct us_interval band;
    uint32_t *inside; /* accounts that pay within the band now, the largest first */
    size_t inside_count;
    struct us_ceiling_coming *coming; /* the soonest first */
    size_t coming_count;
    /* US_CEILING_RECORD months ago: of how many the date would have been over by now,
     * and how many of those have come. */
    int64_t were_coming, came;
};

void us_ceiling_of(
    const struct us_ceiling_asked *asked, struct us_arena *a, struct us_ceiling *out);
