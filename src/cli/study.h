/* study.h: what the studies of behaviours ask alike: whose, from where, for how long,
 * and which outcome.
 */
#pragma once

#include "cli/asked.h"
#include "study/landmark.h"

enum { US_STUDY_WINDOWS_MAX = 8 };

struct us_studied {
    us_units_of which;
    struct us_units units;
    int64_t windows[US_STUDY_WINDOWS_MAX]; /* --within; the first is q.within */
    size_t window_count;
    struct us_landmark_asked q;
    struct us_landmark frame;
    us_str unit, start, outcome; /* as they were named */
    us_str said;                 /* the outcome, as people read it */
    bool accounts;               /* units are no users */
};

/* Options that each of them has; `within` and `horizon` are 14 and 30 days without
 * them. */
#define US_STUDY_OPTIONS                                                 \
    {"outcome-event", 0, "EVENT", "cli.discover_option_outcome"},        \
        {"nth", 0, "N", "cli.discover_option_nth"},                      \
        {"start", 0, "EVENT|first", "cli.discover_option_start"},        \
        {"outcome", 0, "NAME", "cli.discover_option_outcome_name"},      \
        {"exclude-trait", 0, "TRAIT", "cli.discover_option_exclude"},    \
        {"unit", 0, "account|user|company", "cli.discover_option_unit"}, \
        {"within", 0, "14d", "cli.discover_option_within"},              \
        {"horizon", 0, "30d", "cli.discover_option_horizon"},            \
        {"from", 0, "TIME", "cli.discover_option_from"},                 \
        {"to", 0, "TIME", "cli.discover_option_to"},

/* Read the options and the events. */
us_code us_studied_read(
    struct us_cli *cli, struct us_asked *a, struct us_studied *s, struct us_error *e);
/* Then find who can be asked about, with s->q as it is. A question that history cannot
 * answer is refused with the reason. */
us_code us_studied_frame(struct us_cli *cli, struct us_studied *s, struct us_error *e);

/* "No event X", with the nearest there is. */
us_code us_studied_event(
    const struct us_units *u, us_str name, uint32_t *out, struct us_error *e);
