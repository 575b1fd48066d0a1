/* The base library's own promises. */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/str.h"
#include "base/tap.h"
#include "base/time.h"
#include "base/value.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void str_cuts(struct us_tap *t)
{
    us_str rest;
    us_str head = us_str_cut(US_S("a=b=c"), '=', &rest);
    CHECK(t, us_str_eq(head, US_S("a")));
    CHECK(t, us_str_eq(rest, US_S("b=c")));
    head = us_str_cut(US_S("abc"), '=', &rest);
    CHECK(t, us_str_eq(head, US_S("abc")) && rest.len == 0);
    CHECK(t, us_str_eq(us_str_trim(US_S(" \t a b\r\n")), US_S("a b")));
    CHECK(t, us_str_find(US_S("abcabc"), US_S("ca")) == 2);
    CHECK(t, us_str_find(US_S("abc"), US_S("x")) == 3);
    CHECK(t, us_str_cmp(US_S("ab"), US_S("abc")) < 0);
}

static void str_numbers(struct us_tap *t)
{
    int64_t n = 7;
    CHECK(t, us_str_int(US_S("-9223372036854775808"), &n) && n == INT64_MIN);
    CHECK(t, us_str_int(US_S("9223372036854775807"), &n) && n == INT64_MAX);
    CHECK(t, !us_str_int(US_S("9223372036854775808"), &n) && n == INT64_MAX);
    CHECK(t, !us_str_int(US_S(""), &n) && !us_str_int(US_S("-"), &n));
    CHECK(t, !us_str_int(US_S("1x"), &n));
    double d = 0;
    CHECK(t, us_str_real(US_S("-1.5e3"), &d) && d == -1500);
    CHECK(t, !us_str_real(US_S("0x10"), &d) && !us_str_real(US_S("inf"), &d));
    CHECK(t, !us_str_real(US_S("01"), &d) && !us_str_real(US_S("1."), &d));
    CHECK(t, !us_str_real(US_S("1e999"), &d));
}

static void str_text(struct us_tap *t)
{
    CHECK(t, us_str_is_utf8(US_S("plain and 中文 and 😀")));
    CHECK(t, !us_str_is_utf8(US_S("\xc0\x80")));         /* overlong NUL */
    CHECK(t, !us_str_is_utf8(US_S("\xed\xa0\x80")));     /* a surrogate */
    CHECK(t, !us_str_is_utf8(US_S("\xf4\x90\x80\x80"))); /* past the end */
    CHECK(t, !us_str_is_utf8(US_S("abcdefgh\xe4\xb8"))); /* cut short */
    CHECK(t, us_str_columns(US_S("a中b")) == 4);
    CHECK(t, us_str_distance(US_S("Invite Snet"), US_S("invite sent")) == 1);
    CHECK(t, us_str_distance(US_S("kitten"), US_S("sitting")) == 3);
    CHECK(t, us_str_distance(US_S(""), US_S("abc")) == 3);
}

static void str_whole(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 20);
    struct us_buf b = us_buf_new(&a, 1 << 18);
    char *text = us_new(&a, char, 100000);
    memset(text, 'x', 100000);
    us_str s = {text, 100000};
    us_buf_fmt(&b, "<%.*s>", US_ARG(s));
    CHECK_AS(t, b.len == s.len + 2 && us_arena_fmt(&a, "%.*s", US_ARG(s)).len == s.len,
        "a long text is formatted whole");
    us_arena_done(&a);
}

static void str_clips(struct us_tap *t)
{
    us_str s = US_S("a\xe9\x95\xbf\xf0\x9f\x9a\x80z"); /* of 1, 3, 4 and 1 bytes */
    const size_t whole[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 9, 9};
    bool good = true;
    for (size_t most = 0; most < sizeof whole / sizeof *whole; most++)
        good &= us_str_clip(s, most).len == whole[most];
    CHECK_AS(t, good, "no character is cut in two");
    CHECK_AS(t, us_str_clip(US_S("\x80\x80\x80\x80\x80\x80"), 5).len == 5,
        "what is no text is cut where it is asked for");
    CHECK(t, us_str_utf8(s) == s.len && us_str_utf8(us_str_slice(s, 0, 6)) == 4);
}

static void arena_zeroes_and_latches(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, 4096);
    us_mark m = us_arena_mark(&a);
    char *p = us_new(&a, char, 100);
    memset(p, 7, 100);
    us_arena_pop(&a, m);
    char *q = us_new(&a, char, 100);
    CHECK(t, q == p && q[0] == 0 && q[99] == 0);
    us_arena_pop(&a, m);
    char *raw = us_alloc_raw(&a, 1, 1, 200);
    CHECK(t, raw == p);
    memset(raw, 7, 200); /* beyond what was used before, too */
    us_arena_pop(&a, m);
    q = us_new(&a, char, 300);
    CHECK(t, q == p && q[0] == 0 && q[199] == 0 && q[299] == 0);
    us_arena_pop(&a, m);
    uint64_t *n = us_new(&a, uint64_t, 3);
    CHECK(t, (uintptr_t)n % alignof(uint64_t) == 0);
    CHECK(t, !a.full);
    us_new(&a, char, 4096);
    CHECK(t, a.full);
    us_arena_reset(&a);
    CHECK(t, !a.full);
    int *list = NULL;
    size_t count = 0;
    size_t cap = 0;
    for (int i = 0; i < 100; i++)
        *us_push(&a, list, count, cap) = i;
    CHECK(t, count == 100 && list[0] == 0 && list[99] == 99);
    us_arena_done(&a);
}

static size_t resident_pages(const struct us_arena *a, size_t pages)
{
    unsigned char in[1024];
    us_assert(pages <= sizeof in);
    us_assert(mincore(a->base, pages * (size_t)sysconf(_SC_PAGESIZE), in) == 0);
    size_t count = 0;
    for (size_t i = 0; i < pages; i++)
        count += in[i] & 1;
    return count;
}

static void arena_gives_back(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, 8 << 20);
    us_mark m = us_arena_mark(&a);
    char *large = us_alloc_raw(&a, 1, 1, 4 << 20);
    memset(large, 7, 4 << 20);
    CHECK(t, resident_pages(&a, 1024) == 1024);
    us_arena_pop(&a, m);
    CHECK_AS(t, us_new(&a, char, 1)[0] == 0, "what was popped is used again");
    us_arena_reset(&a);
    CHECK_AS(
        t, resident_pages(&a, 1024) == 0, "popped before the reset, given back by it");
    CHECK(t, us_new(&a, char, (4 << 20))[(4 << 20) - 1] == 0);
    us_arena_done(&a);
}

static void buf_latches(struct us_tap *t)
{
    struct us_arena a;
    us_arena_init(&a, 1 << 16);
    struct us_buf b = us_buf_new(&a, 4);
    us_buf_put(&b, US_S("abc"));
    us_buf_put(&b, US_S("de"));
    us_buf_put(&b, US_S("f"));
    CHECK(t, b.full && us_str_eq(us_buf_str(&b), US_S("abc")));
    struct us_buf c = us_buf_new(&a, 5000);
    for (int i = 0; i < 1000; i++)
        us_buf_put(&c, US_S("12345"));
    CHECK(t, c.len == 5000 && !c.full);
    struct us_buf d = us_buf_new(&a, 200);
    us_buf_json(&d, US_S("a\"b\\\n\x01z"));
    CHECK(t, us_str_eq(us_buf_str(&d), US_S("\"a\\\"b\\\\\\n\\u0001z\"")));
    struct us_buf n = us_buf_new(&a, 200);
    us_buf_json(&n, US_S("\xe9\x95\xbf\xe9\x95\"\x80"));
    CHECK_AS(t,
        us_str_eq(us_buf_str(&n),
            US_S("\"\xe9\x95\xbf\xef\xbf\xbd\xef\xbf\xbd\\\"\xef\xbf\xbd\"")),
        "what is no UTF-8 does not come into JSON");
    struct us_buf f = us_buf_new(&a, 200);
    const us_str fields[] = {US_S("plain"), US_S(""), US_S("a,b"), US_S("a\"b"),
        US_S(" a"), US_S("a\nb"), US_S("团队")};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        us_buf_csv(&f, fields[i]);
        us_buf_char(&f, '|');
    }
    CHECK(t, us_str_eq(us_buf_str(&f),
                 US_S("plain|\"\"|\"a,b\"|\"a\"\"b\"|\" a\"|\"a\nb\"|团队|")));
    struct us_buf r = us_buf_new(&a, 200);
    us_buf_real(&r, 0.1);
    us_buf_char(&r, ' ');
    us_buf_real(&r, 12);
    us_buf_char(&r, ' ');
    us_buf_real(&r, 1.0 / 3);
    CHECK(t, us_str_eq(us_buf_str(&r), US_S("0.1 12 0.3333333333333333")));
    us_arena_done(&a);
}

static void errors_keep_their_words(struct us_tap *t)
{
    struct us_error e = {0};
    char name[] = "seats";
    us_code code = us_fail(&e, US_LIMIT, "test.key",
        US_ARGS(US_TEXT("name", us_str_c(name)), US_WHOLE("n", 8)));
    name[0] = 'X';
    CHECK(t, code == US_LIMIT && e.code == US_LIMIT && strcmp(e.key, "test.key") == 0);
    CHECK(t, us_str_eq(e.args[0].text, US_S("seats")) && e.args[1].whole == 8);
    CHECK(t, e.args[2].name == NULL);
    CHECK(t, us_code_http(e.code) == 413 && !us_code_retry(e.code));
    struct us_error copy;
    us_error_copy(&copy, &e);
    us_error_copy(&e, &e);
    CHECK(t, copy.args[0].text.ptr == copy.store &&
                 us_str_eq(copy.args[0].text, US_S("seats")));
    CHECK(t, e.args[0].text.ptr == e.store && us_str_eq(e.args[0].text, US_S("seats")));
}

static void time_reads_back(struct us_tap *t)
{
    static const struct {
        const char *text;
        const char *again;
    } good[] = {
        {"2026-11-23", "2026-11-23T00:00:00Z"},
        {"2026-11-23T10:11:12Z", "2026-11-23T10:11:12Z"},
        {"2026-11-23T10:11:12.5Z", "2026-11-23T10:11:12.500Z"},
        {"2026-11-23 10:11:12.123456", "2026-11-23T10:11:12.123456Z"},
        {"2026-11-23T10:11:12.123456789+02:00", "2026-11-23T08:11:12.123456Z"},
        {"2024-02-29T23:59:60Z", "2024-03-01T00:00:00Z"},
        {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
        {"2026-11-23T10:11-0530", "2026-11-23T15:41:00Z"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t at = 0;
        char text[US_TIME_TEXT_MAX];
        bool ok = us_time_read(us_str_c(good[i].text), &at);
        CHECK_AS(t, ok && us_str_eq(us_time_write(at, text), us_str_c(good[i].again)),
            good[i].text);
    }
    static const char *const bad[] = {"", "2026", "2026-13-01", "2023-02-29",
        "2026-1-1", "2026-11-23T25:00", "2026-11-23T10", "2026-11-23T10:11:12+",
        "0001-01-01", "2026-11-23T10:11:12Zx", "9999-01-01"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t at = 5;
        CHECK_AS(t, !us_time_read(us_str_c(bad[i]), &at) && at == 5, bad[i]);
    }
}

static void time_buckets(struct us_tap *t)
{
    CHECK(t, us_day(-1) == -1 && us_day(0) == 0 && us_day(US_DAY_US) == 1);
    CHECK(t, us_hour(-1) == -1 && us_hour(US_HOUR_US - 1) == 0);
    CHECK(t, us_date_of(0).weekday == 4);
    CHECK(t, us_date_of(-US_DAY_US).weekday == 3);
    int64_t at = 0;
    CHECK(t, us_time_read(US_S("2024-01-31T05:00:00Z"), &at));
    us_date d = us_date_of(us_add_months(at, 1));
    CHECK(t, d.month == 2 && d.day == 29 && d.hour == 5);
    d = us_date_of(us_add_months(at, -11));
    CHECK(t, d.year == 2023 && d.month == 2 && d.day == 28);
    int64_t n = 0;
    char unit = 0;
    CHECK(t, us_span_read(US_S("14d"), &n, &unit) && n == 14 && unit == 'd');
    CHECK(
        t, !us_span_read(US_S("d"), &n, &unit) && !us_span_read(US_S("3y"), &n, &unit));
    CHECK(t, us_span_us(2, 'w') == 14 * US_DAY_US);
}

static us_print key_of(uint64_t i)
{
    return us_print_of((us_str){(const char *)&i, sizeof i});
}

/* While a table before is being emptied what is in either is found, and what was
 * changed meanwhile stays so. */
static void map_grows_by_and_by(struct us_tap *t, bool ahead)
{
    enum { KEYS = 600000, AGAIN = 3 << 16, LOOK = 7919 };
    struct us_print_map m;
    bool fresh;
    size_t wrong = 0;
    size_t between = 0;
    us_print_map_init(&m);
    if (ahead) us_print_map_ahead(&m);
    for (uint64_t i = 0; i < KEYS; i++) {
        *us_print_map_put(&m, key_of(i), &fresh) = (uint32_t)i;
        wrong += !fresh || m.count != i + 1;
        between += m.before.slot_count > 0;
        if (i == AGAIN) { /* just widened: once more, before all is moved */
            wrong += !m.before.slot_count;
            us_print_map_reserve(&m, AGAIN * 2);
        }
        uint64_t old = i * LOOK % (i + 1);
        const uint32_t *value = us_print_map_find(&m, key_of(old));
        wrong += !value || *value % KEYS != old;
        wrong += us_print_map_find(&m, key_of(KEYS + i)) != NULL;
        if (i % 3) continue;
        uint32_t *again = us_print_map_put(&m, key_of(old), &fresh);
        wrong += fresh || *again % KEYS != old;
        *again = (uint32_t)(old + KEYS);
    }
    size_t changed = 0;
    for (uint64_t i = 0; i < KEYS; i++) {
        const uint32_t *value = us_print_map_find(&m, key_of(i));
        wrong += !value || *value % KEYS != i;
        changed += value && *value >= KEYS;
    }
    size_t want = 0;
    char *seen = calloc(KEYS, 1);
    for (uint64_t i = 0; i < KEYS && seen; i += 3) {
        want += !seen[i * LOOK % (i + 1)];
        seen[i * LOOK % (i + 1)] = 1;
    }
    free(seen);
    CHECK_AS(t, wrong == 0 && m.count == KEYS, "a map that grows by and by");
    CHECK_AS(t, changed == want, "what was changed meanwhile stays so");
    CHECK_AS(t, between > KEYS / 20, "and often there were two tables");
    CHECK_AS(
        t, (m.next.slot_count > 0) == ahead, "the next one is made ready, if asked");
    us_print_map_done(&m);
}

static void interning(struct us_tap *t)
{
    struct us_intern in;
    us_intern_init(&in);
    bool same = true;
    char text[16];
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            int n = snprintf(text, sizeof text, "k%u", i);
            same &= us_intern_put(&in, (us_str){text, (size_t)n}) == i;
        }
    CHECK(t, same && in.count == 5000);
    CHECK(t, us_intern_find(&in, US_S("k4999")) == 4999);
    CHECK(t, us_intern_find(&in, US_S("nope")) == US_INTERN_NONE);
    CHECK(t, us_str_eq(us_intern_text(&in, 17), US_S("k17")));
    us_intern_done(&in);

    struct us_print_map m;
    us_print_map_init(&m);
    bool fresh = false;
    size_t news = 0;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3000; i++) {
            int n = snprintf(text, sizeof text, "%d", i);
            us_print_map_put(&m, us_print_of((us_str){text, (size_t)n}), &fresh);
            news += fresh;
        }
    CHECK(t, news == 3000 && m.count == 3000);
    for (size_t more = 0; more < 200000; more += 199000) { /* a small one and a large */
        us_print_map_reserve(&m, more);
        us_print_map_clear(&m);
        us_print k1 = us_print_of(US_S("1"));
        CHECK(t, m.count == 0 && !us_print_map_find(&m, k1));
        *us_print_map_put(&m, k1, &fresh) = 7;
        CHECK(t, fresh && m.count == 1 && *us_print_map_find(&m, k1) == 7);
        us_print_map_clear(&m);
        CHECK(t, *us_print_map_put(&m, k1, &fresh) == 0 && fresh);
    }
    us_print_map_done(&m);
    map_grows_by_and_by(t, false);
    map_grows_by_and_by(t, true);
    us_print p = us_print_pair(US_S("ab"), US_S("c"));
    us_print q = us_print_pair(US_S("a"), US_S("bc"));
    CHECK(t, p.lo != q.lo);
}

static void values(struct us_tap *t)
{
    int64_t m = 0;
    CHECK(t, us_decimal(us_number(1.2345675), &m) && m == 1234568);
    CHECK(t, us_decimal(us_number(-0.0000005), &m) && m == -1);
    CHECK(t, !us_decimal(us_number(1e12), &m) && !us_decimal(us_string(US_S("1")), &m));
    CHECK(t, us_number(NAN).kind == US_MISSING);
    CHECK(t, us_value_cmp(us_bool(true), us_number(0)) < 0);
}

int main(void)
{
    struct us_tap t = {0};
    str_cuts(&t);
    str_numbers(&t);
    str_text(&t);
    str_whole(&t);
    str_clips(&t);
    arena_zeroes_and_latches(&t);
    arena_gives_back(&t);
    buf_latches(&t);
    errors_keep_their_words(&t);
    time_reads_back(&t);
    time_buckets(&t);
    interning(&t);
    values(&t);
    return us_tap_done(&t);
}
