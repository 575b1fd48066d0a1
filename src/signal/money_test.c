/* What an account pays: money.c's rules, one by one. */

#include "signal/signal_test.h"

#define MARCH "from=2026-03-01 to=2026-04-01 months=1"
#define YEAR  "from=2026-01-01 to=2027-01-01 months=12"

static const struct {
    const char *what, *history, *expr, *at, *want;
} money[] = {
    {"before any payment", "2026-03-01T00:00 account pays 120 " MARCH "\n",
        "account.mrr", "2026-02-28T23:59", "missing"},
    {"tax is out", "2026-03-01T00:00 account pays 120 tax=20 " MARCH "\n",
        "account.mrr", "2026-03-01T00:00", "100"},
    {"to the end of its period", "2026-03-01T00:00 account pays 120 " MARCH "\n",
        "account.mrr", "2026-03-31T23:59", "120"},
    {"and not at it", "2026-03-01T00:00 account pays 120 " MARCH "\n", "account.mrr",
        "2026-04-01T00:00", "0"},
    {"paid ahead, not yet begun", "2026-02-20T00:00 account pays 120 " MARCH "\n",
        "account.mrr", "2026-02-25T00:00", "0"},
    {"a year is twelfths", "2026-01-01T00:00 account pays 1200 " YEAR "\n",
        "account.mrr", "2026-06-01T00:00", "100"},
    {"and a year again", "2026-01-01T00:00 account pays 10000 " YEAR "\n",
        "account.arr", "2026-06-01T00:00", "10000"},
    {"rounded to 1e-6", "2026-01-01T00:00 account pays 10000 " YEAR "\n", "account.mrr",
        "2026-06-01T00:00", "833.333333"},
    {"two subscriptions add",
        "2026-01-01T00:00 account pays 1200 " YEAR "\n"
        "2026-03-01T00:00 account pays 50 " MARCH "\n",
        "account.mrr", "2026-03-15T00:00", "150"},
    {"a refund of the invoice is out",
        "2026-03-01T00:00 account pays 120 tax=20 invoice=\"i\" " MARCH "\n"
        "2026-03-10T00:00 account refunds 36 tax=6 invoice=\"i\"\n",
        "account.mrr", "2026-03-10T00:00", "70"},
    {"once it is known",
        "2026-03-01T00:00 account pays 120 invoice=\"i\" " MARCH "\n"
        "2026-03-10T00:00 known 2026-03-12T00:00 account refunds 20 invoice=\"i\"\n",
        "account.mrr", "2026-03-11T00:00", "120"},
    {"while it is the account's",
        "2026-03-01T00:00 account pays 120 " MARCH "\n"
        "2026-03-01T00:00 until 2026-03-10T00:00 account pays 30 " MARCH "\n",
        "account.mrr", "2026-03-09T23:59", "150"},
    {"and no more from then on",
        "2026-03-01T00:00 account pays 120 " MARCH "\n"
        "2026-03-01T00:00 until 2026-03-10T00:00 account pays 30 " MARCH "\n",
        "account.mrr", "2026-03-10T00:00", "120"},
    {"with all that was paid it is missing again",
        "2026-03-01T00:00 until 2026-03-10T00:00 account pays 30 " MARCH "\n",
        "account.mrr", "2026-03-10T00:00", ""},
    {"a refund goes as well",
        "2026-03-01T00:00 account pays 120 invoice=\"i\" " MARCH "\n"
        "2026-03-05T00:00 until 2026-03-10T00:00 account refunds 20 invoice=\"i\"\n",
        "account.mrr", "2026-03-10T00:00", "120"},
    {"of another invoice it is none",
        "2026-03-01T00:00 account pays 120 invoice=\"i\" " MARCH "\n"
        "2026-03-10T00:00 account refunds 20 invoice=\"j\"\n",
        "account.mrr", "2026-03-11T00:00", "120"},
    {"a refund takes no more than was paid",
        "2026-03-01T00:00 account pays 120 tax=20 invoice=\"i\" " MARCH "\n"
        "2026-03-10T00:00 account refunds 120 invoice=\"i\"\n",
        "account.mrr", "2026-03-11T00:00", "0"},
    {"disputed is refunded in full",
        "2026-03-01T00:00 account pays 120 invoice=\"i\" " MARCH "\n"
        "2026-03-10T00:00 account disputes 120 invoice=\"i\"\n",
        "account.mrr", "2026-03-11T00:00", "0"},
    {"a row that says disputed itself",
        "2026-03-01T00:00 account disputes 120 " MARCH "\n", "account.mrr",
        "2026-03-11T00:00", "0"},
    {"rows of one invoice share its refund",
        "2026-03-01T00:00 account pays 90 invoice=\"i\" " MARCH "\n"
        "2026-03-01T00:00 account pays 30 invoice=\"i\" " MARCH "\n"
        "2026-03-10T00:00 account refunds 60 invoice=\"i\"\n",
        "account.mrr", "2026-03-11T00:00", "60"},
    {"a failed payment brings nothing",
        "2026-03-01T00:00 account fails 120 " MARCH "\n", "account.mrr",
        "2026-03-11T00:00", "0"},
    {"without a rate it is not there",
        "2026-03-01T00:00 account pays 120 rate=no " MARCH "\n", "account.mrr",
        "2026-03-11T00:00", "missing"},
    {"what covers no period is no revenue that recurs",
        "2026-03-01T00:00 account pays 120\n", "account.mrr", "2026-03-11T00:00", "0"},
    {"a metered month counts from its close",
        "2026-04-02T00:00 account pays 80 " MARCH "\n", "account.mrr",
        "2026-04-02T00:00", "80"},
    {"for a month", "2026-04-02T00:00 account pays 80 " MARCH "\n", "account.mrr",
        "2026-04-30T23:59", "80"},
    {"and no longer", "2026-04-02T00:00 account pays 80 " MARCH "\n", "account.mrr",
        "2026-05-01T00:00", "0"},
    {"a credit is less",
        "2026-03-01T00:00 account pays -20 invoice=\"c\" " MARCH "\n"
        "2026-03-01T00:00 account pays 120 invoice=\"i\" " MARCH "\n",
        "account.mrr", "2026-03-11T00:00", "100"},
    {"paid nothing", "", "account.paid(30d)", "2026-03-11T00:00", "0"},
    {"paid in the window",
        "2026-03-01T00:00 account pays 120 tax=20\n"
        "2026-03-10T00:00 account pays 50\n"
        "2026-03-10T00:00 account fails 70\n",
        "account.paid(7d)", "2026-03-11T00:00", "50"},
    {"net of tax", "2026-03-10T00:00 account pays 120 tax=20\n", "account.paid(7d)",
        "2026-03-11T00:00", "100"},
    {"less refunds in it, of earlier payments too",
        "2026-03-01T00:00 account pays 120 invoice=\"i\"\n"
        "2026-03-09T00:00 account pays 50\n"
        "2026-03-10T00:00 account refunds 20 invoice=\"i\"\n",
        "account.paid(7d)", "2026-03-11T00:00", "30"},
    {"a dispute takes what is left",
        "2026-03-08T00:00 account pays 120 invoice=\"i\"\n"
        "2026-03-09T00:00 account refunds 20 invoice=\"i\"\n"
        "2026-03-10T00:00 account disputes 120 invoice=\"i\"\n",
        "account.paid(7d)", "2026-03-11T00:00", "0"},
    {"and only then",
        "2026-03-08T00:00 account pays 120 invoice=\"i\"\n"
        "2026-03-09T00:00 account refunds 20 invoice=\"i\"\n"
        "2026-03-10T00:00 account disputes 120 invoice=\"i\"\n",
        "account.paid(1d)", "2026-03-10T00:00", "-100"},
    {"a refund of what was never paid here",
        "2026-03-10T00:00 account refunds 20 invoice=\"i\"\n", "account.paid(7d)",
        "2026-03-11T00:00", "0"},
    {"a refund without invoice", "2026-03-10T00:00 account refunds 20\n",
        "account.paid(7d)", "2026-03-11T00:00", "-20"},
    {"in hours", "2026-03-10T05:00 account pays 20\n", "account.paid(2h)",
        "2026-03-10T06:59", "20"},
    {"decimals are exact",
        "2026-03-10T05:00 account pays 0.1\n2026-03-10T05:00 account pays 0.2\n",
        "account.paid(all) == 0.3", "2026-03-10T06:59", "true"},
    {"for a person it is the account's", "2026-03-10T05:00 account pays 7\n",
        "account.paid(all)", "2026-03-10T06:59", "7"},
};

void proof_money(struct proof *p)
{
    for (size_t i = 0; i < sizeof money / sizeof *money; i++) {
        us_value v = proof_value(p, money[i].history, money[i].expr, NULL, money[i].at);
        proof_same(p, v, money[i].want, money[i].what);
    }
    us_value v = proof_value(p, money[sizeof money / sizeof *money - 1].history,
        "account.paid(all)", "ann", "2026-03-10T06:59");
    proof_same(p, v, "7", "for a person it is the account's");
}
