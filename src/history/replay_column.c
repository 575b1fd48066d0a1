/* replay_column.c: cells of property columns beside a segment, without its rows.
 *
 * Events are dealt out once more as they were for the rows, two columns at a time,
 * names that have no such property left out; each run's cells fall into place by
 * counting.
 */
#include "file/file.h"
#include "history/replay_inner.h"

#include <string.h>

static const size_t MEMORY_MAX = (size_t)64 << 30;

uint64_t replay_column_what(us_str path, us_kind kind)
{
    char text[1] = {(char)('0' + kind)};
    return us_print_pair((us_str){text, 1}, path).lo;
}

/* One column on its way into its file. */
struct column {
    const struct us_column *asked;
    struct replay_sink sink;
    struct us_intern texts;
    uint32_t *runs; /* where each run's cells begin, + 1; 0: it has none */
    uint64_t cells;
    bool open;
};

struct filling {
    struct replay_columns *c;
    struct us_arena arena;     /* lists of the segment */
    struct us_arena scratch;   /* of an account */
    uint32_t *entry_of;        /* by account; UINT32_MAX: none */
    bool *names;               /* that have such a property */
    uint32_t *turns, *numbers; /* by name: the run it is in the account of that turn */
    uint32_t turn;
    struct column columns[2];
    size_t count;
};

/* ---- an account ---- */

static us_code cells_put(struct filling *f, size_t column, uint64_t run,
    const uint64_t *cells, size_t count, struct us_error *e)
{
    struct column *c = &f->columns[column];
    bool any = false;
    for (size_t i = 0; i < count && !any; i++)
        any = cells[i] != US_CELL_NONE;
    if (!any) return US_OK;
    us_assert(c->cells + count < UINT32_MAX);
    c->runs[run] = (uint32_t)c->cells + 1;
    c->cells += count;
    return replay_sink_put(&c->sink, cells, count * sizeof *cells, e);
}

/* Which row the next event of its name is; UINT32_MAX when it can be none: links have
 * changed since, and the account is dirty. */
static uint32_t row_next(struct filling *f, const struct replay_arrays *a,
    uint32_t *next, const struct replay_rec *r)
{
    if (f->turns[r->name] != f->turn) return UINT32_MAX;
    uint32_t run = f->numbers[r->name];
    if (next[run] == a->runs[run + 1].from) return UINT32_MAX;
    uint32_t came = next[run]++;
    return a->place ? a->place[came] : came;
}

static us_code account_take(void *ctx, const struct replay_taken *t, struct us_error *e)
{
    struct filling *f = ctx;
    uint32_t at = f->entry_of[t->account];
    if (at == UINT32_MAX) return US_OK;
    const struct replay_entry *v = &f->c->segment->entries[at];
    struct replay_arrays a;
    replay_arrays_of(f->c->segment->data, v, &a);
    us_arena_reset(&f->scratch);
    uint32_t *next = us_new(&f->scratch, uint32_t, v->runs + 1);
    f->turn++;
    for (uint32_t k = 0; k < v->runs; k++) {
        f->turns[a.runs[k].name] = f->turn;
        f->numbers[a.runs[k].name] = k;
        next[k] = a.runs[k].from;
    }
    uint64_t *cells[2];
    for (size_t c = 0; c < f->count; c++) {
        cells[c] = us_new(&f->scratch, uint64_t, v->rows + 1);
        memset(cells[c], 0xff, v->rows * sizeof *cells[c]);
    }
    for (size_t i = 0; i < t->count; i++) {
        const struct replay_rec *r = &t->recs[t->order[i]];
        uint32_t row = row_next(f, &a, next, r);
        if (row == UINT32_MAX) continue;
        cells[0][row] = (uint64_t)r->a;
        if (f->count > 1) cells[1][row] = (uint64_t)r->b;
    }
    for (size_t c = 0; c < f->count; c++) {
        for (uint32_t k = 0; k < v->runs; k++) {
            size_t from = a.runs[k].from;
            US_TRY(cells_put(
                f, c, v->first_run + k, cells[c] + from, a.runs[k + 1].from - from, e));
        }
    }
    return US_OK;
}

/* ---- a file ---- */

static us_str cells_path(
    const struct replay_columns *c, const struct us_column *asked, struct us_arena *a)
{
    if (!c->dir.len) return (us_str){"", 0};
    us_str name = us_arena_fmt(a, "%08llu-%016llx.cells",
        (unsigned long long)c->segment->file.head.number,
        (unsigned long long)replay_column_what(asked->path, asked->kind));
    return us_file_join(a, c->dir, name);
}

static us_code column_open(struct filling *f, size_t i, struct us_error *e)
{
    struct column *c = &f->columns[i];
    const struct replay_head *rows = &f->c->segment->file.head;
    us_intern_init(&c->texts);
    c->runs = us_new(&f->arena, uint32_t, rows->runs + 1);
    us_str path = cells_path(f->c, c->asked, &f->arena);
    US_TRY(replay_sink_open(path, &c->sink, e));
    c->open = true;
    struct replay_head *head = &c->sink.head;
    head->kind = REPLAY_CELLS;
    head->number = rows->number;
    head->birth = rows->birth;
    head->schema = rows->schema;
    head->unit = rows->unit;
    head->range = rows->range;
    head->of = rows->own;
    head->what = replay_column_what(c->asked->path, c->asked->kind);
    const struct replay_segment *s = f->c->segment;
    for (size_t k = 0; k < s->column_count; k++) {
        const struct replay_head *other = &s->columns[k].file.head;
        uint64_t end = other->text_base + other->parts[PART_TEXT_ENDS].bytes / 8;
        if (end > head->text_base) head->text_base = end;
    }
    replay_part_begin(&c->sink, PART_CELLS);
    return US_OK;
}

static us_code texts_put(struct column *c, struct us_error *e)
{
    replay_part_begin(&c->sink, PART_TEXT_ENDS);
    uint64_t end = 0;
    for (uint32_t i = 0; i < c->texts.count; i++) {
        end += us_intern_text(&c->texts, i).len;
        US_TRY(replay_sink_put(&c->sink, &end, sizeof end, e));
    }
    US_TRY(replay_part_end(&c->sink, PART_TEXT_ENDS, e));
    replay_part_begin(&c->sink, PART_TEXTS);
    for (uint32_t i = 0; i < c->texts.count; i++) {
        us_str text = us_intern_text(&c->texts, i);
        US_TRY(replay_sink_put(&c->sink, text.ptr, text.len, e));
    }
    return replay_part_end(&c->sink, PART_TEXTS, e);
}

static us_code absent_put(const struct filling *f, struct column *c, struct us_error *e)
{
    const struct replay_segment *s = f->c->segment;
    replay_part_begin(&c->sink, PART_ABSENT);
    for (size_t i = 0; i < s->count && f->c->dirty; i++) {
        uint32_t account = s->entries[i].account;
        if (!f->c->dirty[account]) continue;
        US_TRY(replay_sink_put(&c->sink, &account, sizeof account, e));
        c->sink.head.accounts++;
    }
    return replay_part_end(&c->sink, PART_ABSENT, e);
}

static us_code column_finish(struct filling *f, struct column *c, struct us_error *e)
{
    struct replay_segment *s = f->c->segment;
    US_TRY(replay_part_end(&c->sink, PART_CELLS, e));
    replay_part_begin(&c->sink, PART_RUNS);
    size_t runs = s->file.head.runs;
    US_TRY(replay_sink_put(&c->sink, c->runs, runs * sizeof *c->runs, e));
    US_TRY(replay_part_end(&c->sink, PART_RUNS, e));
    US_TRY(texts_put(c, e));
    US_TRY(absent_put(f, c, e));
    c->open = false;
    struct replay_file file;
    US_TRY(replay_sink_finish(&c->sink, &file, e));
    *us_push(&s->arena, s->columns, s->column_count, s->column_cap) =
        (struct replay_column){file, file.head.what};
    return US_OK;
}

/* ---- which names have it ---- */

static us_code names_read(
    struct filling *f, const struct replay_value *values, struct us_error *e)
{
    struct us_history *h = f->c->scan.h;
    struct us_buf sql = us_buf_new(&f->scratch, 1 << 16);
    us_buf_fmt(&sql,
        "SELECT DISTINCT name FROM events WHERE seq > %lld AND seq <= %lld AND (false",
        (long long)f->c->segment->file.head.range.from,
        (long long)f->c->segment->file.head.range.to);
    for (size_t i = 0; i < f->count; i++) {
        us_buf_put(&sql, US_S(" OR "));
        core_put_name(&sql, values[i].column->name);
        us_buf_put(&sql, US_S(" IS NOT NULL"));
    }
    us_buf_char(&sql, ')');
    f->names = us_new(&f->arena, bool, h->names.terms.count + 1);
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            f->names[duck_id(&r, 0, i)] = true;
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* ---- columns ---- */

static us_code fill(struct filling *f, struct us_error *e)
{
    const struct us_history *h = f->c->scan.h;
    struct replay_value values[2];
    for (size_t i = 0; i < f->count; i++) {
        const struct us_column *asked = f->columns[i].asked;
        size_t at = core_column_find(&h->columns, asked->path, asked->kind);
        if (at == SIZE_MAX)
            return us_fail(e, US_INPUT, "history.column_absent",
                US_ARGS(US_TEXT("path", asked->path)));
        US_TRY(column_open(f, i, e));
        values[i] = (struct replay_value){&h->columns.items[at], &f->columns[i].texts};
        values[i].text_base = f->columns[i].sink.head.text_base;
    }
    US_TRY(names_read(f, values, e));
    struct replay_scan scan = f->c->scan;
    scan.range = f->c->segment->file.head.range;
    scan.names = f->names;
    scan.values = values;
    scan.value_count = f->count;
    scan.take = account_take;
    scan.ctx = f;
    US_TRY(replay_scan(&scan, e));
    for (size_t i = 0; i < f->count; i++)
        US_TRY(column_finish(f, &f->columns[i], e));
    return US_OK;
}

static us_code some_build(struct replay_columns *c, const struct us_column **asked,
    size_t count, struct us_error *e)
{
    struct filling f = {.c = c, .count = count};
    us_arena_init(&f.arena, MEMORY_MAX);
    us_arena_init(&f.scratch, MEMORY_MAX);
    const struct us_history *h = c->scan.h;
    f.entry_of = us_new(&f.arena, uint32_t, h->accounts.terms.count + 1);
    memset(f.entry_of, 0xff, h->accounts.terms.count * sizeof *f.entry_of);
    for (uint32_t i = 0; i < c->segment->count; i++)
        f.entry_of[c->segment->entries[i].account] = i;
    f.turns = us_new(&f.arena, uint32_t, h->names.terms.count + 1);
    f.numbers = us_new(&f.arena, uint32_t, h->names.terms.count + 1);
    for (size_t i = 0; i < count; i++)
        f.columns[i].asked = asked[i];
    us_code code = fill(&f, e);
    for (size_t i = 0; i < count; i++) {
        if (f.columns[i].open) replay_sink_drop(&f.columns[i].sink);
        us_intern_done(&f.columns[i].texts);
    }
    us_arena_done(&f.scratch);
    us_arena_done(&f.arena);
    return code;
}

const struct replay_column *replay_column_find(
    const struct replay_segment *s, const struct us_column *asked)
{
    uint64_t what = replay_column_what(asked->path, asked->kind);
    for (size_t i = 0; i < s->column_count; i++)
        if (s->columns[i].what == what) return &s->columns[i];
    return NULL;
}

/* Texts of two columns of one segment must not have the same numbers: one text column
 * at a time. */
us_code replay_columns_build(struct replay_columns *c, struct us_error *e)
{
    const struct us_column *asked[2];
    size_t count = 0;
    for (size_t i = 0; i < c->need->column_count; i++) {
        const struct us_column *one = &c->need->columns[i];
        if (replay_column_find(c->segment, one)) continue;
        bool texts = count && one->kind == US_STRING && asked[0]->kind == US_STRING;
        if (count == 2 || texts) {
            US_TRY(some_build(c, asked, count, e));
            count = 0;
        }
        asked[count++] = one;
    }
    return count ? some_build(c, asked, count, e) : US_OK;
}
