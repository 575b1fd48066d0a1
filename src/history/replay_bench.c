/* replay_bench.c: what sorting history for replay costs, and what reading it back does.
 *
 *     replay_bench [events] [known later, in 100] [runs]
 *
 * Events are put into history's own table, in order of time: people in sessions of a
 * few events, twenty names of which some are rare, a number on two of them and a text
 * on a third. Time is the processor's, of one thread.
 */
#include "history/history_fixture.h"
#include "history/replay_store.h"

#include <time.h>

enum { USERS = 70, MEMBERS = 2, NAMES = 20, DAYS = 180, SESSION = 8 };
static const int64_t BEGIN = INT64_C(1735689600000000);

static double seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*seed >> 33) % below;
}

/* Name k comes half as often as half of those before it: 0 is a third of all. */
static uint32_t name_draw(uint64_t *seed)
{
    uint64_t a = draw(seed, NAMES);
    uint64_t b = draw(seed, NAMES);
    return (uint32_t)(a * b / NAMES);
}

static void ids_make(struct us_history *h, uint32_t users)
{
    char text[32];
    for (uint32_t i = 0; i < users; i++) {
        int len = snprintf(text, sizeof text, "usr_%u", i);
        us_assert(core_person(h, (us_str){text, (size_t)len}, true) == i);
    }
    for (uint32_t i = 0; i <= users / MEMBERS; i++) {
        int len = snprintf(text, sizeof text, "ws_%u", i);
        us_assert(core_account(h, (us_str){text, (size_t)len}) == i);
    }
    for (uint32_t i = 0; i < NAMES; i++) {
        int len = snprintf(text, sizeof text, "Event %u", i);
        us_assert(us_intern_put(&h->names.terms, (us_str){text, (size_t)len}) == i);
    }
    us_assert(us_intern_put(&h->sources.terms, US_S("bench")) == 0);
}

static void row_put(struct duck_table *t, uint64_t *seed, int64_t seq, int64_t at,
    uint32_t user, int later)
{
    uint32_t name = name_draw(seed);
    bool lags = (int)draw(seed, 100) < later;
    duck_put_i64(t, E_SEQ, seq);
    duck_put_time(t, E_AT, at);
    duck_put_time(t, E_KNOWN, at + (lags ? (int64_t)draw(seed, 2000000) : 0));
    duck_put_id(t, E_ACCOUNT, user / MEMBERS);
    duck_put_id(t, E_PERSON, user);
    duck_put_id(t, E_USR, user);
    duck_put_id(t, E_ANON, US_NOBODY);
    duck_put_id(t, E_GRP, user / MEMBERS);
    duck_put_id(t, E_NAME, name);
    duck_put_id(t, E_SOURCE, 0);
    duck_put_bool(t, E_SKEWED, false);
    duck_put_i64(t, E_LINE, (INT64_C(1) << CORE_LINE_BITS) + seq * 400);
    if (name == 3 || name == 7) {
        duck_put_i64(t, E_COLUMNS, (int64_t)draw(seed, 1000) * US_MILLION);
    } else {
        duck_put_null(t, E_COLUMNS);
    }
    if (name == 5) {
        static const us_str words[] = {
            US_S_INIT("seats"), US_S_INIT("storage"), US_S_INIT("api")};
        duck_put_text(t, E_COLUMNS + 1, words[draw(seed, 3)]);
    } else {
        duck_put_null(t, E_COLUMNS + 1);
    }
    us_assert(duck_row_end(t, NULL) == US_OK);
}

static void events_put(struct us_history *h, int64_t from, int64_t n, int64_t total,
    uint32_t users, int later)
{
    static const size_t batch = 1 << 22;
    uint64_t seed = (uint64_t)from + 1;
    uint32_t user = 0;
    for (int64_t i = from; i < from + n; i++) {
        if (!h->batch) {
            us_assert(duck_run(h->duck.link, US_S("BEGIN TRANSACTION"), NULL) == US_OK);
            h->batch = true;
        }
        struct duck_table *t;
        us_assert(core_table(h, T_EVENTS, &t, NULL) == US_OK);
        if (draw(&seed, SESSION) == 0) user = (uint32_t)draw(&seed, users);
        int64_t at = BEGIN + i * (DAYS * US_DAY_US / total);
        row_put(t, &seed, i + 1, at, user, later);
        h->seq = i + 1;
        h->next = (us_pos){1, (uint64_t)(i + 1) * 400};
        if ((size_t)(i + 1) % batch == 0)
            us_assert(us_history_commit(h, NULL) == US_OK);
    }
    us_assert(us_history_commit(h, NULL) == US_OK);
    us_assert(us_history_settle(h, NULL) == US_OK);
}

static void say(const char *what, double took, int64_t n)
{
    printf("%-34s %8.3f s  %7.1f ns/event  %6.1f M events/s\n", what, took,
        took * 1e9 / (double)n, (double)n / took * 1e-6);
    fflush(stdout);
}

static uint64_t files_size(struct fixture *x)
{
    us_str dir = us_file_join(&x->a, x->dir, US_S("replay"));
    us_str *names;
    size_t count;
    uint64_t size = 0;
    if (us_file_list(dir, &x->a, &names, &count, NULL) != US_OK) return 0;
    for (size_t i = 0; i < count; i++) {
        struct replay_head head;
        if (replay_head_read(us_file_join(&x->a, dir, names[i]), &head))
            size += head.body;
    }
    return size;
}

/* Every account's runs, and a look at each run's days. */
static void walk(const struct us_replay_view *v, const char *what, int64_t n)
{
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 30);
    double from = seconds();
    uint64_t rows = 0;
    uint64_t days = 0;
    for (size_t i = 0; i < us_replay_count(v); i++) {
        struct us_runs r;
        us_arena_reset(&a);
        us_replay_account(v, i, &a, &r);
        rows += r.row_count;
        for (size_t k = 0; k < r.run_count; k++)
            days += r.runs[k].day_to - r.runs[k].day_from;
    }
    say(what, seconds() - from, n);
    printf("    %zu accounts, %llu rows, %llu days of runs\n", us_replay_count(v),
        (unsigned long long)rows, (unsigned long long)days);
    us_arena_done(&a);
}

static struct us_replay_store *open_timed(
    struct fixture *x, struct us_history *h, const char *what, int64_t n)
{
    struct us_replay_store *s;
    double from = seconds();
    us_assert(us_replay_open(x->dir, h, NULL, NULL, &s, NULL) == US_OK);
    say(what, seconds() - from, n);
    return s;
}

static void view_timed(
    struct us_replay_store *s, const struct us_need *need, const char *what, int64_t n)
{
    struct us_replay_view *v;
    double from = seconds();
    us_assert(us_replay_view(s, need, NULL, NULL, &v, NULL) == US_OK);
    say(what, seconds() - from, n);
    walk(v, "  all accounts", n);
    walk(v, "  all accounts, again", n);
    us_replay_view_close(v);
}

int main(int argc, char **argv)
{
    int64_t n = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000;
    int later = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;
    struct fixture x;
    fixture_init(&x);
    struct us_column columns[] = {
        {US_S("amount"), US_NUMBER}, {US_S("resource"), US_STRING}};
    struct us_history_rules rules = {
        .currency = US_S("USD"), .columns = columns, .column_count = 2, .threads = 1};
    struct us_history *h;
    us_assert(us_history_open(x.dir, &rules, true, NULL, NULL, &h, NULL) == US_OK);
    uint32_t users = (uint32_t)(n / USERS) + 1;
    ids_make(h, users);
    double from = seconds();
    events_put(h, 0, n, n, users, later);
    say("history, for comparison", seconds() - from, n);

    us_str names[] = {US_S("Event 3"), US_S("Event 5"), US_S("Event 9")};
    struct us_need any = {.names = names, .name_count = 3, .any = true};
    struct us_need cells = any;
    cells.columns = columns;
    cells.column_count = 2;
    struct us_need few = {.names = names, .name_count = 3};
    int runs = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3;
    for (int i = 0; i < runs; i++) {
        us_str dir = us_file_join(&x.a, x.dir, US_S("replay"));
        us_assert(us_file_remove_tree(dir, NULL) == US_OK);
        us_replay_close(open_timed(&x, h, "build", n));
    }
    printf("    %.1f bytes/event\n", (double)files_size(&x) / (double)n);
    struct us_replay_store *s = open_timed(&x, h, "open", n);
    view_timed(s, &any, "view of all names", n);
    view_timed(s, &cells, "view, two columns to build", n);
    view_timed(s, &cells, "view, two columns there", n);
    view_timed(s, &few, "view of three names alone", n);
    us_replay_close(s);
    events_put(h, n, n / 50, n, users, later);
    s = open_timed(&x, h, "open, a fiftieth more", n / 50);
    view_timed(s, &any, "view of all names", n);
    us_replay_close(s);
    us_history_close(h);
    fixture_done(&x);
    return 0;
}
