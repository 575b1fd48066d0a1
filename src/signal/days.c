/* days.c: days(W), days(E, W): on how many different UTC days E (anything) happened. */

#include "signal/function.h"

#include <math.h>

static const char history[] = "2026-03-01T00:00 ann \"Page Viewed\"\n"
                              "2026-03-01T23:59 bob \"Page Viewed\"\n"
                              "2026-03-02T00:00 ann \"Page Viewed\"\n"
                              "2026-03-04T12:00 ann \"Invite Sent\"\n";

static const struct us_case cases[] = {
    {"signal.case_days_any", history, "days(14d)", NULL, "2026-03-04T18:00", "3"},
    {"signal.case_days_event", history, "days(\"Page Viewed\", 14d)", NULL,
        "2026-03-04T18:00", "2"},
    {"signal.case_days_user", history, "days(14d)", "bob", "2026-03-04T18:00", "1"},
    {"signal.case_days_hours", history, "days(\"Page Viewed\", 2h)", NULL,
        "2026-03-02T00:30", "2"},
    {NULL},
};

const struct us_function us_function_days = {
    .id = US_FN_days,
    .name = US_S_INIT("days"),
    .about = "signal.about_days",
    .cases = cases,
    .pattern = US_TAKES_MAY,
    .window = true,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = 0,
    .most = INFINITY,
};
