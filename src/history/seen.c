/* seen.c: what links make of lines and people, as tables for SQL.
 *
 * event_spans has it of events, kept up to date by settling. Of the other lines, which
 * are few, history works it out each time it hands logs out (logs.h); the views seen_…
 * want it as rows: line_spans has the stretches of traits, payments and deals for which
 * the line's own account or person is not the whole truth, group_members who was put
 * into an account by a group call. They are made anew as a whole when something was
 * loaded since, and only when somebody is about to ask.
 */
#include "history/logs.h"

static const us_str LINES = US_S_INIT(
    "SELECT DISTINCT seq, account, known FROM traits WHERE account IS NOT NULL "
    "UNION ALL SELECT seq, account, known FROM payments WHERE account IS NOT NULL "
    "UNION ALL SELECT seq, account, known FROM deals WHERE account IS NOT NULL");
static const us_str LINES_OF_PEOPLE = US_S_INIT(
    "SELECT DISTINCT seq, person, known FROM traits WHERE person IS NOT NULL");
struct seen {
    struct us_history *h;
    struct logs_facts facts;
    struct duck_table *table;
};

static us_code span_put(
    struct seen *s, int64_t seq, const struct us_span *span, struct us_error *e)
{
    struct duck_table *t = s->table;
    duck_put_i64(t, 0, seq);
    duck_put_time(t, 1, span->from);
    duck_put_time(t, 2, span->to);
    duck_put_id(t, 3, span->person);
    duck_put_id(t, 4, span->account);
    return duck_row_end(t, e);
}

static bool whole(const struct us_span *spans, size_t count, int64_t known)
{
    return count == 1 && spans->from == known && spans->to == US_NEVER;
}

static us_code account_line(
    struct seen *s, const struct duck_rows *r, size_t i, struct us_error *e)
{
    int64_t known = duck_i64(r, 2, i);
    struct us_span *spans;
    size_t count = logs_account_spans(&s->facts, duck_id(r, 1, i), known, &spans);
    if (whole(spans, count, known) && spans->account == duck_id(r, 1, i)) return US_OK;
    for (size_t k = 0; k < count; k++)
        US_TRY(span_put(s, duck_i64(r, 0, i), &spans[k], e));
    return US_OK;
}

/* Stretches of one person are one, whatever the account. */
static us_code person_line(
    struct seen *s, const struct duck_rows *r, size_t i, struct us_error *e)
{
    int64_t known = duck_i64(r, 2, i);
    uint32_t raw = duck_id(r, 1, i);
    struct us_who who = logs_who(s->h, raw, US_NOBODY, known);
    if (!us_identity_touches(s->h->identity, &who, false)) return US_OK;
    struct us_span *spans = s->facts.spans;
    size_t count = core_spans(s->h, &who, spans);
    size_t kept = 0;
    for (size_t k = 0; k < count; k++) {
        spans[k].account = US_NOBODY;
        if (kept && spans[kept - 1].person == spans[k].person) {
            spans[kept - 1].to = spans[k].to;
        } else {
            spans[kept++] = spans[k];
        }
    }
    if (whole(spans, kept, known) && spans->person == raw) return US_OK;
    for (size_t k = 0; k < kept; k++)
        US_TRY(span_put(s, duck_i64(r, 0, i), &spans[k], e));
    return US_OK;
}

static us_code member(
    struct seen *s, const struct duck_rows *r, size_t i, struct us_error *e)
{
    size_t count = logs_group_spans(&s->facts, r, i);
    for (size_t k = 0; k < count; k++) {
        const struct us_span *span = &s->facts.spans[k];
        duck_put_id(s->table, 0, span->account);
        duck_put_id(s->table, 1, span->person);
        duck_put_time(s->table, 2, span->from);
        duck_put_time(s->table, 3, span->to);
        US_TRY(duck_row_end(s->table, e));
    }
    return US_OK;
}

typedef us_code seen_row(
    struct seen *s, const struct duck_rows *r, size_t i, struct us_error *e);

static us_code rows_each(struct seen *s, us_str sql, seen_row *row, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(s->h->duck.side, sql, &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count && code == US_OK; i++) {
            code = row(s, &r, i, e);
            if (code != US_OK) break;
        }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code lines(struct seen *s, struct us_error *e)
{
    if (s->h->rules.unit == US_COMPANY) US_TRY(rows_each(s, LINES, account_line, e));
    return rows_each(s, LINES_OF_PEOPLE, person_line, e);
}

static us_code members(struct seen *s, struct us_error *e)
{
    return rows_each(s, US_S(LOGS_GROUPS), member, e);
}

static us_code fill(struct seen *s, const char *table,
    us_code (*rows)(struct seen *, struct us_error *), struct us_error *e)
{
    us_str empty = us_arena_fmt(&s->h->line, "DELETE FROM %s", table);
    US_TRY(duck_run(s->h->duck.link, empty, e));
    US_TRY(duck_table_open(s->h->duck.link, table, s->table, e));
    us_code code = rows(s, e);
    if (code == US_OK) code = duck_table_flush(s->table, e);
    duck_table_close(s->table);
    return code;
}

static us_code fill_all(struct seen *s, us_str stamp, struct us_error *e)
{
    US_TRY(core_identity(s->h, e));
    US_TRY(logs_leads_read(&s->facts, e));
    US_TRY(logs_undos_read(&s->facts, e));
    US_TRY(duck_run(s->h->duck.link, US_S("BEGIN TRANSACTION"), e));
    us_code code = fill(s, "line_spans", lines, e);
    if (code == US_OK) code = fill(s, "group_members", members, e);
    if (code == US_OK) code = core_meta_put(s->h, "seen", stamp, e);
    if (code == US_OK) code = duck_run(s->h->duck.link, US_S("COMMIT"), e);
    if (code != US_OK) (void)duck_run(s->h->duck.link, US_S("ROLLBACK"), NULL);
    return code;
}

us_code us_history_seen(struct us_history *h, struct us_error *e)
{
    us_assert(h->write && !h->batch);
    us_arena_reset(&h->line);
    us_str stamp = us_arena_fmt(&h->line, "%lld", (long long)h->seq_saved);
    int64_t same = 0;
    US_TRY(duck_number(h->duck.link,
        us_arena_fmt(&h->line,
            "SELECT count(*) FROM meta WHERE key = 'seen' AND value = '%.*s'",
            US_ARG(stamp)),
        &same, e));
    if (same) return US_OK;
    static const struct us_need nothing;
    struct seen s = {.h = h,
        .facts = {.h = h, .need = &nothing, .only = US_NOBODY, .until = US_NEVER}};
    logs_facts_open(&s.facts);
    s.table = us_new(&s.facts.arena, struct duck_table, 1);
    us_code code = fill_all(&s, stamp, e);
    logs_facts_done(&s.facts);
    return code;
}
