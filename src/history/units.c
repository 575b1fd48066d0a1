/* units.c: events by account or by user, in order of time. */
#include "history/units.h"

#include "history/logs.h"

#include <stdlib.h>

static const size_t SCRATCH_MAX = (size_t)64 << 30;

struct row {
    int64_t at;
    uint32_t name, user;
};

struct moved {
    int64_t seq;
    uint32_t person, account;
};

struct reading {
    struct us_history *h;
    us_units_of which;
    struct us_arena scratch;
    uint32_t *person;  /* who each is now; of users only */
    uint32_t *company; /* whose each account is now */
    uint32_t *account; /* of a person's last event; of users only */
    int64_t *last;     /* and when it was */
    bool *internal, *met;
    uint32_t *count; /* rows by id */
    size_t ids;
    uint32_t *id_of; /* of each row read, in order of reading */
    struct row *rows;
    size_t row_count;
    int64_t unnamed;
    struct us_arena moves; /* of moved alone */
    struct moved *moved;   /* events that links gave to others, by seq */
    size_t moved_count, moved_cap;
};

typedef void taking(struct reading *g, const struct duck_rows *r);

static us_code take_rows(
    struct reading *g, us_str sql, taking *take, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(g->h->duck.side, sql, &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        take(g, &r);
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static void take_internal(struct reading *g, const struct duck_rows *r)
{
    for (size_t i = 0; i < r->count; i++)
        g->internal[duck_id(r, 0, i)] = true;
}

/* The unit of an id as it was stored; US_NOBODY when it is none. By company an event's
 * account is the company already, a line's is not. */
static uint32_t unit_of(const struct reading *g, uint32_t id, bool line)
{
    if (id == US_NOBODY) return id;
    bool resolved =
        g->which == US_UNITS_ACCOUNTS && (!line || g->h->rules.unit == US_WORKSPACE);
    if (g->person) {
        id = g->person[id];
        if (id == US_NOBODY || !core_identified(g->h, id)) return US_NOBODY;
    } else if (!resolved) {
        id = g->company[id];
    }
    return g->internal[id] ? US_NOBODY : id;
}

static void take_traits(struct reading *g, const struct duck_rows *r)
{
    for (size_t i = 0; i < r->count; i++) {
        uint32_t id = unit_of(g, duck_id(r, 0, i), true);
        if (id != US_NOBODY) g->met[id] = true;
    }
}

/* Whose an event is now that links moved. */
static void take_moved(struct reading *g, const struct duck_rows *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct moved m = {duck_i64(r, 0, i), duck_id(r, 1, i), duck_id(r, 2, i)};
        *us_push(&g->moves, g->moved, g->moved_count, g->moved_cap) = m;
    }
}

static const struct moved *moved_find(const struct reading *g, int64_t seq)
{
    size_t low = 0;
    for (size_t high = g->moved_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (g->moved[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    bool there = low < g->moved_count && g->moved[low].seq == seq;
    return there ? &g->moved[low] : NULL;
}

/* A row of events_sql, as links have it now. */
struct event_row {
    uint32_t unit, person, account;
};

static struct event_row event_row(
    const struct reading *g, const struct duck_rows *r, size_t i)
{
    struct event_row row = {duck_id(r, 0, i), duck_id(r, 3, i), US_NOBODY};
    bool users = g->which == US_UNITS_USERS;
    if (users) row.account = duck_id(r, 4, i);
    if (!g->moved_count) return row;
    int64_t seq = duck_i64(r, 5, i);
    bool among = seq >= g->moved[0].seq && seq <= g->moved[g->moved_count - 1].seq;
    const struct moved *m = among ? moved_find(g, seq) : NULL;
    if (m)
        row = (struct event_row){users ? m->person : m->account, m->person, m->account};
    return row;
}

/* Of a user the account of the last event that has one. */
static void account_take(struct reading *g, uint32_t id, uint32_t account, int64_t at)
{
    if (account == US_NOBODY) return;
    bool later = g->account[id] == US_NOBODY || at > g->last[id] ||
                 (at == g->last[id] && account < g->account[id]);
    if (!later) return;
    g->account[id] = account;
    g->last[id] = at;
}

static void take_events(struct reading *g, const struct duck_rows *r)
{
    for (size_t i = 0; i < r->count; i++) {
        struct event_row row = event_row(g, r, i);
        uint32_t id = unit_of(g, row.unit, false);
        if (id == US_NOBODY) {
            g->unnamed++;
            continue;
        }
        if (g->person) account_take(g, id, row.account, duck_time(r, 2, i));
        g->met[id] = true;
        g->count[id]++;
        g->id_of[g->row_count] = id;
        g->rows[g->row_count++] =
            (struct row){duck_time(r, 2, i), duck_id(r, 1, i), row.person};
    }
}

/* Columns: unit, name, happened, person, account, and seq where links move events. */
static us_str events_sql(struct reading *g)
{
    return us_arena_fmt(&g->scratch,
        "SELECT %s, name, happened, person, %s%s FROM events",
        g->which == US_UNITS_USERS ? "person" : "account",
        g->which == US_UNITS_USERS ? "account" : "NULL", g->moved_count ? ", seq" : "");
}

static us_code read_all(struct reading *g, int64_t events, struct us_error *e)
{
    struct us_history *h = g->h;
    bool users = g->which == US_UNITS_USERS;
    US_TRY(take_rows(g,
        US_S("SELECT seq, person, account FROM event_spans WHERE to_known = "
             "TIMESTAMP 'infinity' ORDER BY seq"),
        take_moved, e));
    g->ids = users ? h->people.terms.count : h->accounts.terms.count;
    g->internal = us_new(&g->scratch, bool, g->ids + 1);
    g->met = us_new(&g->scratch, bool, g->ids + 1);
    g->count = us_new(&g->scratch, uint32_t, g->ids + 1);
    g->id_of = us_new(&g->scratch, uint32_t, (size_t)events + 1);
    g->rows = us_new(&g->scratch, struct row, (size_t)events + 1);
    g->company = us_new(&g->scratch, uint32_t, h->accounts.terms.count + 1);
    US_TRY(core_companies_now(h, g->company, e));
    if (users) {
        g->person = us_new(&g->scratch, uint32_t, g->ids + 1);
        g->account = us_new(&g->scratch, uint32_t, g->ids + 1);
        g->last = us_new(&g->scratch, int64_t, g->ids + 1);
        for (size_t i = 0; i < g->ids; i++)
            g->account[i] = US_NOBODY;
        US_TRY(core_people_now(h, g->person, e));
    }
    US_TRY(take_rows(g,
        users ? US_S("SELECT id FROM people WHERE internal")
              : US_S("SELECT id FROM accounts WHERE internal"),
        take_internal, e));
    US_TRY(take_rows(g,
        users ? US_S("SELECT DISTINCT person FROM traits WHERE person IS NOT NULL")
              : US_S("SELECT DISTINCT account FROM traits WHERE person IS NULL AND "
                     "account IS NOT NULL"),
        take_traits, e));
    return take_rows(g, events_sql(g), take_events, e);
}

static int by_time(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    if (x->name != y->name) return x->name < y->name ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

/* ---- putting in order ---- */

struct keyed {
    us_str key;
    uint32_t id;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    return us_str_cmp(x->key, y->key);
}

static void keys_put(
    struct reading *g, struct us_arena *a, struct us_units *out, struct keyed *order)
{
    size_t count = 0;
    for (uint32_t id = 0; id < g->ids; id++) {
        if (!g->met[id]) continue;
        us_str key = g->person ? core_person_key(g->h, id) : core_account_key(g->h, id);
        order[count++] = (struct keyed){us_arena_str(a, key), id};
    }
    if (count) qsort(order, count, sizeof *order, by_key);
    us_str *keys = us_new(a, us_str, count + 1);
    for (size_t i = 0; i < count; i++)
        keys[i] = order[i].key;
    out->keys = keys;
    out->count = count;
}

/* Which unit each id is of, and whose each unit is. */
static void maps_put(struct reading *g, struct us_arena *a, struct us_units *out,
    const struct keyed *order)
{
    uint32_t *place = us_new(&g->scratch, uint32_t, g->ids + 1);
    uint32_t *unit = us_new(a, uint32_t, g->ids + 1);
    for (size_t i = 0; i < g->ids; i++)
        place[i] = US_NOBODY;
    for (uint32_t i = 0; i < out->count; i++)
        place[order[i].id] = i;
    for (uint32_t id = 0; id < g->ids; id++) {
        uint32_t of = unit_of(g, id, true);
        unit[id] = of == US_NOBODY ? US_NOBODY : place[of];
    }
    out->unit_of = unit;
    out->id_count = g->ids;
    size_t accounts = g->h->accounts.terms.count;
    uint32_t *number = us_new(&g->scratch, uint32_t, accounts + 1);
    uint32_t *company = us_new(a, uint32_t, out->count + 1);
    uint32_t *account = g->person ? us_new(a, uint32_t, out->count + 1) : NULL;
    for (size_t i = 0; i < out->count; i++) {
        uint32_t own = g->person ? g->account[order[i].id] : order[i].id;
        if (account) account[i] = own;
        uint32_t *n = own == US_NOBODY ? NULL : &number[g->company[own]];
        if (!n || !*n) out->company_count++;
        if (n && !*n) *n = (uint32_t)out->company_count;
        company[i] = n ? *n - 1 : (uint32_t)out->company_count - 1;
    }
    out->company = company;
    out->account_of = account;
}

/* Few are out of place, and not far: put in order one by one, within as many moves.
 * False: they are not, and what was done so far is no harm. */
static bool nearly_sorted(struct row *rows, size_t n)
{
    size_t moves = 8 * n;
    for (size_t i = 1; i < n; i++) {
        struct row row = rows[i];
        size_t at = i;
        for (; at > 0 && by_time(&rows[at - 1], &row) > 0 && moves; at--, moves--)
            rows[at] = rows[at - 1];
        rows[at] = row;
        if (!moves) return false;
    }
    return true;
}

/* Rows dealt out to their units, then each unit's by time: most lie so already. */
static void rows_put(struct reading *g, struct us_arena *a, struct us_units *out,
    const struct keyed *order)
{
    uint32_t *from = us_new(a, uint32_t, out->count + 1);
    uint32_t *next = us_new(&g->scratch, uint32_t, g->ids + 1);
    for (size_t i = 0; i < out->count; i++) {
        next[order[i].id] = from[i];
        from[i + 1] = from[i] + g->count[order[i].id];
    }
    struct row *sorted = us_new(&g->scratch, struct row, g->row_count + 1);
    for (size_t i = 0; i < g->row_count; i++)
        sorted[next[g->id_of[i]]++] = g->rows[i];
    int64_t *at = us_new(a, int64_t, g->row_count + 1);
    uint32_t *name = us_new(a, uint32_t, g->row_count + 1);
    uint32_t *user = us_new(a, uint32_t, g->row_count + 1);
    for (size_t i = 0; i < out->count; i++) {
        struct row *rows = sorted + from[i];
        size_t n = from[i + 1] - from[i];
        if (!nearly_sorted(rows, n)) qsort(rows, n, sizeof *rows, by_time);
    }
    for (size_t i = 0; i < g->row_count; i++) {
        at[i] = sorted[i].at;
        name[i] = sorted[i].name;
        user[i] = sorted[i].user;
    }
    out->from = from;
    out->at = at;
    out->name = name;
    out->user = user;
    out->row_count = g->row_count;
    out->unnamed = g->unnamed;
}

static us_code span_read(struct us_history *h, struct us_units *out, struct us_error *e)
{
    int64_t none = US_NEVER;
    US_TRY(duck_number(h->duck.side,
        US_S("SELECT coalesce(epoch_us(min(happened)), 9223372036854775807) FROM "
             "events"),
        &none, e));
    out->first_at = none;
    US_TRY(duck_number(h->duck.side,
        US_S("SELECT count(*) FROM (FROM (SELECT happened FROM events LIMIT 1) UNION "
             "ALL "
             "FROM (SELECT happened FROM traits LIMIT 1))"),
        &none, e));
    out->last_at = US_ALWAYS;
    if (none == 0) return US_OK;
    return duck_number(h->duck.side,
        US_S(
            "SELECT epoch_us(max(t)) FROM (SELECT max(happened) AS t FROM events UNION "
            "ALL SELECT max(happened) FROM traits WHERE NOT undated)"),
        &out->last_at, e);
}

us_code us_history_units(struct us_history *h, us_units_of which, struct us_arena *a,
    struct us_units *out, struct us_error *e)
{
    *out = (struct us_units){0};
    int64_t events = 0;
    US_TRY(duck_number(h->duck.side, US_S("SELECT count(*) FROM events"), &events, e));
    if (events >= (int64_t)UINT32_MAX)
        return us_fail(
            e, US_LIMIT, "history.units_many", US_ARGS(US_WHOLE("count", events)));
    struct reading g = {.h = h, .which = which};
    us_arena_init(&g.scratch, SCRATCH_MAX);
    us_arena_init(&g.moves, SCRATCH_MAX);
    us_code code = read_all(&g, events, e);
    if (code == US_OK) {
        struct keyed *order = us_new(&g.scratch, struct keyed, g.ids + 1);
        keys_put(&g, a, out, order);
        maps_put(&g, a, out, order);
        rows_put(&g, a, out, order);
        out->user_count = h->people.terms.count;
        out->name_count = h->names.terms.count;
        us_str *names = us_new(a, us_str, out->name_count + 1);
        for (uint32_t i = 0; i < out->name_count; i++)
            names[i] = us_arena_str(a, us_intern_text(&h->names.terms, i));
        out->names = names;
        code = span_read(h, out, e);
    }
    us_arena_done(&g.scratch);
    us_arena_done(&g.moves);
    return code;
}
