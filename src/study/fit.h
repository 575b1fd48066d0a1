/* fit.h: a scorecard from what units did before a landmark: logistic, with an L2
 * penalty, learnt on the past and tried on what came after it (design §7).
 *
 * The recipe: log(1 + count) of each event in [t0, t0 + within), less its mean over the
 * training units and divided by its deviation there. Training are the units whose
 * outcome was known at a split moment, the t0 at `split` of all; tried are those that
 * start then or later, so that nothing of their time is known to the score.
 *
 * Owns:    nothing; all of it lies in the arena given.
 * Threads: any.
 */
#pragma once

#include "base/buf.h"
#include "study/landmark.h"

struct us_fit_asked {
    const struct us_landmark_asked *landmark;
    const struct us_landmark *frame;
    const uint32_t *events; /* inputs, indexes of units.names */
    size_t count;
    double penalty; /* as us_logistic_asked's; 0 none */
    double split;   /* 0 to 1: of the units by t0 */
};

struct us_fit_side {
    int64_t n, hits;
    struct us_auc auc;
};

/* A line of the score: so many points when the event came at least k times. */
struct us_fit_points {
    uint32_t input; /* index of asked.events */
    uint32_t k;
    int points;
};

enum { US_FIT_BANDS = 10 };
struct us_fitted {
    us_fit fit; /* US_FIT_GOOD, or why there is none */
    int64_t split_at;
    struct us_fit_side train, test;
    double intercept, *beta, *errors, *means, *deviations; /* by input */
    double *single_auc;                 /* each input alone, on the test units */
    double brier, mean_predicted, rate; /* of the test units */
    int64_t top_n, top_hits;            /* the tenth with the highest predictions */
    struct us_calibration_band bands[US_FIT_BANDS];
    size_t band_count;
    double slope; /* of the outcome on the predicted log odds: 1 when it is as sure as
                     it may be, below when it is too sure; NaN when it cannot be told */
    struct us_fit_points *points;
    size_t point_count;
};

void us_fit_study(
    const struct us_fit_asked *asked, struct us_arena *a, struct us_fitted *out);

/* Events that not all eligible units did equally often: what is an input when none are
 * named; the outcome's own event is none. */
size_t us_fit_inputs(const struct us_landmark_asked *q, const struct us_landmark *frame,
    struct us_arena *a, uint32_t **out);

void us_fit_json(
    const struct us_fit_asked *asked, const struct us_fitted *f, struct us_buf *out);
/* A `score:` block to paste into a definition. */
void us_fit_yaml(const struct us_fit_asked *asked, const struct us_fitted *f,
    struct us_arena *a, struct us_buf *out);
/* first(count("Invite Sent", 14d)): how often in the first days. */
enum { US_FIT_EXPRESSION_MAX = 16 << 10 };
void us_fit_expression(
    const struct us_landmark_asked *q, uint32_t event, struct us_buf *out);
