/* since.c: since(E): whole UTC days from the last E to now; missing if there was none.
 *
 * Days are counted by calendar: yesterday at 23:59 is 1 day ago at 00:00 (semantics 5).
 */

#include "signal/function.h"

#include <math.h>

static const char history[] = "2024-02-28T08:00 ann \"Export Failed\"\n"
                              "2024-02-28T23:59 ann \"Login\"\n";

static const struct us_case cases[] = {
    {"signal.case_since_today", history, "since(\"Login\")", NULL, "2024-02-28T23:59",
        "0"},
    {"signal.case_since_midnight", history, "since(\"Login\")", NULL,
        "2024-02-29T00:00", "1"},
    {"signal.case_since_leap", history, "since(any)", NULL, "2024-03-01T00:00", "2"},
    {"signal.case_since_never", history, "since(\"Invite Sent\")", NULL,
        "2024-03-01T00:00", "missing"},
    {"signal.case_since_unknown", history, "since(\"Invite Sent\") > 14", NULL,
        "2024-03-01T00:00", "missing"},
    {NULL},
};

const struct us_function us_function_since = {
    .id = US_FN_since,
    .name = US_S_INIT("since"),
    .about = "signal.about_since",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .result = US_NUMBER,
    .least = 0,
    .most = INFINITY,
};
