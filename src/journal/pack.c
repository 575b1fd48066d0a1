/* pack.c: text into the frames of a sealed segment. */
#include "journal/journal_internal.h"

#include <string.h>
#include <unistd.h>

/* Compressed bytes that are handed to the kernel at once. */
enum { WRITE_BYTES = 1 << 20 };

void us_pack_init(
    struct us_pack *p, const struct us_dir *d, const struct us_journal_tuning *t)
{
    *p = (struct us_pack){.dir = d, .tuning = t, .fd = -1, .zstd = ZSTD_createCCtx()};
    us_assert(p->zstd);
    size_t level = ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, t->level);
    size_t hash = ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_hashLog, t->hash_log);
    size_t sum = ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1);
    us_assert(!ZSTD_isError(level) && !ZSTD_isError(hash) && !ZSTD_isError(sum));
    us_arena_init(&p->buffer, US_JOURNAL_ROOM);
    us_arena_init(&p->frames, US_INDEX_ROOM);
}

void us_pack_done(struct us_pack *p)
{
    if (!p->zstd) return;
    us_pack_end(p);
    ZSTD_freeCCtx(p->zstd);
    us_arena_done(&p->buffer);
    us_arena_done(&p->frames);
}

void us_pack_begin(struct us_pack *p, uint32_t number, int fd)
{
    p->fd = fd;
    p->number = number;
    p->disk = p->out_len = 0;
}

void us_pack_end(struct us_pack *p)
{
    if (p->fd >= 0) close(p->fd);
    p->fd = -1;
    p->index = (struct us_index){0};
    us_arena_reset(&p->frames);
}

us_code us_pack_flush(struct us_pack *p, struct us_error *e)
{
    if (!us_write_at(p->fd, p->disk, p->out, p->out_len))
        return us_segment_errno(p->dir, p->number, e);
    p->disk += p->out_len;
    p->out_len = 0;
    return US_OK;
}

us_code us_pack_frame(struct us_pack *p, us_str text, struct us_error *e)
{
    size_t need = ZSTD_compressBound(text.len);
    if (p->out_len + need > p->out_cap) US_TRY(us_pack_flush(p, e));
    if (need > p->out_cap) {
        p->out_cap = 2 * p->out_cap > need ? 2 * p->out_cap : WRITE_BYTES + need;
        p->out = us_new(&p->buffer, char, p->out_cap);
    }
    size_t n = ZSTD_compress2(
        p->zstd, p->out + p->out_len, p->out_cap - p->out_len, text.ptr, text.len);
    us_assert(!ZSTD_isError(n));
    p->out_len += n;
    us_index_put(&p->index, &p->frames, (uint32_t)n, (uint32_t)text.len);
    return US_OK;
}

/* The next frame's length: whole lines, about frame_bytes, more for a longer line, and
 * no crumb left over. */
static size_t frame_len(const char *text, size_t left, size_t frame_bytes)
{
    if (left <= frame_bytes + frame_bytes / 4) return left;
    const char *end = memrchr(text, '\n', frame_bytes);
    if (!end) end = memchr(text + frame_bytes, '\n', left - frame_bytes);
    us_assert(end);
    return (size_t)(end - text) + 1;
}

us_code us_pack_text(struct us_pack *p, us_str text, struct us_error *e)
{
    for (size_t at = 0; at < text.len;) {
        size_t len = frame_len(text.ptr + at, text.len - at, p->tuning->frame_bytes);
        US_TRY(us_pack_frame(p, us_str_slice(text, at, at + len), e));
        at += len;
    }
    return US_OK;
}

us_code us_pack_seal(struct us_pack *p, struct us_error *e)
{
    US_TRY(us_pack_flush(p, e));
    us_str seal = us_index_seal(&p->index, &p->frames);
    if (!us_write_at(p->fd, p->disk, seal.ptr, seal.len))
        return us_segment_errno(p->dir, p->number, e);
    if (p->tuning->sync(p->fd) != 0) return us_segment_errno(p->dir, p->number, e);
    return US_OK;
}

void us_gather_init(struct us_gather *g, struct us_pack *p, struct us_arena *a)
{
    *g = (struct us_gather){.pack = p};
    g->bytes = us_new(a, char, p->tuning->frame_bytes);
}

us_code us_gather_end(struct us_gather *g, struct us_error *e)
{
    if (g->len == 0) return US_OK;
    size_t len = g->len;
    g->len = 0;
    return us_pack_frame(g->pack, (us_str){g->bytes, len}, e);
}

us_code us_gather_put(struct us_gather *g, us_str group, struct us_error *e)
{
    size_t most = g->pack->tuning->frame_bytes;
    if (g->len + group.len > most) US_TRY(us_gather_end(g, e));
    if (group.len > most) return us_pack_text(g->pack, group, e);
    memcpy(g->bytes + g->len, group.ptr, group.len);
    g->len += group.len;
    return US_OK;
}
