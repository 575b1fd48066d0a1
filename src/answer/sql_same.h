/* sql_same.h: answers of SQL held against the referee's, as lines of text that are the
 * same when the answers are, to the last digit. Test only.
 */
#pragma once

#include "base/tap.h"
#include "history/history_fixture.h"
#include "signal/sql.h"

/* account|[person|]t|value|…, in any order. */
struct same_lines {
    struct us_arena *a;
    us_str *rows;
    size_t count, cap;
};

static inline void same_value(struct us_buf *row, us_value v)
{
    us_buf_char(row, '|');
    if (v.kind == US_BOOL) us_buf_put(row, v.truth ? US_S("true") : US_S("false"));
    if (v.kind == US_NUMBER) us_buf_real(row, v.number == 0 ? 0 : v.number);
    if (v.kind == US_STRING) us_buf_put(row, v.text);
    if (v.kind == US_MISSING) us_buf_put(row, US_S("missing"));
}

static inline void same_moment(struct us_buf *row, int64_t t)
{
    char text[US_TIME_TEXT_MAX];
    us_buf_char(row, '|');
    us_buf_put(row, us_time_write(t, text));
}

static inline void same_row(struct same_lines *l, const struct us_buf *row)
{
    *us_push(l->a, l->rows, l->count, l->cap) = us_buf_str(row);
}

static inline us_code same_cells(void *ctx, const struct us_history_rows *head,
    const struct us_history_cell *cells, struct us_error *e)
{
    (void)e;
    struct same_lines *l = ctx;
    struct us_buf row = us_buf_new(l->a, 1 << 16);
    for (size_t i = 0; i < head->column_count; i++) {
        if (i) us_buf_char(&row, '|');
        us_str text = cells[i].null ? US_S("missing") : cells[i].text;
        us_buf_put(&row, us_str_eq(text, US_S("-0")) ? US_S("0") : text);
    }
    same_row(l, &row);
    return US_OK;
}

/* The first line that only one of them has is said. */
static inline bool same_all(struct same_lines *want, struct same_lines *got)
{
    struct same_lines *both[] = {want, got};
    for (int i = 0; i < 2; i++)
        if (both[i]->count)
            qsort(both[i]->rows, both[i]->count, sizeof *both[i]->rows, fixture_order);
    size_t i = 0;
    while (i < want->count && i < got->count && us_str_eq(want->rows[i], got->rows[i]))
        i++;
    if (i == want->count && i == got->count) return true;
    us_str none = US_S("(no more)");
    us_str x = i < want->count ? want->rows[i] : none;
    us_str y = i < got->count ? got->rows[i] : none;
    printf("# referee: %.*s\n# SQL:     %.*s\n", US_ARG(x), US_ARG(y));
    return false;
}

/* What a struct us_sql answers. */
static inline bool same_ask(
    struct us_sql *sql, struct us_history *h, struct same_lines *got, us_str *text)
{
    struct us_buf out = us_buf_new(got->a, 4 << 20);
    us_sql_print(sql, &out);
    us_assert(!out.full);
    *text = us_buf_str(&out);
    struct us_error e = {0};
    if (us_history_sql(h, *text, same_cells, got, &e) == US_OK) return true;
    fixture_say(&e);
    return false;
}
