#include "import/csv.h"

#include <string.h>

/* A field of a row being read. */
struct reading {
    us_str text;
    bool last;
    char separator;
    struct us_arena *a;
    struct us_csv_row *row;
    size_t at;
};

static bool ends_field(const struct reading *r, char c)
{
    return c == r->separator || c == '\n' || c == '\r';
}

static void field_add(struct reading *r, us_str field)
{
    if (r->row->count < US_CSV_FIELDS_MAX) r->row->fields[r->row->count] = field;
    r->row->count++;
}

static int64_t line_ends(us_str s)
{
    int64_t lines = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool pair = s.ptr[i] == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n';
        lines += s.ptr[i] == '\n' || (s.ptr[i] == '\r' && !pair);
    }
    return lines;
}

static us_str without_doubles(us_str s, struct us_arena *a)
{
    char *out = us_new(a, char, s.len);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        out[len++] = s.ptr[i];
        i += s.ptr[i] == '"';
    }
    return (us_str){out, len};
}

static void plain_read(struct reading *r)
{
    size_t from = r->at;
    while (r->at < r->text.len && !ends_field(r, r->text.ptr[r->at]))
        r->at++;
    field_add(r, us_str_slice(r->text, from, r->at));
}

static void flaw_set(struct reading *r, us_csv_flaw flaw)
{
    if (r->row->flaw != US_CSV_FINE) return;
    r->row->flaw = flaw;
    r->row->flaw_line = r->row->lines;
}

/* False: the text ends before it is known where the field does. */
static bool quoted_read(struct reading *r)
{
    us_str text = r->text;
    size_t from = ++r->at;
    bool doubled = false;
    bool open = false;
    for (;;) {
        const char *quote = memchr(text.ptr + r->at, '"', text.len - r->at);
        if (!quote) {
            r->at = text.len;
            if (!r->last) return false;
            flaw_set(r, US_CSV_OPEN);
            open = true;
            break;
        }
        r->at = (size_t)(quote - text.ptr) + 1;
        if (r->at == text.len && !r->last) return false;
        if (r->at == text.len || text.ptr[r->at] != '"') break;
        doubled = true;
        r->at++;
    }
    us_str inside = us_str_slice(text, from, open ? text.len : r->at - 1);
    if (!open && r->at < text.len && !ends_field(r, text.ptr[r->at])) {
        flaw_set(r, US_CSV_TAIL);
        while (r->at < text.len && !ends_field(r, text.ptr[r->at]))
            r->at++;
    }
    r->row->lines += line_ends(inside);
    field_add(r, doubled ? without_doubles(inside, r->a) : inside);
    return true;
}

bool us_csv_next(
    us_str text, bool last, char separator, struct us_arena *a, struct us_csv_row *row)
{
    struct reading r = {text, last, separator, a, row, 0};
    row->count = row->bytes = 0;
    row->lines = row->flaw_line = 0;
    row->flaw = US_CSV_FINE;
    for (;; r.at++) {
        if (r.at < text.len && text.ptr[r.at] == '"') {
            if (!quoted_read(&r)) return false;
        } else {
            plain_read(&r);
        }
        if (r.at == text.len || text.ptr[r.at] != separator) break;
    }
    size_t end = r.at;
    row->raw = us_str_slice(text, 0, end);
    row->blank = end == 0;
    if (end < text.len) {
        if (text.ptr[end] == '\r') {
            if (end + 1 == text.len && !last) return false; /* a "\n" may follow */
            end += end + 1 < text.len && text.ptr[end + 1] == '\n';
        }
        end++;
        row->lines++;
    } else if (!last) {
        return false;
    }
    row->bytes = end;
    return true;
}

enum { FIELD_BEGIN, PLAIN, QUOTED, QUOTE_SEEN };

size_t us_csv_skip(struct us_csv_skip *s, us_str text, bool last, char separator)
{
    size_t i = 0;
    for (; i < text.len && !s->done; i++) {
        char c = text.ptr[i];
        if (c == '\r') {
            if (i + 1 == text.len && !last) return i;
            bool pair = i + 1 < text.len && text.ptr[i + 1] == '\n';
            s->lines += !pair;
            s->done = s->where != QUOTED && !pair;
        } else if (c == '\n') {
            s->lines++;
            s->done = s->where != QUOTED;
        } else if (s->where == QUOTED) {
            if (c == '"') s->where = QUOTE_SEEN;
        } else if (c == '"' && s->where != PLAIN) {
            s->where = QUOTED; /* opens a field, or is the second of two */
        } else {
            s->where = c == separator ? FIELD_BEGIN : PLAIN;
        }
    }
    if (last && i == text.len) s->done = true;
    return i;
}

static bool needs_quotes(us_str field, char separator)
{
    for (size_t i = 0; i < field.len; i++) {
        char c = field.ptr[i];
        if (c == separator || c == '"' || c == '\n' || c == '\r') return true;
    }
    return false;
}

void us_csv_put(struct us_buf *out, char separator, const us_str *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        us_str field = fields[i];
        if (i) us_buf_char(out, separator);
        if (!needs_quotes(field, separator) && (field.len || count > 1)) {
            us_buf_put(out, field);
            continue;
        }
        us_buf_char(out, '"');
        while (field.len) {
            size_t run = us_str_find(field, US_S("\""));
            us_buf_put(out, us_str_slice(field, 0, run));
            if (run < field.len) us_buf_put(out, US_S("\"\""));
            field = us_str_slice(field, run + 1, field.len);
        }
        us_buf_char(out, '"');
    }
    us_buf_char(out, '\n');
}

char us_csv_separator(us_str text, bool last, struct us_arena *a)
{
    static const char separators[] = {',', ';', '\t', '|'};
    struct us_csv_row row;
    char best = 0;
    size_t most = 0;
    for (size_t i = 0; i < sizeof separators; i++) {
        if (!us_csv_next(text, last, separators[i], a, &row)) return 0;
        if (row.count <= most) continue;
        most = row.count;
        best = separators[i];
    }
    return best;
}
