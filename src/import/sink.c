#include "import/sink.h"

#include "base/thread.h"
#include "import/sink_hand.h"
#include "json/json.h"

#include <pthread.h>
#include <string.h>

enum {
    LINE_HEAD_MAX = 4096,
    AHEAD = 16,
    JUDGE_ROWS = 1024,
    EXPECT_MAX = 100 * 1000 * 1000
};

enum state { FREE, FILLING, PLACED };

/* One line of a parcel, and whom to tell whether it was new. */
struct row {
    us_print print;
    uint32_t from; /* in the text */
    struct us_import_counts *counts;
};

/* A buffer on its way: placed by the caller, then written and loaded, in either order.
 */
struct parcel {
    struct us_group group;
    struct us_arena memory; /* the text and room for the commit line */
    struct us_buf text;
    struct row *rows; /* of its lines, in order */
    size_t row_count, row_cap;
    size_t judged;       /* so many of them are known to be new */
    size_t hints_judged; /* hints of those */
    struct us_arena row_memory;
    us_print *prints; /* of the lines that stay */
    int64_t known_first, known_last;
    struct us_ready *ready; /* what the loader need not parse again */
    size_t ready_count, ready_cap;
    struct us_arena ready_memory;
    us_pos next; /* where the group after it begins */
    size_t line; /* where the last line begins in text */
    enum state state;
    bool written, loaded;
};

struct us_sink {
    struct us_arena memory;
    struct us_print_map seen;
    struct sink_hand *hand; /* to a server; NULL: all that follows is its own */

    struct us_journal *journal;
    struct us_history *history;
    struct parcel parcels[US_IMPORT_GROUPS];
    size_t filling; /* index of the parcel being filled */
    int64_t seq;
    us_str source;

    pthread_mutex_t lock;
    pthread_cond_t moved; /* some parcel changed its state, or the sink failed */
    pthread_t writer, loader;
    bool threads;
    bool stop;

    uint64_t placed, written, loaded, committed; /* counts of parcels */
    uint64_t flush_to; /* the loader commits when it has loaded this many */
    us_code failed;
    struct us_error why;
};

static us_code load_seen(struct us_sink *s, us_str journal_dir, struct us_error *e)
{
    uint32_t first;
    uint32_t last = 0; /* is the server's */
    if (s->hand) US_TRY(us_journal_range(journal_dir, &first, &last, e));
    struct us_ids_wanted all = {.print = us_printer_line,
        .ctx = us_printer_new(),
        .since = US_ALWAYS,
        .below = last};
    us_code code = us_ids_load(journal_dir, &all, &s->seen, NULL, e);
    us_printer_free(all.ctx);
    return code;
}

static void fail(struct us_sink *s, us_code code, const struct us_error *e)
{
    if (s->failed == US_OK) {
        s->failed = code;
        s->why = *e;
        for (size_t i = 0; i < US_ERROR_ARGS_MAX; i++) /* texts point into the copy */
            if (s->why.args[i].text.ptr)
                s->why.args[i].text.ptr =
                    s->why.store + (e->args[i].text.ptr - e->store);
    }
    pthread_cond_broadcast(&s->moved);
}

static us_code failed(struct us_sink *s, struct us_error *e)
{
    us_assert(s->failed != US_OK);
    return us_fail(e, s->failed, s->why.key, s->why.args);
}

static us_code write_parcel(struct us_sink *s, struct parcel *p, struct us_error *e)
{
    US_TRY(us_journal_write(s->journal, &p->group, e));
    struct us_ids_group ids = {p->prints, p->row_count, p->known_first, p->known_last};
    return us_ids_append(s->journal, &ids, e);
}

static void retire(struct parcel *p)
{
    if (p->written && p->loaded) p->state = FREE;
}

static void *write_all(void *ctx)
{
    us_thread_is("usher-write", 0);
    struct us_sink *s = ctx;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->stop && s->failed == US_OK && s->written == s->placed)
            pthread_cond_wait(&s->moved, &s->lock);
        if (s->failed != US_OK || s->written == s->placed) break;
        struct parcel *p = &s->parcels[s->written % US_IMPORT_GROUPS];
        pthread_mutex_unlock(&s->lock);
        struct us_error e = {0};
        us_code code = write_parcel(s, p, &e);
        pthread_mutex_lock(&s->lock);
        if (code != US_OK) {
            fail(s, code, &e);
            break;
        }
        s->written++;
        p->written = true;
        retire(p);
        pthread_cond_broadcast(&s->moved);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Commit what is loaded, once it is durable. Called and left with the lock held. */
static us_code commit(struct us_sink *s, struct us_error *e)
{
    while (s->written < s->loaded && s->failed == US_OK)
        pthread_cond_wait(&s->moved, &s->lock);
    if (s->failed != US_OK) return failed(s, e);
    pthread_mutex_unlock(&s->lock);
    us_code code = us_history_commit(s->history, e);
    pthread_mutex_lock(&s->lock);
    if (code == US_OK) s->committed = s->loaded;
    return code;
}

static us_code load_next(struct us_sink *s, struct us_error *e)
{
    struct parcel *p = &s->parcels[s->loaded % US_IMPORT_GROUPS];
    pthread_mutex_unlock(&s->lock);
    struct us_hints hints = {p->ready, p->ready_count, s->source};
    us_code code = us_history_load_ready(s->history, &p->group, p->next, &hints, e);
    bool full = us_history_pending(s->history) >= US_HISTORY_BATCH_ROWS;
    pthread_mutex_lock(&s->lock);
    if (code != US_OK) return code;
    s->loaded++;
    p->loaded = true;
    retire(p);
    pthread_cond_broadcast(&s->moved);
    return full ? commit(s, e) : US_OK;
}

static void *load_all(void *ctx)
{
    us_thread_is("usher-load", 0);
    struct us_sink *s = ctx;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        bool flush = s->loaded == s->flush_to && s->committed < s->loaded;
        while (!s->stop && s->failed == US_OK && s->loaded == s->placed && !flush) {
            pthread_cond_wait(&s->moved, &s->lock);
            flush = s->loaded == s->flush_to && s->committed < s->loaded;
        }
        if (s->failed != US_OK || (s->stop && s->loaded == s->placed)) break;
        struct us_error e = {0};
        us_code code = flush ? commit(s, &e) : load_next(s, &e);
        if (code != US_OK) {
            fail(s, code, &e);
            break;
        }
        pthread_cond_broadcast(&s->moved);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* The text is given its room once: it is not cleared between groups. */
static void parcel_init(struct parcel *p)
{
    size_t room = US_IMPORT_GROUP_BYTES + US_LINE_BYTES_MAX + LINE_HEAD_MAX;
    us_arena_init(&p->memory, 2 * room);
    us_arena_init(&p->row_memory, (size_t)256 << 20);
    us_arena_init(&p->ready_memory, (size_t)1 << 30);
    char *text = us_new(&p->memory, char, room + US_COMMIT_BYTES_MAX + US_JSON_PAD);
    p->text =
        (struct us_buf){.arena = &p->memory, .ptr = text, .cap = room, .cap_max = room};
}

static void start_parcel(struct parcel *p)
{
    /* popped, not reset: the pages are kept for the next group */
    us_arena_pop(&p->row_memory, (us_mark){p->row_memory.base});
    us_arena_pop(&p->ready_memory, (us_mark){p->ready_memory.base});
    p->ready = NULL;
    p->ready_count = p->ready_cap = 0;
    p->text.len = 0;
    p->group = (struct us_group){0};
    p->rows = NULL;
    p->prints = NULL;
    p->row_count = p->row_cap = p->judged = p->hints_judged = 0;
    p->known_first = US_NEVER;
    p->known_last = US_ALWAYS;
    p->written = p->loaded = false;
    p->state = FILLING;
}

static us_code open_stores(struct us_sink *s, us_str journal_dir,
    const struct us_import_options *o, struct us_error *e)
{
    US_TRY(us_journal_open(journal_dir, true, &s->journal, e));
    /* One thread of DuckDB's: its pool waits by spinning, which would take the time of
     * the threads here. */
    struct us_history_rules rules = *o->rules;
    rules.threads = 1;
    US_TRY(us_history_open(o->dir, &rules, true, o->progress, o->ctx, &s->history, e));
    US_TRY(us_history_catch_up(s->history, journal_dir, o->progress, o->ctx, e));
    s->seq = us_journal_last_seq(s->journal);
    for (size_t i = 0; i < US_IMPORT_GROUPS; i++)
        parcel_init(&s->parcels[i]);
    start_parcel(&s->parcels[0]);
    return US_OK;
}

us_code us_sink_open(
    const struct us_import_options *options, struct us_sink **out, struct us_error *e)
{
    struct us_arena memory;
    us_arena_init(&memory, 1 << 20);
    struct us_sink *s = us_new(&memory, struct us_sink, 1);
    s->memory = memory;
    s->source = us_arena_str(
        &s->memory, options->source.len ? options->source : US_S("import"));
    us_print_map_init(&s->seen);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->moved, NULL);
    us_str journal_dir = us_arena_fmt(&s->memory, "%.*s/journal", US_ARG(options->dir));
    us_code code = US_OK;
    if (options->put)
        s->hand = sink_hand_new(options, &s->seen, &s->memory);
    else
        code = open_stores(s, journal_dir, options, e);
    if (code == US_OK) code = load_seen(s, journal_dir, e);
    if (code != US_OK) {
        us_sink_close(s);
        return code;
    }
    *out = s;
    if (s->hand) return US_OK;
    s->threads = true;
    us_assert(pthread_create(&s->writer, NULL, write_all, s) == 0);
    us_assert(pthread_create(&s->loader, NULL, load_all, s) == 0);
    return US_OK;
}

void us_sink_close(struct us_sink *s)
{
    if (!s) return;
    if (s->threads) {
        pthread_mutex_lock(&s->lock);
        s->stop = true;
        pthread_cond_broadcast(&s->moved);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->writer, NULL);
        pthread_join(s->loader, NULL);
    }
    sink_hand_done(s->hand);
    us_history_close(s->history);
    us_journal_close(s->journal);
    us_print_map_done(&s->seen);
    for (size_t i = 0; i < US_IMPORT_GROUPS; i++) {
        us_arena_done(&s->parcels[i].memory);
        us_arena_done(&s->parcels[i].row_memory);
        us_arena_done(&s->parcels[i].ready_memory);
    }
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->moved);
    struct us_arena memory = s->memory;
    us_arena_done(&memory);
}

/* Take out of the text, from row `first` on, what `drop` marks; hints follow their
 * lines. */
static void drop_lines(struct parcel *p, size_t first, const bool *drop)
{
    size_t text = p->rows[first].from;
    size_t kept = first;
    size_t hint = p->hints_judged, hints_kept = hint;
    for (size_t i = first; i < p->row_count; i++) {
        struct row row = p->rows[i];
        size_t end = i + 1 < p->row_count ? p->rows[i + 1].from : p->text.len;
        bool hinted = hint < p->ready_count && p->ready[hint].line == row.from;
        struct us_ready ready = hinted ? p->ready[hint++] : (struct us_ready){0};
        if (drop[i - first]) continue;
        memmove(p->text.ptr + text, p->text.ptr + row.from, end - row.from);
        ready.line = (uint32_t)text;
        if (hinted) p->ready[hints_kept++] = ready;
        p->rows[kept++] = (struct row){row.print, (uint32_t)text, row.counts};
        text += end - row.from;
    }
    p->ready_count = hints_kept;
    p->row_count = kept;
    p->text.len = text;
}

static bool is_failed(struct us_sink *s)
{
    pthread_mutex_lock(&s->lock);
    bool failed_now = s->failed != US_OK;
    pthread_mutex_unlock(&s->lock);
    return failed_now;
}

void us_sink_judge(struct us_sink *s)
{
    if (s->hand) return;
    if (is_failed(s)) return; /* the parcel may be another thread's */
    struct parcel *p = &s->parcels[s->filling];
    size_t first = p->judged;
    size_t count = p->row_count - first;
    bool *drop = us_new(&p->row_memory, bool, count + 1);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const struct row *r = &p->rows[first + i];
        bool fresh = false;
        if (i + AHEAD < count)
            us_print_map_prefetch(&s->seen, p->rows[first + i + AHEAD].print);
        us_print_map_put(&s->seen, r->print, &fresh);
        r->counts->added += fresh;
        r->counts->duplicates += !fresh;
        drop[i] = !fresh;
        any |= !fresh;
    }
    if (any) drop_lines(p, first, drop);
    p->judged = p->row_count;
    p->hints_judged = p->ready_count;
    p->group.lines = p->row_count;
}

/* Hand the filled parcel over and take the next free one. */
static us_code ship(struct us_sink *s, struct us_error *e)
{
    struct parcel *p = &s->parcels[s->filling];
    us_sink_judge(s);
    if (p->row_count == 0) {
        start_parcel(p);
        return US_OK;
    }
    p->prints = us_new(&p->row_memory, us_print, p->row_count);
    for (size_t i = 0; i < p->row_count; i++)
        p->prints[i] = p->rows[i].print;
    p->group.bytes = p->text.ptr;
    p->group.len = p->text.len;
    p->group.last_seq = s->seq;
    us_journal_place(s->journal, &p->group);
    p->next = p->group.seals
                  ? (us_pos){p->group.at.segment + 1, 0}
                  : (us_pos){p->group.at.segment, p->group.at.offset + p->group.len};
    pthread_mutex_lock(&s->lock);
    p->state = PLACED;
    s->placed++;
    s->filling = s->placed % US_IMPORT_GROUPS;
    struct parcel *next = &s->parcels[s->filling];
    pthread_cond_broadcast(&s->moved);
    while (next->state != FREE && s->failed == US_OK)
        pthread_cond_wait(&s->moved, &s->lock);
    us_code code = s->failed == US_OK ? US_OK : failed(s, e);
    pthread_mutex_unlock(&s->lock);
    if (code == US_OK) start_parcel(next);
    return code;
}

us_code us_sink_put(struct us_sink *s, struct us_head *head, us_str m, us_print print,
    struct us_import_counts *counts, struct us_error *e)
{
    if (s->hand) return sink_hand_put(s->hand, head, m, print, counts, e);
    struct parcel *p = &s->parcels[s->filling];
    if (p->text.len + m.len + LINE_HEAD_MAX > US_IMPORT_GROUP_BYTES && p->row_count) {
        US_TRY(ship(s, e));
        p = &s->parcels[s->filling];
    }
    /* Few at a time, so that what a dropped line moves is still in the caches. */
    if (p->row_count - p->judged >= JUDGE_ROWS) us_sink_judge(s);
    p->line = p->text.len;
    head->seq = ++s->seq;
    if (head->known < p->known_first) p->known_first = head->known;
    if (head->known > p->known_last) p->known_last = head->known;
    us_head_write(&p->text, head, m);
    us_assert(!p->text.full);
    *us_push(&p->row_memory, p->rows, p->row_count, p->row_cap) =
        (struct row){print, (uint32_t)p->line, counts};
    return US_OK;
}

/* Where a text lies in the line that m ends; false when it is no part of m. */
static bool cut(us_str text, us_str m, size_t m_from, struct us_cut *out)
{
    *out = (struct us_cut){0};
    if (text.len == 0) return true;
    if (text.ptr < m.ptr || text.ptr + text.len > m.ptr + m.len) return false;
    out->from = (uint32_t)(m_from + (size_t)(text.ptr - m.ptr));
    out->len = (uint32_t)text.len;
    return true;
}

/* The values of the property columns as cuts of the line that m ends. */
static const us_json_node *values_of(struct us_sink *s, const struct us_json_doc *doc,
    uint32_t properties, uint32_t from_doc, uint32_t to_line)
{
    us_json_node found[US_READY_VALUES_MAX + 1];
    size_t count = us_history_values(s->history, doc, properties, found);
    if (count == SIZE_MAX || count == 0) return NULL;
    struct us_arena *a = &s->parcels[s->filling].ready_memory;
    us_json_node *values = us_new(a, us_json_node, count + 1);
    for (size_t i = 1; i <= count; i++) {
        values[i] = found[i];
        if (!found[i].to) continue;
        values[i].from = found[i].from - from_doc + to_line;
        values[i].to = found[i].to - from_doc + to_line;
    }
    return values;
}

void us_sink_ready(struct us_sink *s, const struct us_message *message,
    const struct us_json_doc *doc, us_str m)
{
    if (s->hand) return;
    struct parcel *p = &s->parcels[s->filling];
    size_t len = p->text.len - 1 - p->line; /* {"us":…,"m":M} */
    size_t m_from = len - 1 - m.len;
    struct us_ready r = {.seq = s->seq,
        .at = message->at,
        .known = message->known,
        .line = (uint32_t)p->line,
        .len = (uint32_t)len,
        .skewed = message->skewed};
    us_str properties = {0};
    if (message->properties != US_JSON_NONE)
        properties = us_json_raw(doc, message->properties);
    r.values = values_of(s, doc, message->properties, (uint32_t)(m.ptr - doc->text.ptr),
        (uint32_t)m_from);
    bool whole = message->page_name.len == 0 &&
                 cut(message->user, m, m_from, &r.user) &&
                 cut(message->anonymous, m, m_from, &r.anonymous) &&
                 cut(message->group, m, m_from, &r.group) &&
                 cut(message->event, m, m_from, &r.event) &&
                 cut(properties, m, m_from, &r.properties);
    if (whole) *us_push(&p->ready_memory, p->ready, p->ready_count, p->ready_cap) = r;
}

void us_sink_expect(struct us_sink *s, int64_t rows)
{
    if (rows > 0 && rows < EXPECT_MAX) us_print_map_reserve(&s->seen, (size_t)rows);
}

us_code us_sink_flush(struct us_sink *s, struct us_error *e)
{
    if (s->hand) return sink_hand_over(s->hand, e);
    US_TRY(ship(s, e));
    pthread_mutex_lock(&s->lock);
    s->flush_to = s->placed;
    pthread_cond_broadcast(&s->moved);
    while (s->committed < s->placed && s->failed == US_OK)
        pthread_cond_wait(&s->moved, &s->lock);
    us_code code = s->failed == US_OK ? US_OK : failed(s, e);
    pthread_mutex_unlock(&s->lock);
    if (code != US_OK) return code;
    US_TRY(us_history_settle(s->history, e));
    return US_OK;
}

struct us_history *us_sink_history(struct us_sink *s)
{
    return s->history;
}
