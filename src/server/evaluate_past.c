/* evaluate_past.c: whether a line that nobody evaluated became known in the past, or is
 * a fact of all time, which is seen there.
 *
 * Those are the lines since the last run, before the first load; and before a later
 * one, those that history has read and that were not taken yet.
 */

#include "server/evaluate_inner.h"

struct looking {
    struct us_evaluator *v;
    us_pos to;     /* lines before it are history's */
    int64_t until; /* moments told */
    int64_t seq;   /* lines up to it were evaluated */
};

struct seeking {
    struct us_evaluator *v;
    bool fixed;
};

static us_code key_take(void *ctx, us_str key, uint32_t node, struct us_error *e)
{
    (void)node;
    (void)e;
    struct seeking *s = ctx;
    s->fixed = s->fixed || us_evaluator_is_fixed(s->v, key);
    return US_OK;
}

/* An account's row without a date, and among its traits one that is fixed. */
static bool is_ever(
    struct us_evaluator *v, const struct us_json_doc *doc, uint32_t node)
{
    static const us_str omit[] = {US_S_INIT("account"), US_S_INIT("at"), US_S_INIT("")};
    struct seeking s = {.v = v};
    int64_t at;
    uint32_t dated = us_json_get(doc, node, US_S("at"));
    us_str text = {"", 0};
    if (dated != US_JSON_NONE && doc->nodes[dated].kind == US_JSON_STRING)
        text = us_str_trim(us_json_text(doc, dated, &v->line));
    if (us_time_read(text, &at)) return false;
    (void)us_traits_walk(doc, node, omit, &v->line, key_take, &s, NULL);
    return s.fixed;
}

/* The known of a line that something may rest on, US_ALWAYS of one that is seen since
 * ever; US_NEVER of others. */
static us_code known_of(
    const struct looking *l, us_str line, int64_t *known, struct us_error *e)
{
    struct us_evaluator *v = l->v;
    struct us_json_doc doc;
    struct us_head head;
    struct us_message m;
    uint32_t node;
    us_arena_reset(&v->line);
    *known = US_NEVER;
    US_TRY(us_json_parse(v->json, line, &doc, e));
    us_code code = us_head_read(&doc, &head, &node, &v->line, e);
    if (code == US_NOT_FOUND) return US_OK; /* a commit line */
    if (code != US_OK) return code;
    if (head.type == US_LINE_DEAD || head.type == US_LINE_IMPORT ||
        head.type == US_LINE_TEST || head.type == US_LINE_RETRY || head.seq <= l->seq)
        return US_OK;
    *known = head.known;
    if (head.type == US_LINE_ACCOUNT && is_ever(v, &doc, node)) *known = US_ALWAYS;
    if (head.type != US_LINE_MESSAGE) return US_OK;
    US_TRY(us_message_read(&doc, node, &head, US_NEVER, &v->line, &m, e));
    *known = m.known;
    return US_OK;
}

static us_code lines_look(
    const struct looking *l, struct us_journal_reader *r, struct us_error *e)
{
    us_str text;
    us_pos at;
    us_pos next;
    us_code code;
    while ((code = us_journal_reader_next(r, &text, &at, &next, e)) == US_OK &&
           us_pos_before(at, l->to)) {
        while (text.len) {
            int64_t known;
            us_str line = us_str_cut(text, '\n', &text);
            if (!line.len) continue;
            US_TRY(known_of(l, line, &known, e));
            if (known > l->until) continue;
            l->v->past = l->v->owed = true;
            return US_OK;
        }
    }
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_evaluator_past(struct us_evaluator *v, us_pos to, struct us_error *e)
{
    struct us_journal_reader *r = NULL;
    const struct looking l = {v, to, v->over, v->counts.seq};
    if (v->first || v->past || v->o.silent) return US_OK;
    US_TRY(us_journal_reader_open(v->o.journal, v->position, &r, e));
    us_code code = lines_look(&l, r, e);
    us_journal_reader_close(r);
    return code;
}
