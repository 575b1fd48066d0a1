/* identity.c: answers as of one moment.
 *
 * An answer is worked out from the tables alone, and every row that is looked at on the
 * way tells until when it will look the same: a link not yet known becomes known, one
 * that holds is undone. The earliest of these moments is how long the answer stands,
 * and where the next stretch may begin. So one piece of code is both at() and spans().
 */

#include "identity/identity.h"

#include "base/err.h"
#include "identity/tables.h"

/* Address space, not memory. */
static const size_t LINK_BYTES_MAX = (size_t)256 << 30;
static const size_t TABLE_BYTES_MAX = (size_t)512 << 30;

struct us_identity *us_identity_new(void)
{
    struct us_arena own;
    us_arena_init(&own, 2 * sizeof(struct us_identity));
    struct us_identity *i = us_new(&own, struct us_identity, 1);
    i->own = own;
    us_arena_init(&i->given, LINK_BYTES_MAX);
    us_arena_init(&i->taken, LINK_BYTES_MAX);
    us_arena_init(&i->made, TABLE_BYTES_MAX);
    i->frozen = true; /* nothing known is known */
    return i;
}

void us_identity_free(struct us_identity *i)
{
    if (!i) return;
    us_arena_done(&i->given);
    us_arena_done(&i->taken);
    us_arena_done(&i->made);
    struct us_arena own = i->own;
    us_arena_done(&own);
}

void us_identity_clear(struct us_identity *i)
{
    struct us_identity kept = {
        .own = i->own, .given = i->given, .taken = i->taken, .made = i->made};
    us_arena_reset(&kept.given);
    us_arena_reset(&kept.taken);
    us_arena_reset(&kept.made);
    kept.frozen = true;
    *i = kept;
}

void us_identity_add(struct us_identity *i, const struct us_link *link)
{
    us_assert(i->link_count < UINT32_MAX / 2);
    *us_push(&i->given, i->links, i->link_count, i->link_cap) = *link;
    i->frozen = false;
}

void us_identity_undo(struct us_identity *i, int64_t link_seq, int64_t known)
{
    *us_push(&i->taken, i->undos, i->undo_count, i->undo_cap) =
        (struct undo){link_seq, known};
    i->frozen = false;
}

/* One question: as of t; until: how long all that was looked at stays as it is. */
struct ask {
    const struct us_identity *identity;
    int64_t t;
    int64_t until;
};

static void stands_until(struct ask *q, int64_t moment)
{
    if (moment < q->until) q->until = moment;
}

static uint32_t step_at(
    struct ask *q, const struct steps *s, uint32_t id, uint32_t none)
{
    if (id >= s->ids) return none;
    uint32_t lo = s->start[id];
    uint32_t hi = s->start[id + 1];
    uint32_t first = lo;
    uint32_t end = hi;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->rows[mid].since <= q->t)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < end) stands_until(q, s->rows[lo].since);
    return lo > first ? s->rows[lo - 1].to : none;
}

static uint32_t root_of(struct ask *q, uint32_t person)
{
    for (;;) {
        uint32_t to = step_at(q, &q->identity->alias, person, US_NOBODY);
        if (to == US_NOBODY) return person;
        person = to;
    }
}

static uint32_t rows_of(const struct edges *e, uint32_t id, const struct edge **rows)
{
    if (id >= e->ids) return 0;
    *rows = e->rows + e->start[id];
    return e->start[id + 1] - e->start[id];
}

/* Whether a row holds at t. A row not yet known is a reason to ask again. */
static bool holds(struct ask *q, const struct edge *row)
{
    if (row->known > q->t) {
        stands_until(q, row->known);
        return false;
    }
    if (row->undone <= q->t) return false;
    stands_until(q, row->undone);
    return true;
}

/* Rule (1): whose an anonymous id was at moment x (x <= t): itself when nobody's. */
static uint32_t user_of(struct ask *q, uint32_t anonymous, int64_t x)
{
    const struct edge *rows = NULL;
    uint32_t count = rows_of(&q->identity->anonymous, anonymous, &rows);
    if (count == 0) return anonymous;
    if (step_at(q, &q->identity->shared, anonymous, 0) == 1) return anonymous;
    uint32_t known = us_edges_until(rows, count, x);
    for (uint32_t k = known; k > 0; k--)
        if (holds(q, &rows[k - 1])) return rows[k - 1].to;
    uint32_t first = count;
    for (uint32_t k = known; k < count; k++) {
        if (first < count && rows[k].known != rows[first].known) break;
        if (holds(q, &rows[k]))
            first = k; /* the last of a tie is the greatest text */
        else if (rows[k].known > q->t)
            break;
    }
    return first < count ? rows[first].to : anonymous;
}

/* By mapping; US_NOBODY where it has none. */
static uint32_t mapped_at(struct ask *q, uint32_t account)
{
    return step_at(q, &q->identity->company, account, US_NOBODY);
}

/* The best link so far of a person, seen from the moment x of a message. */
struct best {
    int64_t x;
    const struct edge *before, *after;
};

/* Consider the links of one raw id, those made while it was `user`. */
static void consider(struct ask *q, const struct edges *links, uint32_t raw,
    uint32_t user, struct best *b)
{
    const struct edge *rows = NULL;
    uint32_t count = rows_of(links, raw, &rows);
    if (count == 0) return;
    const struct us_identity *i = q->identity;
    uint32_t known = us_edges_until(rows, count, b->x);
    for (uint32_t k = known; k > 0; k--) {
        const struct edge *row = &rows[k - 1];
        if (b->before && us_edge_cmp(i, row, b->before) < 0) break;
        if (!holds(q, row) || user_of(q, raw, row->known) != user) continue;
        b->before = row;
        break;
    }
    if (b->before) return;
    for (uint32_t k = known; k < count; k++) {
        const struct edge *row = &rows[k];
        if (b->after && row->known > b->after->known) break;
        if (!holds(q, row)) {
            if (row->known > q->t) break;
            continue;
        }
        if (user_of(q, raw, row->known) != user) continue;
        bool better = !b->after || row->known < b->after->known ||
                      us_edge_cmp(i, row, b->after) > 0;
        if (better) b->after = row;
    }
}

static void consider_person(
    struct ask *q, const struct edges *links, uint32_t person, struct best *b)
{
    consider(q, links, person, person, b);
    const struct visitors *v = &q->identity->visitors;
    if (person >= v->ids) return;
    for (uint32_t k = v->start[person]; k < v->start[person + 1]; k++)
        consider(q, links, v->rows[k], person, b);
}

/* The first child of a person at t after `after` (US_NOBODY: from the start). */
static uint32_t child_of(struct ask *q, uint32_t person, uint32_t after)
{
    const struct children *c = &q->identity->children;
    if (person >= c->ids) return US_NOBODY;
    uint32_t lo = c->start[person];
    uint32_t hi = c->start[person + 1];
    uint32_t end = hi;
    while (after != US_NOBODY && lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (c->rows[mid].from <= after)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < end; lo++) {
        const struct child *row = &c->rows[lo];
        if (row->since > q->t) {
            stands_until(q, row->since);
        } else if (row->until > q->t) {
            stands_until(q, row->until);
            return row->from;
        }
    }
    return US_NOBODY;
}

/* Rule (4) for a person: the account or company of the best link among those of all ids
 * that are this person at t. The tree of aliases is walked without a stack: however
 * deep someone makes it, a walk back up is a step of the alias table. */
static uint32_t link_of(
    struct ask *q, const struct edges *links, uint32_t person, int64_t x)
{
    struct best b = {.x = x};
    uint32_t at = person;
    consider_person(q, links, at, &b);
    uint32_t after = US_NOBODY;
    for (;;) {
        uint32_t child = child_of(q, at, after);
        if (child != US_NOBODY) {
            at = child;
            after = US_NOBODY;
            consider_person(q, links, at, &b);
            continue;
        }
        if (at == person) break;
        after = at;
        at = step_at(q, &q->identity->alias, at, US_NOBODY);
    }
    const struct edge *best = b.before ? b.before : b.after;
    return best ? best->to : US_NOBODY;
}

static uint8_t flags_of(const struct us_identity *i, uint32_t person)
{
    return person < i->persons ? i->flags[person] : 0;
}

static struct us_span answer(
    const struct us_identity *i, const struct us_who *who, bool by_company, int64_t t)
{
    struct ask q = {i, t, US_NEVER};
    uint32_t person = who->user;
    if (person == US_NOBODY && who->anonymous != US_NOBODY)
        person = user_of(&q, who->anonymous, who->known);
    if (person != US_NOBODY) person = root_of(&q, person);
    uint32_t account = who->group;
    if (account == US_NOBODY && (flags_of(i, person) & HAS_GROUP))
        account = link_of(&q, &i->group, person, who->known);
    if (by_company) {
        uint32_t company = US_NOBODY;
        if (account != US_NOBODY) company = mapped_at(&q, account);
        if (company == US_NOBODY && (flags_of(i, person) & HAS_EMAIL))
            company = link_of(&q, &i->email, person, who->known);
        uint32_t whose = company == US_NOBODY ? company : mapped_at(&q, company);
        account = whose == US_NOBODY ? company : whose;
    }
    return (struct us_span){t, q.until, person, account};
}

struct us_span us_identity_at(
    const struct us_identity *i, const struct us_who *who, bool by_company, int64_t t)
{
    us_assert(i->frozen);
    us_assert(t >= who->known);
    return answer(i, who, by_company, t);
}

size_t us_identity_spans(const struct us_identity *i, const struct us_who *who,
    bool by_company, struct us_span *spans, size_t max)
{
    us_assert(i->frozen && max > 0);
    spans[0] = answer(i, who, by_company, who->known);
    size_t count = 1;
    for (;;) {
        struct us_span *last = &spans[count - 1];
        if (last->to == US_NEVER) return count;
        struct us_span next = answer(i, who, by_company, last->to);
        if (next.person == last->person && next.account == last->account) {
            last->to = next.to;
        } else if (count < max) {
            spans[count++] = next;
        } else {
            next.from = last->from;
            *last = next;
        }
    }
}

bool us_identity_touches(
    const struct us_identity *i, const struct us_who *who, bool by_company)
{
    us_assert(i->frozen);
    uint32_t person = who->user != US_NOBODY ? who->user : who->anonymous;
    uint8_t any = who->user != US_NOBODY ? MOVES_USER : MOVES_ANONYMOUS;
    if (who->group == US_NOBODY) any |= HAS_GROUP;
    if (by_company) {
        any |= HAS_EMAIL;
        uint32_t group = who->group;
        bool mapped = group < i->company.ids &&
                      i->company.start[group] != i->company.start[group + 1];
        if (mapped) return true;
    }
    return (flags_of(i, person) & any) != 0;
}

uint32_t us_identity_company(
    const struct us_identity *i, uint32_t account, int64_t t, int64_t *until)
{
    us_assert(i->frozen);
    struct ask q = {i, t, US_NEVER};
    uint32_t company = mapped_at(&q, account);
    if (until) *until = q.until;
    return company;
}
