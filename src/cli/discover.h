/* discover.h: what the files of `usher discover` share. */
#pragma once

#include "cli/cells.h"
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
    bool named; /* with --rows or --write */
    struct us_behaviour *named_rows;
    struct us_card *cards;
    size_t card_count;
    us_str *unseen; /* traits */
    size_t unseen_count;
    us_str wrote, wrote_into, wrote_file; /* a gate; empty: none was asked for */
    int64_t touches;                      /* units that sales turned to */
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

/* --write: the first row as a gate; a file that would not load is left as it was. */
us_code us_discover_write(
    struct us_cli *cli, struct us_discovering *x, struct us_error *e);
/* first(count("Invite Sent", 14d)) >= 3; of weeks without first(…). */
us_str us_behaviour_gate(struct us_cli *cli, const struct us_discovering *x,
    const struct us_behaviour *is, int64_t within);

/* "Invite Sent × 3", "users(Invite Sent) × 3", "Invite Sent → Report Viewed". */
us_str us_behaviour_text(
    struct us_cli *cli, const struct us_units *u, const struct us_behaviour *is);
