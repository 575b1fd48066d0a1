/* round.c: round(a): the nearest whole number, halves away from zero. */

#include "signal/function.h"

#include <math.h>

static us_value apply(const us_value *args, uint32_t count)
{
    (void)count; /* always one */
    if (args[0].kind != US_NUMBER) return us_missing();
    return us_number(round(args[0].number));
}

static struct us_range reach(const struct us_range *args, uint32_t count)
{
    (void)count;
    struct us_range r = us_range_number(round(args[0].least), round(args[0].most));
    r.missing = us_range_has_other(args[0]);
    return r;
}

static const struct us_case cases[] = {
    {"signal.case_round_half", "", "round(2.5)", NULL, "2026-03-02T00:00", "3"},
    {"signal.case_round_minus", "", "round(-2.5)", NULL, "2026-03-02T00:00", "-3"},
    {"signal.case_round_value", "2026-03-01T09:00 ann \"File Exported\" rows=2.6\n",
        "round(sum(\"File Exported\".rows, 7d))", NULL, "2026-03-02T00:00", "3"},
    {NULL},
};

const struct us_function us_function_round = {
    .id = US_FN_round,
    .name = US_S_INIT("round"),
    .about = "signal.about_round",
    .cases = cases,
    .result = US_NUMBER,
    .apply = apply,
    .reach = reach,
    .args = "a",
    .args_least = 1,
    .args_most = 1,
    .sql = "round({all})",
};
