/* seq.c: seq(E1, E2, …, W): whether E1 happened, then E2, and so on, all in the one
 * window W that ends now.
 *
 * Each step lies strictly after the one before: two events of the same moment are in no
 * order (semantics 7). Taking for each step the earliest event that fits loses no
 * match. Per account the steps may be of different people.
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

static const char history[] = "2026-03-01T10:00 ann \"Plan Viewed\" plan=\"pro\"\n"
                              "2026-03-02T00:00 bob \"Seat Added\"\n"
                              "2026-03-02T00:00 ann \"Invite Sent\"\n"
                              "2026-03-03T09:00 bob \"Plan Viewed\" plan=\"team\"\n";

static const struct us_case cases[] = {
    {"signal.case_seq_order", history, "seq(\"Plan Viewed\", \"Seat Added\", 7d)", NULL,
        "2026-03-03T12:00", "true"},
    {"signal.case_seq_window", history, "seq(\"Plan Viewed\", \"Seat Added\", 2d)",
        NULL, "2026-03-03T12:00", "false"},
    {"signal.case_seq_tie", history, "seq(\"Seat Added\", \"Invite Sent\", 7d)", NULL,
        "2026-03-03T12:00", "false"},
    {"signal.case_seq_three", history,
        "seq(\"Plan Viewed\", \"Invite Sent\", \"Plan Viewed\", 7d)", NULL,
        "2026-03-03T12:00", "true"},
    {"signal.case_seq_twice", history, "seq(\"Seat Added\", \"Seat Added\", 7d)", NULL,
        "2026-03-03T12:00", "false"},
    {"signal.case_seq_where", history,
        "seq(\"Plan Viewed\" where plan == \"team\", \"Seat Added\", all)", NULL,
        "2026-03-03T12:00", "false"},
    {"signal.case_seq_user", history, "seq(\"Plan Viewed\", \"Seat Added\", 7d)", "ann",
        "2026-03-03T12:00", "false"},
    {"signal.case_seq_any", history, "seq(\"Invite Sent\", any, 7d)", NULL,
        "2026-03-03T12:00", "true"},
    {"signal.case_seq_hours", history, "seq(\"Seat Added\", \"Plan Viewed\", 34h)",
        NULL, "2026-03-03T09:59", "true"},
    {"signal.case_seq_hours_left", history, "seq(\"Seat Added\", \"Plan Viewed\", 34h)",
        NULL, "2026-03-03T10:00", "false"},
    {"signal.case_seq_nothing", "", "seq(\"Plan Viewed\", \"Seat Added\", all)", NULL,
        "2026-03-03T12:00", "false"},
    {"signal.case_seq_late",
        "2026-03-01T10:00 known 2026-03-03T10:00 ann \"Plan Viewed\"\n"
        "2026-03-02T10:00 ann \"Seat Added\"\n",
        "seq(\"Plan Viewed\", \"Seat Added\", 7d)", NULL, "2026-03-03T10:00", "true"},
    {"signal.case_seq_greedy",
        "2026-03-01T10:00 ann \"Plan Viewed\"\n"
        "2026-03-02T10:00 ann \"Invite Sent\"\n"
        "2026-03-03T10:00 ann \"Plan Viewed\"\n"
        "2026-03-03T10:00 ann \"Seat Added\"\n",
        "seq(\"Plan Viewed\", \"Invite Sent\", \"Seat Added\", 7d)", NULL,
        "2026-03-03T12:00", "true"},
    {NULL},
};

/* The first row of a lane after a moment that is seen; US_NEVER. */
static int64_t next_of(const struct us_rows *r, int64_t after)
{
    size_t i = after == US_ALWAYS ? 0 : us_first_at(r->lane->at, r->to, after + 1);
    for (i = i < r->from ? r->from : i; i < r->to; i++)
        if (us_rows_has(r, i)) return r->lane->at[i];
    return US_NEVER;
}

static us_value at(struct us_past *s, const struct us_node *n, uint32_t user, int64_t t)
{
    struct us_span_of span = us_span_of_window(n->window, t);
    int64_t last = US_ALWAYS;
    for (uint32_t k = 0; k < n->step_count; k++) {
        const struct us_lane *lane = us_past_lane(s, n->steps[k]);
        struct us_rows rows = us_past_rows(s, lane, span, user, t);
        last = next_of(&rows, last);
        if (last == US_NEVER) return us_bool(false);
    }
    return us_bool(true);
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    int64_t last = us_window_start(n->window, q->t);
    if (last != US_ALWAYS) last--;
    for (uint32_t k = 0; k < n->step_count; k++) {
        last = us_now_step(q, n, k, last);
        if (last == US_NEVER) return us_bool(false);
    }
    return us_bool(true);
}

const struct us_function us_function_seq = {
    .id = US_FN_seq,
    .name = US_S_INIT("seq"),
    .about = "signal.about_seq",
    .cases = cases,
    .steps = true,
    .window = true,
    .args = "E1, E2, …",
    .result = US_BOOL,
    .none = {.kind = US_BOOL},
    .at = at,
    .sql = "{last} IS NOT NULL",
    .live_keeps = US_KEEP_BIT(MOMENTS),
    .live = live,
};
