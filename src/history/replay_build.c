/* replay_build.c: a range of events → a segment.
 *
 * One account at a time, from its rows in order of seq to its arrays, which are written
 * behind those of the account before it.
 */
#include "history/replay_build.h"

static const size_t MEMORY_MAX = (size_t)64 << 30;

static us_code account_take(void *ctx, const struct replay_taken *t, struct us_error *e)
{
    struct replay_building *b = ctx;
    struct replay_head *head = &b->sink.head;
    b->turn++;
    b->entry = (struct replay_entry){.account = t->account,
        .data = head->body - head->parts[PART_DATA].from,
        .first_run = head->runs,
        .rows = (uint32_t)t->count,
        .first_at = US_NEVER,
        .last_at = US_ALWAYS};
    us_assert(t->count < UINT32_MAX);
    replay_room(b, t->count);
    replay_meet(b, t);
    US_TRY(replay_lay(b, t, e));
    head->rows += b->entry.rows;
    head->runs += b->entry.runs;
    *us_push(&b->entry_arena, b->entries, b->entry_count, b->entry_cap) = b->entry;
    return US_OK;
}

static us_code links_put(
    struct replay_building *b, const struct replay_scan *s, struct us_error *e)
{
    replay_part_begin(&b->sink, PART_LINKS);
    for (uint32_t i = 0; i < s->order->count; i++) {
        if (!s->links[i]) continue;
        struct replay_link link = {.account = i, .sum = s->links[i]};
        US_TRY(replay_sink_put(&b->sink, &link, sizeof link, e));
    }
    return replay_part_end(&b->sink, PART_LINKS, e);
}

static us_code build(
    struct replay_building *b, struct replay_scan *s, struct us_error *e)
{
    struct replay_sink *sink = &b->sink;
    replay_part_begin(sink, PART_DATA);
    US_TRY(replay_scan(s, e));
    US_TRY(replay_part_end(sink, PART_DATA, e));
    replay_part_begin(sink, PART_ENTRIES);
    US_TRY(replay_sink_put(sink, b->entries, b->entry_count * sizeof *b->entries, e));
    US_TRY(replay_part_end(sink, PART_ENTRIES, e));
    return links_put(b, s, e);
}

static void building_open(struct replay_building *b, struct replay_scan *s)
{
    const struct us_history *h = s->h;
    us_arena_init(&b->arena, MEMORY_MAX);
    us_arena_init(&b->scratch, MEMORY_MAX);
    us_arena_init(&b->room, MEMORY_MAX);
    us_arena_init(&b->entry_arena, MEMORY_MAX);
    for (size_t i = 0; i < sizeof b->lists / sizeof *b->lists; i++)
        us_arena_init(&b->lists[i], MEMORY_MAX);
    b->names = us_new(&b->arena, struct replay_local, h->names.terms.count + 1);
    b->people = us_new(&b->arena, struct replay_local, h->people.terms.count + 1);
    s->links = us_new(&b->arena, uint64_t, h->accounts.terms.count + 1);
    s->take = account_take;
    s->ctx = b;
}

static void building_done(struct replay_building *b)
{
    for (size_t i = 0; i < sizeof b->lists / sizeof *b->lists; i++)
        us_arena_done(&b->lists[i]);
    us_arena_done(&b->entry_arena);
    us_arena_done(&b->room);
    us_arena_done(&b->scratch);
    us_arena_done(&b->arena);
}

/* What the head says of the history it is made from. */
static void head_fill(
    struct replay_head *head, const struct replay_scan *s, uint64_t number)
{
    const struct us_history *h = s->h;
    head->kind = REPLAY_ROWS;
    head->number = number;
    head->birth = h->birth;
    head->schema = CORE_SCHEMA_VERSION;
    head->unit = h->rules.unit;
    head->range = s->range;
    head->settled = h->seq_settled;
    head->segment = h->position.segment;
    head->offset = h->position.offset;
    head->spans = s->spans;
    head->events = s->events;
}

us_code replay_build(struct replay_scan *scan, us_str path, uint64_t number,
    struct replay_segment *out, struct us_error *e)
{
    struct replay_building b = {0};
    US_TRY(replay_sink_open(path, &b.sink, e));
    b.sink.head.last_known = US_ALWAYS;
    building_open(&b, scan);
    us_code code = build(&b, scan, e);
    building_done(&b);
    if (code != US_OK) {
        replay_sink_drop(&b.sink);
        return code;
    }
    head_fill(&b.sink.head, scan, number);
    struct replay_file file;
    US_TRY(replay_sink_finish(&b.sink, &file, e));
    replay_segment_of(&file, out);
    return US_OK;
}
