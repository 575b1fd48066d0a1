/* replay_index.c: which definitions an account has rows enough for, by its totals. */

#include "qualify/replay_inner.h"

bool us_replay_never(const struct us_replay *p, uint32_t definition)
{
    uint32_t hand = p->rules->hand_raise;
    if (!us_past_short(p->past, &p->least[definition])) return false;
    return hand == US_NODE_NONE || us_past_short(p->past, &p->hand_least);
}

static void put(struct us_replay *p, struct us_least_rows need, uint32_t definition)
{
    struct us_replay_index *of = &p->index[need.of];
    size_t at = of->count;
    struct us_replay_need own = {need.least, definition};
    *us_push(p->arena, of->items, of->count, of->cap) = own;
    for (; at > 0 && of->items[at - 1].least > need.least; at--)
        of->items[at] = of->items[at - 1];
    of->items[at] = own;
}

/* Each stands by what it needs most of; the last of equals is the narrowest. */
void us_replay_index_make(struct us_replay *p)
{
    const struct us_rules *r = p->rules;
    p->index_count = r->plan->need.name_count + 2;
    p->index = us_new(p->arena, struct us_replay_index, p->index_count);
    p->unbound = us_new(p->arena, uint32_t, r->definition_count + 1);
    p->possible = us_new(p->arena, uint32_t, r->definition_count + 1);
    for (uint32_t d = 0; d < r->definition_count; d++) {
        const struct us_least *least = &p->least[d];
        const struct us_definition *def = &r->definitions[d];
        if (least->count == 0 || def->pql) {
            p->unbound[p->unbound_count++] = d;
            continue;
        }
        struct us_least_rows most = least->items[0];
        for (size_t i = 1; i < least->count; i++)
            if (least->items[i].least > most.least) most = least->items[i];
        put(p, most, d);
    }
}

size_t us_replay_possible(struct us_replay *p, const uint32_t **definitions)
{
    const struct us_rules *r = p->rules;
    bool hand =
        r->hand_raise != US_NODE_NONE && !us_past_short(p->past, &p->hand_least);
    size_t n = 0;
    *definitions = p->possible;
    for (; hand && n < r->definition_count; n++)
        p->possible[n] = (uint32_t)n;
    if (hand) return n;
    for (size_t i = 0; i < p->unbound_count; i++)
        p->possible[n++] = p->unbound[i];
    for (uint32_t of = 0; of < p->index_count; of++) {
        uint32_t rows = us_past_total(p->past, of);
        const struct us_replay_index *index = &p->index[of];
        for (size_t i = 0; i < index->count && index->items[i].least <= rows; i++)
            if (!us_past_short(p->past, &p->least[index->items[i].definition]))
                p->possible[n++] = index->items[i].definition;
    }
    return n;
}
