#include "server/commit.h"

#include "base/buf.h"
#include "base/err.h"
#include "import/print.h"
#include "server/clock.h"

#include <pthread.h>
#include <string.h>

enum {
    LINE_HEAD_BYTES = 1024,
    OWN_BYTES = 1 << 20,
    AHEAD = 16, /* fingerprints whose slots are fetched before they are looked at */
    /* A group's memory that stays for the next one: given back, each group would have
     * the kernel clear its pages anew, a third of this thread's time. */
    KEPT_BYTES = 2 * US_COMMIT_GROUP_BYTES,
};

/* Ids of the last day or two: the younger half is written to, the older one goes when
 * the younger is old or full. */
struct remembered {
    struct us_print_map young, old;
    int64_t since; /* when the young one began */
    size_t most;   /* of either */
};

struct us_committer {
    struct us_arena own; /* it lies in this */
    struct us_committer_options options;
    struct us_journal *journal; /* NULL: it failed, and is opened for the next group */
    struct remembered ids;
    struct us_arena text, memory; /* of the group at hand: its lines; the rest */
    us_mark text_start, memory_start;
    struct us_print_map group_ids; /* of its lines */
    int64_t seq, known;
    bool busy;      /* a group is being made; under the lock, as is: */
    int64_t passed; /* the last known before it */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct us_batch *first, *last; /* that wait */
    size_t waiting;                /* bytes */
    bool stop;
    bool seal; /* the segment in work is to end; when it has: */
    pthread_cond_t sealed;
    us_code seal_code;
    struct us_error seal_why;
    struct us_commit_counts counts;
    struct us_commit_end end;
};

const int64_t us_commit_bounds_us[US_COMMIT_BOUNDS] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 500000, 2500000};

static size_t bytes_of(const struct us_batch *b)
{
    size_t sum = 0;
    for (size_t i = 0; i < b->count; i++)
        sum += b->items[i].m.len + b->items[i].head.context.len + LINE_HEAD_BYTES;
    return sum;
}

/* ---- ids ---- */

static void ids_turn(struct remembered *r, int64_t now)
{
    bool old = now - r->since >= (int64_t)US_COMMIT_HOURS * US_HOUR_US;
    if (!old && r->young.count < r->most) return;
    us_print_map_done(&r->old);
    r->old = r->young;
    us_print_map_init(&r->young);
    r->since = now;
}

static bool ids_has(const struct remembered *r, us_print p)
{
    return us_print_map_find(&r->young, p) || us_print_map_find(&r->old, p);
}

static void ids_fetch(const struct remembered *r, us_print p)
{
    us_print_map_prefetch(&r->young, p);
    us_print_map_prefetch(&r->old, p);
}

/* ---- a group ---- */

struct group {
    struct us_group g;
    struct us_buf text;
    us_print *prints;
    size_t count, cap, dead;
    int64_t known_first, known_last; /* of its lines */
    int64_t took_us;
};

static void line_put(
    struct us_committer *c, struct group *g, struct us_intake_message *message)
{
    struct us_head *head = &message->head;
    if (message->stamp != US_STAMP_OWN) {
        int64_t now = c->options.now();
        c->known = now > c->known ? now : c->known + 1;
        head->known = c->known;
    }
    if (message->stamp == US_STAMP_NOW) head->received = c->known;
    head->seq = ++c->seq;
    if (g->count == 0 || head->known < g->known_first) g->known_first = head->known;
    if (g->count == 0 || head->known > g->known_last) g->known_last = head->known;
    us_head_write(&g->text, head, message->m);
    *us_push(&c->memory, g->prints, g->count, g->cap) = message->print;
}

/* Whether it is a repeat; of one without an id: no, and it gets one. */
static bool repeat(struct us_committer *c, struct us_intake_message *message)
{
    bool fresh = true;
    if (message->id.len == 0) {
        message->head.id = us_arena_fmt(&c->memory, "l:%lld", (long long)c->seq + 1);
        message->print =
            us_row_print(message->head.source, message->head.type, message->head.id);
        return false;
    }
    if (ids_has(&c->ids, message->print)) return true;
    us_print_map_put(&c->group_ids, message->print, &fresh);
    return !fresh;
}

static void batch_put(struct us_committer *c, struct group *g, struct us_batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct us_intake_message *message = &b->items[i];
        if (i + AHEAD < b->count) ids_fetch(&c->ids, message[AHEAD].print);
        if (repeat(c, message)) {
            b->repeats++;
            continue;
        }
        line_put(c, g, message);
        g->dead += message->dead != NULL;
        b->added++;
    }
}

static us_code group_write(struct us_committer *c, struct group *g, struct us_error *e)
{
    g->g.lines = g->count;
    g->g.last_seq = c->seq;
    g->g.len = g->text.len;
    for (size_t i = 0; i < US_COMMIT_BYTES_MAX; i++)
        us_buf_char(&g->text, 0); /* room for the commit line */
    us_assert(!g->text.full);
    g->g.bytes = g->text.ptr;
    int64_t from = us_server_ticks();
    us_journal_place(c->journal, &g->g);
    US_TRY(us_journal_write(c->journal, &g->g, e));
    g->took_us = us_server_ticks() - from;
    struct us_ids_group ids = {g->prints, g->count, g->known_first, g->known_last};
    struct us_error own; /* a sidecar that fails is made anew when it is read */
    us_code code = us_ids_append(c->journal, &ids, &own);
    (void)code;
    return US_OK;
}

static void remember(struct us_committer *c, const struct group *g)
{
    bool fresh;
    ids_turn(&c->ids, c->known);
    us_print_map_reserve(&c->ids.young, g->count);
    for (size_t i = 0; i < g->count; i++) {
        if (i + AHEAD < g->count)
            us_print_map_prefetch(&c->ids.young, g->prints[i + AHEAD]);
        us_print_map_put(&c->ids.young, g->prints[i], &fresh);
    }
}

/* Its texts lie in itself. */
static void error_copy(struct us_error *to, const struct us_error *from)
{
    us_code code = us_fail(to, from->code, from->key, from->args);
    us_assert(code == from->code);
}

static void tell(struct us_batch *b, us_code code, const struct us_error *why)
{
    while (b) {
        struct us_batch *next = b->next; /* it may be gone once it is told */
        b->code = code;
        if (code != US_OK) {
            error_copy(&b->why, why);
            b->added = 0;
        }
        b->done(b->ctx, b);
        b = next;
    }
}

static void took(struct us_commit_counts *s, int64_t us)
{
    for (size_t i = 0; i < US_COMMIT_BOUNDS; i++)
        s->took[i] += us <= us_commit_bounds_us[i];
    s->took[US_COMMIT_BOUNDS]++;
    s->took_us += us;
}

/* Before anybody is told of it. */
static void counts_show(struct us_committer *c, const struct group *g, int64_t repeats,
    us_code code, const struct us_error *why)
{
    struct us_commit_counts *s = &c->counts;
    pthread_mutex_lock(&c->lock);
    s->failed += code != US_OK;
    s->failing = code == US_OK ? 0 : s->failing + 1;
    if (code != US_OK) {
        s->failed_ticks = us_server_ticks();
        error_copy(&s->why, why);
    }
    if (code == US_OK) {
        s->groups += g->count > 0;
        s->lines += (int64_t)g->count;
        s->bytes += (int64_t)g->g.len;
        s->dead += (int64_t)g->dead;
        s->repeats += repeats;
        s->ids = (int64_t)(c->ids.young.count + c->ids.old.count);
        if (g->count) took(s, g->took_us);
        c->end = (struct us_commit_end){us_journal_end(c->journal), c->seq};
    }
    pthread_mutex_unlock(&c->lock);
}

static us_code open_journal(struct us_committer *c, struct us_error *e)
{
    return us_journal_open(c->options.dir, US_JOURNAL_LIVE, &c->journal, e);
}

static void memory_free(struct us_arena *a, us_mark start)
{
    if (us_arena_used(a) > KEPT_BYTES)
        us_arena_reset(a);
    else
        us_arena_pop(a, start);
}

static void group_of(struct us_committer *c, struct us_batch *batches)
{
    struct group g = {.text = us_buf_new(&c->text, US_GROUP_BYTES_MAX)};
    struct us_error why = {0};
    int64_t repeats = 0;
    us_code code = US_OK;
    if (!c->journal) code = open_journal(c, &why);
    if (code == US_OK) c->seq = us_journal_last_seq(c->journal);
    for (struct us_batch *b = batches; b && code == US_OK; b = b->next) {
        batch_put(c, &g, b);
        repeats += (int64_t)b->repeats;
    }
    if (g.count) code = group_write(c, &g, &why);
    if (code == US_OK) remember(c, &g);
    if (code != US_OK) {
        us_journal_close(c->journal);
        c->journal = NULL;
    }
    counts_show(c, &g, repeats, code, &why);
    if (code == US_OK && g.count && c->options.group)
        c->options.group(c->options.ctx, &g.g);
    us_print_map_clear(&c->group_ids);
    memory_free(&c->text, c->text_start);
    memory_free(&c->memory, c->memory_start);
    tell(batches, code, &why);
}

/* ---- its thread ---- */

static void seal_of(struct us_committer *c)
{
    struct us_error why = {0};
    us_code code = US_OK;
    if (!c->journal) code = open_journal(c, &why);
    if (code == US_OK) code = us_journal_seal(c->journal, &why);
    if (code != US_OK) {
        us_journal_close(c->journal);
        c->journal = NULL;
    }
    pthread_mutex_lock(&c->lock);
    if (code == US_OK) c->end.at = us_journal_end(c->journal);
    c->seal_code = code;
    if (code != US_OK) error_copy(&c->seal_why, &why);
    c->seal = false;
    pthread_cond_broadcast(&c->sealed);
    pthread_mutex_unlock(&c->lock);
}

/* Those that wait, as many as a group may hold; NULL: it is to stop, or to seal. */
static struct us_batch *next_batches(struct us_committer *c, bool *seal)
{
    pthread_mutex_lock(&c->lock);
    c->busy = false;
    while (!c->first && !c->stop && !c->seal)
        pthread_cond_wait(&c->moved, &c->lock);
    *seal = c->seal;
    struct us_batch *first = c->seal ? NULL : c->first;
    struct us_batch *last = NULL;
    size_t bytes = 0;
    for (struct us_batch *b = first; b; b = b->next) {
        if (last && bytes + b->bytes > US_COMMIT_GROUP_BYTES) break;
        bytes += b->bytes;
        last = b;
    }
    if (last) {
        c->first = last->next;
        last->next = NULL;
        if (!c->first) c->last = NULL;
        c->waiting -= bytes;
    }
    c->busy = first != NULL;
    c->passed = c->known;
    pthread_mutex_unlock(&c->lock);
    return first;
}

static void *run(void *ctx)
{
    struct us_committer *c = ctx;
    for (;;) {
        bool seal;
        struct us_batch *b = next_batches(c, &seal);
        if (!b && !seal) return NULL;
        if (seal)
            seal_of(c);
        else
            group_of(c, b);
    }
}

/* ---- open, put, close ---- */

/* Where `known` goes on, and the ids of the last hours before that, or before now: a
 * clock that is ahead makes nobody forget. */
static us_code read_back(struct us_committer *c, struct us_error *e)
{
    struct us_ids_wanted w = {.print = us_printer_line,
        .ctx = us_printer_new(),
        .since = US_NEVER,
        .most = c->ids.most};
    struct us_print_map *ids = &c->ids.young;
    us_code code = us_ids_load(c->options.dir, &w, ids, &c->known, e);
    int64_t hours = (int64_t)US_COMMIT_HOURS * US_HOUR_US;
    w.since = c->known < c->ids.since ? c->known : c->ids.since;
    bool any = code == US_OK && c->known != US_ALWAYS;
    if (any) w.since -= hours;
    if (any) code = us_ids_load(c->options.dir, &w, ids, NULL, e);
    us_printer_free(w.ctx);
    c->counts.ids = (int64_t)ids->count;
    if (c->options.last_known > c->known) c->known = c->options.last_known;
    return code;
}

static struct us_committer *committer_new(const struct us_committer_options *options)
{
    struct us_arena own;
    us_arena_init(&own, OWN_BYTES);
    struct us_committer *c = us_new(&own, struct us_committer, 1);
    c->own = own;
    c->options = *options;
    if (!c->options.waiting_bytes_max)
        c->options.waiting_bytes_max = US_COMMIT_WAITING_BYTES;
    if (!c->options.ids_max) c->options.ids_max = US_COMMIT_IDS_MAX;
    if (!c->options.now) c->options.now = us_server_now;
    us_arena_init(&c->text, 2 * (size_t)US_GROUP_BYTES_MAX);
    us_arena_init(&c->memory, 2 * (size_t)US_GROUP_BYTES_MAX);
    c->text_start = us_arena_mark(&c->text);
    c->memory_start = us_arena_mark(&c->memory);
    us_print_map_init(&c->group_ids);
    us_print_map_init(&c->ids.young);
    us_print_map_init(&c->ids.old);
    c->ids.most = c->options.ids_max / 2;
    c->ids.since = c->options.now();
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->moved, NULL);
    pthread_cond_init(&c->sealed, NULL);
    return c;
}

static void committer_free(struct us_committer *c)
{
    us_journal_close(c->journal);
    us_print_map_done(&c->ids.young);
    us_print_map_done(&c->ids.old);
    us_print_map_done(&c->group_ids);
    us_arena_done(&c->text);
    us_arena_done(&c->memory);
    pthread_cond_destroy(&c->moved);
    pthread_cond_destroy(&c->sealed);
    pthread_mutex_destroy(&c->lock);
    struct us_arena own = c->own; /* c lies in it */
    us_arena_done(&own);
}

us_code us_committer_open(const struct us_committer_options *options,
    struct us_committer **out, struct us_error *e)
{
    struct us_committer *c = committer_new(options);
    us_code code = open_journal(c, e);
    if (code == US_OK) code = read_back(c, e);
    if (code != US_OK) {
        committer_free(c);
        return code;
    }
    c->seq = us_journal_last_seq(c->journal);
    c->end = (struct us_commit_end){us_journal_end(c->journal), c->seq};
    int failed = pthread_create(&c->thread, NULL, run, c);
    us_assert(failed == 0);
    *out = c;
    return US_OK;
}

us_code us_committer_put(struct us_committer *c, struct us_batch *b, struct us_error *e)
{
    size_t bytes = b->bytes = bytes_of(b);
    us_code code = US_OK;
    b->code = US_OK;
    b->added = b->repeats = 0;
    b->next = NULL;
    if (bytes > US_GROUP_BYTES_MAX - US_COMMIT_BYTES_MAX)
        return us_fail(e, US_LIMIT, "server.batch_too_large",
            US_ARGS(US_BYTES("limit", US_GROUP_BYTES_MAX - US_COMMIT_BYTES_MAX)));
    pthread_mutex_lock(&c->lock);
    if (c->stop || (c->first && c->waiting + bytes > c->options.waiting_bytes_max)) {
        code = US_BUSY;
    } else {
        *(c->last ? &c->last->next : &c->first) = b;
        c->last = b;
        c->waiting += bytes;
        pthread_cond_signal(&c->moved);
    }
    pthread_mutex_unlock(&c->lock);
    if (code == US_OK) return US_OK;
    return us_fail(e, US_BUSY, "server.behind",
        US_ARGS(US_BYTES("waiting", c->options.waiting_bytes_max)));
}

us_code us_committer_seal(struct us_committer *c, uint32_t *below, struct us_error *e)
{
    pthread_mutex_lock(&c->lock);
    bool stopped = c->stop;
    c->seal = !stopped;
    pthread_cond_signal(&c->moved);
    while (c->seal)
        pthread_cond_wait(&c->sealed, &c->lock);
    us_code code = c->seal_code;
    struct us_error *why = &c->seal_why;
    *below = c->end.at.segment;
    if (!stopped && code != US_OK) code = us_fail(e, code, why->key, why->args);
    pthread_mutex_unlock(&c->lock);
    return stopped ? us_fail(e, US_BUSY, "server.stops", NULL) : code;
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool done;
};

static void waited(void *ctx, struct us_batch *b)
{
    struct waiting *w = ctx;
    (void)b;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    pthread_cond_signal(&w->told);
    pthread_mutex_unlock(&w->lock);
}

us_code us_committer_put_wait(
    struct us_committer *c, struct us_batch *b, struct us_error *e)
{
    struct waiting w = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .told = PTHREAD_COND_INITIALIZER};
    b->done = waited;
    b->ctx = &w;
    US_TRY(us_committer_put(c, b, e));
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.told, &w.lock);
    pthread_mutex_unlock(&w.lock);
    pthread_cond_destroy(&w.told);
    pthread_mutex_destroy(&w.lock);
    return b->code == US_OK ? US_OK : us_fail(e, b->code, b->why.key, b->why.args);
}

void us_committer_stop(struct us_committer *c)
{
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    bool first = !c->stop;
    c->stop = true;
    pthread_cond_signal(&c->moved);
    pthread_mutex_unlock(&c->lock);
    if (!first) return;
    pthread_join(c->thread, NULL);
    us_journal_close(c->journal);
    c->journal = NULL;
}

void us_committer_close(struct us_committer *c)
{
    if (!c) return;
    us_committer_stop(c);
    committer_free(c);
}

struct us_commit_end us_committer_end(struct us_committer *c)
{
    pthread_mutex_lock(&c->lock);
    struct us_commit_end end = c->end;
    pthread_mutex_unlock(&c->lock);
    return end;
}

struct us_commit_counts us_committer_counts(struct us_committer *c)
{
    pthread_mutex_lock(&c->lock);
    struct us_commit_counts out = c->counts;
    out.waiting_bytes = (int64_t)c->waiting;
    if (out.failed) error_copy(&out.why, &c->counts.why);
    pthread_mutex_unlock(&c->lock);
    return out;
}

int64_t us_committer_passed(struct us_committer *c)
{
    pthread_mutex_lock(&c->lock);
    int64_t now = c->options.now();
    if (!c->busy && now > c->known) c->known = now;
    int64_t passed = c->busy ? c->passed : c->known;
    pthread_mutex_unlock(&c->lock);
    return passed;
}
