/* sim_out.c: a day's events and rows put in order and handed to the writer. */

#include "base/err.h"
#include "sim/sim_inner.h"

enum {
    RADIX_BITS = 9,
    RADIX = 1 << RADIX_BITS,
    PASSES = 3, /* 27 bits: a day has 86,400,000 ms */
    EVENTS_OUT = 1 << 20,
    ROWS_OUT = 1 << 16,
    TWO_LINES = 2 * LINE_MAX_BYTES,
    AHEAD = 8
};

static size_t out_bytes(us_sim_file file)
{
    return file == US_SIM_EVENTS ? EVENTS_OUT : ROWS_OUT;
}

void us_sim_out_init(struct us_sim_world *w)
{
    for (int f = 0; f < US_SIM_FILES; f++)
        w->out[f].text = us_new(&w->fixed, char, out_bytes((us_sim_file)f));
}

uint64_t *us_sim_sort(uint64_t *keys, uint64_t *spare, size_t count)
{
    for (uint32_t pass = 0; pass < PASSES; pass++) {
        uint32_t shift = 32 + pass * RADIX_BITS;
        size_t at[RADIX] = {0};
        for (size_t i = 0; i < count; i++)
            at[(keys[i] >> shift) & (RADIX - 1)]++;
        size_t sum = 0;
        for (size_t r = 0; r < RADIX; r++) {
            size_t n = at[r];
            at[r] = sum;
            sum += n;
        }
        for (size_t i = 0; i < count; i++)
            spare[at[(keys[i] >> shift) & (RADIX - 1)]++] = keys[i];
        uint64_t *swap = keys;
        keys = spare;
        spare = swap;
    }
    return keys;
}

static void flush(struct us_sim_world *w, us_sim_file file)
{
    struct sim_out *out = &w->out[file];
    if (out->len && !w->failed &&
        w->o->write(w->o->ctx, file, (us_str){out->text, out->len}) != 0) {
        w->failed = true;
        w->failed_file = file;
    }
    out->len = 0;
}

void us_sim_flush(struct us_sim_world *w)
{
    for (int f = 0; f < US_SIM_FILES; f++)
        flush(w, (us_sim_file)f);
}

void us_sim_write(struct us_sim_world *w, us_sim_file file, us_str text)
{
    struct sim_out *out = &w->out[file];
    us_assert(text.len <= out_bytes(file));
    if (out->len + text.len > out_bytes(file)) flush(w, file);
    memcpy(out->text + out->len, text.ptr, text.len);
    out->len += text.len;
}

char *us_sim_row_begin(struct us_sim_world *w)
{
    return us_new(&w->text_arena, char, LINE_MAX_BYTES);
}

void us_sim_row_end(struct us_sim_world *w, us_sim_file file, uint32_t ms, char *end)
{
    char *from = w->text_arena.at - LINE_MAX_BYTES;
    us_assert(end > from && end <= from + LINE_MAX_BYTES);
    us_arena_pop(&w->text_arena, (us_mark){end});
    *us_push(&w->row_arena, w->rows, w->row_count, w->row_cap) = (struct sim_row){
        .ms = ms,
        .from = (uint32_t)(from - w->text_arena.base),
        .len = (uint16_t)(end - from),
        .file = (uint8_t)file,
    };
}

static void room_for_keys(struct us_sim_world *w, size_t count)
{
    if (count <= w->key_cap) return;
    w->key_cap = count + count / 2;
    us_arena_reset(&w->key_arena);
    w->keys = us_new(&w->key_arena, uint64_t, w->key_cap);
    w->spare = us_new(&w->key_arena, uint64_t, w->key_cap);
}

static void tally(struct us_sim_truth *t, const struct us_sim_event *ev)
{
    t->lines++;
    if (ev->flags & FLAG_AGAIN) {
        t->again++;
        return;
    }
    t->kinds[ev->kind]++;
    if (ev->flags & FLAG_CLOCK) {
        t->clock++;
    } else if (ev->lag_ms) {
        t->late++;
    }
    if (ev->flags & FLAG_TWICE) {
        t->lines++;
        t->twice++;
    }
}

static void events_out(struct us_sim_world *w)
{
    size_t count = w->event_count;
    room_for_keys(w, count);
    for (size_t i = 0; i < count; i++)
        w->keys[i] = (uint64_t)w->events[i].ms << 32 | i;
    const uint64_t *sorted = us_sim_sort(w->keys, w->spare, count);
    struct sim_out *out = &w->out[US_SIM_EVENTS];
    for (size_t i = 0; i < count && !w->failed; i++) {
        if (i + AHEAD < count)
            __builtin_prefetch(&w->events[sorted[i + AHEAD] & UINT32_MAX]);
        const struct us_sim_event *ev = &w->events[sorted[i] & UINT32_MAX];
        if (out->len + TWO_LINES > EVENTS_OUT) flush(w, US_SIM_EVENTS);
        char *from = out->text + out->len;
        char *end = us_sim_line(w, ev, from);
        size_t len = (size_t)(end - from);
        if (ev->flags & FLAG_TWICE) memcpy(end, from, len);
        out->len += ev->flags & FLAG_TWICE ? 2 * len : len;
        tally(&w->truth, ev);
    }
    w->event_count = 0;
}

static void rows_out(struct us_sim_world *w)
{
    room_for_keys(w, w->row_count);
    for (size_t i = 0; i < w->row_count; i++)
        w->keys[i] = (uint64_t)w->rows[i].ms << 32 | i;
    const uint64_t *sorted = us_sim_sort(w->keys, w->spare, w->row_count);
    for (size_t i = 0; i < w->row_count; i++) {
        const struct sim_row *row = &w->rows[sorted[i] & UINT32_MAX];
        us_sim_write(w, (us_sim_file)row->file,
            (us_str){w->text_arena.base + row->from, row->len});
    }
    w->row_count = 0;
    us_arena_reset(&w->text_arena);
}

void us_sim_day_out(struct us_sim_world *w)
{
    events_out(w);
    rows_out(w);
}
