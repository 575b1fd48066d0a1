/* first.c: first(f): f over the account's own first N days or hours instead of the
 * latest; for a user, over theirs.
 *
 * They begin with the first event of any name, to the microsecond, and are N x 86,400 s
 * (or N x 3,600 s) long: no buckets of UTC, so that all accounts are measured alike
 * (semantics 14). Missing until they are over, and where there is no event. An event
 * that becomes known late can move the beginning.
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char start[] = "2024-02-28T18:00 ann \"Signed Up\"\n"
                            "2024-02-28T19:00 ann \"Invite Sent\" seats=2\n"
                            "2024-03-01T17:59 bob \"Invite Sent\" seats=5\n"
                            "2024-03-01T18:00 bob \"Invite Sent\" seats=40\n";

static const struct us_case cases[] = {
    {"signal.case_first_days", start, "first(count(\"Invite Sent\", 2d))", NULL,
        "2024-03-01T18:00", "2"},
    {"signal.case_first_early", start, "first(count(\"Invite Sent\", 2d))", NULL,
        "2024-03-01T17:59", "missing"},
    {"signal.case_first_later", start, "first(sum(\"Invite Sent\".seats, 2d))", NULL,
        "2026-01-01T00:00", "7"},
    {"signal.case_first_user", start, "first(count(\"Invite Sent\", 1d))", "bob",
        "2024-03-02T17:59", "2"},
    {"signal.case_first_hours", start, "first(highest(\"Invite Sent\".seats, 2h))",
        NULL, "2024-02-28T20:00", "2"},
    {"signal.case_first_utc_days", start, "first(days(2d))", NULL, "2024-03-05T00:00",
        "2"},
    {"signal.case_first_users", start, "first(users(3d))", NULL, "2024-03-05T00:00",
        "2"},
    {"signal.case_first_mean", start, "first(mean(\"Invite Sent\".seats, 1h))", NULL,
        "2024-03-05T00:00", "missing"},
    {"signal.case_first_zero", start, "first(count(\"Login\", 2d))", NULL,
        "2024-03-05T00:00", "0"},
    {"signal.case_first_nothing", "", "first(count(\"Invite Sent\", 1h))", NULL,
        "2024-03-05T00:00", "missing"},
    {"signal.case_first_three_days",
        "2026-03-01T12:00 ann \"Login\"\n"
        "2026-03-02T12:00 ann \"Login\"\n"
        "2026-03-03T11:59 ann \"Login\"\n",
        "first(days(2d))", NULL, "2026-03-03T12:00", "3"},
    {"signal.case_first_moves",
        "2026-03-02T12:00 ann \"Login\"\n"
        "2026-03-01T12:00 known 2026-03-05T12:00 ann \"Signed Up\"\n",
        "first(count(\"Login\", 1d))", NULL, "2026-03-05T12:00", "0"},
    {NULL},
};

static int64_t length_of(const struct us_node *in)
{
    return in->window.n * (in->window.unit == US_HOURS ? US_HOUR_US : US_DAY_US);
}

static us_value at(struct us_past *s, const struct us_node *n, uint32_t user, int64_t t)
{
    const struct us_node *in = &s->plan->nodes[n->args[0]];
    int64_t begun = us_past_begun(s, user, t);
    if (begun == US_NEVER || t < begun + length_of(in)) return us_missing();
    struct us_span_of span = {begun, begun + length_of(in)};
    return us_past_call(s, in, span, user, t);
}

/* Missing until its days are over, then one value for good. */
static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    const struct us_node *in = &s->plan->nodes[n->args[0]];
    int64_t begun = s->runs->first_at;
    if (begun == US_NEVER || !s->settled) return false;
    int64_t day = us_day(begun + length_of(in));
    struct us_range done = us_range_all();
    us_value value = at(s, n, US_NOBODY, (day + 1) * US_DAY_US - 1);
    if (value.kind == US_NUMBER) done = us_range_number(value.number, value.number);
    if (value.kind == US_MISSING) done = us_range_missing();
    us_vector_ranges(s, v);
    for (size_t d = 0; d < s->days; d++) {
        int64_t now = s->first_day + (int64_t)d;
        v->range_in[d] = v->range_end[d] = now < day ? us_range_missing() : done;
        if (now == day) v->range_in[d] = us_range_all();
    }
    return true;
}

/* Once its days are over and a value was asked for, only the value is kept. */
static us_value live(struct us_now *q, const struct us_node *n)
{
    us_value v = us_missing();
    us_start how = us_now_start(q, n, &v);
    if (how != US_START_ROWS) return v;
    v = us_now_call(q, us_now_inside(q, n));
    us_now_start_done(q, n, v);
    return v;
}

const struct us_function us_function_first = {
    .id = US_FN_first,
    .name = US_S_INIT("first"),
    .about = "signal.about_first",
    .cases = cases,
    .inside = true,
    .args = "f",
    .result = US_NUMBER,
    .least = -INFINITY,
    .most = INFINITY,
    .at = at,
    .sieve = sieve,
    .within_day = true,
    .sql = "CASE WHEN {end} <= q.t THEN {f} END",
    .live_keeps = US_KEEP_BIT(START),
    .live = live,
};
