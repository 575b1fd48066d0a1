/* A file of which a checkpoint was killed, made whole (mend.c): sums alone are mended,
 * of those blocks alone that the newest header lists and that have a free part. */
#include "history/history_killed_fixture.h"

enum {
    BLOCKS_FROM = 3 * PAGE_BYTES,
    BLOCK_BYTES = 262144,
    SCRIBBLES = 40,
    HEADERS = 2,
    PART_BYTES = 4088,
    LISTED_MAX = 64,
};

/* ---- damaged ---- */

/* A block of it scribbled over. */
static char *damaged(us_str text, size_t block, uint64_t *seed, struct us_arena *a)
{
    char *bytes = us_new(a, char, text.len);
    memcpy(bytes, text.ptr, text.len);
    for (size_t i = 0; i < 64; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t at = (size_t)(*seed >> 33) % (BLOCK_BYTES / 8);
        memcpy(bytes + BLOCKS_FROM + block * BLOCK_BYTES + at * 8, seed, 8);
    }
    return bytes;
}

/* Of how many blocks the sum was made anew; SIZE_MAX where anything else was touched.
 */
static size_t mended(us_str dir, const char *before, size_t count, struct us_arena *a)
{
    us_str after = {0};
    us_str path = us_file_join(a, dir, us_str_c(names[0]));
    us_assert(us_file_write(path, (us_str){before, count}, NULL) == US_OK);
    duck_mend(us_arena_cstr(a, path));
    us_assert(us_file_read(path, FILE_BYTES_MAX, a, &after, NULL) == US_OK);
    size_t sums = 0;
    for (size_t i = 0; i < count; i += 8) {
        bool same = memcmp(before + i, after.ptr + i, 8) == 0;
        bool sum = i >= BLOCKS_FROM && (i - BLOCKS_FROM) % BLOCK_BYTES == 0;
        if (!same && !sum) return SIZE_MAX;
        sums += !same;
    }
    return after.len == count ? sums : SIZE_MAX;
}

static void damage(struct us_tap *t, const struct kept *k)
{
    struct fixture x;
    struct us_arena a;
    uint64_t seed = 1;
    size_t most = 0;
    size_t count = k->texts[0].len;
    size_t blocks = (count - BLOCKS_FROM) / BLOCK_BYTES;
    size_t kept_wrong = 0;
    us_arena_init(&a, (size_t)1 << 30);
    put(k, &x);
    for (size_t i = 0; i < SCRIBBLES; i++) {
        us_arena_reset(&a);
        char *bytes = damaged(k->texts[0], i % blocks, &seed, &a);
        size_t n = mended(x.dir, bytes, count, &a);
        if (n > most) most = n;
        kept_wrong += n == 0;
    }
    CHECK_AS(t, most <= 1, "sums alone are mended, of the damaged block alone");
    CHECK_AS(t, kept_wrong > SCRIBBLES / 2, "and not of blocks of rows");
    for (size_t cut = 0; cut < count; cut += BLOCK_BYTES / 2 + 8) {
        us_arena_reset(&a);
        CHECK(t, mended(x.dir, k->texts[0].ptr, cut / 8 * 8, &a) == 0);
    }
    us_arena_reset(&a);
    us_str log = us_file_join(&a, x.dir, us_str_c(names[1]));
    OK(t, us_file_remove_tree(log, e));
    size_t n = 0;
    for (size_t i = 0; i < blocks; i++) {
        us_arena_reset(&a);
        char *bytes = damaged(k->texts[0], i, &seed, &a);
        n += mended(x.dir, bytes, count, &a);
    }
    CHECK_AS(t, n == 0, "nothing of a file that was closed");
    us_arena_done(&a);
    fixture_done(&x);
}

/* ---- what the headers and the list of blocks say ---- */

static const uint64_t NONE = UINT64_MAX;

struct header {
    uint64_t iteration, meta, free_list, blocks, block_bytes;
};

struct listed {
    uint64_t block, free;
};

static struct header header_at(const char *bytes, size_t place)
{
    struct header h;
    memcpy(&h, bytes + place * PAGE_BYTES + 8, sizeof h);
    return h;
}

/* With the sum of its page, or one that is not. */
static void header_put(char *bytes, size_t place, const struct header *h, bool right)
{
    char *page = bytes + place * PAGE_BYTES;
    uint64_t sum = right ? 5381 : 5382;
    memcpy(page + 8, h, sizeof *h);
    for (size_t i = 8; i < PAGE_BYTES; i += 8) {
        uint64_t word;
        memcpy(&word, page + i, sizeof word);
        sum ^= word * UINT64_C(0xbf58476d1ce4e5b9);
    }
    memcpy(page, &sum, sizeof sum);
}

static struct header header_newest(const char *bytes)
{
    struct header one = header_at(bytes, 1);
    struct header other = header_at(bytes, 2);
    return one.iteration > other.iteration ? one : other;
}

/* The blocks of metadata. The whole list is in one part here. */
static size_t list_read(const char *bytes, struct listed *out)
{
    static const size_t item_bytes[] = {8, 12, sizeof(struct listed)};
    uint64_t place = header_newest(bytes).free_list;
    uint64_t count, next;
    const char *at = bytes + BLOCKS_FROM + (place << 8 >> 8) * BLOCK_BYTES + 8 +
                     (place >> 56) * PART_BYTES;
    memcpy(&next, at, sizeof next);
    us_assert(next == NONE);
    at += sizeof next;
    for (size_t i = 0; i < 3; i++) {
        memcpy(&count, at, sizeof count);
        at += sizeof count;
        if (i < 2) at += count * item_bytes[i];
    }
    us_assert(count <= LISTED_MAX);
    memcpy(out, at, count * sizeof *out);
    return count;
}

/* A word of its last part is another. */
static void block_turn(char *bytes, uint64_t block)
{
    bytes[BLOCKS_FROM + (block + 1) * BLOCK_BYTES - 8] ^= 0x55;
}

static void listed_alone(
    struct us_tap *t, const struct kept *k, us_str dir, struct us_arena *a)
{
    struct listed list[LISTED_MAX];
    size_t count = k->texts[0].len;
    size_t listed = list_read(k->texts[0].ptr, list);
    size_t full = 0;
    size_t wrong = 0;
    for (size_t i = 0; i < (count - BLOCKS_FROM) / BLOCK_BYTES; i++) {
        us_arena_reset(a);
        char *bytes = us_new(a, char, count);
        size_t want = 0;
        memcpy(bytes, k->texts[0].ptr, count);
        block_turn(bytes, i);
        for (size_t n = 0; n < listed; n++) {
            if (list[n].block != i) continue;
            want = list[n].free != 0;
            full += list[n].free == 0;
        }
        wrong += mended(dir, bytes, count, a) != want;
    }
    CHECK_AS(t, wrong == 0, "blocks of metadata that have a free part are mended");
    CHECK_AS(t, full > 0 && full < listed, "some have one, and some have none");
}

/* Where the newest header lists no block nothing is mended, though the other does. */
static void newest_alone(
    struct us_tap *t, const struct kept *k, us_str dir, struct us_arena *a)
{
    struct listed list[LISTED_MAX];
    size_t count = k->texts[0].len;
    size_t listed = list_read(k->texts[0].ptr, list);
    uint64_t block = NONE;
    for (size_t i = 0; i < listed; i++)
        if (list[i].free) block = list[i].block;
    us_assert(block != NONE);
    struct header lists = header_newest(k->texts[0].ptr);
    struct header empty = lists;
    empty.free_list = NONE;
    for (size_t place = 1; place <= HEADERS; place++) {
        us_arena_reset(a);
        char *bytes = us_new(a, char, count);
        memcpy(bytes, k->texts[0].ptr, count);
        block_turn(bytes, block);
        header_put(bytes, place, &lists, true);
        empty.iteration = lists.iteration - 1;
        header_put(bytes, 1 + HEADERS - place, &empty, true);
        CHECK_AS(t, mended(dir, bytes, count, a) == 1, "by the newest header");
        empty.iteration = lists.iteration + 1;
        header_put(bytes, 1 + HEADERS - place, &empty, true);
        CHECK_AS(t, mended(dir, bytes, count, a) == 0, "and not by the other");
        header_put(bytes, 1 + HEADERS - place, &empty, false);
        CHECK_AS(t, mended(dir, bytes, count, a) == 1, "but where its sum is wrong");
    }
}

static void described(struct us_tap *t, const struct kept *k)
{
    struct fixture x;
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 30);
    put(k, &x);
    listed_alone(t, k, x.dir, &a);
    newest_alone(t, k, x.dir, &a);
    us_arena_done(&a);
    fixture_done(&x);
}

int main(void)
{
    struct us_tap t = {0};
    struct kept k;
    base_make(&t, &k);
    damage(&t, &k);
    described(&t, &k);
    us_arena_done(&k.a);
    return us_tap_done(&t);
}
