/* users.c: users(W), users(E, W): how many different people did E (anything) in W.
 *
 * People are counted after stitching; an anonymousId nobody was linked to is a person
 * of its own (semantics 10). An event of nobody adds none.
 */

#include "signal/live_inner.h"
#include "signal/past_inner.h"

#include <math.h>

static const char history[] = "2026-03-01T09:00 ann \"Page Viewed\"\n"
                              "2026-03-01T09:00 bob \"Page Viewed\"\n"
                              "2026-03-04T15:00 ann \"Invite Sent\"\n"
                              "2026-03-05T15:00 ann \"Invite Sent\"\n"
                              "2026-03-05T15:00 account \"Invoice Made\"\n";

static const struct us_case cases[] = {
    {"signal.case_users_once", history, "users(7d)", NULL, "2026-03-06T00:00", "2"},
    {"signal.case_users_event", history, "users(\"Invite Sent\", 7d)", NULL,
        "2026-03-06T00:00", "1"},
    {"signal.case_users_window", history, "users(5d)", NULL, "2026-03-06T00:00", "1"},
    {"signal.case_users_nobody", history, "users(\"Invoice Made\", all)", NULL,
        "2026-03-06T00:00", "0"},
    {NULL},
};

static us_value over(
    struct us_past *s, const struct us_node *n, const struct us_rows *r)
{
    (void)n;
    uint32_t stamp = us_past_stamp(s);
    size_t count = 0;
    for (size_t i = r->from; i < r->to; i++) {
        if (!us_rows_has(r, i)) continue;
        uint32_t user = us_rows_user(r, i);
        if (user == US_NOBODY) continue;
        count += s->stamps[user] != stamp;
        s->stamps[user] = stamp;
    }
    return us_number((double)count);
}

static us_value over_any(
    struct us_past *s, const struct us_node *n, const struct us_any *any)
{
    double count = over(s, n, &any->today).number;
    uint32_t stamp = s->stamp; /* that of today's people */
    for (size_t i = 0; i < any->day_count; i++) {
        uint32_t user = any->days[i].user;
        if (user == US_NOBODY) continue;
        if (any->user != US_NOBODY && user != any->user) continue;
        count += s->stamps[user] != stamp;
        s->stamps[user] = stamp;
    }
    return us_number(count);
}

static bool sieve(struct us_past *s, const struct us_node *n, struct us_vector *v)
{
    if (n->window.unit == US_HOURS) return false;
    size_t window = n->window.unit == US_ALL ? s->days : (size_t)n->window.n;
    const struct us_person_days *days = us_past_person_days(s, n->pattern);
    int32_t *before = us_new(&s->work, int32_t, s->days + US_DAY_PAD);
    us_vector_wholes(s, v);
    us_people_within(days, window, v->whole_end, s->days);
    /* As the day begins: the windows that end with the day before, a day shorter. */
    us_people_within(
        days, n->window.unit == US_ALL ? window : window - 1, before, s->days);
    for (size_t d = 1; d < s->days; d++)
        v->whole_least[d] = before[d - 1];
    us_vector_loosen(s, true, v);
    return true;
}

/* With the first row of each person whose day before lies outside the window. */
static size_t rises(
    struct us_past *s, const struct us_node *n, const struct us_rows *r, int64_t *out)
{
    if (r->from == r->to) return 0;
    int64_t day = us_day(r->lane->at[r->from]) - s->first_day;
    const struct us_person_days *days = us_past_person_days(s, n->pattern);
    size_t count = 0;
    size_t i = us_person_days_from(days, day);
    for (; i < days->count && days->items[i].day == day; i++) {
        const struct us_person_day *of = &days->items[i];
        bool covered = of->before != INT32_MIN;
        if (n->window.unit == US_DAYS)
            covered = covered && of->before + n->window.n > day;
        if (covered) continue;
        int64_t first = US_NEVER;
        for (size_t k = r->from; k < r->to; k++)
            if (r->lane->user[k] == of->user && us_rows_known(r, k) < first)
                first = us_rows_known(r, k);
        out[count++] = first;
    }
    return count;
}

static us_value live(struct us_now *q, const struct us_node *n)
{
    return us_number((double)us_now_people(q, n));
}

const struct us_function us_function_users = {
    .id = US_FN_users,
    .name = US_S_INIT("users"),
    .about = "signal.about_users",
    .cases = cases,
    .pattern = US_TAKES_MAY,
    .window = true,
    .result = US_NUMBER,
    .none = {.kind = US_NUMBER},
    .least = 0,
    .most = INFINITY,
    .over = over,
    .over_any = over_any,
    .sieve = sieve,
    .rises = rises,
    .loose = true,
    .people = true,
    .rows_each = true,
    .sql = "CAST(count(DISTINCT e.person) AS DOUBLE)",
    .live_keeps = US_KEEP_BIT(PEOPLE),
    .live = live,
};
