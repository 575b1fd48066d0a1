/* freeze.c: from links, in any order, to tables that answer.
 *
 * Links are sorted into one list per id and kind. What can no longer matter is left out
 * first: a link said again (a page load is one), and the users of a machine after it is
 * known to be shared. Then the flags that make an untouched message cost nothing.
 */

#include "base/err.h"
#include "identity/tables.h"

#include <stdlib.h>
#include <string.h>

static const size_t SCRATCH_BYTES_MAX = (size_t)256 << 30;
enum { SORT_SMALL = 16 };

static int undo_cmp(const void *x, const void *y)
{
    const struct undo *a = x;
    const struct undo *b = y;
    if (a->seq != b->seq) return a->seq < b->seq ? -1 : 1;
    return (a->known > b->known) - (a->known < b->known);
}

/* When a link ends: by its own word or by the earliest undo of its line. */
static int64_t end_of(const struct us_identity *i, const struct us_link *link)
{
    size_t lo = 0;
    size_t hi = i->undo_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (i->undos[mid].seq < link->seq)
            lo = mid + 1;
        else
            hi = mid;
    }
    bool found = lo < i->undo_count && i->undos[lo].seq == link->seq;
    int64_t undone = found ? i->undos[lo].known : US_NEVER;
    return undone < link->undone ? undone : link->undone;
}

/* Links that never say anything. */
static bool is_idle(const struct us_link *link, int64_t undone)
{
    if (undone <= link->known || link->from == US_NOBODY) return true;
    if (link->kind != US_LINK_ANONYMOUS && link->kind != US_LINK_ALIAS) return false;
    return link->from == link->to || link->to == US_NOBODY;
}

static int edge_cmp_with(const void *x, const void *y, void *identity)
{
    return us_edge_cmp(identity, x, y);
}

static void edges_sort(struct us_identity *i, struct edge *rows, uint32_t count)
{
    if (count > SORT_SMALL) {
        qsort_r(rows, count, sizeof *rows, edge_cmp_with, i);
        return;
    }
    for (uint32_t k = 1; k < count; k++) {
        struct edge row = rows[k];
        uint32_t j = k;
        for (; j > 0 && us_edge_cmp(i, &rows[j - 1], &row) > 0; j--)
            rows[j] = rows[j - 1];
        rows[j] = row;
    }
}

/* One list per id of the links of a kind. */
static struct edges edges_of(struct us_identity *i, struct us_arena *a,
    us_link_kind kind, uint32_t ids, const int64_t *undone)
{
    struct edges e = {0};
    uint32_t *start = us_new(a, uint32_t, (size_t)ids + 2);
    uint32_t count = 0;
    for (size_t k = 0; k < i->link_count; k++) {
        const struct us_link *link = &i->links[k];
        if (link->kind != kind || is_idle(link, undone[k])) continue;
        start[link->from + 2]++;
        count++;
    }
    if (count == 0) return e;
    e = (struct edges){
        .start = start, .ids = ids, .rows = us_new(a, struct edge, count)};
    for (uint32_t id = 0; id < ids; id++)
        start[id + 2] += start[id + 1];
    for (size_t k = 0; k < i->link_count; k++) {
        const struct us_link *link = &i->links[k];
        if (link->kind != kind || is_idle(link, undone[k])) continue;
        e.rows[start[link->from + 1]++] =
            (struct edge){link->known, undone[k], link->to, (uint32_t)k};
    }
    for (uint32_t id = 0; id < ids; id++)
        edges_sort(i, e.rows + start[id], start[id + 1] - start[id]);
    return e;
}

/* Leave out a link that says again what the one before it says: while neither is undone
 * it can change no answer of the kinds that are read per id. */
static uint32_t drop_repeats(struct edge *rows, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t k = 0; k < count; k++) {
        const struct edge *last = kept ? &rows[kept - 1] : NULL;
        bool again = last && last->to == rows[k].to && last->undone == US_NEVER &&
                     rows[k].undone == US_NEVER;
        if (!again) rows[kept++] = rows[k];
    }
    return kept;
}

/* Once a machine is shared for good, its later users are of no account. */
static uint32_t drop_crowd(struct edge *rows, uint32_t count)
{
    uint32_t users[US_LINK_USERS_MAX];
    uint32_t seen = 0;
    for (uint32_t k = 0; k < count; k++) {
        if (rows[k].undone != US_NEVER) continue;
        uint32_t j = 0;
        while (j < seen && users[j] != rows[k].to)
            j++;
        if (j < seen) continue;
        if (seen == US_LINK_USERS_MAX) return k + 1;
        users[seen++] = rows[k].to;
    }
    return count;
}

static void thin(struct edges *e, bool crowd)
{
    uint32_t put = 0;
    for (uint32_t id = 0; id < e->ids; id++) {
        struct edge *rows = e->rows + e->start[id];
        uint32_t kept = drop_repeats(rows, e->start[id + 1] - e->start[id]);
        if (crowd) kept = drop_crowd(rows, kept);
        memmove(e->rows + put, rows, kept * sizeof *rows);
        e->start[id] = put;
        put += kept;
    }
    if (e->ids) e->start[e->ids] = put;
}

static uint32_t reach_of(const struct us_identity *i, bool persons)
{
    uint32_t ids = 0;
    for (size_t k = 0; k < i->link_count; k++) {
        const struct us_link *link = &i->links[k];
        if ((link->kind != US_LINK_COMPANY) != persons || link->from == US_NOBODY)
            continue;
        if (link->from >= ids) ids = link->from + 1;
        bool to_person = link->kind == US_LINK_ANONYMOUS || link->kind == US_LINK_ALIAS;
        if (to_person && link->to != US_NOBODY && link->to >= ids) ids = link->to + 1;
    }
    return ids;
}

static void spread(struct us_identity *i, struct us_arena *scratch, uint32_t id,
    const struct edges *aliases)
{
    size_t count = 0;
    size_t cap = 0;
    uint32_t *stack = NULL;
    *us_push(scratch, stack, count, cap) = id;
    while (count) {
        uint32_t from = stack[--count];
        const struct edges *both[] = {&i->anonymous, aliases};
        for (size_t b = 0; b < 2; b++) {
            if (from >= both[b]->ids) continue;
            for (uint32_t k = both[b]->start[from]; k < both[b]->start[from + 1]; k++) {
                uint32_t to = both[b]->rows[k].to;
                uint8_t has = i->flags[from] & (HAS_GROUP | HAS_EMAIL);
                if ((i->flags[to] & has) == has) continue;
                i->flags[to] |= has;
                *us_push(scratch, stack, count, cap) = to;
            }
        }
    }
}

static uint32_t rows_at(const struct edges *e, uint32_t id)
{
    return id < e->ids ? e->start[id + 1] - e->start[id] : 0;
}

/* Flags of a person's own links first, then those it may come by. */
static void flags_make(
    struct us_identity *i, struct us_arena *scratch, const struct edges *aliases)
{
    i->flags = us_new(&i->made, uint8_t, (size_t)i->persons + 1);
    for (uint32_t id = 0; id < i->persons; id++) {
        if (rows_at(aliases, id)) i->flags[id] |= MOVES_USER | MOVES_ANONYMOUS;
        if (rows_at(&i->anonymous, id)) i->flags[id] |= MOVES_ANONYMOUS;
        if (rows_at(&i->group, id)) i->flags[id] |= HAS_GROUP;
        if (rows_at(&i->email, id)) i->flags[id] |= HAS_EMAIL;
    }
    for (uint32_t id = 0; id < i->persons; id++) {
        uint8_t own = (uint8_t)((rows_at(&i->group, id) ? HAS_GROUP : 0) |
                                (rows_at(&i->email, id) ? HAS_EMAIL : 0));
        if (!own) continue;
        us_mark mark = us_arena_mark(scratch);
        spread(i, scratch, id, aliases);
        us_arena_pop(scratch, mark);
    }
}

struct turn {
    int64_t at;
    uint32_t user;
    int by; /* 1 or -1 */
};

static int turn_cmp(const void *x, const void *y)
{
    const struct turn *a = x;
    const struct turn *b = y;
    return (a->at > b->at) - (a->at < b->at);
}

static int user_cmp(const void *x, const void *y)
{
    const struct edge *a = x;
    const struct edge *b = y;
    return (a->to > b->to) - (a->to < b->to);
}

/* When the rows of one anonymous id have more users than a machine of one person. */
static void shared_add(struct steps_maker *m, struct us_arena *scratch,
    const struct edge *rows, uint32_t count)
{
    struct edge *by_user = us_new(scratch, struct edge, count);
    struct turn *turns = us_new(scratch, struct turn, 2 * (size_t)count);
    memcpy(by_user, rows, count * sizeof *rows);
    qsort(by_user, count, sizeof *by_user, user_cmp);
    size_t turn_count = 0;
    uint32_t users = 0;
    for (uint32_t k = 0; k < count; k++) {
        if (k && by_user[k].to != by_user[k - 1].to) users++;
        turns[turn_count++] = (struct turn){by_user[k].known, users, 1};
        if (by_user[k].undone != US_NEVER)
            turns[turn_count++] = (struct turn){by_user[k].undone, users, -1};
    }
    if (users + 1 <= US_LINK_USERS_MAX) return;
    qsort(turns, turn_count, sizeof *turns, turn_cmp);
    int *held = us_new(scratch, int, (size_t)users + 1);
    int now = 0;
    bool shared = false;
    for (size_t k = 0; k < turn_count; k++) {
        int *held_by = &held[turns[k].user];
        now -= *held_by > 0;
        *held_by += turns[k].by;
        now += *held_by > 0;
        bool last = k + 1 == turn_count || turns[k + 1].at != turns[k].at;
        if (!last || shared == (now > US_LINK_USERS_MAX)) continue;
        shared = !shared;
        us_steps_add(m, turns[k].at, shared);
    }
}

static void shared_make(struct us_identity *i, struct us_arena *scratch)
{
    struct steps_maker m;
    us_steps_begin(&m, &i->made, &i->shared, i->anonymous.ids);
    for (uint32_t id = 0; id < i->anonymous.ids; id++) {
        us_steps_id(&m, id);
        uint32_t count = rows_at(&i->anonymous, id);
        if (count <= US_LINK_USERS_MAX) continue;
        us_mark mark = us_arena_mark(scratch);
        shared_add(&m, scratch, i->anonymous.rows + i->anonymous.start[id], count);
        us_arena_pop(scratch, mark);
    }
    us_steps_end(&m);
}

static void company_make(
    struct us_identity *i, struct us_arena *scratch, const struct edges *companies)
{
    struct steps_maker m;
    us_steps_begin(&m, &i->made, &i->company, companies->ids);
    for (uint32_t id = 0; id < companies->ids; id++) {
        us_steps_id(&m, id);
        us_steps_newest(&m, scratch, companies->rows + companies->start[id],
            rows_at(companies, id));
    }
    us_steps_end(&m);
}

/* One pass over the steps of those that bring a group or an e-mail: only they are ever
 * asked for. The first counts into start, the second fills. */
static uint32_t children_pass(struct us_identity *i, uint32_t *start, bool fill)
{
    const struct steps *alias = &i->alias;
    uint32_t count = 0;
    for (uint32_t id = 0; id < alias->ids; id++) {
        if (!(i->flags[id] & (HAS_GROUP | HAS_EMAIL))) continue;
        for (uint32_t k = alias->start[id]; k < alias->start[id + 1]; k++) {
            const struct step *step = &alias->rows[k];
            if (step->to == US_NOBODY) continue;
            count++;
            if (!fill) {
                start[step->to + 2]++;
                continue;
            }
            bool last = k + 1 == alias->start[id + 1];
            i->children.rows[start[step->to + 1]++] =
                (struct child){step->since, last ? US_NEVER : step[1].since, id};
        }
    }
    return count;
}

static void children_make(struct us_identity *i)
{
    i->children = (struct children){0};
    uint32_t *start = us_new(&i->made, uint32_t, (size_t)i->persons + 2);
    uint32_t count = children_pass(i, start, false);
    if (count == 0) return;
    for (uint32_t id = 0; id < i->persons; id++)
        start[id + 2] += start[id + 1];
    i->children =
        (struct children){start, us_new(&i->made, struct child, count), i->persons};
    children_pass(i, start, true);
}

void us_identity_freeze(struct us_identity *i)
{
    if (i->frozen) return;
    us_arena_reset(&i->made);
    struct us_arena scratch;
    us_arena_init(&scratch, SCRATCH_BYTES_MAX);
    if (i->undo_count) qsort(i->undos, i->undo_count, sizeof *i->undos, undo_cmp);
    int64_t *undone = us_new(&scratch, int64_t, i->link_count + 1);
    for (size_t k = 0; k < i->link_count; k++)
        undone[k] = end_of(i, &i->links[k]);

    i->persons = reach_of(i, true);
    uint32_t accounts = reach_of(i, false);
    i->anonymous = edges_of(i, &i->made, US_LINK_ANONYMOUS, i->persons, undone);
    i->group = edges_of(i, &i->made, US_LINK_GROUP, i->persons, undone);
    i->email = edges_of(i, &i->made, US_LINK_EMAIL, i->persons, undone);
    struct edges aliases = edges_of(i, &scratch, US_LINK_ALIAS, i->persons, undone);
    struct edges companies = edges_of(i, &scratch, US_LINK_COMPANY, accounts, undone);
    thin(&i->anonymous, true);
    thin(&aliases, false);
    thin(&companies, false);

    flags_make(i, &scratch, &aliases);
    shared_make(i, &scratch);
    company_make(i, &scratch, &companies);
    us_alias_settle(i, &scratch, &aliases);
    children_make(i);
    i->visitors = us_edges_turned(&i->made, &i->anonymous, i->persons, i->flags);
    us_arena_done(&scratch);
    i->frozen = true;
}
