/* commit_group.c: lines without repeats, in one group, written and told. */
#include "base/buf.h"
#include "base/err.h"
#include "server/clock.h"
#include "server/commit_inner.h"

enum {
    AHEAD = 16, /* fingerprints whose slots are fetched before they are looked at */
    /* A group's memory that stays for the next one: given back, each group would have
     * the kernel clear its pages anew, a third of this thread's time. */
    KEPT_BYTES = 2 * US_COMMIT_GROUP_BYTES,
};

const int64_t us_commit_bounds_us[US_COMMIT_BOUNDS] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 500000, 2500000};

/* ---- ids ---- */

static void ids_turn(struct core_remembered *r, int64_t now)
{
    bool old = now - r->since >= (int64_t)US_COMMIT_HOURS * US_HOUR_US;
    if (!old && r->young.count < r->most) return;
    us_print_map_done(&r->old);
    r->old = r->young;
    us_print_map_init(&r->young);
    us_print_map_ahead(&r->young);
    r->since = now;
}

static bool ids_has(const struct core_remembered *r, us_print p)
{
    return us_print_map_find(&r->young, p) || us_print_map_find(&r->old, p);
}

static void ids_fetch(const struct core_remembered *r, us_print p)
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
    us_str lines; /* without the commit line */
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
    g->lines = (us_str){g->g.bytes, g->g.len};
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

static void tell(struct us_batch *b, us_code code, const struct us_error *why)
{
    while (b) {
        struct us_batch *next = b->next; /* it may be gone once it is told */
        b->code = code;
        if (code != US_OK) {
            us_error_copy(&b->why, why);
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
        us_error_copy(&c->why, why);
    }
    if (code == US_OK) {
        s->groups += g->count > 0;
        s->lines += (int64_t)g->count;
        s->bytes += (int64_t)g->g.len;
        s->dead += (int64_t)g->dead;
        s->repeats += repeats;
        s->ids = (int64_t)(c->ids.young.count + c->ids.old.count);
        s->ids_bytes = (int64_t)(us_print_map_bytes(&c->ids.young) +
                                 us_print_map_bytes(&c->ids.old));
        if (g->count) took(s, g->took_us);
        c->end = (struct us_commit_end){us_journal_end(c->journal), c->seq};
    }
    pthread_mutex_unlock(&c->lock);
}

us_code core_commit_open(struct us_committer *c, struct us_error *e)
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

void core_commit_group(struct us_committer *c, struct us_batch *batches)
{
    struct group g = {.text = us_buf_new(&c->text, US_GROUP_BYTES_MAX)};
    struct us_error why = {0};
    int64_t repeats = 0;
    us_code code = US_OK;
    if (!c->journal) code = core_commit_open(c, &why);
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
    if (code == US_OK && g.count && c->options.fresh)
        us_fresh_put(c->options.fresh, g.g.at, us_journal_end(c->journal), g.lines);
    if (code == US_OK && g.count && c->options.group)
        c->options.group(c->options.ctx, &g.g);
    us_print_map_clear(&c->group_ids);
    memory_free(&c->text, c->text_start);
    memory_free(&c->memory, c->memory_start);
    tell(batches, code, &why);
}
