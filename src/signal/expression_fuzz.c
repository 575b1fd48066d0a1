/* Signals a, b, c … one a line, then an expression: nothing crashes, what is printed
 * parses to the same node, values have the kind the node says, and lie within its
 * bounds, with events and without. */

#include "base/err.h"
#include "signal/compile.h"

#include <stdint.h>

enum { SIGNALS_MAX = 8, ROWS = 12 };

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

static us_value cell(us_kind kind, size_t row)
{
    if (kind == US_NUMBER) return us_number((double)row - 1.5);
    if (kind == US_BOOL) return us_bool(row % 2);
    return us_string(row % 2 ? US_S("x") : US_S("pro"));
}

/* A few rows of every name there is, hours apart, two of them at one moment. */
static struct us_log rows_of(const struct us_plan *p)
{
    struct us_log log = {.column_count = p->need.column_count, .event_count = ROWS};
    log.events = us_new(p->arena, struct us_log_event, ROWS);
    log.values = us_new(p->arena, us_value, ROWS * log.column_count);
    for (size_t i = 0; i < ROWS; i++) {
        int64_t at = (int64_t)(i - i % 2) * 7 * US_HOUR_US;
        log.events[i] = (struct us_log_event){.at = at, .from = at, .to = US_NEVER};
        log.events[i].user = i % 3 ? (uint32_t)(i % 3 - 1) : US_NOBODY;
        log.events[i].name = (uint32_t)(i % (p->need.name_count + 1));
        if (log.events[i].name == p->need.name_count)
            log.events[i].name = US_NAME_OTHER;
        for (size_t k = 0; k < log.column_count; k++)
            log.values[i * log.column_count + k] = cell(p->need.columns[k].kind, i);
    }
    return log;
}

static double number_of(const struct us_plan *p, uint32_t node, us_value v)
{
    const struct us_node *n = &p->nodes[node];
    us_assert(v.kind == US_MISSING || n->kind == US_MISSING || v.kind == n->kind);
    return v.kind == US_NUMBER ? v.number : v.kind == US_BOOL && v.truth;
}

static void evaluate(struct us_plan *p, uint32_t node)
{
    struct us_log none = {.column_count = p->need.column_count};
    struct us_log log = rows_of(p);
    double idle = number_of(p, node, us_naive(p, node, &none, 0, 0, p->arena));
    struct us_bounds b = us_plan_bounds_idle(p, node);
    struct us_bounds all = us_plan_bounds(p, node);
    us_assert(b.least <= idle && idle <= b.most);
    us_assert(all.least <= idle && idle <= all.most);
    int64_t t = ROWS * 7 * US_HOUR_US;
    double busy = number_of(p, node, us_naive(p, node, &log, 0, t, p->arena));
    us_assert(all.least <= busy && busy <= all.most);
    struct us_question q = {p, &log, US_NOBODY, t, p->arena};
    for (size_t k = 0; k < p->node_count; k++) {
        if (p->nodes[k].op != US_OP_CALL) continue;
        struct us_behind behind = us_naive_behind(&q, &p->nodes[k]);
        for (size_t i = 0; i < ROWS; i++)
            us_naive_matches(&q, &behind, i);
    }
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
