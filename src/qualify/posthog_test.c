/* The rules of examples/posthog-rules, each with an account that passes it, and for
 * each of its conditions one that differs from that in nothing else and does not. */

#include "base/tap.h"
#include "qualify/qualify.h"
#include "signal/case.h"

#include <stdio.h>

enum { TEXT_MAX = 1 << 16, USAGE_DAYS = 61, LATELY_DAYS = 30 };

/* An account at noon of 31 March 2026: its people, each seen once in the last
 * fortnight; what it used a day in the 30 days before the last 30 and in those; and
 * further lines. */
struct account {
    int people;
    double before, lately;
    const char *lines;
};

#define PAYS(amount)                                                          \
    "2026-03-20T00:00 account pays " amount " from=2026-03-20 to=2026-04-20 " \
    "months=1\n"
#define IS(traits) "2026-01-01T00:00 account sets " traits "\n"
#define INGESTS    "2026-01-05T00:00 p0 \"Events Ingested\" n=1000\n"
#define INVOICE(day, amount) \
    day "T00:00 account \"Invoice Finalized\" amount=" amount "\n"
#define PAYING INVOICE("2025-12-31", "600") INVOICE("2026-03-20", "600")

static const struct {
    const char *definition, *about;
    struct account account;
    const char *user; /* of a pql */
    bool want;
} cases[] = {
    {"steady_payer", "the rule as it stands",
        {8, 20, 20, INGESTS PAYING PAYS("600") IS("employees=51 country=\"France\"")},
        NULL, true},
    {"steady_payer", "MRR at its ends",
        {8, 20, 20, INGESTS PAYING PAYS("1667") IS("employees=51 country=\"France\"")},
        NULL, true},
    {"steady_payer", "MRR too small",
        {8, 20, 20, INGESTS PAYING PAYS("499") IS("employees=51 country=\"France\"")},
        NULL, false},
    {"steady_payer", "MRR too large",
        {8, 20, 20, INGESTS PAYING PAYS("1668") IS("employees=51 country=\"France\"")},
        NULL, false},
    {"steady_payer", "too few employees",
        {8, 20, 20, INGESTS PAYING PAYS("600") IS("employees=50 country=\"France\"")},
        NULL, false},
    {"steady_payer", "employees unknown",
        {8, 20, 20, INGESTS PAYING PAYS("600") IS("country=\"France\"")}, NULL, false},
    {"steady_payer", "too few users",
        {7, 20, 20, INGESTS PAYING PAYS("600") IS("employees=51 country=\"France\"")},
        NULL, false},
    {"steady_payer", "another country",
        {8, 20, 20, INGESTS PAYING PAYS("600") IS("employees=51 country=\"Poland\"")},
        NULL, false},
    {"steady_payer", "paying for less than three months",
        {8, 20, 20,
            INGESTS INVOICE("2026-01-01", "600") PAYS("600")
                IS("employees=51 country=\"France\"")},
        NULL, false},
    {"steady_payer", "an invoice over nothing is no pay",
        {8, 20, 20,
            INGESTS INVOICE("2025-11-02", "0") INVOICE("2026-03-20", "600") PAYS("600")
                IS("employees=51 country=\"France\"")},
        NULL, false},
    {"steady_payer", "owned by somebody",
        {8, 20, 20,
            INGESTS PAYING PAYS("600")
                IS("employees=51 country=\"France\" owner=\"o1\"")},
        NULL, false},
    {"steady_payer", "not in use",
        {8, 20, 20, PAYING PAYS("600") IS("employees=51 country=\"France\"")}, NULL,
        false},
    {"steady_payer", "startup credits for a year to come",
        {8, 20, 20,
            INGESTS PAYING PAYS("600")
                IS("employees=51 country=\"France\" startup_days_left=365 "
                   "startup_credits_used=0.05")},
        NULL, false},
    {"steady_payer", "but burnt fast",
        {8, 20, 20,
            INGESTS PAYING PAYS("600")
                IS("employees=51 country=\"France\" startup_days_left=365 "
                   "startup_credits_used=0.4")},
        NULL, true},

    {"scale_plan", "the rule as it stands",
        {2, 9, 12, INGESTS IS("icp_score=20 plan=\"scale\"")}, NULL, true},
    {"scale_plan", "score too low",
        {2, 9, 12, INGESTS IS("icp_score=19 plan=\"scale\"")}, NULL, false},
    {"scale_plan", "another plan", {2, 9, 12, INGESTS IS("icp_score=20 plan=\"free\"")},
        NULL, false},
    {"scale_plan", "small and flat",
        {2, 12, 12, INGESTS IS("icp_score=20 plan=\"scale\"")}, NULL, false},
    {"scale_plan", "one product under 200",
        {2, 1, 6, INGESTS IS("icp_score=20 plan=\"scale\"")}, NULL, false},
    {"scale_plan", "two products under 200",
        {2, 1, 6,
            INGESTS IS(
                "icp_score=20 plan=\"scale\"") "2026-03-30T01:00 account \"Usage "
                                               "Metered\" product=\"flags\" spend=1\n"},
        NULL, true},

    {"spend_rising", "by billing's own forecast",
        {2, 40, 40, INGESTS PAYS("1001") IS("forecast_mrr=1502")}, NULL, true},
    {"spend_rising", "a forecast of no more than half as much again",
        {2, 40, 40, INGESTS PAYS("1001") IS("forecast_mrr=1501.5")}, NULL, false},
    {"spend_rising", "by what was used", {2, 30, 51, INGESTS PAYS("1010")}, NULL, true},
    {"spend_rising", "used too little more", {2, 30, 50, INGESTS PAYS("1010")}, NULL,
        false},
    {"spend_rising", "MRR too small",
        {2, 30, 60, INGESTS PAYS("1000") IS("forecast_mrr=1700")}, NULL, false},
    {"spend_rising", "owned by somebody",
        {2, 30, 51, INGESTS PAYS("1010") IS("owner=\"o1\"")}, NULL, false},

    {"ticket_without_owner", "the rule as it stands",
        {2, 60, 60, INGESTS PAYS("1700") "2026-03-27T10:00 p1 \"Ticket Opened\"\n"},
        NULL, true},
    {"ticket_without_owner", "ARR too small",
        {2, 60, 60, INGESTS PAYS("1666") "2026-03-27T10:00 p1 \"Ticket Opened\"\n"},
        NULL, false},
    {"ticket_without_owner", "no ticket", {2, 60, 60, INGESTS PAYS("1700")}, NULL,
        false},
    {"ticket_without_owner", "a ticket of last week",
        {2, 60, 60, INGESTS PAYS("1700") "2026-03-24T10:00 p1 \"Ticket Opened\"\n"},
        NULL, false},
    {"ticket_without_owner", "owned by somebody",
        {2, 60, 60,
            INGESTS PAYS("1700")
                IS("owner=\"o1\"") "2026-03-27T10:00 p1 \"Ticket Opened\"\n"},
        NULL, false},

#define STARTS \
    "2026-03-20T08:00 p0 \"Signed Up\"\n2026-03-21T08:00 p0 \"Events Ingested\"\n"
#define INVITES "2026-03-22T08:00 p0 \"Member Invited\"\n"
    {"large_company_starts", "the rule as it stands",
        {1, 0, 0, STARTS INVITES IS("employees=500")}, NULL, true},
    {"large_company_starts", "too few employees",
        {1, 0, 0, STARTS INVITES IS("employees=499")}, NULL, false},
    {"large_company_starts", "nobody invited", {1, 0, 0, STARTS IS("employees=500")},
        NULL, false},
    {"large_company_starts", "nothing ingested",
        {1, 0, 0, "2026-03-20T08:00 p0 \"Signed Up\"\n" INVITES IS("employees=500")},
        NULL, false},
    {"large_company_starts", "no sign-up",
        {1, 0, 0,
            "2026-03-21T08:00 p0 \"Events Ingested\"\n" INVITES IS("employees=500")},
        NULL, false},
    {"large_company_starts", "not new",
        {1, 0, 0,
            "2026-02-28T08:00 p0 \"Page Viewed\"\n" STARTS INVITES IS("employees=500")},
        NULL, false},
    {"large_company_starts", "paying already",
        {1, 0, 0, STARTS INVITES PAYS("100") IS("employees=500")}, NULL, false},

    {"credits_half_used", "the rule as it stands",
        {1, 0, 0, INVOICE("2026-03-02", "5001") IS("startup_credits_used=0.5")}, NULL,
        true},
    {"credits_half_used", "not half of them",
        {1, 0, 0, INVOICE("2026-03-02", "5001") IS("startup_credits_used=0.49")}, NULL,
        false},
    {"credits_half_used", "the last invoice too small",
        {1, 0, 0,
            INVOICE("2026-03-02", "9000") INVOICE("2026-03-10", "5000")
                IS("startup_credits_used=0.5")},
        NULL, false},

    {"startup_ends_in_100_days", "the rule as it stands",
        {1, 0, 0, INVOICE("2026-03-02", "2000") IS("startup_days_left=100")}, NULL,
        true},
    {"startup_ends_in_100_days", "at the other end",
        {1, 0, 0, INVOICE("2026-03-02", "5000") IS("startup_days_left=61")}, NULL,
        true},
    {"startup_ends_in_100_days", "later",
        {1, 0, 0, INVOICE("2026-03-02", "2000") IS("startup_days_left=101")}, NULL,
        false},
    {"startup_ends_in_100_days", "too small",
        {1, 0, 0, INVOICE("2026-03-02", "1999") IS("startup_days_left=100")}, NULL,
        false},
    {"startup_ends_in_100_days", "too large",
        {1, 0, 0, INVOICE("2026-03-02", "5000.01") IS("startup_days_left=100")}, NULL,
        false},
    {"startup_ends_in_two_months", "the rule as it stands",
        {1, 0, 0, INVOICE("2026-03-02", "1500.5") IS("startup_days_left=60")}, NULL,
        true},
    {"startup_ends_in_two_months", "later",
        {1, 0, 0, INVOICE("2026-03-02", "1500.5") IS("startup_days_left=61")}, NULL,
        false},
    {"startup_ends_in_two_months", "too small",
        {1, 0, 0, INVOICE("2026-03-02", "1500") IS("startup_days_left=60")}, NULL,
        false},
    {"startup_ends_in_two_months", "no invoice lately",
        {1, 0, 0, INVOICE("2026-02-28", "1600") IS("startup_days_left=60")}, NULL,
        false},

#define SUBSCRIBES "2026-03-25T00:00 p0 \"Subscription Started\"\n"
    {"first_bill", "by billing's own forecast",
        {1, 0, 0, SUBSCRIBES IS("forecast_mrr=500")}, NULL, true},
    {"first_bill", "by what was used", {1, 0, 17, SUBSCRIBES}, NULL, true},
    {"first_bill", "too little used", {1, 0, 16, SUBSCRIBES}, NULL, false},
    {"first_bill", "no subscription", {1, 0, 17, ""}, NULL, false},
    {"first_bill", "billed before", {1, 0, 17, SUBSCRIBES INVOICE("2026-03-26", "20")},
        NULL, false},

    {"company_of_a_lead", "the rule as it stands",
        {5, 0, 0, INGESTS IS("employees=50")}, NULL, true},
    {"company_of_a_lead", "too few employees", {5, 0, 0, INGESTS IS("employees=49")},
        NULL, false},
    {"company_of_a_lead", "too few users", {4, 0, 0, INGESTS IS("employees=50")}, NULL,
        false},
    {"company_of_a_lead", "no events sent", {5, 0, 0, IS("employees=50")}, NULL, false},
    {"company_of_a_lead", "subscribed",
        {5, 0, 0, INGESTS SUBSCRIBES IS("employees=50")}, NULL, false},
    {"scored_lead", "company and role",
        {5, 0, 0,
            INGESTS IS("employees=50") "2026-01-01T00:00 p1 sets role=\"product\"\n"},
        "p1", true},
    {"scored_lead", "company and another role",
        {5, 0, 0,
            INGESTS IS("employees=50") "2026-01-01T00:00 p1 sets role=\"marketing\"\n"},
        "p1", false},
    {"scored_lead", "with a country of five points",
        {5, 0, 0,
            INGESTS IS("employees=50 country=\"Poland\"") "2026-01-01T00:00 p1 sets "
                                                          "role=\"marketing\"\n"},
        "p1", true},
    {"scored_lead", "a colleague without a role",
        {5, 0, 0,
            INGESTS IS("employees=50") "2026-01-01T00:00 p1 sets role=\"product\"\n"},
        "p2", false},
    {"scored_lead", "who can pay",
        {5, 0, 0, INGESTS IS("employees=50 revenue=10000000")}, "p2", true},
    {"scored_lead", "who can pay less",
        {5, 0, 0, INGESTS IS("employees=50 revenue=9999999")}, "p2", false},
    {"scored_lead", "a large company alone", {5, 0, 0, INGESTS IS("employees=1001")},
        "p2", true},

    {"stable_spend", "the rule as it stands", {1, 34, 36, INGESTS}, NULL, true},
    {"stable_spend", "only this month", {1, 33, 36, INGESTS}, NULL, false},
    {"stable_spend", "no more this month", {1, 36, 33, INGESTS}, NULL, false},
    {"stable_spend", "a spike",
        {1, 34, 36,
            INGESTS "2026-03-15T00:00 account \"Usage Metered\" product=\"events\" "
                    "spend=400\n"},
        NULL, false},
    {"stable_spend", "owned by somebody", {1, 34, 36, INGESTS IS("owner=\"o1\"")}, NULL,
        false},
};
enum { CASES = sizeof cases / sizeof *cases };

struct proof {
    struct us_tap t;
    struct us_arena memory, work;
    struct us_rules *rules;
};

/* One product's use a day, from 30 January to 31 March. */
static us_str history(struct proof *p, const struct account *account)
{
    struct us_buf b = us_buf_new(&p->work, TEXT_MAX);
    int64_t end = us_case_time(US_S("2026-04-01"));
    for (int i = 0; i < account->people; i++)
        us_buf_fmt(&b, "2026-03-20T12:00 p%d \"Page Viewed\"\n", i);
    for (int i = 1; i <= USAGE_DAYS; i++) {
        double spend = i <= LATELY_DAYS ? account->lately : account->before;
        if (spend == 0) continue;
        us_time_put(&b, end - i * US_DAY_US);
        us_buf_put(&b, US_S(" account \"Usage Metered\" product=\"events\" spend="));
        us_buf_real(&b, spend);
        us_buf_char(&b, '\n');
    }
    us_buf_put(&b, us_str_c(account->lines));
    return us_buf_str(&b);
}

static bool eligible(struct proof *p, size_t i)
{
    us_arena_reset(&p->work);
    struct us_log log;
    us_case_read(p->rules->plan, history(p, &cases[i].account), &p->work, &log);
    uint32_t user = US_NOBODY;
    if (cases[i].user) user = us_case_person(&log, us_str_c(cases[i].user));
    uint32_t d = us_rules_find(p->rules, us_str_c(cases[i].definition));
    us_assert(d != US_NODE_NONE);
    struct us_verdict v;
    us_judge(p->rules, &p->rules->definitions[d], &log, user,
        us_case_time(US_S("2026-03-31T12:00")), &p->work, &v);
    return v.eligible;
}

static void rules_decide(struct proof *p)
{
    for (size_t i = 0; i < CASES; i++) {
        char name[200];
        snprintf(name, sizeof name, "%s: %s", cases[i].definition, cases[i].about);
        CHECK_AS(&p->t, eligible(p, i) == cases[i].want, name);
    }
}

/* Each has accounts that pass it and accounts that do not. */
static void all_are_tried(struct proof *p)
{
    for (size_t d = 0; d < p->rules->definition_count; d++) {
        us_str name = p->rules->definitions[d].name;
        int tried[2] = {0, 0};
        for (size_t i = 0; i < CASES; i++)
            tried[cases[i].want] += us_str_eq(us_str_c(cases[i].definition), name);
        CHECK_AS(&p->t, tried[0] > 1 && tried[1] > 0, us_arena_cstr(&p->work, name));
    }
}

int main(void)
{
    static struct proof p;
    struct us_diags d = {.arena = &p.memory};
    struct us_config *config = NULL;
    struct us_error e = {0};
    us_arena_init(&p.memory, 256 << 20);
    us_arena_init(&p.work, 64 << 20);
    us_code code =
        us_config_read(US_S(USHER_SOURCE "/examples/posthog-rules/usher.yml"),
            &p.memory, &d, &config, &e);
    us_assert(code == US_OK && config);
    us_rules_compile(config, &p.memory, &d, &p.rules);
    CHECK_AS(&p.t, d.count == 0, "the file is checked without a word");
    if (d.errors == 0) {
        rules_decide(&p);
        all_are_tried(&p);
    }
    us_arena_done(&p.work);
    us_arena_done(&p.memory);
    return us_tap_done(&p.t);
}
