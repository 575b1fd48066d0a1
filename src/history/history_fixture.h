/* history_fixture.h: a folder, a journal's text in it, and logs printed so that two can
 * be held against each other: what of a log may depend on the order of loading (seq,
 * the numbers of people) is left out, rows are sorted by their text.
 */
#pragma once

#include "base/tap.h"
#include "file/file.h"
#include "history/history.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct us_arena a;
    us_str dir;
    struct us_buf text; /* lines not yet loaded */
    int64_t seq;
    us_pos at;
};

static inline void fixture_init(struct fixture *x)
{
    *x = (struct fixture){0};
    us_arena_init(&x->a, (size_t)4 << 30);
    /* In memory where that can be had: hundreds of small files are made and synced. */
    char shm[] = "/dev/shm/usher-history-XXXXXX";
    char tmp[] = "/tmp/usher-history-XXXXXX";
    char *name = mkdtemp(shm) ? shm : mkdtemp(tmp);
    us_assert(name);
    x->dir = us_arena_str(&x->a, us_str_c(name));
    x->text = us_buf_new(&x->a, (size_t)1 << 30);
}

static inline void fixture_done(struct fixture *x)
{
    us_assert(us_file_remove_tree(x->dir, NULL) == US_OK);
    us_arena_done(&x->a);
}

static inline struct us_head fixture_head(
    struct fixture *x, us_line_type type, int64_t known)
{
    return (struct us_head){.seq = ++x->seq,
        .known = known,
        .received = known,
        .sent = US_NEVER,
        .type = type,
        .source = US_S("import")};
}

/* A line; the answer is its seq. */
static inline int64_t fixture_line(
    struct fixture *x, us_line_type type, int64_t known, us_str m)
{
    struct us_head head = fixture_head(x, type, known);
    us_head_write(&x->text, &head, m);
    us_assert(!x->text.full);
    return head.seq;
}

static inline void fixture_say(const struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    struct us_buf out = us_buf_new(&a, 1 << 16);
    us_say_error(&out, US_EN, e);
    printf("# %.*s\n", US_ARG(us_buf_str(&out)));
    fflush(stdout);
    us_arena_done(&a);
}

#define OK(t, call)                                                      \
    do {                                                                 \
        struct us_error e_ = {0};                                        \
        struct us_error *e = &e_;                                        \
        if (!us_tap_ok((t), (call) == US_OK, #call, __FILE__, __LINE__)) \
            fixture_say(e);                                              \
    } while (0)

/* Load what was written, as one group that follows the last. */
static inline us_code fixture_load(
    struct fixture *x, struct us_history *h, struct us_error *e)
{
    us_str text = us_buf_str(&x->text);
    char *padded = us_new(&x->a, char, text.len + US_JSON_PAD);
    memcpy(padded, text.ptr, text.len);
    us_pos next = {x->at.segment, x->at.offset + text.len};
    us_code code = us_history_load(h, (us_str){padded, text.len}, x->at, next, e);
    x->at = next;
    x->text = us_buf_new(&x->a, (size_t)1 << 30);
    return code;
}

/* The same through a journal: one durable group. */
static inline us_code fixture_journal(
    struct fixture *x, struct us_journal *j, struct us_error *e)
{
    us_str text = us_buf_str(&x->text);
    struct us_group g = {.len = text.len, .last_seq = x->seq};
    g.bytes = us_new(&x->a, char, text.len + US_COMMIT_BYTES_MAX);
    memcpy(g.bytes, text.ptr, text.len);
    for (size_t i = 0; i < text.len; i++)
        g.lines += text.ptr[i] == '\n';
    x->text = us_buf_new(&x->a, (size_t)1 << 30);
    us_journal_place(j, &g);
    return us_journal_write(j, &g, e);
}

static inline us_code fixture_cells(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)e;
    struct us_buf *out = ctx;
    for (size_t i = 0; i < head->column_count; i++) {
        if (i) us_buf_char(out, '|');
        us_buf_put(out, cells[i].null ? US_S("NULL") : cells[i].text);
    }
    us_buf_char(out, '\n');
    return US_OK;
}

/* The rows of a question, cells parted by bars; the error's words when it fails. */
static inline us_str fixture_asked(struct us_arena *a, struct us_history *h, us_str sql)
{
    struct us_buf out = us_buf_new(a, 1 << 24);
    struct us_error e = {0};
    if (us_history_sql(h, sql, fixture_cells, &out, &e) != US_OK)
        us_say_error(&out, US_EN, &e);
    return us_buf_str(&out);
}

#define ASKED(t, x, h, sql, wanted) \
    CHECK_AS((t),                   \
        fixture_same(fixture_asked(&(x)->a, (h), us_str_c(sql)), US_S(wanted)), (sql))

/* ---- logs as text ---- */

struct printed {
    struct us_arena *a;
    struct us_buf out;
    const struct us_need *need;
    us_str *rows;
    size_t row_count, row_cap;
};

static inline int fixture_order(const void *a, const void *b)
{
    return us_str_cmp(*(const us_str *)a, *(const us_str *)b);
}

static inline void fixture_value(struct us_buf *row, us_value v)
{
    switch (v.kind) {
    case US_BOOL: us_buf_fmt(row, " %s", v.truth ? "true" : "false"); break;
    case US_NUMBER:
        us_buf_char(row, ' ');
        us_buf_real(row, v.number);
        break;
    case US_STRING:
        us_buf_char(row, ' ');
        us_buf_json(row, v.text);
        break;
    case US_MISSING:
    default: us_buf_put(row, US_S(" -"));
    }
}

static inline void fixture_row(struct printed *p, const struct us_buf *row)
{
    *us_push(p->a, p->rows, p->row_count, p->row_cap) = us_buf_str(row);
}

static inline void fixture_moment(struct us_buf *row, int64_t at)
{
    if (at == US_NEVER) {
        us_buf_put(row, US_S(" never"));
    } else if (at == US_ALWAYS) {
        us_buf_put(row, US_S(" always"));
    } else {
        us_buf_fmt(row, " %lld", (long long)at);
    }
}

/* "u:key" or "a:key"; every row's person must be among the people of the log. */
static inline void fixture_person(
    struct us_buf *row, const struct us_log *log, uint32_t id)
{
    if (id == US_NOBODY) {
        us_buf_put(row, US_S(" nobody"));
        return;
    }
    for (size_t i = 0; i < log->person_count; i++) {
        const struct us_log_person *one = &log->people[i];
        if (one->id != id) continue;
        us_buf_fmt(row, " %c:%.*s", one->identified ? 'u' : 'a', US_ARG(one->key));
        return;
    }
    us_buf_put(row, US_S(" LOST"));
}

static inline void fixture_events(struct printed *p, const struct us_log *log)
{
    for (size_t i = 0; i < log->event_count; i++) {
        const struct us_log_event *v = &log->events[i];
        struct us_buf row = us_buf_new(p->a, 1 << 16);
        us_str name = v->name == US_NAME_OTHER ? US_S("*") : p->need->names[v->name];
        us_buf_fmt(&row, "event %lld %.*s", (long long)v->at, US_ARG(name));
        fixture_person(&row, log, v->user);
        fixture_moment(&row, v->from);
        fixture_moment(&row, v->to);
        for (size_t c = 0; c < log->column_count; c++)
            fixture_value(&row, log->values[i * log->column_count + c]);
        fixture_row(p, &row);
        bool sorted =
            i == 0 || v[-1].at < v->at || (v[-1].at == v->at && v[-1].seq <= v->seq);
        if (!sorted) us_buf_put(&p->out, US_S("UNSORTED\n"));
    }
}

static inline void fixture_traits(struct printed *p, const struct us_log *log)
{
    for (size_t i = 0; i < log->trait_count; i++) {
        const struct us_log_trait *v = &log->traits[i];
        struct us_buf row = us_buf_new(p->a, 1 << 16);
        us_str key = v->user == US_NOBODY ? p->need->account_traits[v->key]
                                          : p->need->user_traits[v->key];
        us_buf_fmt(&row, "trait %lld %.*s", (long long)v->at, US_ARG(key));
        fixture_person(&row, log, v->user);
        fixture_moment(&row, v->from);
        fixture_moment(&row, v->to);
        fixture_value(&row, v->value);
        fixture_row(p, &row);
        bool sorted =
            i == 0 || v[-1].at < v->at || (v[-1].at == v->at && v[-1].seq <= v->seq);
        if (!sorted) us_buf_put(&p->out, US_S("UNSORTED\n"));
    }
}

static inline void fixture_payments(struct printed *p, const struct us_log *log)
{
    for (size_t i = 0; i < log->payment_count; i++) {
        const struct us_log_payment *v = &log->payments[i];
        struct us_buf row = us_buf_new(p->a, 1 << 16);
        us_buf_fmt(&row, "payment %lld", (long long)v->at);
        fixture_moment(&row, v->from);
        fixture_moment(&row, v->to);
        us_buf_fmt(&row, " %d %lld %lld %lld..%lld %lld x%lld %s %.*s/%.*s/%.*s/%.*s",
            (int)v->status, (long long)v->amount, (long long)v->tax,
            (long long)v->start, (long long)v->end, (long long)v->months,
            (long long)v->quantity, v->converted ? "yes" : "no", US_ARG(v->method),
            US_ARG(v->channel), US_ARG(v->plan), US_ARG(v->invoice));
        fixture_row(p, &row);
    }
}

static inline void fixture_deals(struct printed *p, const struct us_log *log)
{
    for (size_t i = 0; i < log->deal_count; i++) {
        const struct us_log_deal *v = &log->deals[i];
        struct us_buf row = us_buf_new(p->a, 1 << 16);
        us_buf_fmt(&row, "deal %lld", (long long)v->at);
        fixture_moment(&row, v->from);
        fixture_moment(&row, v->to);
        fixture_moment(&row, v->stage_at);
        fixture_moment(&row, v->created);
        fixture_moment(&row, v->first_touch);
        us_buf_fmt(&row, " %.*s/%.*s/%.*s/%.*s/%.*s/%.*s %lld %lld", US_ARG(v->id),
            US_ARG(v->stage), US_ARG(v->type), US_ARG(v->channel), US_ARG(v->owner),
            US_ARG(v->source), (long long)v->amount, (long long)v->arr);
        fixture_row(p, &row);
    }
}

static inline us_code fixture_take(
    void *ctx, const struct us_log *log, struct us_error *e)
{
    (void)e;
    struct printed *p = ctx;
    p->rows = NULL;
    p->row_count = p->row_cap = 0;
    fixture_events(p, log);
    fixture_traits(p, log);
    fixture_payments(p, log);
    fixture_deals(p, log);
    for (size_t i = 0; i < log->person_count; i++) {
        struct us_buf row = us_buf_new(p->a, 1 << 16);
        us_buf_put(&row, US_S("person"));
        fixture_person(&row, log, log->people[i].id);
        fixture_row(p, &row);
    }
    if (p->row_count) qsort(p->rows, p->row_count, sizeof *p->rows, fixture_order);
    us_buf_fmt(&p->out, "account %.*s\n", US_ARG(log->key));
    for (size_t i = 0; i < p->row_count; i++) {
        us_buf_put(&p->out, p->rows[i]);
        us_buf_char(&p->out, '\n');
    }
    return US_OK;
}

static inline us_str fixture_logs(struct us_arena *a, struct us_history *h,
    const struct us_need *need, us_str account, int64_t until)
{
    struct printed p = {.a = a, .out = us_buf_new(a, (size_t)256 << 20), .need = need};
    struct us_error e = {0};
    us_code code = us_history_logs(h, need, account, until, fixture_take, &p, &e);
    if (code != US_OK) {
        fixture_say(&e);
        us_buf_fmt(&p.out, "FAILED %s\n", us_code_name(code));
    }
    return us_buf_str(&p.out);
}

/* The first line in which two texts differ, for the reader of a failed test. */
static inline bool fixture_same(us_str a, us_str b)
{
    if (us_str_eq(a, b)) return true;
    while (a.len || b.len) {
        us_str x = us_str_cut(a, '\n', &a);
        us_str y = us_str_cut(b, '\n', &b);
        if (us_str_eq(x, y)) continue;
        printf("# one:   %.*s\n# other: %.*s\n", US_ARG(x), US_ARG(y));
        break;
    }
    return false;
}
