#include "import/sink_hand.h"

static const size_t ROOM = (size_t)256 << 20;

struct sink_hand {
    const struct us_import_options *options;
    struct us_print_map *seen;
    struct us_arena memory; /* of the lines */
    struct us_import_line *lines;
    size_t count, cap, bytes;
    struct us_import_counts *counts; /* of the last of them */
};

struct sink_hand *sink_hand_new(const struct us_import_options *options,
    struct us_print_map *seen, struct us_arena *a)
{
    struct sink_hand *h = us_new(a, struct sink_hand, 1);
    h->options = options;
    h->seen = seen;
    us_arena_init(&h->memory, ROOM);
    return h;
}

void sink_hand_done(struct sink_hand *h)
{
    if (h) us_arena_done(&h->memory);
}

us_code sink_hand_over(struct sink_hand *h, struct us_error *e)
{
    size_t added = 0;
    if (!h->count) return US_OK;
    us_code code = h->options->put(h->options->put_ctx, h->lines, h->count, &added, e);
    if (code == US_OK) { /* the server knew some that no sidecar has yet */
        h->counts->added -= (int64_t)(h->count - added);
        h->counts->duplicates += (int64_t)(h->count - added);
    }
    us_arena_pop(&h->memory, (us_mark){h->memory.base}); /* its pages are kept */
    h->lines = NULL;
    h->count = h->cap = h->bytes = 0;
    return code;
}

us_code sink_hand_put(struct sink_hand *h, const struct us_head *head, us_str m,
    us_print print, struct us_import_counts *counts, struct us_error *e)
{
    bool fresh = false;
    us_print_map_put(h->seen, print, &fresh);
    counts->added += fresh;
    counts->duplicates += !fresh;
    if (!fresh) return US_OK;
    struct us_arena *a = &h->memory;
    struct us_import_line *line = us_push(a, h->lines, h->count, h->cap);
    *line = (struct us_import_line){*head, us_arena_str(a, m), print};
    line->head.source = us_arena_str(a, head->source);
    line->head.id = us_arena_str(a, head->id);
    line->head.context = us_arena_str(a, head->context);
    h->counts = counts;
    h->bytes += m.len + head->context.len;
    return h->bytes >= US_IMPORT_HANDED_BYTES ? sink_hand_over(h, e) : US_OK;
}
