/* What was in memory is there again; what is damaged anywhere is not taken. */
#include "base/tap.h"
#include "file/file.h"
#include "file/kept.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct thing {
    struct us_arena rows;
    struct us_print_map map;
    struct us_intern texts;
    us_str last; /* one of texts */
    int64_t number;
};

static void thing_new(struct thing *x)
{
    *x = (struct thing){0};
    us_arena_init(&x->rows, (size_t)1 << 28);
    us_print_map_init(&x->map);
    us_intern_init(&x->texts);
}

static void thing_done(struct thing *x)
{
    us_arena_done(&x->rows);
    us_print_map_done(&x->map);
    us_intern_done(&x->texts);
}

static void thing_kept(struct us_kept_file *k, struct thing *x)
{
    us_kept_bytes(k, &x->number, sizeof x->number);
    us_kept_arena(k, &x->rows);
    us_kept_map(k, &x->map);
    struct us_kept_texts texts = us_kept_intern(k, &x->texts);
    us_kept_bytes(k, &x->last, sizeof x->last);
    if (us_kept_is_good(k)) x->last = us_kept_moved(&texts, x->last);
}

static us_str word(char *text, size_t i)
{
    int n = snprintf(text, 32, "%zu is a word", i * i);
    return (us_str){text, (size_t)n};
}

static void thing_fill(struct thing *x, size_t count)
{
    char text[32];
    x->number = (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        bool fresh;
        us_str w = word(text, i);
        *us_new(&x->rows, uint64_t, 1) = i * UINT64_C(0x9e3779b97f4a7c15);
        *us_print_map_put(&x->map, us_print_of(w), &fresh) = (uint32_t)i;
        uint32_t id = us_intern_put(&x->texts, w);
        x->last = us_intern_text(&x->texts, id);
    }
}

static bool thing_is(struct thing *x, size_t count)
{
    char text[32];
    bool good = x->number == (int64_t)count && x->map.count == count &&
                us_arena_used(&x->rows) == count * sizeof(uint64_t);
    for (size_t i = 0; i < count && good; i++) {
        us_str w = word(text, i);
        const uint32_t *at = us_print_map_find(&x->map, us_print_of(w));
        good =
            at && *at == i && us_intern_find(&x->texts, w) == i &&
            ((uint64_t *)(void *)x->rows.base)[i] == i * UINT64_C(0x9e3779b97f4a7c15);
    }
    if (count) good = good && us_str_eq(x->last, word(text, count - 1));
    return good;
}

/* us_kept_write or us_kept_read. */
typedef us_code way(
    us_str path, us_print key, struct us_kept_file **out, struct us_error *e);

static us_code go(way *there, us_str path, us_print key, struct thing *x)
{
    struct us_kept_file *k;
    us_code code = there(path, key, &k, NULL);
    if (code != US_OK) return code;
    thing_kept(k, x);
    return us_kept_close(k, NULL);
}

static const us_print KEY = {1, 2};

static void there_again(struct us_tap *t, us_str path, size_t count)
{
    struct thing x;
    struct thing y;
    thing_new(&x);
    thing_new(&y);
    thing_fill(&x, count);
    CHECK(t, go(us_kept_write, path, KEY, &x) == US_OK);
    CHECK(t, go(us_kept_read, path, KEY, &y) == US_OK);
    CHECK_AS(t, thing_is(&y, count), "what was kept is there again");
    CHECK_AS(t, !us_file_exists(path), "it is read once");
    size_t more = count + 3000; /* it goes on as what it was */
    thing_fill(&y, more);
    y.number = (int64_t)more;
    bool all = y.map.count == more;
    for (size_t i = 0; i < more && all; i++) {
        char text[32];
        us_str w = word(text, i);
        all = us_intern_find(&y.texts, w) == i &&
              us_print_map_find(&y.map, us_print_of(w)) != NULL;
    }
    CHECK_AS(t, all, "and grows");
    thing_done(&x);
    thing_done(&y);
}

static bool refused(us_str path, us_str bytes, us_print key)
{
    struct thing y;
    thing_new(&y);
    bool good = us_file_write(path, bytes, NULL) == US_OK;
    good = good && go(us_kept_read, path, key, &y) == US_INPUT && !us_file_exists(path);
    thing_done(&y);
    return good;
}

/* Every way in which a file can be less than it was. */
static void damage(struct us_tap *t, us_str path, struct us_arena *a)
{
    struct thing x;
    thing_new(&x);
    thing_fill(&x, 60000);
    us_code code = go(us_kept_write, path, KEY, &x);
    us_str bytes;
    CHECK(t,
        code == US_OK && us_file_read(path, (size_t)1 << 28, a, &bytes, NULL) == US_OK);
    bool good = true;
    size_t step = bytes.len / 40 + 1;
    for (size_t at = 0; at < bytes.len; at += step)
        good &= refused(path, us_str_slice(bytes, 0, at), KEY);
    CHECK_AS(t, good, "cut anywhere it is refused");
    char *copy = us_alloc_raw(a, 1, 1, bytes.len + 1);
    for (size_t at = 0; at < bytes.len; at += step) {
        memcpy(copy, bytes.ptr, bytes.len);
        copy[at] ^= 0x10;
        good &= refused(path, (us_str){copy, bytes.len}, KEY);
    }
    CHECK_AS(t, good, "with a bit turned anywhere it is refused");
    CHECK_AS(t, refused(path, bytes, (us_print){1, 3}), "by another key it is refused");
    struct us_kept_file *k;
    CHECK(t, us_kept_read(path, KEY, &k, NULL) == US_NOT_FOUND);
    /* Whoever reads less than there is has read something else. */
    code = us_file_write(path, bytes, NULL);
    CHECK(t, code == US_OK && us_kept_read(path, KEY, &k, NULL) == US_OK);
    int64_t number;
    us_kept_bytes(k, &number, sizeof number);
    CHECK(t, number == 60000 && us_kept_close(k, NULL) == US_INPUT);
    thing_done(&x);
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, (size_t)1 << 30);
    char dir[] = "/tmp/usher_kept_XXXXXX";
    us_assert(mkdtemp(dir));
    us_str path = us_file_join(&a, us_str_c(dir), US_S("some.kept"));
    there_again(&t, path, 0);
    there_again(&t, path, 10);
    there_again(&t, path, 100000); /* the map is on its way to a larger one */
    damage(&t, path, &a);
    CHECK(&t, go(us_kept_write, US_S("/proc/no/such"), KEY, NULL) == US_NOT_FOUND);
    rmdir(dir);
    us_arena_done(&a);
    return us_tap_done(&t);
}
