/* replay.c: the store follows history.
 *
 * Segments are sorted once and never changed. What came since is sorted in memory while
 * it is little, and becomes a segment when it is not; a segment no larger than twice
 * the one after it is built again together with it, so that there are few. Building
 * again costs no more than merging would: either way each row is moved once, and it
 * takes in what links changed.
 */
#include "file/file.h"
#include "history/replay_store.h"

#include <string.h>

enum {
    MERGE_FACTOR = 2,
    LAY_PASS_ROWS = 2 << 20,
    LAY_PASSES = 8,
    DIRTY_SHARE = 8, /* of a segment's rows: one in so many dirty builds it again */
};
static const size_t LISTS_MAX = (size_t)1 << 30;

/* A stretch of events: a segment there is, or one to be built. */
struct piece {
    struct replay_range range;
    int64_t events;
    size_t kept; /* index of segments; SIZE_MAX: to be built */
};

struct plan {
    struct us_arena arena;
    struct piece *pieces;
    size_t count, cap;
};

struct replay_scan replay_scan_of(struct us_replay_store *s, const char *what)
{
    replay_order_make(s->history, &s->order);
    return (struct replay_scan){.h = s->history,
        .order = &s->order,
        .progress = s->progress,
        .progress_ctx = s->progress_ctx,
        .what = what,
        .pass_rows = s->tuning.pass_rows,
        .passes = s->tuning.passes};
}

/* ---- what there is ---- */

static void memory_drop(struct us_replay_store *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->segments[i].file.mapped)
            s->segments[kept++] = s->segments[i];
        else
            replay_segment_close(&s->segments[i]);
    }
    s->count = kept;
    replay_segment_close(&s->patch);
    us_arena_done(&s->dirty_arena);
    s->dirty = NULL;
}

static us_code events_count(
    struct us_history *h, struct replay_range range, int64_t *out, struct us_error *e)
{
    us_str sql = us_arena_fmt(&h->line,
        "SELECT count(*) FROM events WHERE seq > %lld AND seq <= %lld",
        (long long)range.from, (long long)range.to);
    return duck_number(h->duck.side, sql, out, e);
}

static uint64_t dirty_rows(const struct replay_segment *s, const bool *dirty)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < s->count; i++)
        if (dirty[s->entries[i].account]) rows += s->entries[i].rows;
    return rows;
}

/* Whether the segment stays. Its dirty accounts are added to those of the store. */
static us_code audit(struct us_replay_store *s, const struct replay_segment *one,
    bool *stays, struct us_error *e)
{
    struct us_history *h = s->history;
    *stays = true;
    if (one->file.head.settled == h->seq_settled) return US_OK;
    size_t accounts = h->accounts.terms.count;
    us_mark mark = us_arena_mark(&s->dirty_arena);
    bool *dirty = us_new(&s->dirty_arena, bool, accounts + 1);
    us_code code = replay_links_audit(h, one, dirty, e);
    if (code == US_OK) {
        uint64_t rows = dirty_rows(one, dirty);
        *stays = !replay_lays(h) || rows * s->tuning.dirty_share <= one->file.head.rows;
        for (size_t i = 0; i < accounts && *stays; i++)
            s->dirty[i] = s->dirty[i] || dirty[i];
    }
    us_arena_pop(&s->dirty_arena, mark);
    return code;
}

/* ---- what is to be done ---- */

static us_code piece_put(struct us_replay_store *s, struct plan *p,
    struct replay_range range, size_t kept, struct us_error *e)
{
    struct piece piece = {.range = range, .kept = kept};
    if (kept != SIZE_MAX) {
        piece.events = (int64_t)s->segments[kept].file.head.events;
    } else {
        US_TRY(events_count(s->history, range, &piece.events, e));
    }
    struct piece *last = p->count ? &p->pieces[p->count - 1] : NULL;
    if (last && last->kept == SIZE_MAX && kept == SIZE_MAX) {
        last->range.to = range.to;
        last->events += piece.events;
    } else {
        *us_push(&p->arena, p->pieces, p->count, p->cap) = piece;
    }
    return US_OK;
}

/* The last piece takes in those before it that are not much larger. */
static void merge(struct plan *p, const struct replay_tuning *t)
{
    struct piece *last = &p->pieces[p->count - 1];
    if (last->kept != SIZE_MAX || last->events < t->events_min) return;
    while (p->count > 1 && last[-1].events <= t->merge_factor * last->events) {
        last[-1].range.to = last->range.to;
        last[-1].events += last->events;
        last[-1].kept = SIZE_MAX;
        last--;
        p->count--;
    }
}

static us_code plan_make(struct us_replay_store *s, struct plan *p, struct us_error *e)
{
    int64_t reached = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct replay_range range = s->segments[i].file.head.range;
        if (range.from > reached)
            US_TRY(piece_put(
                s, p, (struct replay_range){reached, range.from}, SIZE_MAX, e));
        bool stays;
        US_TRY(audit(s, &s->segments[i], &stays, e));
        US_TRY(piece_put(s, p, range, stays ? i : SIZE_MAX, e));
        reached = range.to;
    }
    int64_t end = s->history->seq_saved;
    if (end > reached)
        US_TRY(piece_put(s, p, (struct replay_range){reached, end}, SIZE_MAX, e));
    if (replay_lays(s->history) && p->count) merge(p, &s->tuning);
    return US_OK;
}

/* ---- doing it ---- */

static us_code piece_build(struct us_replay_store *s, const struct piece *p,
    struct replay_segment *out, struct us_error *e)
{
    struct us_history *h = s->history;
    bool file = replay_lays(h) && h->birth && p->events >= s->tuning.events_min;
    struct replay_scan scan = replay_scan_of(s, "history.replay");
    scan.range = p->range;
    us_str path = {"", 0};
    uint64_t number = 0;
    if (file) {
        US_TRY(us_file_make_dirs(s->dir, e));
        number = s->next_number++;
        path = replay_rows_path(s, number);
    }
    return replay_build(&scan, path, number, out, e);
}

/* The new list of segments. Those that are in it no more stay open until the others
 * stand. */
static us_code plan_run(
    struct us_replay_store *s, const struct plan *p, struct us_error *e)
{
    struct replay_segment *list =
        us_new(&s->lists, struct replay_segment, p->count + 1);
    bool *kept = us_new(&s->lists, bool, s->count + 1);
    size_t count = 0;
    us_code code = US_OK;
    for (size_t i = 0; i < p->count && code == US_OK; i++) {
        const struct piece *piece = &p->pieces[i];
        if (piece->kept != SIZE_MAX) {
            kept[piece->kept] = true;
            list[count++] = s->segments[piece->kept];
        } else if (piece->events) {
            code = piece_build(s, piece, &list[count], e);
            count += code == US_OK;
        }
    }
    for (size_t i = 0; i < s->count; i++)
        if (!kept[i]) replay_segment_close(&s->segments[i]);
    s->segments = list;
    s->count = s->cap = count;
    return code;
}

static us_code patch_make(struct us_replay_store *s, struct us_error *e)
{
    size_t accounts = s->history->accounts.terms.count;
    if (!memchr(s->dirty, true, accounts * sizeof *s->dirty)) {
        s->dirty = NULL;
        return US_OK;
    }
    struct replay_scan scan = replay_scan_of(s, "history.replay");
    scan.range = (struct replay_range){0, s->history->seq_saved};
    scan.only = s->dirty;
    return replay_build(&scan, (us_str){"", 0}, 0, &s->patch, e);
}

static us_code follow(struct us_replay_store *s, struct us_error *e)
{
    struct us_history *h = s->history;
    struct plan p = {0};
    us_arena_init(&p.arena, LISTS_MAX);
    us_arena_init(&s->dirty_arena, LISTS_MAX);
    s->dirty = us_new(&s->dirty_arena, bool, h->accounts.terms.count + 1);
    us_code code = plan_make(s, &p, e);
    if (code == US_OK) code = plan_run(s, &p, e);
    if (code == US_OK) code = patch_make(s, e);
    us_arena_done(&p.arena);
    return code;
}

static void segments_drop(struct us_replay_store *s)
{
    memory_drop(s);
    for (size_t i = 0; i < s->count; i++)
        replay_segment_close(&s->segments[i]);
    s->segments = NULL;
    s->count = s->cap = 0;
}

us_code us_replay_refresh(struct us_replay_store *s, us_history_progress *progress,
    void *ctx, struct us_error *e)
{
    struct us_history *h = s->history;
    if (s->current && s->seq == h->seq_saved && s->settled == h->seq_settled)
        return US_OK;
    us_arena_reset(&h->line);
    s->progress = progress;
    s->progress_ctx = ctx;
    if (!s->current) {
        segments_drop(s); /* what a failure left */
        US_TRY(replay_segments_load(s, e));
    }
    memory_drop(s);
    s->current = false;
    US_TRY(follow(s, e));
    if (replay_lays(h)) US_TRY(replay_files_tidy(s, e));
    s->seq = h->seq_saved;
    s->settled = h->seq_settled;
    s->current = true;
    return US_OK;
}

us_code replay_open_tuned(us_str dir, struct us_history *h,
    const struct replay_tuning *tuning, struct replay_progress progress,
    struct us_replay_store **out, struct us_error *e)
{
    struct us_arena arena;
    us_arena_init(&arena, 1 << 20);
    struct us_replay_store *s = us_new(&arena, struct us_replay_store, 1);
    s->history = h;
    s->tuning = *tuning;
    s->next_number = 1;
    s->dir = us_file_join(&arena, dir, US_S("replay"));
    s->arena = arena;
    us_arena_init(&s->lists, LISTS_MAX);
    us_code code = us_replay_refresh(s, progress.show, progress.ctx, e);
    if (code == US_OK) {
        *out = s;
    } else {
        us_replay_close(s);
    }
    return code;
}

static const struct replay_tuning usual = {.events_min = US_REPLAY_SEGMENT_EVENTS,
    .merge_factor = MERGE_FACTOR,
    .pass_rows = REPLAY_PASS_ROWS,
    .dirty_share = DIRTY_SHARE};

us_code us_replay_open(us_str dir, struct us_history *h, us_history_progress *progress,
    void *ctx, struct us_replay_store **out, struct us_error *e)
{
    struct replay_progress p = {progress, ctx};
    return replay_open_tuned(dir, h, &usual, p, out, e);
}

/* Cells of all columns there are: who asks names some of them. */
static us_code cells_lay(struct us_replay_store *s, struct us_error *e)
{
    struct us_history *h = s->history;
    const bool *absent;
    struct us_need need = {.column_count = h->columns.count};
    struct us_column *columns =
        us_new(&s->lists, struct us_column, h->columns.count + 1);
    for (size_t i = 0; i < h->columns.count; i++)
        columns[i] =
            (struct us_column){h->columns.items[i].path, h->columns.items[i].kind};
    need.columns = columns;
    struct us_replay_view *v = replay_view_new(s, &need);
    us_code code = replay_view_segments(s, v, US_NOBODY, &absent, e);
    us_replay_view_close(v);
    return code;
}

us_code replay_lay_tuned(us_str dir, struct us_history *h,
    const struct replay_tuning *tuning, struct us_error *e)
{
    struct us_replay_store *s = NULL;
    h->lays = true;
    us_code code =
        replay_open_tuned(dir, h, tuning, (struct replay_progress){0}, &s, e);
    if (code == US_OK) code = cells_lay(s, e);
    us_replay_close(s);
    h->lays = false;
    return code;
}

/* By a server that serves others meanwhile: less memory, for more passes. */
static const struct replay_tuning aside = {.events_min = US_REPLAY_SEGMENT_EVENTS,
    .merge_factor = MERGE_FACTOR,
    .pass_rows = LAY_PASS_ROWS,
    .passes = LAY_PASSES,
    .dirty_share = DIRTY_SHARE};

us_code us_replay_lay(
    us_str dir, struct us_history *h, const _Atomic bool *ends, struct us_error *e)
{
    h->lay_ends = ends;
    us_code code = replay_lay_tuned(dir, h, &aside, e);
    h->lay_ends = NULL;
    return code;
}

void us_replay_close(struct us_replay_store *s)
{
    if (!s) return;
    segments_drop(s);
    replay_order_done(&s->order);
    us_arena_done(&s->lists);
    struct us_arena arena = s->arena;
    us_arena_done(&arena);
}
