#include "import/take.h"

#include <stdio.h>
#include <string.h>

enum { PROGRESS_BYTES = 8 << 20, ROW_ID_MAX = 64 };

void us_take_progress(struct us_take *t)
{
    if (!t->options->progress) return;
    int64_t byte = us_reader_file_byte(t->reader);
    if (byte - t->shown_at < PROGRESS_BYTES) return;
    t->shown_at = byte;
    t->options->progress(
        t->options->ctx, "import.progress", byte, us_reader_file_size(t->reader));
}

/* An id for a row that has none: its bytes and its ordinal among equal rows. */
static us_str made_id(struct us_take *t, us_line_type type, us_str row)
{
    us_print p = us_print_of(row);
    p.hi += (uint64_t)type;
    bool fresh = false;
    uint32_t ordinal = (*us_print_map_put(t->ordinals, p, &fresh))++;
    return us_arena_fmt(t->scratch, "h:%016llx%016llx:%u", (unsigned long long)p.hi,
        (unsigned long long)p.lo, ordinal);
}

static us_code put(
    struct us_take *t, struct us_head *head, us_str id, us_str m, struct us_error *e)
{
    us_print print = us_row_print(t->source, head->type, id);
    return us_sink_put(t->sink, head, m, print, t->counts, e);
}

static bool has_secret(const struct us_json_doc *doc, uint32_t object)
{
    const us_json_node *o = &doc->nodes[object];
    for (uint32_t i = object + 1; i < o->next; i = doc->nodes[i + 1].next) {
        const us_json_node *n = &doc->nodes[i];
        us_str key = {doc->text.ptr + n->from, n->to - n->from};
        if (us_is_message_secret(key)) return true;
    }
    return false;
}

static us_str minified(
    struct us_take *t, const struct us_json_doc *doc, uint32_t node, bool secret)
{
    if (doc->compact && !secret) return us_json_raw(doc, node);
    struct us_buf out = us_buf_new(t->scratch, US_LINE_BYTES_MAX);
    us_json_minify(doc, node, us_message_secrets, &out);
    return us_buf_str(&out);
}

us_code us_take_message(struct us_take *t, const struct us_json_doc *doc, uint32_t node,
    const struct us_head *batch, struct us_error *e)
{
    bool object = doc->nodes[node].kind == US_JSON_OBJECT;
    return us_take_message_of(t, doc, node, batch, object && has_secret(doc, node), e);
}

us_code us_take_message_of(struct us_take *t, const struct us_json_doc *doc,
    uint32_t node, const struct us_head *batch, bool secret, struct us_error *e)
{
    struct us_head head = *batch;
    head.source = t->source;
    head.type = US_LINE_MESSAGE;
    head.known = US_NEVER;
    struct us_message msg;
    struct us_error why = {0};
    us_str row = us_json_raw(doc, node);
    us_code code = us_message_read(doc, node, &head, US_NEVER, t->scratch, &msg, &why);
    if (code == US_OK && msg.known > t->options->now) {
        head.known = t->options->now; /* likewise */
        code = us_message_read(doc, node, &head, US_NEVER, t->scratch, &msg, &why);
    }
    if (code != US_OK) return us_take_dead(t, row, &why, e);
    head.known = msg.known;
    if (msg.id.len == 0) head.id = made_id(t, head.type, row);
    us_str id = msg.id.len ? msg.id : head.id;
    us_str m = minified(t, doc, node, secret);
    US_TRY(put(t, &head, id, m, e));
    if (msg.call == US_TRACK && m.ptr == row.ptr) {
        us_sink_ready(t->sink, &msg, doc, m);
    }
    return US_OK;
}

us_code us_take_row(
    struct us_take *t, us_line_type type, us_str m, int64_t known, struct us_error *e)
{
    int64_t now = t->options->now; /* nobody could know it later */
    struct us_head head = {.known = known < now ? known : now,
        .received = US_NEVER,
        .sent = US_NEVER,
        .type = type,
        .source = t->source};
    head.id = made_id(t, type, m);
    return put(t, &head, head.id, m, e);
}

/* Where it stopped, and the row's own reason with what that sentence needs. */
static us_code strict(
    const struct us_take *t, const struct us_error *why, struct us_error *e)
{
    us_str place = us_arena_fmt(
        t->scratch, "%.*s:%lld", US_ARG(t->path), (long long)t->place.line);
    us_arg args[US_ERROR_ARGS_MAX + 1] = {US_TEXT("place", place),
        US_WHOLE("row_byte", t->place.byte), US_WORD("why", why->key)};
    for (size_t i = 0; i + 3 < US_ERROR_ARGS_MAX && why->args[i].name; i++)
        args[i + 3] = why->args[i];
    return us_fail(e, US_INPUT, "import.strict", args);
}

us_code us_take_dead(
    struct us_take *t, us_str row, const struct us_error *why, struct us_error *e)
{
    if (t->options->strict) return strict(t, why, e);
    us_str kept = us_str_slice(row, 0, US_DEAD_BYTES_MAX);
    struct us_buf m = us_buf_new(t->scratch, US_LINE_BYTES_MAX);
    struct us_dead dead = {t->path, t->place.line, t->place.byte, row, why};
    us_dead_write(&m, &dead, t->scratch);
    t->counts->dead++;
    if (t->options->dead && t->counts->dead <= US_DEAD_SHOWN_MAX)
        t->options->dead(t->options->ctx, t->path, t->place.line, t->place.byte, why);
    struct us_head head = {.known = t->options->now,
        .received = US_NEVER,
        .sent = US_NEVER,
        .type = US_LINE_DEAD,
        .source = t->source};
    head.id = made_id(t, US_LINE_DEAD, kept);
    us_print print = us_row_print(t->source, US_LINE_DEAD, head.id);
    return us_sink_put(t->sink, &head, us_buf_str(&m), print, &t->unseen, e);
}
