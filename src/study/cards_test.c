/* What a card says, and on what it was chosen. */

#include "base/tap.h"
#include "base/time.h"
#include "study/discover.h"

#include <math.h>

enum { UNITS = 400 };

/* A row of which every table is given; what follows from them follows. */
static struct us_discovered row_of(uint32_t event, uint32_t k, struct us_fourfold early,
    struct us_fourfold late, double q)
{
    struct us_discovered r = {
        .is = {US_BEHAVIOUR_COUNT, event, k, 0}, .early = early, .late = late, .q = q};
    r.table = (struct us_fourfold){
        early.a + late.a, early.b + late.b, early.c + late.c, early.d + late.d};
    r.rate_exposed = us_table_exposed(r.table);
    r.rate_unexposed = us_table_unexposed(r.table);
    r.rate_in = us_wilson(r.table.a, r.table.a + r.table.b, 0.95);
    r.odds_exact = us_odds_exact(r.table, 0.95);
    r.adjusted = (struct us_strata){.odds = {.value = 2}, .p = 0.001};
    return r;
}

static const struct us_card *card_of(
    const struct us_card *cards, size_t count, uint32_t event)
{
    for (size_t i = 0; i < count; i++)
        if (cards[i].row->is.event == event) return &cards[i];
    return NULL;
}

int main(void)
{
    struct us_tap t = {0};
    struct us_arena a;
    us_arena_init(&a, 64 << 20);
    struct us_landmark_unit *eligible = us_new(&a, struct us_landmark_unit, UNITS);
    for (size_t i = 0; i < UNITS; i++)
        eligible[i].start = (int64_t)i * US_DAY_US;
    struct us_landmark frame = {.eligible = eligible, .count = UNITS};
    struct us_discovered rows[] = {
        /* k = 3 is best of the earlier half, k = 1 of the later and of all */
        row_of(0, 1, (struct us_fourfold){20, 80, 10, 90},
            (struct us_fourfold){40, 60, 5, 95}, 1e-6),
        row_of(0, 3, (struct us_fourfold){25, 25, 5, 145},
            (struct us_fourfold){12, 48, 33, 107}, 1e-4),
        /* the same, but activity may be all of it */
        row_of(1, 1, (struct us_fourfold){25, 25, 5, 145},
            (struct us_fourfold){25, 25, 5, 145}, 1e-9),
        /* enough were seen, and it is nothing */
        row_of(2, 1, (struct us_fourfold){30, 70, 30, 70},
            (struct us_fourfold){29, 71, 30, 70}, 0.8),
        /* too few */
        row_of(3, 1, (struct us_fourfold){1, 6, 20, 173},
            (struct us_fourfold){1, 4, 20, 175}, 0.5),
        row_of(4, 1, (struct us_fourfold){25, 25, 5, 145},
            (struct us_fourfold){25, 25, 5, 145}, 1e-9),
        /* fewer of them have it */
        row_of(5, 1, (struct us_fourfold){5, 95, 40, 60},
            (struct us_fourfold){5, 95, 40, 60}, 1e-9),
        /* nobody to compare in the earlier half */
        row_of(6, 1, (struct us_fourfold){0, 0, 20, 180},
            (struct us_fourfold){0, 9, 20, 171}, 0.4),
    };
    rows[2].adjusted = (struct us_strata){.odds = {.value = 1.2}, .p = 0.4};
    rows[5].leak = US_LEAK_NEAR;
    struct us_discovered_all all = {rows, sizeof rows / sizeof *rows, 0.1};
    struct us_card *cards;
    size_t count = us_cards(&all, &frame, &a, &cards);
    CHECK_AS(&t, count == 7, "one card each");
    const struct us_card *best = card_of(cards, count, 0);
    CHECK_AS(&t, best->row->is.k == 3 && best->verdict == US_CARD_GOES_BEFORE,
        "chosen on the earlier half alone");
    CHECK_AS(&t, best->rate == 0.2 && !best->exact && fabs(best->base - 0.225) < 1e-12,
        "and its rate is the later half's");
    CHECK(&t, cards[0].row->is.event == 0);
    CHECK(&t, card_of(cards, count, 1)->verdict == US_CARD_BUSY);
    CHECK(&t, card_of(cards, count, 2)->verdict == US_CARD_UNLIKELY);
    CHECK_AS(&t, isnan(card_of(cards, count, 2)->units), "a doubling would be seen");
    const struct us_card *few = card_of(cards, count, 3);
    struct us_interval exact = us_exact_rate(1, 5, 0.95);
    CHECK(&t, few->verdict == US_CARD_CANNOT_TELL && few->exact);
    CHECK(&t, few->in.low == exact.low && few->in.high == exact.high);
    CHECK_AS(&t, few->units > UNITS && few->weeks > 0, "how much more it takes");
    double rate = few->row->rate_unexposed;
    double units = us_power_units(rate, 2 * rate, 1 - 12.0 / UNITS, 0.05, 0.8);
    CHECK_AS(&t, fabs(few->units - units) < 1e-9 * units, "to see a rate doubled");
    double weeks = (few->units - UNITS) / UNITS * (UNITS - 1) / 7;
    CHECK(&t, fabs(few->weeks - weeks) < 1e-9 * weeks);
    CHECK(&t, card_of(cards, count, 4)->verdict == US_CARD_LEAK);
    CHECK_AS(&t, card_of(cards, count, 5)->verdict == US_CARD_UNLIKELY,
        "what speaks against it is of no use either");
    CHECK(&t, card_of(cards, count, 6)->verdict == US_CARD_CANNOT_TELL);
    us_arena_done(&a);
    return us_tap_done(&t);
}
