/* Signals a, b, c … one a line, then an expression: nothing crashes, what is printed
 * parses to the same node, values have the kind the node says, and lie within its
 * bounds where there are no events. */

#include "base/err.h"
#include "signal/compile.h"

#include <stdint.h>

enum { SIGNALS_MAX = 8 };

static void check(struct us_plan *p, uint32_t node, us_scope scope, struct us_diags *d)
{
    struct us_buf text = us_buf_new(p->arena, 1 << 16);
    us_plan_print(p, node, true, &text);
    us_assert(us_str_is_utf8(us_buf_str(&text)));
    size_t told = d->count;
    us_source source = {.text = us_buf_str(&text)};
    if (!text.full && text.len <= US_EXPRESSION_BYTES_MAX)
        us_assert(us_plan_add(p, source, p->nodes[node].kind, scope, d) == node);
    us_assert(d->count == told);
    struct us_buf out = us_buf_new(p->arena, 1 << 10);
    us_plan_print(p, node, false, &out);
}

static void evaluate(struct us_plan *p, uint32_t node)
{
    struct us_log log = {.column_count = p->need.column_count};
    us_value v = us_naive(p, node, &log, 0, 0, p->arena);
    const struct us_node *n = &p->nodes[node];
    us_assert(v.kind == US_MISSING || n->kind == US_MISSING || v.kind == n->kind);
    struct us_bounds b = us_plan_bounds_idle(p, node);
    struct us_bounds all = us_plan_bounds(p, node);
    double number = v.kind == US_NUMBER ? v.number : v.kind == US_BOOL && v.truth;
    us_assert(b.least <= number && number <= b.most);
    us_assert(all.least <= number && number <= all.most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct us_arena a; /* kept: mapping it costs more than a run */
    if (!a.base) us_arena_init(&a, 256 << 20);
    us_arena_reset(&a);
    struct us_diags d = {.arena = &a};
    struct us_config c = {.signals = us_new(&a, struct us_signal_text, SIGNALS_MAX)};
    us_str rest = {(const char *)data, size};
    us_str line = us_str_cut(rest, '\n', &rest);
    while (rest.len && c.signal_count < SIGNALS_MAX) {
        char *name = us_new(&a, char, 1);
        *name = (char)('a' + c.signal_count);
        struct us_signal_text text = {.name.text = {name, 1}, .is.text = line};
        c.signals[c.signal_count++] = text;
        line = us_str_cut(rest, '\n', &rest);
    }
    struct us_plan *p = NULL;
    us_plan_open(&c, &a, &d, &p);
    uint32_t nodes[2];
    for (int scope = US_PER_ACCOUNT; scope <= US_PER_USER; scope++) {
        size_t told = d.count;
        us_source source = {.text = line};
        nodes[scope] = us_plan_add(p, source, US_MISSING, (us_scope)scope, &d);
        if (nodes[scope] != US_NODE_NONE) check(p, nodes[scope], (us_scope)scope, &d);
        /* A failure is told, unless it is that of a signal, which was. */
        us_assert(nodes[scope] != US_NODE_NONE || d.count > told || d.errors > 0);
    }
    us_plan_close(p);
    for (int scope = US_PER_ACCOUNT; scope <= US_PER_USER; scope++)
        if (nodes[scope] != US_NODE_NONE) evaluate(p, nodes[scope]);
    return 0;
}
