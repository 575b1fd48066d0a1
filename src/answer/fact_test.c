/* What is said of each function over events, in both languages, and what stands behind
 * it. */

#include "answer/answer.h"
#include "base/tap.h"
#include "signal/case.h"

static const char history[] = "2026-02-20T09:00 ann \"Order Placed\" amount=8\n"
                              "2026-03-03T09:00 ann \"Order Placed\" amount=2\n"
                              "2026-03-03T10:00 bob \"Order Placed\" amount=5\n"
                              "2026-03-08T09:00 ann \"Plan Viewed\" plan=\"pro\"\n"
                              "2026-03-09T09:00 ann \"Order Placed\" amount=6\n"
                              "2026-03-09T10:00 bob \"Order Placed\" amount=7.5\n"
                              "2026-03-10T09:00 bob \"Order Placed\" amount=3\n";

static const struct {
    const char *expr, *user;
    int64_t events;
    const char *en, *zh;
} rows[] = {
    {"count(\"Order Placed\", 14d)", NULL, 5, "“Order Placed” 5 times in 14 days",
        "14 天内“Order Placed” 5 次"},
    {"count(\"Plan Viewed\", 14d)", NULL, 1, "“Plan Viewed” 1 time since Sunday",
        "自周日起“Plan Viewed” 1 次"},
    {"users(14d)", NULL, 6, "2 people active in 14 days", "14 天内有 2 人活跃"},
    {"days(\"Order Placed\", 14d)", "bob", 3, "“Order Placed” on 3 days in 14 days",
        "14 天内有 3 天出现“Order Placed”"},
    {"sum(\"Order Placed\".amount, 4d)", NULL, 3,
        "16.5 amount in “Order Placed” in 4 days, usually 0",
        "4 天内“Order Placed”的 amount 合计 16.5，平时 0"},
    {"mean(\"Order Placed\".amount, 14d)", NULL, 5,
        "amount in “Order Placed” 4.7 on average in 14 days",
        "14 天内“Order Placed”的 amount 平均 4.7"},
    {"mean(\"Order Placed\".amount, 8d)", NULL, 5,
        "amount in “Order Placed” 4.7 on average in 8 days",
        "8 天内“Order Placed”的 amount 平均 4.7"},
    {"highest(\"Order Placed\".amount, 14d)", NULL, 5,
        "amount in “Order Placed” up to 7.5 in 14 days",
        "14 天内“Order Placed”的 amount 最高 7.5"},
    {"lowest(\"Order Placed\".amount, all)", NULL, 6,
        "amount in “Order Placed” down to 2 in all time",
        "全部时间内“Order Placed”的 amount 最低 2"},
    {"distinct(\"Order Placed\".amount where amount > 5, 14d)", NULL, 2,
        "2 different amount in “Order Placed (amount > 5)” in 14 days",
        "14 天内“Order Placed (amount > 5)”有 2 种不同的 amount"},
    {"prior(count(\"Order Placed\", 7d))", NULL, 2,
        "“Order Placed” 2 times in the 7 days before the last 7 days",
        "最近 7 天之前的 7 天内“Order Placed” 2 次"},
    {"prior(users(1d))", NULL, 2, "2 people active in the 1 day before the last 1 day",
        "最近 1 天之前的 1 天内有 2 人活跃"},
    {"first(highest(\"Order Placed\".amount, 48h))", NULL, 1,
        "amount in “Order Placed” up to 8 in the first 48 hours",
        "最初 48 小时内“Order Placed”的 amount 最高 8"},
    {"trend(count(\"Order Placed\", 3d))", NULL, 2,
        "“Order Placed” in the last 3 days: 2 × that of the 3 days before",
        "“Order Placed”次数：最近 3 天为此前 3 天的 2 倍"},
    {"trend(users(7d))", NULL, 5,
        "people active in the last 7 days: 2 × that of the 7 days before",
        "活跃人数：最近 7 天为此前 7 天的 2 倍"},
    {"trend(mean(\"Order Placed\".amount, 9d), 9)", NULL, 5,
        "average amount in “Order Placed” in the last 9 days: 0.57 × that of the 9 "
        "days before",
        "“Order Placed”的 amount 平均值：最近 9 天为此前 9 天的 0.57 倍"},
    {"latest(\"Order Placed\".amount)", NULL, 6, "latest amount in “Order Placed”: 3",
        "“Order Placed”最新的 amount 为 3"},
    {"since(\"Plan Viewed\")", NULL, 1, "last “Plan Viewed” 2 days ago",
        "上次“Plan Viewed”在 2 天前"},
    {"since(\"Login\")", NULL, 0, "since(\"Login\"): unknown",
        "since(\"Login\")：未知"},
    {"first(count(\"Login\", 60d))", NULL, 0, "first(count(\"Login\", 60d)): unknown",
        "first(count(\"Login\", 60d))：未知"},
    {"age(\"Order Placed\")", NULL, 6, "first “Order Placed” 18 days ago",
        "首次“Order Placed”在 18 天前"},
    {"ever(\"Plan Viewed\" where plan == \"pro\")", NULL, 1,
        "“Plan Viewed: pro” since Sunday", "自周日起出现过“Plan Viewed: pro”"},
    {"ever(\"Login\")", NULL, 0, "never “Login”", "从未出现“Login”"},
    {"seq(\"Plan Viewed\", \"Order Placed\", 7d)", NULL, 4,
        "“Plan Viewed → Order Placed” in that order in 7 days",
        "7 天内依次出现“Plan Viewed → Order Placed”"},
    {"seq(\"Order Placed\", any, \"Login\", 12h)", NULL, 1,
        "no “Order Placed → any event → Login” in that order in 12 hours",
        "12 小时内没有依次出现“Order Placed → 任意事件 → Login”"},
    {"streak(any)", NULL, 4, "active 3 days in a row", "连续 3 天活跃"},
    {"streak(\"Order Placed\")", "ann", 1, "“Order Placed” 1 day in a row",
        "“Order Placed”连续 1 天"},
    {"streak_weeks(\"Order Placed\")", NULL, 5, "“Order Placed” 2 weeks in a row",
        "“Order Placed”连续 2 周"},
    {"streak_weeks(any)", "ann", 3, "active 2 weeks in a row", "连续 2 周活跃"},
};

struct proof {
    struct us_tap t;
    struct us_arena a;
    struct us_config c;
    struct us_diags d;
    struct us_rules rules;
    struct us_log log;
};

static uint32_t ask(struct proof *p, const char *expr, bool user)
{
    us_arena_reset(&p->a);
    p->d = (struct us_diags){.arena = &p->a};
    us_plan_open(&p->c, &p->a, &p->d, &p->rules.plan);
    us_source source = {.text = us_str_c(expr)};
    uint32_t node = us_plan_add(
        p->rules.plan, source, US_MISSING, user ? US_PER_USER : US_PER_ACCOUNT, &p->d);
    us_plan_close(p->rules.plan);
    us_case_read(p->rules.plan, us_str_c(history), &p->a, &p->log);
    CHECK_AS(&p->t, node != US_NODE_NONE, expr);
    return node;
}

static void says(
    struct proof *p, const struct us_fact *f, us_lang lang, const char *want)
{
    struct us_buf b = us_buf_new(&p->a, 4096);
    us_fact_say(&p->rules, f, lang, us_case_time(US_S("2026-03-10T12:00")), &b);
    bool same = us_str_eq(us_buf_str(&b), us_str_c(want));
    CHECK_AS(&p->t, same, want);
    if (!same) printf("# said %.*s\n", US_ARG(us_buf_str(&b)));
}

static void every_function_has_words(struct proof *p)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t node = ask(p, rows[i].expr, rows[i].user != NULL);
        if (node == US_NODE_NONE) continue;
        uint32_t who = US_NOBODY;
        if (rows[i].user) who = us_case_person(&p->log, us_str_c(rows[i].user));
        struct us_facts found = {0};
        const struct us_fact_asked asked = {&p->rules, &p->log, NULL, who,
            us_case_time(US_S("2026-03-10T12:00")), &p->a};
        us_fact_find(&asked, node, &found);
        struct us_fact fact = found.items[0];
        CHECK_AS(
            &p->t, found.count == 1 && fact.events == rows[i].events, rows[i].expr);
        if (fact.events != rows[i].events) printf("# %d events\n", (int)fact.events);
        says(p, &fact, US_EN, rows[i].en);
        says(p, &fact, US_ZH, rows[i].zh);
    }
}

/* In a list without the events themselves a count says when the last one was. */
static void counts_are_dated(struct proof *p)
{
    static const struct {
        const char *expr, *en, *zh;
    } dated[] = {
        {"count(\"Order Placed\", 14d)",
            "“Order Placed” 5 times in 14 days, latest today",
            "14 天内“Order Placed” 5 次，最近一次：今天"},
        {"count(\"Order Placed\" where amount == 8, 20d)",
            "“Order Placed (amount == 8)” 1 time in 20 days, latest 20 Feb 2026",
            "20 天内“Order Placed (amount == 8)” 1 次，最近一次：2026年2月20日"},
        {"count(\"Plan Viewed\", 14d)", "“Plan Viewed” 1 time since Sunday",
            "自周日起“Plan Viewed” 1 次"}, /* which says it */
        {"count(\"Login\", 14d)", "“Login” 0 times in 14 days", "14 天内“Login” 0 次"},
        {"users(14d)", "2 people active in 14 days", "14 天内有 2 人活跃"},
    };
    int64_t t = us_case_time(US_S("2026-03-10T12:00"));
    for (size_t i = 0; i < sizeof dated / sizeof *dated; i++) {
        uint32_t node = ask(p, dated[i].expr, false);
        struct us_facts found = {0};
        const struct us_fact_asked asked = {
            &p->rules, &p->log, NULL, US_NOBODY, t, &p->a};
        us_fact_find(&asked, node, &found);
        struct us_fact fact = found.items[0];
        for (us_lang lang = US_EN; lang <= US_ZH; lang++) {
            const char *want = lang == US_EN ? dated[i].en : dated[i].zh;
            struct us_buf b = us_buf_new(&p->a, 4096);
            us_fact_say_dated(&p->rules, &fact, lang, t, &b);
            CHECK_AS(&p->t, us_str_eq(us_buf_str(&b), us_str_c(want)), want);
        }
    }
    struct us_buf b = us_buf_new(&p->a, 4096);
    us_hand_raise_say(&p->rules, US_EN, t, us_case_time(US_S("2026-03-08T12:00")), &b);
    CHECK(&p->t, us_str_eq(us_buf_str(&b), US_S("asked for a person (Sunday)")));
}

/* say: {n}, {w} and {event} of a signal are those of the function inside, too. */
static void own_words_are_filled(struct proof *p)
{
    uint32_t node = ask(p, "trend(count(\"Order Placed\", 3d))", false);
    struct us_facts found = {0};
    const struct us_fact_asked asked = {&p->rules, &p->log, NULL, US_NOBODY,
        us_case_time(US_S("2026-03-10T12:00")), &p->a};
    us_fact_find(&asked, node, &found);
    struct us_fact fact = found.items[0];
    struct us_plan_signal signal = {.say.en = US_S("{event} x {n} in {w}")};
    struct us_plan with = *p->rules.plan;
    with.signals = &signal;
    with.signal_count = 1;
    p->rules.plan = &with;
    fact.signal = 0;
    says(p, &fact, US_EN, "Order Placed x 2 in 3 days");
}

static size_t found_in(struct proof *p, uint32_t node)
{
    struct us_facts found = {0};
    const struct us_fact_asked asked = {&p->rules, &p->log, NULL, US_NOBODY,
        us_case_time(US_S("2026-03-10T12:00")), &p->a};
    us_fact_find(&asked, node, &found);
    return found.count;
}

/* A role of many events is such a condition: each nests the ones before it. */
static void many_are_found(struct proof *p)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    struct us_buf expr = us_buf_new(&a, US_EXPRESSION_BYTES_MAX);
    for (int i = 0; i < 300; i++)
        us_buf_fmt(&expr, "%scount(\"Asked %d\", 30d) > 0", i ? " or " : "", i);
    uint32_t node = ask(p, us_arena_cstr(&a, us_buf_str(&expr)), false);
    CHECK(&p->t, found_in(p, node) == 300);
    us_arena_done(&a);
}

/* Signals that each name the one before twice lead to the first by 2^60 ways. */
static void one_is_found_by_many_ways(struct proof *p)
{
    enum { SIGNALS = 61 };
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    struct us_signal_text *texts = us_new(&a, struct us_signal_text, SIGNALS);
    texts[0] = (struct us_signal_text){
        .name.text = US_S("s0"), .is.text = US_S("ever(\"Order Placed\")")};
    for (int i = 1; i < SIGNALS; i++)
        texts[i] = (struct us_signal_text){.name.text = us_arena_fmt(&a, "s%d", i),
            .is.text = us_arena_fmt(&a, "s%d or not s%d", i - 1, i - 1)};
    p->c.signals = texts;
    p->c.signal_count = SIGNALS;
    CHECK(&p->t, found_in(p, ask(p, "s60", false)) == 1);
    p->c.signal_count = 0;
    us_arena_done(&a);
}

int main(void)
{
    static struct proof p;
    us_arena_init(&p.a, 64 << 20);
    every_function_has_words(&p);
    counts_are_dated(&p);
    own_words_are_filled(&p);
    many_are_found(&p);
    one_is_found_by_many_ways(&p);
    us_arena_done(&p.a);
    return us_tap_done(&p.t);
}
