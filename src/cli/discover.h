/* discover.h: what the files of `usher discover` share. */
#pragma once

#include "cli/study.h"
#include "study/discover.h"

struct us_discovering {
    struct us_asked a;
    struct us_studied s;
    struct us_landmark_asked q[US_STUDY_WINDOWS_MAX]; /* by window */
    struct us_landmark frames[US_STUDY_WINDOWS_MAX];
    size_t windows;
    struct us_discovered_all found;
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

/* "Invite Sent × 3", "users(Invite Sent) × 3", "Invite Sent → Report Viewed". */
us_str us_behaviour_text(
    struct us_cli *cli, const struct us_units *u, const struct us_behaviour *is);
