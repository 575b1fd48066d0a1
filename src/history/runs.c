#include "history/runs.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

us_value us_runs_value(const struct us_runs *r, size_t run, uint32_t row,
    const struct us_need *need, uint32_t column)
{
    const uint64_t *cells = r->cells[run * r->column_count + column];
    if (!cells) return us_missing();
    uint64_t cell = cells[row - r->runs[run].from];
    if (cell == US_CELL_NONE) return us_missing();
    switch (need->columns[column].kind) {
    case US_BOOL: return us_bool(cell != 0);
    case US_NUMBER: return us_number(us_cell_number(cell));
    case US_STRING: return us_string(r->texts[cell]);
    case US_MISSING:
    default: return us_missing();
    }
}

static void known_put(struct us_runs *r, int64_t from)
{
    if (from != US_ALWAYS && from < r->first_known) r->first_known = from;
}

void us_runs_known(struct us_runs *r)
{
    const struct us_log *f = &r->facts;
    bool prompt = r->known == r->at;
    r->first_known = r->first_at;
    r->last_known = r->last_at;
    if (!prompt && r->row_count) r->first_known = US_NEVER;
    for (size_t i = 0; !prompt && i < r->row_count; i++) {
        if (r->known[i] < r->first_known) r->first_known = r->known[i];
        if (r->known[i] > r->last_known) r->last_known = r->known[i];
    }
    for (size_t i = 0; i < f->trait_count; i++)
        known_put(r, f->traits[i].from);
    for (size_t i = 0; i < f->payment_count; i++)
        known_put(r, f->payments[i].from);
    for (size_t i = 0; i < f->deal_count; i++)
        known_put(r, f->deals[i].from);
}

/* A row on its way into a run; row is that of the log with its properties. */
struct item {
    uint32_t name, row, id;
    int64_t at, known, to;
    uint32_t user;
};

struct making {
    const struct us_log *log;
    struct us_arena *a;
    struct us_runs *out;
    struct item *items;
    size_t count;
    struct us_swap *swaps; /* row: id of an item until they are sorted */
    size_t swap_count, swap_cap;
};

static int item_order(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    if (x->name != y->name) return x->name < y->name ? -1 : 1;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (x->known != y->known) return x->known < y->known ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int swap_order(const void *a, const void *b)
{
    const struct us_swap *x = a;
    const struct us_swap *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->until > y->until) - (x->until < y->until);
}

static int user_day_order(const void *a, const void *b)
{
    const struct us_user_day *x = a;
    const struct us_user_day *y = b;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static uint32_t local_user(const struct us_log *log, uint32_t id)
{
    if (id == US_NOBODY) return US_NOBODY;
    size_t from = 0;
    size_t to = log->person_count;
    while (from < to) {
        size_t mid = (from + to) / 2;
        if (log->people[mid].id < id)
            from = mid + 1;
        else
            to = mid;
    }
    us_assert(from < log->person_count && log->people[from].id == id);
    return (uint32_t)from;
}

/* The rows of the log as items: stretches of one event that follow on one another are
 * one. */
static void items_put(struct making *m)
{
    const struct us_log *log = m->log;
    m->items = us_new(m->a, struct item, log->event_count + 1);
    for (uint32_t i = 0; i < log->event_count; i++) {
        const struct us_log_event *e = &log->events[i];
        const struct us_log_event *before = i ? e - 1 : NULL;
        uint32_t user = local_user(log, e->user);
        bool same = before && e->seq > 0 && before->seq == e->seq &&
                    before->at == e->at && before->name == e->name;
        if (!same || before->to != e->from) {
            uint32_t id = (uint32_t)m->count++;
            m->items[id] = (struct item){e->name, i, id, e->at, e->from, e->to, user};
            continue;
        }
        struct item *item = &m->items[m->count - 1];
        *us_push(m->a, m->swaps, m->swap_count, m->swap_cap) =
            (struct us_swap){item->id, item->user, e->from};
        item->user = user;
        item->to = e->to;
    }
    if (m->count) qsort(m->items, m->count, sizeof *m->items, item_order);
    uint32_t *place = us_new(m->a, uint32_t, m->count + 1);
    for (uint32_t i = 0; i < m->count; i++)
        place[m->items[i].id] = i;
    for (size_t i = 0; i < m->swap_count; i++)
        m->swaps[i].row = place[m->swaps[i].row];
    if (m->swap_count) qsort(m->swaps, m->swap_count, sizeof *m->swaps, swap_order);
    m->out->swaps = m->swaps;
    m->out->swap_count = m->swap_count;
}

static void rows_put(struct making *m)
{
    struct us_runs *r = m->out;
    size_t n = m->count;
    int64_t *at = us_new(m->a, int64_t, n + 1);
    int64_t *known = us_new(m->a, int64_t, n + 1);
    int64_t *to = us_new(m->a, int64_t, n + 1);
    uint32_t *user = us_new(m->a, uint32_t, n + 1);
    uint32_t *late = us_new(m->a, uint32_t, n + 1);
    bool stay = true;
    bool prompt = true;
    for (uint32_t i = 0; i < n; i++) {
        const struct item *from = &m->items[i];
        at[i] = from->at;
        known[i] = from->known;
        to[i] = from->to;
        user[i] = from->user;
        stay = stay && to[i] == US_NEVER;
        prompt = prompt && known[i] == at[i];
        bool late_row = to[i] != US_NEVER || us_day(known[i]) > us_day(at[i]);
        if (late_row) late[r->late_count++] = i;
        if (at[i] < r->first_at) r->first_at = at[i];
        if (at[i] > r->last_at) r->last_at = at[i];
    }
    r->at = at;
    r->known = prompt ? at : known;
    r->to = stay ? NULL : to;
    r->user = user;
    r->late = late;
    r->row_count = n;
}

static void runs_put(struct making *m)
{
    struct us_runs *r = m->out;
    struct us_run *runs = NULL;
    struct us_run_day *days = NULL;
    size_t run_cap = 0;
    size_t day_cap = 0;
    size_t day_count = 0;
    for (uint32_t i = 0; i < r->row_count; i++) {
        bool next = !r->run_count || runs[r->run_count - 1].name != m->items[i].name;
        if (next)
            *us_push(m->a, runs, r->run_count, run_cap) =
                (struct us_run){.name = m->items[i].name,
                    .from = i,
                    .to = i,
                    .day_from = (uint32_t)day_count,
                    .day_to = (uint32_t)day_count};
        struct us_run *run = &runs[r->run_count - 1];
        int32_t day = (int32_t)us_day(r->at[i]);
        run->to = i + 1;
        if (r->to && r->to[i] != US_NEVER) continue;
        if (run->day_to == run->day_from || days[day_count - 1].day != day) {
            *us_push(m->a, days, day_count, day_cap) = (struct us_run_day){day, i, 0};
            run->day_to++;
        }
        days[day_count - 1].count++;
    }
    r->runs = runs;
    r->days = days;
}

static void user_days_put(struct making *m)
{
    struct us_runs *r = m->out;
    struct us_user_day *list = us_new(m->a, struct us_user_day, r->row_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < r->row_count; i++)
        if (!r->to || r->to[i] == US_NEVER)
            list[count++] =
                (struct us_user_day){(int32_t)us_day(r->at[i]), r->user[i], 1};
    if (count) qsort(list, count, sizeof *list, user_day_order);
    for (size_t i = 0; i < count; i++) {
        size_t n = r->user_day_count;
        if (n && user_day_order(&list[n - 1], &list[i]) == 0)
            list[n - 1].count++;
        else
            list[r->user_day_count++] = list[i];
    }
    r->user_days = list;
}

static void cells_put(struct making *m)
{
    const struct us_log *log = m->log;
    struct us_runs *r = m->out;
    size_t columns = r->column_count;
    const uint64_t **cells = us_new(m->a, const uint64_t *, r->run_count *columns + 1);
    us_str *texts = us_new(m->a, us_str, log->event_count * columns + 1);
    uint64_t text_count = 0;
    for (size_t k = 0; k < r->run_count; k++) {
        const struct us_run *run = &r->runs[k];
        for (size_t c = 0; c < columns; c++) {
            uint64_t *made = NULL;
            for (uint32_t i = run->from; i < run->to; i++) {
                us_value v = log->values[m->items[i].row * log->column_count + c];
                if (v.kind == US_MISSING) continue;
                if (!made) {
                    made = us_new(m->a, uint64_t, run->to - run->from);
                    memset(made, 0xff, (run->to - run->from) * sizeof *made);
                }
                uint64_t *cell = &made[i - run->from];
                if (v.kind == US_NUMBER) *cell = us_cell_of_number(v.number);
                if (v.kind == US_BOOL) *cell = v.truth;
                if (v.kind == US_STRING) {
                    *cell = text_count;
                    texts[text_count++] = v.text;
                }
            }
            cells[k * columns + c] = made;
        }
    }
    r->cells = cells;
    r->texts = texts;
}

void us_runs_of_log(const struct us_log *log, const struct us_need *need,
    struct us_arena *a, struct us_runs *out)
{
    (void)need; /* the log was made for it */
    struct making m = {.log = log, .a = a, .out = out};
    *out = (struct us_runs){.facts = *log,
        .column_count = log->column_count,
        .first_at = US_NEVER,
        .last_at = US_ALWAYS};
    out->facts.events = NULL;
    out->facts.values = NULL;
    out->facts.event_count = 0;
    items_put(&m);
    rows_put(&m);
    runs_put(&m);
    user_days_put(&m);
    cells_put(&m);
    us_runs_known(out);
}
