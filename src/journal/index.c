#include "journal/journal_internal.h"

#include <string.h>
#include <sys/stat.h>

/* The seekable format: facebook/zstd, contrib/seekable_format. All numbers are little
 * endian, which is what this program runs on. */
enum {
    MAGIC_SUM = 0x184D2A50,
    MAGIC_TABLE = 0x184D2A5E,
    HEAD_BYTES = 8, /* of a skippable frame: magic and size of what follows */
    SUM_BYTES = HEAD_BYTES + sizeof(us_print),
    FOOTER_BYTES = 9, /* number of frames, descriptor, magic */
    ENTRY_BYTES = 8,
};
static const uint32_t MAGIC_FOOTER = 0x8F92EAB1;

static char *put32(char *at, uint32_t n)
{
    memcpy(at, &n, sizeof n);
    return at + sizeof n;
}

static uint32_t get32(const char *at)
{
    uint32_t n;
    memcpy(&n, at, sizeof n);
    return n;
}

void us_index_put(struct us_index *x, struct us_arena *a, uint32_t disk, uint32_t text)
{
    *us_push(a, x->entries, x->count, x->cap) = (struct us_entry){disk, text};
    x->disk += disk;
    x->text += text;
}

void us_index_cut(struct us_index *x, size_t count)
{
    while (x->count > count) {
        const struct us_entry *last = &x->entries[--x->count];
        x->disk -= last->disk;
        x->text -= last->text;
    }
}

us_str us_index_seal(const struct us_index *x, struct us_arena *a)
{
    size_t table = (x->count + 1) * ENTRY_BYTES + FOOTER_BYTES;
    size_t len = SUM_BYTES + HEAD_BYTES + table;
    char *text = us_new(a, char, len);
    char *at = text + SUM_BYTES;
    at = put32(put32(at, MAGIC_TABLE), (uint32_t)table);
    for (size_t i = 0; i < x->count; i++)
        at = put32(put32(at, x->entries[i].disk), x->entries[i].text);
    at = put32(put32(at, SUM_BYTES), 0);
    at = put32(at, (uint32_t)x->count + 1);
    *at++ = 0; /* no sums in the entries: each zstd frame carries its own */
    at = put32(at, MAGIC_FOOTER);
    us_assert(at == text + len);
    us_print sum = us_print_of((us_str){text + SUM_BYTES, len - SUM_BYTES});
    memcpy(put32(put32(text, MAGIC_SUM), sizeof sum), &sum, sizeof sum);
    return (us_str){text, len};
}

/* Takes the entries of a seal of `size` bytes that stands at byte `disk`. */
static bool seal_read(
    us_str seal, uint64_t disk, struct us_arena *a, struct us_index *x)
{
    us_str table = us_str_slice(seal, SUM_BYTES, seal.len);
    us_print sum = us_print_of(table);
    if (get32(seal.ptr) != MAGIC_SUM || get32(seal.ptr + 4) != sizeof sum) return false;
    if (memcmp(seal.ptr + HEAD_BYTES, &sum, sizeof sum) != 0) return false;
    if (get32(table.ptr) != MAGIC_TABLE ||
        get32(table.ptr + 4) != table.len - HEAD_BYTES)
        return false;
    const char *at = table.ptr + HEAD_BYTES;
    const char *last = table.ptr + table.len - FOOTER_BYTES - ENTRY_BYTES;
    for (; at < last; at += ENTRY_BYTES) {
        if (get32(at) == 0 || get32(at + 4) == 0) return false;
        us_index_put(x, a, get32(at), get32(at + 4));
    }
    x->sealed = x->disk == disk && get32(last) == SUM_BYTES && get32(last + 4) == 0;
    return x->sealed;
}

us_code us_index_load(const struct us_dir *d, uint32_t number, int fd,
    struct us_arena *a, struct us_index *out, struct us_error *e)
{
    *out = (struct us_index){0};
    struct stat st;
    char foot[FOOTER_BYTES];
    size_t got;
    if (fstat(fd, &st) != 0) return us_segment_errno(d, number, e);
    uint64_t size = (uint64_t)st.st_size;
    if (size < SUM_BYTES + HEAD_BYTES + ENTRY_BYTES + FOOTER_BYTES) return US_OK;
    if (!us_read_at(fd, size - FOOTER_BYTES, foot, sizeof foot, &got))
        return us_segment_errno(d, number, e);
    if (got < sizeof foot || get32(foot + 5) != MAGIC_FOOTER || foot[4]) return US_OK;
    uint64_t bytes = SUM_BYTES + HEAD_BYTES + FOOTER_BYTES;
    bytes += (uint64_t)get32(foot) * ENTRY_BYTES;
    if (get32(foot) - 1 >= US_SEGMENT_FRAMES_MAX || bytes > size) return US_OK;
    us_mark mark = us_arena_mark(a);
    char *seal = us_new(a, char, bytes);
    if (!us_read_at(fd, size - bytes, seal, bytes, &got))
        return us_segment_errno(d, number, e);
    if (got == bytes && seal_read((us_str){seal, bytes}, size - bytes, a, out))
        return US_OK;
    us_arena_pop(a, mark);
    *out = (struct us_index){0};
    return US_OK;
}
