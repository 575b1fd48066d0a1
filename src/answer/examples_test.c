/* Values of every signal of the examples, for every account at the ends of days,
 * equal DuckDB SQL written by hand over the raw file (test/sql/), and by replay as by
 * the referee; the transitions of every so many accounts likewise. Of every third day,
 * in a sanitized build of every seventh, and with USHER_EVERY_DAY set (make soak) of
 * all. argv[1] is the root of the sources. */

#include "base/hash.h"
#include "base/tap.h"
#include "file/file.h"
#include "import/import.h"
#include "qualify/referee.h"
#include "qualify/replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t LATER =
    INT64_C(1800000000000000); /* than all of the data, when it is imported */

enum {
    SQL_BYTES_MAX = 1 << 20,
    SCRATCH_BYTES = 1 << 28,
    TRIED_OF = 101,          /* one account of so many has its transitions tried */
    TRIED_EVENTS_MAX = 3000, /* the referee reads all of them at every moment */
};

#if defined(__SANITIZE_ADDRESS__)
static int64_t stride = 7;
#else
static int64_t stride = 3;
#endif

struct set {
    struct us_arena memory, grid, scratch;
    struct us_rules *rules;
    struct us_intern accounts;
    double *values; /* [account][day][signal]; NAN is missing */
    int64_t first, days;
    size_t signals;
    struct us_arena past_memory, account;
    struct us_replay *replay;
    int64_t compared, wrong;
    int64_t apart; /* values of replay that are not the referee's */
    int64_t tried, transitions, lives_apart;
    char said[400];
};

static us_code span_cell(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    struct set *s = ctx;
    int64_t last = 0;
    us_str_int(cells[0].text, &s->first);
    us_str_int(cells[1].text, &last);
    s->days = last - s->first + 1;
    return US_OK;
}

static double as_number(us_value v)
{
    if (v.kind == US_BOOL) return v.truth;
    return v.kind == US_NUMBER ? v.number : NAN;
}

/* ---- replay beside the referee ---- */

struct firings {
    struct us_transition *items;
    size_t count, cap;
    uint32_t definition;
    struct us_arena *a;
};

static us_code firing(void *ctx, const struct us_firing *f, struct us_error *e)
{
    (void)e;
    struct firings *x = ctx;
    if (f->user == US_NOBODY)
        *us_push(x->a, x->items, x->count, x->cap) = f->transition;
    return US_OK;
}

static void lives(struct set *s, const struct us_log *log, int64_t until)
{
    s->tried++;
    for (uint32_t d = 0; d < s->rules->definition_count; d++) {
        struct firings want = {.definition = d, .a = &s->account};
        struct us_trial trial = {s->rules, log, d, until, &s->scratch};
        us_code code = us_referee(&trial, firing, &want, NULL);
        struct us_replay_answer got = us_replay_ask(s->replay, d, false);
        bool same = code == US_OK && want.count == got.count;
        for (size_t i = 0; same && i < got.count; i++)
            same = want.items[i].t == got.items[i].change.t &&
                   want.items[i].change == got.items[i].change.change;
        s->transitions += (int64_t)got.count;
        s->lives_apart += !same;
        us_arena_reset(&s->scratch);
    }
}

static void replay_take(struct set *s, const struct us_log *log, int64_t until)
{
    struct us_runs *runs;
    us_arena_reset(&s->account);
    runs = us_new(&s->account, struct us_runs, 1);
    us_runs_of_log(log, &s->rules->plan->need, &s->account, runs);
    if (!s->replay) s->replay = us_replay_new(s->rules, &s->past_memory);
    us_replay_take(s->replay, runs, until);
}

static us_code evaluate(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct set *s = ctx;
    us_intern_put(&s->accounts, log->key);
    double *row = us_new(&s->grid, double, (size_t)s->days * s->signals);
    if (!s->values) s->values = row;
    int64_t until = (s->first + s->days) * US_DAY_US - 1;
    replay_take(s, log, until);
    for (int64_t d = 0; d < s->days; d += stride) {
        int64_t t = (s->first + d + 1) * US_DAY_US - 1;
        for (size_t i = 0; i < s->signals; i++) {
            us_mark mark = us_arena_mark(&s->scratch);
            us_value v = us_naive(s->rules->plan, s->rules->plan->signals[i].node, log,
                US_NOBODY, t, &s->scratch);
            row[(size_t)d * s->signals + i] = as_number(v);
            us_value again = us_past_value(us_replay_past(s->replay),
                s->rules->plan->signals[i].node, US_NOBODY, t);
            s->apart += !us_value_same(v, again);
            us_arena_pop(&s->scratch, mark);
        }
    }
    bool tried = log->account % TRIED_OF == 0 && log->event_count < TRIED_EVENTS_MAX;
    if (tried) lives(s, log, until);
    return US_OK;
}

static double cell_number(const struct us_history_cell *c)
{
    double value = NAN;
    if (c->null) return NAN;
    if (us_str_eq(c->text, US_S("true"))) return 1;
    if (us_str_eq(c->text, US_S("false"))) return 0;
    us_str_real(c->text, &value);
    return value;
}

static bool same(double a, double b)
{
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    return fabs(a - b) <= 1e-12 * fmax(1, fabs(a));
}

static us_code compare(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)e;
    struct set *s = ctx;
    int64_t day = 0;
    us_str_int(cells[1].text, &day);
    if ((day - s->first) % stride) return US_OK;
    uint32_t account = us_intern_find(&s->accounts, cells[0].text);
    for (size_t c = 2; c < head->column_count; c++) {
        uint32_t signal = us_plan_signal_find(s->rules->plan, head->columns[c]);
        double wanted = cell_number(&cells[c]);
        double got = NAN;
        if (account != US_INTERN_NONE && signal != US_NODE_NONE)
            got = s->values[((size_t)account * (size_t)s->days +
                                (size_t)(day - s->first)) *
                                s->signals +
                            signal];
        s->compared++;
        if (signal != US_NODE_NONE && same(wanted, got)) continue;
        if (!s->wrong++)
            snprintf(s->said, sizeof s->said, "%.*s day %lld %.*s: SQL %g, ours %g",
                US_ARG(cells[0].text), (long long)day, US_ARG(head->columns[c]), wanted,
                got);
    }
    return US_OK;
}

static us_str with_file(struct us_arena *a, us_str sql, us_str file)
{
    struct us_buf out = us_buf_new(a, SQL_BYTES_MAX);
    while (sql.len) {
        size_t at = us_str_find(sql, US_S("{file}"));
        us_buf_put(&out, us_str_slice(sql, 0, at));
        if (at < sql.len) us_buf_put(&out, file);
        sql = us_str_slice(sql, at < sql.len ? at + 6 : at, sql.len);
    }
    return us_buf_str(&out);
}

static us_code import(struct set *s, us_str dir, us_str file, struct us_error *e)
{
    const struct us_need *need = &s->rules->plan->need;
    struct us_history_rules rules = {.currency = US_S("USD"),
        .columns = need->columns,
        .column_count = need->column_count};
    struct us_import_options options = {.dir = dir, .rules = &rules, .now = LATER};
    struct us_import_counts counts;
    struct us_import *im = NULL;
    US_TRY(us_import_open(&options, &im, e));
    us_code code = us_import_file(im, file, &counts, e);
    if (code == US_OK) code = us_import_finish(im, e);
    us_import_close(im);
    if (code != US_OK) return code;
    struct us_history *h = NULL;
    US_TRY(us_history_open(dir, &rules, true, NULL, NULL, &h, e));
    code = us_history_sql(h,
        US_S(
            "SELECT epoch_us(min(happened)) // 86400000000, epoch_us(max(happened)) // "
            "86400000000 FROM events"),
        span_cell, s, e);
    if (code == US_OK)
        code = us_history_logs(h, need, (us_str){0}, US_NEVER - 1, evaluate, s, e);
    us_history_close(h);
    return code;
}

static us_code judge(
    struct set *s, us_str root, us_str name, us_str file, struct us_error *e)
{
    us_str sql;
    struct us_history *scratch = NULL;
    us_str path =
        us_arena_fmt(&s->memory, "%.*s/test/sql/%.*s.sql", US_ARG(root), US_ARG(name));
    US_TRY(us_file_read(path, SQL_BYTES_MAX, &s->memory, &sql, e));
    US_TRY(us_history_scratch(&scratch, e));
    us_code code =
        us_history_sql(scratch, with_file(&s->memory, sql, file), compare, s, e);
    us_history_close(scratch);
    return code;
}

static us_code run(struct set *s, us_str root, us_str name, us_str file, us_str dir,
    struct us_error *e)
{
    struct us_diags d = {.arena = &s->memory};
    struct us_config *config = NULL;
    us_str yml = us_arena_fmt(
        &s->memory, "%.*s/examples/%.*s/usher.yml", US_ARG(root), US_ARG(name));
    US_TRY(us_config_read(yml, &s->memory, &d, &config, e));
    us_rules_compile(config, &s->memory, &d, &s->rules);
    if (d.errors)
        return us_fail(e, US_INPUT, "config.mistakes", NULL); /* i18n: no key */
    s->signals = s->rules->plan->signal_count;
    US_TRY(import(s, dir, file, e));
    return judge(s, root, name, file, e);
}

static void example(struct us_tap *t, us_str root, us_str shared, us_str name)
{
    struct set s = {0};
    struct us_error e = {0};
    us_arena_init(&s.memory, 64 << 20);
    us_arena_init(&s.grid, (size_t)8 << 30);
    us_arena_init(&s.scratch, SCRATCH_BYTES);
    us_arena_init(&s.past_memory, (size_t)8 << 30);
    us_arena_init(&s.account, (size_t)8 << 30);
    us_intern_init(&s.accounts);
    us_str file = us_arena_fmt(&s.memory, "%.*s/data/%.*s/%.*s.ndjson.gz",
        US_ARG(shared), US_ARG(name), US_ARG(name));
    if (!us_file_exists(file)) {
        printf(
            "ok %d - %.*s # SKIP the real data is not here\n", ++t->ran, US_ARG(name));
    } else {
        char dir[] = "/tmp/usher-examples-XXXXXX";
        us_assert(mkdtemp(dir) != NULL);
        us_code code = run(&s, root, name, file, us_str_c(dir), &e);
        CHECK_AS(t, code == US_OK, code == US_OK ? "runs" : e.key);
        CHECK_AS(t, s.wrong == 0, s.wrong ? s.said : "equals SQL written by hand");
        CHECK_AS(t, s.compared > 100000, "there was something to compare");
        CHECK_AS(t, s.apart == 0, "replay gives the referee's values");
        CHECK_AS(t, s.lives_apart == 0 && s.transitions > 0,
            "replay gives the referee's entries and exits, to the microsecond");
        printf("# %lld accounts with %lld entries and exits\n", (long long)s.tried,
            (long long)s.transitions);
        printf("# %.*s: %lld values, %lld wrong\n", US_ARG(name), (long long)s.compared,
            (long long)s.wrong);
        us_code gone = us_file_remove_tree(us_str_c(dir), &e);
        (void)gone;
    }
    us_intern_done(&s.accounts);
    if (s.replay) us_replay_done(s.replay);
    us_arena_done(&s.account);
    us_arena_done(&s.past_memory);
    us_arena_done(&s.scratch);
    us_arena_done(&s.grid);
    us_arena_done(&s.memory);
}

int main(int argc, char **argv)
{
    struct us_tap t = {0};
    if (getenv("USHER_EVERY_DAY")) stride = 1;
    us_str root = us_str_c(argc > 1 ? argv[1] : ".");
    const char *given = getenv("USHER_SHARED");
    char beside[4096];
    snprintf(beside, sizeof beside, "%.*s/../shared", US_ARG(root));
    us_str shared = us_str_c(given ? given : beside);
    example(&t, root, shared, US_S("callmemaybe"));
    example(&t, root, shared, US_S("onlineretail"));
    return us_tap_done(&t);
}
