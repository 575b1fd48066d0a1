#include "journal/journal_internal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MEAN_GROUPS = 16 };

/* ---- place ---- */

static void plan_next(struct us_journal *j)
{
    j->plan = (us_pos){j->plan.segment + 1, 0};
    j->plan_group = 1;
    j->plan_chain = (us_print){0};
}

/* An empty line is where a plain segment's text ends. */
static bool has_empty_line(const char *bytes, size_t len)
{
    const char *end = bytes + len;
    const char *line = bytes;
    while (line < end && *line != '\n') {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        us_assert(stop);
        line = stop + 1;
    }
    return line < end;
}

/* The form of a server's segment. A plain one takes the disk each byte more than twice:
 * written, cleared, and packed in between. That is worth it while a group is small, for
 * then its sync is what it waits for. Large ones come when much comes, and then the
 * disk is what all wait for: packed at once they are an eighth. A segment stays what it
 * is until the mean has fallen far, so that few are short. */
static bool is_plain(const struct us_journal *j, size_t len)
{
    const struct us_journal_tuning *t = &j->tuning;
    if (j->how != US_JOURNAL_LIVE || len > t->plain_group) return false;
    if (j->plan.offset > 0 && j->plan_plain) return true;
    return j->plan_mean <= (j->plan.offset ? t->plain_mean / 4 : t->plain_mean);
}

static void choose(struct us_journal *j, struct us_group *g)
{
    j->plan_mean += ((double)g->len - j->plan_mean) / MEAN_GROUPS;
    g->plain = is_plain(j, g->len);
    if (g->plain) us_assert(!has_empty_line(g->bytes, g->len));
    if (j->plan.offset > 0 && g->plain != j->plan_plain) plan_next(j);
    j->plan_plain = g->plain;
}

/* A plain segment ends while the longest group still fits into its file. */
static bool is_full(const struct us_journal *j)
{
    const struct us_journal_tuning *t = &j->tuning;
    uint64_t most = j->plan_plain
                        ? t->plain_bytes - t->plain_group - US_COMMIT_BYTES_MAX
                        : t->segment_bytes;
    return j->plan.offset >= most;
}

void us_journal_place(struct us_journal *j, struct us_group *g)
{
    us_assert(j->how != US_JOURNAL_READ && g->len > 0 && g->len <= US_GROUP_BYTES_MAX);
    us_assert(g->bytes[g->len - 1] == '\n' && g->last_seq >= 0);
    choose(j, g);
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
    g->seals = is_full(j) || c.group >= j->tuning.segment_groups;
    if (g->seals) plan_next(j);
}

/* ---- the segment in work ---- */

bool us_journal_in_work(const struct us_journal *j)
{
    return j->fd >= 0 || j->pack.fd >= 0;
}

/* Begins the file of a segment, or goes on in it. */
static us_code begin(struct us_journal *j, const struct us_group *g, struct us_error *e)
{
    uint32_t number = g->at.segment;
    int fd;
    j->groups = 0;
    if (g->plain) return us_plains_begin(j->plains, number, &j->fd, e);
    US_TRY(us_segment_make(&j->dir, number, false, &fd, e));
    us_pack_begin(&j->pack, number, fd);
    return US_OK;
}

/* It has its last group: sealed, or to be sealed behind. */
static us_code end(struct us_journal *j, struct us_error *e)
{
    if (j->pack.fd >= 0) US_TRY(us_pack_seal(&j->pack, e));
    return US_OK;
}

static void ended(struct us_journal *j)
{
    us_ids_seal(j->ids, j->end.segment, j->groups, j->end.offset);
    us_pack_end(&j->pack);
    if (j->fd >= 0) {
        close(j->fd);
        j->fd = -1;
        us_plains_finish(j->plains, j->end.segment);
    }
    j->end = (us_pos){j->end.segment + 1, 0};
}

/* Back to what is durable, and no further. What cannot be cut now is cut when the
 * journal is opened again. */
static void give_up(struct us_journal *j, uint32_t number, size_t frames)
{
    bool plain = j->fd >= 0;
    int fd = plain ? j->fd : j->pack.fd;
    if (fd < 0) return;
    us_index_cut(&j->pack.index, frames);
    uint64_t good = j->pack.index.disk;
    if (plain) good = j->end.segment == number ? j->end.offset : 0;
    if (ftruncate(fd, (off_t)good) == 0)
        fdatasync(fd);
    else
        us_write_at(fd, good, "\n", 1); /* its sum will not hold */
    if (!good && us_segment_remove(&j->dir, number, plain, NULL) == US_OK)
        fsync(j->dir.fd);
    if (plain) {
        close(fd);
        j->fd = -1;
        us_plains_finish(j->plains, number);
    }
    us_pack_end(&j->pack);
}

/* ---- write ---- */

static us_code put_plain(
    struct us_journal *j, const struct us_group *g, struct us_error *e)
{
    if (!us_write_at(j->fd, g->at.offset, g->bytes, g->len) ||
        j->tuning.sync(j->fd) != 0)
        return us_segment_errno(&j->dir, g->at.segment, e);
    return US_OK;
}

static us_code put_packed(
    struct us_journal *j, const struct us_group *g, struct us_error *e)
{
    US_TRY(us_pack_text(&j->pack, (us_str){g->bytes, g->len}, e));
    US_TRY(us_pack_flush(&j->pack, e));
    if (g->seals || j->tuning.sync(j->pack.fd) == 0) return US_OK;
    return us_segment_errno(&j->dir, g->at.segment, e);
}

static us_code put_group(
    struct us_journal *j, const struct us_group *g, struct us_error *e)
{
    bool fresh = !us_journal_in_work(j);
    if (fresh) US_TRY(begin(j, g, e));
    US_TRY(g->plain ? put_plain(j, g, e) : put_packed(j, g, e));
    if (g->seals) US_TRY(end(j, e));
    return fresh ? us_dir_sync(&j->dir, e) : US_OK;
}

us_code us_journal_write(
    struct us_journal *j, const struct us_group *g, struct us_error *e)
{
    us_assert(j->how != US_JOURNAL_READ);
    struct us_error *first = &j->failed;
    bool turns = us_journal_in_work(j) && g->at.segment != j->end.segment;
    size_t frames = j->pack.index.count;
    if (first->code == US_OK && turns) {
        if (end(j, first) == US_OK)
            ended(j);
        else
            give_up(j, j->end.segment, frames);
        frames = 0;
    }
    if (first->code == US_OK) {
        us_assert(g->at.segment == j->end.segment && g->at.offset == j->end.offset);
        if (put_group(j, g, first) != US_OK) give_up(j, g->at.segment, frames);
    }
    if (first->code != US_OK) return us_fail(e, first->code, first->key, first->args);
    j->groups++;
    j->end.offset += g->len;
    j->last_seq = g->last_seq;
    if (g->seals) ended(j);
    return US_OK;
}

us_code us_journal_seal(struct us_journal *j, struct us_error *e)
{
    us_assert(j->how != US_JOURNAL_READ);
    struct us_error *first = &j->failed;
    if (first->code == US_OK && us_journal_in_work(j)) {
        size_t frames = j->pack.index.count;
        if (end(j, first) == US_OK)
            ended(j);
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
