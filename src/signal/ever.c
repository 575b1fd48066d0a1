/* ever.c: ever(E): whether E ever happened, as far as is known. */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

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

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    (void)s;
    (void)n;
    for (size_t i = r->from; i < r->to; i++)
        if (us_rows_has(r, i)) return us_bool(true);
    return us_bool(false);
}

static us_value over_any(
    struct us_past *s, const struct us_node *n, const struct us_any *any)
{
    for (size_t i = 0; i < any->day_count; i++)
        if (any->user == US_NOBODY || any->days[i].user == any->user)
            return us_bool(true);
    return over(s, n, &any->today);
}

static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    const int32_t *counts = us_past_day_counts(s, n->pattern);
    us_vector_truths(s, v);
    uint8_t now = US_CAN_NO;
    for (size_t d = 0; d < s->days; d++) {
        v->in[d] = now;
        if (counts[d]) now = US_CAN_YES;
        v->in[d] |= now;
        v->end[d] = now;
    }
    return true;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    return us_bool(us_now_count(q, n) > 0);
}

const struct us_function us_function_ever = {
    .id = US_FN_ever,
    .name = US_S_INIT("ever"),
    .about = "signal.about_ever",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .result = US_BOOL,
    .none = {.kind = US_BOOL},
    .over = over,
    .over_any = over_any,
    .sieve = sieve,
    .sql = "count(*) > 0",
    .live_keeps = US_KEEP_BIT(COUNT),
    .by_rows = true,
    .live = live,
};
