/* discover.h: what the files of `usher discover` share. */
#pragma once

#include "cli/study.h"
#include "study/rolling.h"

struct us_discovering {
    struct us_asked a;
    struct us_studied s;
    struct us_landmark_asked q[US_STUDY_WINDOWS_MAX]; /* by window */
    struct us_landmark frames[US_STUDY_WINDOWS_MAX];
    size_t windows;
    struct us_discovered_all found;
    bool rolling; /* --design: week by week, else the first days */
    struct us_rolling mondays[US_STUDY_WINDOWS_MAX];
    struct us_rolled_all rolled;
    bool named; /* with --rows */
    struct us_card *cards;
    size_t card_count;
    us_str *unseen; /* traits */
    size_t unseen_count;
    int64_t touches; /* units that sales turned to */
};

/* For people, and the rows as CSV (discover_say.c). */
us_code us_discover_say(
    struct us_cli *cli, struct us_discovering *x, struct us_error *e);
us_code us_discover_csv(
    struct us_cli *cli, const struct us_discovering *x, struct us_error *e);

/* The same week by week (discover_weeks.c). */
us_code us_discover_weeks_say(
    struct us_cli *cli, struct us_discovering *x, struct us_error *e);
us_code us_discover_weeks_csv(
    struct us_cli *cli, const struct us_discovering *x, struct us_error *e);

/* Cells of what may not be known; two digits that count: 0.034, 1.2, 17. */
us_arg us_cell_real(const char *name, double value);
us_arg us_cell_share(const char *name, double value);
double us_two_digits(double value);

/* "Invite Sent × 3", "users(Invite Sent) × 3", "Invite Sent → Report Viewed". */
us_str us_behaviour_text(
    struct us_cli *cli, const struct us_units *u, const struct us_behaviour *is);
