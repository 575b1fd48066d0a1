#include "server/recent.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { NONE = 0 }; /* of 1 + an index */

struct row {
    uint32_t older; /* of the same id */
    bool trait;
    union {
        struct us_log_event event;
        struct us_log_trait fact;
    };
    const us_value *values; /* NULL: none */
};

/* Of an id: its rows, and what of it is at hand. */
struct id {
    uint32_t newest;
    bool traits, events;
};

struct us_recent {
    struct us_arena own;
    struct us_arena rows, ids, values;
    us_mark rows_start, ids_start, values_start;
    size_t columns, bytes;
    uint32_t people, id_count; /* those below are history's; of ids */
    uint32_t row_count;
};

struct us_recent *us_recent_new(size_t columns, size_t bytes)
{
    struct us_arena own;
    us_arena_init(&own, 2 * sizeof(struct us_recent));
    struct us_recent *r = us_new(&own, struct us_recent, 1);
    r->own = own;
    r->columns = columns;
    r->bytes = bytes ? bytes : US_RECENT_BYTES;
    us_arena_init(&r->rows, (size_t)4 << 30);
    us_arena_init(&r->ids, (size_t)32 << 30);
    us_arena_init(&r->values, (size_t)4 << 30);
    r->rows_start = us_arena_mark(&r->rows);
    r->ids_start = us_arena_mark(&r->ids);
    r->values_start = us_arena_mark(&r->values);
    r->people = US_NOBODY;
    return r;
}

void us_recent_free(struct us_recent *r)
{
    if (!r) return;
    us_arena_done(&r->rows);
    us_arena_done(&r->ids);
    us_arena_done(&r->values);
    struct us_arena own = r->own;
    us_arena_done(&own);
}

void us_recent_begin(struct us_recent *r, uint32_t people)
{
    us_arena_pop(&r->rows, r->rows_start);
    us_arena_pop(&r->ids, r->ids_start);
    us_arena_pop(&r->values, r->values_start);
    r->people = people;
    r->id_count = r->row_count = 0;
}

static struct id *id_at(const struct us_recent *r, uint32_t id)
{
    return (struct id *)(void *)r->ids.base + id;
}

static struct row *row_at(const struct us_recent *r, uint32_t one_more)
{
    return (struct row *)(void *)r->rows.base + (one_more - 1);
}

static bool is_full(const struct us_recent *r)
{
    return us_arena_used(&r->rows) + us_arena_used(&r->values) > r->bytes;
}

static struct id *id_of(struct us_recent *r, uint32_t id)
{
    if (is_full(r)) {
        uint32_t met = r->id_count > r->people ? r->id_count : r->people;
        us_recent_begin(r, id < met ? met : id + 1);
    }
    for (; r->id_count <= id; r->id_count++) {
        bool fresh = r->id_count >= r->people;
        *us_new(&r->ids, struct id, 1) = (struct id){NONE, fresh, fresh};
    }
    return id_at(r, id);
}

static struct row *row_new(struct us_recent *r, struct id *of)
{
    struct row *row = us_new(&r->rows, struct row, 1);
    row->older = of->newest;
    of->newest = ++r->row_count;
    return row;
}

size_t us_recent_bytes(const struct us_recent *r)
{
    return us_arena_used(&r->rows) + us_arena_used(&r->ids) + us_arena_used(&r->values);
}

static us_value kept(struct us_recent *r, us_value value)
{
    return value.kind == US_STRING ? us_string(us_arena_str(&r->values, value.text))
                                   : value;
}

void us_recent_event(struct us_recent *r, uint32_t id, const struct us_log_event *event,
    const us_value *values)
{
    struct id *of = id_of(r, id);
    if (!of->events) return;
    struct row *row = row_new(r, of);
    row->event = *event;
    if (!values) return;
    us_value *copy = us_new(&r->values, us_value, r->columns);
    for (size_t i = 0; i < r->columns; i++)
        copy[i] = kept(r, values[i]);
    row->values = copy;
}

static void trait_put(
    struct us_recent *r, struct id *of, const struct us_log_trait *fact)
{
    struct row *row = row_new(r, of);
    row->trait = true;
    row->fact = *fact;
    row->fact.value = kept(r, fact->value);
}

void us_recent_trait(struct us_recent *r, uint32_t id, const struct us_log_trait *fact)
{
    struct id *of = id_of(r, id);
    if (of->traits) trait_put(r, of, fact);
}

void us_recent_learn(struct us_recent *r, const uint32_t *ids, size_t count,
    const struct us_raw_lines *lines)
{
    if (is_full(r)) return; /* the next row makes room */
    for (uint32_t i = 0; i < count; i++) {
        struct id *of = id_of(r, ids[i]);
        if (of->traits) continue;
        of->traits = true;
        for (size_t k = 0; k < lines->trait_count; k++)
            if (lines->traits[k].of == i) trait_put(r, of, &lines->traits[k].row);
    }
}

static int event_order(const void *a, const void *b)
{
    const struct us_log_event *x = &((const struct us_raw_event *)a)->row;
    const struct us_log_event *y = &((const struct us_raw_event *)b)->row;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static int trait_order(const void *a, const void *b)
{
    const struct us_log_trait *x = &((const struct us_raw_trait *)a)->row;
    const struct us_log_trait *y = &((const struct us_raw_trait *)b)->row;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (x->seq != y->seq) return x->seq < y->seq ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static bool at_hand(const struct us_recent *r, uint32_t id, bool events)
{
    if (id >= r->id_count) return id >= r->people;
    return id_at(r, id)->traits && (id_at(r, id)->events || !events);
}

bool us_recent_lines(const struct us_recent *r, const uint32_t *ids, size_t count,
    bool events, struct us_arena *a, struct us_raw_lines *out)
{
    size_t event_cap = 0;
    size_t trait_cap = 0;
    *out = (struct us_raw_lines){0};
    for (size_t i = 0; i < count; i++)
        if (!at_hand(r, ids[i], events)) return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = ids[i] < r->id_count ? id_at(r, ids[i])->newest : NONE;
        for (; at != NONE; at = row_at(r, at)->older) {
            const struct row *row = row_at(r, at);
            if (row->trait)
                *us_push(a, out->traits, out->trait_count, trait_cap) =
                    (struct us_raw_trait){i, row->fact};
            else if (events)
                *us_push(a, out->events, out->event_count, event_cap) =
                    (struct us_raw_event){
                        .of = i, .row = row->event, .values = row->values};
        }
    }
    if (out->event_count)
        qsort(out->events, out->event_count, sizeof *out->events, event_order);
    if (out->trait_count)
        qsort(out->traits, out->trait_count, sizeof *out->traits, trait_order);
    return true;
}
