/* What is written, in its canonical form; and what a plan then holds. */

#include "signal/signal_test.h"

#include <math.h>

static const struct {
    const char *text, *canonical; /* NULL: the text is canonical */
} spelled[] = {
    {"count( 'Invite Sent',7d )", "count(\"Invite Sent\", 7d)"},
    {"count(\"Invite Sent\", 4w)", "count(\"Invite Sent\", 28d)"},
    {"count(any, all)", NULL},
    {"users(any, 14d)", "users(14d)"},
    {"users(24h)", NULL},
    {"days(\"A\",1w)", "days(\"A\", 7d)"},
    {"since(\"A\")", NULL},
    {"latest(\"A\".cart.total where beta)", NULL},
    {"age(any)", NULL},
    {"ever('it''s')", NULL},
    {"ever(\"say \\\"hi\\\" \\\\\")", NULL},
    {"ever('say \"hi\"')", "ever(\"say \\\"hi\\\"\")"},
    {"ever('it\\'s')", "ever(\"it's\")"},
    {"sum(\"A\".amount, 7d)", NULL},
    {"sum(\"A\".cart.total where cart.currency == 'EUR', 7d)",
        "sum(\"A\".cart.total where cart.currency == \"EUR\", 7d)"},
    {"sum(\"A\".\"odd name\", 7d)", NULL},
    {"sum(\"A\".\"plain\", 7d)", "sum(\"A\".plain, 7d)"},
    {"sum(\"A\".cart.\"odd name\", 7d)", "sum(\"A\".\"cart.odd name\", 7d)"},
    {"count(\"A\" where (resource == \"seats\") and amount>100, 14d)",
        "count(\"A\" where resource == \"seats\" and amount > 100, 14d)"},
    {"count(\"A\" where path in [\"/terms\",\"/privacy\"], 30d)",
        "count(\"A\" where path in [\"/terms\", \"/privacy\"], 30d)"},
    {"count(\"A\" where beta, 1d)", NULL},
    {"count(\"A\" where beta == true, 1d)", NULL},
    {"count(\"A\" where not beta or a.b.c contains \"x\", 1d)", NULL},
    {"count(\"A\" where prop.\"odd name\" > 1, 1d)", NULL},
    {"count(\"A\" where prop.\"a.b\" > 1, 1d)", "count(\"A\" where a.b > 1, 1d)"},
    {"count(\"A\" where prop.\"if\" > 1, 1d)", NULL},
    {"count(\"A\" where prop.x > prop + 1, 1d)", NULL},
    {"count(\"A\" where coalesce(x, 0) + round(y) > least(z, 2), 1d)", NULL},
    {"count(\"A\" where 3 < coalesce(x, y), 1d)", NULL},
    {"count(\"A\" where account.plan == \"x\" and user == 1, 1d)", NULL},
    {"count(\"A\" where any == 1 and all == 2, 1d)", NULL},
    {"ever(\"A\" where count > 1)", NULL},
    {"mean(\"A\".amount, 4w)", "mean(\"A\".amount, 28d)"},
    {"highest(\"A\".cart.total where beta, 24h)", NULL},
    {"lowest('A'.\"odd name\",all)", "lowest(\"A\".\"odd name\", all)"},
    {"distinct(\"A\".amount where amount > 3 or kind == \"x\", 7d)", NULL},
    {"distinct(\"A\".\"odd name\", 7d)", NULL},
    {"prior(count(\"Invite Sent\", 1w))", "prior(count(\"Invite Sent\", 7d))"},
    {"prior((users(any, 3h)))", "prior(users(3h))"},
    {"prior(distinct(\"A\".b where c, 400d))", NULL},
    {"prior(invites)", "prior(count(\"Invite Sent\", 7d))"},
    {"trend(invites_too, 1)", "trend(count(\"Invite Sent\", 7d))"},
    {"trend(days(7d))", NULL},
    {"trend(mean(\"A\".b, 7d), 0.25)", NULL},
    {"trend(days(7d), 2.50)", "trend(days(7d), 2.5)"},
    {"first(sum(\"A\".b, 72h))", NULL},
    {"first(invites) / prior(invites)",
        "first(count(\"Invite Sent\", 7d)) / prior(count(\"Invite Sent\", 7d))"},
    {"seq(\"A\",'B',7d)", "seq(\"A\", \"B\", 7d)"},
    {"seq(\"A\", \"A\", any, \"B\" where x > 1, all)", NULL},
    {"not seq(any, \"A\" where (b), 3h)", "not seq(any, \"A\" where b, 3h)"},
    {"streak(any)", NULL},
    {"streak_weeks('A' where x == 1)", "streak_weeks(\"A\" where x == 1)"},
    {"streak(\"A\") + streak_weeks(\"A\") > 2", NULL},
    {"account.plan", NULL},
    {"account.billing.plan", NULL},
    {"account.\"Plan Name\"", NULL},
    {"account.billing.\"Plan Name\"", "account.\"billing.Plan Name\""},
    {"account.'plan'", "account.plan"},
    {"account.\"mrr\"", NULL},
    {"account.\"age\"", NULL},
    {"account.mrr.x", NULL},
    {"account.if.not", NULL},
    {"account.套餐 == \"专业\"", NULL},
    {"account.mrr", NULL},
    {"account.arr", NULL},
    {"account.age", NULL},
    {"account.paid( 30d )", "account.paid(30d)"},
    {"account.paid(all)", NULL},
    {"-3", NULL},
    {"--3", "3"},
    {"-0", "0"},
    {"- account.x", "-account.x"},
    {"-(account.x + 1)", NULL},
    {"-account.x * 2", NULL},
    {"2 - -3", NULL},
    {"--account.x", NULL},
    {"1e3", "1000"},
    {"1.50", "1.5"},
    {"1E-7", "1e-07"},
    {"123456789012345678", "1.2345678901234568e+17"},
    {"1 + 2 * 3 - 4 / 5", NULL},
    {"(1 + 2) * (3 - 4)", NULL},
    {"1 - (2 - 3)", NULL},
    {"(1 - 2) - 3", "1 - 2 - 3"},
    {"1 / (2 / 3) * 4", NULL},
    {"not (true and false) or true and not false", NULL},
    {"(true or false) and true", NULL},
    {"true or (false and true)", "true or false and true"},
    {"true and (false and true)", NULL},
    {"not not true", NULL},
    {"not account.x == 1", NULL},
    {"(not account.x) == true", NULL},
    {"(1 < 2) == true", NULL},
    {"account.x contains \"head\"", NULL},
    {"account.x in [\"a\", 1, true, account.y + 1]", NULL},
    {"40 if users(14d) >= 10", NULL},
    {"1 + 2 if true or false", NULL},
    {"(1 if true) + 2", NULL},
    {"(1 if true) if false", NULL},
    {"least(1 if true, 2)", NULL},
    {"ratio(users(7d), users(28d))", NULL},
    {"coalesce(account.mrr, 0) < 1250", NULL},
    {"coalesce(account.plan, \"free\")", NULL},
    {"most(1, 2, 3, 4, 5, 6)", NULL},
    {"3 * least(invites, 10)", NULL},
    {"(((invites)))", "invites"},
    {"\t1\n+\r\n1 ", "1 + 1"},
};

static void prints_canonically(struct proof *p)
{
    for (size_t i = 0; i < sizeof spelled / sizeof *spelled; i++) {
        const char *want =
            spelled[i].canonical ? spelled[i].canonical : spelled[i].text;
        proof_open(p, "invites: count(\"Invite Sent\", 7d)\ninvites_too: invites\n");
        uint32_t node = proof_add(p, spelled[i].text, US_MISSING, US_PER_ACCOUNT);
        /* Two literals side by side are no text with a quote in it. */
        bool refused = us_str_eq(us_str_c(spelled[i].text), US_S("ever('it''s')"));
        CHECK_AS(&p->t, (node == US_NODE_NONE) == refused, spelled[i].text);
        if (node == US_NODE_NONE) continue;
        us_str text = proof_print(p, node, true);
        CHECK_AS(&p->t, us_str_eq(text, us_str_c(want)), spelled[i].text);
        if (!us_str_eq(text, us_str_c(want))) printf("# printed %.*s\n", US_ARG(text));
        uint32_t again = us_plan_add(
            p->plan, (us_source){.text = text}, US_MISSING, US_PER_ACCOUNT, &p->d);
        CHECK_AS(&p->t, again == node, "what is printed parses to the same node");
    }
}

static void equal_parts_stand_once(struct proof *p)
{
    proof_open(p, "a: users(14d) + 1\nb: 2\n");
    uint32_t first = proof_add(p, "users(any, 2w) + 1", US_NUMBER, US_PER_ACCOUNT);
    CHECK(&p->t, first == p->plan->signals[0].node);
    size_t count = p->plan->node_count;
    proof_add(p, "(users(14d)) + 1", US_NUMBER, US_PER_ACCOUNT);
    CHECK(&p->t, p->plan->node_count == count);
    uint32_t theirs = proof_add(p, "users(14d)", US_NUMBER, US_PER_USER);
    CHECK(&p->t, p->plan->node_count == count + 1);
    CHECK(&p->t, p->plan->nodes[theirs].scope == US_PER_USER);
    CHECK(&p->t, p->plan->nodes[first].scope == US_PER_ACCOUNT);
    CHECK(&p->t, p->plan->pattern_count == 1);
    uint32_t day = proof_add(p, "users(24h)", US_NUMBER, US_PER_ACCOUNT);
    CHECK(&p->t, day != proof_add(p, "users(1d)", US_NUMBER, US_PER_ACCOUNT));
    const struct us_node *n = &p->plan->nodes[theirs];
    CHECK(&p->t, us_str_eq(n->source.text, US_S("users(14d)")));
    CHECK(&p->t, n->source.place.line == 7 && n->source.place.column == 5);
    CHECK(&p->t, n->kind == US_NUMBER && n->column == US_NODE_NONE);
}

static void needs_are_listed(struct proof *p)
{
    proof_open(p, "");
    us_source others[] = {{.text = US_S("invite_sent")}, {.text = US_S("Invited")}};
    struct us_alias alias = {.name = {.text = US_S("Invite Sent")}, others, 2};
    p->c.aliases = &alias;
    p->c.alias_count = 1;
    proof_add(p, "count(\"Invited\" where a > 1 and b == \"x\", 7d)", US_MISSING,
        US_PER_ACCOUNT);
    proof_add(
        p, "count(\"Invite Sent\" where a == \"x\", 7d)", US_MISSING, US_PER_ACCOUNT);
    const struct us_need *n = &p->plan->need;
    CHECK(&p->t, n->name_count == 1 && us_str_eq(n->names[0], US_S("Invite Sent")));
    CHECK(&p->t, n->column_count == 3 && n->columns[0].kind == US_NUMBER);
    CHECK(&p->t, n->columns[2].kind == US_STRING && !n->any && !n->payments);
    proof_add(p, "account.x == account.y or account.x", US_BOOL, US_PER_ACCOUNT);
    proof_add(p, "user.x", US_MISSING, US_PER_USER);
    CHECK(&p->t, n->account_trait_count == 2 && n->user_trait_count == 1 && !n->any);
    proof_add(p, "account.age", US_MISSING, US_PER_ACCOUNT);
    CHECK(&p->t, n->any && !n->payments);
    proof_add(p, "account.paid(1d)", US_MISSING, US_PER_ACCOUNT);
    CHECK(&p->t, n->payments);
    us_plan_close(p->plan);
    CHECK(&p->t, n->other_count == 2 && n->others[1].name == 0);
    CHECK(&p->t, us_str_eq(n->others[1].other, US_S("Invited")));
    proof_open(p, "");
    proof_add(p, "users(3d)", US_MISSING, US_PER_ACCOUNT);
    CHECK(&p->t, p->plan->need.any);
}

static void signals_refer(struct proof *p)
{
    proof_open(p, "late: early + 1\nearly: days(7d)\nuser mine: days(7d) + early\n");
    CHECK(&p->t, p->d.errors == 0 && p->plan->signal_count == 3);
    CHECK(&p->t, us_plan_signal_find(p->plan, US_S("mine")) == 2);
    CHECK(&p->t, us_plan_signal_find(p->plan, US_S("nobody")) == US_NODE_NONE);
    CHECK(&p->t, p->plan->signals[2].scope == US_PER_USER);
    uint32_t node = proof_add(p, "late * 2", US_NUMBER, US_PER_ACCOUNT);
    CHECK(&p->t, us_str_eq(proof_print(p, node, true), US_S("late * 2")));
    CHECK(&p->t, us_str_eq(proof_print(p, node, false), US_S("(days(7d) + 1) * 2")));
    node = proof_add(p, "mine", US_NUMBER, US_PER_USER);
    us_str text = proof_print(p, node, false);
    CHECK(&p->t, us_str_eq(text, US_S("user:days(7d) + days(7d)")));
    proof_open(p, "one: 1\nother: 1\n");
    node = proof_add(p, "one + other", US_NUMBER, US_PER_ACCOUNT);
    CHECK(&p->t, us_str_eq(proof_print(p, node, true), US_S("one + other")));
    proof_open(p, "early: days(7d)\n");
    uint32_t theirs = proof_add(p, "early", US_NUMBER, US_PER_USER);
    CHECK(&p->t, p->plan->nodes[theirs].scope == US_PER_ACCOUNT);
}

/* s1 is s0 + s0, s2 is s1 + s1 …: written out it is 2^60 long, which a buffer ends. */
static void doubling_ends(struct proof *p)
{
    static struct us_arena a;
    us_arena_init(&a, 1 << 20);
    struct us_buf b = us_buf_new(&a, 1 << 16);
    us_buf_put(&b, US_S("s0: days(7d)\n"));
    for (int i = 1; i <= 60; i++)
        us_buf_fmt(&b, "s%d: s%d + s%d\n", i, i - 1, i - 1);
    us_buf_char(&b, 0);
    proof_open(p, b.ptr);
    CHECK(&p->t, p->d.errors == 0);
    struct us_buf out = us_buf_new(&p->a, 4096);
    us_plan_print(p->plan, p->plan->signals[60].node, false, &out);
    CHECK(&p->t, out.full);
    us_arena_done(&a);
}

static const struct {
    const char *text;
    double least, most, idle_least, idle_most;
    bool uses_events;
} bounded[] = {
    {"40", 40, 40, 40, 40, false},
    {"40 if users(14d) >= 10", 0, 40, 0, 0, true},
    {"30 if count(any, 7d) == 0", 0, 30, 30, 30, true},
    {"3 * least(count(\"A\", 7d), 10)", 0, 30, 0, 0, true},
    {"50 if days(7d) >= 8", 0, 0, 0, 0, true},
    {"50 if days(7d) >= 7", 0, 50, 0, 0, true},
    {"50 if days(2h) > 2", 0, 0, 0, 0, true},
    {"50 if days(25h) >= 2", 0, 50, 0, 0, true},
    {"60 if account.employees >= 50", 0, 60, 0, 60, false},
    {"-20 if account.x", -20, 0, -20, 0, false},
    {"10 if since(\"A\") > 30", 0, 10, 0, 0, true},
    {"coalesce(latest(\"A\".x), 3)", -INFINITY, INFINITY, 3, 3, true},
    {"10 if coalesce(since(\"A\"), 99) > 30", 0, 10, 10, 10, true},
    {"10 if not ever(\"A\")", 0, 10, 10, 10, true},
    {"10 if ever(\"A\") or account.x", 0, 10, 0, 10, true},
    {"10 if ever(\"A\") and account.x", 0, 10, 0, 0, true},
    {"(10 if ever(\"A\")) + (5 if account.x)", 0, 15, 0, 5, true},
    {"most(5, least(account.x, 9))", 0, 9, 0, 9, false},
    {"round(least(days(7d), 3) / 2)", 0, 2, 0, 0, true},
    {"10 / (1 + days(4d))", 2, 10, 10, 10, true},
    {"10 if account.plan in [\"a\", \"b\"]", 0, 10, 0, 10, false},
    {"10 if account.plan contains \"a\"", 0, 10, 0, 10, false},
    {"10 if 3 in [1, 2]", 0, 0, 0, 0, false},
    {"mean(\"A\".x, 7d)", -1, 1, 0, 0, true},
    {"10 if coalesce(highest(\"A\".x, 7d), 5) > 4", 0, 10, 10, 10, true},
    {"distinct(\"A\".x, 7d)", 0, 1, 0, 0, true},
    {"50 if prior(days(7d)) >= 8", 0, 0, 0, 0, true},
    {"50 if prior(days(7d)) >= 7", 0, 50, 0, 0, true},
    {"trend(days(7d))", 0, 7, 0, 0, true},
    {"trend(days(7d), 14)", 0, 0.5, 0, 0, true},
    {"trend(sum(\"A\".x, 7d))", -1, 1, 0, 0, true},
    {"10 if coalesce(trend(mean(\"A\".x, 7d)), 7) == 7", 0, 10, 10, 10, true},
    {"first(days(7d))", 0, 8, 0, 0, true},
    {"first(days(24h))", 0, 2, 0, 0, true},
    {"first(days(25h))", 0, 3, 0, 0, true},
    {"10 if coalesce(first(users(7d)), 7) == 7", 0, 10, 10, 10, true},
    {"10 if seq(\"A\", \"B\", 7d)", 0, 10, 0, 0, true},
    {"10 if streak(\"A\") >= 0", 10, 10, 10, 10, true},
    {"streak_weeks(any)", 0, 1, 0, 0, true},
    {"10 if account.age >= 0", 0, 10, 0, 0, true},
    {"ever(\"A\")", 0, 1, 0, 0, true},
    {"account.x", -1, 1, -1, 1, false}, /* ±1 stands for unbounded here */
    {"users(7d) - 5", -5, 1, -5, -5, true},
    {"coalesce(since(\"A\"), -5)", -5, 1, -5, -5, true},
    {"twice", 0, 20, 0, 0, true},
};

static bool bound_is(double found, double want)
{
    bool unbounded = found - found != 0;
    return found == want ||
           (unbounded && (want == 1 || want == -1) && found * want > 0);
}

static void bounds_hold(struct proof *p)
{
    for (size_t i = 0; i < sizeof bounded / sizeof *bounded; i++) {
        proof_open(p, "twice: 2 * least(users(7d), 10)\n");
        uint32_t node = proof_add(p, bounded[i].text, US_MISSING, US_PER_ACCOUNT);
        struct us_bounds b = us_plan_bounds(p->plan, node);
        struct us_bounds idle = us_plan_bounds_idle(p->plan, node);
        bool good =
            bound_is(b.least, bounded[i].least) && bound_is(b.most, bounded[i].most);
        bool idle_good = bound_is(idle.least, bounded[i].idle_least) &&
                         bound_is(idle.most, bounded[i].idle_most);
        CHECK_AS(&p->t, good && idle_good, bounded[i].text);
        if (!good || !idle_good)
            printf(
                "# %g to %g, idle %g to %g\n", b.least, b.most, idle.least, idle.most);
        CHECK(&p->t, us_plan_uses_events(p->plan, node) == bounded[i].uses_events);
    }
}

void proof_expressions(struct proof *p)
{
    prints_canonically(p);
    equal_parts_stand_once(p);
    needs_are_listed(p);
    signals_refer(p);
    doubling_ends(p);
    bounds_hold(p);
}
