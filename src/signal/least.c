/* least.c: least(a, b, …): the smallest of its numbers; missing when any of them is. */

#include "signal/function.h"

#include <math.h>

static us_value apply(const us_value *args, uint32_t count)
{
    us_value best = args[0];
    for (uint32_t i = 0; i < count; i++) {
        if (args[i].kind != US_NUMBER) return us_missing();
        if (args[i].number < best.number) best = args[i];
    }
    return best;
}

static struct us_range reach(const struct us_range *args, uint32_t count)
{
    struct us_range r = us_range_number(args[0].least, args[0].most);
    for (uint32_t i = 0; i < count; i++) {
        r.missing |= us_range_has_other(args[i]);
        if (!us_range_has_number(args[i])) return us_range_missing();
        r.least = fmin(r.least, args[i].least);
        r.most = fmin(r.most, args[i].most);
    }
    return r;
}

static const char history[] = "2026-03-01T09:00 account sets seats=12\n";

static const struct us_case cases[] = {
    {"signal.case_least_of", history, "least(account.seats, 10)", NULL,
        "2026-03-02T00:00", "10"},
    {"signal.case_least_missing", history, "least(10, account.employees)", NULL,
        "2026-03-02T00:00", "missing"},
    {NULL},
};

const struct us_function us_function_least = {
    .id = US_FN_least,
    .name = US_S_INIT("least"),
    .about = "signal.about_least",
    .cases = cases,
    .result = US_NUMBER,
    .apply = apply,
    .reach = reach,
    .args = "a, b, …",
    .args_least = 2,
    .args_most = US_NODE_ARGS_MAX,
    .sql = "{known}least({all})",
};
