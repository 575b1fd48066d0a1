/* ratio.c: ratio(a, b): a / b; missing when b is 0, or either is missing. */

#include "signal/function.h"

static us_value apply(const us_value *args, uint32_t count)
{
    bool numbers = args[0].kind == US_NUMBER && args[1].kind == US_NUMBER;
    (void)count; /* always two */
    if (!numbers || args[1].number == 0) return us_missing();
    return us_number(args[0].number / args[1].number);
}

static struct us_range reach(const struct us_range *args, uint32_t count)
{
    (void)count;
    return us_range_divide(args[0], args[1]);
}

static const char history[] = "2026-03-01T09:00 ann \"Report Shared\"\n"
                              "2026-03-01T09:00 ann \"Report Made\"\n"
                              "2026-03-01T09:01 ann \"Report Made\"\n";

static const struct us_case cases[] = {
    {"signal.case_ratio_half", history,
        "ratio(count(\"Report Shared\", 7d), count(\"Report Made\", 7d))", NULL,
        "2026-03-02T00:00", "0.5"},
    {"signal.case_ratio_zero", history,
        "ratio(count(\"Report Shared\", 7d), count(\"Login\", 7d))", NULL,
        "2026-03-02T00:00", "missing"},
    {NULL},
};

const struct us_function us_function_ratio = {
    .id = US_FN_ratio,
    .name = US_S_INIT("ratio"),
    .about = "signal.about_ratio",
    .cases = cases,
    .result = US_NUMBER,
    .apply = apply,
    .reach = reach,
    .args = "a, b",
    .args_least = 2,
    .args_most = 2,
};
