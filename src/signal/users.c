/* users.c: users(W), users(E, W): how many different people did E (anything) in W.
 *
 * People are counted after stitching; an anonymousId nobody was linked to is a person
 * of its own (semantics 10). An event of nobody adds none.
 */

#include "signal/function.h"

#include <math.h>

static const char history[] = "2026-03-01T09:00 ann \"Page Viewed\"\n"
                              "2026-03-01T09:00 bob \"Page Viewed\"\n"
                              "2026-03-04T15:00 ann \"Invite Sent\"\n"
                              "2026-03-05T15:00 ann \"Invite Sent\"\n"
                              "2026-03-05T15:00 account \"Invoice Made\"\n";

static const struct us_case cases[] = {
    {"signal.case_users_once", history, "users(7d)", NULL, "2026-03-06T00:00", "2"},
    {"signal.case_users_event", history, "users(\"Invite Sent\", 7d)", NULL,
        "2026-03-06T00:00", "1"},
    {"signal.case_users_window", history, "users(5d)", NULL, "2026-03-06T00:00", "1"},
    {"signal.case_users_nobody", history, "users(\"Invoice Made\", all)", NULL,
        "2026-03-06T00:00", "0"},
    {NULL},
};

const struct us_function us_function_users = {
    .id = US_FN_users,
    .name = US_S_INIT("users"),
    .about = "signal.about_users",
    .cases = cases,
    .pattern = US_TAKES_MAY,
    .window = true,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = 0,
    .most = INFINITY,
};
