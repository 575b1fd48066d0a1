/* csv_same.h: for tests and fuzzing: a text of separated values read whole, written,
 * and read again. */
#pragma once

#include "base/err.h"
#include "import/csv.h"

/* Rows read from the front of text, one by one, until it ends; each is held against
 * itself read from a text cut off after it, passed over in pieces, and written. False
 * when anything differs. */
static inline bool us_csv_same_rows(
    const struct us_csv_row *a, const struct us_csv_row *b)
{
    if (a->count != b->count || a->flaw != b->flaw) return false;
    for (size_t i = 0; i < a->count && i < US_CSV_FIELDS_MAX; i++)
        if (!us_str_eq(a->fields[i], b->fields[i])) return false;
    return true;
}

/* The row's length and line ends, found by passing over it `step` bytes at a time. */
static inline bool us_csv_same_skip(
    us_str text, size_t step, char separator, const struct us_csv_row *row)
{
    struct us_csv_skip skip = {0};
    size_t at = 0;
    size_t to = 0;
    while (!skip.done) {
        to = to + step < text.len ? to + step : text.len;
        us_str piece = us_str_slice(text, at, to);
        at += us_csv_skip(&skip, piece, to == text.len, separator);
        if (at > row->bytes) return false;
    }
    return at == row->bytes && skip.lines == row->lines;
}

static inline bool us_csv_same(
    us_str text, char separator, struct us_arena *a, struct us_csv_row rows[2])
{
    while (text.len) {
        us_mark mark = us_arena_mark(a);
        struct us_csv_row *row = &rows[0];
        struct us_csv_row *again = &rows[1];
        if (!us_csv_next(text, true, separator, a, row)) return false;
        if (row->bytes == 0 || row->bytes > text.len) return false;
        if (!us_csv_same_skip(text, 1 + row->count, separator, row)) return false;
        us_str cut = us_str_slice(text, 0, row->bytes);
        if (!us_csv_next(cut, true, separator, a, again)) return false;
        if (!us_csv_same_rows(row, again)) return false;
        if (row->flaw == US_CSV_FINE && row->count <= US_CSV_FIELDS_MAX) {
            struct us_buf out = us_buf_new(a, (size_t)64 << 20);
            us_csv_put(&out, separator, row->fields, row->count);
            us_str written = us_buf_str(&out);
            if (!us_csv_next(written, true, separator, a, again)) return false;
            if (!us_csv_same_rows(row, again) || again->bytes != written.len)
                return false;
        }
        text = us_str_slice(text, row->bytes, text.len);
        us_arena_pop(a, mark);
    }
    return true;
}
