/* coalesce.c: coalesce(a, b, …): the first of its values that is not missing. */

#include "signal/function.h"

static us_value apply(const us_value *args, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (args[i].kind != US_MISSING) return args[i];
    return us_missing();
}

static struct us_range reach(const struct us_range *args, uint32_t count)
{
    struct us_range r = us_range_missing();
    for (uint32_t i = 0; i < count && r.missing; i++) {
        r.missing = false;
        r = us_range_or(r, args[i]);
    }
    return r;
}

static const char history[] = "2026-03-01T09:00 account sets plan=\"pro\"\n";

static const struct us_case cases[] = {
    {"signal.case_coalesce_first", history, "coalesce(account.plan, \"free\")", NULL,
        "2026-03-02T00:00", "\"pro\""},
    {"signal.case_coalesce_missing", history, "coalesce(account.mrr, 0) < 1250", NULL,
        "2026-03-02T00:00", "true"},
    {NULL},
};

const struct us_function us_function_coalesce = {
    .id = US_FN_coalesce,
    .name = US_S_INIT("coalesce"),
    .about = "signal.about_coalesce",
    .cases = cases,
    .apply = apply,
    .reach = reach,
    .args = "a, b, …",
    .args_least = 2,
    .args_most = US_NODE_ARGS_MAX,
    .any_kind = true,
    .sql = "coalesce({all})",
};
