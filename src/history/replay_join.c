/* replay_join.c: an account put together in the arena: rows of several segments in
 * order of time, names nobody asked for and internal people left out.
 */
#include "history/replay_store.h"

#include <stdlib.h>
#include <string.h>

void replay_person_fill(
    const struct us_replay_view *v, uint32_t id, struct us_log_person *out)
{
    *out = (struct us_log_person){.id = id,
        .key = core_person_key(v->history, id),
        .identified = v->identified ? v->identified[id / 64] >> (id % 64) & 1
                                    : core_identified(v->history, id)};
}

/* A run of a part that is wanted. */
struct wanted {
    uint32_t name, id; /* of the need; of history */
    uint32_t part;
    uint32_t run;
    uint32_t at, to; /* rows not yet taken */
};

/* Where a row came from. */
struct origin {
    uint32_t wanted, row;
};

struct joining {
    const struct us_replay_view *v;
    struct us_arena *a;
    struct us_runs *out;
    struct replay_piece *parts;
    size_t part_count;
    struct wanted *wanted;
    size_t wanted_count;
    uint32_t *people;
    size_t person_count;
    bool whole; /* nobody is left out, and no name */
    int64_t *at, *known, *to;
    uint32_t *user, *seq;
    int64_t seq_base;
    struct origin *origins;
    struct us_swap *swaps;
    size_t swap_count, swap_cap;
    struct us_run *runs;
    struct us_run_day *days;
    size_t day_count;
    us_str *texts;
    size_t text_count, text_cap;
    const uint64_t **cells;
};

static int wanted_order(const void *a, const void *b)
{
    const struct wanted *x = a;
    const struct wanted *y = b;
    if (x->name != y->name) return x->name < y->name ? -1 : 1;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return (x->part > y->part) - (x->part < y->part);
}

static int id_order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void wanted_find(struct joining *j)
{
    const struct us_replay_view *v = j->v;
    size_t most = 0;
    for (size_t p = 0; p < j->part_count; p++)
        most += j->parts[p].entry->runs;
    j->wanted = us_new(j->a, struct wanted, most + 1);
    for (uint32_t p = 0; p < j->part_count; p++) {
        const struct replay_piece *part = &j->parts[p];
        for (uint32_t k = 0; k < part->entry->runs; k++) {
            uint32_t id = part->a.runs[k].name;
            if (v->names[id] == US_NAME_OTHER && !v->need->any) continue;
            j->wanted[j->wanted_count++] = (struct wanted){
                v->names[id], id, p, k, part->a.runs[k].from, part->a.runs[k + 1].from};
        }
    }
    logs_sort(j->wanted, j->wanted_count, sizeof *j->wanted, wanted_order);
}

/* Whom they were of before. */
static void swaps_mark(const struct joining *j, const struct replay_piece *part)
{
    const struct replay_arrays *a = &part->a;
    uint32_t run = 0;
    for (uint32_t i = 0; i < part->entry->swaps; i++) {
        while (a->runs[run + 1].from <= a->swaps[i].row)
            run++;
        bool wanted =
            j->v->need->any || j->v->names[a->runs[run].name] != US_NAME_OTHER;
        if (wanted && a->swaps[i].user != US_NOBODY) part->local[a->swaps[i].user] = 0;
    }
}

/* Whom the wanted rows of a part are of, but for internal people. */
static void users_mark(struct joining *j)
{
    for (size_t i = 0; i < j->wanted_count; i++) {
        const struct wanted *w = &j->wanted[i];
        struct replay_piece *part = &j->parts[w->part];
        for (uint32_t row = w->at; row < w->to; row++)
            if (part->a.user[row] != US_NOBODY) part->local[part->a.user[row]] = 0;
    }
    for (size_t p = 0; p < j->part_count; p++)
        swaps_mark(j, &j->parts[p]);
    for (size_t p = 0; p < j->part_count; p++)
        for (uint32_t i = 0; i < j->parts[p].entry->people; i++)
            if (j->v->facts.internal[j->parts[p].a.people[i]])
                j->parts[p].local[i] = US_NOBODY;
}

/* Everybody who is in rows or has traits, once, by id. */
static void people_join(struct joining *j)
{
    const struct logs_facts *f = &j->v->facts;
    uint32_t account = j->out->facts.account;
    const struct logs_member *members = f->members + f->member_from[account];
    size_t member_count = f->member_from[account + 1] - f->member_from[account];
    size_t most = member_count;
    for (size_t p = 0; p < j->part_count; p++)
        most += j->parts[p].entry->people;
    uint32_t *list = us_new(j->a, uint32_t, most + 1);
    size_t n = 0;
    for (size_t i = 0; i < member_count; i++)
        if (f->user_from[members[i].person + 1] > f->user_from[members[i].person])
            list[n++] = members[i].person;
    for (size_t p = 0; p < j->part_count; p++)
        for (uint32_t i = 0; i < j->parts[p].entry->people; i++)
            if (j->parts[p].local[i] != US_NOBODY) list[n++] = j->parts[p].a.people[i];
    logs_sort(list, n, sizeof *list, id_order);
    for (size_t i = 0; i < n; i++)
        if (!j->person_count || list[j->person_count - 1] != list[i])
            list[j->person_count++] = list[i];
    j->people = list;
    for (size_t p = 0; p < j->part_count; p++) {
        uint32_t at = 0;
        for (uint32_t i = 0; i < j->parts[p].entry->people; i++) {
            if (j->parts[p].local[i] == US_NOBODY) continue;
            while (list[at] != j->parts[p].a.people[i])
                at++;
            j->parts[p].local[i] = at;
        }
    }
}

static void people_put(struct joining *j)
{
    struct us_log_person *people =
        us_new(j->a, struct us_log_person, j->person_count + 1);
    for (size_t i = 0; i < j->person_count; i++)
        replay_person_fill(j->v, j->people[i], &people[i]);
    j->out->facts.people = people;
    j->out->facts.person_count = j->person_count;
}

/* Stretches of one row that go on one after another, up to one that is left out. */
struct stretch {
    int64_t known, to;
    uint32_t user; /* of the last */
    size_t swaps;  /* as many of j's are the earlier ones' */
    bool open;
};

/* Numbers of a segment count from its own first on. */
static uint32_t seq_of(const struct joining *j, struct origin o)
{
    const struct replay_piece *part = &j->parts[j->wanted[o.wanted].part];
    int64_t from = part->seen->segment->file.head.range.from;
    return (uint32_t)(from - j->seq_base) + part->a.seq[o.row];
}

static void stretch_end(struct joining *j, struct stretch *s, struct origin o)
{
    if (!s->open) return;
    const struct wanted *w = &j->wanted[o.wanted];
    uint32_t n = (uint32_t)j->out->row_count++;
    j->at[n] = j->parts[w->part].a.at[o.row];
    j->known[n] = s->known;
    j->to[n] = s->to;
    j->user[n] = s->user;
    j->seq[n] = seq_of(j, o);
    j->origins[n] = o;
    for (size_t i = j->swap_count - s->swaps; i < j->swap_count; i++)
        j->swaps[i].row = n;
    *s = (struct stretch){0};
}

/* One more: [from, to) of a user of the part. */
static void stretch_add(
    struct joining *j, struct stretch *s, struct origin o, const struct stretch *more)
{
    uint32_t user = more->user;
    if (user != US_NOBODY) {
        user = j->parts[j->wanted[o.wanted].part].local[user];
        if (user == US_NOBODY) {
            stretch_end(j, s, o);
            return;
        }
    }
    if (s->open) {
        *us_push(j->a, j->swaps, j->swap_count, j->swap_cap) =
            (struct us_swap){.user = s->user, .until = s->to};
        s->swaps++;
    } else {
        *s = (struct stretch){.known = more->known, .open = true};
    }
    s->user = user;
    s->to = more->to;
}

static size_t first_swap(const struct replay_piece *part, uint32_t row)
{
    size_t from = 0;
    size_t to = part->entry->swaps;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (part->a.swaps[mid].row < row)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

/* Put a row behind the others; internal people's stretches of it are left out. */
static void row_put(struct joining *j, uint32_t which)
{
    struct wanted *w = &j->wanted[which];
    const struct replay_piece *part = &j->parts[w->part];
    struct origin o = {which, w->at++};
    struct stretch s = {0};
    struct stretch more = {.known = part->a.known[o.row]};
    for (size_t k = first_swap(part, o.row);
         k < part->entry->swaps && part->a.swaps[k].row == o.row; k++) {
        more.to = part->a.swaps[k].until;
        more.user = part->a.swaps[k].user;
        stretch_add(j, &s, o, &more);
        more.known = more.to;
    }
    more.to = part->a.to ? part->a.to[o.row] : US_NEVER;
    more.user = part->a.user[o.row];
    stretch_add(j, &s, o, &more);
    stretch_end(j, &s, o);
}

static bool earlier(
    const struct joining *j, const struct wanted *x, const struct wanted *y)
{
    const struct replay_arrays *a = &j->parts[x->part].a;
    const struct replay_arrays *b = &j->parts[y->part].a;
    if (a->at[x->at] != b->at[y->at]) return a->at[x->at] < b->at[y->at];
    return a->known[x->at] < b->known[y->at];
}

/* Rows of wanted[from, to), all of one name, by at, then known, then segment. */
static void rows_merge(struct joining *j, uint32_t from, uint32_t to)
{
    for (;;) {
        uint32_t next = to;
        for (uint32_t i = from; i < to; i++) {
            if (j->wanted[i].at == j->wanted[i].to) continue;
            if (next == to || earlier(j, &j->wanted[i], &j->wanted[next])) next = i;
        }
        if (next == to) return;
        row_put(j, next);
    }
}

/* The days of a run, and what goes over all rows. */
static void run_close(struct joining *j, struct us_run run)
{
    struct us_runs *out = j->out;
    run.to = (uint32_t)out->row_count;
    run.day_from = (uint32_t)j->day_count;
    int64_t day_to = INT64_MIN;
    for (uint32_t i = run.from; i < run.to; i++) {
        if (j->to[i] != US_NEVER) continue;
        if (j->at[i] >= day_to) {
            int64_t day = us_day(j->at[i]);
            day_to = (day + 1) * US_DAY_US;
            j->days[j->day_count++] = (struct us_run_day){(int32_t)day, i, 0};
        }
        j->days[j->day_count - 1].count++;
    }
    run.day_to = (uint32_t)j->day_count;
    if (run.from == run.to) return;
    if (j->at[run.from] < out->first_at) out->first_at = j->at[run.from];
    if (j->at[run.to - 1] > out->last_at) out->last_at = j->at[run.to - 1];
    j->runs[out->run_count++] = run;
}

static void rows_look(struct joining *j)
{
    struct us_runs *out = j->out;
    uint32_t *late = us_new(j->a, uint32_t, out->row_count + 1);
    bool prompt = true;
    bool stay = true;
    for (uint32_t i = 0; i < out->row_count; i++) {
        prompt = prompt && j->known[i] == j->at[i];
        stay = stay && j->to[i] == US_NEVER;
        bool late_row = j->to[i] != US_NEVER || us_day(j->known[i]) > us_day(j->at[i]);
        if (late_row) late[out->late_count++] = i;
    }
    out->late = late;
    out->at = j->at;
    out->known = prompt ? j->at : j->known;
    out->to = stay ? NULL : j->to;
    out->user = j->user;
    out->seq = j->seq;
    out->seq_base = j->seq_base;
    out->swaps = j->swaps;
    out->swap_count = j->swap_count;
    out->days = j->days;
    out->runs = j->runs;
}

static uint64_t cell_of(struct joining *j, size_t run, struct origin o, size_t column)
{
    (void)run;
    const struct wanted *w = &j->wanted[o.wanted];
    const struct replay_piece *part = &j->parts[w->part];
    uint32_t begin = part->seen->runs[column][part->entry->first_run + w->run];
    if (!begin) return US_CELL_NONE;
    uint64_t cell =
        part->seen->cells[column][begin - 1 + o.row - part->a.runs[w->run].from];
    if (cell == US_CELL_NONE || j->v->need->columns[column].kind != US_STRING)
        return cell;
    *us_push(j->a, j->texts, j->text_count, j->text_cap) = part->seen->texts[cell];
    return j->text_count - 1;
}

static void cells_join(struct joining *j)
{
    struct us_runs *out = j->out;
    size_t columns = out->column_count;
    const uint64_t **cells =
        us_new(j->a, const uint64_t *, out->run_count *columns + 1);
    for (size_t k = 0; k < out->run_count; k++) {
        const struct us_run *run = &out->runs[k];
        for (size_t c = 0; c < columns; c++) {
            uint64_t *made = us_new(j->a, uint64_t, run->to - run->from);
            bool any = false;
            for (uint32_t i = run->from; i < run->to; i++) {
                made[i - run->from] = cell_of(j, k, j->origins[i], c);
                any = any || made[i - run->from] != US_CELL_NONE;
            }
            if (any) cells[k * columns + c] = made;
        }
    }
    out->cells = cells;
    out->texts = j->texts;
}

static int user_day_order(const void *a, const void *b)
{
    const struct us_user_day *x = a;
    const struct us_user_day *y = b;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static void user_days_join(struct joining *j)
{
    size_t most = 0;
    for (size_t p = 0; p < j->part_count; p++)
        most += j->parts[p].entry->user_days;
    struct us_user_day *list = us_new(j->a, struct us_user_day, most + 1);
    size_t n = 0;
    for (size_t p = 0; p < j->part_count; p++) {
        const struct replay_piece *part = &j->parts[p];
        for (uint32_t i = 0; i < part->entry->user_days; i++) {
            struct us_user_day one = part->a.user_days[i];
            if (one.user != US_NOBODY) {
                one.user = part->local[one.user];
                if (one.user == US_NOBODY) continue;
            }
            list[n++] = one;
        }
    }
    if (j->part_count > 1) logs_sort(list, n, sizeof *list, user_day_order);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept && user_day_order(&list[kept - 1], &list[i]) == 0)
            list[kept - 1].count += list[i].count;
        else
            list[kept++] = list[i];
    }
    j->out->user_days = list;
    j->out->user_day_count = kept;
}

static void room_make(struct joining *j)
{
    size_t rows = 0;
    for (size_t i = 0; i < j->wanted_count; i++)
        rows += j->wanted[i].to - j->wanted[i].at;
    for (size_t p = 0; p < j->part_count; p++)
        rows += j->parts[p].entry->swaps; /* a row may come apart */
    j->at = us_new(j->a, int64_t, rows + 1);
    j->known = us_new(j->a, int64_t, rows + 1);
    j->to = us_new(j->a, int64_t, rows + 1);
    j->user = us_new(j->a, uint32_t, rows + 1);
    j->seq = us_new(j->a, uint32_t, rows + 1);
    j->origins = us_new(j->a, struct origin, rows + 1);
    j->days = us_new(j->a, struct us_run_day, rows + 1);
    j->runs = us_new(j->a, struct us_run, j->wanted_count + 1);
}

static void join(struct joining *j)
{
    wanted_find(j);
    users_mark(j);
    people_join(j);
    people_put(j);
    room_make(j);
    for (uint32_t from = 0; from < j->wanted_count;) {
        uint32_t to = from;
        while (to < j->wanted_count && j->wanted[to].id == j->wanted[from].id)
            to++;
        struct us_run run = {.name = j->wanted[from].name,
            .spelled = j->wanted[from].id,
            .from = (uint32_t)j->out->row_count};
        rows_merge(j, from, to);
        run_close(j, run);
        from = to;
    }
    rows_look(j);
    if (j->out->column_count) cells_join(j);
    if (j->v->need->any) user_days_join(j);
}

void replay_join(const struct us_replay_view *v, struct replay_piece *parts,
    size_t count, struct us_arena *a, struct us_runs *out)
{
    struct joining j = {
        .v = v, .a = a, .out = out, .parts = parts, .part_count = count};
    for (size_t p = 0; p < count; p++) {
        uint32_t people = parts[p].entry->people;
        parts[p].local = us_new(a, uint32_t, people + 1);
        memset(parts[p].local, 0xff, people * sizeof *parts[p].local);
        int64_t from = parts[p].seen->segment->file.head.range.from;
        if (!p || from < j.seq_base) j.seq_base = from;
    }
    join(&j);
}
