/* evaluate_past.c: whether a line that nobody evaluated became known in the past. */

#include "server/evaluate_inner.h"

/* The known of a line that something may rest on; US_NEVER of others. */
static us_code known_of(
    struct us_evaluator *v, us_str line, int64_t *known, struct us_error *e)
{
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
        head.type == US_LINE_TEST || head.type == US_LINE_RETRY)
        return US_OK;
    *known = head.known;
    if (head.type != US_LINE_MESSAGE) return US_OK;
    US_TRY(us_message_read(&doc, node, &head, US_NEVER, &v->line, &m, e));
    *known = m.known;
    return US_OK;
}

static us_code lines_look(
    struct us_evaluator *v, struct us_journal_reader *r, struct us_error *e)
{
    us_str text;
    us_pos at;
    us_pos next;
    us_code code;
    while ((code = us_journal_reader_next(r, &text, &at, &next, e)) == US_OK) {
        while (text.len) {
            int64_t known;
            us_str line = us_str_cut(text, '\n', &text);
            if (!line.len) continue;
            US_TRY(known_of(v, line, &known, e));
            if (known > v->o.told_until) continue;
            v->past = v->owed = true;
            return US_OK;
        }
    }
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code us_evaluator_past(struct us_evaluator *v, struct us_error *e)
{
    struct us_journal_reader *r = NULL;
    if (!v->unlooked) return US_OK;
    US_TRY(us_journal_reader_open(v->o.journal, v->o.told_at, &r, e));
    us_code code = lines_look(v, r, e);
    us_journal_reader_close(r);
    v->unlooked = code != US_OK;
    return code;
}
