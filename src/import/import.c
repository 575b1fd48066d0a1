#include "import/import.h"

#include "file/file.h"
#include "import/take.h"

#include <string.h>

struct us_import {
    struct us_arena memory;
    struct us_arena scratch;
    struct us_import_options options;
    us_str source;
    struct us_sink *sink;
    struct us_json *json;
};

/* What one row may need at most: its text a few times over. */
static const size_t SCRATCH_BYTES = (size_t)512 << 20;

us_code us_import_open(
    const struct us_import_options *options, struct us_import **out, struct us_error *e)
{
    struct us_arena memory;
    us_arena_init(&memory, 1 << 20);
    struct us_import *im = us_new(&memory, struct us_import, 1);
    im->memory = memory;
    im->options = *options;
    im->source = options->source.len ? us_arena_str(&im->memory, options->source)
                                     : US_S("import");
    us_arena_init(&im->scratch, SCRATCH_BYTES);
    im->json = us_json_new();
    us_code code = us_sink_open(&im->options, &im->sink, e);
    if (code != US_OK) {
        us_import_close(im);
        return code;
    }
    *out = im;
    return US_OK;
}

void us_import_close(struct us_import *im)
{
    if (!im) return;
    us_sink_close(im->sink);
    us_json_free(im->json);
    us_arena_done(&im->scratch);
    struct us_arena memory = im->memory;
    us_arena_done(&memory);
}

/* Parquet and CSV say so by name or by their first bytes; JSON begins with a brace. */
static us_code take_by_format(struct us_take *t, struct us_error *e)
{
    US_TRY(us_reader_fill(t->reader, e));
    bool last = false;
    us_str window = us_reader_window(t->reader, &last);
    if (us_str_has_prefix(window, US_S("\xef\xbb\xbf"))) { /* a byte order mark */
        us_reader_take(t->reader, 3);
        window = us_reader_window(t->reader, &last);
    }
    us_str text = us_str_trim(window);
    if (us_str_has_prefix(text, US_S("PAR1"))) return us_take_parquet(t, e);
    if (text.len == 0 || text.ptr[0] == '{' || text.ptr[0] == '[') {
        t->counts->kind = US_S("segment events");
        return us_take_ndjson(t, e);
    }
    return us_take_csv(t, e);
}

/* The line that says a file was read to its end, and what came of it. */
static us_code put_import(struct us_take *t, struct us_error *e)
{
    const struct us_import_counts *c = t->counts;
    us_arena_reset(t->scratch);
    struct us_buf m = us_buf_new(t->scratch, US_LINE_BYTES_MAX);
    us_buf_put(&m, US_S("{\"file\":"));
    us_buf_json(&m, us_str_is_utf8(t->path) ? t->path : US_S("?"));
    us_buf_put(&m, US_S(",\"kind\":"));
    us_buf_json(&m, c->kind);
    us_buf_fmt(&m, ",\"lines\":%lld,\"added\":%lld,\"duplicates\":%lld,\"dead\":%lld",
        (long long)c->lines, (long long)c->added, (long long)c->duplicates,
        (long long)c->dead);
    us_buf_fmt(&m, ",\"passed\":%lld}", (long long)c->passed);
    struct us_head head = {.known = t->options->now,
        .received = US_NEVER,
        .sent = US_NEVER,
        .type = US_LINE_IMPORT,
        .source = t->source};
    us_str id = us_arena_fmt(t->scratch, "i:%lld:%016llx", (long long)t->options->now,
        (unsigned long long)us_hash(us_buf_str(&m)));
    head.id = id;
    us_print print = us_row_print(t->source, head.type, id);
    return us_sink_put(t->sink, &head, us_buf_str(&m), print, &t->unseen, e);
}

static us_code take_file(struct us_import *im, us_str path,
    struct us_import_counts *counts, struct us_error *e)
{
    struct us_print_map ordinals;
    struct us_take t = {
        .options = &im->options,
        .source = im->source,
        .sink = im->sink,
        .json = im->json,
        .scratch = &im->scratch,
        .ordinals = &ordinals,
        .path = path,
        .counts = counts,
    };
    US_TRY(us_reader_open(path, &t.reader, e));
    us_print_map_init(&ordinals);
    us_sink_expect(im->sink, us_reader_file_size(t.reader) / US_IMPORT_ROW_BYTES);
    us_code code = take_by_format(&t, e);
    counts->bytes = us_reader_byte(t.reader);
    counts->kind = us_arena_str(&im->memory, counts->kind);
    us_sink_judge(im->sink); /* the counts are whole from here on */
    if (code == US_OK) code = put_import(&t, e);
    us_sink_judge(im->sink);
    us_print_map_done(&ordinals);
    us_reader_close(t.reader);
    return code;
}

us_code us_import_file(struct us_import *im, us_str path,
    struct us_import_counts *counts, struct us_error *e)
{
    *counts = (struct us_import_counts){0};
    us_code code = take_file(im, path, counts, e);
    if (code == US_OK) return code;
    struct us_error later; /* what came before it is kept */
    us_code kept = us_sink_flush(im->sink, &later);
    return kept == US_OK ? code : kept;
}

us_code us_import_undo(struct us_import *im, int64_t link_seq, struct us_error *e)
{
    us_arena_reset(&im->scratch);
    us_str m = us_arena_fmt(&im->scratch, "{\"link\":%lld}", (long long)link_seq);
    struct us_head head = {.known = im->options.now,
        .received = US_NEVER,
        .sent = US_NEVER,
        .type = US_LINE_UNDO,
        .source = im->source};
    head.id = us_arena_fmt(&im->scratch, "u:%lld", (long long)link_seq);
    us_print print = us_row_print(im->source, head.type, head.id);
    struct us_import_counts counts = {0};
    US_TRY(us_sink_put(im->sink, &head, m, print, &counts, e));
    us_sink_judge(im->sink);
    if (counts.duplicates)
        return us_fail(
            e, US_INPUT, "import.undone_before", US_ARGS(US_WHOLE("link", link_seq)));
    return us_sink_flush(im->sink, e);
}

us_code us_import_lines(struct us_import *im, const struct us_import_line *lines,
    size_t count, struct us_import_counts *counts, struct us_error *e)
{
    for (size_t i = 0; i < count; i++) {
        struct us_head head = lines[i].head;
        US_TRY(us_sink_put(im->sink, &head, lines[i].m, lines[i].print, counts, e));
    }
    us_sink_judge(im->sink);
    return us_sink_flush(im->sink, e);
}

struct us_history *us_import_history(struct us_import *im)
{
    return us_sink_history(im->sink);
}

us_code us_import_finish(struct us_import *im, struct us_error *e)
{
    return us_sink_flush(im->sink, e);
}
