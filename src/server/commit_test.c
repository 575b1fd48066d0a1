/* Many threads put batches at once: every line is in the journal once, in an order of
 * its own, and nobody is told before it is there; a disk that fails takes back what it
 * was told; what waits is bounded. */

#include "base/err.h"
#include "base/tap.h"
#include "file/file.h"
#include "server/clock.h"
#include "server/commit.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { THREADS = 8, BATCHES = 60, LINES = 7, EACH = BATCHES * LINES };

struct bench {
    struct us_tap t;
    struct us_arena a;
    char path[64];
    struct us_committer *committer;
    pthread_mutex_t lock;
    pthread_cond_t moved;
};

static int64_t held_clock = -1; /* the clock of the tests that set it */

static int64_t clock_held(void)
{
    return held_clock;
}

/* ---- batches ---- */

struct waiter {
    struct us_batch b;
    struct bench *bench;
    bool told;
};

static void told(void *ctx, struct us_batch *b)
{
    (void)b;
    struct waiter *w = ctx;
    struct bench *bench = w->bench;
    pthread_mutex_lock(&bench->lock);
    w->told = true;
    pthread_cond_broadcast(&bench->moved);
    pthread_mutex_unlock(&bench->lock);
}

static struct us_intake_message message(struct us_arena *a, int id)
{
    struct us_intake_message m = {.id = us_arena_fmt(a, "id-%d", id),
        .head = {.sent = US_NEVER, .received = 5, .source = US_S("web")}};
    m.m = us_arena_fmt(a,
        "{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\",\"messageId\":"
        "\"id-%d\"}",
        id);
    m.print = us_print_pair(US_S("web"), m.id);
    return m;
}

static us_code put(
    struct waiter *w, struct bench *b, struct us_intake_message *items, size_t count)
{
    struct us_error e;
    *w = (struct waiter){
        .bench = b, .b = {.items = items, .count = count, .done = told, .ctx = w}};
    return us_committer_put(b->committer, &w->b, &e);
}

static void wait_for(struct waiter *w)
{
    pthread_mutex_lock(&w->bench->lock);
    while (!w->told)
        pthread_cond_wait(&w->bench->moved, &w->bench->lock);
    pthread_mutex_unlock(&w->bench->lock);
}

/* ---- what is in the journal ---- */

struct seen {
    int count[THREADS * EACH + 1];
    int64_t lines, seq, known;
    bool rising;
};

static int id_of(us_str line)
{
    us_str mark = US_S("\"messageId\":\"id-");
    size_t at = us_str_find(line, mark);
    return at == line.len ? -1 : atoi(line.ptr + at + mark.len);
}

static int64_t number_of(us_str line, us_str mark)
{
    size_t at = us_str_find(line, mark);
    return at == line.len ? -1 : atoll(line.ptr + at + mark.len);
}

static void lines_read(struct seen *s, us_str text)
{
    us_str rest = text;
    while (rest.len) {
        us_str line = us_str_cut(rest, '\n', &rest);
        int id = id_of(line);
        int64_t seq = number_of(line, US_S("\"seq\":"));
        if (id >= 0) s->count[id]++;
        s->rising = s->rising && seq == s->seq + 1;
        s->seq = seq;
        s->lines++;
    }
}

static void journal_read(struct bench *b, struct seen *s)
{
    struct us_journal_reader *r = NULL;
    struct us_error e;
    us_str text;
    us_pos at;
    us_pos next;
    *s = (struct seen){.rising = true};
    us_code code = us_journal_reader_open(us_str_c(b->path), (us_pos){0}, &r, &e);
    us_assert(code == US_OK);
    while (us_journal_reader_next(r, &text, &at, &next, &e) == US_OK)
        lines_read(s, text);
    us_journal_reader_close(r);
}

/* ---- cases ---- */

static void bench_open(struct bench *b, const struct us_committer_options *more)
{
    struct us_error e;
    struct us_committer_options o = *more;
    o.dir = us_str_c(b->path);
    us_code code = us_committer_open(&o, &b->committer, &e);
    us_assert(code == US_OK);
}

static void bench_close(struct bench *b)
{
    us_committer_close(b->committer);
}

struct sender {
    struct bench *bench;
    int from;
    struct us_arena a;
    bool good;
    pthread_t thread;
};

/* Its own ids, and in each batch one of the batch before and one of everybody's. */
static void *send(void *ctx)
{
    struct sender *s = ctx;
    s->good = true;
    for (int k = 0; k < BATCHES; k++) {
        struct us_intake_message items[LINES + 2];
        struct waiter w;
        for (int i = 0; i < LINES; i++)
            items[i] = message(&s->a, s->from + k * LINES + i);
        items[LINES] = message(&s->a, s->from + (k ? (k - 1) * LINES : 0));
        items[LINES + 1] = message(&s->a, THREADS * EACH);
        us_code code = put(&w, s->bench, items, LINES + 2);
        us_assert(code == US_OK);
        wait_for(&w);
        size_t all = w.b.added + w.b.repeats;
        s->good = s->good && w.b.code == US_OK && all == LINES + 2 && w.b.repeats >= 1;
    }
    return NULL;
}

static void together(struct bench *b)
{
    static struct sender senders[THREADS];
    static struct seen seen;
    bench_open(b, &(struct us_committer_options){.last_known = US_ALWAYS});
    for (int i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){.bench = b, .from = i * EACH};
        us_arena_init(&senders[i].a, 64 << 20);
        pthread_create(&senders[i].thread, NULL, send, &senders[i]);
    }
    bool good = true;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(senders[i].thread, NULL);
        good = good && senders[i].good;
        us_arena_done(&senders[i].a);
    }
    struct us_commit_counts counts = us_committer_counts(b->committer);
    bench_close(b);
    journal_read(b, &seen);
    bool once = true;
    for (int i = 0; i <= THREADS * EACH; i++)
        once = once && seen.count[i] == 1;
    CHECK_AS(&b->t, good, "each batch is told, its repeats counted");
    CHECK_AS(&b->t, once, "every line is there once");
    CHECK(&b->t, seen.lines == THREADS * EACH + 1 && seen.rising);
    CHECK(&b->t, counts.lines == seen.lines && counts.failed == 0);
    CHECK(&b->t, counts.repeats == THREADS * BATCHES * 2 - 1);
    CHECK_AS(&b->t, counts.groups < THREADS * BATCHES, "what waits goes together");
}

/* Opened again: seq goes on, known too, though the clock is behind. */
static void again(struct bench *b)
{
    static struct seen seen;
    struct waiter w;
    int64_t last = us_server_now() + US_HOUR_US;
    held_clock = last - US_HOUR_US / 2;
    bench_open(
        b, &(struct us_committer_options){.last_known = last, .now = clock_held});
    struct us_intake_message items[] = {message(&b->a, 0), message(&b->a, 1)};
    items[0].id = (us_str){0};
    CHECK(&b->t, put(&w, b, items, 2) == US_OK);
    wait_for(&w);
    CHECK_AS(&b->t, w.b.added == 1 && w.b.repeats == 1, "what it is told of it knows");
    CHECK_AS(&b->t,
        items[0].head.known == last + 1 && items[0].head.received == last + 1,
        "known rises, though the clock stands behind");
    CHECK_AS(&b->t, items[0].head.id.len == 0 || items[0].head.seq > THREADS * EACH,
        "seq goes on");
    bench_close(b);
    journal_read(b, &seen);
    CHECK(&b->t, seen.rising && seen.count[0] == 2);
}

static void failing(struct bench *b)
{
    static struct seen seen;
    struct rlimit was;
    struct waiter w;
    struct us_intake_message one = message(&b->a, 7);
    one.id = US_S("fails");
    one.print = us_print_of(one.id);
    bench_open(b, &(struct us_committer_options){.last_known = US_ALWAYS});
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){16, was.rlim_max});
    CHECK(&b->t, put(&w, b, &one, 1) == US_OK);
    wait_for(&w);
    CHECK_AS(&b->t, w.b.code != US_OK && w.b.added == 0 && w.b.why.key, "it says so");
    setrlimit(RLIMIT_FSIZE, &was);
    CHECK(&b->t, put(&w, b, &one, 1) == US_OK);
    wait_for(&w);
    if (w.b.code) printf("# %s\n", w.b.why.key);
    CHECK_AS(&b->t, w.b.code == US_OK && w.b.added == 1, "and remembers nothing of it");
    bench_close(b);
    journal_read(b, &seen);
    CHECK(&b->t, seen.rising && seen.count[7] == 2);
}

/* While the first is being told, what comes after waits, up to a bound. */
static void behind(struct bench *b)
{
    struct waiter w[4];
    bench_open(b, &(struct us_committer_options){
                      .last_known = US_ALWAYS, .waiting_bytes_max = 3000});
    struct us_intake_message items[4];
    for (int i = 0; i < 4; i++)
        items[i] = message(&b->a, i), items[i].id = (us_str){0};
    pthread_mutex_lock(&b->lock); /* the committer cannot tell anybody */
    CHECK(&b->t, put(&w[0], b, &items[0], 1) == US_OK);
    for (int i = 0; i < 10000 && us_committer_counts(b->committer).groups == 0; i++)
        usleep(1000);
    CHECK(&b->t, put(&w[1], b, &items[1], 1) == US_OK);
    CHECK(&b->t, put(&w[2], b, &items[2], 1) == US_OK);
    CHECK_AS(
        &b->t, put(&w[3], b, &items[3], 1) == US_BUSY, "more than may does not wait");
    CHECK(&b->t, us_committer_counts(b->committer).waiting_bytes > 2000);
    pthread_mutex_unlock(&b->lock);
    bench_close(b);
    CHECK_AS(&b->t, w[0].told && w[1].told && w[2].told, "closing tells all");
}

/* An id is forgotten when two turns of a day are over, not before one is. */
static void forgetting(struct bench *b)
{
    struct waiter w;
    struct us_intake_message one = message(&b->a, 3);
    one.id = US_S("old");
    one.print = us_print_of(one.id);
    struct us_intake_message other = message(&b->a, 4);
    other.id = (us_str){0};
    held_clock = us_server_now() + 3 * US_DAY_US; /* after all that is there */
    bench_open(
        b, &(struct us_committer_options){.last_known = US_ALWAYS, .now = clock_held});
    size_t added[4];
    for (int day = 0; day < 4; day++) {
        put(&w, b, &one, 1);
        wait_for(&w);
        added[day] = w.b.added;
        held_clock += US_DAY_US;
        put(&w, b, &other, 1);
        wait_for(&w);
        other.id = (us_str){0};
    }
    CHECK(&b->t, added[0] == 1 && added[1] == 0);
    CHECK_AS(&b->t, added[2] + added[3] >= 1, "after two days it is new again");
    bench_close(b);
}

/* What was durable before is in segments that are final; what comes goes on after. */
static void sealing(struct bench *b)
{
    struct waiter w;
    uint32_t below = 0;
    uint32_t again = 0;
    bool sealed = false;
    us_str dir = us_str_c(b->path);
    struct us_intake_message one = message(&b->a, 5);
    struct us_intake_message other = message(&b->a, 6);
    one.id = other.id = (us_str){0};
    bench_open(b, &(struct us_committer_options){.last_known = US_ALWAYS});
    CHECK(&b->t, put(&w, b, &one, 1) == US_OK);
    wait_for(&w);
    us_pos first = us_committer_end(b->committer).at;
    CHECK(&b->t, us_committer_seal(b->committer, &below, NULL) == US_OK);
    us_pos end = us_committer_end(b->committer).at;
    CHECK(&b->t, below == first.segment + 1 && end.segment == below && !end.offset);
    for (int i = 0; i < 10000 && !sealed; i++, usleep(1000))
        CHECK(&b->t, us_journal_is_sealed(dir, below, &sealed, NULL) == US_OK);
    CHECK_AS(&b->t, sealed, "what was durable is packed soon");
    CHECK(&b->t, us_committer_seal(b->committer, &again, NULL) == US_OK);
    CHECK_AS(&b->t, again == below, "with nothing in work nothing ends");
    CHECK(&b->t, put(&w, b, &other, 1) == US_OK);
    wait_for(&w);
    end = us_committer_end(b->committer).at;
    CHECK(&b->t, w.b.added == 1 && end.segment == below && end.offset > 0);
    us_committer_stop(b->committer);
    CHECK(&b->t, us_committer_seal(b->committer, &below, NULL) == US_BUSY);
    bench_close(b);
}

static void *sealer(void *ctx)
{
    struct bench *b = ctx;
    uint32_t below;
    while (us_committer_seal(b->committer, &below, NULL) == US_OK) {
    }
    return NULL;
}

/* Whoever asks last, of many, while it stops, is answered: waiting for ever is what
 * would fail here. */
static void sealing_while_it_stops(struct bench *b)
{
    enum { ROUNDS = 25, ASKING = 4 };
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[ASKING];
        bench_open(b, &(struct us_committer_options){.last_known = US_ALWAYS});
        for (int i = 0; i < ASKING; i++)
            us_assert(pthread_create(&threads[i], NULL, sealer, b) == 0);
        usleep((useconds_t)(100 * (round % 7)));
        us_committer_stop(b->committer);
        for (int i = 0; i < ASKING; i++)
            pthread_join(threads[i], NULL);
        bench_close(b);
    }
    CHECK_AS(&b->t, true, "everybody who asked was answered");
}

int main(void)
{
    static struct bench b = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    const char *top = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(b.path, sizeof b.path, "%s/usher-commit-XXXXXX", top);
    us_assert(mkdtemp(b.path));
    us_arena_init(&b.a, 64 << 20);
    together(&b);
    again(&b);
    failing(&b);
    behind(&b);
    forgetting(&b);
    sealing(&b);
    sealing_while_it_stops(&b);
    us_code code = us_file_remove_tree(us_str_c(b.path), NULL);
    us_assert(code == US_OK);
    us_arena_done(&b.a);
    return us_tap_done(&b.t);
}
