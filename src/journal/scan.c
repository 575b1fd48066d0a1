#include "journal/journal_internal.h"

#include <string.h>
#include <sys/types.h>
#include <zstd_errors.h>

enum {
    READ_FIRST = 1 << 16,
    READ_MOST = 1 << 20,
    MAGIC_BYTES = 4,
    BUFFER_FIRST = 1 << 14,
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

void us_scan_start(struct us_scan *s, uint32_t segment, int fd)
{
    s->segment = segment;
    s->fd = fd;
    s->disk = s->text = 0;
    s->group = 1;
    s->chain = (us_print){0};
    s->in_len = s->out_len = 0;
}

/* A buffer that holds `keep` bytes and has room for `need`. */
static char *widen(
    struct us_arena *a, char *from, size_t keep, size_t need, size_t *cap)
{
    if (need <= *cap) return from;
    size_t more = *cap ? *cap : BUFFER_FIRST;
    while (more < need)
        more *= 2;
    char *to = us_new(a, char, more);
    if (keep) memcpy(to, from, keep);
    *cap = more;
    return to;
}

/* Have the file's bytes from `disk` on in the buffer: `want` of them, or all. */
static us_code fill(struct us_scan *s, uint64_t disk, size_t want, struct us_error *e)
{
    size_t keep = 0;
    if (disk >= s->in_from && disk < s->in_from + s->in_len) {
        size_t skip = (size_t)(disk - s->in_from);
        keep = s->in_len - skip;
        memmove(s->in, s->in + skip, keep);
    }
    s->in_from = disk;
    s->in_len = keep;
    s->in = widen(s->arena, s->in, keep, want, &s->in_cap);
    if (keep >= want) return US_OK;
    size_t got;
    if (!us_read_at(s->fd, disk + keep, s->in + keep, want - keep, &got))
        return us_segment_errno(s->dir, s->segment, e);
    s->in_len += got;
    return US_OK;
}

/* What a frame's head says of it; false when it is none of ours. */
static bool frame_read(us_str bytes, size_t disk, struct us_frame *f)
{
    unsigned long long text = ZSTD_getFrameContentSize(bytes.ptr, bytes.len);
    if (text == ZSTD_CONTENTSIZE_ERROR || text == ZSTD_CONTENTSIZE_UNKNOWN)
        return false;
    if (text == 0 || text > US_FRAME_TEXT_MAX || disk > UINT32_MAX) return false;
    *f = (struct us_frame){bytes.ptr, (uint32_t)disk, (uint32_t)text};
    return true;
}

us_code us_scan_frame(
    struct us_scan *s, uint64_t disk, struct us_frame *f, struct us_error *e)
{
    size_t most = ZSTD_compressBound(US_FRAME_TEXT_MAX);
    bool within = disk >= s->in_from && disk < s->in_from + s->in_len;
    if (!within) {
        US_TRY(fill(s, disk, s->step, e));
        if (s->step < READ_MOST) s->step *= 2;
    }
    /* No less than half of step was asked for when the buffer was filled. */
    for (size_t want = s->step;; want *= 2) {
        size_t skip = (size_t)(disk - s->in_from);
        us_str bytes = {s->in + skip, s->in_len - skip};
        uint32_t magic = ZSTD_MAGICNUMBER;
        if (bytes.len >= MAGIC_BYTES) memcpy(&magic, bytes.ptr, sizeof magic);
        if (magic != ZSTD_MAGICNUMBER) return US_NOT_FOUND;
        size_t n = ZSTD_findFrameCompressedSize(bytes.ptr, bytes.len);
        if (!ZSTD_isError(n)) return frame_read(bytes, n, f) ? US_OK : US_NOT_FOUND;
        if (ZSTD_getErrorCode(n) != ZSTD_error_srcSize_wrong) return US_NOT_FOUND;
        bool all = skip == 0 && bytes.len < want / 2; /* the file ends in it */
        if (all || want > most * 2) return US_NOT_FOUND;
        US_TRY(fill(s, disk, want, e));
    }
}

bool us_scan_decode(struct us_scan *s, const struct us_frame *f)
{
    size_t need = s->out_len + f->text + US_JOURNAL_PAD;
    s->out = widen(s->arena, s->out, s->out_len, need, &s->out_cap);
    size_t n =
        ZSTD_decompressDCtx(s->zstd, s->out + s->out_len, f->text, f->ptr, f->disk);
    if (n != f->text) return false;
    s->out_len += n;
    return true;
}

/* Whether the text read since the group's start is a whole group. */
static bool group_ends(struct us_scan *s, us_str *text)
{
    struct us_commit *c = &s->commit;
    us_str all = {s->out, s->out_len};
    size_t start;
    if (!us_commit_read(all, c, &start)) return false;
    if (c->segment != s->segment || c->group != s->group) return false;
    if (c->from != s->text || c->to != s->text + start) return false;
    us_print chain = us_commit_chain(c, s->chain);
    if (chain.lo != c->chain.lo || chain.hi != c->chain.hi) return false;
    *text = us_str_slice(all, 0, start);
    us_print sum = us_print_of(*text);
    return sum.lo == c->sum.lo && sum.hi == c->sum.hi;
}

us_code us_scan_next(
    struct us_scan *s, struct us_index *x, us_str *text, struct us_error *e)
{
    uint64_t disk = s->disk;
    size_t count = x ? x->count : 0;
    us_code code = US_OK;
    struct us_commit last = s->commit;
    s->out_len = 0;
    for (;;) {
        struct us_frame f;
        s->stop = disk;
        code = us_scan_frame(s, disk, &f, e);
        if (code == US_OK && !us_scan_decode(s, &f)) code = US_NOT_FOUND;
        if (code != US_OK) break;
        disk += f.disk;
        if (x) us_index_put(x, s->arena, f.disk, f.text);
        if (group_ends(s, text)) {
            s->disk = disk;
            s->text += s->out_len;
            s->group++;
            s->chain = s->commit.chain;
            return US_OK;
        }
        s->stop = s->disk;
        if (s->out_len > US_GROUP_BYTES_MAX ||
            (x && x->count == US_SEGMENT_FRAMES_MAX)) {
            code = US_NOT_FOUND;
            break;
        }
    }
    if (x) us_index_cut(x, count);
    s->commit = last;
    s->in_len = 0;
    return code;
}

us_code us_scan_index(struct us_scan *s, struct us_index *x, struct us_error *e)
{
    *x = (struct us_index){0};
    for (;;) {
        struct us_frame f;
        us_code code = us_scan_frame(s, x->disk, &f, e);
        bool last = code == US_NOT_FOUND || x->count == US_SEGMENT_FRAMES_MAX;
        if (last) return US_OK;
        if (code != US_OK) return code;
        us_index_put(x, s->arena, f.disk, f.text);
    }
}

us_code us_scan_seek(
    struct us_scan *s, const struct us_index *x, uint64_t text, struct us_error *e)
{
    us_scan_start(s, s->segment, s->fd);
    if (text == 0) return US_OK;
    size_t i = 0;
    uint64_t disk = 0;
    uint64_t at = 0;
    for (; i < x->count && at + x->entries[i].text < text; i++) {
        disk += x->entries[i].disk;
        at += x->entries[i].text;
    }
    struct us_frame f;
    us_code code = US_NOT_FOUND;
    if (i < x->count && at + x->entries[i].text == text)
        code = us_scan_frame(s, disk, &f, e);
    if (code != US_OK && code != US_NOT_FOUND) return code;
    size_t start;
    struct us_commit *c = &s->commit;
    if (code != US_OK || !us_scan_decode(s, &f) ||
        !us_commit_read((us_str){s->out, s->out_len}, c, &start) ||
        c->segment != s->segment || c->to != at + start)
        return us_segment_fail(
            s->dir, s->segment, US_INPUT, "journal.no_group", text, e);
    s->disk = disk + f.disk;
    s->text = text;
    s->group = c->group + 1;
    s->chain = c->chain;
    return US_OK;
}
