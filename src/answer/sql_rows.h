/* sql_rows.h: accounts held in memory, as rows of history's tables. Test only.
 *
 * What a row says of its visibility is kept: those that go again get a stretch. Texts
 * have no quotes in them.
 */
#pragma once

#include "base/tap.h"
#include "signal/signals.h"

#include <stdlib.h>

enum { ROWS_BYTES = 16 << 20 };

/* An account as history has it: its number, and the number of its first person. */
struct sql_placed {
    const struct us_log *log;
    us_str key;
    uint32_t account, people;
};

/* Rows of a table as text: one statement a table, for statements are dear. */
enum {
    T_EVENTS,
    T_SPANS,
    T_TRAITS,
    T_LINE_SPANS,
    T_PAYMENTS,
    T_PEOPLE,
    T_ACCOUNTS,
    T_NAMES,
    TABLES
};

static const char *const sql_tables[TABLES] = {"events", "event_spans", "traits",
    "line_spans", "payments", "people", "accounts", "names"};

struct sql_rows {
    struct us_arena *a;
    struct us_buf out[TABLES];
    const struct us_plan *plan;
    const us_str *columns;
    int64_t seq;
    uint32_t people, accounts;
};

static inline struct sql_rows sql_rows_new(
    struct us_arena *a, const struct us_plan *plan, const us_str *columns)
{
    struct sql_rows w = {.a = a, .plan = plan, .columns = columns};
    for (int t = 0; t < TABLES; t++)
        w.out[t] = us_buf_new(a, ROWS_BYTES);
    us_buf_put(&w.out[T_EVENTS],
        US_S("INSERT INTO events (seq, account, name, happened, known, person"));
    for (size_t c = 0; c < plan->need.column_count; c++)
        us_buf_fmt(&w.out[T_EVENTS], ", %.*s", US_ARG(columns[c]));
    us_buf_put(&w.out[T_EVENTS], US_S(") VALUES "));
    us_buf_put(&w.out[T_PAYMENTS],
        US_S("INSERT INTO payments (seq, account, happened, known, amount, tax, "
             "status, currency, invoice_id, period_start, period_end, months) "
             "VALUES "));
    for (int t = 0; t < TABLES; t++)
        if (!w.out[t].len)
            us_buf_fmt(&w.out[t], "INSERT INTO %s VALUES ", sql_tables[t]);
    return w;
}

/* Where a row begins. */
static inline struct us_buf *sql_rows_row(struct sql_rows *w, int table)
{
    struct us_buf *out = &w->out[table];
    us_buf_put(out, out->ptr[out->len - 1] == ')' ? US_S(", (") : US_S("("));
    return out;
}

static inline void sql_rows_moment(struct us_buf *out, int64_t at)
{
    if (at == US_NEVER) {
        us_buf_put(out, US_S("TIMESTAMP 'infinity'"));
    } else {
        us_buf_fmt(out, "make_timestamp(%lld)", (long long)at);
    }
}

static inline void sql_rows_text(struct us_buf *out, us_str s)
{
    us_buf_fmt(out, "'%.*s'", US_ARG(s)); /* those here have no quotes */
}

static inline void sql_rows_value(struct us_buf *out, us_value v)
{
    int64_t m = 0;
    if (v.kind == US_BOOL) us_buf_put(out, v.truth ? US_S("true") : US_S("false"));
    if (v.kind == US_STRING) sql_rows_text(out, v.text);
    /* As the loader does: what is no decimal is not there. */
    if (v.kind == US_NUMBER && us_decimal(v, &m))
        us_buf_fmt(out, "'%s%lld.%06lld'", m < 0 ? "-" : "", llabs(m) / US_MILLION,
            llabs(m) % US_MILLION);
    if (v.kind == US_MISSING || (v.kind == US_NUMBER && !us_decimal(v, &m)))
        us_buf_put(out, US_S("NULL"));
}

static inline void sql_rows_person(
    struct us_buf *out, const struct sql_placed *p, uint32_t user)
{
    if (user == US_NOBODY) {
        us_buf_put(out, US_S("NULL"));
    } else {
        us_buf_fmt(out, "%u", p->people + user);
    }
}

static inline void sql_rows_stretch(struct us_buf *out, int64_t from, int64_t to)
{
    sql_rows_moment(out, from);
    us_buf_put(out, US_S(", "));
    sql_rows_moment(out, to);
}

/* That a row goes again. */
static inline void sql_rows_span(struct sql_rows *w, int table,
    const struct sql_placed *p, int64_t from, int64_t to, uint32_t user)
{
    if (to == US_NEVER) return;
    struct us_buf *out = sql_rows_row(w, table);
    us_buf_fmt(out, "%lld, ", (long long)w->seq);
    sql_rows_stretch(out, from, to);
    us_buf_put(out, US_S(", "));
    sql_rows_person(out, p, user);
    us_buf_fmt(out, ", %u)", p->account);
}

static inline void sql_rows_events(struct sql_rows *w, const struct sql_placed *p)
{
    const struct us_need *need = &w->plan->need;
    for (size_t i = 0; i < p->log->event_count; i++) {
        const struct us_log_event *v = &p->log->events[i];
        bool other = v->name == US_NAME_OTHER;
        struct us_buf *out = sql_rows_row(w, T_EVENTS);
        us_buf_fmt(out, "%lld, %u, %zu, ", (long long)++w->seq, p->account,
            other ? need->name_count : v->name);
        sql_rows_stretch(out, v->at, v->from);
        us_buf_put(out, US_S(", "));
        sql_rows_person(out, p, v->user);
        for (size_t c = 0; c < need->column_count; c++) {
            us_buf_put(out, US_S(", "));
            sql_rows_value(out, p->log->values[i * need->column_count + c]);
        }
        us_buf_char(out, ')');
        sql_rows_span(w, T_SPANS, p, v->from, v->to, v->user);
    }
}

static inline void sql_rows_traits(struct sql_rows *w, const struct sql_placed *p)
{
    const struct us_need *need = &w->plan->need;
    for (size_t i = 0; i < p->log->trait_count; i++) {
        const struct us_log_trait *v = &p->log->traits[i];
        bool user = v->user != US_NOBODY;
        struct us_buf *out = sql_rows_row(w, T_TRAITS);
        us_buf_fmt(out, "%lld, ", (long long)++w->seq);
        sql_rows_stretch(out, v->at, v->from);
        us_buf_put(out, US_S(", false, "));
        if (user) us_buf_put(out, US_S("NULL"));
        if (!user) us_buf_fmt(out, "%u", p->account);
        us_buf_put(out, US_S(", "));
        sql_rows_person(out, p, v->user);
        us_buf_put(out, US_S(", "));
        sql_rows_text(
            out, user ? need->user_traits[v->key] : need->account_traits[v->key]);
        us_buf_put(out, US_S(", "));
        if (v->value.kind == US_STRING) {
            us_buf_fmt(out, "'\"%.*s\"'", US_ARG(v->value.text));
        } else {
            sql_rows_value(out, v->value);
        }
        us_buf_char(out, ')');
        sql_rows_span(w, T_LINE_SPANS, p, v->from, v->to, v->user);
    }
}

static inline void sql_rows_payments(struct sql_rows *w, const struct sql_placed *p)
{
    static const char *const statuses[] = {
        [US_PAY_PAID] = "",
        [US_PAY_FAILED] = "Failed",
        [US_PAY_REFUNDED] = "refunded",
        [US_PAY_DISPUTED] = "disputed",
    };
    for (size_t i = 0; i < p->log->payment_count; i++) {
        const struct us_log_payment *v = &p->log->payments[i];
        struct us_buf *out = sql_rows_row(w, T_PAYMENTS);
        us_buf_fmt(out, "%lld, %u, ", (long long)++w->seq, p->account);
        sql_rows_stretch(out, v->at, v->from);
        us_buf_put(out, US_S(", "));
        sql_rows_value(out, us_number((double)v->amount / US_MILLION));
        us_buf_put(out, US_S(", "));
        sql_rows_value(out, us_number((double)v->tax / US_MILLION));
        us_buf_fmt(
            out, ", '%s', %s, ", statuses[v->status], v->converted ? "'Usd'" : "'XXX'");
        sql_rows_text(out, v->invoice);
        us_buf_put(out, US_S(", "));
        sql_rows_stretch(out, v->start, v->end);
        us_buf_fmt(out, ", %lld)", (long long)v->months);
        sql_rows_span(w, T_LINE_SPANS, p, v->from, v->to, US_NOBODY);
    }
}

static inline void sql_rows_place(
    struct sql_rows *w, struct sql_placed *p, const struct us_log *log)
{
    p->log = log;
    p->account = w->accounts++;
    p->people = w->people;
    p->key = us_arena_fmt(w->a, "g%u", p->account);
    w->people += (uint32_t)log->person_count;
    us_buf_fmt(
        sql_rows_row(w, T_ACCOUNTS), "%u, '%.*s', false)", p->account, US_ARG(p->key));
    for (size_t i = 0; i < log->person_count; i++)
        us_buf_fmt(sql_rows_row(w, T_PEOPLE), "%u, '%.*s.%.*s', true, false)",
            p->people + log->people[i].id, US_ARG(p->key), US_ARG(log->people[i].key));
    sql_rows_events(w, p);
    sql_rows_traits(w, p);
    sql_rows_payments(w, p);
}

static inline void sql_rows_names(struct sql_rows *w)
{
    const struct us_need *need = &w->plan->need;
    for (size_t i = 0; i < need->name_count; i++)
        us_buf_fmt(sql_rows_row(w, T_NAMES), "%zu, '%.*s')", i, US_ARG(need->names[i]));
    us_buf_fmt(sql_rows_row(w, T_NAMES), "%zu, 'Something else')", need->name_count);
}
