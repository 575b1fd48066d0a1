#include "base/buf.h"
#include "base/err.h"
#include "base/thread.h"
#include "server/clock.h"
#include "server/commit_inner.h"

enum {
    LINE_HEAD_BYTES = 1024,
    OWN_BYTES = 1 << 20,
};

static size_t bytes_of(const struct us_batch *b)
{
    size_t sum = 0;
    for (size_t i = 0; i < b->count; i++)
        sum += b->items[i].m.len + b->items[i].head.context.len + LINE_HEAD_BYTES;
    return sum;
}

/* ---- its thread ---- */

static void seal_of(struct us_committer *c)
{
    struct us_error why = {0};
    us_code code = US_OK;
    if (!c->journal) code = core_commit_open(c, &why);
    if (code == US_OK) code = us_journal_seal(c->journal, &why);
    /* Who has a segment ended may be about to change its lines. */
    if (c->options.fresh) us_fresh_clear(c->options.fresh);
    if (code != US_OK) {
        us_journal_close(c->journal);
        c->journal = NULL;
    }
    pthread_mutex_lock(&c->lock);
    if (code == US_OK) c->end.at = us_journal_end(c->journal);
    c->seal_code = code;
    if (code != US_OK) us_error_copy(&c->seal_why, &why);
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
    us_thread_is("usher-commit", 0);
    struct us_committer *c = ctx;
    for (;;) {
        bool seal;
        struct us_batch *b = next_batches(c, &seal);
        if (!b && !seal) return NULL;
        if (seal)
            seal_of(c);
        else
            core_commit_group(c, b);
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
    c->counts.ids_bytes = (int64_t)us_print_map_bytes(ids);
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
    us_print_map_ahead(&c->ids.young);
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
    us_code code = core_commit_open(c, e);
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
    if (!stopped) c->seal = true; /* another caller may wait for his */
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
    pthread_mutex_unlock(&c->lock);
    return out;
}

void us_committer_why(struct us_committer *c, struct us_error *why)
{
    pthread_mutex_lock(&c->lock);
    us_error_copy(why, &c->why);
    pthread_mutex_unlock(&c->lock);
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
