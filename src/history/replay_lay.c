/* replay_lay.c: an account's rows, each run in order, and the arrays they make; and
 * where each array stands when they are read again.
 */
#include "history/replay_build.h"

#include <stdlib.h>

/* A row of a mixed run. */
struct mixed {
    int64_t at, known, to;
    uint32_t user, seq, came;
};

static void swaps_put(struct replay_building *b, const struct replay_taken *t,
    const struct replay_extra *extra, uint32_t row)
{
    for (uint32_t k = 0; k < extra->swap_count; k++) {
        const struct replay_swap *swap = &t->swaps[extra->swap_from + k];
        uint32_t user = swap->person;
        if (user != US_NOBODY) user = b->member_number[b->people[user].number];
        size_t count = b->entry.swaps++;
        *us_push(&b->lists[3], b->swaps, count, b->swap_cap) =
            (struct us_swap){.row = row, .user = user, .until = swap->until};
    }
}

static void rows_scatter(struct replay_building *b, const struct replay_taken *t)
{
    bool stay = !(b->entry.flags & REPLAY_HAS_TO);
    const struct replay_row *rows = b->rows;
    const uint32_t *name_number = b->name_number;
    const uint32_t *member_number = b->member_number;
    struct replay_named *named = b->named;
    int64_t *at = b->at;
    int64_t *known = b->known;
    uint32_t *user = b->user;
    for (size_t i = 0; i < t->count; i++) {
        const struct replay_rec *r = &t->recs[t->order[i]];
        uint32_t to = named[name_number[rows[i].name]].next++;
        at[to] = r->a;
        known[to] = r->b;
        b->seq[to] = t->seqs[t->order[i]];
        user[to] = rows[i].user == US_NOBODY ? US_NOBODY : member_number[rows[i].user];
        if (!stay) b->to[to] = r->extra ? t->extras[r->extra - 1].to : US_NEVER;
        if (r->extra) swaps_put(b, t, &t->extras[r->extra - 1], to);
    }
}

static int mixed_order(const void *a, const void *b)
{
    const struct mixed *x = a;
    const struct mixed *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (x->known != y->known) return x->known < y->known ? -1 : 1;
    return (x->came > y->came) - (x->came < y->came);
}

/* A run that did not come in order of at, then known. */
static void run_sort(struct replay_building *b, const struct replay_named *n)
{
    bool stays = !(b->entry.flags & REPLAY_HAS_TO);
    struct mixed *list = us_new(&b->scratch, struct mixed, n->count);
    for (uint32_t i = 0; i < n->count; i++) {
        uint32_t at = n->from + i;
        list[i] = (struct mixed){.at = b->at[at],
            .known = b->known[at],
            .to = stays ? US_NEVER : b->to[at],
            .user = b->user[at],
            .seq = b->seq[at],
            .came = i};
    }
    qsort(list, n->count, sizeof *list, mixed_order);
    for (uint32_t i = 0; i < n->count; i++) {
        uint32_t at = n->from + i;
        b->at[at] = list[i].at;
        b->known[at] = list[i].known;
        if (!stays) b->to[at] = list[i].to;
        b->user[at] = list[i].user;
        b->seq[at] = list[i].seq;
        b->place[n->from + list[i].came] = at;
    }
}

static void runs_sort(struct replay_building *b)
{
    if (!(b->entry.flags & REPLAY_HAS_PLACE)) return;
    for (uint32_t i = 0; i < b->entry.rows; i++)
        b->place[i] = i;
    for (uint32_t i = 0; i < b->entry.runs; i++)
        if (b->named[i].mixed) run_sort(b, &b->named[i]);
}

static int swap_order(const void *a, const void *b)
{
    const struct us_swap *x = a;
    const struct us_swap *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->until > y->until) - (x->until < y->until);
}

static void swaps_sort(struct replay_building *b)
{
    bool placed = b->entry.flags & REPLAY_HAS_PLACE;
    for (uint32_t i = 0; i < b->entry.swaps && placed; i++)
        b->swaps[i].row = b->place[b->swaps[i].row];
    logs_sort(b->swaps, b->entry.swaps, sizeof *b->swaps, swap_order);
}

/* Days and late rows of one run. */
static void run_days(struct replay_building *b, const struct replay_named *n)
{
    bool leave = b->entry.flags & REPLAY_HAS_TO;
    const int64_t *at = b->at;
    const int64_t *known = b->known;
    struct us_run_day *day = b->days + b->entry.days;
    uint32_t *late = b->late + b->entry.late;
    int64_t day_to = INT64_MIN;
    for (uint32_t i = n->from; i < n->from + n->count; i++) {
        if (leave && b->to[i] != US_NEVER) {
            *late++ = i;
            continue;
        }
        if (at[i] >= day_to) {
            int64_t number = us_day(at[i]);
            day_to = (number + 1) * US_DAY_US;
            *day++ = (struct us_run_day){(int32_t)number, i, 0};
        }
        day[-1].count++;
        if (known[i] >= day_to) *late++ = i;
    }
    b->entry.days = (uint32_t)(day - b->days);
    b->entry.late = (uint32_t)(late - b->late);
}

static void days_make(struct replay_building *b, struct replay_run *runs)
{
    struct replay_entry *e = &b->entry;
    for (uint32_t k = 0; k < e->runs; k++) {
        runs[k] = (struct replay_run){b->named[k].name, b->named[k].from, e->days};
        run_days(b, &b->named[k]);
    }
    runs[e->runs] = (struct replay_run){US_NAME_OTHER, e->rows, e->days};
}

void replay_room(struct replay_building *b, size_t n)
{
    us_arena_reset(&b->scratch);
    if (n <= b->row_cap) return;
    struct us_arena *a = &b->room;
    us_arena_reset(a);
    n *= 2;
    b->row_cap = n;
    b->rows = us_new(a, struct replay_row, n);
    b->at = us_new(a, int64_t, n);
    b->known = us_new(a, int64_t, n);
    b->to = us_new(a, int64_t, n);
    b->user = us_new(a, uint32_t, n);
    b->seq = us_new(a, uint32_t, n);
    b->place = us_new(a, uint32_t, n);
    b->late = us_new(a, uint32_t, n);
    b->days = us_new(a, struct us_run_day, n);
}

static us_code arrays_put(
    struct replay_building *b, const struct replay_run *runs, struct us_error *e)
{
    struct replay_sink *s = &b->sink;
    const struct replay_entry *v = &b->entry;
    size_t rows = v->rows;
    uint32_t *people = us_new(&b->scratch, uint32_t, v->people + 1);
    for (uint32_t i = 0; i < v->people; i++)
        people[i] = b->members[i].person;
    US_TRY(replay_sink_put(s, runs, (v->runs + 1) * sizeof *runs, e));
    US_TRY(replay_sink_put(s, b->days, v->days * sizeof *b->days, e));
    US_TRY(replay_sink_put(s, b->user_days, v->user_days * sizeof *b->user_days, e));
    US_TRY(replay_sink_put(s, people, v->people * sizeof *people, e));
    US_TRY(replay_sink_put(s, b->late, v->late * sizeof *b->late, e));
    US_TRY(replay_sink_put(s, b->user, rows * sizeof *b->user, e));
    US_TRY(replay_sink_put(s, b->seq, rows * sizeof *b->seq, e));
    if (v->flags & REPLAY_HAS_PLACE)
        US_TRY(replay_sink_put(s, b->place, rows * sizeof *b->place, e));
    US_TRY(replay_sink_pad(s, e));
    US_TRY(replay_sink_put(s, b->swaps, v->swaps * sizeof *b->swaps, e));
    US_TRY(replay_sink_put(s, b->at, rows * sizeof *b->at, e));
    if (v->flags & REPLAY_HAS_KNOWN)
        US_TRY(replay_sink_put(s, b->known, rows * sizeof *b->known, e));
    if (v->flags & REPLAY_HAS_TO)
        US_TRY(replay_sink_put(s, b->to, rows * sizeof *b->to, e));
    return US_OK;
}

void replay_arrays_of(
    const char *data, const struct replay_entry *e, struct replay_arrays *out)
{
    const char *at = data + e->data;
    const char *begin = at;
#define TAKE(field, count)         \
    out->field = (const void *)at; \
    at += (size_t)(count) * sizeof *out->field
    TAKE(runs, e->runs + 1);
    TAKE(days, e->days);
    TAKE(user_days, e->user_days);
    TAKE(people, e->people);
    TAKE(late, e->late);
    TAKE(user, e->rows);
    TAKE(seq, e->rows);
    TAKE(place, e->flags & REPLAY_HAS_PLACE ? e->rows : 0);
    at += -(uintptr_t)(at - begin) & 7;
    TAKE(swaps, e->swaps);
    TAKE(at, e->rows);
    TAKE(known, e->flags & REPLAY_HAS_KNOWN ? e->rows : 0);
    TAKE(to, e->flags & REPLAY_HAS_TO ? e->rows : 0);
#undef TAKE
    if (!(e->flags & REPLAY_HAS_PLACE)) out->place = NULL;
    if (!(e->flags & REPLAY_HAS_KNOWN)) out->known = out->at;
    if (!(e->flags & REPLAY_HAS_TO)) out->to = NULL;
}

us_code replay_lay(
    struct replay_building *b, const struct replay_taken *t, struct us_error *e)
{
    rows_scatter(b, t);
    runs_sort(b);
    swaps_sort(b);
    struct replay_run *runs = us_new(&b->scratch, struct replay_run, b->entry.runs + 1);
    days_make(b, runs);
    return arrays_put(b, runs, e);
}
