#include "file/kept.h"

#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum {
    BLOCK = 1 << 20,
    LEVEL = 1, /* rings are mostly zero: faster ones write a multiple of it */
};
static const size_t BYTES_MAX = (size_t)1 << 30;

struct head {
    uint32_t plain, packed; /* bytes; plain 0: the end */
    us_print check;
};

struct us_kept_file {
    struct us_arena own;
    us_str path;
    char *path_z, *fresh_z; /* fresh_z: written, not named so yet */
    us_print key;
    int file;
    bool writes, good, ended;
    us_code code; /* with good false */
    int error;
    uint64_t block; /* the next */
    char *plain, *packed;
    size_t at, count, packed_cap;
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
};

static void fail(struct us_kept_file *k, us_code code, int error)
{
    if (!k->good) return;
    k->good = false;
    k->code = code;
    k->error = error;
}

static us_print check_of(const struct us_kept_file *k, const struct head *h)
{
    struct {
        us_print key;
        uint64_t block, plain;
    } place = {k->key, k->block, h->plain};
    us_str before = {(const char *)&place, sizeof place};
    return us_print_pair(before, (us_str){k->packed, h->packed});
}

static void all_write(struct us_kept_file *k, const void *p, size_t count)
{
    const char *at = p;
    while (count && k->good) {
        ssize_t n = write(k->file, at, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            fail(k, US_IO, n < 0 ? errno : ENOSPC);
            return;
        }
        at += n;
        count -= (size_t)n;
    }
}

static bool all_read(struct us_kept_file *k, void *p, size_t count)
{
    char *at = p;
    while (count) {
        ssize_t n = read(k->file, at, count);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            fail(k, n < 0 ? US_IO : US_INPUT, n < 0 ? errno : 0);
            return false;
        }
        at += n;
        count -= (size_t)n;
    }
    return true;
}

static void block_write(struct us_kept_file *k)
{
    struct head h = {.plain = (uint32_t)k->at};
    if (k->at) {
        size_t n = ZSTD_compressCCtx(
            k->pack, k->packed, k->packed_cap, k->plain, k->at, LEVEL);
        us_assert(!ZSTD_isError(n)); /* there is room for the worst */
        h.packed = (uint32_t)n;
    }
    h.check = check_of(k, &h);
    all_write(k, &h, sizeof h);
    all_write(k, k->packed, h.packed);
    k->block++;
    k->at = 0;
}

static bool block_read(struct us_kept_file *k)
{
    struct head h;
    k->at = k->count = 0;
    if (k->ended || !k->good || !all_read(k, &h, sizeof h)) return false;
    bool fits = h.plain <= BLOCK && h.packed <= k->packed_cap;
    if (fits && !all_read(k, k->packed, h.packed)) return false;
    us_print check = {0};
    if (fits) check = check_of(k, &h);
    if (!fits || check.lo != h.check.lo || check.hi != h.check.hi) {
        fail(k, US_INPUT, 0);
        return false;
    }
    k->block++;
    k->ended = h.plain == 0;
    if (k->ended) return false;
    size_t n = ZSTD_decompressDCtx(k->unpack, k->plain, BLOCK, k->packed, h.packed);
    if (n != h.plain) fail(k, US_INPUT, 0);
    k->count = k->good ? n : 0;
    return k->good;
}

void us_kept_bytes(struct us_kept_file *k, void *p, size_t count)
{
    char *at = p;
    if (!k->writes) memset(p, 0, k->good ? 0 : count);
    while (count && k->good) {
        size_t room = (k->writes ? (size_t)BLOCK : k->count) - k->at;
        size_t n = count < room ? count : room;
        if (k->writes)
            memcpy(k->plain + k->at, at, n);
        else
            memcpy(at, k->plain + k->at, n);
        k->at += n;
        at += n;
        count -= n;
        if (k->writes && k->at == BLOCK) block_write(k);
        if (!k->writes && count && k->at == k->count && !block_read(k)) {
            fail(k, US_INPUT, 0);
            memset(at, 0, count);
        }
    }
}

bool us_kept_is_good(const struct us_kept_file *k)
{
    return k->good;
}

void us_kept_same(struct us_kept_file *k, uint64_t value)
{
    uint64_t was = value;
    us_kept_bytes(k, &was, sizeof was);
    if (was != value) fail(k, US_INPUT, 0);
}

/* ---- what is kept ---- */

void us_kept_arena(struct us_kept_file *k, struct us_arena *a)
{
    uint64_t used = us_arena_used(a);
    us_kept_bytes(k, &used, sizeof used);
    if (!k->good) return;
    if (k->writes) {
        us_kept_bytes(k, a->base, used);
        return;
    }
    us_arena_reset(a);
    if (used > (uint64_t)(a->soft - a->base)) {
        fail(k, US_INPUT, 0);
        return;
    }
    if (used) us_kept_bytes(k, us_alloc_raw(a, 1, 1, used), used);
}

/* A table of so many slots: its arena is as large as they are. */
static void slots_kept(struct us_kept_file *k, struct us_arena *a, size_t bytes)
{
    if (!k->writes) {
        us_arena_done(a);
        us_slots_init(a, bytes);
    }
    us_kept_arena(k, a);
}

static void table_kept(struct us_kept_file *k, struct us_print_table *t)
{
    uint64_t slots = t->slot_count;
    us_kept_bytes(k, &slots, sizeof slots);
    if (!k->good) return;
    t->slot_count = slots;
    if (!slots) return;
    slots_kept(k, &t->slots, slots * sizeof(us_print));
    slots_kept(k, &t->values, slots * sizeof(uint32_t));
}

void us_kept_map(struct us_kept_file *k, struct us_print_map *m)
{
    uint64_t counts[2] = {m->moved, m->count};
    us_kept_bytes(k, counts, sizeof counts);
    table_kept(k, &m->now);
    table_kept(k, &m->before);
    if (!k->good) return;
    m->moved = counts[0];
    m->count = counts[1];
}

struct us_kept_texts us_kept_intern(struct us_kept_file *k, struct us_intern *t)
{
    uint64_t counts[4] = {
        (uint64_t)(uintptr_t)t->bytes.base, t->count, t->slot_count, t->numbers_only};
    us_kept_bytes(k, counts, sizeof counts);
    us_kept_arena(k, &t->bytes);
    us_kept_arena(k, &t->rows);
    if (!k->good) return (struct us_kept_texts){0};
    slots_kept(k, &t->slots, counts[2] * 2 * sizeof(uint32_t));
    struct us_kept_texts texts = {
        (const char *)(uintptr_t)counts[0], us_arena_used(&t->bytes), t->bytes.base};
    if (k->writes || !k->good) return texts;
    t->count = counts[1];
    t->slot_count = counts[2];
    t->numbers_only = counts[3] != 0;
    us_str *rows = (us_str *)(void *)t->rows.base;
    for (size_t i = 0; i < t->count; i++)
        rows[i] = us_kept_moved(&texts, rows[i]);
    return texts;
}

us_str us_kept_moved(const struct us_kept_texts *t, us_str text)
{
    if (!text.len) return (us_str){"", 0};
    uintptr_t at = (uintptr_t)text.ptr - (uintptr_t)t->from;
    us_assert(at <= t->count && text.len <= t->count - at);
    return (us_str){t->to + at, text.len};
}

/* ---- the file ---- */

static struct us_kept_file *kept_new(us_str path, us_print key, bool writes)
{
    struct us_arena own;
    us_arena_init(&own, BYTES_MAX);
    struct us_kept_file *k = us_new(&own, struct us_kept_file, 1);
    k->path = us_arena_str(&own, path);
    k->path_z = us_arena_cstr(&own, path);
    k->fresh_z = us_arena_cstr(&own, us_arena_fmt(&own, "%.*s.new", US_ARG(path)));
    k->key = key;
    k->writes = writes;
    k->good = true;
    k->file = -1;
    k->packed_cap = ZSTD_compressBound(BLOCK);
    k->plain = us_alloc_raw(&own, 1, 64, BLOCK);
    k->packed = us_alloc_raw(&own, 1, 64, k->packed_cap);
    if (writes)
        k->pack = ZSTD_createCCtx();
    else
        k->unpack = ZSTD_createDCtx();
    us_assert(k->pack || k->unpack);
    k->own = own;
    return k;
}

static void kept_free(struct us_kept_file *k)
{
    if (k->file >= 0) close(k->file);
    ZSTD_freeCCtx(k->pack);
    ZSTD_freeDCtx(k->unpack);
    struct us_arena own = k->own;
    us_arena_done(&own);
}

/* What a file begins with; the key is in the check of every block. */
static const char MAGIC[8] = {'u', 's', 'k', 'e', 'p', 't', '0', '1'};

us_code us_kept_write(
    us_str path, us_print key, struct us_kept_file **out, struct us_error *e)
{
    struct us_kept_file *k = kept_new(path, key, true);
    k->file = open(k->fresh_z, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (k->file < 0) {
        us_code code = us_file_fail(e, "file.no_write", path);
        kept_free(k);
        return code;
    }
    all_write(k, MAGIC, sizeof MAGIC);
    *out = k;
    return US_OK;
}

static us_code opened(struct us_kept_file *k, struct us_error *e)
{
    char magic[sizeof MAGIC];
    (void)unlink(k->fresh_z); /* of a process that was killed */
    k->file = open(k->path_z, O_RDONLY | O_CLOEXEC);
    if (k->file < 0) return us_file_fail(e, "file.no_read", k->path);
    if (unlink(k->path_z) != 0) return us_file_fail(e, "file.no_write", k->path);
    US_TRY(us_file_sync_dir(us_file_dir(k->path), e));
    if (!all_read(k, magic, sizeof magic) || memcmp(magic, MAGIC, sizeof magic) != 0)
        fail(k, US_INPUT, 0);
    return US_OK;
}

us_code us_kept_remove(us_str path, struct us_error *e)
{
    struct us_kept_file *k = kept_new(path, (us_print){0}, false);
    us_code code = us_file_remove_tree(us_str_c(k->fresh_z), e);
    if (code == US_OK) code = us_file_remove_tree(path, e);
    kept_free(k);
    return code;
}

us_code us_kept_read(
    us_str path, us_print key, struct us_kept_file **out, struct us_error *e)
{
    struct us_kept_file *k = kept_new(path, key, false);
    us_code code = opened(k, e);
    if (code != US_OK)
        kept_free(k);
    else
        *out = k;
    return code;
}

static us_code written(struct us_kept_file *k, struct us_error *e)
{
    if (k->at) block_write(k);
    block_write(k); /* the empty one, which ends it */
    if (k->good && fdatasync(k->file) != 0) fail(k, US_IO, errno);
    if (k->good && rename(k->fresh_z, k->path_z) != 0) fail(k, US_IO, errno);
    if (k->good) return us_file_sync_dir(us_file_dir(k->path), e);
    (void)unlink(k->fresh_z);
    errno = k->error;
    return us_file_fail(e, "file.no_write", k->path);
}

static us_code was_read(struct us_kept_file *k, struct us_error *e)
{
    if (k->good && (k->at != k->count || block_read(k) || !k->ended))
        fail(k, US_INPUT, 0);
    if (k->good) return US_OK;
    errno = k->error;
    if (k->code == US_IO) return us_file_fail(e, "file.no_read", k->path);
    return us_fail(e, US_INPUT, "file.kept_damaged", US_ARGS(US_TEXT("path", k->path)));
}

us_code us_kept_close(struct us_kept_file *k, struct us_error *e)
{
    us_code code = k->writes ? written(k, e) : was_read(k, e);
    kept_free(k);
    return code;
}
