#include "journal/journal_internal.h"

#include <string.h>

enum {
    READ_FIRST = 1 << 16,
    PLAIN_READ = 1 << 16,
};

void us_scan_init(struct us_scan *s, const struct us_dir *d, struct us_arena *a)
{
    *s = (struct us_scan){
        .dir = d, .arena = a, .fd = -1, .zstd = ZSTD_createDCtx(), .step = READ_FIRST};
    us_assert(s->zstd);
}

void us_scan_done(struct us_scan *s)
{
    ZSTD_freeDCtx(s->zstd);
    s->zstd = NULL;
}

void us_scan_start(struct us_scan *s, uint32_t segment, int fd, bool plain)
{
    s->segment = segment;
    s->fd = fd;
    s->plain = plain;
    s->disk = s->text = 0;
    s->group = 1;
    s->chain = (us_print){0};
    s->in_len = s->out_at = s->out_len = 0;
}

us_str us_scan_group(const struct us_scan *s, us_str text)
{
    return (us_str){text.ptr, (size_t)(s->out + s->out_at - text.ptr)};
}

/* ---- where a group ends ---- */

static bool is_commit(us_str line)
{
    return us_str_has_prefix(line, US_S("{\"us\":{\"commit\":{"));
}

/* Whether the next group is the first `len` bytes that were read of it. */
static bool ends_at(struct us_scan *s, size_t len, us_str *text)
{
    struct us_commit *c = &s->commit;
    us_str all = {s->out + s->out_at, len};
    size_t start;
    if (!us_commit_read(all, c, &start)) return false;
    if (c->segment != s->segment || c->group != s->group) return false;
    if (c->from != s->text || c->to != s->text + start) return false;
    us_print chain = us_commit_chain(c, s->chain);
    if (chain.lo != c->chain.lo || chain.hi != c->chain.hi) return false;
    us_str lines = us_str_slice(all, 0, start);
    us_print sum = us_print_of(lines);
    if (sum.lo != c->sum.lo || sum.hi != c->sum.hi) return false;
    *text = lines;
    s->out_at += len;
    s->text += len;
    s->group++;
    s->chain = c->chain;
    return true;
}

/* Goes over the lines read but not `seen`. A plain segment's text ends at an empty one,
 * which *over says. */
static bool find_end(struct us_scan *s, size_t *seen, bool *over, us_str *text)
{
    for (;;) {
        us_str rest = {s->out + s->out_at + *seen, s->out_len - s->out_at - *seen};
        const char *end = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
        if (!end) return false;
        us_str line = {rest.ptr, (size_t)(end - rest.ptr) + 1};
        *over = s->plain && line.len == 1;
        if (*over) return false;
        *seen += line.len;
        if (is_commit(line) && ends_at(s, *seen, text)) return true;
    }
}

/* ---- more of its text ---- */

static us_code more_plain(struct us_scan *s, struct us_error *e)
{
    size_t have = s->out_len - s->out_at;
    if (have > US_FRAME_TEXT_MAX) return US_NOT_FOUND;
    size_t want = have > PLAIN_READ ? have : PLAIN_READ;
    size_t got;
    us_scan_widen(s, want);
    if (!us_read_at(s->fd, s->text + have, s->out + s->out_len, want, &got))
        return us_segment_errno(s->dir, s->segment, e);
    s->out_len += got;
    return got ? US_OK : US_NOT_FOUND;
}

/* One more frame. It holds whole groups or a part of one: lines of one that does not
 * end with a commit line need not be looked at. */
static us_code more_frame(
    struct us_scan *s, struct us_index *x, size_t *seen, struct us_error *e)
{
    struct us_frame f;
    if (s->out_len - s->out_at > US_GROUP_BYTES_MAX) return US_NOT_FOUND;
    if (x && x->count == US_SEGMENT_FRAMES_MAX) return US_NOT_FOUND;
    s->stop = s->disk;
    US_TRY(us_scan_frame(s, s->disk, &f, e));
    if (!us_scan_decode(s, &f)) return US_NOT_FOUND;
    s->disk += f.disk;
    if (x) us_index_put(x, s->arena, f.disk, f.text);
    us_str all = {s->out + s->out_at, s->out_len - s->out_at};
    size_t least = all.len > US_COMMIT_BYTES_MAX ? all.len - US_COMMIT_BYTES_MAX : 0;
    const char *before = memrchr(all.ptr + least, '\n', all.len - 1 - least);
    us_str last = before ? us_str_slice(all, (size_t)(before - all.ptr) + 1, all.len)
                         : us_str_slice(all, least, all.len);
    if (!is_commit(last)) *seen = all.len;
    return US_OK;
}

us_code us_scan_next(
    struct us_scan *s, struct us_index *x, us_str *text, struct us_error *e)
{
    uint64_t disk = s->disk;
    size_t count = x ? x->count : 0;
    size_t kept = s->out_len - s->out_at;
    size_t seen = 0;
    bool over = false;
    struct us_commit last = s->commit;
    us_code code = US_OK;
    s->stop = s->plain ? s->text : disk;
    for (;;) {
        size_t have = s->out_len - s->out_at;
        /* Of an import's segment each frame ends one group at the most. */
        if (!s->plain && !kept && seen < have && ends_at(s, have, text)) return US_OK;
        if (find_end(s, &seen, &over, text)) return US_OK;
        code = US_NOT_FOUND;
        if (!over) code = s->plain ? more_plain(s, e) : more_frame(s, x, &seen, e);
        if (code == US_OK) continue;
        if (code != US_NOT_FOUND || !s->plain || !kept) break;
        /* What was read ahead may be older than what is there now. */
        kept = seen = 0;
        s->out_len = s->out_at;
        over = false;
    }
    s->out_len = s->out_at + (s->plain ? 0 : kept);
    s->disk = disk;
    if (x) us_index_cut(x, count);
    s->commit = last;
    s->in_len = 0;
    return code;
}

/* ---- from the middle on ---- */

/* The commit line that ends where `text` begins, from what stands before it. */
static bool take_commit(struct us_scan *s, us_str before, uint64_t text)
{
    struct us_commit *c = &s->commit;
    size_t start;
    if (!us_commit_read(before, c, &start)) return false;
    if (c->segment != s->segment || c->to != text - before.len + start) return false;
    s->text = text;
    s->group = c->group + 1;
    s->chain = c->chain;
    return true;
}

static us_code seek_plain(
    struct us_scan *s, uint64_t text, bool *found, struct us_error *e)
{
    size_t want = text < US_COMMIT_BYTES_MAX ? (size_t)text : US_COMMIT_BYTES_MAX;
    size_t got;
    us_scan_widen(s, want);
    if (!us_read_at(s->fd, text - want, s->out, want, &got))
        return us_segment_errno(s->dir, s->segment, e);
    *found = got == want && take_commit(s, (us_str){s->out, want}, text);
    return US_OK;
}

static us_code seek_frame(struct us_scan *s, const struct us_index *x, uint64_t text,
    bool *found, struct us_error *e)
{
    size_t i = 0;
    uint64_t disk = 0;
    uint64_t at = 0;
    for (; i < x->count && at + x->entries[i].text < text; i++) {
        disk += x->entries[i].disk;
        at += x->entries[i].text;
    }
    struct us_frame f;
    us_code code = US_NOT_FOUND;
    if (i < x->count) code = us_scan_frame(s, disk, &f, e);
    if (code != US_OK && code != US_NOT_FOUND) return code;
    if (code != US_OK || f.text != x->entries[i].text || !us_scan_decode(s, &f))
        return US_OK;
    us_str before = {s->out, (size_t)(text - at)};
    *found = take_commit(s, before, text);
    s->out_at = before.len;
    s->disk = disk + f.disk;
    return US_OK;
}

us_code us_scan_seek(
    struct us_scan *s, const struct us_index *x, uint64_t text, struct us_error *e)
{
    us_scan_start(s, s->segment, s->fd, s->plain);
    if (text == 0) return US_OK;
    bool found = false;
    US_TRY(
        s->plain ? seek_plain(s, text, &found, e) : seek_frame(s, x, text, &found, e));
    if (found) return US_OK;
    return us_segment_fail(s->dir, s->segment, US_INPUT, "journal.no_group", text, e);
}
