/* story_asked.c: random expressions. */

#include "base/err.h"
#include "signal/story.h"

#include <stdarg.h>

static const char *const names[] = {"A", "B", "C"};

struct writing {
    struct story *y;
    bool user;
    char *text;
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void put(
    struct writing *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(w->text + w->len, STORY_TEXT_MAX - w->len, format, args);
    va_end(args);
    us_assert(n >= 0 && w->len + (size_t)n < STORY_TEXT_MAX);
    w->len += (size_t)n;
}

static void pattern(struct writing *w, const char *property)
{
    static const char *const wheres[] = {"kind == \"a\"", "amount > 0.5",
        "kind in [\"a\", \"b\"] and amount <= 1", "not (kind == \"b\")",
        "kind == \"a\" or amount == 1"};
    struct story *y = w->y;
    if (!property[0] && story_one_in(y, 4)) {
        put(w, "any");
        return;
    }
    put(w, "\"%s\"%s", names[story_below(y, 3)], property);
    if (story_one_in(y, 3)) put(w, " where %s", wheres[story_below(y, 5)]);
}

static void window(struct writing *w, bool all)
{
    struct story *y = w->y;
    uint64_t how = story_below(y, 8);
    if (how == 0 && all) {
        put(w, "all");
    } else if (how == 1) {
        put(w, "%dh", 1 + (int)story_below(y, 30));
        y->hours = true;
    } else {
        put(w, "%dd", 1 + (int)story_below(y, story_one_in(y, 3) ? 30 : 8));
    }
}

static void windowed(struct writing *w, bool all)
{
    static const char *const plain[] = {"count", "users", "days"};
    static const char *const valued[] = {
        "sum", "mean", "highest", "lowest", "distinct"};
    uint64_t kinds = 8;
    uint64_t which = story_below(w->y, kinds);
    put(w, "%s(", which < 3 ? plain[which] : valued[which - 3]);
    pattern(w, which < 3 ? "" : ".amount");
    put(w, ", ");
    window(w, all);
    put(w, ")");
}

/* What moves as days leave a window, whether rows come or not. */
static void ebbing(struct writing *w)
{
    static const char *const calls[] = {
        "sum", "count", "sum", "count", "users", "days", "mean", "highest"};
    static const char *const arounds[] = {"prior(", "prior(", "trend(", "", "", ""};
    struct story *y = w->y;
    const char *around = arounds[story_below(y, 6)];
    uint64_t which = story_below(y, 8);
    bool plain = which == 1 || (which >= 3 && which < 6);
    put(w, "%s%s(", around, calls[which]);
    pattern(w, plain ? "" : ".amount");
    put(w, ", %dd)%s", 2 + (int)story_below(y, 7), around[0] ? ")" : "");
}

/* A window beside the one before it, or beside a longer one. */
static void grown(struct writing *w)
{
    static const char *const calls[] = {"count", "count", "users", "days"};
    static const char *const factors[] = {"", "1.5 * ", "2 * ", "0.5 + "};
    static const char *const compares[] = {">=", ">", "<=", "<", "==", "!="};
    struct story *y = w->y;
    const char *call = calls[story_below(y, 4)];
    const char *name = names[story_below(y, 3)];
    const char *compare = compares[story_below(y, 6)];
    int days = 1 + (int)story_below(y, 7);
    put(w, "%s(\"%s\", %dd) ", call, name, days);
    if (story_one_in(y, 3))
        put(w, "- %s(\"%s\", %dd) %s %d", call, name, days + 1 + (int)story_below(y, 5),
            compare, -(int)story_below(y, 5));
    else
        put(w, "%s %sprior(%s(\"%s\", %dd))", compare, factors[story_below(y, 4)], call,
            name, days);
}

static void number(struct writing *w, int depth);
static void condition(struct writing *w, int depth);

/* A function of a pattern alone, or of another function. */
static void over(struct writing *w, const char *name, bool function)
{
    put(w, "%s(", name);
    if (function)
        windowed(w, false);
    else
        pattern(w, "");
    put(w, ")");
}

static void latest(struct writing *w)
{
    put(w, "latest(");
    pattern(w, ".amount");
    put(w, ")");
}

static void leaf(struct writing *w)
{
    struct story *y = w->y;
    uint64_t kinds = 16;
    if (y->ebbs && story_one_in(y, 2)) {
        ebbing(w);
        return;
    }
    switch (story_below(y, kinds)) {
    case 0: over(w, "since", false); return;
    case 1: over(w, "age", false); return;
    case 2: put(w, "account.size"); return;
    case 3: put(w, "account.age"); return;
    case 4: put(w, "account.mrr"); return;
    case 5: put(w, "account.paid(%dd)", 1 + (int)story_below(y, 20)); return;
    case 11: over(w, "prior", true); return;
    case 12: over(w, "trend", true); return;
    case 13: over(w, "first", true); return;
    case 15: latest(w); return;
    case 14: over(w, story_one_in(y, 3) ? "streak_weeks" : "streak", false); return;
    default: windowed(w, true); return;
    }
}

static void number(struct writing *w, int depth)
{
    static const char *const ops[] = {"+", "-", "*", "/"};
    struct story *y = w->y;
    uint64_t how = depth > 0 ? story_below(y, 6) : 6;
    switch (how) {
    case 0:
        put(w, "(");
        number(w, depth - 1);
        put(w, " %s ", ops[story_below(y, 4)]);
        number(w, depth - 1);
        put(w, ")");
        return;
    case 1:
        put(w, "%s(", story_one_in(y, 2) ? "least" : "most");
        number(w, depth - 1);
        put(w, ", %d)", (int)story_below(y, 6));
        return;
    case 2:
        put(w, "coalesce(");
        number(w, depth - 1);
        put(w, ", %d)", (int)story_below(y, 3));
        return;
    case 3:
        put(w, "(%d if ", 1 + (int)story_below(y, 50));
        condition(w, depth - 1);
        put(w, ")");
        return;
    default: leaf(w); return;
    }
}

static void condition(struct writing *w, int depth)
{
    static const char *const compares[] = {
        ">=", ">", "<=", "<", "==", "!=", ">=", ">="};
    struct story *y = w->y;
    uint64_t how = depth > 0 ? story_below(y, 9) : 4 + story_below(y, 5);
    if (y->ebbs && story_one_in(y, 4)) {
        grown(w);
        return;
    }
    if (y->ebbs && !story_one_in(y, 3)) {
        ebbing(w);
        put(w, " %s %d%s", compares[story_below(y, 8)], 1 + (int)story_below(y, 6),
            story_one_in(y, 5) ? ".5" : "");
        return;
    }
    switch (how) {
    case 0:
    case 1:
    case 2:
        put(w, "(");
        condition(w, depth - 1);
        put(w, how == 0 ? " or " : " and ");
        condition(w, depth - 1);
        put(w, ")");
        return;
    case 3:
        put(w, "not (");
        condition(w, depth - 1);
        put(w, ")");
        return;
    case 4:
        put(w, "account.plan == \"%s\"", story_one_in(y, 2) ? "pro" : "free");
        return;
    case 5:
        if (story_one_in(y, 2)) {
            over(w, "ever", false);
            return;
        }
        put(w, "seq(");
        for (int steps = 2 + story_one_in(y, 3); steps > 0; steps--) {
            pattern(w, "");
            put(w, ", ");
        }
        window(w, true);
        put(w, ")");
        return;
    default:
        number(w, depth > 0 ? depth - 1 : 0);
        put(w, " %s %d%s", compares[story_below(y, 8)], (int)story_below(y, 5),
            story_one_in(y, 5) ? ".5" : "");
        return;
    }
}

void story_condition(struct story *y, char text[STORY_TEXT_MAX])
{
    struct writing w = {.y = y, .text = text};
    condition(&w, 2);
}

uint32_t story_expression(struct story *y, char text[STORY_TEXT_MAX])
{
    struct writing w = {.y = y, .text = text, .user = story_one_in(y, 6)};
    if (story_one_in(y, 3))
        number(&w, 2);
    else
        condition(&w, 2);
    us_source source = {us_str_c(text), {0, 1, 1, 1}};
    us_scope scope = w.user ? US_PER_USER : US_PER_ACCOUNT;
    uint32_t node = us_plan_add(y->plan, source, US_MISSING, scope, &y->diags);
    if (node == US_NODE_NONE) printf("# does not compile: %s\n", text);
    us_assert(node != US_NODE_NONE);
    return node;
}
