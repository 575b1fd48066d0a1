/* backup_manifest.c: manifest.json, written last and believed only with its sum. */

#include "base/time.h"
#include "import/backup_inner.h"
#include "json/json.h"

#include <stdio.h>

/* The end of the text: the sum of all before it, as its last member. */
#define TAIL_HEAD "\"sum\":\""
#define TAIL_END  "\"}\n"

enum {
    SUM_DIGITS = 32,
    TAIL_BYTES = sizeof TAIL_HEAD - 1 + SUM_DIGITS + sizeof TAIL_END - 1,
    PATH_BYTES_MAX = 1024,
};

static us_str sum_text(us_print sum, char text[SUM_DIGITS + 1])
{
    snprintf(text, SUM_DIGITS + 1, "%016llx%016llx", (unsigned long long)sum.hi,
        (unsigned long long)sum.lo);
    return (us_str){text, SUM_DIGITS};
}

static bool sum_read(us_str text, us_print *sum)
{
    uint64_t halves[2] = {0};
    if (text.len != SUM_DIGITS) return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool digit = c >= '0' && c <= '9';
        if (!digit && (c < 'a' || c > 'f')) return false;
        uint64_t *half = &halves[i / (SUM_DIGITS / 2)];
        *half = *half << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    *sum = (us_print){.hi = halves[0], .lo = halves[1]};
    return true;
}

us_code backup_manifest_write(
    us_str folder, const struct us_backup *b, struct us_arena *a, struct us_error *e)
{
    char text[SUM_DIGITS + 1];
    us_str path = us_file_join(a, folder, US_S(BACKUP_MANIFEST));
    struct us_buf out = us_buf_new(a, US_BACKUP_MANIFEST_MAX);
    us_buf_put(&out, US_S("{\"usher\":"));
    us_buf_json(&out, b->usher);
    us_buf_put(&out, US_S(",\"made\":\""));
    us_time_put(&out, b->made);
    us_buf_fmt(&out, "\",\"journal\":{\"segment\":%u,\"offset\":%llu,\"seq\":%lld},",
        b->end.segment, (unsigned long long)b->end.offset, (long long)b->seq);
    us_buf_fmt(&out, "\"history\":%s,\"files\":[", b->history ? "true" : "false");
    for (size_t i = 0; i < b->file_count; i++) {
        const struct us_backup_file *f = &b->files[i];
        us_buf_put(&out, i ? US_S(",\n{\"path\":") : US_S("\n{\"path\":"));
        us_buf_json(&out, f->path);
        us_buf_fmt(&out, ",\"bytes\":%lld,\"xxh3_128\":\"%s\"}", (long long)f->bytes,
            sum_text(f->sum, text).ptr);
    }
    us_buf_put(&out, US_S("],\n"));
    us_print sum = us_print_of(us_buf_str(&out));
    us_buf_put(&out, US_S(TAIL_HEAD));
    us_buf_put(&out, sum_text(sum, text));
    us_buf_put(&out, US_S(TAIL_END));
    if (out.full)
        return us_fail(e, US_LIMIT, "backup.many",
            US_ARGS(US_TEXT("path", folder), US_WHOLE("most", US_BACKUP_FILES_MAX)));
    return us_file_write(path, us_buf_str(&out), e);
}

/* ---- reading ---- */

struct reading {
    struct us_json_doc doc;
    struct us_arena *arena;
    us_str path; /* of the manifest */
};

static us_code bad(const struct reading *r, struct us_error *e)
{
    return us_fail(e, US_INPUT, "backup.manifest", US_ARGS(US_TEXT("path", r->path)));
}

static bool text_of(
    const struct reading *r, uint32_t object, const char *key, us_str *out)
{
    uint32_t n = us_json_get(&r->doc, object, us_str_c(key));
    if (n == US_JSON_NONE || r->doc.nodes[n].kind != US_JSON_STRING) return false;
    *out = us_arena_str(r->arena, us_json_text(&r->doc, n, r->arena));
    return true;
}

static bool whole_of(
    const struct reading *r, uint32_t object, const char *key, int64_t *out)
{
    uint32_t n = us_json_get(&r->doc, object, us_str_c(key));
    return n != US_JSON_NONE && us_str_int(us_json_raw(&r->doc, n), out) && *out >= 0;
}

/* A backup may come from anywhere: what it names stays below the folder it is put in.
 */
static bool path_is_safe(us_str path)
{
    if (path.len == 0 || path.len > PATH_BYTES_MAX || !us_str_is_utf8(path))
        return false;
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.ptr[i] < ' ') return false;
    if (path.ptr[path.len - 1] == '/') return false;
    for (us_str rest = path; rest.len;) {
        us_str part = us_str_cut(rest, '/', &rest);
        if (part.len == 0 || us_str_eq(part, US_S(".")) || us_str_eq(part, US_S("..")))
            return false;
    }
    return true;
}

static us_code read_files(struct reading *r, struct us_backup *b, struct us_error *e)
{
    uint32_t list = us_json_get(&r->doc, 0, US_S("files"));
    if (list == US_JSON_NONE || r->doc.nodes[list].kind != US_JSON_ARRAY)
        return bad(r, e);
    uint32_t end = r->doc.nodes[list].next;
    for (uint32_t n = list + 1; n < end; n = r->doc.nodes[n].next) {
        struct us_backup_file f;
        us_str sum;
        if (!text_of(r, n, "path", &f.path) || !whole_of(r, n, "bytes", &f.bytes) ||
            !text_of(r, n, "xxh3_128", &sum) || !sum_read(sum, &f.sum))
            return bad(r, e);
        if (!path_is_safe(f.path) || b->file_count == US_BACKUP_FILES_MAX)
            return bad(r, e);
        *us_push(r->arena, b->files, b->file_count, b->file_cap) = f;
        b->bytes += f.bytes;
    }
    return US_OK;
}

static us_code read_all(struct reading *r, struct us_backup *b, struct us_error *e)
{
    int64_t segment;
    int64_t offset;
    us_str made;
    uint32_t journal = us_json_get(&r->doc, 0, US_S("journal"));
    if (!text_of(r, 0, "usher", &b->usher) || !text_of(r, 0, "made", &made) ||
        !us_time_read(made, &b->made) || journal == US_JSON_NONE ||
        !whole_of(r, journal, "segment", &segment) || segment > UINT32_MAX ||
        !whole_of(r, journal, "offset", &offset) ||
        !whole_of(r, journal, "seq", &b->seq))
        return bad(r, e);
    b->end = (us_pos){(uint32_t)segment, (uint64_t)offset};
    uint32_t history = us_json_get(&r->doc, 0, US_S("history"));
    b->history = history != US_JSON_NONE && r->doc.nodes[history].kind == US_JSON_TRUE;
    return read_files(r, b, e);
}

us_code us_backup_read(
    us_str from, struct us_arena *a, struct us_backup *out, struct us_error *e)
{
    struct reading r = {.arena = a};
    r.path = us_file_join(a, from, US_S(BACKUP_MANIFEST));
    if (!us_file_exists(r.path))
        return us_fail(
            e, US_NOT_FOUND, "backup.no_manifest", US_ARGS(US_TEXT("path", from)));
    us_str text;
    US_TRY(us_file_read(r.path, US_BACKUP_MANIFEST_MAX, a, &text, e));
    us_new(a, char, US_JSON_PAD); /* what a parser may read past the end */
    us_print sum;
    if (text.len < TAIL_BYTES) return bad(&r, e);
    size_t body = text.len - TAIL_BYTES;
    size_t digits = body + sizeof TAIL_HEAD - 1;
    if (!sum_read(us_str_slice(text, digits, digits + SUM_DIGITS), &sum))
        return bad(&r, e);
    us_print found = us_print_of(us_str_slice(text, 0, body));
    if (found.lo != sum.lo || found.hi != sum.hi) return bad(&r, e);
    struct us_json *json = us_json_new();
    struct us_backup b = {0};
    us_code code = us_json_parse(json, text, &r.doc, NULL) == US_OK
                       ? read_all(&r, &b, e)
                       : bad(&r, e);
    us_json_free(json);
    if (code == US_OK) *out = b;
    return code;
}
