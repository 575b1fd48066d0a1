/* mend.c: a DuckDB file of which a checkpoint was killed within a write, made whole.
 *
 * What describes the tables lies in blocks of 256 KB cut into 64 parts. A checkpoint
 * puts the new description into parts that the last one left free, writes each such
 * block over the old one, and then the header that names the new parts. A kill within
 * such a write (the kernel looks for one after each page), or a power cut before all of
 * it is on the disk, leaves a mixture of the two blocks under the sum of one. The
 * header is still the old one then, and the parts it uses are the same in both: nothing
 * is lost, and yet the library refuses the block, at once or when it first comes to it.
 *
 * So these blocks are given the sum of what they hold:
 * 1. The file was not closed: its log is there. A checkpoint begins with a mark in it,
 *    and removes it at the end.
 * 2. Nobody has it open.
 * 3. The block is one of those the newest header lists, and has a part that is free. Of
 *    any other a wrong sum means damage, which the library is to refuse.
 * Where something is not as expected nothing is done; the library will say what it is.
 *
 * Layout (DuckDB's src/storage, versions 1.5 and what they call storage version 64): a
 * page with "DUCK" and the version; two headers, a page each, in turn; blocks. Each of
 * these begins with a sum of the rest. The header names the first part of the list of
 * free blocks; a part begins with the place of the next. The list: free blocks, 8 bytes
 * each; blocks used more than once, 12; blocks of metadata, 16: number, and a bit for
 * each part that is free. A count of 8 bytes stands before each of the three.
 */
#include "base/buf.h"
#include "history/duck.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAGE_BYTES = 4096,
    SUM_BYTES = 8,
    VERSION = 64,
    HEADERS = 2,
    BLOCKS_FROM = (1 + HEADERS) * PAGE_BYTES,
    BLOCK_BYTES = 262144,
    PARTS = 64,
    PART_BYTES = 4088,
    LIST_PARTS_MAX = 1 << 14,
    PATH_MAX_BYTES = 4096,
};
static const uint64_t NONE = UINT64_MAX;
/* Of the place of a part; above it stands which of its block it is. */
static const uint64_t NUMBER_MASK = UINT64_MAX >> 8;

struct header {
    uint64_t iteration, meta, free_list, blocks, block_bytes;
};

/* A block of metadata, as the list has it. */
struct listed {
    uint64_t block, free;
};

static uint64_t sum_of(const char *bytes, size_t count)
{
    uint64_t sum = 5381;
    for (size_t i = 0; i < count; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        sum ^= word * UINT64_C(0xbf58476d1ce4e5b9);
    }
    return sum;
}

/* Bytes that should begin with the sum of those after it; *sum is theirs. */
static bool summed_read(int fd, uint64_t at, char *bytes, size_t count, uint64_t *sum)
{
    if (pread(fd, bytes, count, (off_t)at) != (ssize_t)count) return false;
    *sum = sum_of(bytes + SUM_BYTES, count - SUM_BYTES);
    return true;
}

static bool summed_right(const char *bytes, uint64_t sum)
{
    return memcmp(bytes, &sum, sizeof sum) == 0;
}

static bool version_known(int fd)
{
    char page[PAGE_BYTES];
    uint64_t sum, version;
    if (!summed_read(fd, 0, page, sizeof page, &sum)) return false;
    memcpy(&version, page + SUM_BYTES + 4, sizeof version);
    return summed_right(page, sum) && memcmp(page + SUM_BYTES, "DUCK", 4) == 0 &&
           version == VERSION;
}

static bool header_newest(int fd, struct header *out)
{
    bool found = false;
    for (uint64_t i = 1; i <= HEADERS; i++) {
        char page[PAGE_BYTES];
        uint64_t sum;
        struct header one;
        if (!summed_read(fd, i * PAGE_BYTES, page, sizeof page, &sum)) return false;
        memcpy(&one, page + SUM_BYTES, sizeof one);
        if (!summed_right(page, sum) || (found && one.iteration < out->iteration))
            continue;
        *out = one;
        found = true;
    }
    return found && out->block_bytes == BLOCK_BYTES;
}

static uint64_t block_at(uint64_t block)
{
    return BLOCKS_FROM + block * BLOCK_BYTES;
}

static bool list_read(int fd, const struct header *head, struct us_buf *list)
{
    uint64_t place = head->free_list;
    for (size_t n = 0; place != NONE; n++) {
        char part[PART_BYTES];
        uint64_t block = place & NUMBER_MASK;
        uint64_t which = place >> 56;
        if (n == LIST_PARTS_MAX || block >= head->blocks || which >= PARTS)
            return false;
        uint64_t at = block_at(block) + SUM_BYTES + which * PART_BYTES;
        if (pread(fd, part, sizeof part, (off_t)at) != (ssize_t)sizeof part)
            return false;
        memcpy(&place, part, sizeof place);
        us_buf_put(list, (us_str){part + sizeof place, sizeof part - sizeof place});
    }
    return !list->full;
}

/* Cut a count and so many items off. */
static bool items_cut(us_str *rest, size_t item_bytes, us_str *items)
{
    uint64_t count;
    if (rest->len < sizeof count) return false;
    memcpy(&count, rest->ptr, sizeof count);
    *rest = us_str_slice(*rest, sizeof count, rest->len);
    if (count > rest->len / item_bytes) return false;
    *items = us_str_slice(*rest, 0, count * item_bytes);
    *rest = us_str_slice(*rest, items->len, rest->len);
    return true;
}

static bool block_mend(int fd, uint64_t block, char *bytes)
{
    uint64_t sum;
    uint64_t at = block_at(block);
    if (!summed_read(fd, at, bytes, BLOCK_BYTES, &sum)) return false;
    return summed_right(bytes, sum) ||
           pwrite(fd, &sum, sizeof sum, (off_t)at) == (ssize_t)sizeof sum;
}

static void blocks_mend(int fd, const struct header *head, us_str list, char *bytes)
{
    us_str free, shared, metadata;
    if (!items_cut(&list, 8, &free) || !items_cut(&list, 12, &shared) ||
        !items_cut(&list, sizeof(struct listed), &metadata))
        return;
    for (size_t i = 0; i < metadata.len; i += sizeof(struct listed)) {
        struct listed one;
        memcpy(&one, metadata.ptr + i, sizeof one);
        if (one.block >= head->blocks) return;
        if (one.free && !block_mend(fd, one.block, bytes)) return;
    }
    (void)fdatasync(fd);
}

static void file_mend(int fd)
{
    struct header head;
    struct us_arena a;
    if (!version_known(fd) || !header_newest(fd, &head)) return;
    us_arena_init(&a, (size_t)LIST_PARTS_MAX * PART_BYTES * 4 + BLOCK_BYTES);
    struct us_buf list = us_buf_new(&a, (size_t)LIST_PARTS_MAX * PART_BYTES);
    if (list_read(fd, &head, &list))
        blocks_mend(fd, &head, us_buf_str(&list), us_new(&a, char, BLOCK_BYTES));
    us_arena_done(&a);
}

static bool log_there(const char *path)
{
    struct stat st;
    char name[PATH_MAX_BYTES];
    int n = snprintf(name, sizeof name, "%s.wal", path);
    return n > 0 && (size_t)n < sizeof name && stat(name, &st) == 0 && st.st_size > 0;
}

void duck_mend(const char *path)
{
    if (!log_there(path)) return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    /* The library's own lock. Closing gives up those this process has on the file, so
     * it must not have it open. */
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_SETLK, &all) == 0) file_mend(fd);
    close(fd);
}
