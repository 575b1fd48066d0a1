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
    .plain_bytes = US_PLAIN_BYTES,
    .plain_group = US_PLAIN_GROUP_BYTES,
    .plain_mean = US_PLAIN_MEAN_BYTES,
    .plain_waiting = US_PLAIN_WAITING_MAX,
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

/* A crash may have come after the write of a group and before its sync, or while a file
 * was new. */
static us_code sync_all(
    const struct us_journal *j, uint32_t number, int fd, struct us_error *e)
{
    if (j->tuning.sync(fd) != 0) return us_segment_errno(&j->dir, number, e);
    return us_dir_sync(&j->dir, e);
}

/* Cut what follows the last whole group, and seal. The pack has the file's index. */
static us_code repair(struct us_journal *j, struct us_error *e)
{
    struct us_pack *p = &j->pack;
    p->disk = p->index.disk;
    if (ftruncate(p->fd, (off_t)p->disk) != 0)
        return us_segment_errno(&j->dir, p->number, e);
    US_TRY(us_pack_seal(p, e));
    return us_dir_sync(&j->dir, e);
}

/* The same of a plain one, which is sealed later. */
static us_code repair_plain(
    struct us_journal *j, const struct us_scan *s, struct us_error *e)
{
    bool more;
    US_TRY(us_plain_goes_on(s, &more, e));
    if (more)
        return us_segment_fail(
            &j->dir, s->segment, US_INPUT, "journal.damaged", s->text, e);
    if (ftruncate(s->fd, (off_t)s->text) != 0)
        return us_segment_errno(&j->dir, s->segment, e);
    return sync_all(j, s->segment, s->fd, e);
}

static us_code remove_empty(
    struct us_journal *j, uint32_t number, bool plain, struct us_error *e)
{
    char name[US_NAME_MAX];
    snprintf(name, sizeof name, US_NAME_IDS, number);
    unlinkat(j->dir.fd, name, 0);
    US_TRY(us_segment_remove(&j->dir, number, plain, e));
    return us_dir_sync(&j->dir, e);
}

/* To the end of its groups. Sealed ones are believed, but for their last commit line.
 */
static us_code to_end(struct us_journal *j, struct us_scan *s, struct us_error *e)
{
    struct us_index *x = &j->pack.index;
    if (!s->plain)
        US_TRY(us_index_load(&j->dir, s->segment, s->fd, &j->pack.frames, x, e));
    if (x->sealed) {
        us_code code = US_INPUT;
        if (x->count) code = us_scan_seek(s, x, x->text, e);
        if (code != US_INPUT) return code;
        return us_segment_fail(
            &j->dir, s->segment, US_INPUT, "journal.damaged", x->disk, e);
    }
    us_str text;
    us_code code;
    do
        code = us_scan_next(s, s->plain ? NULL : x, &text, e);
    while (code == US_OK);
    return code == US_NOT_FOUND ? US_OK : code;
}

/* Takes end and last seq from the segment that is s->fd; *found is false when it has no
 * group. */
static us_code settle(
    struct us_journal *j, struct us_scan *s, bool *found, struct us_error *e)
{
    uint32_t number = s->segment;
    US_TRY(to_end(j, s, e));
    bool sealed = j->pack.index.sealed;
    *found = s->text > 0;
    if (*found) j->last_seq = s->commit.seq;
    if (j->how == US_JOURNAL_READ) {
        j->end = sealed ? (us_pos){number + 1, 0} : (us_pos){number, s->text};
        return US_OK;
    }
    j->end = (us_pos){number + *found, 0};
    if (s->plain) US_TRY(repair_plain(j, s, e));
    if (!*found) return remove_empty(j, number, s->plain, e);
    return sealed || s->plain ? US_OK : repair(j, e);
}

/* One segment of the way back. */
static us_code step_back(struct us_journal *j, struct us_scan *s, uint32_t number,
    bool *found, struct us_error *e)
{
    struct us_segment segment;
    int flags = j->how == US_JOURNAL_READ ? O_RDONLY : O_RDWR;
    us_code code = us_segment_open(&j->dir, number, flags, &segment, e);
    if (code == US_NOT_FOUND)
        return us_segment_fail(&j->dir, number, US_INPUT, "journal.gap", 0, e);
    if (code != US_OK) return code;
    us_scan_start(s, number, segment.fd, segment.plain);
    us_pack_begin(&j->pack, number, segment.fd);
    code = settle(j, s, found, e);
    us_pack_end(&j->pack);
    /* One that a writer sealed meanwhile may be another's file by now. */
    int fd = -1;
    if (code == US_OK && segment.plain)
        code = us_segment_sealed(&j->dir, number, &fd, e);
    if (fd < 0) return code;
    close(fd);
    return step_back(j, s, number, found, e);
}

/* From the last segment back to one that has a group: more than one step when the
 * machine went down just after a segment was begun. */
static us_code recover(struct us_journal *j, struct us_error *e)
{
    uint32_t first;
    uint32_t last;
    bool write = j->how != US_JOURNAL_READ;
    if (write) US_TRY(us_dir_tidy(&j->dir, e));
    if (j->how == US_JOURNAL_WRITE) unlinkat(j->dir.fd, US_NAME_SPARE, 0);
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
        code = step_back(j, &scan, n, &found, e);
        if (n == last || write) end = j->end;
    }
    j->end = end;
    us_scan_done(&scan);
    us_arena_done(&scratch);
    return code;
}

/* What a server left plain. What is damaged stays as it is: its readers say so. */
static us_code seal_plain(struct us_journal *j, struct us_error *e)
{
    uint32_t count;
    struct us_arena scratch;
    struct us_scan scan;
    us_code code = US_OK;
    us_arena_init(&scratch, US_JOURNAL_ROOM);
    us_scan_init(&scan, &j->dir, &scratch);
    for (uint32_t from = 1, number; code == US_OK; from = number + 1) {
        code = us_dir_plain(&j->dir, from, j->end.segment, &number, &count, e);
        if (code != US_OK || !number) break;
        code = us_plain_seal(&j->pack, &scan, number, e);
        if (code == US_OK) code = us_segment_remove(&j->dir, number, true, e);
        if (code == US_INPUT) code = US_OK;
    }
    us_scan_done(&scan);
    us_arena_done(&scratch);
    return code;
}

us_code us_journal_open_tuned(us_str dir, us_journal_how how,
    const struct us_journal_tuning *t, struct us_journal **out, struct us_error *e)
{
    struct us_arena life;
    bool write = how != US_JOURNAL_READ;
    us_arena_init(&life, 1 << 20);
    struct us_journal *j = us_new(&life, struct us_journal, 1);
    *j = (struct us_journal){.life = life,
        .tuning = *t,
        .how = how,
        .lock = -1,
        .fd = -1,
        .dir = {.fd = -1}};
    us_pack_init(&j->pack, &j->dir, &j->tuning);
    us_str path = us_arena_str(&j->life, dir);
    us_code code = us_dir_open(path, write, &j->dir, e);
    if (code == US_OK && write) code = take_lock(j, e);
    if (code == US_OK) code = recover(j, e);
    if (code == US_OK && how == US_JOURNAL_WRITE) code = seal_plain(j, e);
    if (code != US_OK) {
        us_journal_close(j);
        return code;
    }
    j->plan = j->end;
    j->plan_group = 1;
    if (write) j->ids = us_ids_new(&j->life);
    if (how == US_JOURNAL_LIVE)
        j->plains = us_plains_new(&j->dir, &j->tuning, j->end.segment, &j->life);
    *out = j;
    return US_OK;
}

us_code us_journal_open(
    us_str dir, us_journal_how how, struct us_journal **out, struct us_error *e)
{
    return us_journal_open_tuned(dir, how, &us_journal_usual, out, e);
}

void us_journal_close(struct us_journal *j)
{
    if (!j) return;
    if (j->ids) { /* it was opened, for writing */
        us_code lost = us_journal_seal(j, NULL);
        (void)lost;
    }
    us_plains_close(j->plains);
    us_ids_close(j->ids);
    us_pack_done(&j->pack);
    us_dir_close(&j->dir);
    if (j->lock >= 0) us_file_unlock(j->lock);
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
