/* version.c: the text a definition's version is the hash of (semantics 21).
 *
 * The canonical expressions of everything it reaches, one a line under the word that
 * stands before it in usher.yml; what is not given has no line. Neither words, comments
 * and the order of its keys nor `rank`, `grades`, `horizon` and plays are in it: they
 * change nobody's standing.
 */

#include "base/hash.h"
#include "qualify/compile.h"

enum { CANON_BYTES_MAX = 1 << 20 };

struct canon {
    struct us_build *b;
    struct us_buf text;
};

static void line(struct canon *c, const char *word, uint32_t node)
{
    if (node == US_NODE_NONE) return;
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
    us_buf_put(&c->text, US_S("aim: "));
    us_outcome_print(c->b->r, &c->b->r->outcomes[def->aim], &c->text);
    us_buf_char(&c->text, '\n');
    length(c, "aim within", def->times.within);
}

void us_build_version(struct us_build *b, struct us_definition *def)
{
    struct canon c = {b, us_buf_new(b->a, CANON_BYTES_MAX)};
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
    def->canon = us_buf_str(&c.text);
    def->version =
        us_arena_fmt(b->a, "%016llx", (unsigned long long)us_print_of(def->canon).lo);
}
