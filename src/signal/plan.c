/* plan.c: the table of nodes, in which equal content stands once. */

#include "base/err.h"
#include "signal/compile.h"

#include <string.h>

/* What is indexed by content. A column's tag is COLUMN + its kind. */
enum { NODE, PATTERN, NAME, ACCOUNT_TRAIT, USER_TRAIT, SIGNAL, COLUMN };

static void index_resize(struct us_arena *a, struct us_index *x)
{
    struct us_index old = *x;
    x->slot_count = old.slot_count ? old.slot_count * 2 : 64;
    x->keys = us_new(a, us_print, x->slot_count);
    x->values = us_new(a, uint32_t, x->slot_count);
    for (size_t i = 0; i < old.slot_count; i++) {
        if (old.values[i] == 0) continue;
        size_t slot = old.keys[i].lo & (x->slot_count - 1);
        while (x->values[slot])
            slot = (slot + 1) & (x->slot_count - 1);
        x->keys[slot] = old.keys[i];
        x->values[slot] = old.values[i];
    }
}

static size_t index_find(const struct us_index *x, us_print key)
{
    size_t slot = key.lo & (x->slot_count - 1);
    while (x->values[slot] && memcmp(&x->keys[slot], &key, sizeof key) != 0)
        slot = (slot + 1) & (x->slot_count - 1);
    return slot;
}

/* The slot of key: one more than the index that has it, or 0, to be set. */
static uint32_t *index_slot(struct us_arena *a, struct us_index *x, us_print key)
{
    if (2 * x->count >= x->slot_count) index_resize(a, x);
    size_t slot = index_find(x, key);
    if (x->values[slot] == 0) {
        x->keys[slot] = key;
        x->count++;
    }
    return &x->values[slot];
}

static us_print print_of(int tag, us_str content)
{
    char letter = (char)('a' + tag);
    return us_print_pair((us_str){&letter, 1}, content);
}

static uint32_t *slot_of(struct us_plan *p, int tag, us_str content)
{
    return index_slot(p->arena, &p->compiler->index, print_of(tag, content));
}

/* The index of text in a list, added when it is new. */
static uint32_t text_of(
    struct us_plan *p, int tag, us_str text, us_str **list, size_t *count, size_t *cap)
{
    uint32_t *slot = slot_of(p, tag, text);
    if (*slot == 0) {
        size_t room = *cap;
        *us_push(p->arena, *list, *count, room) = text;
        *cap = room;
        *slot = (uint32_t)*count;
    }
    return *slot - 1;
}

/* The main name of an event that is also called otherwise (events.alias). */
static us_str main_name(const struct us_config *c, us_str name)
{
    for (size_t i = 0; i < c->alias_count; i++)
        for (size_t k = 0; k < c->aliases[i].count; k++)
            if (us_str_eq(c->aliases[i].others[k].text, name))
                return c->aliases[i].name.text;
    return name;
}

uint32_t us_plan_name(struct us_plan *p, us_str name)
{
    struct us_need *n = &p->need;
    return text_of(p, NAME, main_name(p->compiler->config, name), &n->names,
        &n->name_count, &p->compiler->name_cap);
}

uint32_t us_plan_trait(struct us_plan *p, us_str key, us_scope of)
{
    struct us_need *n = &p->need;
    struct us_compiler *c = p->compiler;
    if (of == US_PER_USER)
        return text_of(p, USER_TRAIT, key, &n->user_traits, &n->user_trait_count,
            &c->user_trait_cap);
    return text_of(p, ACCOUNT_TRAIT, key, &n->account_traits, &n->account_trait_count,
        &c->account_trait_cap);
}

uint32_t us_plan_column(
    struct us_check *c, us_str path, us_kind kind, const struct us_term *t)
{
    struct us_plan *p = c->plan;
    struct us_need *n = &p->need;
    uint32_t *slot = slot_of(p, COLUMN + (int)kind, path);
    if (*slot) return *slot - 1;
    if (n->column_count >= US_HISTORY_COLUMNS_MAX) {
        us_check_fail(c, t, "signal.too_many_columns",
            US_ARGS(US_WHOLE("max", US_HISTORY_COLUMNS_MAX)), (us_str){0});
        return US_NODE_NONE;
    }
    struct us_column column = {path, kind};
    *us_push(p->arena, n->columns, n->column_count, p->compiler->column_cap) = column;
    *slot = (uint32_t)n->column_count;
    return *slot - 1;
}

uint32_t us_plan_pattern(struct us_plan *p, struct us_pattern pattern)
{
    uint32_t *slot = slot_of(p, PATTERN, (us_str){(char *)&pattern, sizeof pattern});
    if (*slot == 0) {
        *us_push(p->arena, p->patterns, p->pattern_count, p->compiler->pattern_cap) =
            pattern;
        *slot = (uint32_t)p->pattern_count;
    }
    return *slot - 1;
}

/* All that makes a node what it is, as bytes; its text and place are not. */
static us_str content_of(const struct us_node *n, const uint32_t *args, char *out)
{
    uint64_t fixed[16] = {n->op, n->scope, n->kind, n->pattern, n->column, n->trait,
        n->signal, (uint64_t)n->window.unit, (uint64_t)n->window.n,
        n->function ? n->function->id + 1U : 0, n->constant.kind, n->constant.truth,
        n->columns[0], n->columns[1], n->columns[2], n->step_count};
    us_print text = us_print_of(n->constant.text);
    size_t len = 0;
    memcpy(out, fixed, sizeof fixed);
    len += sizeof fixed;
    memcpy(out + len, &n->constant.number, sizeof n->constant.number);
    len += sizeof n->constant.number;
    memcpy(out + len, &text, sizeof text);
    len += sizeof text;
    if (n->step_count) memcpy(out + len, n->steps, n->step_count * sizeof *n->steps);
    len += n->step_count * sizeof *n->steps;
    if (n->arg_count) memcpy(out + len, args, n->arg_count * sizeof *args);
    return (us_str){out, len + n->arg_count * sizeof *args};
}

static uint32_t node_new(struct us_plan *p, struct us_node *n, const uint32_t *args)
{
    struct us_compiler *k = p->compiler;
    if (n->arg_count > 4) {
        uint32_t *more = us_new(p->arena, uint32_t, n->arg_count);
        memcpy(more, args, n->arg_count * sizeof *args);
        n->more = more;
    }
    for (uint32_t i = 0; i < 4 && i < n->arg_count; i++)
        n->args[i] = args[i];
    *us_push(p->arena, p->nodes, p->node_count, k->node_cap) = *n;
    size_t count = p->node_count - 1;
    struct us_facts facts = us_facts_of(p, n);
    *us_push(p->arena, p->facts, count, k->fact_cap) = facts;
    return (uint32_t)p->node_count - 1;
}

uint32_t us_plan_node(struct us_check *c, struct us_node *n, const uint32_t *args,
    const struct us_term *t)
{
    struct us_plan *p = c->plan;
    char bytes[160 + 2 * sizeof *args * (US_NODE_ARGS_MAX + 1)];
    us_assert(n->arg_count <= US_NODE_ARGS_MAX + 1);
    us_assert(n->step_count <= US_NODE_ARGS_MAX);
    for (uint32_t i = 0; i < n->arg_count; i++)
        if (p->nodes[args[i]].scope > n->scope) n->scope = p->nodes[args[i]].scope;
    if (n->op != US_OP_CALL) n->pattern = US_NODE_NONE;
    if (n->op != US_OP_CALL && n->op != US_OP_PROPERTY) n->column = US_NODE_NONE;
    for (int i = 0; i < 3 && n->op != US_OP_CALL; i++)
        n->columns[i] = US_NODE_NONE;
    if (n->op != US_OP_TRAIT) n->trait = US_NODE_NONE;
    if (n->op != US_OP_SIGNAL) n->signal = US_NODE_NONE;
    us_str text = us_str_slice(c->source.text, t->from, t->to);
    n->source = (us_source){text, us_source_place(c->source, t->from, t->to)};
    uint32_t *slot = slot_of(p, NODE, content_of(n, args, bytes));
    if (*slot) return *slot - 1;
    if (p->node_count >= US_NODES_MAX) {
        us_check_fail(c, t, "signal.too_many_nodes",
            US_ARGS(US_WHOLE("max", US_NODES_MAX)), (us_str){0});
        return US_NODE_NONE;
    }
    *slot = node_new(p, n, args) + 1;
    if (p->facts[*slot - 1].depth <= US_NODE_DEPTH_MAX) return *slot - 1;
    us_check_fail(c, t, "signal.too_deep", US_ARGS(US_WHOLE("max", US_NODE_DEPTH_MAX)),
        (us_str){0});
    return US_NODE_NONE;
}

bool us_plan_signal_add(struct us_plan *p, us_str name, uint32_t signal)
{
    uint32_t *slot = slot_of(p, SIGNAL, name);
    if (*slot) return false;
    *slot = signal + 1;
    return true;
}

uint32_t us_plan_signal_find(const struct us_plan *p, us_str name)
{
    const struct us_index *x = &p->compiler->index;
    if (x->slot_count == 0) return US_NODE_NONE;
    return x->values[index_find(x, print_of(SIGNAL, name))] - 1U;
}

void us_plan_others(struct us_plan *p)
{
    const struct us_config *c = p->compiler->config;
    struct us_need *n = &p->need;
    const struct us_index *x = &p->compiler->index;
    for (size_t i = 0; i < c->alias_count && n->name_count; i++) {
        us_print key = print_of(NAME, c->aliases[i].name.text);
        uint32_t name = x->values[index_find(x, key)];
        for (size_t k = 0; k < c->aliases[i].count && name; k++) {
            struct us_other_name other = {c->aliases[i].others[k].text, name - 1};
            *us_push(p->arena, n->others, n->other_count, p->compiler->other_cap) =
                other;
        }
    }
}
