/* latest.c: latest(E.p): the newest number of property p among all events E.
 *
 * Newest by when it happened, not by when it became known: a late line takes its place
 * among the others. Of several numbers of one moment the greatest counts, since their
 * order must not (semantics 7). Numbers are decimals, as in sum.c; events without one
 * are passed over; without any number it is missing (semantics 9).
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] = "2026-03-01T09:00 ann \"Plan Chosen\" seats=40\n"
                              "2026-03-02T23:00 bob \"Plan Chosen\" seats=9.5\n"
                              "2026-03-02T23:00 bob \"Plan Chosen\" seats=7\n"
                              "2026-03-03T08:00 ann \"Plan Chosen\" seats=\"90\"\n"
                              "2026-03-03T09:00 ann \"Plan Chosen\"\n"
                              "2026-03-03T10:00 ann \"Plan Chosen\" seats=2e12\n";

static const struct us_case cases[] = {
    {"signal.case_latest_one", history, "latest(\"Plan Chosen\".seats)", NULL,
        "2026-03-02T22:59", "40"},
    {"signal.case_latest_tie", history, "latest(\"Plan Chosen\".seats)", NULL,
        "2026-03-03T07:00", "9.5"},
    {"signal.case_latest_number", history, "latest(\"Plan Chosen\".seats)", NULL,
        "2026-03-03T12:00", "9.5"},
    {"signal.case_latest_user", history, "latest(\"Plan Chosen\".seats)", "ann",
        "2026-03-03T12:00", "40"},
    {"signal.case_latest_where", history,
        "latest(\"Plan Chosen\".seats where seats > 20)", NULL, "2026-03-03T12:00",
        "40"},
    {"signal.case_latest_nothing", history, "latest(\"Plan Viewed\".seats)", NULL,
        "2026-03-03T12:00", "missing"},
    {"signal.case_latest_below",
        "2026-03-01T09:00 ann \"Plan Chosen\" seats=-3\n"
        "2026-03-01T09:00 bob \"Plan Chosen\" seats=-2.5\n",
        "latest(\"Plan Chosen\".seats)", NULL, "2026-03-03T12:00", "-2.5"},
    {"signal.case_latest_late",
        "2026-03-01T09:00 known 2026-03-03T09:00 ann \"Plan Chosen\" seats=3\n"
        "2026-03-02T09:00 bob \"Plan Chosen\" seats=8\n",
        "latest(\"Plan Chosen\".seats)", NULL, "2026-03-03T12:00", "8"},
    {"signal.case_latest_left",
        "2026-03-01T09:00 ann \"Plan Chosen\" seats=3\n"
        "2026-03-02T09:00 until 2026-03-04T09:00 bob \"Plan Chosen\" seats=8\n",
        "latest(\"Plan Chosen\".seats)", NULL, "2026-03-04T09:00", "3"},
    {NULL},
};

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    bool some = false;
    int64_t newest = 0;
    int64_t highest = 0;
    for (size_t i = r->to; i > r->from; i--) {
        int64_t m = 0;
        int64_t at = r->lane->at[i - 1];
        if (some && at != newest) break;
        if (!us_rows_has(r, i - 1)) continue;
        if (!us_decimal(us_lane_value(s, r->lane, i - 1, n->column), &m)) continue;
        if (!some || m > highest) highest = m;
        newest = at;
        some = true;
    }
    return some ? us_number((double)highest / US_MILLION) : us_missing();
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    int64_t value = 0;
    bool some = us_now_newest(q, n, &value);
    return some ? us_number(us_in_units(value)) : us_missing();
}

const struct us_function us_function_latest = {
    .id = US_FN_latest,
    .name = US_S_INIT("latest"),
    .about = "signal.about_latest",
    .cases = cases,
    .pattern = US_TAKES_MUST,
    .property = US_READS_NUMBER,
    .result = US_NUMBER,
    .least = -INFINITY,
    .most = INFINITY,
    .over = over,
    .by_rows = true,
    .sql = "us_units(struct_extract(max(struct_pack(at := e.happened, number := "
           "us_millionths({p}))) FILTER (WHERE us_millionths({p}) IS NOT NULL), "
           "'number'))",
    .live_keeps = US_KEEP_BIT(NEWEST),
    .live = live,
};
