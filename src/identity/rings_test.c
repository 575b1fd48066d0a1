/* Rings against all links: whoever was ever joined is in one ring, and the links of a
 * few rings give for their people what all links give, in whatever order they came. */

#include "base/tap.h"
#include "identity/rings.h"

#include <string.h>

enum { ROUNDS = 600, PEOPLE = 12, ACCOUNTS = 6, LINKS = 50, MOMENTS = 40, SPANS = 256 };

struct world {
    uint64_t seed;
    bool company;
    struct us_link links[LINKS];
    size_t count;
    bool joined[PEOPLE][PEOPLE];
    struct us_rings *rings;
    struct us_identity *all, *few;
};

static uint32_t below(struct world *w, uint32_t n)
{
    uint64_t z = w->seed += 0x9e3779b97f4a7c15U; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (uint32_t)((z ^ (z >> 31)) % n);
}

/* Mostly in order of time, often said again, now and then undone. Anonymous ids are the
 * first half of the people. */
static void link_draw(struct world *w, size_t i)
{
    static const us_link_kind kinds[] = {US_LINK_ANONYMOUS, US_LINK_ANONYMOUS,
        US_LINK_ALIAS, US_LINK_GROUP, US_LINK_GROUP, US_LINK_EMAIL, US_LINK_COMPANY};
    struct us_link *l = &w->links[i];
    if (i && below(w, 3) == 0) {
        *l = w->links[below(w, (uint32_t)i)];
    } else {
        l->kind = kinds[below(w, 7)];
        bool people = l->kind == US_LINK_ANONYMOUS || l->kind == US_LINK_ALIAS;
        l->from = below(w, l->kind == US_LINK_COMPANY ? ACCOUNTS : PEOPLE);
        if (l->kind == US_LINK_ANONYMOUS) l->from /= 2;
        l->to = people ? PEOPLE / 2 + below(w, PEOPLE / 2) : below(w, ACCOUNTS);
        if (!people && below(w, 9) == 0) l->to = US_NOBODY;
    }
    static const char texts[] = "qhzdnbwkasxf"; /* ties are broken by them */
    l->text = (us_str){texts + l->to % PEOPLE, l->to != US_NOBODY};
    l->seq = (int64_t)i + 1;
    l->known = below(w, 5) ? (int64_t)(i * MOMENTS / LINKS) : below(w, MOMENTS);
    l->undone = below(w, 12) ? US_NEVER : l->known + 1 + below(w, 5);
}

static void join(struct world *w, const struct us_link *l)
{
    bool people = l->kind == US_LINK_ANONYMOUS || l->kind == US_LINK_ALIAS;
    if (!people) return;
    for (uint32_t x = 0; x < PEOPLE; x++)
        for (uint32_t y = 0; y < PEOPLE; y++)
            if ((w->joined[x][l->from] && w->joined[l->to][y]) ||
                (w->joined[x][l->to] && w->joined[l->from][y]))
                w->joined[x][y] = w->joined[y][x] = true;
}

static bool rings_good(struct world *w)
{
    for (uint32_t x = 0; x < PEOPLE; x++) {
        bool met[PEOPLE] = {false};
        uint32_t p = x;
        do {
            met[p] = true;
            p = us_rings_next(w->rings, p);
        } while (p != x);
        for (uint32_t y = 0; y < PEOPLE; y++)
            if (met[y] != w->joined[x][y] ||
                us_rings_joined(w->rings, x, y) != w->joined[x][y])
                return false;
    }
    return true;
}

static bool same_answers(struct world *w, uint32_t person, uint32_t group)
{
    struct us_span all[SPANS], few[SPANS];
    size_t count;
    bool user = person >= PEOPLE / 2;
    const uint32_t *people = us_rings_taken(w->rings, &count);
    uint32_t number = us_rings_number(w->rings, person);
    int64_t known = below(w, MOMENTS);
    struct us_who who = {
        user ? person : US_NOBODY, user ? US_NOBODY : person, group, known};
    struct us_who asked = {
        user ? number : US_NOBODY, user ? US_NOBODY : number, group, known};
    size_t n = us_identity_spans(w->all, &who, w->company, all, SPANS);
    if (us_identity_spans(w->few, &asked, w->company, few, SPANS) != n) return false;
    for (size_t i = 0; i < n; i++)
        if (all[i].from != few[i].from || all[i].to != few[i].to ||
            all[i].account != few[i].account || all[i].person != people[few[i].person])
            return false;
    return true;
}

/* Some of the people, with the accounts their messages may name. */
static bool few_good(struct world *w)
{
    us_identity_clear(w->few);
    us_rings_begin(w->rings);
    for (uint32_t n = 1 + below(w, 3); n > 0; n--)
        us_rings_take(w->rings, below(w, PEOPLE), w->company, w->few);
    uint32_t group = below(w, 2) ? below(w, ACCOUNTS) : US_NOBODY;
    if (w->company) us_rings_take_account(w->rings, group, w->few);
    us_identity_freeze(w->few);
    size_t count;
    const uint32_t *people = us_rings_taken(w->rings, &count);
    bool good = count > 0;
    for (size_t i = 0; i < count && good; i++)
        good = same_answers(w, people[i], group);
    return good;
}

static bool round_holds(uint64_t seed)
{
    struct world w = {.seed = seed, .company = seed % 2};
    bool good = true;
    w.rings = us_rings_new();
    w.all = us_identity_new();
    w.few = us_identity_new();
    us_rings_widen(w.rings, PEOPLE, ACCOUNTS);
    for (size_t i = 0; i < PEOPLE; i++)
        w.joined[i][i] = true;
    for (size_t i = 0; i < LINKS && good; i++) {
        link_draw(&w, i);
        us_rings_add(w.rings, &w.links[i]);
        us_identity_add(w.all, &w.links[i]);
        join(&w, &w.links[i]);
        if (below(&w, 4)) continue;
        us_identity_freeze(w.all);
        good = rings_good(&w) && few_good(&w);
    }
    us_rings_free(w.rings);
    us_identity_free(w.all);
    us_identity_free(w.few);
    return good;
}

int main(void)
{
    struct us_tap t = {0};
    uint64_t seed = 1;
    while (seed <= ROUNDS && round_holds(seed))
        seed++;
    if (seed <= ROUNDS) printf("# seed %llu\n", (unsigned long long)seed);
    CHECK_AS(&t, seed > ROUNDS, "rings and their links are as all links");
    return us_tap_done(&t);
}
