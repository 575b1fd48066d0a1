/* replay_store_test.c: views of random histories, loaded in any order and in pieces,
 * held against us_history_logs; and of one
 * account alone, as of a moment. SEED=n runs one of them, ROUNDS=n more.
 */
#include "history/history_story.h"
#include "history/replay_fixture.h"
#include "history/replay_store.h"

enum { ROUNDS = 5, NEEDS_A_PIECE = 2, ONES_A_NEED = 2 };

static us_str need_names[] = {US_S_INIT("n0"), US_S_INIT("n1")};
static us_str need_account[] = {US_S_INIT("plan"), US_S_INIT("country")};
static us_str need_user[] = {US_S_INIT("role")};
static struct us_other_name need_others[] = {{US_S_INIT("n2"), 0}};
static struct us_column need_columns[] = {{US_S_INIT("v"), US_STRING},
    {US_S_INIT("v"), US_NUMBER}, {US_S_INIT("v"), US_BOOL}};
static const us_str fixed[] = {US_S_INIT("country")};
static const us_str internal[] = {US_S_INIT("d1.com"), US_S_INIT("g3")};

enum { NEEDS = 6 };

/* Every way to ask for more or less. */
static struct us_need need_of(size_t which)
{
    struct us_need all = {.names = need_names,
        .name_count = 2,
        .columns = need_columns,
        .column_count = 3,
        .account_traits = need_account,
        .account_trait_count = 2,
        .user_traits = need_user,
        .user_trait_count = 1,
        .any = true,
        .payments = true,
        .deals = true};
    struct us_need n = all;
    switch (which) {
    case 1: n.any = false; break;
    case 2:
        n.user_trait_count = 0;
        n.others = need_others;
        n.other_count = 1;
        break;
    case 3:
        n = (struct us_need){.names = need_names + 1, .name_count = 1};
        n.others = need_others;
        n.other_count = 1;
        break;
    case 4: n = (struct us_need){.any = true, .payments = true}; break;
    case 5: n = (struct us_need){.deals = true}; break;
    default: break;
    }
    return n;
}

static us_code story_go(struct fixture *x, struct story *s, size_t from, size_t to,
    struct us_history *h, struct us_error *e)
{
    for (size_t i = from; i < to; i++)
        move_write(x, s, &s->moves[i]);
    US_TRY(fixture_load(x, h, e));
    return us_history_settle(h, e);
}

/* A log as it is printed, and the order of its rows beside it. */
struct in_order {
    struct printed printed;
    struct us_buf order;
};

static us_code take_in_order(void *ctx, const struct us_log *log, struct us_error *e)
{
    struct in_order *o = ctx;
    for (size_t i = 0; i < log->event_count; i++)
        us_buf_fmt(&o->order, "event %lld %lld %lld\n", (long long)log->events[i].at,
            (long long)log->events[i].seq, (long long)log->events[i].from);
    for (size_t i = 0; i < log->trait_count; i++)
        us_buf_fmt(&o->order, "trait %lld %lld\n", (long long)log->traits[i].at,
            (long long)log->traits[i].seq);
    for (size_t i = 0; i < log->person_count; i++)
        us_buf_fmt(&o->order, "person %u\n", log->people[i].id);
    return fixture_take(&o->printed, log, e);
}

static struct in_order in_order_new(struct us_arena *a, const struct us_need *need)
{
    return (struct in_order){
        .printed = {.a = a, .out = us_buf_new(a, (size_t)16 << 20), .need = need},
        .order = us_buf_new(a, (size_t)16 << 20)};
}

static us_code one_take(struct us_replay_store *store, const struct us_need *need,
    const struct us_replay_one *one, struct in_order *o, struct us_error *e)
{
    struct us_replay_view *v;
    US_TRY(us_replay_view_one(store, need, one, &v, e));
    struct us_runs runs;
    struct us_log log;
    us_code code = US_OK;
    if (us_replay_count(v)) {
        us_replay_account(v, 0, o->printed.a, &runs);
        us_log_of_runs(&runs, need, one->until, o->printed.a, &log);
        code = take_in_order(o, &log, e);
    }
    us_replay_view_close(v);
    return code;
}

/* An account, or none, at a moment on the way. */
static bool one_holds(struct story *s, struct us_history *h,
    struct us_replay_store *store, const struct us_need *need, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 30);
    size_t accounts = h->accounts.terms.count;
    uint32_t account = (uint32_t)draw(&s->seed, accounts + 1);
    struct us_replay_one one = {.key = US_S("nobody"), .until = US_NEVER};
    if (account < accounts) one.key = core_account_key(h, account);
    if (draw(&s->seed, 4)) one.until = START + (int64_t)draw(&s->seed, 42) * US_HOUR_US;
    struct in_order ours = in_order_new(&a, need);
    struct in_order theirs = in_order_new(&a, need);
    bool good = one_take(store, need, &one, &ours, e) == US_OK &&
                us_history_logs(
                    h, need, one.key, one.until, take_in_order, &theirs, e) == US_OK;
    good = good && fixture_same(us_buf_str(&ours.order), us_buf_str(&theirs.order)) &&
           fixture_same(us_buf_str(&ours.printed.out), us_buf_str(&theirs.printed.out));
    if (!good)
        printf("# account %.*s until %lld\n", US_ARG(one.key), (long long)one.until);
    us_arena_done(&a);
    return good;
}

static bool views_hold(struct fixture *x, struct story *s, struct us_history *h,
    struct us_replay_store *store, struct us_error *e)
{
    if (us_replay_refresh(store, NULL, NULL, e) != US_OK) return false;
    bool good = true;
    for (size_t i = 0; i < NEEDS_A_PIECE && good; i++) {
        size_t k = draw(&s->seed, NEEDS);
        struct us_need need = need_of(k);
        good = fixture_same(fixture_view(&x->a, store, &need),
            fixture_logs(&x->a, h, &need, (us_str){"", 0}, US_NEVER));
        for (int n = 0; n < ONES_A_NEED && good; n++)
            good = one_holds(s, h, store, &need, e);
        if (!good) printf("# need %zu\n", k);
    }
    return good;
}

/* A store whose segments are small, of any size. */
static us_code store_open(struct fixture *x, struct story *s, struct us_history *h,
    struct us_replay_store **out, struct us_error *e)
{
    static const int64_t least[] = {1, 4, 1000};
    struct replay_tuning tuning = {.events_min = least[draw(&s->seed, 3)],
        .merge_factor = 2 * (int64_t)draw(&s->seed, 2),
        .pass_rows = 1 + draw(&s->seed, 9),
        .dirty_share = 1 + 7 * draw(&s->seed, 2)};
    struct replay_progress none = {0};
    return replay_open_tuned(x->dir, h, &tuning, none, out, e);
}

/* By a handle beside: all of it is on the disk afterwards, cells too, and one that only
 * reads takes it from there. */
static bool laid_beside(
    struct fixture *x, struct story *s, struct us_history *h, struct us_error *e)
{
    struct us_history *b = NULL;
    struct us_replay_store *store = NULL;
    struct replay_progress none = {0};
    struct replay_tuning tuning = {
        .events_min = 1, .merge_factor = 2, .pass_rows = 9, .dirty_share = 8};
    if (us_history_beside(h, &b, e) != US_OK) return false;
    const _Atomic bool ends = draw(&s->seed, 2);
    b->lay_ends = &ends;
    struct us_error why;
    us_code ended = replay_lay_tuned(x->dir, b, &tuning, &why);
    b->lay_ends = NULL;
    bool good = ended == US_OK || (ends && ended == US_BUSY);
    good = good && replay_lay_tuned(x->dir, b, &tuning, e) == US_OK;
    us_history_close(b);
    if (!good || us_history_beside(h, &b, e) != US_OK) return false;
    good = replay_open_tuned(x->dir, b, &tuning, none, &store, e) == US_OK &&
           views_hold(x, s, b, store, e);
    for (size_t i = 0; good && i < store->count; i++) {
        const struct replay_segment *one = &store->segments[i];
        good = one->file.mapped > 0 && one->column_count > 0;
        for (size_t c = 0; c < one->column_count; c++)
            good = good && one->columns[c].file.mapped > 0;
        if (!good) printf("# segment %zu is not on the disk\n", i);
    }
    us_replay_close(store);
    us_history_close(b);
    return good;
}

static bool told(struct fixture *x, struct story *s,
    const struct us_history_rules *rules, struct us_error *e)
{
    struct us_history *h;
    struct us_replay_store *store = NULL;
    if (us_history_open(x->dir, rules, true, NULL, NULL, &h, e) != US_OK) return false;
    bool good = true;
    for (size_t from = 0; good && from < s->count;) {
        size_t to = from + 1 + draw(&s->seed, s->count / 3);
        if (to > s->count) to = s->count;
        good = story_go(x, s, from, to, h, e) == US_OK;
        if (good && (!store || draw(&s->seed, 3) == 0)) {
            us_replay_close(store);
            store = NULL;
            good = store_open(x, s, h, &store, e) == US_OK;
        }
        good = good && views_hold(x, s, h, store, e);
        if (good && draw(&s->seed, 4) == 0) {
            us_replay_close(store);
            store = NULL;
            good = laid_beside(x, s, h, e);
        }
        from = to;
    }
    us_replay_close(store);
    us_history_close(h);
    return good;
}

static bool round_holds(uint64_t seed, bool company)
{
    struct story s;
    story_draw(&s, seed, company);
    struct fixture x;
    fixture_init(&x);
    struct us_history_rules rules = {.unit = company ? US_COMPANY : US_WORKSPACE,
        .currency = US_S("USD"),
        .columns = need_columns,
        .column_count = 3,
        .fixed = fixed,
        .fixed_count = 1,
        .internal = internal,
        .internal_count = draw(&s.seed, 2) ? 2 : 0,
        .threads = 1};
    struct us_error e = {0};
    bool good = told(&x, &s, &rules, &e);
    if (e.code != US_OK) fixture_say(&e);
    fixture_done(&x);
    return good;
}

static void rounds(struct us_tap *t, bool company)
{
    const char *given = getenv("SEED");
    uint64_t first = given ? strtoull(given, NULL, 10) : 1;
    const char *more = getenv("ROUNDS");
    size_t count = given ? 1 : more ? strtoull(more, NULL, 10) : ROUNDS;
    for (size_t i = 0; i < count; i++) {
        if (round_holds(first + i, company)) continue;
        printf("# SEED=%llu company=%d\n", (unsigned long long)(first + i), company);
        CHECK_AS(t, false, "a view of a random history is its logs");
        return;
    }
    CHECK_AS(t, true,
        company ? "companies: views of any history, in pieces, are its logs"
                : "workspaces: views of any history, in pieces, are its logs");
}

static const struct us_need need_roles = {.names = need_names,
    .name_count = 1,
    .user_traits = need_user,
    .user_trait_count = 1};

/* What is asked of the account acme alone, of all that was written. */
static us_str acme_replayed(struct us_tap *t, struct fixture *x, struct us_history *h,
    struct us_replay_store **store)
{
    OK(t, fixture_load(x, h, e));
    OK(t, us_history_settle(h, e));
    OK(t, us_replay_open(x->dir, h, NULL, NULL, store, e));
    struct us_replay_one one = {US_S("acme"), US_NEVER};
    struct in_order o = in_order_new(&x->a, &need_roles);
    OK(t, one_take(*store, &need_roles, &one, &o, e));
    return us_buf_str(&o.printed.out);
}

/* Somebody whom only a group call put into the account, by another id than the one that
 * has the traits; and then the two were one no more. */
static void member_without_rows(struct us_tap *t)
{
    static const char *const lines[] = {
        "{\"type\":\"track\",\"event\":\"n0\",\"userId\":\"u1\",\"context\":"
        "{\"groupId\":\"acme\"},\"timestamp\":\"2026-01-01T00:00:00Z\"}",
        "{\"type\":\"group\",\"anonymousId\":\"a2\",\"groupId\":\"acme\","
        "\"timestamp\":\"2026-01-02T00:00:00Z\"}",
        "{\"type\":\"identify\",\"anonymousId\":\"a2\",\"userId\":\"u2\",\"traits\":"
        "{\"role\":\"admin\"},\"timestamp\":\"2026-01-03T00:00:00Z\"}",
        "{\"type\":\"identify\",\"anonymousId\":\"a2\",\"traits\":{\"role\":\"viewer\"}"
        ","
        "\"timestamp\":\"2026-01-04T00:00:00Z\"}"};
    struct fixture x;
    struct us_history *h;
    struct us_replay_store *store;
    struct us_history_rules rules = {.currency = US_S("USD"), .threads = 1};
    int64_t seq[sizeof lines / sizeof *lines];
    fixture_init(&x);
    OK(t, us_history_open(x.dir, &rules, true, NULL, NULL, &h, e));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        seq[i] =
            fixture_line(&x, US_LINE_MESSAGE, START + (int64_t)i, us_str_c(lines[i]));
    us_str undo = us_arena_fmt(&x.a, "{\"link\":%lld}", (long long)seq[2]);
    fixture_line(&x, US_LINE_UNDO, START + US_DAY_US, undo);
    us_str text = acme_replayed(t, &x, h, &store);
    CHECK_AS(t, us_str_find(text, US_S("person u:u2")) < text.len,
        "whom a group call alone put there is one of its people");
    us_str logs = fixture_logs(&x.a, h, &need_roles, US_S("acme"), US_NEVER);
    CHECK_AS(t,
        us_str_find(logs, US_S("viewer")) < logs.len && fixture_same(logs, text),
        "and is so no more when that they are one was undone");
    us_replay_close(store);
    us_history_close(h);
    fixture_done(&x);
}

/* Whom rows made one of an account's people, by a link that was undone: what is known
 * of them is seen there while it held. */
static void member_undone(struct us_tap *t)
{
    static const char *const lines[] = {
        "{\"type\":\"track\",\"event\":\"n0\",\"anonymousId\":\"a1\",\"context\":"
        "{\"groupId\":\"acme\"},\"timestamp\":\"2026-01-01T00:00:00Z\"}",
        "{\"type\":\"identify\",\"anonymousId\":\"a1\",\"userId\":\"u1\",\"traits\":"
        "{\"role\":\"admin\"},\"timestamp\":\"2026-01-02T00:00:00Z\"}",
        "{\"type\":\"identify\",\"userId\":\"u1\",\"traits\":{\"role\":\"viewer\"},"
        "\"timestamp\":\"2026-01-04T00:00:00Z\"}"};
    struct fixture x;
    struct us_history *h;
    struct us_replay_store *store;
    struct us_history_rules rules = {.currency = US_S("USD"), .threads = 1};
    int64_t undone = START + US_DAY_US;
    fixture_init(&x);
    OK(t, us_history_open(x.dir, &rules, true, NULL, NULL, &h, e));
    fixture_line(&x, US_LINE_MESSAGE, START, us_str_c(lines[0]));
    int64_t link = fixture_line(&x, US_LINE_MESSAGE, START + 1, us_str_c(lines[1]));
    us_str undo = us_arena_fmt(&x.a, "{\"link\":%lld}", (long long)link);
    fixture_line(&x, US_LINE_UNDO, undone, undo);
    fixture_line(&x, US_LINE_MESSAGE, undone + 1, us_str_c(lines[2]));
    us_str text = acme_replayed(t, &x, h, &store);
    us_str held = us_arena_fmt(
        &x.a, "role u:u1 %lld %lld", (long long)(START + 1), (long long)undone);
    CHECK_AS(t,
        us_str_find(text, held) < text.len &&
            us_str_find(text, US_S("viewer")) == text.len,
        "it is seen while the link held, and what comes later is not");
    CHECK(t,
        fixture_same(fixture_logs(&x.a, h, &need_roles, US_S("acme"), US_NEVER), text));
    CHECK(
        t, fixture_same(fixture_logs(&x.a, h, &need_roles, US_S(""), US_NEVER), text));
    CHECK(t, fixture_same(fixture_view(&x.a, store, &need_roles), text));
    us_replay_close(store);
    us_history_close(h);
    fixture_done(&x);
}

/* Cells of as many columns as there may be lie in memory beside one another. */
static void columns_many(struct us_tap *t)
{
    enum { MANY = US_HISTORY_COLUMNS_MAX };
    struct fixture x;
    struct us_history *h;
    struct us_replay_store *store;
    struct us_replay_view *v = NULL;
    fixture_init(&x);
    struct us_column *wide = us_new(&x.a, struct us_column, MANY);
    for (size_t i = 0; i < MANY; i++)
        wide[i] = (struct us_column){us_arena_fmt(&x.a, "w%zu", i), US_NUMBER};
    struct us_history_rules rules = {
        .currency = US_S("USD"), .columns = wide, .column_count = MANY, .threads = 1};
    struct us_need need = {.columns = wide, .column_count = MANY, .any = true};
    OK(t, us_history_open(x.dir, &rules, true, NULL, NULL, &h, e));
    fixture_line(&x, US_LINE_MESSAGE, START,
        US_S("{\"type\":\"track\",\"userId\":\"u1\",\"event\":\"n0\",\"properties\":"
             "{\"w499\":3},\"timestamp\":\"2026-01-01T00:00:00Z\","
             "\"context\":{\"groupId\":\"acme\"}}"));
    OK(t, fixture_load(&x, h, e));
    OK(t, us_history_settle(h, e));
    OK(t, us_replay_open(x.dir, h, NULL, NULL, &store, e));
    OK(t, us_replay_view(store, &need, NULL, NULL, &v, e));
    CHECK(t, us_replay_count(v) == 1);
    us_replay_view_close(v);
    us_replay_close(store);
    us_history_close(h);
    fixture_done(&x);
}

static us_code rows_add(void *ctx, const struct replay_taken *taken, struct us_error *e)
{
    (void)e;
    *(size_t *)ctx += taken->count;
    return US_OK;
}

/* However few rows go into one pass: there are no more passes than the store allows,
 * and every row is taken. */
static void passes_bounded(struct us_tap *t)
{
    enum { ACCOUNTS = 23, PASSES_MAX = 9 };
    struct fixture x;
    struct us_history *h;
    struct us_history_rules rules = {.currency = US_S("USD"), .threads = 1};
    size_t all = 0;
    size_t more = 0;
    size_t lost = 0;
    fixture_init(&x);
    OK(t, us_history_open(x.dir, &rules, true, NULL, NULL, &h, e));
    for (int i = 0; i < ACCOUNTS; i++)
        for (int n = 0; n <= i * i % 7; n++, all++)
            fixture_line(&x, US_LINE_MESSAGE, START + (int64_t)all,
                us_arena_fmt(&x.a,
                    "{\"type\":\"track\",\"event\":\"n0\",\"userId\":\"u\","
                    "\"context\":{\"groupId\":\"g%d\"}}",
                    i));
    OK(t, fixture_load(&x, h, e));
    OK(t, us_history_settle(h, e));
    for (size_t passes = 0; passes <= PASSES_MAX; passes++) {
        struct us_replay_store *store;
        struct replay_tuning tuning = {.events_min = 1000,
            .merge_factor = 2,
            .pass_rows = 1,
            .passes = passes,
            .dirty_share = 8};
        struct replay_progress none = {0};
        size_t rows = 0;
        OK(t, replay_open_tuned(x.dir, h, &tuning, none, &store, e));
        struct replay_scan scan = replay_scan_of(store, "history.replay");
        scan.range.to = h->seq_saved;
        scan.take = rows_add;
        scan.ctx = &rows;
        OK(t, replay_scan(&scan, e));
        lost += rows != all;
        if (passes == 0) CHECK_AS(t, scan.took == ACCOUNTS, "a pass for each account");
        if (passes) more += scan.took > passes;
        us_replay_close(store);
    }
    CHECK_AS(t, lost == 0, "every row is taken by however many passes");
    CHECK_AS(t, more == 0, "there are no more than may be");
    us_history_close(h);
    fixture_done(&x);
}

int main(void)
{
    struct us_tap t = {0};
    member_without_rows(&t);
    member_undone(&t);
    columns_many(&t);
    passes_bounded(&t);
    rounds(&t, false);
    rounds(&t, true);
    return us_tap_done(&t);
}
