#include "import/sheet.h"

#include <string.h>

/* ---- m ---- */

struct us_buf us_m_begin(const struct us_sheet *table)
{
    struct us_buf m = us_buf_new(table->take->scratch, US_LINE_BYTES_MAX);
    us_buf_char(&m, '{');
    return m;
}

void us_m_raw(struct us_buf *m, us_str key, us_str json)
{
    if (!json.len) return;
    if (m->len > 1) us_buf_char(m, ',');
    us_buf_json(m, key);
    us_buf_char(m, ':');
    us_buf_put(m, json);
}

void us_m_text(struct us_buf *m, us_str key, us_str text)
{
    if (!text.len) return;
    if (m->len > 1) us_buf_char(m, ',');
    us_buf_json(m, key);
    us_buf_char(m, ':');
    us_buf_json(m, text);
}

void us_m_time(struct us_buf *m, us_str key, int64_t at)
{
    char text[US_TIME_TEXT_MAX];
    if (at != US_NEVER) us_m_text(m, key, us_time_write(at, text));
}

/* A long row of digits is an id, of which a double would keep but the first 15. */
static bool is_number(us_str text)
{
    double number;
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++)
        digits += text.ptr[i] >= '0' && text.ptr[i] <= '9';
    return digits <= 15 && us_str_real(text, &number);
}

void us_m_guess(struct us_buf *m, us_str key, us_str text)
{
    text = us_str_trim(text);
    bool yes = us_str_eq_nocase(text, US_S("true"));
    if (yes || us_str_eq_nocase(text, US_S("false"))) {
        us_m_raw(m, key, yes ? US_S("true") : US_S("false"));
    } else if (is_number(text)) {
        us_m_raw(m, key, text);
    } else {
        us_m_text(m, key, text);
    }
}

/* ---- rows ---- */

const struct us_cell *us_row_cell(
    const struct us_sheet *table, const struct us_row *row, us_str key)
{
    static const struct us_cell none = {.at = US_NEVER};
    for (size_t i = 0; i < table->rule_count; i++)
        if (us_str_eq(table->kind->rules[i].key, key)) return &row->cell[i];
    return &none;
}

us_str us_row_text(const struct us_sheet *table, const struct us_row *row, us_str key)
{
    return us_row_cell(table, row, key)->text;
}

us_code us_row_dead(struct us_sheet *table, const struct us_row *row,
    const struct us_error *why, struct us_error *e)
{
    return us_take_dead(table->take, row->raw, why, e);
}

us_code us_row_pass(struct us_sheet *table)
{
    table->take->counts->passed++;
    return US_OK;
}

us_code us_row_put(struct us_sheet *table, const struct us_row *row, us_line_type type,
    struct us_buf *m, int64_t known, struct us_error *e)
{
    us_buf_char(m, '}');
    if (m->full) {
        struct us_error why;
        us_code code = us_fail(&why, US_LIMIT, "import.line_too_long",
            US_ARGS(US_BYTES("max", US_LINE_BYTES_MAX)));
        return code == US_OK ? code : us_row_dead(table, row, &why, e);
    }
    if (known == US_NEVER) known = table->take->options->now;
    return us_take_row(table->take, type, us_buf_str(m), known, e);
}

/* Every cell that has a rule; false fills why. */
static bool cells_read(struct us_sheet *table, struct us_row *row, struct us_error *why)
{
    for (size_t i = 0; i < table->rule_count; i++) {
        const struct us_cell_rule *rule = &table->kind->rules[i];
        size_t column = table->column_of[i];
        struct us_cell *cell = &row->cell[i];
        if (column == SIZE_MAX) {
            *cell = (struct us_cell){.at = US_NEVER};
            continue;
        }
        us_str name = table->names[column];
        us_str text = row->cells[column];
        if (!us_cell_read(rule, name, text, table->take->scratch, cell, why))
            return false;
        if (rule->need == US_FILLED && !cell->text.len)
            return us_fail(why, US_INPUT, "import.empty",
                       US_ARGS(US_TEXT("column", us_shown(name)))) == US_OK;
    }
    return true;
}

/* The cell as it stands between quotes. */
static us_str requoted(us_str cell, struct us_arena *a)
{
    struct us_buf out = us_buf_new(a, 2 * cell.len + 1);
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"') us_buf_char(&out, '"');
        us_buf_char(&out, cell.ptr[i]);
    }
    return us_buf_str(&out);
}

us_str us_sheet_hide(
    const struct us_sheet *table, us_str raw, const us_str *cells, size_t count)
{
    struct us_arena *a = table->take->scratch;
    if (!table->secrets) return raw;
    if (count > table->column_count) count = table->column_count;
    for (size_t i = 0; i < count; i++) {
        us_str cell =
            table->secret[i] ? requoted(us_str_trim(cells[i]), a) : (us_str){0};
        size_t at = cell.len ? us_str_find(raw, cell) : raw.len;
        if (at == raw.len) continue;
        struct us_buf out = us_buf_new(a, raw.len + 3);
        us_buf_put(&out, us_str_slice(raw, 0, at));
        us_buf_put(&out, US_S("***"));
        us_buf_put(&out, us_str_slice(raw, at + cell.len, raw.len));
        raw = us_buf_str(&out);
    }
    return raw;
}

us_code us_sheet_row(struct us_sheet *table, us_str raw, const us_str *cells,
    size_t count, struct us_error *e)
{
    raw = us_sheet_hide(table, raw, cells, count);
    struct us_row row = {.raw = raw, .cells = cells};
    struct us_error why;
    us_code code = US_OK;
    if (!us_str_is_utf8(raw)) {
        code = us_fail(&why, US_INPUT, "import.not_utf8", NULL);
    } else if (count != table->column_count) {
        code = us_fail(&why, US_INPUT, "import.fields",
            US_ARGS(
                US_WHOLE("found", count), US_WHOLE("expected", table->column_count)));
    } else if (!cells_read(table, &row, &why)) {
        code = US_INPUT;
    }
    if (code != US_OK) return us_row_dead(table, &row, &why, e);
    return table->kind->row(table, &row, e);
}

/* Vendors know their customers by ids of their own. */
static us_code customers_open(struct us_sheet *table, struct us_error *e)
{
    struct us_take *t = table->take;
    if (t->options->customers.len)
        return us_customers_open(t->options->customers, &table->customers, e);
    if (!table->kind->customers) return US_OK;
    for (size_t i = 0; i < table->rule_count; i++)
        if (us_str_eq(table->kind->rules[i].key, US_S("account")) &&
            table->column_of[i] != SIZE_MAX)
            return US_OK;
    return us_fail(e, US_USAGE, "import.customers_needed",
        US_ARGS(
            US_TEXT("path", us_shown(t->path)), US_TEXT("kind", table->kind->name)));
}

us_code us_sheet_open(struct us_sheet *table, struct us_take *t, struct us_arena *a,
    const us_str *names, size_t count, struct us_error *e)
{
    *table = (struct us_sheet){.take = t, .column_count = count};
    table->names = us_new(a, us_str, count);
    table->mapped = us_new(a, bool, count);
    table->secret = us_new(a, bool, count);
    for (size_t i = 0; i < count; i++) {
        table->names[i] = names[i];
        table->secret[i] = us_is_secret(names[i]);
        table->secrets |= table->secret[i];
    }
    US_TRY(us_sheet_map(table, a, e));
    US_TRY(us_sheet_recognise(table, a, e));
    t->counts->kind = table->kind->name;
    if (!table->kind->vendor) return US_OK;
    US_TRY(customers_open(table, e));
    const struct us_import_options *o = t->options;
    if (!o->periods_count) return US_OK;
    return us_periods_open(o->periods, o->periods_count, &table->periods, e);
}

void us_sheet_close(struct us_sheet *table)
{
    us_customers_close(&table->customers);
    us_periods_close(&table->periods);
}
