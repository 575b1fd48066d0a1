/* frame.c: zstd frames, read one after the other. */
#include "journal/journal_internal.h"

#include <string.h>
#include <zstd_errors.h>

enum {
    READ_MOST = 1 << 20,
    MAGIC_BYTES = 4,
    BUFFER_FIRST = 1 << 14,
};

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
    us_scan_widen(s, f->text);
    size_t n =
        ZSTD_decompressDCtx(s->zstd, s->out + s->out_len, f->text, f->ptr, f->disk);
    if (n != f->text) return false;
    s->out_len += n;
    return true;
}

void us_scan_widen(struct us_scan *s, size_t more)
{
    size_t keep = s->out_len - s->out_at;
    if (s->out_len + more + US_JOURNAL_PAD > s->out_cap) {
        if (s->out_at) memmove(s->out, s->out + s->out_at, keep);
        s->out_at = 0;
        s->out_len = keep;
    }
    size_t need = s->out_len + more + US_JOURNAL_PAD;
    s->out = widen(s->arena, s->out, s->out_len, need, &s->out_cap);
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
