#include "import/csv_file.h"

#include "import/sheet.h"

static us_str window_of(const struct us_csv_file *f, bool *last)
{
    return us_reader_window(f->reader, last);
}

static void let_go(struct us_csv_file *f)
{
    us_reader_take(f->reader, f->held);
    f->held = 0;
    f->line = f->next_line;
    f->byte = us_reader_byte(f->reader);
}

/* Past the rest of a row that is too long. What is told of it is its beginning. */
static us_code pass_over(struct us_csv_file *f, struct us_error *e)
{
    struct us_csv_skip skip = {0};
    bool last;
    us_str start = us_str_slice(window_of(f, &last), 0, US_ROW_BYTES_MAX);
    f->row.raw = us_arena_str(f->scratch, start);
    f->row.flaw = US_CSV_LONG;
    f->row.flaw_line = 0;
    while (!skip.done) {
        us_str text = window_of(f, &last);
        us_reader_take(f->reader, us_csv_skip(&skip, text, last, f->separator));
        if (!skip.done) US_TRY(us_reader_fill(f->reader, e));
    }
    f->next_line = f->line + skip.lines;
    return US_OK;
}

us_code us_csv_file_next(struct us_csv_file *f, struct us_error *e)
{
    for (;;) {
        let_go(f);
        us_arena_reset(f->scratch);
        bool last;
        us_str text = window_of(f, &last);
        if (last && !text.len) return US_NOT_FOUND;
        if (text.len && us_csv_next(text, last, f->separator, f->scratch, &f->row)) {
            f->held = f->row.bytes;
            f->next_line = f->line + f->row.lines;
            if (f->held > US_ROW_BYTES_MAX) f->row.flaw = US_CSV_LONG;
            if (!f->row.blank) return US_OK;
        } else if (text.len >= US_ROW_BYTES_MAX) {
            return pass_over(f, e);
        } else {
            US_TRY(us_reader_fill(f->reader, e));
        }
    }
}

/* Empty lines before the header are no header. */
static us_code header_find(struct us_csv_file *f, struct us_error *e)
{
    for (;;) {
        bool last;
        us_str text = window_of(f, &last);
        size_t skip = 0;
        while (skip < text.len && (text.ptr[skip] == '\n' || text.ptr[skip] == '\r'))
            skip++;
        for (size_t i = 0; i < skip; i++)
            f->next_line +=
                text.ptr[i] == '\n' || i + 1 == text.len || text.ptr[i + 1] != '\n';
        us_reader_take(f->reader, skip);
        text = window_of(f, &last);
        us_arena_reset(f->scratch);
        f->separator = 0;
        if (text.len) f->separator = us_csv_separator(text, last, f->scratch);
        if (f->separator || last || text.len >= US_ROW_BYTES_MAX) return US_OK;
        US_TRY(us_reader_fill(f->reader, e));
    }
}

static us_code header_judge(
    const struct us_csv_file *f, us_str path, struct us_error *e)
{
    const struct us_csv_row *row = &f->row;
    us_str start = us_str_slice(row->raw, 0, 4);
    bool zero = us_str_find(row->raw, (us_str){"", 1}) < row->raw.len;
    if (zero || us_str_has_prefix(start, US_S("\xff\xfe")) ||
        us_str_has_prefix(start, US_S("\xfe\xff")))
        return us_fail(
            e, US_INPUT, "import.header_utf16", US_ARGS(US_TEXT("path", path)));
    if (!us_str_is_utf8(row->raw))
        return us_fail(
            e, US_INPUT, "import.header_not_utf8", US_ARGS(US_TEXT("path", path)));
    if (row->flaw != US_CSV_FINE)
        return us_fail(
            e, US_INPUT, "import.header_quotes", US_ARGS(US_TEXT("path", path)));
    if (row->count > US_CSV_FIELDS_MAX)
        return us_fail(e, US_LIMIT, "import.header_wide",
            US_ARGS(US_TEXT("path", path), US_WHOLE("n", row->count),
                US_WHOLE("max", US_CSV_FIELDS_MAX)));
    if (row->count == 1)
        return us_fail(e, US_INPUT, "import.header_one",
            US_ARGS(US_TEXT("path", path),
                US_TEXT("column", us_shown(us_str_trim(row->fields[0])))));
    return US_OK;
}

us_code us_csv_file_open(struct us_csv_file *f, struct us_reader *reader, us_str path,
    struct us_arena *names, struct us_arena *scratch, struct us_error *e)
{
    f->reader = reader;
    f->scratch = scratch;
    f->names = NULL;
    f->count = f->held = 0;
    f->next_line = 1;
    US_TRY(header_find(f, e));
    us_code code = us_csv_file_next(f, e);
    if (code == US_NOT_FOUND)
        return us_fail(
            e, US_INPUT, "import.header_none", US_ARGS(US_TEXT("path", path)));
    if (code != US_OK) return code;
    US_TRY(header_judge(f, path, e));
    f->count = f->row.count;
    f->names = us_new(names, us_str, f->count);
    for (size_t i = 0; i < f->count; i++)
        f->names[i] = us_arena_str(names, us_str_trim(f->row.fields[i]));
    return US_OK;
}
