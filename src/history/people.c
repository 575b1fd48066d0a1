/* people.c: who there is, and who of them is internal.
 *
 * people has a row for every id that any line names: for a userId, for an anonymousId,
 * and, because clients do not say which of the two a previousId is, for both. Whether
 * an id is somebody of its own is a question of links, asked here.
 */
#include "history/logs.h"

enum { SQL_MAX = 4 << 20 };
static const size_t WORK_BYTES = (size_t)8 << 30;

/* ---- internal ---- */

us_code core_internal_some(
    struct us_history *h, const bool *some, bool *internal, struct us_error *e)
{
    size_t people = h->people.terms.count;
    if (!h->rules.internal_count) return US_OK;
    for (uint32_t i = 0; i < people; i++)
        internal[i] =
            (!some || some[i]) && logs_is_internal(h, core_person_key(h, i), &h->line);
    struct us_buf sql = us_buf_new(&h->line, SQL_MAX);
    us_buf_put(&sql,
        US_S("SELECT DISTINCT person, json_extract_string(value, '$') FROM traits "
             "WHERE person IS NOT NULL AND key = 'email' AND (false"));
    for (size_t i = 0; i < h->rules.internal_count; i++) {
        us_buf_put(&sql, US_S(" OR contains(lower(value), lower("));
        core_put_text(&sql, h->rules.internal[i]);
        us_buf_put(&sql, US_S("))"));
    }
    us_buf_char(&sql, ')');
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side, us_buf_str(&sql), &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++) {
            uint32_t person = duck_id(&r, 0, i);
            if (!some || some[person])
                internal[person] |= logs_is_internal(h, duck_text(&r, 1, i), &h->line);
        }
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

us_code core_internal_people(struct us_history *h, bool *internal, struct us_error *e)
{
    return core_internal_some(h, NULL, internal, e);
}

/* What the flags were made of: the rules and the lines. */
static us_str internal_print(struct us_history *h)
{
    struct us_buf list = us_buf_new(&h->line, SQL_MAX);
    for (size_t i = 0; i < h->rules.internal_count; i++) {
        us_buf_put(&list, h->rules.internal[i]);
        us_buf_char(&list, '\n');
    }
    if (!list.len) return US_S("none");
    return us_arena_fmt(&h->line, "%016llx:%lld",
        (unsigned long long)us_hash(us_buf_str(&list)), (long long)h->seq_saved);
}

static us_code flags_make(
    struct us_history *h, struct duck_table *t, struct us_error *e)
{
    size_t people = h->people.terms.count;
    bool *internal = us_new(&h->line, bool, people + 1);
    US_TRY(core_internal_people(h, internal, e));
    for (uint32_t i = 0; i < people; i++) {
        if (!internal[i]) continue;
        duck_put_id(t, 0, i);
        duck_put_bool(t, 1, true);
        US_TRY(duck_row_end(t, e));
    }
    for (uint32_t i = 0; i < h->accounts.terms.count; i++) {
        if (!logs_is_internal(h, core_account_key(h, i), &h->line)) continue;
        duck_put_id(t, 0, i);
        duck_put_bool(t, 1, false);
        US_TRY(duck_row_end(t, e));
    }
    return duck_table_flush(t, e);
}

static us_code flags_put(struct us_history *h, us_str print, struct us_error *e)
{
    struct duck_table *t = us_new(&h->line, struct duck_table, 1);
    US_TRY(duck_run(h->duck.link,
        US_S("CREATE OR REPLACE TEMP TABLE internal_made (id UINTEGER, of_people "
             "BOOLEAN)"),
        e));
    US_TRY(duck_table_open(h->duck.link, "internal_made", t, e));
    us_code code = flags_make(h, t, e);
    duck_table_close(t);
    if (code != US_OK) return code;
    US_TRY(duck_run(h->duck.link,
        US_S("UPDATE people SET internal = NOT internal WHERE internal != (id IN "
             "(SELECT id FROM internal_made WHERE of_people));"
             "UPDATE accounts SET internal = NOT internal WHERE internal != (id IN "
             "(SELECT id FROM internal_made WHERE NOT of_people));"
             "DROP TABLE internal_made;"),
        e));
    return core_meta_put(h, "internal", print, e);
}

us_code core_internal_mark(struct us_history *h, struct us_error *e)
{
    us_arena_reset(&h->line);
    us_str print = internal_print(h);
    us_str sql = us_arena_fmt(&h->line,
        "SELECT count(*) FROM meta WHERE key = 'internal' AND value = '%.*s'",
        US_ARG(print));
    int64_t same = 0;
    US_TRY(duck_number(h->duck.side, sql, &same, e));
    if (same) return US_OK;
    US_TRY(duck_run(h->duck.link, US_S("BEGIN TRANSACTION"), e));
    us_code code = flags_put(h, print, e);
    if (code == US_OK) code = duck_run(h->duck.link, US_S("COMMIT"), e);
    if (code != US_OK) (void)duck_run(h->duck.link, US_S("ROLLBACK"), NULL);
    return code;
}

/* ---- who there is ---- */

us_code core_people_now(struct us_history *h, uint32_t *person, struct us_error *e)
{
    US_TRY(core_identity(h, e));
    for (uint32_t i = 0; i < h->people.terms.count; i++) {
        bool user = core_identified(h, i);
        struct us_who who = {
            user ? i : US_NOBODY, user ? US_NOBODY : i, US_NOBODY, US_NEVER - 1};
        person[i] = us_identity_at(h->identity, &who, false, US_NEVER - 1).person;
    }
    return US_OK;
}

/* Ids that no line names but as the previousId of an alias: they are somebody only by
 * that link, and nobody when it is undone. */
static us_code unseen_read(struct us_history *h, bool *unseen, struct us_error *e)
{
    struct duck_rows r;
    US_TRY(duck_ask(h->duck.side,
        US_S("WITH alias AS (SELECT seq FROM links_made WHERE kind = 'alias') "
             "SELECT DISTINCT from_id FROM links_made WHERE seq IN (FROM alias) AND "
             "kind IN ('alias', 'anonymous') AND from_id NOT IN ("
             "SELECT usr FROM events WHERE usr IS NOT NULL UNION "
             "SELECT anon FROM events WHERE anon IS NOT NULL UNION "
             "SELECT person FROM traits WHERE person IS NOT NULL UNION "
             "SELECT to_id FROM links_made WHERE kind IN ('alias', 'anonymous') UNION "
             "SELECT from_id FROM links_made WHERE kind IN ('group', 'email') OR "
             "(kind = 'anonymous' AND seq NOT IN (FROM alias)))"),
        &r, e));
    us_code code;
    while ((code = duck_next(&r, e)) == US_OK)
        for (size_t i = 0; i < r.count; i++)
            unseen[duck_id(&r, 0, i)] = true;
    duck_done(&r);
    return code == US_NOT_FOUND ? US_OK : code;
}

static us_code people_count(struct us_history *h, struct us_arena *a,
    struct us_history_people *out, struct us_error *e)
{
    size_t people = h->people.terms.count;
    uint32_t *person = us_new(a, uint32_t, people + 1);
    bool *unseen = us_new(a, bool, people + 1);
    int64_t aliases = 0;
    US_TRY(core_people_now(h, person, e));
    US_TRY(duck_number(h->duck.side,
        US_S("SELECT count(*) FROM links_made WHERE kind = 'alias'"), &aliases, e));
    if (aliases) US_TRY(unseen_read(h, unseen, e));
    *out = (struct us_history_people){0};
    for (uint32_t i = 0; i < people; i++) {
        if (person[i] != i || unseen[i]) continue;
        out->identified += core_identified(h, i);
        out->anonymous += !core_identified(h, i);
    }
    return US_OK;
}

us_code us_history_people(
    struct us_history *h, struct us_history_people *out, struct us_error *e)
{
    struct us_arena a;
    us_arena_init(&a, WORK_BYTES);
    us_arena_reset(&h->line);
    us_code code = people_count(h, &a, out, e);
    us_arena_done(&a);
    return code;
}
