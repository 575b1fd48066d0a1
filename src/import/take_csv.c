/* take_csv.c: a file of separated values, row by row into its table. */

#include "import/csv_file.h"
#include "import/sheet.h"

static const size_t NAMES_BYTES = (size_t)64 << 20;

/* A row that breaks the rules of CSV: false fills why. */
static bool row_whole(const struct us_csv_file *f, int64_t line, struct us_error *why)
{
    int64_t at = line + f->row.flaw_line;
    us_code code = US_OK;
    switch (f->row.flaw) {
    case US_CSV_OPEN:
        code =
            us_fail(why, US_INPUT, "import.open_quote", US_ARGS(US_WHOLE("line", at)));
        break;
    case US_CSV_TAIL:
        code =
            us_fail(why, US_INPUT, "import.after_quote", US_ARGS(US_WHOLE("line", at)));
        break;
    case US_CSV_LONG:
        code = us_fail(why, US_LIMIT, "import.row_too_long",
            US_ARGS(US_BYTES("max", US_ROW_BYTES_MAX)));
        break;
    case US_CSV_FINE:
    default: break;
    }
    return code == US_OK;
}

static us_code take_rows(struct us_take *t, struct us_csv_file *f,
    struct us_sheet *table, struct us_error *e)
{
    us_code code;
    while ((code = us_csv_file_next(f, e)) == US_OK) {
        struct us_error why;
        t->counts->lines++;
        t->place = (struct us_row_place){f->line, f->byte};
        if (row_whole(f, f->line, &why)) {
            US_TRY(us_sheet_row(table, f->row.raw, f->row.fields, f->row.count, e));
        } else {
            us_str raw = f->row.raw;
            raw = us_sheet_hide(table, raw, f->row.fields, f->row.count);
            US_TRY(us_take_dead(t, raw, &why, e));
        }
        us_take_progress(t);
    }
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_take_csv(struct us_take *t, struct us_error *e)
{
    struct us_arena a;
    struct us_csv_file f;
    struct us_sheet table = {0};
    us_arena_init(&a, NAMES_BYTES);
    us_code code = us_csv_file_open(&f, t->reader, t->path, &a, t->scratch, e);
    if (code == US_OK) code = us_sheet_open(&table, t, &a, f.names, f.count, e);
    if (code == US_OK) code = take_rows(t, &f, &table, e);
    us_sheet_close(&table);
    us_arena_done(&a);
    return code;
}
