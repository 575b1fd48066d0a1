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

/* A row of the log on its way into a run. */
struct item {
    uint32_t name, row;
    int64_t at, known;
    uint32_t user;
};

struct making {
    const struct us_log *log;
    const struct us_need *need;
    struct us_arena *a;
    struct us_runs *out;
    struct item *items;
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

static void rows_put(struct making *m)
{
    const struct us_log *log = m->log;
    struct us_runs *r = m->out;
    size_t n = log->event_count;
    int64_t *at = us_new(m->a, int64_t, n + 1);
    int64_t *known = us_new(m->a, int64_t, n + 1);
    int64_t *to = us_new(m->a, int64_t, n + 1);
    uint32_t *user = us_new(m->a, uint32_t, n + 1);
    uint32_t *late = us_new(m->a, uint32_t, n + 1);
    bool stay = true;
    for (uint32_t i = 0; i < n; i++) {
        const struct item *from = &m->items[i];
        at[i] = from->at;
        known[i] = from->known;
        to[i] = log->events[from->row].to;
        user[i] = from->user;
        stay = stay && to[i] == US_NEVER;
        if (us_day(known[i]) > us_day(at[i])) late[r->late_count++] = i;
        if (at[i] < r->first_at) r->first_at = at[i];
        if (at[i] > r->last_at) r->last_at = at[i];
    }
    r->at = at;
    r->known = known;
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
            *us_push(m->a, runs, r->run_count, run_cap) = (struct us_run){
                m->items[i].name, i, i, (uint32_t)day_count, (uint32_t)day_count};
        struct us_run *run = &runs[r->run_count - 1];
        int32_t day = (int32_t)us_day(r->at[i]);
        if (run->day_to == run->day_from || days[day_count - 1].day != day) {
            *us_push(m->a, days, day_count, day_cap) = (struct us_run_day){day, i, 0};
            run->day_to++;
        }
        days[day_count - 1].count++;
        run->to = i + 1;
    }
    r->runs = runs;
    r->days = days;
}

static void user_days_put(struct making *m)
{
    struct us_runs *r = m->out;
    struct us_user_day *list = us_new(m->a, struct us_user_day, r->row_count + 1);
    for (size_t i = 0; i < r->row_count; i++)
        list[i] = (struct us_user_day){(int32_t)us_day(r->at[i]), r->user[i], 1};
    if (r->row_count) qsort(list, r->row_count, sizeof *list, user_day_order);
    for (size_t i = 0; i < r->row_count; i++) {
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
    struct making m = {.log = log, .need = need, .a = a, .out = out};
    *out = (struct us_runs){.facts = *log,
        .column_count = log->column_count,
        .first_at = US_NEVER,
        .last_at = US_ALWAYS};
    out->facts.events = NULL;
    out->facts.values = NULL;
    out->facts.event_count = 0;
    size_t n = log->event_count;
    m.items = us_new(a, struct item, n + 1);
    for (uint32_t i = 0; i < n; i++)
        m.items[i] = (struct item){log->events[i].name, i, log->events[i].at,
            log->events[i].from, local_user(log, log->events[i].user)};
    if (n) qsort(m.items, n, sizeof *m.items, item_order);
    rows_put(&m);
    runs_put(&m);
    user_days_put(&m);
    cells_put(&m);
}
