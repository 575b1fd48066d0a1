/* ever.c: ever(E): whether E ever happened, as far as is known. */

#include "signal/function.h"

static const char history[] = "2024-03-01T09:00 ann \"Cancellation Requested\"\n"
                              "2026-03-01T09:00 bob \"Login\"\n";

static const struct us_case cases[] = {
    {"signal.case_ever_yes", history, "ever(\"Cancellation Requested\")", NULL,
        "2026-03-01T09:00", "true"},
    {"signal.case_ever_before", history, "ever(\"Cancellation Requested\")", NULL,
        "2024-03-01T08:59", "false"},
    {"signal.case_ever_user", history, "ever(\"Cancellation Requested\")", "bob",
        "2026-03-01T09:00", "false"},
    {NULL},
};

const struct us_function us_function_ever = {
    .id = US_FN_ever,
    .name = US_S_INIT("ever"),
    .about = "signal.about_ever",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .result = US_BOOL,
    .none = {.kind = US_BOOL},
};
