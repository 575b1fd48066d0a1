/* ceiling_inner.h: what the files of the ceiling share. Inside this folder only. */
#pragma once

#include "study/ceiling.h"

enum {
    US_CEILING_SIDE_LEAST = 10,    /* accounts on either side of a value asked about */
    US_CEILING_LISTED_LEAST = 100, /* accounts, to look for bunches among them */
    US_CEILING_DECLINES_LEAST = 10,
    US_CEILING_STEPS_LEAST = 40,
    US_CEILING_WINDOW = 5, /* bins on either side in which accounts bunch and lack */
    US_CEILING_DEGREE = 4, /* of the smooth curve */
};

/* What a bin holds, each a run of doubles over all bins. */
typedef enum us_ceiling_field {
    US_FIELD_ACCOUNTS,
    US_FIELD_CARDS,
    US_FIELD_TRIES,
    US_FIELD_FAILED,
    US_FIELD_STEPS,
    US_FIELD_GROWTH,
    US_FIELD_SQUARES, /* of growth */
    US_FIELD_LISTED,
    US_FIELDS
} us_ceiling_field;

/* What one account adds: to field × bins + bin; to the last slot of all the square of
 * growth. */
struct us_ceiling_entry {
    uint32_t slot;
    double add;
};

struct us_ceiling_work {
    const struct us_ceiling_asked *q;
    struct us_arena *a;
    struct us_ceiling *out;
    int first; /* number of bin 0 */
    size_t bins;
    double *edges;  /* logarithm of the upper edge of each */
    double *middle; /* logarithm */
    struct us_ceiling_entry *entries;
    size_t entry_count, entry_cap;
    size_t *from; /* of account i: entries [from[i], from[i + 1]) */
    double *all;  /* tally of all accounts: slots */
    size_t slots;
    /* Upper edges of bins that may be the ceiling, by evidence; fixed by all accounts.
     */
    uint32_t *hinges[US_CEILING_EVIDENCES];
    size_t hinge_count[US_CEILING_EVIDENCES];
    size_t curve_from, curve_to;         /* bins of the smooth curve */
    double curve[US_CEILING_DEGREE + 1]; /* of all accounts */
    size_t bunch_edge; /* the first bin above a bunch that was found; 0: none */
};

static inline const double *us_ceiling_field_of(
    const struct us_ceiling_work *w, const double *tally, us_ceiling_field field)
{
    return tally + (size_t)field * w->bins;
}

/* ceiling_bins.c: bins, entries, the tally of all, hinges. */
void us_ceiling_bins(struct us_ceiling_work *w);

/* Where a row lies in a tally; a logarithm. */
struct us_ceiling_place {
    bool told;
    double at;
    double below, above, expected_below, expected_above;
    /* Of bunching: how sure it is, as chi-squared; by how much counts vary more than
     * chance makes them; the last bin below. */
    double statistic, spread;
    size_t edge;
};
/* ceiling_places.c. Hinges and widths that the tally does not part are weighed by their
 * likelihood: the place is the one at `part` (0 to 1) of the weight. */
void us_ceiling_place_of(const struct us_ceiling_work *w, us_ceiling_evidence evidence,
    const double *tally, double part, struct us_ceiling_place *out);
/* Where the falling share by card is half of that of the smaller half; NAN. */
double us_ceiling_half(const struct us_ceiling_work *w, const double *share);
/* Expected by the smooth curve in [curve_from, curve_to), without the bins from to to.
 */
bool us_ceiling_curve(const struct us_ceiling_work *w, const double *counts,
    size_t without_from, size_t without_to, double *expected);

/* ceiling_tests.c: p of each row that can be asked, and what power it had. */
double us_ceiling_test(
    const struct us_ceiling_work *w, us_ceiling_evidence evidence, double *needed);

/* ceiling_draws.c: intervals of rows, and of what they say together. */
void us_ceiling_intervals(struct us_ceiling_work *w);

/* ceiling_coming.c */
void us_ceiling_inside(struct us_ceiling_work *w);
void us_ceiling_coming(struct us_ceiling_work *w);
