#include "journal/journal_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Compressed bytes that are handed to the kernel at once. */
enum { WRITE_BYTES = 1 << 20 };

void us_journal_place(struct us_journal *j, struct us_group *g)
{
    us_assert(j->write && g->len > 0 && g->len <= US_GROUP_BYTES_MAX);
    us_assert(g->bytes[g->len - 1] == '\n' && g->last_seq >= 0);
    us_assert(j->plan.segment <= US_SEGMENT_NUMBER_MAX);
    struct us_commit c = {
        .segment = j->plan.segment,
        .group = j->plan_group++,
        .from = j->plan.offset,
        .to = j->plan.offset + g->len,
        .lines = g->lines,
        .seq = g->last_seq,
        .sum = us_print_of((us_str){g->bytes, g->len}),
    };
    c.chain = us_commit_chain(&c, j->plan_chain);
    g->at = j->plan;
    g->len += us_commit_write(&c, g->bytes + g->len);
    j->plan.offset += g->len;
    j->plan_chain = c.chain;
    g->seals = j->plan.offset >= j->tuning.segment_bytes ||
               c.group >= j->tuning.segment_groups;
    if (!g->seals) return;
    j->plan = (us_pos){j->plan.segment + 1, 0};
    j->plan_group = 1;
    j->plan_chain = (us_print){0};
}

static us_code flush(struct us_journal *j, uint32_t number, struct us_error *e)
{
    if (!us_write_at(j->fd, j->disk, j->out, j->out_len))
        return us_segment_errno(&j->dir, number, e);
    j->disk += j->out_len;
    j->out_len = 0;
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

static us_code put_frame(
    struct us_journal *j, const struct us_group *g, us_str text, struct us_error *e)
{
    size_t need = ZSTD_compressBound(text.len);
    if (j->out_len + need > j->out_cap) US_TRY(flush(j, g->at.segment, e));
    if (need > j->out_cap) {
        j->out_cap = 2 * j->out_cap > need ? 2 * j->out_cap : WRITE_BYTES + need;
        j->out = us_new(&j->life, char, j->out_cap);
    }
    size_t n = ZSTD_compress2(
        j->zstd, j->out + j->out_len, j->out_cap - j->out_len, text.ptr, text.len);
    us_assert(!ZSTD_isError(n));
    j->out_len += n;
    us_index_put(&j->index, &j->frames, (uint32_t)n, (uint32_t)text.len);
    return US_OK;
}

static us_code put_group(
    struct us_journal *j, const struct us_group *g, struct us_error *e)
{
    uint32_t number = g->at.segment;
    bool fresh = j->fd < 0;
    if (fresh) {
        int flags = O_RDWR | O_CREAT | O_EXCL;
        US_TRY(us_segment_open(&j->dir, number, flags, &j->fd, e));
        j->disk = j->groups = 0;
    }
    for (size_t at = 0; at < g->len;) {
        size_t len = frame_len(g->bytes + at, g->len - at, j->tuning.frame_bytes);
        US_TRY(put_frame(j, g, (us_str){g->bytes + at, len}, e));
        at += len;
    }
    US_TRY(flush(j, number, e));
    if (g->seals)
        US_TRY(us_segment_seal(j, number, e));
    else if (j->tuning.sync(j->fd) != 0)
        return us_segment_errno(&j->dir, number, e);
    return fresh ? us_dir_sync(&j->dir, e) : US_OK;
}

us_code us_segment_seal(struct us_journal *j, uint32_t number, struct us_error *e)
{
    us_str seal = us_index_seal(&j->index, &j->frames);
    if (!us_write_at(j->fd, j->disk, seal.ptr, seal.len))
        return us_segment_errno(&j->dir, number, e);
    if (j->tuning.sync(j->fd) != 0) return us_segment_errno(&j->dir, number, e);
    return US_OK;
}

/* The segment in work is sealed, or given up: the next group begins a new file. */
static void leave(struct us_journal *j)
{
    close(j->fd);
    j->fd = -1;
    j->index = (struct us_index){0};
    us_arena_reset(&j->frames);
}

/* Back to `frames` frames, which are durable, and no further. What cannot be cut now is
 * cut when the journal is opened again. */
static void give_up(struct us_journal *j, uint32_t number, size_t frames)
{
    if (j->fd < 0) return;
    us_index_cut(&j->index, frames);
    if (ftruncate(j->fd, (off_t)j->index.disk) == 0) fdatasync(j->fd);
    char name[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_TEXT, number);
    if (!frames && unlinkat(j->dir.fd, name, 0) == 0) fsync(j->dir.fd);
    leave(j);
}

static void sealed(struct us_journal *j)
{
    us_ids_seal(j->ids, j->end.segment, j->groups, j->end.offset);
    leave(j);
    j->end = (us_pos){j->end.segment + 1, 0};
}

us_code us_journal_write(
    struct us_journal *j, const struct us_group *g, struct us_error *e)
{
    us_assert(j->write);
    struct us_error *first = &j->failed;
    if (first->code == US_OK) {
        us_assert(g->at.segment == j->end.segment && g->at.offset == j->end.offset);
        size_t frames = j->index.count;
        if (put_group(j, g, first) != US_OK) give_up(j, g->at.segment, frames);
    }
    if (first->code != US_OK) return us_fail(e, first->code, first->key, first->args);
    j->groups++;
    j->end.offset += g->len;
    j->last_seq = g->last_seq;
    if (g->seals) sealed(j);
    return US_OK;
}

us_code us_journal_seal(struct us_journal *j, struct us_error *e)
{
    us_assert(j->write);
    struct us_error *first = &j->failed;
    if (first->code == US_OK && j->fd >= 0) {
        size_t frames = j->index.count;
        if (us_segment_seal(j, j->end.segment, first) == US_OK)
            sealed(j);
        else
            give_up(j, j->end.segment, frames);
    }
    if (first->code != US_OK) return us_fail(e, first->code, first->key, first->args);
    /* Groups placed and never written are forgotten. */
    j->plan = j->end;
    j->plan_group = 1;
    j->plan_chain = (us_print){0};
    return US_OK;
}
