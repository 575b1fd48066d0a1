#include "config/config.h"
#include "config/scan.h"

#include <stdlib.h>

enum {
    ARG_BYTES_MAX = 200, /* of a text in a message */
    LINE_COLUMNS_MAX = 160,
    NAMES_LENGTH_MAX = 64 /* longer is never a misspelling worth the search */
};

/* What stands in a file goes to terminals: one line, nothing that moves a cursor. */
static void put_clean(struct us_buf *out, us_str s)
{
    for (size_t i = 0; i < s.len;) {
        size_t end = i + 1;
        while (end < s.len && ((unsigned char)s.ptr[end] & 0xc0) == 0x80)
            end++;
        us_str one = us_str_slice(s, i, end);
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '\t') {
            us_buf_char(out, ' ');
        } else if (us_scan_control(s, i) || c == '\n' || c == '\r' ||
                   !us_str_is_utf8(one)) {
            us_buf_char(out, '?');
        } else {
            us_buf_put(out, one);
        }
        i = end;
    }
}

static us_str clean(struct us_arena *a, us_str s)
{
    size_t len = us_str_clip(s, ARG_BYTES_MAX).len;
    struct us_buf out = us_buf_new(a, len + 4);
    put_clean(&out, us_str_slice(s, 0, len));
    if (len < s.len) us_buf_put(&out, US_S("…"));
    return us_buf_str(&out);
}

void us_diag_add(struct us_diags *d, us_place place, bool warning, const char *key,
    const us_arg *args, us_str suggestion)
{
    d->errors += !warning;
    if (d->count >= US_DIAGS_MAX) {
        d->count++;
        return;
    }
    size_t n = 0;
    while (args && args[n].name)
        n++;
    us_arg *kept = us_new(d->arena, us_arg, n + 1);
    for (size_t i = 0; i < n; i++) {
        kept[i] = args[i];
        if (args[i].kind == US_ARG_TEXT) kept[i].text = clean(d->arena, args[i].text);
    }
    us_diag *diag = us_push(d->arena, d->items, d->count, d->cap);
    *diag = (us_diag){place, warning, key, kept, clean(d->arena, suggestion)};
}

us_str us_nearest(us_str name, const us_str *names, size_t count)
{
    us_str best = {0};
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t longer = name.len > names[i].len ? name.len : names[i].len;
        size_t shorter = name.len < names[i].len ? name.len : names[i].len;
        if (longer > NAMES_LENGTH_MAX || (longer - shorter) * 3 > longer) continue;
        size_t distance = us_str_distance(name, names[i]);
        if (distance * 3 > longer || distance >= least) continue;
        least = distance;
        best = names[i];
    }
    return best;
}

/* Errors and warnings in order of place; those at one place as they were found. */
struct row {
    const us_diag *diag;
    size_t order;
};

static int by_place(const void *x, const void *y)
{
    const struct row *a = x;
    const struct row *b = y;
    us_place p = a->diag->place;
    us_place q = b->diag->place;
    if (p.file != q.file) return p.file < q.file ? -1 : 1;
    if (p.line != q.line) return p.line < q.line ? -1 : 1;
    if (p.column != q.column) return p.column < q.column ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static size_t kept_count(const struct us_diags *d)
{
    return d->count < US_DIAGS_MAX ? d->count : US_DIAGS_MAX;
}

static struct row *sorted(const struct us_diags *d, struct us_arena *a)
{
    size_t count = kept_count(d);
    struct row *rows = us_new(a, struct row, count + 1);
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct row){&d->items[i], i};
    qsort(rows, count, sizeof *rows, by_place);
    return rows;
}

static struct us_config_file file_of(const struct us_config *c, us_place place)
{
    bool known = c && place.file < c->file_count;
    return known ? c->files[place.file] : (struct us_config_file){0};
}

static us_str line_of(us_str text, uint32_t line)
{
    size_t from = us_scan_offset(text, (int)line, 1);
    size_t to = from;
    while (to < text.len && text.ptr[to] != '\n')
        to++;
    if (to > from && text.ptr[to - 1] == '\r') to--;
    return us_str_slice(text, from, to);
}

/* The byte of a line at which its n-th character begins, from 0. */
static size_t byte_of(us_str line, size_t n)
{
    return us_scan_offset(line, 1, (int)n + 1);
}

static void put_times(struct us_buf *out, char c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        us_buf_char(out, c);
}

struct printing {
    const struct us_config *c;
    us_lang lang;
    bool colour;
    struct us_buf *out;
};

static void paint(const struct printing *p, const char *code)
{
    if (p->colour) us_buf_fmt(p->out, "\x1b[%sm", code);
}

/* Long lines are shown around the place. */
static void print_line(const struct printing *p, const us_diag *diag)
{
    us_str line = line_of(file_of(p->c, diag->place).text, diag->place.line);
    size_t column = diag->place.column - 1;
    size_t skip = column > LINE_COLUMNS_MAX * 3 / 4 ? column - LINE_COLUMNS_MAX / 2 : 0;
    size_t start = byte_of(line, skip);
    size_t from = byte_of(line, column);
    size_t to = byte_of(line, column + diag->place.len);
    size_t stop = byte_of(line, skip + LINE_COLUMNS_MAX);
    if (to > stop) to = stop;
    us_str shown = us_str_slice(line, start, stop);
    if (!us_str_trim(shown).len) return;
    us_buf_put(p->out, US_S("    "));
    put_clean(p->out, shown);
    us_buf_put(p->out, US_S("\n    "));
    size_t before = us_str_columns(us_str_slice(line, start, from));
    size_t under = us_str_columns(us_str_slice(line, from, to));
    put_times(p->out, ' ', before);
    paint(p, "1;32");
    us_buf_char(p->out, '^');
    put_times(p->out, '~', under > 1 ? under - 1 : 0);
    paint(p, "0");
    us_buf_char(p->out, '\n');
    if (!diag->suggestion.len) return;
    put_times(p->out, ' ', before + 4);
    paint(p, "32");
    us_buf_put(p->out, diag->suggestion);
    paint(p, "0");
    us_buf_char(p->out, '\n');
}

static void print_diag(const struct printing *p, const us_diag *diag)
{
    us_place place = diag->place;
    paint(p, "1");
    put_clean(p->out, file_of(p->c, place).path);
    us_buf_fmt(p->out, ":%u:%u: ", place.line, place.column);
    paint(p, diag->warning ? "1;35" : "1;31");
    us_say(p->out, p->lang, diag->warning ? "config.warning" : "config.error", NULL);
    paint(p, "0");
    us_say(p->out, p->lang, "config.colon", NULL);
    us_say(p->out, p->lang, diag->key, diag->args);
    if (diag->suggestion.len)
        us_say(p->out, p->lang, "config.did_you_mean",
            US_ARGS(US_TEXT("name", diag->suggestion)));
    us_buf_char(p->out, '\n');
    print_line(p, diag);
}

void us_diags_print(const struct us_diags *d, const struct us_config *c, us_lang lang,
    bool colour, struct us_buf *out)
{
    const struct printing p = {c, lang, colour, out};
    const struct row *rows = sorted(d, out->arena);
    size_t count = kept_count(d);
    for (size_t i = 0; i < count; i++)
        print_diag(&p, rows[i].diag);
    if (d->count == count) return;
    us_say(out, lang, "config.more", US_ARGS(US_WHOLE("n", d->count - count)));
    us_buf_char(out, '\n');
}

void us_diags_json(const struct us_diags *d, const struct us_config *c, us_lang lang,
    struct us_buf *out)
{
    const struct row *rows = sorted(d, out->arena);
    for (size_t i = 0; i < kept_count(d); i++) {
        const us_diag *diag = rows[i].diag;
        us_str message = us_text(out->arena, lang, diag->key, diag->args);
        us_buf_put(out, US_S("{\"file\":"));
        us_buf_json(out, file_of(c, diag->place).path);
        us_buf_fmt(out,
            ",\"line\":%u,\"column\":%u,\"severity\":\"%s\",\"key\":", diag->place.line,
            diag->place.column, diag->warning ? "warning" : "error");
        us_buf_json(out, us_str_c(diag->key));
        us_buf_put(out, US_S(",\"message\":"));
        us_buf_json(out, message);
        us_buf_put(out, US_S(",\"suggestion\":"));
        us_buf_json(out, diag->suggestion);
        us_buf_put(out, US_S("}\n"));
    }
}
