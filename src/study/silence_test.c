/* When a source is silent: worked by hand for one that never closes and for one that
 * keeps hours; how often chance alone is called silence; that event by event and hour
 * by hour are one; that asking changes nothing. */

#include "base/err.h"
#include "base/tap.h"
#include "study/random_fixture.h"
#include "study/silence.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Monday 2026-03-02 */
#define MONDAY  INT64_C(1772409600000000)
#define HOUR(n) (MONDAY + (n)*US_HOUR_US)
enum { WEEK = US_SILENCE_WEEK, SPANS = 64 };

struct spans {
    struct us_silent_span items[SPANS];
    size_t count;
};

static void take(struct us_silence *s, int64_t t, struct spans *out)
{
    if (us_silence_take(s, t, &out->items[out->count])) out->count++;
    us_assert(out->count < SPANS);
}

static bool open_always(int64_t hour)
{
    (void)hour;
    return true;
}

/* Monday to Friday, nine to five. */
static bool open_office(int64_t hour)
{
    int64_t of_week = hour % WEEK;
    return of_week < 5 * 24 && of_week % 24 >= 9 && of_week % 24 < 17;
}

typedef bool opens(int64_t hour);

/* An event at half past each open hour of [0, hours) but those of [from, to). */
static struct spans lived(
    struct us_silence *s, opens *is_open, int64_t hours, int64_t from, int64_t to)
{
    struct spans out = {.count = 0};
    us_silence_init(s);
    for (int64_t h = 0; h < hours; h++)
        if (is_open(h) && !(h >= from && h < to))
            take(s, HOUR(h) + US_HOUR_US / 2, &out);
    return out;
}

/* An hour that was busy four weeks of four has p = 0.9: four of them are ln 10⁴ = 9.21,
 * more than ln 8760 = 9.08, and three are less. */
static void always(struct us_tap *t)
{
    struct us_silence s;
    int64_t at = 5 * WEEK + 30;
    struct spans none = lived(&s, open_always, 6 * WEEK, at, at + 3);
    CHECK_AS(t, none.count == 0, "three empty hours are not enough");
    struct spans one = lived(&s, open_always, 6 * WEEK, at, at + 5);
    CHECK_AS(t, one.count == 1, "five are");
    const struct us_silent_span *span = &one.items[0];
    CHECK(t, span->from == HOUR(at - 1) + US_HOUR_US / 2);
    CHECK(t, span->to == HOUR(at + 5) + US_HOUR_US / 2 && !span->open);
    CHECK_AS(t, span->noticed == HOUR(at + 4), "noticed when the fourth was over");
    struct spans early = lived(&s, open_always, 4 * WEEK, 2 * WEEK, 2 * WEEK + 48);
    CHECK_AS(t, early.count == 0, "before four weeks nothing is called silent");
    struct spans twice = lived(&s, open_always, 12 * WEEK, 6 * WEEK, 9 * WEEK);
    CHECK_AS(t, twice.count == 1 && twice.items[0].noticed == HOUR(6 * WEEK + 4),
        "three weeks are one span");
}

/* Forty hours a week and 128 empty ones: m is 40/168, p of a closed hour
 * (m/2) ÷ 4.5 = 0.0265. A week's S is 40 × 2.303 + 128 × 0.0268 = 95.5, half of
 * it 47.8; a working day is 8 × 2.303 + 16 × 0.0268 = 18.9. So two days off are nothing
 * and three are: 56.6 with the nights. */
static void office(struct us_tap *t)
{
    struct us_silence s;
    int64_t monday = 6 * WEEK;
    struct spans usual = lived(&s, open_office, 30 * WEEK, 0, 0);
    CHECK_AS(t, usual.count == 0, "nights and week ends are usual");
    struct spans easter =
        lived(&s, open_office, 9 * WEEK, monday - 3 * 24, monday + 24);
    CHECK_AS(t, easter.count == 0, "a Friday and the Monday after it are days off");
    struct spans three = lived(&s, open_office, 9 * WEEK, monday, monday + 3 * 24);
    CHECK_AS(t, three.count == 1, "three working days are not");
    CHECK(t, three.items[0].from == HOUR(monday - 3 * 24 + 16) + US_HOUR_US / 2);
    int64_t hours = (three.items[0].noticed - HOUR(monday)) / US_HOUR_US;
    CHECK_AS(t, hours == 2 * 24 + 13, "noticed on Wednesday at one");
}

/* Every third day it is empty for three hours: S of them is near 3 × ln(1 ÷ (1 − p)),
 * and what is not twice as much is usual for it. */
static void bursts(struct us_tap *t)
{
    struct us_silence s;
    for (int pass = 0; pass < 2; pass++) {
        struct spans out = {.count = 0};
        us_silence_init(&s);
        int64_t at = 7 * WEEK + 20;
        for (int64_t h = 0; h < 8 * WEEK; h++) {
            bool rests = h % 71 < 3; /* at no hour of the week in particular */
            bool gap = h >= at && h < at + (pass ? 10 : 5);
            if (!rests && !gap) take(&s, HOUR(h), &out);
        }
        CHECK_AS(t, out.count == (size_t)pass,
            pass ? "ten hours are more than twice three" : "five hours are not");
    }
}

/* Poisson events at so many a week, thrice as many by day as at night and on week ends;
 * in bursts of some where `burst` is more than 1. How many spans in a year. */
static size_t by_chance(uint64_t seed, double a_week, double burst)
{
    struct us_silence s;
    struct spans out = {.count = 0};
    us_silence_init(&s);
    for (double h = 0; h < 56 * WEEK;) {
        int64_t of_week = (int64_t)h % WEEK;
        bool day = of_week < 5 * 24 && of_week % 24 >= 8 && of_week % 24 < 20;
        double rate = a_week / burst / (60 * 3 + 108) * 3; /* of the busy hours */
        h += -log(uniform(&seed)) / rate;
        if (h >= 56 * WEEK || (!day && uniform(&seed) > 1.0 / 3)) continue;
        take(&s, MONDAY + (int64_t)(h * (double)US_HOUR_US), &out);
    }
    return out.count;
}

static void chance(struct us_tap *t)
{
    static const double rates[] = {3, 20, 100, 400, 3000};
    enum { SEEDS = 100 };
    size_t all = 0, years = 0;
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (int burst = 1; burst <= 5; burst += 4) {
            size_t found = 0;
            for (uint64_t seed = 1; seed <= SEEDS; seed++)
                found += by_chance(seed * 977 + r, rates[r], burst);
            printf("# %g a week in bursts of %d: %zu false in %d years\n", rates[r],
                burst, found, SEEDS);
            CHECK_AS(t, (double)found <= SEEDS * 0.4, "by chance alone");
            all += found;
            years += SEEDS;
        }
    printf("# %zu in %zu years\n", all, years);
    CHECK_AS(t, (double)all < 0.2 * (double)years, "and over all kinds");
}

/* Of each hour the first and last event are enough; what was asked in between does not
 * matter; a struct copied goes on as the other. */
static void same(struct us_tap *t)
{
    struct us_silence all, ends;
    struct spans a = {.count = 0}, b = {.count = 0};
    uint64_t seed = 5;
    bool good = true;
    us_silence_init(&all);
    us_silence_init(&ends);
    int64_t start = -40 * 365 * US_DAY_US; /* before 1970 too */
    for (int64_t h = 0; h < 20 * WEEK; h++) {
        if ((h >= 9 * WEEK && h < 9 * WEEK + 30) || uniform(&seed) < 0.2) continue;
        int64_t first = start + h * US_HOUR_US + (int64_t)(next_random(&seed) % 1000);
        take(&all, first, &a);
        take(&ends, first, &b);
        for (int i = 1; i < 9; i++)
            take(&all, first + i * 60 * US_SECOND_US, &a);
        take(&ends, first + 8 * 60 * US_SECOND_US, &b);
        struct us_silence before;
        struct us_silent_span span;
        memcpy(&before, &all, sizeof all); /* an assignment may leave out padding */
        us_silence_at(&all, first + 3 * US_HOUR_US, &span);
        good &= memcmp(&before, &all, sizeof all) == 0;
    }
    CHECK_AS(t, good, "asking changes nothing");
    CHECK(t, a.count == 1 && b.count == 1);
    CHECK(t, a.items[0].from == b.items[0].from && a.items[0].to == b.items[0].to &&
                 a.items[0].noticed == b.items[0].noticed &&
                 a.items[0].open == b.items[0].open);
    CHECK_AS(t, memcmp(&all, &ends, sizeof all) == 0, "two events an hour are enough");
}

static void asked(struct us_tap *t)
{
    struct us_silence s;
    struct us_silent_span span;
    int64_t end = 6 * WEEK;
    us_silence_init(&s);
    CHECK(t, !us_silence_at(&s, HOUR(3), &span));
    lived(&s, open_always, end, 0, 0);
    CHECK(t, !us_silence_at(&s, HOUR(end + 4) - 1, &span));
    CHECK(t, us_silence_at(&s, HOUR(end + 4), &span) && span.open);
    CHECK(t, span.noticed == HOUR(end + 4) && span.to == HOUR(end + 4));
    CHECK(
        t, us_silence_at(&s, HOUR(end + 400), &span) && span.noticed == HOUR(end + 4));
    CHECK_AS(t, sizeof(struct us_silence) <= 512, "half a kilobyte a source");
}

int main(void)
{
    struct us_tap t = {0};
    always(&t);
    office(&t);
    bursts(&t);
    chance(&t);
    same(&t);
    asked(&t);
    return us_tap_done(&t);
}
