/* replay_build.c: a range of events → a segment.
 *
 * One account at a time, from its rows in order of seq to its arrays, which are written
 * behind those of the account before it.
 */
#include "history/replay_inner.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 32 }; /* are sorted by insertion */
static const size_t MEMORY_MAX = (size_t)64 << 30;

/* What an id of a name or a person is in the account at hand. */
struct local {
    uint32_t turn; /* of the account it was given in */
    uint32_t number;
};

/* A name of the account. */
struct named {
    uint32_t name, number; /* before sorting */
    uint32_t from, next;
    int64_t last_at, last_known;
    uint32_t count;
    bool mixed; /* its rows do not come in order */
};

/* A person of the account. */
struct member {
    uint32_t person, number; /* before sorting */
    int32_t last_day;
    uint32_t last_slot;
};

/* A row of a mixed run. */
struct mixed {
    int64_t at, known, to;
    uint32_t user, came;
};

struct row {
    uint32_t name, user; /* local, before sorting */
};

struct building {
    struct us_arena arena;   /* lists by id */
    struct us_arena scratch; /* of an account */
    struct us_arena room;    /* arrays of rows */
    struct us_arena lists[4];
    struct us_arena entry_arena;
    struct replay_sink sink;
    struct local *names, *people; /* by id */
    uint32_t turn;
    struct replay_entry *entries;
    size_t entry_count, entry_cap;
    struct replay_entry entry; /* the one at hand */
    struct named *named;
    size_t named_cap;
    struct member *members;
    size_t member_cap;
    struct us_user_day *user_days;
    size_t user_day_cap;
    struct us_swap *swaps; /* row: its place before sorting; user: likewise */
    size_t swap_cap;
    uint32_t *name_number, *member_number; /* old number → place in order */
    size_t row_cap;                        /* of the arrays below */
    struct row *rows;
    int64_t *at, *known, *to;
    uint32_t *user, *place, *late;
    struct us_run_day *days;
};

static struct named *name_of(struct building *b, uint32_t name)
{
    struct local *l = &b->names[name];
    if (l->turn != b->turn) {
        *l = (struct local){b->turn, b->entry.runs};
        size_t count = b->entry.runs;
        struct named *n = us_push(&b->lists[0], b->named, count, b->named_cap);
        *n = (struct named){.name = name,
            .number = b->entry.runs++,
            .last_at = INT64_MIN,
            .last_known = INT64_MIN};
    }
    return &b->named[l->number];
}

static struct member *member_of(struct building *b, uint32_t person)
{
    struct local *l = &b->people[person];
    if (l->turn != b->turn) {
        *l = (struct local){b->turn, b->entry.people};
        size_t count = b->entry.people;
        struct member *m = us_push(&b->lists[1], b->members, count, b->member_cap);
        *m = (struct member){
            .person = person, .number = b->entry.people++, .last_day = INT32_MIN};
    }
    return &b->members[l->number];
}

static inline void user_day_add(struct building *b, struct member *m, int32_t day)
{
    if (m->last_day == day) {
        b->user_days[m->last_slot].count++;
        return;
    }
    m->last_day = day;
    m->last_slot = b->entry.user_days;
    size_t count = b->entry.user_days++;
    *us_push(&b->lists[2], b->user_days, count, b->user_day_cap) =
        (struct us_user_day){day, m->number, 1};
}

/* People of earlier stretches are people of the account. */
static void swaps_meet(
    struct building *b, const struct replay_taken *t, const struct replay_extra *extra)
{
    for (uint32_t k = 0; k < extra->swap_count; k++) {
        uint32_t person = t->swaps[extra->swap_from + k].person;
        if (person != US_NOBODY) member_of(b, person);
    }
}

/* What goes over all rows of an account. */
struct look {
    int64_t first_at, last_at, last_known;
    int64_t day_from, day_to; /* of the row before */
    uint32_t person;          /* of the row before, and its member */
    struct member *member;
    struct member nobody;
    uint32_t flags;
};

/* Mostly it is the person of the row before. */
static struct member *look_person(
    struct building *b, struct look *l, uint32_t person, bool again)
{
    if (person != l->person || again || !l->member) {
        l->person = person;
        l->member = person == US_NOBODY ? &l->nobody : member_of(b, person);
    }
    return l->member;
}

/* A row that is not plain; false: it does not stay. */
static bool look_extra(struct building *b, const struct replay_taken *t,
    const struct replay_rec *r, struct look *l)
{
    const struct replay_extra *extra = &t->extras[r->extra - 1];
    swaps_meet(b, t, extra);
    look_person(b, l, r->person, true); /* members may have moved */
    if (extra->to == US_NEVER) return true;
    l->flags |= REPLAY_HAS_TO;
    return false;
}

/* Names and people of the rows, their days, and what of the arrays can be left out. */
static void rows_look(struct building *b, const struct replay_taken *t)
{
    struct replay_entry *e = &b->entry;
    struct look l = {.first_at = US_NEVER,
        .last_at = US_ALWAYS,
        .last_known = b->sink.head.last_known,
        .person = US_NOBODY,
        .nobody = {.number = US_NOBODY, .last_day = INT32_MIN}};
    struct row *rows = b->rows;
    for (size_t i = 0; i < t->count; i++) {
        const struct replay_rec *r = &t->recs[t->order[i]];
        int64_t at = r->a;
        int64_t known = r->b;
        struct named *n = name_of(b, r->name);
        n->count++;
        if (at < n->last_at || (at == n->last_at && known < n->last_known)) {
            n->mixed = true;
            l.flags |= REPLAY_HAS_PLACE;
        }
        n->last_at = at;
        n->last_known = known;
        if (known != at) l.flags |= REPLAY_HAS_KNOWN;
        if (at < l.first_at) l.first_at = at;
        if (at > l.last_at) l.last_at = at;
        if (known > l.last_known) l.last_known = known;
        struct member *m = look_person(b, &l, r->person, false);
        rows[i] = (struct row){n->number, m->number};
        if (r->extra && !look_extra(b, t, r, &l)) continue;
        if (at < l.day_from || at >= l.day_to) {
            l.day_from = us_day(at) * US_DAY_US;
            l.day_to = l.day_from + US_DAY_US;
        }
        user_day_add(b, l.member, (int32_t)(l.day_from / US_DAY_US));
    }
    e->first_at = l.first_at;
    e->last_at = l.last_at;
    e->flags = l.flags;
    b->sink.head.last_known = l.last_known;
}

static int named_order(const void *a, const void *b)
{
    uint32_t x = ((const struct named *)a)->name;
    uint32_t y = ((const struct named *)b)->name;
    return (x > y) - (x < y);
}

static int member_order(const void *a, const void *b)
{
    uint32_t x = ((const struct member *)a)->person;
    uint32_t y = ((const struct member *)b)->person;
    return (x > y) - (x < y);
}

static int user_day_order(const void *a, const void *b)
{
    const struct us_user_day *x = a;
    const struct us_user_day *y = b;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

/* Names of an account are few, most often. */
static void named_sort(struct named *list, uint32_t n)
{
    if (n > FEW) {
        qsort(list, n, sizeof *list, named_order);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        struct named one = list[i];
        uint32_t at = i;
        for (; at && list[at - 1].name > one.name; at--)
            list[at] = list[at - 1];
        list[at] = one;
    }
}

/* They come in order of days, so that a person's is seldom far from its place. */
static void user_days_order(struct us_user_day *list, uint32_t n)
{
    uint64_t moves = 0;
    for (uint32_t i = 1; i < n; i++) {
        struct us_user_day one = list[i];
        uint32_t at = i;
        for (; at && user_day_order(&list[at - 1], &one) > 0; at--)
            list[at] = list[at - 1];
        list[at] = one;
        moves += i - at;
        if (moves <= (uint64_t)FEW * (i + FEW)) continue;
        qsort(list, n, sizeof *list, user_day_order);
        return;
    }
}

/* Names and people in order of their ids; where each name's rows begin. */
static void names_sort(struct building *b)
{
    struct replay_entry *e = &b->entry;
    named_sort(b->named, e->runs);
    qsort(b->members, e->people, sizeof *b->members, member_order);
    uint32_t from = 0;
    for (uint32_t i = 0; i < e->runs; i++) {
        struct named *n = &b->named[i];
        b->name_number[n->number] = i;
        n->from = n->next = from;
        from += n->count;
    }
    for (uint32_t i = 0; i < e->people; i++)
        b->member_number[b->members[i].number] = i;
}

/* By day, then user, each once. Rows come by and large in order of time, so that only
 * those of one day need sorting. */
static void user_days_sort(struct building *b)
{
    struct us_user_day *list = b->user_days;
    uint32_t n = b->entry.user_days;
    bool sorted = true;
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].user != US_NOBODY) list[i].user = b->member_number[list[i].user];
        sorted = sorted && (!i || user_day_order(&list[i - 1], &list[i]) < 0);
    }
    if (sorted) return;
    user_days_order(list, n);
    uint32_t kept = 0;
    for (uint32_t i = 1; i < n; i++) {
        if (user_day_order(&list[kept], &list[i]) == 0)
            list[kept].count += list[i].count;
        else
            list[++kept] = list[i];
    }
    b->entry.user_days = kept + 1;
}

static void swaps_put(struct building *b, const struct replay_taken *t,
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

static void rows_scatter(struct building *b, const struct replay_taken *t)
{
    bool stay = !(b->entry.flags & REPLAY_HAS_TO);
    const struct row *rows = b->rows;
    const uint32_t *name_number = b->name_number;
    const uint32_t *member_number = b->member_number;
    struct named *named = b->named;
    int64_t *at = b->at;
    int64_t *known = b->known;
    uint32_t *user = b->user;
    for (size_t i = 0; i < t->count; i++) {
        const struct replay_rec *r = &t->recs[t->order[i]];
        uint32_t to = named[name_number[rows[i].name]].next++;
        at[to] = r->a;
        known[to] = r->b;
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
static void run_sort(struct building *b, const struct named *n)
{
    bool stays = !(b->entry.flags & REPLAY_HAS_TO);
    struct mixed *list = us_new(&b->scratch, struct mixed, n->count);
    for (uint32_t i = 0; i < n->count; i++) {
        uint32_t at = n->from + i;
        list[i] = (struct mixed){
            b->at[at], b->known[at], stays ? US_NEVER : b->to[at], b->user[at], i};
    }
    qsort(list, n->count, sizeof *list, mixed_order);
    for (uint32_t i = 0; i < n->count; i++) {
        uint32_t at = n->from + i;
        b->at[at] = list[i].at;
        b->known[at] = list[i].known;
        if (!stays) b->to[at] = list[i].to;
        b->user[at] = list[i].user;
        b->place[n->from + list[i].came] = at;
    }
}

static void runs_sort(struct building *b)
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

static void swaps_sort(struct building *b)
{
    bool placed = b->entry.flags & REPLAY_HAS_PLACE;
    for (uint32_t i = 0; i < b->entry.swaps && placed; i++)
        b->swaps[i].row = b->place[b->swaps[i].row];
    logs_sort(b->swaps, b->entry.swaps, sizeof *b->swaps, swap_order);
}

/* Days and late rows of one run. */
static void run_days(struct building *b, const struct named *n)
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

static void days_make(struct building *b, struct replay_run *runs)
{
    struct replay_entry *e = &b->entry;
    for (uint32_t k = 0; k < e->runs; k++) {
        runs[k] = (struct replay_run){b->named[k].name, b->named[k].from, e->days};
        run_days(b, &b->named[k]);
    }
    runs[e->runs] = (struct replay_run){US_NAME_OTHER, e->rows, e->days};
}

/* Room for the rows of an account; kept for the next. */
static void room_make(struct building *b, size_t n)
{
    us_arena_reset(&b->scratch);
    if (n <= b->row_cap) return;
    struct us_arena *a = &b->room;
    us_arena_reset(a);
    n *= 2;
    b->row_cap = n;
    b->rows = us_new(a, struct row, n);
    b->at = us_new(a, int64_t, n);
    b->known = us_new(a, int64_t, n);
    b->to = us_new(a, int64_t, n);
    b->user = us_new(a, uint32_t, n);
    b->place = us_new(a, uint32_t, n);
    b->late = us_new(a, uint32_t, n);
    b->days = us_new(a, struct us_run_day, n);
}

static us_code arrays_put(
    struct building *b, const struct replay_run *runs, struct us_error *e)
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

static us_code account_take(void *ctx, const struct replay_taken *t, struct us_error *e)
{
    struct building *b = ctx;
    struct replay_head *head = &b->sink.head;
    b->turn++;
    b->entry = (struct replay_entry){.account = t->account,
        .data = head->body - head->parts[PART_DATA].from,
        .first_run = head->runs,
        .rows = (uint32_t)t->count,
        .first_at = US_NEVER,
        .last_at = US_ALWAYS};
    us_assert(t->count < UINT32_MAX);
    room_make(b, t->count);
    rows_look(b, t);
    size_t old = b->entry.runs > b->entry.people ? b->entry.runs : b->entry.people;
    b->name_number = us_new(&b->scratch, uint32_t, old + 1);
    b->member_number = us_new(&b->scratch, uint32_t, old + 1);
    names_sort(b);
    user_days_sort(b);
    rows_scatter(b, t);
    runs_sort(b);
    swaps_sort(b);
    struct replay_run *runs = us_new(&b->scratch, struct replay_run, b->entry.runs + 1);
    days_make(b, runs);
    US_TRY(arrays_put(b, runs, e));
    head->rows += b->entry.rows;
    head->runs += b->entry.runs;
    *us_push(&b->entry_arena, b->entries, b->entry_count, b->entry_cap) = b->entry;
    return US_OK;
}

static us_code links_put(
    struct building *b, const struct replay_scan *s, struct us_error *e)
{
    replay_part_begin(&b->sink, PART_LINKS);
    for (uint32_t i = 0; i < s->order->count; i++) {
        if (!s->links[i]) continue;
        struct replay_link link = {.account = i, .sum = s->links[i]};
        US_TRY(replay_sink_put(&b->sink, &link, sizeof link, e));
    }
    return replay_part_end(&b->sink, PART_LINKS, e);
}

static us_code build(struct building *b, struct replay_scan *s, struct us_error *e)
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

static void building_open(struct building *b, struct replay_scan *s)
{
    const struct us_history *h = s->h;
    us_arena_init(&b->arena, MEMORY_MAX);
    us_arena_init(&b->scratch, MEMORY_MAX);
    us_arena_init(&b->room, MEMORY_MAX);
    us_arena_init(&b->entry_arena, MEMORY_MAX);
    for (size_t i = 0; i < sizeof b->lists / sizeof *b->lists; i++)
        us_arena_init(&b->lists[i], MEMORY_MAX);
    b->names = us_new(&b->arena, struct local, h->names.terms.count + 1);
    b->people = us_new(&b->arena, struct local, h->people.terms.count + 1);
    s->links = us_new(&b->arena, uint64_t, h->accounts.terms.count + 1);
    s->take = account_take;
    s->ctx = b;
}

static void building_done(struct building *b)
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
    struct building b = {0};
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
