/* cards.c: of each behaviour one card for people. */

#include "base/time.h"
#include "study/discover.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_HITS = 10 }; /* below it intervals are exact */

us_str us_card_word(us_card_verdict verdict)
{
    static const us_str words[US_CARD_VERDICTS] = {
        [US_CARD_GOES_BEFORE] = US_S_INIT("goes_before"),
        [US_CARD_BUSY] = US_S_INIT("busy"),
        [US_CARD_CANNOT_TELL] = US_S_INIT("cannot_tell"),
        [US_CARD_UNLIKELY] = US_S_INIT("unlikely"),
        [US_CARD_LEAK] = US_S_INIT("leak")};
    return words[verdict];
}

/* ---- which k, which days ---- */

static double g_of(double seen, double expected)
{
    return seen > 0 ? seen * log(seen / expected) : 0;
}

/* The likelihood ratio (half of G², Wilks 1938) where the exposed have it more often,
 * which a few units with luck do not carry as far as they do a z; negative where they
 * have it less often, −∞ where nothing can be compared. */
static double strength(struct us_fourfold t)
{
    double met = (double)(t.a + t.b);
    double missed = (double)(t.c + t.d);
    double rate = (double)(t.a + t.c) / (met + missed);
    bool few =
        t.a + t.b < US_DISCOVER_UNITS_LEAST || t.c + t.d < US_DISCOVER_UNITS_LEAST;
    if (few || rate <= 0 || rate >= 1) return -INFINITY;
    double g = g_of((double)t.a, met * rate) + g_of((double)t.b, met * (1 - rate)) +
               g_of((double)t.c, missed * rate) +
               g_of((double)t.d, missed * (1 - rate));
    return (double)t.a >= met * rate ? g : -g;
}

static int by_behaviour(const void *a, const void *b)
{
    const struct us_behaviour *x = &(*(const struct us_discovered *const *)a)->is;
    const struct us_behaviour *y = &(*(const struct us_discovered *const *)b)->is;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->event != y->event) return x->event < y->event ? -1 : 1;
    return (x->second > y->second) - (x->second < y->second);
}

static int by_behaviour_then_row(const void *a, const void *b)
{
    int order = by_behaviour(a, b);
    if (order) return order;
    const struct us_discovered *x = *(const struct us_discovered *const *)a;
    const struct us_discovered *y = *(const struct us_discovered *const *)b;
    if (x->window != y->window) return x->window < y->window ? -1 : 1;
    return (x->is.k > y->is.k) - (x->is.k < y->is.k);
}

/* ---- what it says ---- */

/* Rate of those without it; twice that, or half way to 1 where that is nearer. */
static double doubled(double rate)
{
    return fmin(2 * rate, (1 + rate) / 2);
}

static void need_put(
    const struct us_discovered *r, const struct us_landmark *f, struct us_card *card)
{
    double n = (double)f->count;
    double without = 1 - (double)(r->table.a + r->table.b) / n;
    double rate = r->rate_unexposed;
    card->units = us_power_units(rate, doubled(rate), without, 0.05, 0.8);
    card->weeks = NAN;
    if (!(card->units > n)) {
        card->units = NAN;
        return;
    }
    int64_t span = f->eligible[f->count - 1].start - f->eligible[0].start;
    double weeks = (double)span / (double)(7 * US_DAY_US);
    if (weeks >= 1) card->weeks = (card->units - n) / n * weeks;
}

static us_card_verdict verdict_of(const struct us_card *card)
{
    const struct us_discovered *r = card->row;
    if (r->leak != US_LEAK_NONE) return US_CARD_LEAK;
    bool sure = r->q < US_CARD_Q;
    bool higher = r->rate_exposed > r->rate_unexposed;
    if (sure && higher) {
        bool beyond = card->adjusted_q < US_CARD_Q && r->adjusted.odds.value > 1;
        return beyond ? US_CARD_GOES_BEFORE : US_CARD_BUSY;
    }
    bool doubling_out = r->odds_exact.in.high < 2;
    return doubling_out ? US_CARD_UNLIKELY : US_CARD_CANNOT_TELL;
}

static struct us_card card_of(
    const struct us_discovered *r, const struct us_landmark *f)
{
    const struct us_fourfold *t = &r->late;
    int64_t n = t->a + t->b;
    struct us_card card = {.row = r};
    card.exact = t->a < FEW_HITS;
    card.rate = us_table_exposed(*t);
    card.in = card.exact ? us_exact_rate(t->a, n, 0.95) : us_wilson(t->a, n, 0.95);
    card.base = (double)(t->a + t->c) / (double)(n + t->c + t->d);
    need_put(r, f, &card);
    return card;
}

static double promise(const struct us_card *card)
{
    if (card->verdict == US_CARD_GOES_BEFORE || card->verdict == US_CARD_BUSY)
        return card->row->rate_in.low;
    return (double)(card->row->table.a + card->row->table.b);
}

static int by_promise(const void *a, const void *b)
{
    const struct us_card *x = a;
    const struct us_card *y = b;
    if (x->verdict != y->verdict) return x->verdict < y->verdict ? -1 : 1;
    double p = promise(x);
    double q = promise(y);
    if (p != q) return p > q ? -1 : 1;
    return by_behaviour(&x->row, &y->row);
}

/* With many behaviours some lie beyond activity by chance alone. */
static void verdicts_put(struct us_card *cards, size_t count, struct us_arena *a)
{
    us_mark mark = us_arena_mark(a);
    double *p = us_new(a, double, count + 1);
    for (size_t i = 0; i < count; i++)
        p[i] = cards[i].row->adjusted.p;
    us_bh(p, count, p, a);
    for (size_t i = 0; i < count; i++) {
        cards[i].adjusted_q = p[i];
        cards[i].verdict = verdict_of(&cards[i]);
    }
    us_arena_pop(a, mark);
}

/* A pair is worth a card only where it says more than the better of its two. */
static bool says_more(const struct us_card *pair, const struct us_card *cards, size_t n)
{
    if (pair->row->is.kind != US_BEHAVIOUR_PAIR) return true;
    if (pair->verdict != US_CARD_GOES_BEFORE) return false;
    for (size_t i = 0; i < n; i++) {
        const struct us_behaviour *is = &cards[i].row->is;
        bool part =
            is->kind == US_BEHAVIOUR_COUNT &&
            (is->event == pair->row->is.event || is->event == pair->row->is.second);
        if (part && !(pair->row->rate_in.low > cards[i].row->rate_exposed))
            return false;
    }
    return true;
}

size_t us_cards(const struct us_discovered_all *all, const struct us_landmark *frames,
    struct us_arena *a, struct us_card **out)
{
    const struct us_discovered **rows =
        us_new(a, const struct us_discovered *, all->count + 1);
    for (size_t i = 0; i < all->count; i++)
        rows[i] = &all->rows[i];
    if (all->count) qsort(rows, all->count, sizeof *rows, by_behaviour_then_row);
    struct us_card *cards = us_new(a, struct us_card, all->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < all->count;) {
        const struct us_discovered *best = rows[i];
        size_t next = i + 1;
        for (; next < all->count && by_behaviour(&rows[i], &rows[next]) == 0; next++)
            if (strength(rows[next]->early) > strength(best->early)) best = rows[next];
        cards[count++] = card_of(best, &frames[best->window]);
        i = next;
    }
    verdicts_put(cards, count, a);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (says_more(&cards[i], cards, kept)) cards[kept++] = cards[i];
    if (kept) qsort(cards, kept, sizeof *cards, by_promise);
    *out = cards;
    return kept;
}
