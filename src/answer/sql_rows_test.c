/* SQL = referee on accounts written straight into history's tables: the cases of every
 * function, and random expressions over random accounts (signal/story.h); and what goes
 * again, asked at every evaluation moment. argv[1]: the only seed to run, or "cases"
 * for all but the random ones; SHOW_SQL in the environment shows what went wrong in
 * full. */

#include "answer/sql_rows.h"
#include "answer/sql_same.h"
#include "qualify/clock.h"
#include "signal/case.h"
#include "signal/function.h"
#include "signal/story.h"

enum {
    SEEDS = 8,
    EXPRESSIONS = 16,
    ACCOUNTS = 8,
    MOMENTS = 5, /* of each account */
    AT_ONCE = 8, /* columns of one SELECT */
    CASES_MAX = 1000,
};

#if defined(__SANITIZE_ADDRESS__)
enum { STRIDE = 5 };
#else
enum { STRIDE = 1 };
#endif

/* ---- one history after another in one file ---- */

struct bench {
    struct us_tap *t;
    struct fixture x;
    struct us_history *h;
    size_t triples;
};

static bool anew(struct bench *b, const struct us_plan *plan, us_str *columns)
{
    struct us_error e = {0};
    us_history_close(b->h);
    b->h = NULL;
    struct us_history_rules rules = {.currency = US_S("USD"),
        .columns = plan->need.columns,
        .column_count = plan->need.column_count,
        .threads = 1};
    bool good =
        us_history_open(b->x.dir, &rules, true, NULL, NULL, &b->h, &e) == US_OK &&
        us_history_column_names(
            b->h, plan->need.columns, plan->need.column_count, columns, &e) == US_OK &&
        us_history_seen(b->h, &e) == US_OK;
    if (!good) fixture_say(&e);
    us_assert(good);
    return good;
}

static void run(struct bench *b, us_str sql)
{
    struct us_error e = {0};
    if (us_history_run(b->h, sql, &e) == US_OK) return;
    fixture_say(&e);
    us_assert(false);
}

static void empty(struct bench *b)
{
    for (size_t i = 0; i < TABLES; i++)
        run(b, us_arena_fmt(&b->x.a, "DELETE FROM %s", sql_tables[i]));
}

static void fill(struct bench *b, const struct sql_rows *w)
{
    for (size_t i = 0; i < TABLES; i++) {
        us_str sql = us_buf_str(&w->out[i]);
        us_assert(!w->out[i].full);
        if (us_str_has_suffix(sql, US_S(")"))) run(b, sql);
    }
}

/* ---- a few nodes of several accounts at some moments ---- */

struct question {
    struct bench *b;
    const struct us_plan *plan;
    const us_str *columns;
    const struct sql_placed *accounts;
    size_t account_count;
    const int64_t *moments;
    size_t moment_count;
    bool each; /* every evaluation moment up to the only one */
    us_scope scope;
    uint32_t nodes[AT_ONCE];
    size_t node_count;
    struct same_lines want, got;
};

/* Whether anything of the account, or of one person there, is known by t. */
static bool is_known(const struct us_log *log, uint32_t user, int64_t t)
{
    for (size_t i = 0; i < log->event_count; i++)
        if (log->events[i].from <= t &&
            (user == US_NOBODY || log->events[i].user == user))
            return true;
    for (size_t i = 0; i < log->trait_count && user == US_NOBODY; i++)
        if (log->traits[i].from <= t && log->traits[i].user == US_NOBODY) return true;
    for (size_t i = 0; i < log->payment_count && user == US_NOBODY; i++)
        if (log->payments[i].from <= t) return true;
    return false;
}

static void referee_row(struct question *q, const struct sql_placed *p, uint32_t user,
    int64_t t, struct same_lines *out)
{
    struct us_arena *a = &q->b->x.a;
    if (!is_known(p->log, user, t)) return;
    struct us_buf row = us_buf_new(a, 1 << 16);
    us_buf_put(&row, p->key);
    if (user != US_NOBODY)
        us_buf_fmt(
            &row, "|%.*s.%.*s", US_ARG(p->key), US_ARG(p->log->people[user].key));
    if (q->each || q->moment_count > 1) same_moment(&row, t);
    for (size_t i = 0; i < q->node_count; i++) {
        us_value v = us_naive(q->plan, q->nodes[i], p->log, user, t, a);
        same_value(&row, v);
    }
    q->b->triples += q->node_count;
    same_row(out, &row);
}

static void referee_each(struct question *q)
{
    for (size_t i = 0; i < q->account_count; i++) {
        const struct sql_placed *p = &q->accounts[i];
        struct us_clock clock = us_clock_of(p->log, false, q->moments[0], &q->b->x.a);
        int64_t t;
        bool line;
        while (us_clock_next(&clock, &t, &line))
            referee_row(q, p, US_NOBODY, t, &q->want);
    }
}

static void referee(struct question *q)
{
    if (q->each) {
        referee_each(q);
        return;
    }
    for (size_t i = 0; i < q->account_count; i++)
        for (size_t m = 0; m < q->moment_count; m++) {
            const struct sql_placed *p = &q->accounts[i];
            if (q->scope == US_PER_ACCOUNT)
                referee_row(q, p, US_NOBODY, q->moments[m], &q->want);
            for (uint32_t u = 0; u < p->log->person_count && q->scope == US_PER_USER;
                 u++)
                referee_row(q, p, u, q->moments[m], &q->want);
        }
}

static bool ask(struct question *q)
{
    struct us_arena *a = &q->b->x.a;
    struct us_sql_source source = {
        .plan = q->plan, .columns = q->columns, .currency = US_S("usd"), .lang = US_EN};
    struct us_sql_asked asked = {
        .scope = q->scope, .at = q->moments, .count = q->moment_count, .each = q->each};
    struct us_sql *sql = us_sql_new(&source, &asked, a);
    for (size_t i = 0; i < q->node_count; i++)
        us_sql_value(sql, us_arena_fmt(a, "value_%zu", i), q->nodes[i]);
    q->want = q->got = (struct same_lines){.a = a};
    referee(q);
    us_str text;
    if (same_ask(sql, q->b->h, &q->got, &text) && same_all(&q->want, &q->got))
        return true;
    for (size_t i = 0; i < q->node_count; i++) {
        struct us_buf expr = us_buf_new(a, 1 << 16);
        us_plan_print(q->plan, q->nodes[i], true, &expr);
        printf("# value_%zu: %.*s\n", i, US_ARG(us_buf_str(&expr)));
    }
    if (getenv("SHOW_SQL")) printf("%.*s\n", (int)text.len, text.ptr);
    return false;
}

/* ---- random ones ---- */

static bool ask_all(struct question *q, const uint32_t *nodes, us_scope scope)
{
    bool good = true;
    q->node_count = 0;
    q->scope = scope;
    for (size_t i = 0; i < EXPRESSIONS && good; i++) {
        if (q->plan->nodes[nodes[i]].scope != scope) continue;
        q->nodes[q->node_count++] = nodes[i];
        if (q->node_count < AT_ONCE) continue;
        good = ask(q);
        q->node_count = 0;
    }
    if (good && q->node_count) good = ask(q);
    return good;
}

static void keep(int64_t *moments, size_t *count, int64_t t)
{
    for (size_t i = 0; i < *count; i++)
        if (moments[i] == t) return;
    moments[(*count)++] = t;
}

static void random_one(struct bench *b, uint64_t seed)
{
    struct us_arena *a = &b->x.a;
    struct story y;
    char said[STORY_TEXT_MAX];
    uint32_t nodes[EXPRESSIONS];
    story_open(&y, seed);
    for (size_t i = 0; i < EXPRESSIONS; i++)
        nodes[i] = story_expression(&y, said);
    us_plan_close(y.plan);
    us_str columns[16];
    us_assert(y.plan->need.column_count <= 16);
    anew(b, y.plan, columns);
    struct sql_rows w = sql_rows_new(a, y.plan, columns);
    struct sql_placed accounts[ACCOUNTS];
    int64_t moments[ACCOUNTS * MOMENTS];
    size_t count = 0;
    sql_rows_names(&w);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        y.moment_count = 0;
        story_fill(&y);
        struct us_log *log = us_new(a, struct us_log, 1);
        *log = y.log;
        sql_rows_place(&w, &accounts[i], log);
        for (size_t m = 0; m < MOMENTS && y.moment_count; m++)
            keep(moments, &count, y.moments[story_below(&y, y.moment_count)]);
    }
    fill(b, &w);
    struct question q = {.b = b,
        .plan = y.plan,
        .columns = columns,
        .accounts = accounts,
        .account_count = ACCOUNTS,
        .moments = moments,
        .moment_count = count};
    bool good = ask_all(&q, nodes, US_PER_ACCOUNT) && ask_all(&q, nodes, US_PER_USER);
    if (!good) printf("# seed %llu\n", (unsigned long long)seed);
    CHECK_AS(b->t, good, "random expressions at random accounts");
    empty(b);
    story_close(&y);
}

/* ---- the cases of every function ---- */

struct cases {
    struct bench *b;
    struct us_plan *plan;
    const struct us_case *of[CASES_MAX];
    uint32_t nodes[CASES_MAX];
    size_t count;
    const char *histories[CASES_MAX];
    struct sql_placed accounts[CASES_MAX];
    size_t account_count;
};

static void cases_compile(struct cases *c)
{
    struct us_arena *a = &c->b->x.a;
    struct us_diags d = {.arena = a};
    struct us_config *config = NULL;
    us_assert(us_config_parse(US_S("usher.yml"), US_S("account: {unit: workspace}\n"),
                  a, &d, &config, NULL) == US_OK);
    us_plan_open(config, a, &d, &c->plan);
    for (size_t f = 0; f < US_FUNCTIONS; f++)
        for (const struct us_case *one = us_function_of((us_function_id)f)->cases;
             one->about; one++) {
            us_source source = {us_str_c(one->expr), {0, 1, 1, 1}};
            us_scope scope = one->user ? US_PER_USER : US_PER_ACCOUNT;
            uint32_t node = us_plan_add(c->plan, source, US_MISSING, scope, &d);
            us_assert(node != US_NODE_NONE && c->count < CASES_MAX);
            c->of[c->count] = one;
            c->nodes[c->count++] = node;
        }
    us_plan_close(c->plan);
}

/* The account that has a case's history; the one to come when none has. */
static size_t account_of(const struct cases *c, const struct us_case *one)
{
    size_t i = 0;
    while (i < c->account_count && strcmp(c->histories[i], one->history) != 0)
        i++;
    return i;
}

static void cases_place(struct cases *c, struct sql_rows *w)
{
    sql_rows_names(w);
    for (size_t i = 0; i < c->count; i++) {
        if (account_of(c, c->of[i]) < c->account_count) continue;
        const char *history = c->of[i]->history;
        struct us_log *log = us_new(w->a, struct us_log, 1);
        us_case_read(c->plan, us_str_c(history), w->a, log);
        c->histories[c->account_count] = history;
        sql_rows_place(w, &c->accounts[c->account_count++], log);
    }
}

static us_str field(us_str row, size_t n)
{
    us_str one = us_str_cut(row, '|', &row);
    for (; n > 0; n--)
        one = us_str_cut(row, '|', &row);
    return one;
}

/* Whether column k is the same at one account, wherever both have a row. */
static bool column_same(const struct question *q, us_str account, size_t k)
{
    size_t keys = 1;
    keys += q->scope == US_PER_USER;
    keys += q->moment_count > 1;
    for (size_t i = 0; i < q->want.count; i++) {
        us_str want = q->want.rows[i];
        if (!us_str_eq(field(want, 0), account)) continue;
        us_str key = us_str_slice(want, 0, (size_t)(field(want, keys).ptr - want.ptr));
        bool found = false;
        for (size_t g = 0; g < q->got.count && !found; g++)
            found = us_str_has_prefix(q->got.rows[g], key) &&
                    us_str_eq(field(q->got.rows[g], keys + k), field(want, keys + k));
        if (!found) return false;
    }
    return true;
}

/* A few of them of one scope, at all their moments and all accounts: more than the
 * cases ask. */
static void cases_ask(struct cases *c, const us_str *columns, size_t first, bool *done)
{
    int64_t moments[AT_ONCE];
    const struct us_case *of[AT_ONCE];
    struct question q = {.b = c->b,
        .plan = c->plan,
        .columns = columns,
        .accounts = c->accounts,
        .account_count = c->account_count,
        .moments = moments,
        .scope = c->plan->nodes[c->nodes[first]].scope};
    for (size_t i = first; i < c->count && q.node_count < AT_ONCE; i++) {
        if (done[i] || c->plan->nodes[c->nodes[i]].scope != q.scope) continue;
        done[i] = true;
        of[q.node_count] = c->of[i];
        q.nodes[q.node_count++] = c->nodes[i];
        keep(moments, &q.moment_count, us_case_time(us_str_c(c->of[i]->at)));
    }
    bool good = ask(&q);
    CHECK_AS(c->b->t, good, "cases at the accounts of all the others");
    for (size_t i = 0; i < q.node_count; i++) {
        us_str account = c->accounts[account_of(c, of[i])].key;
        CHECK_AS(c->b->t, good || column_same(&q, account, i), of[i]->about);
    }
}

static void all_cases(struct bench *b)
{
    struct cases *c = us_new(&b->x.a, struct cases, 1);
    c->b = b;
    cases_compile(c);
    us_str columns[32];
    us_assert(c->plan->need.column_count <= 32);
    anew(b, c->plan, columns);
    struct sql_rows w = sql_rows_new(&b->x.a, c->plan, columns);
    cases_place(c, &w);
    fill(b, &w);
    bool done[CASES_MAX] = {false};
    for (size_t i = 0; i < c->count; i++)
        if (!done[i]) cases_ask(c, columns, i, done);
    empty(b);
}

/* ---- what goes again, at every evaluation moment ---- */

/* Each is an account of its own, at which nothing else comes or goes that day. */
static const char *const going[] = {
    "2026-03-01T09:00 until 2026-03-03T10:30 account pays 120 from=2026-03-01 "
    "to=2027-03-01 months=12\n",
    "2026-03-01T09:00 ann \"A\"\n"
    "2026-03-01T09:00 known 2026-03-02T07:30 until 2026-03-02T10:30 account pays 5\n",
    "2026-03-01T09:00 ann \"A\"\n2026-03-01T09:00 until 2026-03-02T10:30 bob \"A\"\n",
    "2026-03-01T09:00 ann \"A\"\n"
    "2026-03-01T09:00 until 2026-03-02T10:30 account sets plan=\"pro\"\n",
};
enum { GOING = sizeof going / sizeof *going };

static void goes(struct bench *b)
{
    static const char *const exprs[] = {"coalesce(account.mrr, 0)", "account.paid(all)",
        "count(\"A\", all)", "account.plan == \"pro\""};
    struct us_arena *a = &b->x.a;
    struct us_diags d = {.arena = a};
    struct us_config *config = NULL;
    struct us_plan *plan;
    struct sql_placed accounts[GOING];
    int64_t until = us_case_time(US_S("2026-03-05T12:00"));
    us_assert(us_config_parse(US_S("usher.yml"), US_S("account: {unit: workspace}\n"),
                  a, &d, &config, NULL) == US_OK);
    us_plan_open(config, a, &d, &plan);
    struct question q = {.b = b,
        .plan = plan,
        .accounts = accounts,
        .account_count = GOING,
        .moments = &until,
        .moment_count = 1,
        .each = true,
        .scope = US_PER_ACCOUNT};
    for (size_t i = 0; i < sizeof exprs / sizeof *exprs; i++) {
        us_source source = {us_str_c(exprs[i]), {0, 1, 1, 1}};
        q.nodes[q.node_count++] =
            us_plan_add(plan, source, US_MISSING, US_PER_ACCOUNT, &d);
    }
    us_assert(d.errors == 0);
    us_plan_close(plan);
    anew(b, plan, NULL);
    struct sql_rows w = sql_rows_new(a, plan, NULL);
    sql_rows_names(&w);
    for (size_t i = 0; i < GOING; i++) {
        struct us_log *log = us_new(a, struct us_log, 1);
        us_case_read(plan, us_str_c(going[i]), a, log);
        sql_rows_place(&w, &accounts[i], log);
    }
    fill(b, &w);
    CHECK_AS(b->t, ask(&q), "the moment at which a row goes is asked at");
    empty(b);
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    struct bench b = {.t = &t};
    fixture_init(&b.x);
    bool cases = argc > 1 && strcmp(argv[1], "cases") == 0;
    uint64_t only = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    if (!only) {
        all_cases(&b);
        goes(&b);
    }
    for (uint64_t seed = 1; seed <= SEEDS && !only && !cases; seed += STRIDE)
        random_one(&b, seed);
    if (only) random_one(&b, only);
    printf("# %zu values\n", b.triples);
    us_history_close(b.h);
    fixture_done(&b.x);
    return us_tap_done(&t);
}
