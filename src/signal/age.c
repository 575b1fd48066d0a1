/* age.c: age(E): whole UTC days from the first E to now; missing if there was none. */

#include "signal/function.h"

#include <math.h>

static const char history[] = "1969-12-31T23:00 ann \"Login\"\n"
                              "1970-01-03T09:00 ann \"Login\"\n"
                              "1970-01-02T09:00 bob \"Login\"\n";

static const struct us_case cases[] = {
    {"signal.case_age_first", history, "age(\"Login\")", NULL, "1970-01-04T12:00", "4"},
    {"signal.case_age_user", history, "age(\"Login\")", "bob", "1970-01-04T12:00", "2"},
    {"signal.case_age_account", history, "account.age", NULL, "1970-01-04T12:00", "4"},
    {"signal.case_age_person", history, "user.age", "bob", "1970-01-04T12:00", "2"},
    {"signal.case_age_never", history, "age(\"Invite Sent\")", NULL, "1970-01-04T12:00",
        "missing"},
    {NULL},
};

const struct us_function us_function_age = {
    .id = US_FN_age,
    .name = US_S_INIT("age"),
    .about = "signal.about_age",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .result = US_NUMBER,
    .least = 0,
    .most = INFINITY,
};
