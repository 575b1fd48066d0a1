/* replay_segment.c: which files of data/replay/ hold, and which of them make the past.
 *
 * NNNNNNNN.rows is a segment, NNNNNNNN-WHAT.cells a column of it. There is no list of
 * those that count: of segments that begin where the one before ends the longest is
 * taken, and what is taken by none is removed.
 */
#include "file/file.h"
#include "history/replay_store.h"

#include <stdlib.h>

void replay_segment_of(struct replay_file *file, struct replay_segment *out)
{
    *out = (struct replay_segment){.file = *file};
    us_arena_init(&out->arena, (size_t)1 << 30);
    out->entries = replay_part_of(file, PART_ENTRIES);
    out->count = file->head.parts[PART_ENTRIES].bytes / sizeof *out->entries;
    out->data = replay_part_of(file, PART_DATA);
}

void replay_segment_close(struct replay_segment *s)
{
    for (size_t i = 0; i < s->column_count; i++)
        replay_file_close(&s->columns[i].file);
    replay_file_close(&s->file);
    us_arena_done(&s->arena);
    *s = (struct replay_segment){0};
}

bool replay_name_read(us_str name, struct replay_name *out)
{
    us_str rest;
    int64_t number;
    *out = (struct replay_name){0};
    us_str digits = us_str_slice(name, 0, 8);
    if (name.len < 8 || !us_str_int(digits, &number) || number < 1) return false;
    out->number = (uint64_t)number;
    rest = us_str_slice(name, 8, name.len);
    out->rows = us_str_eq(rest, US_S(".rows"));
    out->cells = rest.len == 23 && us_str_has_prefix(rest, US_S("-")) &&
                 us_str_has_suffix(rest, US_S(".cells"));
    return out->rows || out->cells || us_str_has_suffix(rest, US_S(".new"));
}

us_str replay_rows_path(const struct us_replay_store *s, uint64_t number)
{
    return us_file_join(&s->history->line, s->dir,
        us_arena_fmt(&s->history->line, "%08llu.rows", (unsigned long long)number));
}

/* Made from this history, from no more than it has, in its present layout. */
static bool fits(const struct us_history *h, const struct replay_head *head)
{
    return head->birth == h->birth && h->birth && head->schema == CORE_SCHEMA_VERSION &&
           head->unit == h->rules.unit && head->range.from < head->range.to &&
           head->range.to <= h->seq_saved && head->settled <= h->seq_settled;
}

static us_code names_list(
    struct us_replay_store *s, us_str **names, size_t *count, struct us_error *e)
{
    *count = 0;
    if (!us_file_is_dir(s->dir)) return US_OK;
    return us_file_list(s->dir, &s->history->line, names, count, e);
}

static void column_take(
    struct us_replay_store *s, us_str name, const struct replay_name *n)
{
    struct replay_segment *of = NULL;
    for (size_t i = 0; i < s->count; i++)
        if (s->segments[i].file.head.number == n->number) of = &s->segments[i];
    struct replay_file file;
    us_str path = us_file_join(&s->history->line, s->dir, name);
    if (!of || !replay_file_open(path, REPLAY_CELLS, n->number, &file)) return;
    uint64_t base = file.head.text_base;
    uint64_t end = base + file.head.parts[PART_TEXT_ENDS].bytes / 8;
    bool good = file.head.of == of->file.head.own;
    for (size_t i = 0; i < of->column_count && good; i++) {
        const struct replay_head *other = &of->columns[i].file.head;
        uint64_t other_end = other->text_base + other->parts[PART_TEXT_ENDS].bytes / 8;
        good = other->what != file.head.what &&
               (end <= other->text_base || other_end <= base || end == base);
    }
    if (!good) {
        replay_file_close(&file);
        return;
    }
    *us_push(&of->arena, of->columns, of->column_count, of->column_cap) =
        (struct replay_column){file, file.head.what};
}

static int longer_first(const void *a, const void *b)
{
    const struct replay_range *x = &((const struct replay_segment *)a)->file.head.range;
    const struct replay_range *y = &((const struct replay_segment *)b)->file.head.range;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x->to < y->to) - (x->to > y->to);
}

/* Those that overlap none before them stay. */
static void chain(struct us_replay_store *s)
{
    if (s->count) qsort(s->segments, s->count, sizeof *s->segments, longer_first);
    int64_t reached = 0;
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct replay_segment *one = &s->segments[i];
        if (one->file.head.range.from < reached) {
            replay_segment_close(one);
            continue;
        }
        reached = one->file.head.range.to;
        s->segments[kept++] = *one;
    }
    s->count = kept;
}

us_code replay_segments_load(struct us_replay_store *s, struct us_error *e)
{
    us_str *names;
    size_t count;
    US_TRY(names_list(s, &names, &count, e));
    struct replay_name n;
    for (size_t i = 0; i < count; i++) {
        if (!replay_name_read(names[i], &n)) continue;
        if (n.number >= s->next_number) s->next_number = n.number + 1;
        us_str path = us_file_join(&s->history->line, s->dir, names[i]);
        struct replay_file file;
        if (!n.rows || !replay_file_open(path, REPLAY_ROWS, n.number, &file)) continue;
        if (fits(s->history, &file.head))
            replay_segment_of(&file, us_push(&s->lists, s->segments, s->count, s->cap));
        else
            replay_file_close(&file);
    }
    chain(s);
    for (size_t i = 0; i < count; i++)
        if (replay_name_read(names[i], &n) && n.cells) column_take(s, names[i], &n);
    return US_OK;
}

/* Whether a file is one of those that count. */
static bool counts(const struct us_replay_store *s, us_str name)
{
    struct replay_name n;
    if (!replay_name_read(name, &n)) return true; /* not ours */
    for (size_t i = 0; i < s->count; i++) {
        const struct replay_segment *one = &s->segments[i];
        if (!one->file.mapped || one->file.head.number != n.number) continue;
        if (n.rows) return true;
        us_str what = us_str_slice(name, 9, 25);
        for (size_t c = 0; n.cells && c < one->column_count; c++)
            if (us_str_eq(what, us_arena_fmt(&s->history->line, "%016llx",
                                    (unsigned long long)one->columns[c].what)))
                return one->columns[c].file.mapped > 0;
    }
    return false;
}

us_code replay_files_tidy(struct us_replay_store *s, struct us_error *e)
{
    us_str *names;
    size_t count;
    US_TRY(names_list(s, &names, &count, e));
    for (size_t i = 0; i < count; i++)
        if (!counts(s, names[i]))
            US_TRY(us_file_remove_tree(
                us_file_join(&s->history->line, s->dir, names[i]), e));
    return US_OK;
}

static us_code sizes_add(
    us_str dir, struct us_arena *a, struct us_replay_sizes *out, struct us_error *e)
{
    us_str *names;
    size_t count;
    US_TRY(us_file_list(dir, a, &names, &count, e));
    for (size_t i = 0; i < count; i++) {
        struct replay_name n;
        struct replay_head head;
        if (!replay_name_read(names[i], &n)) continue;
        if (!replay_head_read(us_file_join(a, dir, names[i]), &head)) continue;
        out->disk += REPLAY_HEAD_BYTES + head.body;
        if (!n.rows) continue;
        out->segments++;
        out->events += (int64_t)head.events;
        if (head.last_known > out->last_known) out->last_known = head.last_known;
    }
    return US_OK;
}

us_code us_replay_sizes(us_str dir, struct us_replay_sizes *out, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, (size_t)64 << 20);
    *out = (struct us_replay_sizes){.last_known = US_ALWAYS};
    us_str replay = us_file_join(&a, dir, US_S("replay"));
    us_code code = us_file_is_dir(replay) ? sizes_add(replay, &a, out, e) : US_OK;
    us_arena_done(&a);
    return code;
}

us_code us_replay_drop(us_str dir, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    us_code code = us_file_remove_tree(us_file_join(&a, dir, US_S("replay")), e);
    us_arena_done(&a);
    return code;
}
