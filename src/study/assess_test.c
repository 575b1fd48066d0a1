/* Edges of the funnel, of PQA rate and of the groups; the verdict, rule by rule. */

#include "base/arena.h"
#include "base/tap.h"
#include "study/assess.h"
#include "study/ready.h"

#include <math.h>

enum { MEMORY = 16 << 20 };

static const int64_t day = US_DAY_US;

static int64_t at(const char *text)
{
    int64_t t = 0;
    return us_time_read(us_str_c(text), &t) ? t : 0;
}

static void funnel(struct us_tap *t, struct us_arena *a)
{
    int64_t t0 = at("2025-03-10T00:00:00Z");
    const int64_t n = US_NEVER;
    const struct us_assess_account accounts[] = {
        {.reached = {t0, t0 + 14 * day - 1, n, n, n}, .pricing = 3},
        {.reached = {t0, t0 + 14 * day, n, n, n}, .pricing = 1, .segment = 1},
        {.reached = {t0 + 6 * day, t0 + 6 * day, n, n, n}, .segment = 1},
        {.reached = {t0 + 6 * day + 1, t0 + 7 * day, n, t0 + 8 * day, n}},
        {.reached = {n, n, n, n, n}},
    };
    struct us_assess_asked q = {.accounts = accounts,
        .count = 5,
        .from = t0,
        .to = t0 + 20 * day + 1,
        .until = t0 + 20 * day,
        .within = {0, 14 * day, 28 * day, 5 * day, 365 * day},
        .known = {true, true, true, true, false},
        .segment_count = 2};
    struct us_assess out;
    us_assess_of(&q, a, &out);
    const struct us_funnel_cell *s = out.all.stages;
    CHECK_AS(t, out.all.accounts == 4, "without an event nobody is in it");
    CHECK_AS(t, s[US_STAGE_ACTIVATED].rate.n == 3 && s[US_STAGE_ACTIVATED].young == 1,
        "days are over at the moment they end, not one before");
    CHECK_AS(t,
        s[US_STAGE_ACTIVATED].rate.hits == 2 && s[US_STAGE_ACTIVATED].so_far == 4,
        "the day after the last is too late");
    CHECK_AS(t,
        s[US_STAGE_HABITUAL].rate.n == 0 && isnan(s[US_STAGE_HABITUAL].rate.rate),
        "of those too young there is no rate");
    CHECK_AS(t, s[US_STAGE_HABITUAL].over_at == t0 + 34 * day + 1, "and when there is");
    CHECK_AS(t,
        s[US_STAGE_PAID].rate.n == 4 && s[US_STAGE_PAID].rate.hits == 1 &&
            s[US_STAGE_PAID].step.n == 0,
        "the stage before it is habit, which nobody had");
    CHECK(t, out.segments[1].accounts == 2 && out.month_count == 1);
    CHECK_AS(t,
        out.pricing.n == 4 && out.pricing.hits == 2 && out.pricing_often.hits == 1,
        "prices");
}

static void hands(struct us_tap *t, struct us_arena *a)
{
    int64_t monday = at("2025-03-10T00:00:00Z");
    const struct us_hand_week raised[] = {{monday - 7 * day, 5}, {monday, 2},
        {monday + 14 * day, 1}, {monday + 21 * day, 9}};
    struct us_hands out;
    us_hands_of(raised, 4, monday - 1, monday + 27 * day, a, &out);
    CHECK_AS(t, out.week_count == 3 && out.hands == 3 && out.per_week == 1,
        "weeks that are not whole count for nothing");
    us_hands_of(raised, 4, monday + 1, monday + 13 * day, a, &out);
    CHECK_AS(t, out.week_count == 0 && isnan(out.per_week), "and there may be none");
}

static void groups(struct us_tap *t, struct us_arena *a)
{
    int64_t t0 = at("2025-03-10T00:00:00Z");
    const int64_t n = US_NEVER;
    int64_t end = t0 + 100 * day;
    const struct us_lead_account accounts[] = {
        /* seen, outcome, touched, pqa, mql, raised */
        {t0, t0 + 40 * day, n, t0 + 10 * day, n, n},     /* at the last moment */
        {t0, t0 + 40 * day + 1, n, t0 + 10 * day, n, n}, /* a moment too late */
        {t0, t0 + 30 * day, t0 + 20 * day, t0 + 10 * day, t0 + 25 * day,
            n}, /* then both */
        {t0, n, n, t0 + 12 * day, t0 + 5 * day, n},
        {t0, n, n, n, t0 + 10 * day, t0 + 10 * day}, /* asked at that moment */
        {t0, t0 + 10 * day, n, t0 + 10 * day, n, n}, /* had it already */
        {t0, n, n, t0 + 70 * day + 1, n, n},         /* its days are not over */
        {t0, n, n, n, n, n},
        {t0, t0 + 15 * day, n, n, n, n},
    };
    struct us_leads_asked q = {accounts, 9, t0, end + 1, end, 30 * day};
    struct us_leads out;
    us_leads_of(&q, a, &out);
    const struct us_lead_group *pqa = &out.groups[US_LEAD_PQA];
    CHECK_AS(t, pqa->accounts == 5 && pqa->already == 1 && pqa->open == 1, "PQAs");
    CHECK_AS(
        t, pqa->rate.n == 3 && pqa->rate.hits == 2, "the horizon's last moment counts");
    CHECK_AS(t, pqa->untouched.n == 2 && pqa->untouched.hits == 1,
        "touched before the outcome");
    CHECK_AS(t,
        out.groups[US_LEAD_MQL].accounts == 2 && out.groups[US_LEAD_MQL].raised == 1,
        "an MQL first is no PQA then; who asked is apart");
    CHECK_AS(t,
        out.groups[US_LEAD_BOTH].accounts == 2 &&
            out.groups[US_LEAD_BOTH].rate.hits == 1,
        "both, from the later moment");
    CHECK(t, out.both == 2 && out.pqa_first == 1 && out.mql_first == 1);
    CHECK_AS(t, out.neither_days == 10 && out.groups[US_LEAD_NEITHER].accounts == 3,
        "neither at the age at which others are");
    CHECK_AS(t,
        out.groups[US_LEAD_NEITHER].rate.n == 3 &&
            out.groups[US_LEAD_NEITHER].rate.hits == 1,
        "and what became of them");
}

static struct us_ready_found value(double v)
{
    return (struct us_ready_found){.answered = true, .value = v, .in = {NAN, NAN}};
}

static us_verdict_of verdict(const struct us_ready_found *rows)
{
    struct us_readiness out;
    us_ready_of(rows, false, &out);
    return out.verdict;
}

static void verdicts(struct us_tap *t)
{
    struct us_ready_found rows[US_READY_ROWS], keep;
    struct us_readiness out;
    for (int i = 0; i < US_READY_ROWS; i++)
        rows[i] = value(us_ready_bars[i].bar);
    CHECK_AS(t, verdict(rows) == US_READY_READY, "at the bar is over it");
    rows[US_READY_ARR] = value(0);
    CHECK_AS(t, verdict(rows) == US_READY_READY, "what is only shown decides nothing");
    keep = rows[US_READY_HANDS];
    rows[US_READY_HANDS] = value(0.5);
    CHECK_AS(t, verdict(rows) == US_READY_READY, "signs pull too");
    us_ready_of(rows, false, &out);
    CHECK_AS(t, out.strong == US_READY_NOT_YET, "but are a guess");
    rows[US_READY_SIGNS] = (struct us_ready_found){0};
    CHECK_AS(t, verdict(rows) == US_READY_NOT_YET, "nobody pulls");
    rows[US_READY_HANDS] = (struct us_ready_found){0};
    CHECK_AS(t, verdict(rows) == US_READY_PREREQUISITES, "not answered is not failed");
    rows[US_READY_HANDS] = keep;
    rows[US_READY_CHECKOUT] = (struct us_ready_found){0};
    CHECK_AS(t, verdict(rows) == US_READY_PREREQUISITES, "all rests on a checkout");
    rows[US_READY_CHECKOUT] = value(1);
    rows[US_READY_CONTRACT] = (struct us_ready_found){0};
    CHECK_AS(t, verdict(rows) == US_READY_READY, "not on what a contract is worth");
    rows[US_READY_ACTIVATION].value = 0.1;
    rows[US_READY_OWNER] = value(0);
    us_ready_of(rows, false, &out);
    CHECK(t, out.verdict == US_READY_PREREQUISITES && out.fail_count == 2);
    CHECK_AS(t,
        out.fix[0] == US_READY_ACTIVATION && out.fix[1] == US_READY_OWNER &&
            out.fix[2] == US_READY_SIGNS,
        "activation before who owns what, what is open last");
    rows[US_READY_PAID] = value(0.05);
    rows[US_READY_PAID].in = (struct us_interval){0.02, 0.09};
    us_ready_of(rows, true, &out);
    CHECK_AS(t,
        out.rows[US_READY_PAID].is == US_READY_FAIL && !out.rows[US_READY_PAID].sure,
        "a trial is held against more, and the interval reaches over it");
    CHECK_AS(t,
        !us_ready_signs(2, 4).answered && us_ready_signs(3, 0).answered &&
            us_ready_signs(2, 5).answered,
        "three yes, or five no, decide");
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, MEMORY);
    funnel(&t, &a);
    hands(&t, &a);
    groups(&t, &a);
    verdicts(&t);
    us_arena_done(&a);
    return us_tap_done(&t);
}
