/* replay_view.c: what one need asks for: columns, facts, and where each account's rows
 * are. */
#include "history/replay_store.h"

#include <string.h>

static const size_t VIEW_MAX = (size_t)64 << 30;

static bool any_events(const struct us_need *need)
{
    return need->any || need->name_count || need->other_count;
}

/* ---- columns ---- */

static us_code columns_exist(const struct us_replay_view *v, struct us_error *e)
{
    for (size_t i = 0; i < v->need->column_count; i++) {
        const struct us_column *c = &v->need->columns[i];
        if (core_column_find(&v->history->columns, c->path, c->kind) == SIZE_MAX)
            return us_fail(e, US_INPUT, "history.column_absent",
                US_ARGS(US_TEXT("path", c->path)));
    }
    return US_OK;
}

static us_code columns_build(struct us_replay_store *s, struct replay_segment *segment,
    const struct us_replay_view *v, struct us_error *e)
{
    struct replay_columns c = {.scan = replay_scan_of(s, "history.replay_column"),
        .segment = segment,
        .need = v->need};
    bool file = replay_lays(s->history) && segment->file.mapped;
    if (file) {
        c.dir = s->dir;
        c.dirty = s->dirty;
    } else if (segment == &s->patch) {
        c.scan.only = s->dirty;
    }
    return replay_columns_build(&c, e);
}

/* Accounts that were dirty when a column was built, and are not now: their cells are
 * not theirs. */
static bool absent_mark(const struct us_replay_store *s, const struct us_replay_view *v,
    uint32_t only, bool *absent)
{
    bool some = false;
    for (size_t i = 0; i < s->count; i++) {
        for (size_t c = 0; c < v->need->column_count; c++) {
            const struct replay_column *column =
                replay_column_find(&s->segments[i], &v->need->columns[c]);
            const uint32_t *list = replay_part_of(&column->file, PART_ABSENT);
            for (uint32_t k = 0; k < column->file.head.accounts; k++) {
                if (only != US_NOBODY && only != list[k]) continue;
                if (s->dirty && s->dirty[list[k]]) continue;
                absent[list[k]] = true;
                some = true;
            }
        }
    }
    return some;
}

static us_code absent_build(struct us_replay_store *s, struct us_replay_view *v,
    const bool *absent, struct us_error *e)
{
    struct replay_scan scan = replay_scan_of(s, "history.replay");
    scan.range = (struct replay_range){0, s->history->seq_saved};
    scan.only = absent;
    US_TRY(replay_build(&scan, (us_str){"", 0}, 0, &v->absent, e));
    struct replay_columns c = {.scan = replay_scan_of(s, "history.replay_column"),
        .segment = &v->absent,
        .need = v->need};
    c.scan.only = absent;
    return replay_columns_build(&c, e);
}

/* ---- segments as this need sees them ---- */

static const us_str *texts_of(struct us_replay_view *v, const struct replay_segment *s)
{
    uint64_t end = 0;
    for (size_t i = 0; i < s->column_count; i++) {
        const struct replay_head *h = &s->columns[i].file.head;
        uint64_t own = h->text_base + h->parts[PART_TEXT_ENDS].bytes / 8;
        if (own > end) end = own;
    }
    us_str *texts = us_new(&v->arena, us_str, end + 1);
    for (size_t c = 0; c < v->need->column_count; c++) {
        const struct replay_file *f =
            &replay_column_find(s, &v->need->columns[c])->file;
        const uint64_t *ends = replay_part_of(f, PART_TEXT_ENDS);
        const char *bytes = replay_part_of(f, PART_TEXTS);
        size_t count = f->head.parts[PART_TEXT_ENDS].bytes / 8;
        uint64_t from = 0;
        for (size_t i = 0; i < count; i++) {
            texts[f->head.text_base + i] = (us_str){bytes + from, ends[i] - from};
            from = ends[i];
        }
    }
    return texts;
}

static void see(struct us_replay_view *v, const struct replay_segment *s)
{
    size_t columns = v->need->column_count;
    struct replay_seen *seen = &v->seen[v->seen_count++];
    *seen = (struct replay_seen){.segment = s,
        .cells = us_new(&v->arena, const uint64_t *, columns + 1),
        .runs = us_new(&v->arena, const uint32_t *, columns + 1)};
    for (size_t c = 0; c < columns; c++) {
        const struct replay_column *column =
            replay_column_find(s, &v->need->columns[c]);
        seen->cells[c] = replay_part_of(&column->file, PART_CELLS);
        seen->runs[c] = replay_part_of(&column->file, PART_RUNS);
    }
    if (columns) seen->texts = texts_of(v, s);
}

/* ---- where accounts are ---- */

/* One way or the other through all entries that count: how many each account has, then
 * which. `over` has their rows elsewhere. */
struct sourcing {
    struct us_replay_view *v;
    const struct us_replay_store *store;
    const bool *absent;
    size_t *from; /* by rank */
    bool put;
};

static void entries_walk(struct sourcing *w, uint32_t which)
{
    const struct replay_segment *s = w->v->seen[which].segment;
    const struct us_replay_store *store = w->store;
    bool own = s == &store->patch || s == &w->v->absent;
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t account = s->entries[i].account;
        bool over = !own && ((store->dirty && store->dirty[account]) ||
                                (w->absent && w->absent[account]));
        if (over) continue;
        size_t *at = &w->from[store->order.rank[account] + 1];
        if (w->put) w->v->sources[*at] = (struct replay_source){which, i};
        (*at)++;
    }
}

static void sources_find(struct sourcing *w)
{
    struct us_replay_view *v = w->v;
    size_t accounts = w->store->order.count;
    w->from = us_new(&v->arena, size_t, accounts + 2);
    for (uint32_t i = 0; i < v->seen_count; i++)
        entries_walk(w, i);
    for (size_t i = 0; i < accounts; i++)
        w->from[i + 1] += w->from[i];
    /* [rank + 1] is where the next rank begins; put walks it there from its own. */
    size_t total = w->from[accounts];
    for (size_t i = accounts; i > 0; i--)
        w->from[i] = w->from[i - 1];
    v->sources = us_new(&v->arena, struct replay_source, total + 1);
    w->put = true;
    for (uint32_t i = 0; i < v->seen_count; i++)
        entries_walk(w, i);
}

/* ---- facts ---- */

static void members_put(struct us_replay_view *v, struct us_arena *a,
    const struct replay_source *source, struct logs_seen *seen, size_t *cap)
{
    const struct replay_segment *s = v->seen[source->segment].segment;
    const struct replay_entry *entry = &s->entries[source->entry];
    struct replay_arrays arrays;
    replay_arrays_of(s->data, entry, &arrays);
    struct logs_member *list = (struct logs_member *)(uintptr_t)seen->members;
    for (uint32_t i = 0; i < entry->people; i++)
        *us_push(a, list, seen->member_count, *cap) =
            (struct logs_member){entry->account, arrays.people[i], US_NEVER, US_NEVER};
    seen->members = list;
}

static us_code facts_read(
    struct us_replay_view *v, const struct sourcing *w, struct us_error *e)
{
    size_t accounts = w->store->order.count;
    struct us_arena a;
    struct us_arena members;
    us_arena_init(&a, VIEW_MAX);
    us_arena_init(&members, VIEW_MAX);
    struct logs_seen seen = {0};
    uint32_t *with = us_new(&a, uint32_t, accounts + 1);
    size_t cap = 0;
    for (size_t rank = 0; rank < accounts; rank++) {
        if (w->from[rank] == w->from[rank + 1]) continue;
        with[seen.account_count++] = w->store->order.account[rank];
        for (size_t i = w->from[rank];
             i < w->from[rank + 1] && v->need->user_trait_count; i++)
            members_put(v, &members, &v->sources[i], &seen, &cap);
    }
    seen.accounts = with;
    v->facts = (struct logs_facts){.h = v->history,
        .need = v->need,
        .only = US_NOBODY,
        .seen = &seen,
        .until = US_NEVER};
    us_code code = logs_facts_read(&v->facts, e);
    v->facts.seen = NULL;
    us_arena_done(&members);
    us_arena_done(&a);
    return code;
}

static void accounts_list(struct us_replay_view *v, const struct sourcing *w)
{
    struct us_history *h = v->history;
    size_t accounts = w->store->order.count;
    v->accounts = us_new(&v->arena, uint32_t, accounts + 1);
    v->source_from = us_new(&v->arena, size_t, accounts + 1);
    v->source_to = us_new(&v->arena, size_t, accounts + 1);
    for (size_t rank = 0; rank < accounts; rank++) {
        uint32_t account = w->store->order.account[rank];
        if (!v->facts.present[account]) continue;
        if (h->rules.internal_count &&
            logs_is_internal(h, core_account_key(h, account), &h->line))
            continue;
        v->accounts[v->count] = account;
        v->source_from[v->count] = w->from[rank];
        v->source_to[v->count++] = w->from[rank + 1];
    }
}

/* ---- names, people ---- */

static void name_set(struct us_replay_view *v, us_str name, uint32_t index)
{
    uint32_t id = us_intern_find(&v->history->names.terms, name);
    if (id != US_INTERN_NONE) v->names[id] = index;
}

/* As us_history_logs: a name's own spelling goes before another's. */
void replay_view_names(struct us_replay_view *v)
{
    const struct us_need *need = v->need;
    size_t count = v->history->names.terms.count;
    v->names = us_new(&v->arena, uint32_t, count + 1);
    for (size_t i = 0; i < count; i++)
        v->names[i] = US_NAME_OTHER;
    for (size_t i = 0; i < need->other_count; i++)
        name_set(v, need->others[i].other, need->others[i].name);
    for (size_t i = 0; i < need->name_count; i++)
        name_set(v, need->names[i], (uint32_t)i);
}

static void people_look(struct us_replay_view *v)
{
    size_t people = v->history->people.terms.count;
    v->identified = us_new(&v->arena, uint64_t, people / 64 + 1);
    for (uint32_t i = 0; i < people; i++)
        v->identified[i / 64] |= (uint64_t)core_identified(v->history, i) << (i % 64);
}

/* ---- the view ---- */

us_code replay_view_segments(struct us_replay_store *s, struct us_replay_view *v,
    uint32_t only, const bool **absent, struct us_error *e)
{
    *absent = NULL;
    if (any_events(v->need)) US_TRY(columns_exist(v, e));
    for (size_t i = 0; i < s->count; i++)
        US_TRY(columns_build(s, &s->segments[i], v, e));
    if (s->dirty) US_TRY(columns_build(s, &s->patch, v, e));
    bool *marked = us_new(&v->arena, bool, s->history->accounts.terms.count + 1);
    if (absent_mark(s, v, only, marked)) {
        US_TRY(absent_build(s, v, marked, e));
        *absent = marked;
    }
    v->seen = us_new(&v->arena, struct replay_seen, s->count + 2);
    for (size_t i = 0; i < s->count; i++)
        see(v, &s->segments[i]);
    if (s->dirty) see(v, &s->patch);
    if (*absent) see(v, &v->absent);
    return US_OK;
}

static us_code view_open(
    struct us_replay_store *s, struct us_replay_view *v, struct us_error *e)
{
    struct sourcing w = {.v = v, .store = s};
    replay_order_make(s->history, &s->order);
    US_TRY(replay_view_segments(s, v, US_NOBODY, &w.absent, e));
    sources_find(&w);
    US_TRY(facts_read(v, &w, e));
    accounts_list(v, &w);
    replay_view_names(v);
    people_look(v);
    return US_OK;
}

struct us_replay_view *replay_view_new(
    struct us_replay_store *s, const struct us_need *need)
{
    struct us_arena arena;
    us_arena_reset(&s->history->line);
    us_arena_init(&arena, VIEW_MAX);
    struct us_replay_view *v = us_new(&arena, struct us_replay_view, 1);
    *v = (struct us_replay_view){.arena = arena, .history = s->history, .need = need};
    return v;
}

us_code us_replay_view(struct us_replay_store *s, const struct us_need *need,
    us_history_progress *progress, void *ctx, struct us_replay_view **out,
    struct us_error *e)
{
    s->progress = progress;
    s->progress_ctx = ctx;
    struct us_replay_view *v = replay_view_new(s, need);
    us_code code = view_open(s, v, e);
    if (code == US_OK) {
        *out = v;
    } else {
        us_replay_view_close(v);
    }
    return code;
}

void us_replay_view_close(struct us_replay_view *v)
{
    if (!v) return;
    logs_facts_done(&v->facts);
    replay_segment_close(&v->absent);
    struct us_arena arena = v->arena;
    us_arena_done(&arena);
}

size_t us_replay_count(const struct us_replay_view *v)
{
    return v->count;
}

us_str us_replay_key(const struct us_replay_view *v, size_t i)
{
    return core_account_key(v->history, v->accounts[i]);
}

us_code us_replay_find(const struct us_replay_view *v, us_str key, size_t *i)
{
    size_t from = 0;
    size_t to = v->count;
    while (from < to) {
        size_t mid = (from + to) / 2;
        if (us_str_cmp(us_replay_key(v, mid), key) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    if (from == v->count || !us_str_eq(us_replay_key(v, from), key))
        return US_NOT_FOUND;
    *i = from;
    return US_OK;
}

int64_t us_replay_since(const struct us_replay_view *v, size_t i)
{
    return v->facts.since[v->accounts[i]];
}

size_t us_replay_rows(const struct us_replay_view *v, size_t i)
{
    size_t rows = 0;
    for (size_t k = v->source_from[i]; k < v->source_to[i]; k++) {
        const struct replay_source *s = &v->sources[k];
        rows += v->seen[s->segment].segment->entries[s->entry].rows;
    }
    return rows;
}
