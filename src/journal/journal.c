#include "file/file.h"
#include "journal/journal_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* journal_bench.c, one core, track calls of 390 bytes: level 1 with its own table of
 * 2^14 positions 8.3x at 0.8 GB/s; with 2^12, 8.6x at 1.1 GB/s: the line before is the
 * best match, and the table stays in the nearest cache. Level -1 gains no speed and
 * gives 5.5x, for it leaves text without Huffman codes; level -3 has 1.3 GB/s at 5.1x.
 */
const struct us_journal_tuning us_journal_usual = {
    .frame_bytes = US_FRAME_BYTES,
    .segment_bytes = US_SEGMENT_BYTES,
    .segment_groups = US_SEGMENT_GROUPS_MAX,
    .level = 1,
    .hash_log = 12,
    .sync = fdatasync,
};

static us_code take_lock(struct us_journal *j, struct us_error *e)
{
    struct us_error own;
    us_str path = us_file_join(&j->life, j->dir.path, US_S("lock"));
    us_code code = us_file_lock(path, &j->lock, &own);
    if (code == US_OK) return code;
    return us_fail(e, code, code == US_BUSY ? "journal.busy" : own.key, own.args);
}

/* Cut what follows the last whole group, and seal. */
static us_code repair(struct us_journal *j, uint32_t number, struct us_error *e)
{
    j->disk = j->index.disk;
    if (ftruncate(j->fd, (off_t)j->disk) != 0)
        return us_segment_errno(&j->dir, number, e);
    US_TRY(us_segment_seal(j, number, e));
    /* The file may have been new when the machine went down. */
    return us_dir_sync(&j->dir, e);
}

static us_code remove_empty(struct us_journal *j, uint32_t number, struct us_error *e)
{
    char name[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_IDS, number);
    unlinkat(j->dir.fd, name, 0);
    snprintf(name, sizeof name, US_NAME_TEXT, number);
    if (unlinkat(j->dir.fd, name, 0) != 0) return us_segment_errno(&j->dir, number, e);
    return us_dir_sync(&j->dir, e);
}

/* Takes end and last seq from a segment, which is j->fd; *found is false when it has no
 * group. Sealed ones are believed, but for their last commit line. */
static us_code settle(struct us_journal *j, uint32_t number, struct us_scan *s,
    bool *found, struct us_error *e)
{
    us_scan_start(s, number, j->fd);
    US_TRY(us_index_load(&j->dir, number, j->fd, &j->frames, &j->index, e));
    if (j->index.sealed) {
        us_code code = US_INPUT;
        if (j->index.count) code = us_scan_seek(s, &j->index, j->index.text, e);
        uint64_t byte = j->index.disk;
        if (code == US_INPUT)
            return us_segment_fail(&j->dir, number, code, "journal.damaged", byte, e);
        if (code != US_OK) return code;
    } else {
        us_str text;
        us_code code;
        do
            code = us_scan_next(s, &j->index, &text, e);
        while (code == US_OK);
        if (code != US_NOT_FOUND) return code;
    }
    *found = j->index.count > 0;
    if (*found) j->last_seq = s->commit.seq;
    if (!j->write) {
        j->end = j->index.sealed ? (us_pos){number + 1, 0} : (us_pos){number, s->text};
        return US_OK;
    }
    j->end = (us_pos){number + *found, 0};
    if (!*found) return remove_empty(j, number, e);
    return j->index.sealed ? US_OK : repair(j, number, e);
}

/* From the last segment back to one that has a group: more than one step when the
 * machine went down just after a segment was begun. */
static us_code recover(struct us_journal *j, struct us_error *e)
{
    uint32_t first;
    uint32_t last;
    US_TRY(us_dir_range(&j->dir, &first, &last, e));
    if (!last) {
        j->end = (us_pos){1, 0};
        return US_OK;
    }
    struct us_arena scratch;
    struct us_scan scan;
    us_arena_init(&scratch, US_JOURNAL_ROOM);
    us_scan_init(&scan, &j->dir, &scratch);
    us_code code = US_OK;
    us_pos end = {0};
    bool found = false;
    for (uint32_t n = last; code == US_OK && !found && n >= first; n--) {
        code = us_segment_open(&j->dir, n, j->write ? O_RDWR : O_RDONLY, &j->fd, e);
        if (code == US_NOT_FOUND)
            code = us_segment_fail(&j->dir, n, US_INPUT, "journal.gap", 0, e);
        if (code != US_OK) break;
        code = settle(j, n, &scan, &found, e);
        close(j->fd);
        j->fd = -1;
        if (n == last || j->write) end = j->end;
    }
    j->end = end;
    j->index = (struct us_index){0};
    us_arena_reset(&j->frames);
    us_scan_done(&scan);
    us_arena_done(&scratch);
    return code;
}

static ZSTD_CCtx *new_zstd(const struct us_journal_tuning *t)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    us_assert(z);
    size_t level = ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, t->level);
    size_t hash = ZSTD_CCtx_setParameter(z, ZSTD_c_hashLog, t->hash_log);
    size_t sum = ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    us_assert(!ZSTD_isError(level) && !ZSTD_isError(hash) && !ZSTD_isError(sum));
    return z;
}

us_code us_journal_open_tuned(us_str dir, bool write, const struct us_journal_tuning *t,
    struct us_journal **out, struct us_error *e)
{
    struct us_arena life;
    us_arena_init(&life, US_JOURNAL_ROOM);
    struct us_journal *j = us_new(&life, struct us_journal, 1);
    *j = (struct us_journal){.life = life,
        .tuning = *t,
        .write = write,
        .lock = -1,
        .fd = -1,
        .dir = {.fd = -1}};
    us_arena_init(&j->frames, US_INDEX_ROOM);
    us_str path = us_arena_str(&j->life, dir);
    us_code code = us_dir_open(path, write, &j->dir, e);
    if (code == US_OK && write) code = take_lock(j, e);
    if (code == US_OK) code = recover(j, e);
    if (code != US_OK) {
        us_journal_close(j);
        return code;
    }
    j->plan = j->end;
    j->plan_group = 1;
    if (write) {
        j->ids = us_ids_new(&j->life);
        j->zstd = new_zstd(t);
    }
    *out = j;
    return US_OK;
}

us_code us_journal_open(
    us_str dir, bool write, struct us_journal **out, struct us_error *e)
{
    return us_journal_open_tuned(dir, write, &us_journal_usual, out, e);
}

void us_journal_close(struct us_journal *j)
{
    if (!j) return;
    if (j->zstd) {
        us_code lost = us_journal_seal(j, NULL);
        (void)lost;
    }
    us_ids_close(j->ids);
    if (j->fd >= 0) close(j->fd);
    ZSTD_freeCCtx(j->zstd);
    us_dir_close(&j->dir);
    if (j->lock >= 0) us_file_unlock(j->lock);
    us_arena_done(&j->frames);
    struct us_arena life = j->life;
    us_arena_done(&life);
}

int64_t us_journal_last_seq(const struct us_journal *j)
{
    return j->last_seq;
}

us_pos us_journal_end(const struct us_journal *j)
{
    return j->end;
}
