/* version.c: the text a definition's version is the hash of (semantics 21).
 *
 * The canonical expressions of everything it reaches, one a line under the word that
 * stands before it in usher.yml; what is not given has no line. Events stand there by
 * their main names; what else they are called (events.alias) follows, a line each in
 * order of text. Neither words, comments and the order of its keys nor `rank`,
 * `grades`, `horizon` and plays are in it: they change nobody's standing.
 */

#include "base/hash.h"
#include "qualify/compile.h"

#include <stdlib.h>

enum { CANON_BYTES_MAX = 1 << 20 };

struct canon {
    struct us_build *b;
    struct us_buf text;
    bool *met;   /* nodes */
    bool *named; /* of need.names: some node counts it */
};

/* ---- what events are called ---- */

static void pattern_name(struct canon *c, uint32_t pattern)
{
    if (pattern == US_NODE_NONE) return;
    uint32_t name = c->b->r->plan->patterns[pattern].name;
    if (name != US_ANY_NAME) c->named[name] = true;
}

/* Nodes are as deep as US_NODE_DEPTH_MAX lets them. */
static void names(struct canon *c, uint32_t node)
{
    if (node == US_NODE_NONE || c->met[node]) return;
    c->met[node] = true;
    const struct us_node *n = &c->b->r->plan->nodes[node];
    if (n->op == US_OP_CALL) pattern_name(c, n->pattern);
    for (uint32_t i = 0; i < n->step_count; i++)
        pattern_name(c, n->steps[i]);
    for (uint32_t i = 0; i < n->arg_count; i++)
        names(c, us_node_arg(n, i));
}

static bool is_named(const struct canon *c, us_str name)
{
    const struct us_need *need = &c->b->r->plan->need;
    for (size_t i = 0; i < need->name_count; i++)
        if (c->named[i] && us_str_eq(need->names[i], name)) return true;
    return false;
}

static int text_order(const void *a, const void *b)
{
    return us_str_cmp(*(const us_str *)a, *(const us_str *)b);
}

static us_str called(struct canon *c, us_str name, us_str other)
{
    struct us_buf out = us_buf_new(c->b->a, CANON_BYTES_MAX);
    us_buf_put(&out, US_S("alias: "));
    us_buf_json(&out, name);
    us_buf_put(&out, US_S(": "));
    us_buf_json(&out, other);
    us_buf_char(&out, '\n');
    return us_buf_str(&out);
}

static void aliases(struct canon *c)
{
    const struct us_config *of = c->b->c;
    us_str *lines = NULL;
    size_t count = 0;
    size_t cap = 0;
    for (size_t i = 0; i < of->alias_count; i++) {
        const struct us_alias *alias = &of->aliases[i];
        if (!is_named(c, alias->name.text)) continue;
        for (size_t k = 0; k < alias->count; k++)
            *us_push(c->b->a, lines, count, cap) =
                called(c, alias->name.text, alias->others[k].text);
    }
    if (count) qsort(lines, count, sizeof *lines, text_order);
    for (size_t i = 0; i < count; i++)
        us_buf_put(&c->text, lines[i]);
}

/* ---- lines ---- */

static void line(struct canon *c, const char *word, uint32_t node)
{
    if (node == US_NODE_NONE) return;
    names(c, node);
    us_buf_fmt(&c->text, "%s: ", word);
    us_plan_print(c->b->r->plan, node, false, &c->text);
    us_buf_char(&c->text, '\n');
}

/* In the longest unit that says it. */
static void length(struct canon *c, const char *word, int64_t us)
{
    static const struct {
        int64_t us;
        char letter;
    } units[] = {{US_DAY_US, 'd'}, {US_HOUR_US, 'h'}, {US_MINUTE_US, 'm'}};
    if (us == 0) return;
    int64_t n = us / US_SECOND_US;
    char letter = 's';
    for (size_t i = 0; i < sizeof units / sizeof *units && letter == 's'; i++) {
        if (us % units[i].us) continue;
        n = us / units[i].us;
        letter = units[i].letter;
    }
    us_buf_fmt(&c->text, "%s: %lld%c\n", word, (long long)n, letter);
}

static void axes(struct canon *c, const struct us_definition *def)
{
    static const char *const scores[] = {[US_AXIS_USAGE] = "score usage",
        [US_AXIS_FIT] = "score fit",
        [US_AXIS_INTENT] = "score intent"};
    static const char *const thresholds[] = {[US_AXIS_USAGE] = "threshold usage",
        [US_AXIS_FIT] = "threshold fit",
        [US_AXIS_INTENT] = "threshold intent"};
    for (int axis = 0; axis < US_AXES; axis++) {
        for (size_t i = 0; i < def->score_count[axis]; i++)
            line(c, scores[axis], def->score[axis][i]);
        if (def->text->threshold[axis] <= 0) continue;
        us_buf_fmt(&c->text, "%s: ", thresholds[axis]);
        us_buf_real(&c->text, def->text->threshold[axis]);
        us_buf_char(&c->text, '\n');
    }
}

static void aim(struct canon *c, const struct us_definition *def)
{
    if (def->aim == US_NODE_NONE) return;
    names(c, c->b->r->outcomes[def->aim].node);
    us_buf_put(&c->text, US_S("aim: "));
    us_outcome_print(c->b->r, &c->b->r->outcomes[def->aim], &c->text);
    us_buf_char(&c->text, '\n');
    length(c, "aim within", def->times.within);
}

void us_build_version(struct us_build *b, struct us_definition *def)
{
    const struct us_plan *plan = b->r->plan;
    struct canon c = {b, us_buf_new(b->a, CANON_BYTES_MAX),
        us_new(b->a, bool, plan->node_count + 1),
        us_new(b->a, bool, plan->need.name_count + 1)};
    us_buf_fmt(&c.text, "kind: %s\n", def->pql ? "pql" : "pqa");
    if (def->within != US_NODE_NONE) {
        us_str name = b->c->definitions[def->within].name.text;
        us_buf_fmt(&c.text, "within: %.*s\n", US_ARG(name));
    }
    line(&c, "who", def->who);
    line(&c, "exclude", b->r->exclude);
    if (!def->pql) line(&c, "hand_raise", b->r->hand_raise);
    for (size_t i = 0; i < def->must_count; i++)
        line(&c, "must", def->must[i]);
    axes(&c, def);
    line(&c, "stay", def->stay);
    aim(&c, def);
    length(&c, "hold", def->times.hold);
    length(&c, "cooldown", def->times.cooldown);
    length(&c, "expires", def->times.expires);
    aliases(&c);
    def->canon = us_buf_str(&c.text);
    def->version =
        us_arena_fmt(b->a, "%016llx", (unsigned long long)us_print_of(def->canon).lo);
}
