/* How long Stripe's payments last, by what its other exports and descriptions say. */

#include "import/sheet_fixture.h"

static const struct {
    const char *text, *interval;
} said[] = {
    {"Pro plan, monthly", "month"},
    {"1 × Pro (at $12.00 / month)", "month"},
    {"Team/yr", "year"},
    {"Licence, €900 per year", "year"},
    {"Pro (billed Annually)", "year"},
    {"Quarterly fee", "quarter"},
    {"$5 a week", "week"},
    {"monthly plan, paid yearly", ""}, /* which of the two? */
    {"Consulting in the month of May", ""},
    {"Annual conference", ""},
    {"Bimonthly", ""},
    {"Subscription update", ""},
    {"a / b month", ""},
    {"", ""},
};

static const char *const invoices =
    "\xef\xbb\xbfid,Customer,Amount Due,Minimum Line Item Period Start (UTC),"
    "Maximum Line Item Period End (UTC)\n"
    "in_1,c1,10,2026-01-02 00:00,2026-02-02 00:00\nin_2,c1,10,,\n";
static const char *const subscriptions =
    "id,Customer ID,Plan,Interval,Status\n"
    "s1,c1,pro,year,active\ns2,c2,pro,month,active\ns3,c2,addon,year,active\n"
    "s4,c3,pro,,active\ns5,c1,addon,year,active\n";

static void found(struct us_tap *t, struct fixture *x)
{
    static const struct {
        const char *invoice, *customer, *description, *interval;
        bool dated;
    } cases[] = {
        {"in_1", "c1", "", "", true},
        {"in_2", "c1", "", "year", false},              /* the invoice says nothing */
        {"in_9", "c1", "Pro, monthly", "month", false}, /* nearer than the customer */
        {"", "c1", "Subscription creation", "year", false},
        {"", "c1", "A mug", "", false}, /* of no subscription */
        {"in_9", "c2", "", "", false},  /* of which of its subscriptions? */
        {"in_9", "c3", "", "", false},
        {"in_9", "", "", "", false},
    };
    us_str paths[] = {
        fixture_file(x, us_str_c(invoices)), fixture_file(x, us_str_c(subscriptions))};
    struct us_periods p;
    CHECK(t, us_periods_open(paths, 2, &p, NULL) == US_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct us_period of = us_period_of(&p, us_str_c(cases[i].invoice),
            us_str_c(cases[i].customer), us_str_c(cases[i].description));
        bool dated = of.start == INT64_C(1767312000000000) &&
                     of.end == INT64_C(1769990400000000);
        bool same = us_str_eq(of.interval, us_str_c(cases[i].interval)) &&
                    dated == cases[i].dated && (dated || of.start == US_NEVER);
        CHECK_AS(t, same,
            us_arena_cstr(&x->a, us_arena_fmt(&x->a, "%s %s %s", cases[i].invoice,
                                     cases[i].customer, cases[i].description)));
    }
    us_periods_close(&p);
    struct us_period none =
        us_period_of(&p, US_S("in_1"), US_S("c1"), US_S("a monthly"));
    CHECK(t, none.start == US_NEVER && us_str_eq(none.interval, US_S("month")));
    for (size_t i = 0; i < 2; i++)
        unlink(us_arena_cstr(&x->a, paths[i]));
}

static void mistakes(struct us_tap *t, struct fixture *x)
{
    static const struct {
        const char *file, *key;
    } wrong[] = {
        {"id,Customer\nin_1,c1\n", "import.periods_columns"},
        {"Customer ID,Interval\nc1,month,1\n", "import.periods_row"},
        {"Customer ID,Interval\nc1,fortnight\n", "import.periods_row"},
        {"id,Period Start (UTC),Period End (UTC)\nin_1,soon,later\n",
            "import.periods_row"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct us_periods p;
        struct us_error why = {0};
        us_str path = fixture_file(x, us_str_c(wrong[i].file));
        CHECK(t, us_periods_open(&path, 1, &p, &why) == US_INPUT);
        CHECK_AS(t, strcmp(why.key, wrong[i].key) == 0, wrong[i].key);
        unlink(us_arena_cstr(&x->a, path));
    }
}

int main(void)
{
    struct us_tap t = {0};
    struct fixture x;
    fixture_init(&x);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        CHECK_AS(&t,
            us_str_eq(
                us_interval_said(us_str_c(said[i].text)), us_str_c(said[i].interval)),
            said[i].text);
    found(&t, &x);
    mistakes(&t, &x);
    fixture_done(&x);
    return us_tap_done(&t);
}
