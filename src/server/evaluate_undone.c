/* evaluate_undone.c: what a link that was taken back had brought about.
 *
 * What was told while the link held was so by what was known, a replay finds it as
 * well, and it stays (semantics 15). Where it would not have been so had the link never
 * been, it is told to be corrected, at the moment of the undo. That is what a replay
 * says of the account's rows as they would have been seen: those that the link brought
 * and the undo took away never were there; those that the link took away and the undo
 * brought back were all the time. Of one that came meanwhile, to another account, the
 * moment at which it became known is not at hand: it counts from when it happened.
 */

#include "server/evaluate_inner.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct us_undone {
    int64_t known, undone; /* the link held in [known, undone) */
};

static int undone_order(const void *a, const void *b)
{
    const struct us_undone *x = a;
    const struct us_undone *y = b;
    return (x->undone > y->undone) - (x->undone < y->undone);
}

static int link_order(const void *a, const void *b)
{
    const struct us_undone *x = a;
    const struct us_undone *y = b;
    int order = undone_order(a, b);
    return order ? order : (x->known > y->known) - (x->known < y->known);
}

/* Which undos nobody was told of: those later than it. Also of definitions that go on
 * by how accounts stand: what a replay says and was told at the same moment is the
 * same. */
static int64_t undone_after(const struct us_evaluator *v, uint32_t definition)
{
    bool all = v->past || v->how[definition] == US_DEFINITION_NEW;
    return all ? US_ALWAYS : v->over;
}

static struct us_undone *undone_list(const struct us_evaluator *v)
{
    return (struct us_undone *)(void *)v->undone.base;
}

void us_evaluator_undone_put(struct us_evaluator *v, int64_t known, int64_t undone)
{
    if (v->o.silent || undone == US_NEVER || known >= undone) return;
    *us_new(&v->undone, struct us_undone, 1) = (struct us_undone){known, undone};
    v->undone_count++;
}

/* Of a line with several links one is enough; of those told already none is. */
void us_evaluator_undone_ready(struct us_evaluator *v)
{
    struct us_undone *list = undone_list(v);
    size_t kept = 0;
    int64_t after = US_NEVER;
    for (uint32_t d = 0; d < v->o.rules->definition_count; d++)
        if (undone_after(v, d) < after) after = undone_after(v, d);
    if (v->undone_count) qsort(list, v->undone_count, sizeof *list, link_order);
    for (size_t i = 0; i < v->undone_count; i++) {
        bool again = kept && link_order(&list[kept - 1], &list[i]) == 0;
        if (list[i].undone > after && !again) list[kept++] = list[i];
    }
    v->undone_count = kept;
}

/* ---- rows as they would have been ---- */

/* Of one kind: all kinds have a time and the stretch in which they are seen. */
struct rows {
    char *base;
    size_t *count;
    size_t size, at, from, to;
};

#define ROWS(items, counted, type)                                                   \
    {                                                                                \
        (char *)(items), &(counted), sizeof(struct type), offsetof(struct type, at), \
            offsetof(struct type, from), offsetof(struct type, to)                   \
    }

enum { KINDS = 4 };

struct all_rows {
    struct rows of[KINDS];
};

static struct all_rows rows_of(struct us_log *log)
{
    return (struct all_rows){
        {ROWS(log->events, log->event_count, us_log_event),
            ROWS(log->traits, log->trait_count, us_log_trait),
            ROWS(log->payments, log->payment_count, us_log_payment),
            ROWS(log->deals, log->deal_count, us_log_deal)},
    };
}

static int64_t *moment(const struct rows *r, size_t i, size_t what)
{
    return (int64_t *)(void *)(r->base + i * r->size + what);
}

/* Until when the link had it seen here; it is no more. */
static bool leaves(
    const struct rows *r, size_t i, const struct us_undone *u, int64_t *came)
{
    int64_t from = *moment(r, i, r->from);
    if (*moment(r, i, r->to) != u->undone || from < u->known) return false;
    *came = from;
    *moment(r, i, r->to) = from;
    return true;
}

/* One that was here as another person's came when that did. */
static bool stays(
    const struct rows *r, size_t i, const struct us_undone *u, int64_t came)
{
    int64_t at = *moment(r, i, r->at);
    int64_t *from = moment(r, i, r->from);
    if (*from != u->undone || *moment(r, i, r->to) == u->undone) return false;
    if (at < u->known) at = u->known;
    if (came != US_NEVER) at = came;
    if (at < u->undone) *from = at;
    return true;
}

/* Stretches of one row lie together. History need not know its seq, so that of several
 * of one time any may be another's. False: the link did nothing to them. */
static bool rows_without(
    const struct rows *r, const struct us_undone *u, struct us_arena *a)
{
    int64_t *came = us_new(a, int64_t, *r->count + 1);
    bool touched = false;
    for (size_t from = 0, to; from < *r->count; from = to) {
        int64_t at = *moment(r, from, r->at);
        size_t left = 0;
        for (to = from; to < *r->count && *moment(r, to, r->at) == at; to++)
            left += leaves(r, to, u, &came[left]);
        size_t paired = 0;
        for (size_t i = from; i < to; i++)
            paired += stays(r, i, u, paired < left ? came[paired] : US_NEVER);
        touched |= left || paired;
    }
    return touched;
}

static void *copied(struct us_arena *a, const void *from, size_t bytes)
{
    if (!bytes) return NULL;
    void *to = us_alloc_raw(a, 1, _Alignof(max_align_t), bytes);
    memcpy(to, from, bytes);
    return to;
}

/* False: it is the same without. */
static bool without(const struct us_log *log, const struct us_undone *u,
    struct us_arena *a, struct us_log *out)
{
    bool touched = false;
    *out = *log;
    out->events = copied(a, log->events, log->event_count * sizeof *log->events);
    out->traits = copied(a, log->traits, log->trait_count * sizeof *log->traits);
    out->payments =
        copied(a, log->payments, log->payment_count * sizeof *log->payments);
    out->deals = copied(a, log->deals, log->deal_count * sizeof *log->deals);
    struct all_rows all = rows_of(out);
    for (int i = 0; i < KINDS; i++)
        touched |= rows_without(&all.of[i], u, a);
    return touched;
}

/* ---- what it had brought about ---- */

static bool is_found(const struct us_gathered *in, const struct us_gathered_told *told)
{
    for (size_t i = 0; i < in->told_count; i++) {
        const struct us_gathered_told *x = &in->told[i];
        if (x->definition == told->definition && x->user == told->user &&
            x->change.change == told->change.change && x->change.t == told->change.t)
            return true;
    }
    return false;
}

static void correct(struct us_evaluator *v, const struct us_gathered *in,
    const struct us_gathered_told *told, int64_t undone)
{
    const struct us_log *facts = &in->runs.facts;
    us_str user = {"", 0};
    if (told->user != US_NOBODY) user = facts->people[told->user].key;
    *us_new(&v->corrections, struct us_told_correction, 1) =
        (struct us_told_correction){.account = us_arena_str(&v->texts, facts->key),
            .user = us_arena_str(&v->texts, user),
            .definition = told->definition,
            .change = told->change,
            .at = undone};
    v->correction_count++;
}

static void link_look(struct us_evaluator *v, const struct us_log *log,
    const struct us_undone *u, struct us_arena *a)
{
    const struct us_rules *r = v->o.rules;
    struct us_log changed;
    struct us_gathered was;
    struct us_gathered is;
    if (!without(log, u, a, &changed)) return;
    int64_t *after = us_new(a, int64_t, r->definition_count + 1);
    for (uint32_t d = 0; d < r->definition_count; d++)
        after[d] = u->undone > undone_after(v, d) ? u->known - 1 : US_NEVER;
    const struct us_gathering how = {
        .rules = r, .until = u->undone - 1, .after = after};
    us_evaluator_gather_one(&how, log, a, &was);
    us_evaluator_gather_one(&how, &changed, a, &is);
    for (size_t i = 0; i < was.told_count; i++)
        if (!is_found(&is, &was.told[i])) correct(v, &was, &was.told[i], u->undone);
}

/* Whether any row begins or ends with one of them, which all accounts are asked. */
static bool ends(const struct us_undone *list, size_t count, int64_t from, int64_t to)
{
    const struct us_undone begun = {.undone = from};
    const struct us_undone over = {.undone = to};
    return bsearch(&over, list, count, sizeof over, undone_order) ||
           bsearch(&begun, list, count, sizeof begun, undone_order);
}

static bool is_of(const struct us_undone *list, size_t count, const struct us_log *log)
{
    struct us_log read = *log;
    struct all_rows all = rows_of(&read);
    for (int k = 0; k < KINDS; k++) {
        const struct rows *r = &all.of[k];
        for (size_t i = 0; i < *r->count; i++)
            if (ends(list, count, *moment(r, i, r->from), *moment(r, i, r->to)))
                return true;
    }
    return false;
}

void us_evaluator_undone_look(
    struct us_evaluator *v, const struct us_log *log, struct us_arena *a)
{
    const struct us_undone *list = undone_list(v);
    if (!v->undone_count || !is_of(list, v->undone_count, log)) return;
    for (size_t i = 0; i < v->undone_count; i++)
        if (is_of(&list[i], 1, log)) link_look(v, log, &list[i], a);
}
