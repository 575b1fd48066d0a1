/* Identity against the naive one, on random link sets with undo, chains and circles of
 * aliases, shared machines and ties; and the rules by hand. */

#include "base/tap.h"
#include "identity/identity.h"
#include "identity/naive.h"

#include <inttypes.h>

enum { MOMENTS_MAX = 4 * LINKS_MAX + 8, RUNS = 6000, SPANS = 512 };
enum { ACCOUNTS = 4, COMPANIES = 3 };

/* --- random worlds --- */

static uint64_t next(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15U; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static uint32_t below(uint64_t *seed, uint32_t n)
{
    return (uint32_t)(next(seed) % n);
}

/* Texts in another order than the numbers. */
static us_str text_of(uint32_t to)
{
    static const char names[] = "qhzdnbwkasxfmcvg";
    return (us_str){&names[to % 16], 1};
}

static struct us_link random_link(uint64_t *seed, uint32_t persons, int64_t span)
{
    struct us_link l = {.undone = US_NEVER};
    l.known = (int64_t)below(seed, (uint32_t)span);
    uint32_t roll = below(seed, 16);
    l.kind = roll < 5    ? US_LINK_ANONYMOUS
             : roll < 9  ? US_LINK_ALIAS
             : roll < 13 ? US_LINK_GROUP
             : roll < 15 ? US_LINK_EMAIL
                         : US_LINK_COMPANY;
    /* Of an account, a company or a domain: numbers below ACCOUNTS are all of these. */
    l.from = below(seed, l.kind == US_LINK_COMPANY ? (uint32_t)ACCOUNTS : persons);
    uint32_t tos[] = {persons, persons, ACCOUNTS, COMPANIES, COMPANIES};
    l.to = below(seed, tos[l.kind]);
    /* Machines and users: half of the persons each, but not strictly. */
    if (l.kind == US_LINK_ANONYMOUS && below(seed, 4)) {
        l.from = below(seed, 1 + persons / 4);
        l.to = persons / 4 + below(seed, persons - persons / 4);
    }
    if (l.kind >= US_LINK_GROUP && below(seed, 8) == 0) l.to = US_NOBODY;
    return l;
}

static void random_world(struct world *w, uint64_t seed)
{
    uint64_t s = seed;
    w->persons = 2 + below(&s, PERSONS_MAX - 1);
    w->count = 1 + below(&s, seed % 3 ? 12 : LINKS_MAX - 1);
    int64_t span = 2 + below(&s, 24);
    bool named = below(&s, 4) != 0;
    uint32_t undo_in = 2 + below(&s, 12);
    for (size_t k = 0; k < w->count; k++) {
        struct us_link l = random_link(&s, w->persons, span);
        l.seq = (int64_t)k + 1;
        if (below(&s, undo_in) == 0) l.undone = l.known + (int64_t)below(&s, 12);
        if (named && l.to != US_NOBODY) l.text = text_of(l.to);
        w->links[k] = l;
    }
}

static size_t world_moments(const struct world *w, int64_t from, int64_t *out)
{
    size_t count = 0;
    out[count++] = from;
    out[count++] = INT64_MAX / 2;
    for (size_t k = 0; k < w->count; k++) {
        for (int64_t d = -1; d <= 1; d++)
            out[count++] = w->links[k].known + d;
        if (w->links[k].undone != US_NEVER) out[count++] = w->links[k].undone;
    }
    size_t kept = 0;
    for (size_t k = 0; k < count; k++)
        if (out[k] >= from) out[kept++] = out[k];
    return kept;
}

/* In shuffled order; undone by its own field or by a line of its own, before or after.
 */
static struct us_identity *build(const struct world *w, uint64_t seed, bool thaw)
{
    struct us_identity *i = us_identity_new();
    size_t order[LINKS_MAX];
    for (size_t k = 0; k < w->count; k++)
        order[k] = k;
    for (size_t k = w->count; k > 1; k--) {
        size_t j = below(&seed, (uint32_t)k);
        size_t kept = order[k - 1];
        order[k - 1] = order[j];
        order[j] = kept;
    }
    for (size_t k = 0; k < w->count; k++) {
        struct us_link l = w->links[order[k]];
        int64_t undone = l.undone;
        uint32_t how = below(&seed, 3);
        if (how) l.undone = US_NEVER;
        if (undone != US_NEVER && how == 1) us_identity_undo(i, l.seq, undone);
        us_identity_add(i, &l);
        if (undone != US_NEVER && how == 2) {
            us_identity_undo(i, l.seq, undone + 3); /* the earliest counts */
            us_identity_undo(i, l.seq, undone);
        }
        if (thaw && below(&seed, 4) == 0) us_identity_freeze(i);
    }
    us_identity_freeze(i);
    return i;
}

static bool same(struct us_span a, struct us_span b)
{
    return a.person == b.person && a.account == b.account;
}

static void show(const char *what, uint64_t seed, const struct us_who *who, int64_t t,
    struct us_span got, struct us_span want)
{
    printf("# %s: seed %" PRIu64 " user %d anonymous %d group %d known %" PRId64
           " t %" PRId64 ": person %d account %d, naive %d %d\n",
        what, seed, (int)who->user, (int)who->anonymous, (int)who->group, who->known, t,
        (int)got.person, (int)got.account, (int)want.person, (int)want.account);
}

static const struct us_span *span_with(const struct us_span *s, size_t count, int64_t t)
{
    for (size_t k = 0; k < count; k++)
        if (s[k].from <= t && t < s[k].to) return &s[k];
    return NULL;
}

static bool spans_sound(const struct us_span *s, size_t count, int64_t known)
{
    bool good = count > 0 && s[0].from == known && s[count - 1].to == US_NEVER;
    for (size_t k = 1; k < count; k++)
        good &=
            s[k].from == s[k - 1].to && !same(s[k], s[k - 1]) && s[k].from < s[k].to;
    return good;
}

static bool agrees(const struct us_identity *i, const struct world *w,
    const struct us_who *who, bool by_company, uint64_t seed)
{
    struct us_span spans[SPANS];
    size_t count = us_identity_spans(i, who, by_company, spans, SPANS);
    if (!spans_sound(spans, count, who->known)) {
        printf("# spans broken: seed %" PRIu64 "\n", seed);
        return false;
    }
    int64_t moments[MOMENTS_MAX];
    size_t moment_count = world_moments(w, who->known, moments);
    struct us_span want = {0};
    for (size_t k = 0; k < moment_count; k++) {
        int64_t t = moments[k];
        want = us_naive_at(w, who, by_company, t);
        struct us_span at = us_identity_at(i, who, by_company, t);
        const struct us_span *span = span_with(spans, count, t);
        bool stands =
            at.to == US_NEVER || same(at, us_naive_at(w, who, by_company, at.to - 1));
        if (same(at, want) && same(*span, want) && at.from <= t && t < at.to && stands)
            continue;
        show(same(at, want) ? "spans" : "at", seed, who, t, same(at, want) ? *span : at,
            want);
        return false;
    }
    if (us_identity_touches(i, who, by_company)) return true;
    struct us_span raw = {.person = who->user != US_NOBODY ? who->user : who->anonymous,
        .account = by_company ? US_NOBODY : who->group};
    if (count == 1 && same(spans[0], raw)) return true;
    show("touches", seed, who, who->known, spans[0], raw);
    return false;
}

static struct us_who random_who(uint64_t *seed, const struct world *w)
{
    struct us_who who = {US_NOBODY, US_NOBODY, US_NOBODY, 0};
    uint32_t roll = below(seed, 8);
    if (roll < 4) who.user = below(seed, w->persons + 2);
    if (roll == 0 || (roll >= 4 && roll < 7))
        who.anonymous = below(seed, w->persons + 2);
    if (below(seed, 3) == 0) who.group = below(seed, ACCOUNTS + 1);
    who.known = (int64_t)below(seed, 30) - 2;
    return who;
}

static void random_worlds(struct us_tap *t)
{
    uint64_t bad = 0;
    uint64_t asked = 0;
    uint64_t touched = 0;
    for (uint64_t seed = 1; seed <= RUNS && !bad; seed++) {
        struct world w;
        random_world(&w, seed);
        struct us_identity *i = build(&w, seed * 7, seed % 5 == 0);
        uint64_t s = ~seed;
        for (int k = 0; k < 6 && !bad; k++, asked++) {
            struct us_who who = random_who(&s, &w);
            bool by_company = below(&s, 2);
            touched += us_identity_touches(i, &who, by_company);
            if (!agrees(i, &w, &who, by_company, seed)) bad = seed;
        }
        us_identity_free(i);
    }
    printf("# %" PRIu64 " questions, %" PRIu64 " of them touched\n", asked, touched);
    CHECK_AS(
        t, bad == 0, "random links: at, spans and touches agree with the naive one");
}

/* Whether two tables give one answer for everybody over the moments of w from `from`.
 */
static bool alike(const struct us_identity *x, const struct us_identity *y,
    const struct world *w, int64_t from)
{
    int64_t moments[MOMENTS_MAX];
    for (uint32_t id = 0; id < 2 * w->persons; id++) {
        struct us_who who = {US_NOBODY, US_NOBODY, US_NOBODY, id % 5};
        if (id < w->persons)
            who.user = id;
        else
            who.anonymous = id - w->persons;
        int64_t first = from > who.known ? from : who.known;
        size_t count = world_moments(w, first, moments);
        for (size_t k = 0; k < count; k++)
            for (int c = 0; c < 2; c++)
                if (!same(us_identity_at(x, &who, c, moments[k]),
                        us_identity_at(y, &who, c, moments[k])))
                    return false;
    }
    return true;
}

static void undo_and_order(struct us_tap *t)
{
    uint64_t order_bad = 0;
    uint64_t undo_bad = 0;
    for (uint64_t seed = 1; seed <= RUNS / 6; seed++) {
        struct world w;
        random_world(&w, seed + 500000);
        struct us_identity *x = build(&w, seed, false);
        struct us_identity *y = build(&w, ~seed, true);
        if (!alike(x, y, &w, INT64_MIN)) order_bad = seed;
        us_identity_free(y);
        /* One link more, undone at u: from u on as if it had never been. */
        struct us_link extra = w.links[0];
        extra.seq = 1000;
        extra.from = (extra.from + 1) % (w.persons < ACCOUNTS ? w.persons : ACCOUNTS);
        extra.known = (int64_t)(seed % 20);
        extra.undone = US_NEVER;
        int64_t u = extra.known + 5;
        struct us_identity *z = build(&w, seed, false);
        us_identity_add(z, &extra);
        us_identity_freeze(z);
        us_identity_undo(z, 1000, u);
        us_identity_freeze(z);
        if (!alike(x, z, &w, u)) undo_bad = seed;
        us_identity_free(x);
        us_identity_free(z);
    }
    if (order_bad) printf("# order: seed %" PRIu64 "\n", order_bad);
    if (undo_bad) printf("# undo: seed %" PRIu64 "\n", undo_bad);
    CHECK_AS(t, order_bad == 0, "links added in any order, in one go or thawed, agree");
    CHECK_AS(t, undo_bad == 0, "semantics 15: undo gives the earlier values back");
}

/* --- by hand --- */

enum { A0 = 0, A1, U0, U1, U2, U3, U4, U5, U6 };
#define NO UINT32_MAX

struct row {
    const char *what;
    struct us_link links[8];
    struct us_who who;
    bool by_company;
    int64_t t;
    uint32_t person, account;
};

#define L(s, k, kd, f, to_)                                                 \
    {                                                                       \
        .seq = (s), .known = (k), .undone = US_NEVER, .kind = US_LINK_##kd, \
        .from = (f), .to = (to_)                                            \
    }
#define LU(s, k, u, kd, f, to_)                                                     \
    {                                                                               \
        .seq = (s), .known = (k), .undone = (u), .kind = US_LINK_##kd, .from = (f), \
        .to = (to_)                                                                 \
    }

static const struct row rows[] = {
    {"semantics 10: unlinked, an anonymous id is a person by itself",
        {L(1, 50, ANONYMOUS, A1, U1)}, {NO, A0, NO, 10}, false, 60, A0, NO},
    {"semantics 15: before it is known, a link is not seen",
        {L(1, 50, ANONYMOUS, A0, U0)}, {NO, A0, NO, 10}, false, 49, A0, NO},
    {"semantics 15: from then on all of the past is", {L(1, 50, ANONYMOUS, A0, U0)},
        {NO, A0, NO, 10}, false, 50, U0, NO},
    {"rule 1: two users of one machine: the newest at the message's own known",
        {L(1, 10, ANONYMOUS, A0, U0), L(2, 30, ANONYMOUS, A0, U1)}, {NO, A0, NO, 20},
        false, 90, U0, NO},
    {"rule 1: and the first one after, when none was before",
        {L(1, 10, ANONYMOUS, A0, U0), L(2, 30, ANONYMOUS, A0, U1)}, {NO, A0, NO, 5},
        false, 90, U0, NO},
    {"semantics 15: undone, the link before it holds again",
        {L(1, 10, ANONYMOUS, A0, U0), LU(2, 15, 40, ANONYMOUS, A0, U1)},
        {NO, A0, NO, 20}, false, 40, U0, NO},
    {"rule 1: a userId needs no link", {L(1, 10, ANONYMOUS, A0, U0)}, {U1, A0, NO, 20},
        false, 90, U1, NO},
    {"rule 2: aliases make a chain", {L(1, 10, ALIAS, U0, U1), L(2, 20, ALIAS, U1, U2)},
        {U0, NO, NO, 5}, false, 20, U2, NO},
    {"rule 2: self-alias does nothing (the browser client sends it)",
        {L(1, 10, ALIAS, U0, U0)}, {U0, NO, NO, 5}, false, 20, U0, NO},
    {"rule 2: the link that closes a circle is not followed",
        {L(1, 10, ALIAS, U0, U1), L(2, 20, ALIAS, U1, U0)}, {U1, NO, NO, 5}, false, 20,
        U1, NO},
    {"rule 2: and so both are still one person",
        {L(1, 10, ALIAS, U0, U1), L(2, 20, ALIAS, U1, U0)}, {U0, NO, NO, 5}, false, 20,
        U1, NO},
    {"rule 2: an older alias of the same id holds instead",
        {L(1, 5, ALIAS, U1, U2), L(2, 10, ALIAS, U0, U1), L(3, 20, ALIAS, U1, U0)},
        {U0, NO, NO, 5}, false, 20, U2, NO},
    {"rule 3: five users are a family machine",
        {L(1, 1, ANONYMOUS, A0, U0), L(2, 2, ANONYMOUS, A0, U1),
            L(3, 3, ANONYMOUS, A0, U2), L(4, 4, ANONYMOUS, A0, U3),
            L(5, 5, ANONYMOUS, A0, U4)},
        {NO, A0, NO, 9}, false, 20, U4, NO},
    {"rule 3: six are nobody's",
        {L(1, 1, ANONYMOUS, A0, U0), L(2, 2, ANONYMOUS, A0, U1),
            L(3, 3, ANONYMOUS, A0, U2), L(4, 4, ANONYMOUS, A0, U3),
            L(5, 5, ANONYMOUS, A0, U4), L(6, 12, ANONYMOUS, A0, U5)},
        {NO, A0, NO, 9}, false, 12, A0, NO},
    {"rule 3: until one of them is undone",
        {L(1, 1, ANONYMOUS, A0, U0), L(2, 2, ANONYMOUS, A0, U1),
            L(3, 3, ANONYMOUS, A0, U2), L(4, 4, ANONYMOUS, A0, U3),
            LU(5, 5, 30, ANONYMOUS, A0, U4), L(6, 12, ANONYMOUS, A0, U5)},
        {NO, A0, NO, 9}, false, 30, U3, NO},
    {"semantics 16: its own groupId first", {L(1, 1, GROUP, U0, 3)}, {U0, NO, 2, 9},
        false, 20, U0, 2},
    {"semantics 16: else the newest group call by known",
        {L(1, 1, GROUP, U0, 3), L(2, 7, GROUP, U0, 2), L(3, 12, GROUP, U0, 1)},
        {U0, NO, NO, 9}, false, 20, U0, 2},
    {"rule 4: a group call of an id merged into the person counts",
        {L(1, 1, GROUP, U1, 3), L(2, 12, ALIAS, U1, U0)}, {U0, NO, NO, 9}, false, 12,
        U0, 3},
    {"rule 4: so does one of the anonymous time",
        {L(1, 3, GROUP, A0, 3), L(2, 12, ANONYMOUS, A0, U0)}, {U0, NO, NO, 9}, false,
        12, U0, 3},
    {"rule 4: ties go to the greater number where no text is given",
        {L(1, 3, GROUP, U0, 1), L(2, 3, GROUP, U0, 3), L(3, 3, GROUP, U0, 2)},
        {U0, NO, NO, 9}, false, 12, U0, 3},
    {"rule 4: a person removed from its account has none",
        {L(1, 3, GROUP, U0, 1), L(2, 5, GROUP, U0, NO)}, {U0, NO, NO, 9}, false, 12, U0,
        NO},
    {"semantics 16: company by mapping before the e-mail's domain",
        {L(1, 1, COMPANY, 3, 7), L(2, 1, EMAIL, U0, 8)}, {U0, NO, 3, 9}, true, 20, U0,
        7},
    {"semantics 16: else by the domain", {L(2, 1, EMAIL, U0, 8)}, {U0, NO, 3, 9}, true,
        20, U0, 8},
    {"semantics 16: else none", {L(2, 1, EMAIL, U1, 8)}, {U0, NO, 3, 9}, true, 20, U0,
        NO},
    {"semantics 15: before its domain is mapped, it is the domain's",
        {L(1, 1, EMAIL, U0, 8), L(2, 15, COMPANY, 8, 7)}, {U0, NO, NO, 9}, true, 14, U0,
        8},
    {"semantics 15: and from then on the company's",
        {L(1, 1, EMAIL, U0, 8), L(2, 15, COMPANY, 8, 7)}, {U0, NO, NO, 9}, true, 15, U0,
        7},
    {"semantics 15: mapped anew, the newer holds from its own moment",
        {L(1, 1, EMAIL, U0, 8), L(2, 10, COMPANY, 8, 7), L(3, 15, COMPANY, 8, 6)},
        {U0, NO, NO, 9}, true, 14, U0, 7},
    {"semantics 15: a mapping that is undone gives the domain back",
        {L(1, 1, EMAIL, U0, 8), LU(2, 10, 15, COMPANY, 8, 7)}, {U0, NO, NO, 9}, true,
        15, U0, 8},
    {"rule 4: a company that is mapped is the other's",
        {L(1, 1, COMPANY, 3, 7), L(2, 15, COMPANY, 7, 6)}, {U0, NO, 3, 9}, true, 15, U0,
        6},
    {"rule 4: one step further, and no more",
        {L(1, 1, COMPANY, 3, 7), L(2, 1, COMPANY, 7, 6), L(3, 1, COMPANY, 6, 5)},
        {U0, NO, 3, 9}, true, 15, U0, 6},
};

static void by_hand(struct us_tap *t)
{
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        const struct row *r = &rows[k];
        struct us_identity *i = us_identity_new();
        for (size_t l = 0; l < 8 && r->links[l].seq; l++)
            us_identity_add(i, &r->links[l]);
        us_identity_freeze(i);
        struct us_span s = us_identity_at(i, &r->who, r->by_company, r->t);
        CHECK_AS(t, s.person == r->person && s.account == r->account, r->what);
        us_identity_free(i);
    }
}

static void edges_of_it(struct us_tap *t)
{
    struct us_identity *i = us_identity_new();
    struct us_who who = {U0, NO, 3, 9};
    struct us_span s = us_identity_at(i, &who, false, 9);
    CHECK_AS(t, s.person == U0 && s.account == 3 && s.to == US_NEVER,
        "no links: the raw ids, for ever");
    CHECK(t, !us_identity_touches(i, &who, false));
    CHECK(t, us_identity_company(i, 3, 9, NULL) == US_NOBODY);
    for (int64_t k = 0; k < 10; k++) {
        struct us_link l = L(k, 10 * k, GROUP, U0, (uint32_t)(k % 2));
        l.undone = l.known + 5;
        us_identity_add(i, &l);
    }
    us_identity_freeze(i);
    who = (struct us_who){U0, NO, NO, 0};
    struct us_span spans[3];
    CHECK(t, us_identity_spans(i, &who, false, spans, 3) == 3);
    CHECK_AS(t,
        spans[2].to == US_NEVER && spans[2].account == NO && spans[2].from == 10,
        "past max, the last stretch tells the newest answer");
    CHECK(t, spans[0].to == 5 && spans[0].account == 0 && spans[1].account == NO);
    us_identity_free(i);
    us_identity_free(NULL);
}

static void mappings(struct us_tap *t)
{
    struct us_identity *i = us_identity_new();
    struct us_link of_domain = LU(1, 10, 20, COMPANY, 8, 7);
    us_identity_add(i, &of_domain);
    us_identity_freeze(i);
    int64_t until = 0;
    CHECK(t, us_identity_company(i, 8, 9, &until) == US_NOBODY && until == 10);
    CHECK(t, us_identity_company(i, 8, 10, &until) == 7 && until == 20);
    CHECK_AS(t, us_identity_company(i, 8, 20, &until) == US_NOBODY && until == US_NEVER,
        "a mapping tells how long it stands");
    us_identity_free(i);
}

/* Deep chains and crowds are walked without recursion and in no more than their length.
 */
static void deep(struct us_tap *t)
{
    enum { DEPTH = 200000 };
    struct us_identity *i = us_identity_new();
    for (uint32_t k = 0; k < DEPTH; k++) {
        struct us_link l = L(k + 1, k % 97, ALIAS, k, k + 1);
        us_identity_add(i, &l);
    }
    struct us_link group = L(DEPTH + 1, 5, GROUP, 0, 77);
    us_identity_add(i, &group);
    us_identity_freeze(i);
    struct us_who who = {DEPTH, NO, NO, 100};
    struct us_span s = us_identity_at(i, &who, false, 100);
    CHECK_AS(t, s.person == DEPTH && s.account == 77, "a chain of 200,000 aliases");
    who.user = 0;
    s = us_identity_at(i, &who, false, 100);
    CHECK(t, s.person == DEPTH && s.account == 77);
    us_identity_free(i);
}

int main(void)
{
    struct us_tap t = {0};
    by_hand(&t);
    edges_of_it(&t);
    mappings(&t);
    random_worlds(&t);
    undo_and_order(&t);
    deep(&t);
    return us_tap_done(&t);
}
