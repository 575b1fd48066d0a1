#include "import/customers.h"

#include "import/csv_file.h"
#include "import/sheet.h"

static const size_t MEMORY_BYTES = (size_t)4 << 30;

static us_code add(struct us_customers *c, const struct us_csv_file *f, us_str path,
    const size_t column[2], struct us_error *e)
{
    const struct us_csv_row *row = &f->row;
    bool good =
        row->flaw == US_CSV_FINE && row->count == f->count && us_str_is_utf8(row->raw);
    us_str name = good ? us_str_trim(row->fields[column[0]]) : (us_str){0};
    us_str account = good ? us_str_trim(row->fields[column[1]]) : (us_str){0};
    if (!name.len || !account.len)
        return us_fail(e, US_INPUT, "import.customers_row",
            US_ARGS(US_TEXT("path", path), US_WHOLE("line", f->line)));
    uint32_t of = us_intern_put(&c->accounts, account);
    uint32_t id = us_intern_put(&c->names, name);
    if (id == c->count) {
        *us_push(&c->memory, c->account_of, c->count, c->cap) = of;
        return US_OK;
    }
    if (c->account_of[id] == of) return US_OK;
    us_str before = us_intern_text(&c->accounts, c->account_of[id]);
    return us_fail(e, US_INPUT, "import.customers_twice",
        US_ARGS(US_TEXT("path", path), US_WHOLE("line", f->line),
            US_TEXT("customer", name), US_TEXT("one", before),
            US_TEXT("other", account)));
}

static us_code read_all(struct us_customers *c, struct us_csv_file *f, us_str path,
    struct us_reader *reader, struct us_arena *a, struct us_error *e)
{
    static const us_str columns[2] = {US_S_INIT("customer"), US_S_INIT("account")};
    size_t column[2];
    us_arena_init(a, (size_t)64 << 20);
    bool last;
    US_TRY(us_reader_fill(reader, e));
    if (us_str_has_prefix(us_reader_window(reader, &last), US_S("\xef\xbb\xbf")))
        us_reader_take(reader, 3);
    US_TRY(us_csv_file_open(f, reader, path, &c->memory, a, e));
    for (size_t i = 0; i < 2; i++) {
        size_t k = 0;
        while (k < f->count && !us_same_name(f->names[k], columns[i]))
            k++;
        if (k == f->count)
            return us_fail(e, US_INPUT, "import.customers_columns",
                US_ARGS(US_TEXT("path", path), US_WHOLE("line", f->line),
                    US_TEXT("column", columns[i])));
        column[i] = k;
    }
    us_code code;
    while ((code = us_csv_file_next(f, e)) == US_OK)
        US_TRY(add(c, f, path, column, e));
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_customers_open(us_str path, struct us_customers *c, struct us_error *e)
{
    struct us_reader *reader = NULL;
    struct us_arena a = {0};
    struct us_csv_file f;
    *c = (struct us_customers){0};
    US_TRY(us_reader_open(path, &reader, e));
    us_arena_init(&c->memory, MEMORY_BYTES);
    us_intern_init(&c->names);
    us_intern_init(&c->accounts);
    c->open = true;
    us_code code = read_all(c, &f, path, reader, &a, e);
    us_arena_done(&a);
    us_reader_close(reader);
    if (code != US_OK) us_customers_close(c);
    return code;
}

void us_customers_close(struct us_customers *c)
{
    if (!c->open) return;
    us_intern_done(&c->names);
    us_intern_done(&c->accounts);
    us_arena_done(&c->memory);
    c->open = false;
}

us_str us_customers_find(const struct us_customers *c, us_str customer)
{
    uint32_t id = c->open ? us_intern_find(&c->names, customer) : US_INTERN_NONE;
    if (id == US_INTERN_NONE) return (us_str){0};
    return us_intern_text(&c->accounts, c->account_of[id]);
}
