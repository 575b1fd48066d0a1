/* replay_meet.c: of an account's rows, which names and people there are, the days of
 * people, and what of its arrays can be left out.
 */
#include "history/replay_build.h"

#include <stdlib.h>

enum { FEW = 32 }; /* are sorted by insertion */

static struct replay_named *name_of(struct replay_building *b, uint32_t name)
{
    struct replay_local *l = &b->names[name];
    if (l->turn != b->turn) {
        *l = (struct replay_local){b->turn, b->entry.runs};
        size_t count = b->entry.runs;
        struct replay_named *n = us_push(&b->lists[0], b->named, count, b->named_cap);
        *n = (struct replay_named){.name = name,
            .number = b->entry.runs++,
            .last_at = INT64_MIN,
            .last_known = INT64_MIN};
    }
    return &b->named[l->number];
}

static struct replay_member *member_of(struct replay_building *b, uint32_t person)
{
    struct replay_local *l = &b->people[person];
    if (l->turn != b->turn) {
        *l = (struct replay_local){b->turn, b->entry.people};
        size_t count = b->entry.people;
        struct replay_member *m =
            us_push(&b->lists[1], b->members, count, b->member_cap);
        *m = (struct replay_member){
            .person = person, .number = b->entry.people++, .last_day = INT32_MIN};
    }
    return &b->members[l->number];
}

static inline void user_day_add(
    struct replay_building *b, struct replay_member *m, int32_t day)
{
    if (m->last_day == day) {
        b->user_days[m->last_slot].count++;
        return;
    }
    m->last_day = day;
    m->last_slot = b->entry.user_days;
    size_t count = b->entry.user_days++;
    *us_push(&b->lists[2], b->user_days, count, b->user_day_cap) =
        (struct us_user_day){day, m->number, 1};
}

/* People of earlier stretches are people of the account. */
static void swaps_meet(struct replay_building *b, const struct replay_taken *t,
    const struct replay_extra *extra)
{
    for (uint32_t k = 0; k < extra->swap_count; k++) {
        uint32_t person = t->swaps[extra->swap_from + k].person;
        if (person != US_NOBODY) member_of(b, person);
    }
}

/* What goes over all rows of an account. */
struct look {
    int64_t first_at, last_at, last_known;
    int64_t day_from, day_to; /* of the row before */
    uint32_t person;          /* of the row before, and its member */
    struct replay_member *member;
    struct replay_member nobody;
    uint32_t flags;
};

/* Mostly it is the person of the row before. */
static struct replay_member *look_person(
    struct replay_building *b, struct look *l, uint32_t person, bool again)
{
    if (person != l->person || again || !l->member) {
        l->person = person;
        l->member = person == US_NOBODY ? &l->nobody : member_of(b, person);
    }
    return l->member;
}

/* A row that is not plain; false: it does not stay. */
static bool look_extra(struct replay_building *b, const struct replay_taken *t,
    const struct replay_rec *r, struct look *l)
{
    const struct replay_extra *extra = &t->extras[r->extra - 1];
    swaps_meet(b, t, extra);
    look_person(b, l, r->person, true); /* members may have moved */
    if (extra->to == US_NEVER) return true;
    l->flags |= REPLAY_HAS_TO;
    return false;
}

/* Names and people of the rows, their days, and what of the arrays can be left out. */
static void rows_look(struct replay_building *b, const struct replay_taken *t)
{
    struct replay_entry *e = &b->entry;
    struct look l = {.first_at = US_NEVER,
        .last_at = US_ALWAYS,
        .last_known = b->sink.head.last_known,
        .person = US_NOBODY,
        .nobody = {.number = US_NOBODY, .last_day = INT32_MIN}};
    struct replay_row *rows = b->rows;
    for (size_t i = 0; i < t->count; i++) {
        const struct replay_rec *r = &t->recs[t->order[i]];
        int64_t at = r->a;
        int64_t known = r->b;
        struct replay_named *n = name_of(b, r->name);
        n->count++;
        if (at < n->last_at || (at == n->last_at && known < n->last_known)) {
            n->mixed = true;
            l.flags |= REPLAY_HAS_PLACE;
        }
        n->last_at = at;
        n->last_known = known;
        if (known != at) l.flags |= REPLAY_HAS_KNOWN;
        if (at < l.first_at) l.first_at = at;
        if (at > l.last_at) l.last_at = at;
        if (known > l.last_known) l.last_known = known;
        struct replay_member *m = look_person(b, &l, r->person, false);
        rows[i] = (struct replay_row){n->number, m->number};
        if (r->extra && !look_extra(b, t, r, &l)) continue;
        if (at < l.day_from || at >= l.day_to) {
            l.day_from = us_day(at) * US_DAY_US;
            l.day_to = l.day_from + US_DAY_US;
        }
        user_day_add(b, l.member, (int32_t)(l.day_from / US_DAY_US));
    }
    e->first_at = l.first_at;
    e->last_at = l.last_at;
    e->flags = l.flags;
    b->sink.head.last_known = l.last_known;
}

static int named_order(const void *a, const void *b)
{
    uint32_t x = ((const struct replay_named *)a)->name;
    uint32_t y = ((const struct replay_named *)b)->name;
    return (x > y) - (x < y);
}

static int member_order(const void *a, const void *b)
{
    uint32_t x = ((const struct replay_member *)a)->person;
    uint32_t y = ((const struct replay_member *)b)->person;
    return (x > y) - (x < y);
}

static int user_day_order(const void *a, const void *b)
{
    const struct us_user_day *x = a;
    const struct us_user_day *y = b;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

/* Names of an account are few, most often. */
static void named_sort(struct replay_named *list, uint32_t n)
{
    if (n > FEW) {
        qsort(list, n, sizeof *list, named_order);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        struct replay_named one = list[i];
        uint32_t at = i;
        for (; at && list[at - 1].name > one.name; at--)
            list[at] = list[at - 1];
        list[at] = one;
    }
}

/* They come in order of days, so that a person's is seldom far from its place. */
static void user_days_order(struct us_user_day *list, uint32_t n)
{
    uint64_t moves = 0;
    for (uint32_t i = 1; i < n; i++) {
        struct us_user_day one = list[i];
        uint32_t at = i;
        for (; at && user_day_order(&list[at - 1], &one) > 0; at--)
            list[at] = list[at - 1];
        list[at] = one;
        moves += i - at;
        if (moves <= (uint64_t)FEW * (i + FEW)) continue;
        qsort(list, n, sizeof *list, user_day_order);
        return;
    }
}

/* Names and people in order of their ids; where each name's rows begin. */
static void names_sort(struct replay_building *b)
{
    struct replay_entry *e = &b->entry;
    named_sort(b->named, e->runs);
    qsort(b->members, e->people, sizeof *b->members, member_order);
    uint32_t from = 0;
    for (uint32_t i = 0; i < e->runs; i++) {
        struct replay_named *n = &b->named[i];
        b->name_number[n->number] = i;
        n->from = n->next = from;
        from += n->count;
    }
    for (uint32_t i = 0; i < e->people; i++)
        b->member_number[b->members[i].number] = i;
}

/* By day, then user, each once. Rows come by and large in order of time, so that only
 * those of one day need sorting. */
static void user_days_sort(struct replay_building *b)
{
    struct us_user_day *list = b->user_days;
    uint32_t n = b->entry.user_days;
    bool sorted = true;
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].user != US_NOBODY) list[i].user = b->member_number[list[i].user];
        sorted = sorted && (!i || user_day_order(&list[i - 1], &list[i]) < 0);
    }
    if (sorted) return;
    user_days_order(list, n);
    uint32_t kept = 0;
    for (uint32_t i = 1; i < n; i++) {
        if (user_day_order(&list[kept], &list[i]) == 0)
            list[kept].count += list[i].count;
        else
            list[++kept] = list[i];
    }
    b->entry.user_days = kept + 1;
}

void replay_meet(struct replay_building *b, const struct replay_taken *t)
{
    rows_look(b, t);
    size_t old = b->entry.runs > b->entry.people ? b->entry.runs : b->entry.people;
    b->name_number = us_new(&b->scratch, uint32_t, old + 1);
    b->member_number = us_new(&b->scratch, uint32_t, old + 1);
    names_sort(b);
    user_days_sort(b);
}
