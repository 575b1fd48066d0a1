/* A journal is written while the loader follows it: every line is in history once, and
 * none before it is durable; who asks gets a turn with all there is; a history that
 * fails is tried again and loses nothing. */

#include "history/history_fixture.h"
#include "server/clock.h"
#include "server/loader_inner.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

struct bench {
    struct us_tap t;
    struct fixture x;
    us_str journal_dir;
    struct us_journal *journal;
    struct us_history_rules rules;
    struct us_loader *loader;

    pthread_mutex_t lock;
    struct us_loader_end end; /* durable, as it is told */
    us_pos told;              /* by the callback of a commit */
    int failed, pause_last;
};

static struct us_loader_end durable(void *ctx)
{
    struct bench *b = ctx;
    pthread_mutex_lock(&b->lock);
    struct us_loader_end end = b->end;
    pthread_mutex_unlock(&b->lock);
    return end;
}

static void loaded(void *ctx, us_pos position, int64_t known)
{
    (void)known;
    struct bench *b = ctx;
    pthread_mutex_lock(&b->lock);
    b->told = position;
    pthread_mutex_unlock(&b->lock);
}

static void failed(void *ctx, const struct us_error *why, int pause_ms)
{
    (void)why;
    struct bench *b = ctx;
    pthread_mutex_lock(&b->lock);
    b->failed++;
    b->pause_last = pause_ms;
    pthread_mutex_unlock(&b->lock);
}

static void bench_open(struct bench *b, struct us_loader_options o)
{
    struct us_error e = {0};
    o.data = b->x.dir;
    o.journal = b->journal_dir;
    o.rules = &b->rules;
    o.durable = durable;
    o.loaded = loaded;
    o.failed = failed;
    o.ctx = b;
    us_code code = us_loader_open(&o, &b->loader, &e);
    us_assert(code == US_OK);
}

static void bench_begin(struct bench *b)
{
    struct us_error e;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct us_tap t = b->t;
    *b = (struct bench){.t = t, .lock = lock, .rules.threads = 1};
    fixture_init(&b->x);
    b->journal_dir = us_file_join(&b->x.a, b->x.dir, US_S("journal"));
    us_code code = us_journal_open(b->journal_dir, true, &b->journal, &e);
    us_assert(code == US_OK);
}

static void bench_end(struct bench *b)
{
    us_journal_close(b->journal);
    fixture_done(&b->x);
}

/* One group of `lines` lines; told of: it is said to be durable. */
static void write_group(struct bench *b, int lines, bool told_of)
{
    struct us_error e;
    for (int i = 0; i < lines; i++) {
        us_str m = us_arena_fmt(&b->x.a,
            "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u%d\",\"messageId\":"
            "\"m%lld\",\"context\":{\"groupId\":\"g\"}}",
            i % 7, (long long)b->x.seq);
        fixture_line(&b->x, US_LINE_MESSAGE, INT64_C(1700000000000000) + b->x.seq, m);
    }
    us_code code = fixture_journal(&b->x, b->journal, &e);
    us_assert(code == US_OK);
    if (!told_of) return;
    pthread_mutex_lock(&b->lock);
    b->end = (struct us_loader_end){us_journal_end(b->journal), b->x.seq};
    pthread_mutex_unlock(&b->lock);
    us_loader_wake(b->loader);
}

/* ---- what is in history ---- */

static us_code number(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)head;
    (void)e;
    us_str_int(cells[0].text, ctx);
    return US_OK;
}

/* How many events, and -1 if any is there twice. */
static us_code count(void *ctx, struct us_history *h, struct us_error *e)
{
    return us_history_sql(h,
        US_S(
            "SELECT CASE WHEN count(*) = count(DISTINCT seq) THEN count(*) ELSE -1 END "
            "FROM events"),
        number, ctx, e);
}

static int64_t events_there(struct bench *b, us_pos upto)
{
    struct us_error e = {0};
    int64_t out = -2;
    if (us_loader_use(b->loader, upto, count, &out, &e) != US_OK) fixture_say(&e);
    return out;
}

static bool waits_for(struct bench *b, int64_t lines)
{
    for (int i = 0; i < 2000; i++) {
        struct us_loader_counts c = us_loader_counts(b->loader);
        if (c.rows == lines && c.lag_lines == 0 && c.lag_us == 0) return true;
        usleep(5000);
    }
    return false;
}

/* ---- cases ---- */

static void follows(struct bench *b)
{
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 20});
    for (int i = 0; i < 40; i++) {
        write_group(b, 25, true);
        if (i % 10 == 0) usleep(30000);
    }
    CHECK_AS(&b->t, waits_for(b, 1000), "what is written is loaded by itself");
    CHECK(&b->t, events_there(b, (us_pos){0}) == 1000);
    struct us_loader_counts c = us_loader_counts(b->loader);
    CHECK(&b->t, c.open && c.seq == b->x.seq && c.failures == 0 && c.failing == 0);
    CHECK(&b->t, c.known == INT64_C(1700000000000000) + b->x.seq - 1);
    CHECK(&b->t, c.position.offset == b->end.at.offset);
    CHECK_AS(&b->t, c.commits < 40, "many groups go into one transaction");
    pthread_mutex_lock(&b->lock);
    CHECK_AS(&b->t, b->told.offset == b->end.at.offset, "each commit is told of");
    pthread_mutex_unlock(&b->lock);
    write_group(b, 5, true);
    us_loader_close(b->loader);
    bench_open(b, (struct us_loader_options){.wait_ms = 60000});
    CHECK_AS(&b->t, events_there(b, (us_pos){0}) == 1005, "closing loads the rest");
    CHECK(&b->t, us_loader_counts(b->loader).seq == b->x.seq);
    us_loader_close(b->loader);
    bench_end(b);
}

/* What readers see and nobody said to be durable is left, and taken when it is. */
static void bounded(struct bench *b)
{
    struct us_error e = {0};
    int64_t out = 0;
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 10});
    write_group(b, 10, true);
    write_group(b, 10, false);
    CHECK(&b->t, waits_for(b, 10));
    us_loader_wake(b->loader);
    usleep(50000);
    CHECK_AS(&b->t, events_there(b, (us_pos){0}) == 10, "not before it is durable");
    us_code code =
        us_loader_use(b->loader, us_journal_end(b->journal), count, &out, &e);
    CHECK(&b->t, code == US_NOT_FOUND);
    CHECK_AS(&b->t, us_loader_counts(b->loader).failures == 0, "which is no failure");
    write_group(b, 10, true);
    CHECK(&b->t, waits_for(b, 30));
    us_code sealed = us_journal_seal(b->journal, &e);
    us_assert(sealed == US_OK);
    b->end.at = us_journal_end(b->journal);
    CHECK_AS(&b->t, events_there(b, b->end.at) == 30, "an end after a sealed segment");
    write_group(b, 3, true);
    CHECK(&b->t, waits_for(b, 33) && events_there(b, b->end.at) == 33);
    us_loader_close(b->loader);
    bench_end(b);
}

/* Who asks does not wait for the timer. */
static void used(struct bench *b)
{
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 600000, .rows = 7});
    bool good = true;
    for (int i = 1; i <= 10; i++) {
        for (int k = 0; k < 4; k++) /* each a transaction */
            write_group(b, 10, true);
        good = good && events_there(b, b->end.at) == i * 40;
    }
    CHECK_AS(&b->t, good, "a turn finds everything before its position");
    us_loader_close(b->loader);
    bench_end(b);
}

/* Who cannot wait is told what is not there, and asks of what is. */
static void soon(struct bench *b)
{
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 600000});
    while (!us_loader_counts(b->loader).open) /* its thread's first turn has begun, */
        usleep(1000);
    write_group(b, 10, true);
    CHECK(&b->t, events_there(b, b->end.at) == 10); /* and is over */
    write_group(b, 20, true);
    write_group(b, 30, true);
    struct us_loader_wish wish = {.upto = b->end, .until = 1};
    int64_t out = -2;
    OK(&b->t, us_loader_use_soon(b->loader, &wish, count, &out, e));
    CHECK_AS(&b->t, out == 10, "no transaction is begun after its time");
    CHECK(&b->t, wish.behind.events == 50 && wish.behind.us > 0);
    wish.until = INT64_MAX;
    struct us_history *h = NULL;
    OK(&b->t, us_loader_beside_soon(b->loader, &wish, NULL, NULL, &h, e));
    int64_t all = -2;
    CHECK(&b->t, count(&all, h, NULL) == US_OK && all == 60);
    CHECK_AS(
        &b->t, wish.behind.events == 0 && wish.behind.us == 0, "nothing is missing");
    us_loader_beside_close(b->loader, h);
    us_loader_close(b->loader);
    bench_end(b);
}

struct user {
    struct bench *bench;
    int turns;
    pthread_t thread;
};

static void *hammer(void *ctx)
{
    struct user *u = ctx;
    for (u->turns = 0; u->turns < 30; u->turns++)
        if (events_there(u->bench, (us_pos){0}) < 0) break;
    return NULL;
}

/* Transactions without end on one side, turns without end on the other. */
static void nobody_starves(struct bench *b)
{
    struct user users[3];
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 1, .rows = 10});
    for (int i = 0; i < 3; i++) {
        users[i].bench = b;
        pthread_create(&users[i].thread, NULL, hammer, &users[i]);
    }
    for (int i = 0; i < 100; i++)
        write_group(b, 10, true);
    for (int i = 0; i < 3; i++)
        pthread_join(users[i].thread, NULL);
    CHECK(&b->t, users[0].turns == 30 && users[1].turns == 30 && users[2].turns == 30);
    CHECK(&b->t, waits_for(b, 1000) && events_there(b, b->end.at) == 1000);
    us_loader_close(b->loader);
    bench_end(b);
}

/* ---- beside it ---- */

static int64_t events_of(struct us_history *h)
{
    struct us_error e = {0};
    int64_t out = -2;
    if (count(&out, h, &e) != US_OK) fixture_say(&e);
    return out;
}

static us_code account_of(void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    int64_t *rows = ctx;
    *rows += (int64_t)log->event_count;
    return US_OK;
}

static int64_t rows_of(struct us_history *h)
{
    struct us_error e = {0};
    struct us_need need = {.any = true};
    int64_t rows = 0;
    if (us_history_logs(h, &need, (us_str){0}, US_NEVER - 1, account_of, &rows, &e))
        fixture_say(&e);
    return rows;
}

/* A handle sees what was there when it was made, while the loader goes on; a later one
 * more; after a mistake it can still be asked; a failed history waits for it. */
static void beside(struct bench *b)
{
    struct us_error why = {0};
    struct us_history *early = NULL;
    struct us_history *later = NULL;
    int64_t out = 0;
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 1, .rows = 50});
    write_group(b, 100, true);
    OK(&b->t, us_loader_beside(b->loader, b->end.at, &early, e));
    for (int i = 0; i < 20; i++)
        write_group(b, 100, true);
    bool same = true;
    for (int i = 0; i < 20; i++)
        same = same && events_of(early) == 100;
    CHECK_AS(&b->t, same, "it sees what was there, whatever is loaded meanwhile");
    CHECK(&b->t, rows_of(early) == 100);
    CHECK(&b->t, waits_for(b, 2100) && events_of(early) == 100);
    OK(&b->t, us_loader_beside(b->loader, b->end.at, &later, e));
    CHECK_AS(&b->t, events_of(later) == 2100, "one made later sees what came");
    CHECK(&b->t, rows_of(later) == 2100 && rows_of(early) == 100);
    CHECK(
        &b->t, us_history_sql(later, US_S("SELECT none"), number, &out, &why) != US_OK);
    CHECK_AS(&b->t, events_of(later) == 2100, "a mistake is not its end");
    us_code wrote =
        us_history_sql(later, US_S("DELETE FROM events"), number, &out, &why);
    CHECK_AS(&b->t, wrote != US_OK && events_of(later) == 2100, "it writes nothing");
    us_loader_beside_close(b->loader, early);
    us_loader_beside_close(b->loader, later);
    write_group(b, 10, true);
    CHECK(&b->t, events_there(b, b->end.at) == 2110);
    us_loader_close(b->loader);
    bench_end(b);
}

struct asking_on {
    struct us_loader *loader;
    struct us_history *h;
};

static void *ask_on(void *ctx)
{
    const struct asking_on *q = ctx;
    usleep(200000);
    us_loader_beside_close(q->loader, q->h);
    return NULL;
}

/* Other rules wait for those who ask. */
static void rules_later(struct bench *b)
{
    struct us_history_rules other = {.threads = 1, .currency = US_S("EUR")};
    struct asking_on q;
    pthread_t asking;
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 1});
    write_group(b, 10, true);
    q.loader = b->loader;
    OK(&b->t, us_loader_beside(b->loader, b->end.at, &q.h, e));
    pthread_create(&asking, NULL, ask_on, &q);
    OK(&b->t, us_loader_rules(b->loader, &other, e));
    pthread_join(asking, NULL);
    CHECK(&b->t, us_loader_ruled(b->loader) == &other);
    CHECK(&b->t, events_there(b, b->end.at) == 10);
    us_loader_close(b->loader);
    bench_end(b);
}

/* Rules that somebody else refused: history goes on by those before, and by what comes.
 */
static void rules_refused(struct bench *b)
{
    struct us_history_rules refused = {.threads = 1, .currency = US_S("EUR")};
    struct us_history_rules third = refused;
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 1});
    write_group(b, 10, true);
    CHECK(&b->t, events_there(b, b->end.at) == 10);
    const struct us_history_rules *old = us_loader_ruled(b->loader);
    OK(&b->t, us_loader_rules(b->loader, &refused, e));
    us_loader_rules_back(b->loader, old);
    struct us_history *h = NULL;
    OK(&b->t, us_loader_beside(b->loader, (us_pos){0}, &h, e));
    CHECK(&b->t, us_history_rules_alike(us_history_rules(h), old));
    us_loader_beside_close(b->loader, h);
    OK(&b->t, us_loader_rules(b->loader, &refused, e));
    us_loader_rules_back(b->loader, old);
    OK(&b->t, us_loader_rules(b->loader, &third, e)); /* as what was refused */
    OK(&b->t, us_loader_beside(b->loader, (us_pos){0}, &h, e));
    CHECK(&b->t, us_history_rules_alike(us_history_rules(h), &third));
    us_loader_beside_close(b->loader, h);
    CHECK(&b->t, events_there(b, b->end.at) == 10);
    us_loader_close(b->loader);
    bench_end(b);
}

struct asking_always {
    struct bench *b;
    _Atomic bool *over;
    _Atomic int asked;
};

static void *ask_always(void *ctx)
{
    struct asking_always *q = ctx;
    struct us_history *h;
    while (!*q->over) {
        if (us_loader_beside(q->b->loader, (us_pos){0}, &h, NULL) != US_OK) continue;
        usleep(100000);
        us_loader_beside_close(q->b->loader, h);
        q->asked++;
    }
    return NULL;
}

/* Questions of which some is always at work do not keep other rules out; one that takes
 * longer than they wait does, and others go on beside it. */
static void rules_among_many(struct bench *b)
{
    enum { MANY = 4 };
    struct us_history_rules other = {.threads = 1, .currency = US_S("EUR")};
    struct asking_always q[MANY];
    pthread_t asking[MANY];
    _Atomic bool over = false;
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 1});
    write_group(b, 10, true);
    CHECK(&b->t, events_there(b, b->end.at) == 10);
    for (int i = 0; i < MANY; i++) {
        q[i].b = b;
        q[i].over = &over;
        q[i].asked = 0;
        pthread_create(&asking[i], NULL, ask_always, &q[i]);
        usleep(100000 / MANY); /* so that they overlap */
    }
    OK(&b->t, us_loader_rules(b->loader, &other, e));
    struct us_history *h;
    struct us_error why;
    OK(&b->t, us_loader_beside(b->loader, (us_pos){0}, &h, e));
    int before[MANY];
    for (int i = 0; i < MANY; i++)
        before[i] = q[i].asked;
    struct us_history_rules third = {.threads = 1};
    CHECK_AS(&b->t, us_loader_rules(b->loader, &third, &why) == US_BUSY,
        "one that does not end is not waited for");
    bool all = true;
    for (int i = 0; i < MANY; i++)
        all = all && q[i].asked > before[i] + 10;
    CHECK_AS(&b->t, all, "the others were answered meanwhile");
    us_loader_beside_close(b->loader, h);
    over = true;
    for (int i = 0; i < MANY; i++)
        pthread_join(asking[i], NULL);
    us_loader_close(b->loader);
    bench_end(b);
}

static void *alone(void *ctx)
{
    struct bench *b = ctx;
    OK(&b->t, us_loader_alone(b->loader, e));
    return NULL;
}

/* Whoever lays the replay store leaves off for somebody who wants history alone. */
static void lays_later(struct bench *b)
{
    struct us_error why = {0};
    struct us_history *h;
    pthread_t one;
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 1});
    write_group(b, 50, true);
    CHECK(&b->t, waits_for(b, 50));
    int64_t laid = us_loader_counts(b->loader).lays;
    OK(&b->t, us_loader_beside(b->loader, (us_pos){0}, &h, e));
    pthread_create(&one, NULL, alone, b);
    us_code code = US_OK;
    for (int i = 0; i < 500 && code == US_OK; i++) {
        write_group(b, 1, true); /* or there is nothing to lay */
        code = us_loader_lay(b->loader, &why);
        usleep(10000);
    }
    CHECK_AS(&b->t, code == US_BUSY && strcmp(why.key, "history.lay_ended") == 0,
        "somebody wants to be alone");
    us_loader_beside_close(b->loader, h);
    pthread_join(one, NULL);
    OK(&b->t, us_loader_lay(b->loader, e));
    CHECK(&b->t, us_loader_counts(b->loader).lays > laid);
    us_loader_close(b->loader);
    bench_end(b);
}

/* Who has laid rests four times as long as that took; what was asked from outside may
 * have been interrupted, so one good measure of several is enough. Nobody lays before
 * the rest is over. */
static void lays_and_rests(struct bench *b)
{
    enum { TRIES = 20 };
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 1});
    write_group(b, 50, true);
    CHECK(&b->t, waits_for(b, 50));
    struct us_loader *l = b->loader;
    bool rests = false;
    for (int i = 0; i < TRIES && !rests; i++) {
        write_group(b, 1, true);
        int64_t from = us_server_ticks();
        OK(&b->t, us_loader_lay(l, e));
        int64_t to = us_server_ticks();
        pthread_mutex_lock(&l->lock);
        rests = l->lay_from - to > 3 * (to - from); /* the calls around it cost, too */
        pthread_mutex_unlock(&l->lock);
    }
    CHECK_AS(&b->t, rests, "it rests");
    pthread_mutex_lock(&l->lock);
    int64_t lays = l->shown.lays;
    l->laid_rows = -1;
    l->lay_from = US_NEVER;
    pthread_cond_broadcast(&l->stopped);
    pthread_mutex_unlock(&l->lock);
    usleep(400000);
    CHECK_AS(&b->t, us_loader_counts(l).lays == lays, "and lays nothing meanwhile");
    pthread_mutex_lock(&l->lock);
    l->lay_from = 0;
    pthread_cond_broadcast(&l->stopped);
    pthread_mutex_unlock(&l->lock);
    for (int i = 0; i < 2000 && us_loader_counts(l).lays == lays; i++)
        usleep(5000);
    CHECK_AS(&b->t, us_loader_counts(l).lays > lays, "then it lays again");
    us_loader_close(b->loader);
    bench_end(b);
}

/* History cannot be opened: it is shown, pauses grow, and then all is loaded. */
static void no_history(struct bench *b)
{
    struct us_error e = {0};
    int64_t out = 0;
    bench_begin(b);
    us_str big = us_file_join(&b->x.a, b->x.dir, US_S("history.duckdb"));
    us_str none = {us_new(&b->x.a, char, 1 << 16), 1 << 16};
    us_code made = us_file_write(big, none, &e); /* no database */
    us_assert(made == US_OK);
    bench_open(b, (struct us_loader_options){.wait_ms = 1, .pause_ms = 10});
    write_group(b, 12, true);
    for (int i = 0; i < 1000 && us_loader_counts(b->loader).failing < 3; i++)
        usleep(5000);
    struct us_loader_counts c = us_loader_counts(b->loader);
    struct us_error why = {0};
    CHECK(&b->t, !c.open && c.failing >= 3 && c.lag_lines >= 12);
    CHECK_AS(&b->t, us_loader_why(b->loader, &why) && why.args[0].text.ptr == why.store,
        "why, in words of its own");
    CHECK_AS(&b->t, c.lag_us > 0, "and that it lags");
    pthread_mutex_lock(&b->lock);
    CHECK_AS(&b->t, b->failed >= 3 && b->pause_last >= 40, "pauses grow");
    pthread_mutex_unlock(&b->lock);
    CHECK_AS(&b->t, us_loader_use(b->loader, b->end.at, count, &out, &e) == US_IO,
        "who asks is told");
    us_code gone = us_file_remove_tree(big, &e);
    us_assert(gone == US_OK);
    CHECK(&b->t, events_there(b, b->end.at) == 12);
    CHECK(&b->t, us_loader_counts(b->loader).failing == 0);
    us_loader_close(b->loader);
    bench_end(b);
}

/* The disk fills in the middle: the journal is on another one, so to speak. */
static void disk_full(struct bench *b)
{
    struct rlimit was;
    bench_begin(b);
    bench_open(b, (struct us_loader_options){.wait_ms = 1, .pause_ms = 10});
    write_group(b, 100, true);
    CHECK(&b->t, waits_for(b, 100));
    getrlimit(RLIMIT_FSIZE, &was);
    for (int i = 0; i < 200; i++) /* durable, but nobody wakes it */
        write_group(b, 100, false);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){16384, was.rlim_max});
    pthread_mutex_lock(&b->lock);
    b->end = (struct us_loader_end){us_journal_end(b->journal), b->x.seq};
    pthread_mutex_unlock(&b->lock);
    us_loader_wake(b->loader);
    for (int i = 0; i < 1000 && us_loader_counts(b->loader).failures == 0; i++)
        usleep(5000);
    CHECK_AS(&b->t, us_loader_counts(b->loader).failures > 0, "a full disk is seen");
    setrlimit(RLIMIT_FSIZE, &was);
    CHECK_AS(&b->t, events_there(b, b->end.at) == 20100, "and then all is there, once");
    us_loader_close(b->loader);
    bench_end(b);
}

int main(void)
{
    static struct bench b;
    signal(SIGXFSZ, SIG_IGN);
    follows(&b);
    bounded(&b);
    used(&b);
    soon(&b);
    nobody_starves(&b);
    beside(&b);
    rules_later(&b);
    rules_refused(&b);
    rules_among_many(&b);
    lays_later(&b);
    lays_and_rests(&b);
    no_history(&b);
    disk_full(&b);
    return us_tap_done(&b.t);
}
