/* sql_journal.h: a workspace whose signals and definitions use all of the language, for
 * the random journals of history_story.h. Test only.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

static const char *const of_accounts[] = {"count(any, 2d)", "users(4d)",
    "users(\"n0\", all)", "days(\"n1\", 3d)", "sum(\"n0\".v, 5d)",
    "mean(\"n1\".v, all)", "highest(\"n0\".v, 1d)", "lowest(\"n2\".v, 30h)",
    "distinct(\"n2\".v, 7d)", "prior(count(any, 1d))", "trend(users(1d))",
    "first(count(any, 24h))", "first(users(2d))", "since(\"n0\")", "age(any)",
    "ever(\"n2\" where v == true)", "seq(\"n0\", \"n1\", 3d)",
    "seq(any, any, \"n2\", all)", "streak(any)", "streak_weeks(\"n0\")", "account.age",
    "account.mrr", "account.arr", "account.paid(2d)", "account.paid(all)",
    "account.plan", "account.country", "account.plan == \"free\"",
    "account.plan in [\"free\", 12, true]", "account.country == account.plan",
    "account.country < account.plan", "coalesce(account.plan, account.country)",
    "coalesce(account.country, 7) > 3", "coalesce(account.mrr, 0) / users(all)",
    "30 if account.country == 12",
    "count(\"n0\" where v in [12, -0.5], 4d) * 1e300 * account.arr",
    "count(\"n1\" where v == \"free\" or v contains \"x\", all)",
    "ratio(step_1, most(account.mrr, 1)) - select", "not (account.country == true)",
    "round(least(account.country, 3) / 7)"};

static const char *const of_people[] = {"count(any, 2d)", "days(\"n0\", all)",
    "user.role", "user.role == \"free\"", "user.email contains \"d1\"", "user.age",
    "since(\"n0\")", "first(days(2d))", "count(any, 3d) + coalesce(account.mrr, 0)",
    "coalesce(user.role, account.plan)", "streak(any)", "users(3d)",
    "seq(\"n0\", \"n1\", 5d)", "trend(sum(\"n0\".v, 1d))", "user.role == account.plan"};

/* Names that SQL, or the text itself, has a use for. */
static const char *const names[] = {
    "step_1", "select", "t", "order", "accounts", "value", "q", "asked"};
enum { NAMES = sizeof names / sizeof *names };

static inline void signals_put(struct us_buf *b, const char *const *list, size_t count,
    const char *prefix, bool odd)
{
    for (size_t i = 0; i < count; i++) {
        us_str text = us_str_c(list[i]);
        if (odd && i < NAMES)
            us_buf_fmt(b, "  %s: '%.*s'\n", names[i], US_ARG(text));
        else
            us_buf_fmt(b, "  %s%zu: '%.*s'\n", prefix, i, US_ARG(text));
    }
}

static inline us_str config_text(struct us_arena *a, bool company, bool internal)
{
    struct us_buf b = us_buf_new(a, 1 << 16);
    us_buf_fmt(&b, "account:\n  unit: %s\n  fixed: [country]\n",
        company ? "company" : "workspace");
    if (internal) us_buf_put(&b, US_S("  internal: [d1.com, ours.com]\n"));
    us_buf_put(&b, US_S("events:\n  hand_raise: n2\n  alias: {n0: [m0, m1]}\n"
                        "currency: {report: USD, rates: {EUR: 1.0837, JPY: 0.0067}}\n"
                        "exclude: account.plan == 12\n"
                        "outcomes:\n  won: {deal: won}\nsignals:\n"));
    signals_put(&b, of_accounts, sizeof of_accounts / sizeof *of_accounts, "s", true);
    us_buf_put(&b, US_S("user_signals:\n"));
    signals_put(&b, of_people, sizeof of_people / sizeof *of_people, "p", false);
    us_buf_put(&b,
        US_S("qualify:\n  team:\n    kind: pqa\n    aim: won\n"
             "    who: 'not (account.country == true)'\n    must: ['users(3d) >= 2']\n"
             "    score:\n      usage: ['12.5 * count(any, 2d)', '-7 if account.mrr > "
             "0']\n"
             "      fit: ['account.country', '40 if account.plan in [\"free\"]']\n"
             "    threshold: {usage: 30}\n"
             "  hot:\n    kind: pqa\n    aim: won\n    must: ['count(any, 5h) >= 1']\n"
             "  buyer:\n    kind: pql\n    within: team\n    must: ['days(2d) >= 1']\n"
             "    who: 'not (user.role == true)'\n    score:\n"
             "      intent: ['20 * count(any, 1d)']\n"));
    us_assert(!b.full);
    return us_buf_str(&b);
}
